"""The phase between two levels of many: what of the letter's distribution is left where all other phases are averaged.

Integrated over the phases of all levels but two, Eq. (3) is Re[ρ_ij e^{i(φ_j − φ_i)}]/4, whatever D: that of a spin ½
of those two, beside which the others stand.  So two machines are read by the difference of the phases of their lines,
and no level that takes no part in it makes S smaller.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np

from torusync._checks import Integer, Real, as_count, requirement
from torusync._limits import ROW_LEVELS
from torusync.phases.polynomial import OnePhase

_WEIGHT: Final = 0.25 * math.pi
"""2π times half of a quarter, as of a spin ½."""


@final
@dataclass(frozen=True)
class Transition(OnePhase):
    """The distribution of φ_upper − φ_lower of two levels, for states of any number of levels.

    Parameters
    ----------
    lower, upper
        The levels, counted from 0.

    Raises
    ------
    ArgumentError
        If they are no two levels.
    """

    lower: int
    upper: int
    source: ClassVar[str] = "Eq. (3) of PRL 131, 030401, averaged over the phases of all levels but two"

    def __post_init__(self) -> None:
        for name in ("lower", "upper"):
            object.__setattr__(self, name, as_count(name, getattr(self, name), maximum=ROW_LEVELS - 1))
        if self.lower == self.upper:
            raise requirement("upper", "be another level than `lower`", f"both are {self.lower}")

    def dimension_of(self, dimension: int | None) -> int:
        """Return the number of levels, which must be given: two of them do not say how many there are."""
        if dimension is None:
            raise requirement("dimension", "be given for a transition, which has any number of levels", "it is not")
        size = as_count("dimension", dimension, minimum=1, maximum=ROW_LEVELS)
        if max(self.lower, self.upper) >= size:
            must = f"fit the state: its levels are {self.lower} and {self.upper}"
            raise requirement("distribution", must, f"the state has {size}, from 0")
        return size

    def rungs(self, dimension: int) -> Integer:
        """Return 1 for the upper level, 0 for all others, of which no coherence but one is read."""
        found = np.zeros(dimension, dtype=np.int64)
        found[self.upper] = 1
        return found

    def weights(self, dimension: int) -> Real:
        """Return 1 on the diagonal, π/4 for the one coherence, and 0 elsewhere."""
        found = np.eye(self.dimension_of(dimension))
        found[self.lower, self.upper] = found[self.upper, self.lower] = _WEIGHT
        return found
