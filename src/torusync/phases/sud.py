"""The letter's distribution: the SU(D) Husimi function with its polar angles integrated out, Eq. (3).

There is a phase a level, only differences count, and every coherence has one harmonic:

    S(φ) = 2/(2^{D+1} π^{D−2}) · Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}]

The sum over pairs is what is maximised and proven: S itself underflows beyond some 400 levels.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, cast, final

import numpy as np

from torusync._checks import Complex, Real, as_array, as_real, broadcast_shape, requirement, scalar, some
from torusync._memory import require_memory
from torusync.conventions import inverse_power_of_pi
from torusync.densities import Density, density_of
from torusync.maxima.peak import Knobs, Peak
from torusync.maxima.routes import density_peak
from torusync.phases.distribution import Factor, Harmonics, PhaseDistribution


@final
@dataclass(frozen=True)
class SUD(PhaseDistribution):
    """The phase distribution of Eq. (3), for any state; its mean over the torus is zero."""

    levels: ClassVar[bool] = True
    source: ClassVar[str] = "Eq. (4) of PRL 131, 030401"

    def factor(self, dimension: int) -> Factor:
        """Return 2/(2^{D+1} π^{D−2}), S per unit of a pair sum."""
        log10 = -dimension * math.log10(2.0) - (dimension - 2) * math.log10(math.pi)
        return Factor(inverse_power_of_pi(dimension - 2), -dimension, log10)

    def harmonics(self, density: Density) -> Harmonics:
        """Return the coherences above the diagonal, row by row, each with the orders −1 and 1 of its two levels."""
        row, column = np.triu_indices(density.dimension, 1)
        require_memory(
            "state", 8 * len(row) * density.dimension, what="the orders of all harmonics", advice="ask for `at`"
        )
        orders, index = np.zeros((len(row), density.dimension), dtype=np.int64), np.arange(len(row))
        orders[index, row], orders[index, column] = -1, 1
        return Harmonics(orders, density.to_array()[..., row, column])

    def at(self, density: Density, phases: Real) -> Real:
        """Return S at phases ``(..., D)``."""
        return self.factor(density.dimension).times(self.pair_sums(density, phases))

    def pair_sums(self, density: Density, phases: Real) -> Real:
        """Return Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}] at phases ``(..., D)``, of which S is a multiple."""
        z = np.exp(1j * phases)
        return np.asarray(0.5 * np.sum(np.conj(z) * density.coherent_product(z), axis=-1).real)

    def peak(self, density: Density, knobs: Knobs) -> Peak:
        """Return the largest pair sum, by the structure that the density declares."""
        return density_peak(density, knobs)

    def error(self, dimension: int, coherence_error: Real) -> Real:
        """Return ½ (D + 1) times the error Δ: half of z† Δ z − tr Δ, whose eigenvalues its trace norm bounds."""
        return np.asarray(0.5 * (dimension + 1) * coherence_error)


def level_heights(density: Density, phases: object) -> Real:
    """Return S of `SUD` at phases ``(..., D)`` of a user's, or refuse what underflows."""
    return _heights(density, SUD().pair_sums(density, _angles(density, phases)))


def phase_pair_sum(state: object, phases: object) -> Real:
    """Return Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}] ``(...)``, S over 2/(2^{D+1} π^{D−2}), which does not underflow.

    Arguments as for `phase_distribution`, of the phases of levels.
    """
    density = density_of(state)
    return scalar(SUD().pair_sums(density, _angles(density, phases)))


def phase_gradient(state: object, phases: object) -> Real:
    """Return ∂S/∂φ_i, shape ``(..., D)``; arguments as for `phase_distribution`, of levels."""
    density = density_of(state)
    z: Complex = np.exp(1j * _angles(density, phases))
    slope = np.imag(np.conj(z) * density.coherent_product(z))
    return _heights(density, slope)


def _heights(density: Density, sums: Real) -> Real:
    """Return sums over pairs in units of S, or refuse where all of its digits would be lost by the factor alone."""
    found = SUD().factor(density.dimension).times(sums)
    tiny = np.finfo(np.float64).tiny
    # what is tiny by its coherences is a number like any other; by the factor of many levels it would read as 0
    if some(np.asarray((np.abs(sums) >= tiny) & (np.abs(found) < tiny))):
        raise requirement(
            "state",
            "have fewer levels for S not to underflow",
            f"it has {density.dimension}; ask for phases.phase_pair_sum, of which S is a multiple",
        )
    return found


def _angles(density: Density, phases: object) -> Real:
    given = as_array("phases", phases)
    unknown = np.isnan(given) if given.dtype.kind == "f" else np.zeros((), dtype=np.bool_)
    angles = as_real("phases", np.where(unknown, 0.0, cast("Any", phases)) if unknown.any() else phases)
    if angles.ndim == 0 or angles.shape[-1] != density.dimension:
        raise requirement("phases", f"end in an axis of {density.dimension} levels", f"its shape is {angles.shape}")
    broadcast_shape(state=density.batch_shape, phases=angles.shape[:-1])
    for level in np.flatnonzero(unknown.any(axis=tuple(range(unknown.ndim - 1)))) if unknown.any() else ():
        row = np.abs(density.row(int(level)))
        row[..., level] = 0.0
        if some(np.asarray(unknown[..., level] & (row.max(axis=-1) > 0.0))):
            raise requirement("phases", "be finite where a level carries coherence", f"that of level {level} is nan")
    return angles
