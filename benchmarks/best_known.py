"""The best values ever found, kept in a file: without them a method would be judged by its own best try.

Where a certificate is closed the certified value is the maximum.  Elsewhere the kept value is the best of 200 starts of
either method and of all that was ever kept; a normal run takes the larger of it and what it finds itself, so that a
kept value can never make anybody look better than he is.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final, final

import numpy as np

import torusync as ts
from benchmarks.families import Family, coherences, density_matrix, families
from benchmarks.lbfgs_peer import climb, pair_moduli
from benchmarks.timing import THREADS, limited
from torusync.files.whole import write_text

KEPT: Final = Path(__file__).with_name("best_known.json")

STARTS: Final = 200
"""Of either method, where the certificate is open."""

SAME: Final = 1e-9
"""Part of Σ|R| by which the marks of an instance may differ: steady states do, by rounding, between machines."""

_ABOUT: Final = "python -m benchmarks --best-known writes this: Σ|R|, height at fixed phases, best value, proven or not"


class ChangedInstanceError(RuntimeError):
    """An instance is not the one whose best value was kept."""


@final
@dataclass(frozen=True)
class Known:
    """The best value of one state, and the marks by which the state is known again.

    Parameters
    ----------
    moduli : Σ_{i<j} |R_ij|
    height : ½ v†Rv at fixed irregular phases, on which every entry has its part
    value : best pair sum known
    proven : whether it was certified, so that no better one exists
    """

    moduli: float
    height: float
    value: float
    proven: bool

    @classmethod
    def of(cls, matrix: np.ndarray, value: float, *, proven: bool) -> "Known":
        """Mark the coherences ``matrix``."""
        phasors = np.exp(1j * np.sqrt(2.0) * np.arange(len(matrix)) ** 2)
        height = 0.5 * float(np.vdot(phasors, matrix @ phasors).real)
        return cls(pair_moduli(matrix), height, float(value), bool(proven))

    def same(self, other: "Known") -> bool:
        """Whether both belong to one state."""
        off = max(abs(self.moduli - other.moduli), abs(self.height - other.height))
        return off <= SAME * max(self.moduli, other.moduli)


Values = dict[str, list[Known]]
"""By family, in order of the index."""


def kept(path: Path) -> Values:
    """Return what is kept, or nothing."""
    if not path.exists():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    return {name: [Known(*row) for row in rows] for name, rows in document["families"].items()}


def best_kept(values: Values, family: Family, index: int, matrix: np.ndarray) -> float | None:
    """Return the value kept for a state; refuse the state if it is another one than it was then."""
    rows = values.get(family.name, [])
    if index >= len(rows):
        return None
    known = rows[index]
    if not known.same(Known.of(matrix, known.value, proven=known.proven)):
        raise ChangedInstanceError(
            f"State {index} of '{family.name}' is not the one whose best value is kept in {KEPT.name}; "
            "if it was changed on purpose, python -m benchmarks --best-known starts anew."
        )
    return known.value


def searched(step: Callable[[int, int, str], None], values: Values) -> Iterator[tuple[str, list[Known]]]:
    """Search every state of every family anew; of a state that has not changed the better value stays."""
    todo = families()
    for number, family in enumerate(todo):
        step(number, len(todo), family.name)
        old = values.get(family.name, [])
        rows = []
        for index in range(family.count):
            found = _search(family, index)
            candidates = [found, *(one for one in old[index : index + 1] if one.same(found))]
            rows.append(max(candidates, key=lambda one: (one.proven, one.value)))
        yield family.name, rows


def _search(family: Family, index: int) -> Known:
    state = family.state(index)
    matrix = coherences(state)
    with limited(THREADS[0]):
        sync = ts.synchronization(state)
        if sync.certified:
            return Known.of(matrix, float(sync.pair_sum), proven=True)
        rng = np.random.default_rng(index)
        ours = ts.synchronization(density_matrix(state), random_starts=STARTS)
        best = max(float(sync.pair_sum), float(ours.pair_sum), *(climb(matrix, rng) for _ in range(STARTS)))
        return Known.of(matrix, best, proven=bool(ours.certified))


def write(values: Values, path: Path) -> None:
    """Write one state a line, numbers in full."""
    listed = [
        f" {json.dumps(name, ensure_ascii=False)}: [\n"
        + ",\n".join(f"  {json.dumps(astuple(row))}" for row in rows)
        + "\n ]"
        for name, rows in values.items()
    ]
    write_text(path, f'{{"about": "{_ABOUT}",\n"families": {{\n' + ",\n".join(listed) + "\n}}\n")
