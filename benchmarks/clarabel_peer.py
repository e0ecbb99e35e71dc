"""The semidefinite bound as a general solver gives it, put to the test that makes it a bound.

min ½ Σ ν subject to diag ν − R ⪰ 0, in direct cone form: a modelling language would add seconds.  The
tests ask this referee, too; nothing here is taken from the library.
"""

from typing import Final

import clarabel
import numpy as np
from scipy import sparse

_TOLERANCE: Final = 1e-10
"""Asked of the solver; with its default of 1e-8 the test would raise its bounds by as much."""

_ROUNDING: Final = 8.0
"""Margin of an eigenvalue, in n ε ‖A‖_F; LAPACK stays far below."""


def relax(coherences: np.ndarray) -> tuple[float, float]:
    """Return what the solver claims to be the semidefinite bound on the pair sum of R, and what its ν do prove.

    R is Hermitian with zero diagonal.
    """
    size = len(coherences)
    scale = float(np.abs(coherences).sum()) / size
    if scale == 0.0:
        return 0.0, 0.0
    scaled = coherences / scale
    multipliers = _multipliers(scaled)
    shifted = np.diag(multipliers) - scaled
    margin = _ROUNDING * size * np.finfo(float).eps * float(np.linalg.norm(shifted))
    missing = max(0.0, margin - float(np.linalg.eigvalsh(shifted)[0]))
    claimed = 0.5 * float(multipliers.sum())
    return scale * claimed, scale * (claimed + 0.5 * size * missing)


def _multipliers(scaled: np.ndarray) -> np.ndarray:
    """Return the solver's ν.  A + iB is positive where the real [[A, −B], [B, A]] is; without B, A alone will do."""
    size, copies = len(scaled), 2 if scaled.imag.any() else 1
    real = np.block([[scaled.real, -scaled.imag], [scaled.imag, scaled.real]])[: copies * size, : copies * size]
    column, row = np.tril_indices(copies * size)  # the upper triangle, column by column
    weights = np.where(row == column, 1.0, np.sqrt(2.0))
    entries = (-np.ones(copies * size), (np.flatnonzero(row == column), np.arange(copies * size) % size))
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = _TOLERANCE
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix((size, size)),
        np.full(size, 0.5),
        sparse.csc_matrix(entries, shape=(len(row), size)),
        -weights * real[row, column],
        [clarabel.PSDTriangleConeT(copies * size)],
        settings,
    )
    return np.asarray(solver.solve().x)
