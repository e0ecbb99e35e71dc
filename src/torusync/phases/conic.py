"""The semidefinite bound by clarabel, an interior-point solver that knows nothing of this problem (extra ``sdp``).

min ½ Σ ν subject to diag ν − R ⪰ 0, the dual of the relaxation, has only n unknowns; it goes to the solver in direct
cone form.  A Hermitian matrix A + iB is positive semidefinite when the real [[A, −B], [B, A]] is.  What comes back is a
claim like any other: the multipliers are tested as those of our own ascent are.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final, final

import numpy as np
from scipy import sparse

from torusync._checks import Complex, Integer, Real, as_real, requirement
from torusync.phases.semidefinite import Relaxed, gram_vectors

_SQUARE_ROOT: Final = float(np.sqrt(2.0))
"""Weight of the entries off the diagonal, which makes the scalar product of two triangles that of their matrices."""


@final
@dataclass(frozen=True)
class Clarabel:
    """The relaxation by clarabel; one point after the other, for up to some 60 levels.

    Parameters
    ----------
    tolerance
        Relative gap and infeasibility asked of the solver; what it misses only raises the bound.

    Raises
    ------
    ArgumentError
        If clarabel is not installed.
    """

    tolerance: float = 1e-10

    def __post_init__(self) -> None:
        tolerance = as_real("tolerance", self.tolerance, above=0.0)
        if tolerance.ndim:
            raise requirement("tolerance", "be one number", f"its shape is {tolerance.shape}")
        object.__setattr__(self, "tolerance", float(tolerance))
        if find_spec("clarabel") is None:
            raise requirement(
                "relaxation", "be installed", "clarabel is not; install torusync[sdp], or take BurerMonteiro()"
            )

    def relax(self, coherences: Complex) -> Relaxed:
        """Return multipliers and vectors that the solver claims to be optimal."""
        multipliers, grams = zip(*(self._one(one) for one in coherences), strict=True)
        gram = np.stack(grams)
        return Relaxed(np.stack(multipliers), gram_vectors(np.where(np.isfinite(gram), gram, 0.0), gram.shape[-1]))

    def _one(self, coherences: Complex) -> tuple[Real, Complex]:
        import clarabel  # noqa: PLC0415  (an extra)

        size = len(coherences)
        row, column = _triangle(2 * size)
        real = np.block([[coherences.real, -coherences.imag], [coherences.imag, coherences.real]])
        scale = np.where(row == column, 1.0, _SQUARE_ROOT)
        diagonal = np.flatnonzero(row == column)
        levels = np.arange(2 * size) % size
        matrix = sparse.csc_matrix((-np.ones(2 * size), (diagonal, levels)), shape=(len(row), size))
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        settings.max_threads = 1
        for name in ("tol_gap_abs", "tol_gap_rel", "tol_feas"):
            setattr(settings, name, self.tolerance)
        solver = clarabel.DefaultSolver(
            sparse.csc_matrix((size, size)),
            np.full(size, 0.5),
            matrix,
            -scale * real[row, column],
            [clarabel.PSDTriangleConeT(2 * size)],
            settings,
        )
        solution = solver.solve()
        gram = np.zeros((2 * size, 2 * size))
        gram[row, column] = gram[column, row] = np.asarray(solution.z) / scale
        hermitian = gram[:size, :size] + gram[size:, size:] + 1j * (gram[size:, :size] - gram[:size, size:])
        return np.asarray(solution.x), hermitian


def _triangle(size: int) -> tuple[Integer, Integer]:
    """Return rows and columns of the upper triangle, column by column."""
    column, row = np.tril_indices(size)
    return row, column
