"""Where an evolution starts: the ground state, the machine before its drive, a level, a phase state, a matrix, a state.

Whatever it is, it becomes density matrices with what is known of their error, checked once.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Complex, Real, as_array, first_bad, requirement, shown
from torusync._errors import did_you_mean
from torusync._frozen import ByValue
from torusync._operators import as_known_density, precision_of
from torusync.conventions import EPS
from torusync.densities import Density, HasDensity
from torusync.generators import Generator, PumpedManifold
from torusync.interop import states

_ROUNDING: Final = 8.0 * EPS
"""Of a state that is worked out here, a level."""

_NAMES: Final = ("ground", "thermal")
_MUST: Final = 'be "ground", "thermal", a level, a PhaseState, density matrices or kets (..., D, D), or a state'


@final
@dataclass(frozen=True, eq=False, init=False)
class PhaseState(ByValue):
    """The pure state Σ e^{iφ_j}|j>/sqrt(n) over the n levels that have a phase.

    Parameters
    ----------
    phases : (..., D)
        φ_j, nan for a level that takes no part: the ``phases`` of a `Synchronization` are such phases.
    """

    phases: Real

    def __init__(self, phases: ArrayLike) -> None:
        array = as_array("phases", phases)
        if array.dtype.kind not in "iuf" or array.ndim == 0:
            raise requirement("phases", "be real numbers of shape (..., D)", f"it is {shown(phases)}")
        array = np.array(array, dtype=np.float64)
        if np.isinf(array).any():
            raise requirement("phases", "be finite, or nan for a level without one", first_bad(array, np.isinf(array)))
        if not np.isfinite(array).any(axis=-1).all():
            raise requirement("phases", "give at least one level a phase", "all are nan")
        array.setflags(write=False)
        self._settle(phases=array)

    def ket(self) -> Complex:
        """Return the amplitudes, shape ``(..., D)``."""
        there = np.isfinite(self.phases)
        amplitudes = np.where(there, np.exp(1j * np.where(there, self.phases, 0.0)), 0.0)
        return np.asarray(amplitudes / np.sqrt(there.sum(axis=-1, keepdims=True)))


def starting(generator: Generator, start: object) -> tuple[Complex, Real]:
    """Return the density matrices ``(..., D, D)`` that ``start`` stands for, and bounds of their errors ``(...)``.

    Raises
    ------
    ArgumentError
        If it stands for none, or for one of another number of levels.
    """
    size, exact, rounded = generator.dimension, np.zeros(()), np.asarray(_ROUNDING * generator.dimension)
    if isinstance(start, str):
        return _named(generator, start), exact if start == "ground" else rounded
    if isinstance(start, int | np.integer) and not isinstance(start, bool):
        if not 0 <= start < size:
            raise requirement("start", f"be a level between 0 and {size - 1}", f"it is {shown(start)}")
        return _pure(np.eye(size, dtype=np.complex128)[start]), exact
    if isinstance(start, PhaseState):
        ket = start.ket()
        _require_size(ket.shape[-1], size)
        return _pure(ket), rounded
    if isinstance(start, Density | HasDensity):
        return _of_state(start, size)
    if callable(getattr(start, "generator", None)) or isinstance(start, type | bool | float | complex):
        raise requirement("start", _MUST, f"it is {shown(start)}")
    given, squared = states("start", start, off=0.0)
    known = precision_of("start", given)
    matrix, _, error = as_known_density("start", given, precision=known.doubled() if squared else known)
    _require_size(matrix.shape[-1], size)
    return matrix, error


def _named(generator: Generator, name: str) -> Complex:
    if name not in _NAMES:
        raise requirement(
            "start", _MUST, f"it is {shown(name)}; {did_you_mean(name, _NAMES) or 'no state has that name'}"
        )
    size = generator.dimension
    if name == "ground":
        return _pure(np.eye(size, dtype=np.complex128)[0])
    if not isinstance(generator, PumpedManifold):
        must = 'be "ground", a level, a PhaseState, a matrix or a state for a system without baths of its own'
        raise requirement("start", must, "it is 'thermal', the state of a ThermalMaser before its drive")
    ratios = generator.thermal_ratios()
    weights = np.concatenate([np.ones((*ratios.shape[:-1], 1)), ratios], axis=-1)
    weights = weights / weights.sum(axis=-1, keepdims=True)
    out = np.zeros((*weights.shape, size), dtype=np.complex128)
    index = np.arange(size)
    out[..., index, index] = weights
    return out


def _of_state(state: Any, size: int) -> tuple[Complex, Real]:
    density = state if isinstance(state, Density) else state.density
    if not isinstance(density, Density):  # as of a spectrum
        raise requirement("start", _MUST, f"it is {shown(state)}")
    _require_size(density.dimension, size)
    matrix = density.to_array()
    if not np.isfinite(matrix).all():
        raise requirement("start", "be a state at every point", "there is none at some, which a solver refused")
    error = getattr(state, "error", getattr(density, "coherence_error", 0.0))
    return matrix, np.asarray(error, dtype=np.float64)


def _require_size(found: int, size: int) -> None:
    if found != size:
        raise requirement("start", f"have the {size} levels of the system", f"it has {found}")


def _pure(ket: Complex) -> Complex:
    return np.asarray(ket[..., :, np.newaxis] * np.conj(ket[..., np.newaxis, :]))
