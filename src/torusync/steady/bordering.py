"""What the sparse solvers share: the border that makes L regular, its factors, and the judgement of what they find."""

from contextlib import nullcontext
from typing import Any, Final

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from torusync._checks import Complex, Integer, Real
from torusync._flushed import SINGLE_PAYS, flushed
from torusync._lapack import eigenvalues
from torusync._limits import TOGETHER_LEVELS
from torusync.conventions import EPS
from torusync.generators.layout import Layout
from torusync.generators.superoperator import SparseLindblad
from torusync.steady.probing import Bordered, Factored
from torusync.steady.shells import FEW, Shells, fits

_SHEET: Final = 2_000
"""Rows from which a sheet has less fill in the order of dissection than in that of minimum degree."""


_PANEL: Final = 2
"""Columns worked off together in an order of dissection, whose supernodes are narrow: eight take a tenth longer."""


def judged(equation: SparseLindblad, rho: Complex, strength: float, *, nullity: int, groups: Integer) -> Real:
    """Return the rows of evidence of ρ from a bound of ‖M⁻¹‖.

    With ``nullity`` 1 where nothing speaks against it, which is 0 where nothing proves it either.
    M (ρ̂ − ρ) = L ρ̂ + s e₀ (tr ρ̂ − 1) and M ρ = s e₀: ρ̂ is off by M⁻¹ L ρ̂ and by the rounding of its trace.
    """
    change, rounding = equation.change(rho)
    left = float(np.linalg.norm(change)) + rounding
    return judged_by(left, equation.scale(), rho, strength, nullity=nullity, groups=groups)


def judged_by(residual: float, scale: float, rho: Complex, strength: float, *, nullity: int, groups: Integer) -> Real:
    """Return the same from a bound of the residual."""
    size = len(rho)
    error = size**0.5 * strength * residual + (size + 4.0) * EPS
    known = nullity == 1 and np.isfinite(error)
    # without a bound of ‖M⁻¹‖ the state may be one of several: how many there are is not known
    nullity, error = (nullity, error) if known else (0 if nullity == 1 else nullity, np.inf)
    return np.array([residual, scale, smallest(rho, groups), error, 2.0 * error, nullity])


def smallest(rho: Complex, groups: Integer) -> float:
    """Return the smallest eigenvalue of a matrix that is zero between classes of levels."""
    if len(rho) <= TOGETHER_LEVELS:
        return float(eigenvalues(rho)[0])
    order = np.argsort(groups, kind="stable")
    counts = np.bincount(groups)
    begins, inside = np.cumsum(counts) - counts, rho[order][:, order]
    found = float(np.diagonal(rho).real.min())
    # classes of about one size together, filled up with what is no smaller than their smallest eigenvalue
    for most in np.unique(_ceiling(counts[counts > 1])).tolist():
        mine = np.flatnonzero((counts > most // 2) & (counts <= most))
        width = int(counts[mine].max())
        at = begins[mine, np.newaxis] + np.arange(width)
        beyond = np.arange(width) >= counts[mine, np.newaxis]
        at = np.where(beyond, 0, at)
        parts = inside[at[:, :, np.newaxis], at[:, np.newaxis]]
        parts[beyond[:, :, np.newaxis] | beyond[:, np.newaxis]] = 0.0
        level = np.arange(width)
        heights = np.abs(parts[:, level, level]).max(axis=1, keepdims=True)
        parts[:, level, level] += np.where(beyond, heights, 0.0)
        found = min(found, float(eigenvalues(parts)[:, 0].min()))
    return found


def _ceiling(counts: Integer) -> Integer:
    """Return powers of two that are no smaller."""
    return 1 << np.ceil(np.log2(counts)).astype(np.int64)


def parts_with_states(block: Any, levels: int) -> int:
    """Return how many of the parts that L falls into hold a population: as many states at least are stationary."""
    _, labels = connected_components(block, directed=False)
    return len(np.unique(labels[:levels]))


def edge(size: int, levels: int, strength: float) -> Any:
    """Return s e₀ tᵀ."""
    row = np.zeros(levels, dtype=np.int64), np.arange(levels)
    return csc_array((np.full(levels, strength), row), shape=(size, size))


def factors(matrix: Bordered, layout: Layout | None = None, *, single: bool = False) -> Factored | None:
    """Return L + s e tᵀ with its factors, in the way that fits its graph; None where it has none.

    With ``single`` they may be of single precision where that is faster: then they say so.
    """
    found, single = layout, single and SINGLE_PAYS
    if found is None and matrix.block.shape[0] >= FEW:
        found = Layout.of(matrix.block, matrix.root)
    if found is None:
        return sparse_factors(matrix)
    if fits(found) and (single or not found.is_sheet):
        shells = Shells(matrix.block, found, matrix.levels, matrix.strength, single=single)
        if shells.good:
            return Factored(matrix, shells.solve, shells.solve_transposed, exchanged=False, single=single)
    large = found.is_sheet and found.rows >= _SHEET
    order = found.dissected() if large else None
    return (sparse_factors(matrix, order, single=True) if single and large else None) or sparse_factors(matrix, order)


def sparse_factors(matrix: Bordered, order: Integer | None = None, *, single: bool = False) -> Factored | None:
    """Return the same by sparse elimination, in the order given.

    The pattern of L is nearly symmetric, so that columns are ordered by that of M + Mᵀ where no order is given, and
    pivots left where they are; supernodes are kept narrow, since wide ones fill in half as much again.
    """
    ordered, kind = matrix.matrix(order), np.float32 if single else np.float64
    if single:  # in units of the border, so that no rate is beyond the range by its unit
        scaled = ordered.data / matrix.strength
        if not np.abs(scaled).max(initial=0.0) < np.finfo(kind).max:
            return None
        ordered.data = scaled.astype(kind)
    try:
        with flushed() if single else nullcontext():
            found: Any = splu(
                ordered,
                permc_spec="MMD_AT_PLUS_A" if order is None else "NATURAL",
                diag_pivot_thresh=0.01,
                relax=3,
                panel_size=8 if order is None else _PANEL,
                options={"SymmetricMode": True},
            )
    except RuntimeError:  # SuperLU's word for a singular matrix
        return None

    def solve(right: Real, transposed: str = "N") -> Real:
        given = right if order is None else right[order]
        if single:
            unit = float(np.abs(given).max(initial=0.0)) or 1.0
            with flushed():
                solution = found.solve((given / unit).astype(kind), transposed)
            solution = solution.astype(np.float64) * (unit / matrix.strength)
        else:
            solution = found.solve(given, transposed)
        if order is None:
            return np.asarray(solution)
        back = np.empty_like(right)
        back[order] = solution
        return back

    return Factored(matrix, solve, lambda right: solve(right, "T"), single=single)


def of_unit_trace(matrix: Complex) -> Complex:
    """Return a matrix over the real part of its trace."""
    return np.asarray(matrix / np.trace(matrix).real)
