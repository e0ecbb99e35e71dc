"""Models of modes, of which a few levels are kept: how many, where nobody says so.

A mode has no largest level, and what is cut off leaves no trace in what is solved: the gain of the highest level is
dropped, so that nothing leaks.  A tail that is not empty is the only witness.  So a model says where it expects its
populations to end, `torusync.steady_state` looks whether they do, and the state keeps what was found.
"""

import math
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, ClassVar, Final, Self, cast

import numpy as np

from torusync._checks import Real, requirement
from torusync._limits import CUTOFF_LEVELS
from torusync.models.parameters import Kind, Parameter

EXPECTED_TAIL: Final = 1e-14
"""Population of the highest level that a cut-off is chosen for: a hundredth of what is accepted."""

_ABOUT: Final = "chosen and verified if not given"
CUTOFF: Final = Parameter("cutoff", "n", Kind.COUNT, f"levels of a mode, {_ABOUT}", minimum=3, default=None)
CUTOFF_B: Final = Parameter(
    "cutoff_b", "n_B", Kind.COUNT, "levels of the second mode, where not as many", minimum=3, default=None
)


class Truncated(ABC):
    """Base, beside `Model`, of those whose every part is a mode, cut off at one number of levels for a whole batch.

    `torusync.steady_state` looks whether the cut-off is enough.  Whatever else takes a system, a trajectory or a
    spectrum, takes ``dims`` as they are: they are chosen for the limit cycle, and a start far outside of it needs more.
    """

    CUTOFFS: ClassVar[tuple[Parameter, ...]] = (CUTOFF,)
    """Parameters that say how many levels of each mode are kept; without the first all are chosen."""
    cutoff: int | None

    @abstractmethod
    def _quanta(self) -> tuple[Real, ...]:
        """Return κ_1/κ_2 of undriven modes that are as full as these, one ``(...)`` each."""

    def _require_few(self) -> None:
        """Refuse, where a system is made, one that takes more levels than are chosen unasked."""
        _ = self.dims

    @cached_property
    def dims(self) -> tuple[int, ...]:
        """Levels of each mode that are kept: those given, or as many as leave the tail of the fullest point empty."""
        if self.cutoff is None:
            return tuple(_expected(np.asarray(one)) for one in self._quanta())
        return tuple(getattr(self, one.name) for one in self.CUTOFFS)

    def cut_at(self, dims: tuple[int, ...]) -> Self:
        """Return the same system with other cut-offs, which count as given."""
        model = cast("Any", self)
        levels = dict(zip((one.name for one in self.CUTOFFS), dims, strict=True))
        found: Self = type(model)(**(model._values() | levels)).measured_in(model.hertz)  # noqa: SLF001
        return found

    @property
    def dimension(self) -> int:
        """Number of levels of all modes together."""
        return math.prod(self.dims)


def _expected(quanta: Real) -> int:
    most = float(quanta.max(initial=0.0))
    found = enough_levels(most) if most <= CUTOFF_LEVELS else most
    if found > CUTOFF_LEVELS:
        must = f"be given where more than {CUTOFF_LEVELS} levels are needed"
        told = f"the limit cycle has some {0.5 * most:.3g} quanta"
        raise requirement("cutoff", must, told, points=np.asarray(quanta >= min(most, CUTOFF_LEVELS)))
    return int(found)


def limit_cycle(ratio: float, levels: int) -> Real:
    """Return the populations of the undriven mode with κ_1/κ_2 = ``ratio``, of as many levels, ``(levels,)``.

    As many quanta cross from n to n + 1 as come back, κ_1 (n+1) p_n = κ_2 (n+1) [n p_{n+1} + (n+2) p_{n+2}], which runs
    downwards from any high level without loss of digits: all terms are positive.
    """
    highest = max(levels, math.ceil(ratio + 40.0 * math.sqrt(ratio + 1.0))) + 30
    logarithms, above = np.zeros(highest + 1), 0.0
    for n in range(highest - 1, 0, -1):
        above = ratio / (n + (n + 2.0) * above)
        logarithms[n] = math.log(above) if above > 0.0 else -math.inf
    # p_1/p_0 = r/(2x_1), and p_{n+1}/p_n = x_n
    steps = np.concatenate([[0.0, math.log(0.5 * ratio / above) if above > 0.0 else math.log(0.5)], logarithms[1:-1]])
    heights = np.cumsum(steps)
    found = np.exp(heights - heights.max())
    return np.asarray(found[:levels] / found.sum())


def enough_levels(ratio: float) -> int:
    """Return how many levels leave no more than `EXPECTED_TAIL` in the highest one."""
    populations = limit_cycle(ratio, math.ceil(ratio + 40.0 * math.sqrt(ratio + 1.0)) + 30)
    return max(4, int(np.flatnonzero(populations >= EXPECTED_TAIL)[-1]) + 2)
