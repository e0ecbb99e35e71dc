"""A density matrix by its entries: the user's own, and what the general solvers return."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, cast, final

import numpy as np

from torusync._checks import Complex, Real, requirement
from torusync._indexing import Pick
from torusync._operators import as_known_density, as_nearest, precision_of
from torusync._precision import DOUBLE, Precision, as_precision
from torusync._show import span
from torusync.densities.base import Density, HasDensity, off_diagonal
from torusync.interop import states

_NONE: Final = cast("Real", np.float64(0.0))


@final
@dataclass(frozen=True, eq=False, repr=False)
class DenseDensity(Density):
    """Density matrices by their entries.

    Parameters
    ----------
    matrix : (..., D, D)
    precision
        Of a user's own: to how many digits it was taken to be given.
    moved
        By how much, in the Frobenius norm, it was moved to be a state; of the batch shape, or 0.
    coherence_error
        How far it may be from the true state, in the trace norm: what both of these leave open, and no less than
        what is seen to be wrong with the matrix.
    """

    matrix: Complex
    precision: Precision = DOUBLE
    moved: Real = _NONE
    coherence_error: Real = _NONE

    AXES: ClassVar = {"matrix": 2}
    BLANK: ClassVar = ("matrix",)

    def _in_words(self) -> list[str]:
        named = {"moved by": self.moved, "error": self.coherence_error}
        told = [f"{name} {span(value, 3)}" for name, value in named.items() if np.any(value)]
        return told if self.precision == DOUBLE else [*told, self.precision.words]

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.matrix.shape[-1])

    @property
    def populations(self) -> Real:
        """Diagonal ρ_ii, shape ``(..., D)``."""
        return np.asarray(np.diagonal(self.matrix, axis1=-2, axis2=-1).real, dtype=np.float64)

    @property
    def ground_population(self) -> Real:
        """ρ_00, shape ``(...)``."""
        return np.asarray(self.matrix[..., 0, 0].real)

    def row(self, i: int) -> Complex:
        """Return ρ_ij for all j."""
        return np.asarray(self.matrix[..., self.level("i", i), :])

    def coherent_product(self, z: Complex) -> Complex:
        """Return R z."""
        return np.asarray((off_diagonal(self.matrix) @ z[..., np.newaxis])[..., 0], dtype=np.complex128)

    def deviation(self, ratios: Real) -> Real:
        """Return ρ_jj − ratios_j ρ_00."""
        populations = self.populations
        return np.asarray(populations[..., 1:] - ratios * populations[..., :1])

    def to_array(self) -> Complex:
        """Return the matrix itself."""
        return self.matrix

    def _picked(self, pick: Pick) -> "DenseDensity":
        return DenseDensity(pick(self.matrix, 2), self.precision, pick(self.moved), pick(self.coherence_error))


def density_of(state: object, *, precision: object = None) -> Density:
    """Return the density of a solved state, or check a matrix ``(..., D, D)`` and wrap it.

    Parameters
    ----------
    state
        A solved state, a density; or density matrices or kets: arrays, objects of QuTiP, sparse ones, lists of them.
    precision
        Of a matrix, where it is not that of the type of its numbers: ``np.float32`` for what was cast up from single
        precision, or the largest error of an entry.  It widens what is accepted, and is carried on as an error.

    Raises
    ------
    ArgumentError
        If a matrix is not a density matrix: shape, finiteness, Hermiticity, trace, positivity.
    """
    return named_density("state", state, precision=precision)


def named_density(name: str, state: object, *, precision: object = None) -> Density:
    """Return the same of the argument of that name."""
    stated = as_precision("precision", precision)
    if isinstance(state, Density | HasDensity):
        if stated is not None:
            raise requirement("precision", "be left out for a state that is solved or checked", f"it is {precision}")
        found = state if isinstance(state, Density) else state.density
        if not isinstance(found, Density):  # a spectrum has a density, too: of light
            raise requirement("state", "be a state", f"it is a {type(state).__name__}, whose density is none of levels")
        return found
    if callable(getattr(state, "generator", None)):
        raise requirement(name, "be solved first, with steady_state(…)", f"it is a {type(state).__name__}")
    given, known = _numbers(name, state, stated)
    matrix, known, error = as_known_density(name, given, precision=known)
    return DenseDensity(matrix, known, coherence_error=error)


def _numbers(name: str, value: object, stated: Precision | None) -> tuple[Any, Precision]:
    """Return matrices of a user's own, kets as their projectors, and what the entries are good for."""
    given, squared = states(name, value, off=0.0 if stated is None else stated.entry)
    known = precision_of(name, given, stated)
    return given, known.doubled() if squared else known


def nearest_state(matrix: object, *, precision: object = None) -> DenseDensity:
    """Return the density matrices nearest to measured ones, in the Frobenius norm, which know how far they were moved.

    Eigenvalues are projected onto the probability simplex.  What is returned goes wherever a state goes; ``moved`` is
    the distance in the Frobenius norm, and the distance in the trace norm is part of the error of all that follows.

    Parameters
    ----------
    matrix
        What `density_of` takes, but that eigenvalues may be negative, the trace and what is not Hermitian off by 0.1.
    precision
        As in `density_of`.

    Raises
    ------
    ArgumentError
        If a matrix is further away: then it is another matrix, not a noisy one.
    """
    if isinstance(matrix, Density | HasDensity):
        raise requirement("matrix", "be measured", f"it is a {type(matrix).__name__}, which is a state already")
    given, known = _numbers("matrix", matrix, as_precision("precision", precision))
    nearest, moved, far = as_nearest("matrix", given)
    return DenseDensity(nearest, known, np.asarray(moved), np.asarray(far + known.trace_norm(nearest.shape[-1])))
