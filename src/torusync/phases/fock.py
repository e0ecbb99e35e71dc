"""The distribution of one mode: that of its canonical phase, P(φ) = Σ ρ_nm e^{i(m−n)φ}/2π, minus the uniform one.

Levels count quanta from 0.  The cut-off is that of the state: the distribution takes the levels that it is given.
"""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from torusync._checks import Real, as_count, requirement
from torusync._limits import ROW_LEVELS
from torusync.phases.polynomial import OnePhase


@final
@dataclass(frozen=True)
class Fock(OnePhase):
    """The distribution of the canonical phase of a mode, for states in the Fock basis of any cut-off."""

    source: ClassVar[str] = "canonical phase, Susskind and Glogower; after PRL 112, 094102"

    def dimension_of(self, dimension: int | None) -> int:
        """Return the number of levels, which must be given: a mode has no largest one, and S grows with it."""
        if dimension is None:
            raise requirement("dimension", "be given for a mode, which has no number of levels of its own", "it is not")
        return as_count("dimension", dimension, minimum=1, maximum=ROW_LEVELS)

    def weights(self, dimension: int) -> Real:
        """Return 1 for every coherence."""
        return np.ones((dimension, dimension))
