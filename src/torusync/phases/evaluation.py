"""S at phases that a user names, as whatever distribution reads them."""

from typing import Final

from torusync._checks import Real, as_real, broadcast_shape, requirement, scalar
from torusync._show import counted
from torusync.densities import density_of
from torusync.phases.distribution import PhaseDistribution, as_distribution
from torusync.phases.sud import SUD, level_heights

_SUD: Final = SUD()


def reading_of(state: object, distribution: PhaseDistribution | None) -> PhaseDistribution:
    """Return how phases are read off a state: as asked for, else as its system has it, else as in the letter."""
    if distribution is None:
        distribution = getattr(getattr(state, "system", None), "distribution", _SUD)
    return as_distribution("distribution", distribution)


def phase_distribution(state: object, phases: object, *, distribution: PhaseDistribution | None = None) -> Real:
    """Return S(φ), as a distribution reads it: for `SUD` Σ_{n≠m} ρ_nm e^{i(φ_m − φ_n)} / (2^{D+1} π^{D−2}), Eq. (3).

    Parameters
    ----------
    state
        A solved state, or density matrices ``(..., D, D)``.
    phases : (..., D) or (..., P)
        For `SUD` φ_n of every level, in radians, of which only differences count; a level without coherence needs none:
        nan, as `Synchronization.phases` has it there.  Else the P phases of the distribution, one to three of them.
        Batch axes broadcast with those of the state.
    distribution
        How phases are read off the state: where it is not given, as the system of a solved state has it, else `SUD`.

    Returns
    -------
    (...)
        S, dimensionless; its mean over the torus is zero.

    Raises
    ------
    ArgumentError
        If the phases are not as many as the distribution has, or S underflows, beyond some 380 levels: then
        `phase_pair_sum` does not.
    """
    reading, density = reading_of(state, distribution), density_of(state)
    if reading.levels:
        return level_heights(density, phases)
    angles, count = as_real("phases", phases), reading.harmonics(density).orders.shape[1]
    if angles.ndim == 0 or angles.shape[-1] != count:
        raise requirement("phases", f"end in an axis of {counted(count, 'phases')}", f"its shape is {angles.shape}")
    broadcast_shape(state=density.batch_shape, phases=angles.shape[:-1])
    return scalar(reading.at(density, angles))
