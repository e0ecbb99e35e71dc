"""What `torusync analyze` says of a file: which state it is, what was assumed of it, and its S_max with proof.

A stack of states is a table, a row a state.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from torusync._checks import requirement
from torusync.analysis.bootstrap import ErrorBars, bootstrap_counts, bootstrap_covariance
from torusync.analysis.given import GivenState, read_state
from torusync.densities import Density, sets_from_text
from torusync.files.archive import is_archive
from torusync.files.matrices import read_matrix
from torusync.files.whole import readable
from torusync.phases import Synchronization
from torusync.quantities.headlines import headlines
from torusync.quantities.quantity import QUANTITIES
from torusync.quantities.solution import Solution
from torusync.quantities.summary import describe, describe_error_bars, error_bars_in_words, plain, units
from torusync.steady import load_state

ALL: Final = "all"
"""Index of every state of a stack."""

_COLUMNS: Final = ("s_max", "s_max_bound", "s_max_error", "log10_s_max", "relative_gap", "certified", "frustration")
"""What a table of states holds, a row a state."""


@final
@dataclass(frozen=True)
class Choice:
    """Which state a user means: a file, and which one in it, as typed."""

    path: Path
    variable: str | None = None
    index: str | None = None
    imag: Path | None = None
    precision: str | None = None
    project: bool = False


@final
@dataclass(frozen=True)
class Noise:
    """What noise a user knows of, and how it is to be simulated."""

    counts: int | None = None
    covariance: Path | None = None
    replicates: int | None = None
    seed: int | None = None

    @property
    def known(self) -> bool:
        """Whether there is any."""
        return self.counts is not None or self.covariance is not None

    def check(self) -> None:
        """Refuse two kinds of noise, and knobs without any."""
        if self.counts is not None and self.covariance is not None:
            raise requirement("counts", "be left out beside `covariance`", "both are given")
        for name, value in self._knobs().items():
            if not self.known:
                raise requirement(
                    name, "be left out without `counts` or `covariance`", f"it is {value}, and nothing is simulated"
                )

    def error_bars(self, density: Density, sync: Synchronization) -> ErrorBars:
        """Return the error bars of a state."""
        if self.counts is not None:
            return bootstrap_counts(density, self.counts, sync=sync, **self._knobs())
        matrix = read_matrix(Path(str(self.covariance)), name="covariance")
        if matrix.imag.any():
            raise requirement("covariance", "be real", "it is complex")
        return bootstrap_covariance(density, matrix.real, sync=sync, **self._knobs())

    def _knobs(self) -> dict[str, int]:
        knobs = {"replicates": self.replicates, "seed": self.seed}
        return {name: value for name, value in knobs.items() if value is not None}


@final
@dataclass(frozen=True)
class Analyzed:
    """Lines that a person reads, tables by name, and the units of what has one."""

    lines: list[str]
    sections: dict[str, dict[str, Any]]
    units: dict[str, str]


def analyzed(
    choice: Choice,
    noise: Noise,
    sets: Sequence[str],
    *,
    full: bool,
    status: Callable[[str], AbstractContextManager[Any]],
) -> Analyzed:
    """Return what there is to say of a state; ``status`` shows what is being done.

    Raises
    ------
    ArgumentError
        If the file holds no state, or the options do not fit together or the state.
    """
    noise.check()
    named = sets_from_text(sets)
    subject = state_of(choice)
    solution = Solution(subject, sets=named or None)
    density = solution.density
    if density.batch_shape:
        if named or noise.known:
            raise requirement("index", "be that of one state beside sets or error bars", f"it is {choice.index}")
        return _table(subject, solution, full=full)
    kind = "Density matrix" if solution.system is None else f"{type(solution.system).__name__} state"
    sections: dict[str, dict[str, Any]] = {}
    with status("searching the maximum"):
        lines = headlines(solution, f"{kind} of {density.dimension} levels")
        lines[1:1] = given_in_words(subject)
        if full:
            given = describe_given(subject)
            sections = ({"given": given} if given else {}) | describe(solution)
    if noise.known:
        with status("simulating measurements"):
            bars = noise.error_bars(density, solution.synchronization)
        lines.insert(-1, error_bars_in_words(bars))
        if full:
            sections["error_bars"] = describe_error_bars(bars)
    return Analyzed(lines, sections, units(solution))


def state_of(choice: Choice) -> Any:
    """Return the state, or all states, that a file holds: one that was saved, or a matrix of the user's own.

    Raises
    ------
    ArgumentError
        If there is none, or it is one of several and it is not said which.
    """
    index = _index(choice.index)
    readable("state", choice.path)
    if choice.path.suffix.lower() == ".npz" and not is_archive(choice.path):
        state, batch = _saved(choice, index)
    else:
        state = read_state(
            choice.path,
            variable=choice.variable,
            imag=choice.imag,
            index=index,
            precision=choice.precision,
            project=choice.project,
            name="state",
        )
        batch = state.density.batch_shape
    if batch and choice.index is None:
        first, last = (",".join(str(one) for one in place) for place in ([0] * len(batch), [n - 1 for n in batch]))
        raise requirement("index", f"be one from {first} to {last}, or {ALL}", f"there is a batch of shape {batch}")
    return state


def _saved(choice: Choice, index: tuple[int, ...] | None) -> tuple[Any, tuple[int, ...]]:
    for name, value in asdict(choice).items():
        if name not in {"path", "index"} and value:
            raise requirement(name, "be left out for a saved state", f"it is {str(value)!r}")
    state: Any = load_state(choice.path)
    batch = state.batch_shape
    if index is None:
        return state, batch
    if len(index) != len(batch) or not all(-n <= one < n for one, n in zip(index, batch, strict=True)):
        raise requirement("index", f"be that of one in a stack of shape {batch}", f"it is {choice.index}")
    return state[index], ()


def _index(text: str | None) -> tuple[int, ...] | None:
    if text is None or text == ALL:
        return None
    try:
        return tuple(int(one) for one in text.split(","))
    except ValueError:
        raise requirement("index", f"be a whole number, one an axis, or {ALL}", f"it is {text[:20]!r}") from None


def describe_given(state: Any) -> dict[str, Any]:
    """Return what was assumed of a state on its way in."""
    if not isinstance(state, GivenState):
        return {}
    density = state.density
    return {
        "read_as": state.how,
        "precision": density.precision.words,
        "entry_error": density.precision.entry,
        "moved": plain(np.max(density.moved, initial=0.0)),
        "trace_norm_error": plain(np.max(density.coherence_error, initial=0.0)),
    }


def given_in_words(state: Any) -> list[str]:
    """Return the same on a line or two, nothing for a state that was solved."""
    if not isinstance(state, GivenState):
        return []
    density = state.density
    # an array as it lies in its file needs no words
    told = [state.how] if "," in state.how or state.how.startswith(("rows", "pairs")) else []
    lines = [f"Given: {'; '.join([*told, str(density.precision)])}."]
    moved = float(np.max(density.moved, initial=0.0))
    if moved:
        lines.append(f"Mind: projected onto the nearest state, {moved:.3g} away in the Frobenius norm.")
    return lines


def _table(subject: Any, solution: Solution, *, full: bool) -> Analyzed:
    """Return a row of numbers for every state of a stack."""
    batch = solution.batch_shape
    known = {name: QUANTITIES[name] for name in _COLUMNS if solution.exists(QUANTITIES[name])}
    columns = {name: np.broadcast_to(np.asarray(one.of(solution)), batch) for name, one in known.items()}
    rows = {
        ",".join(map(str, place)): {name: plain(values[place]) for name, values in columns.items()}
        for place in np.ndindex(batch)
    }
    width = max([len("index"), *map(len, rows)])
    lines = [*given_in_words(subject), "  ".join([f"{'index':>{width}}", *(f"{name:>12}" for name in columns)])]
    for place, row in rows.items():
        lines.append("  ".join([f"{place:>{width}}", *(f"{_short(one):>12}" for one in row.values())]))
    return Analyzed(lines, {"given": describe_given(subject), "states": rows} if full else {}, units(solution))


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else f"{value:.6g}"
