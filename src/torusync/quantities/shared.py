"""Quantities of systems of two parts, and of states whose phase somebody would like to measure."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from torusync.measures import (
    Measured,
    coherence_entropy,
    concurrence,
    mutual_information,
    negativity,
    phase_information,
)
from torusync.models import Truncated
from torusync.phases.polynomial import OnePhase
from torusync.quantities.quantity import Part, Quantity, register
from torusync.quantities.solution import Solution


class _Row(NamedTuple):
    """What a measure is called, where it is from, what works it out, and where it exists."""

    symbol: str
    long_name: str
    source: str
    of: Callable[[Solution], Measured]
    when: Callable[[Solution], bool] = lambda _: True


def _dims(solution: Solution) -> Any:
    return getattr(solution.state, "dims", ())


def _has_two_parts(solution: Solution) -> bool:
    return len(_dims(solution)) == 2


def _has_two_levels_each(solution: Solution) -> bool:
    return _dims(solution) == (2, 2) or isinstance(solution.system, Truncated)


def _reads_one_phase(solution: Solution) -> bool:
    return isinstance(solution.reading, OnePhase)


def _entangled(solution: Solution) -> Measured:
    return concurrence(solution.state, lowest=None if _dims(solution) == (2, 2) else (0, 1))


def _of_phase(solution: Solution) -> Measured:
    subject = solution.state if solution.system is not None else solution.density
    return phase_information(subject, np.arange(float(solution.density.dimension)))


SHARED: Final = Part("information", "what two parts share", _has_two_parts)
PHASE: Final = Part("phase_information", "what is known of a phase", _reads_one_phase)

_SHARED: Final = {
    "mutual_information": _Row(
        "I_AB", "mutual information of the parts, nats", "S_A + S_B − S_AB", lambda one: mutual_information(one.state)
    ),
    "negativity": _Row("N", "negativity of the parts", "PRA 65, 032314", lambda one: negativity(one.state)),
    "concurrence": _Row(
        "C", "concurrence, of modes that of their two lowest levels", "PRL 80, 2245", _entangled, _has_two_levels_each
    ),
    "coherence_entropy": _Row(
        "C_rel", "relative entropy of coherence, nats", "PRL 113, 140401", lambda one: coherence_entropy(one.state)
    ),
}  # fmt: skip

_PHASE: Final = {
    "phase_information": _Row("F", "quantum Fisher information of the phase", "PRL 72, 3439", _of_phase),
}


def _rows(part: Part, rows: dict[str, _Row]) -> list[Quantity]:
    """Return each measure and, beside it, its error; both are worked out once for a solution."""
    found = []
    for name, row in rows.items():
        value, off = (_entry(name, row.of, at) for at in ("value", "error"))
        told: dict[str, Any] = {"part": part, "when": row.when}
        found += [
            Quantity(name, row.symbol, row.long_name, value, source=row.source, error=f"{name}_error", **told),
            Quantity(f"{name}_error", "", "how far that may be off", off, source="error of the state", **told),
        ]
    return found


def _entry(name: str, of: Callable[[Solution], Measured], at: str) -> Callable[[Solution], Any]:
    def looked_up(solution: Solution) -> Any:
        if name not in solution.kept:
            solution.kept[name] = of(solution)
        return getattr(solution.kept[name], at)

    return looked_up


register(
    *_rows(SHARED, _SHARED),
    *_rows(PHASE, _PHASE),
    Quantity(
        "concurrence_kept", "", "weight of the levels that it is of", _entry("concurrence", _entangled, "kept"), SHARED,
        source="projection", when=_has_two_levels_each,
    ),
)  # fmt: skip
