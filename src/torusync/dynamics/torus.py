"""The torus flow: phases that climb the pair sum, the classical cousin of the letter's transition.

dφ/dt = ∇ΣS is, for the homogeneous engine, the repulsive Kuramoto model in a field, and its in-phase state loses its
stability at k = N in N − 1 directions at once.  It is a search among phases of one state, and no motion of the machine,
whose own phases rest: they do nothing at k = N.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Complex, Real, as_count, as_instance, as_number, as_real, requirement, shown
from torusync._lapack import eigenvalues
from torusync._memory import require_memory
from torusync._results import Result
from torusync._show import batch_in_words, span
from torusync._threads import one_blas_thread
from torusync.densities import density_of, off_diagonal
from torusync.dynamics.patience import require_patience

_TOLERANCE: Final = 1e-10
_KEPT: Final = 201

_CALL: Final = 7.5e-6
_PAIR: Final = 2.5e-9
"""Seconds of a slope, and for each pair of levels of each start: a guess."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class TorusFlow(Result):
    """Phases that climb the pair sum of one state from many starts: a search dynamics, not the evolution of the state.

    Parameters
    ----------
    phases : (S, T, D) φ_i, not reduced to one turn; nan for a level without coherence
    times : (T,) in units in which the pair sum has none
    pair_sum : (S, T) ΣS along the way, which never falls but for the error of the integration
    gradient : (S) ‖∇ΣS‖ at the end
    curvature : (S)
        Largest eigenvalue of the Hessian at the end, but for the common rotation of all phases: positive where what was
        reached is no maximum.
    """

    phases: Real
    times: Real
    pair_sum: Real
    gradient: Real
    curvature: Real

    AXES: ClassVar = {"phases": 2, "times": 1, "pair_sum": 1}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """One axis, of the starts."""
        return np.shape(self.gradient)

    def order_parameter(self, levels: slice) -> Real:
        """Return ``|Σ_j e^{iφ_j}|/n`` over some levels along the way, ``(S, T)``: ``slice(2, None)`` is a manifold."""
        as_instance("levels", levels, slice, "a range of levels, such as slice(2, None)")
        ends = (levels.start, levels.stop, levels.step)
        if not all(one is None or type(one) is int for one in ends) or levels.step == 0:
            raise requirement("levels", "be a range of levels, such as slice(2, None)", f"it is {shown(levels)}")
        chosen = self.phases[..., levels]
        there = np.isfinite(chosen)
        if not there.any():
            raise requirement("levels", "hold a level that has a phase", f"it is {levels}")
        phasors = np.where(there, np.exp(1j * np.where(there, chosen, 0.0)), 0.0)
        return np.asarray(np.abs(phasors.sum(axis=-1)) / there.sum(axis=-1))

    def _in_words(self) -> str:
        last, size = self.pair_sum[..., -1], self.phases.shape[-1]
        return f"{batch_in_words(self.batch_shape)}D = {size}, pair sum {span(last)}, a search and no motion in time"


@one_blas_thread
def torus_flow(
    state: object, duration: float, *, starts: int = 8, seed: int = 0, phases: ArrayLike | None = None
) -> TorusFlow:
    """Follow dφ/dt = ∇ΣS(φ) of one state from random phases.

    Parameters
    ----------
    state
        One state, or a density matrix.
    duration
        How long; times are in units of 1/ΣS.
    starts, seed
        How many random starts, and of which random numbers.
    phases : (S, D)
        Starts of one's own, instead.

    Raises
    ------
    ArgumentError
        If the state is a batch, or has no coherence, or more steps would be needed than a quarter of an hour is enough
        for.
    """
    from scipy.integrate import solve_ivp  # noqa: PLC0415  (a fifth of what the library takes to load)

    density, length = density_of(state), as_number("duration", duration, above=0.0)
    count, number = as_count("starts", starts, minimum=1), as_count("seed", seed)
    if density.batch_shape:
        raise requirement("state", "be one state", f"its batch shape is {density.batch_shape}")
    coherences = off_diagonal(np.asarray(density.to_array()))
    carrying = np.flatnonzero(coherences.any(axis=-1))
    if not carrying.size:
        raise requirement("state", "have coherences", "it has none")
    size = len(coherences)
    if phases is None:
        begin = np.random.default_rng(number).uniform(0.0, 2.0 * np.pi, (count, size))
    else:
        begin = np.atleast_2d(as_real("phases", phases))
        if begin.ndim != 2 or begin.shape[-1] != size:
            raise requirement("phases", f"have shape (S, {size})", f"their shape is {np.shape(phases)}")
    require_memory("starts", 32.0 * _KEPT * begin.size, what=f"{len(begin)} starts of {size} levels")
    matrix, times = coherences[np.ix_(carrying, carrying)], np.linspace(0.0, length, _KEPT)
    shape = begin[:, carrying].shape
    # an explicit method takes steps as long as the Hessian allows, at rest as well
    calls = 2.5 * length * float(np.abs(matrix).sum(axis=-1).max())
    seconds, advice = (
        calls * (_CALL + len(begin) * len(matrix) ** 2 * _PAIR),
        "make it shorter, or ask for fewer starts",
    )
    require_patience("duration", seconds, what=f"{calls:.3g} steps along the gradient", advice=advice)

    def derivative(_: float, flat: Real) -> Real:
        return _slope(matrix, np.exp(1j * flat.reshape(shape))).reshape(-1)

    solved = solve_ivp(
        derivative, (0.0, length), begin[:, carrying].reshape(-1), "DOP853", times, rtol=_TOLERANCE, atol=_TOLERANCE
    )
    followed = np.moveaxis(solved.y.reshape(*shape, _KEPT), -1, 1)
    phasors = np.exp(1j * followed)
    whole = np.full((*followed.shape[:-1], size), np.nan)
    whole[..., carrying] = followed
    value = 0.5 * (np.conj(phasors) * (phasors @ matrix.T)).sum(axis=-1).real
    end = phasors[:, -1]
    return TorusFlow(whole, times, value, np.linalg.norm(_slope(matrix, end), axis=-1), _largest(matrix, end))


def _slope(matrix: Complex, phasors: Complex) -> Real:
    """Return ∂ΣS/∂φ_i = Re[conj(i z_i) (R z)_i], shape of the phasors."""
    return np.asarray((np.conj(1j * phasors) * (phasors @ matrix.T)).real)


def hessian(matrix: Complex, phasors: Complex) -> Real:
    """Return ∂²ΣS/∂φ_i∂φ_j = Re[z_i* R_ij z_j] − δ_ij Re[z_i* (R z)_i], shape ``(..., n, n)``."""
    out = (np.conj(phasors)[..., :, np.newaxis] * matrix * phasors[..., np.newaxis, :]).real
    index = np.arange(len(matrix))
    out[..., index, index] -= (np.conj(phasors) * (phasors @ matrix.T)).real
    return np.asarray(out)


def _largest(matrix: Complex, phasors: Complex) -> Real:
    """Return the Hessian's largest eigenvalue beside that of the common rotation, which is 0."""
    size = len(matrix)
    found = hessian(matrix, phasors)
    # the rotation is moved far below all others
    far = 4.0 * np.abs(matrix).sum()
    return np.asarray(eigenvalues(found - far * np.ones((size, size)) / size)[..., -1])
