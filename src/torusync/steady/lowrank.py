"""Near-degenerate machines of up to a million levels, in time and memory linear in N.

Beside the undriven machine D the excited block obeys A X + X A† = i[H, D] (see `Block`).  For independent dipoles the
right side has rank two whatever the occupations n_j, because only the row of |1> is driven, and A is an arrow matrix:
one shifted solve costs O(N).  Alternating directions in the form X = Z C Z† (Benner, Li and Truhar, J. Comput. Appl.
Math. 233, 1035) then need a rank that does not grow with N but with the level spread over the damping.

Shifts are Ritz values of A on the latest columns of Z.  The field of values of A lies left of −min(a_c, a_h), and so do
they; shifts guessed from the bare levels stall as soon as the spread exceeds the damping.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Real, as_count
from torusync._lapack import eigenvalues
from torusync._memory import fitting, require_memory
from torusync._rows import in_blocks
from torusync._threads import one_blas_thread
from torusync.conventions import EPS
from torusync.densities import ThermalPlusLowRank
from torusync.generators import Arrow, Generator, PumpedManifold
from torusync.generators.arrow import PAIRWISE
from torusync.steady.accuracy import GOOD, least, state_errors
from torusync.steady.answer import Answer, Solver, unfit

_TOLERANCE: Final = 1e-15
"""Residual of the Lyapunov equation relative to its right side at which the iteration stops."""

_STALLED: Final = 1e3
"""Times the tolerance at which an iteration that ran out of rank counts as not converged, however small the residual
is against the generator: weak coherences would be wrong."""

_USUAL_RANK: Final = 40
"""Columns of Z at spreads of the damping, for the estimate of memory."""

_COPIES: Final = 3
"""Arrays of the size of Z alive at once: its blocks, Z itself, and what the evidence takes."""

_LATEST: Final = 4
"""Blocks of Z on which A is projected for new shifts: two stall at wide spreads, more cost time."""

_EVENNESS: Final = 1e-6
"""Smallest over largest thermal ratio up to which positivity is judged by a congruence with D^(-1/2)."""

_SUMMED: Final = 100.0
"""The same, in ε, for sums of sums."""


def even_ratios(block: PumpedManifold) -> bool:
    """Whether all thermal ratios are positive and of one order of magnitude."""
    lowest = np.minimum(block.hot_ratio.min(axis=-1), block.cold_ratio)
    highest = np.maximum(block.hot_ratio.max(axis=-1), block.cold_ratio)
    return bool((lowest >= _EVENNESS * highest).all() and (lowest > 0.0).all())


@final
@dataclass(frozen=True)
class LowRank:
    """Thermal part plus low rank, O(N r²) a point, for independent dipoles with any λ_j, ω_j and n_j > 0.

    Parameters
    ----------
    max_rank
        Columns of the factor at which the iteration gives up: the level spread is then so large against the damping
        that low rank does not pay, and `Cauchy` is the way.
    """

    max_rank: int = 400

    def __post_init__(self) -> None:
        as_count("max_rank", self.max_rank)

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    @one_blas_thread
    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, with what rounding may have cost every step."""
        if not (isinstance(generator, PumpedManifold) and generator.damped_arrow and even_ratios(generator)):
            raise unfit(
                "LowRank() needs a ThermalMaser with independent dipoles, positive bath couplings, and thermal ratios "
                "n/(1+n) that are positive and of one order of magnitude within a factor of 10^6; use Auto()"
            )
        arrow = Arrow.of(generator).flat(generator.batch_shape)
        points, count = arrow.drive.shape
        bytes_each = 16 * points * (count + 1)
        needed = bytes_each * (_COPIES * _USUAL_RANK + 8)
        require_memory("system", needed, what=f"LowRank() for {points} points of {count} levels")
        # a wide spread takes more columns than usual; those that would not fit are not begun
        most = fitting(_COPIES * bytes_each, self.max_rank)
        found = _alternating_directions(arrow, most)
        return _answer(generator.batch_shape, arrow, found, self)


def _exchange_norm(w: Complex) -> tuple[Real, Real]:
    """Return ‖W T W†‖_F for w ``(points, 2, M)``, sqrt(2 |w_0|² |w_1|² + 2 Re (w_0†w_1)²), and both lengths."""
    gram = np.conj(w) @ np.swapaxes(w, -1, -2)
    square = 2.0 * gram[:, 0, 0].real * gram[:, 1, 1].real + 2.0 * np.real(gram[:, 0, 1] ** 2)
    return np.asarray(np.sqrt(np.maximum(square, 0.0))), _lengths(w)


def _lengths(vectors: Complex) -> Real:
    """Return the norms of vectors ``(points, 2, M)``, ``(points, 2)``, no smaller than they are: a sum of M terms."""
    parts = vectors.view(np.float64)
    return np.asarray(np.sqrt(np.einsum("pkm,pkm->pk", parts, parts)) * (1.0 + 2.0 * vectors.shape[-1] * EPS))


@final
@dataclass(frozen=True, eq=False)
class _Directions:
    """What alternating directions found of A X + X A† = −σ V T V†, and how well.

    Parameters
    ----------
    factor, core : (points, M, r), (points, r, r) X = Z C Z†
    left : (points) bound of the trace norm of the residual of Z C Z† as stored
    size : (points) bound of ‖X‖_1, and of the sum of the moduli of what its trace adds up
    stalled : (points) where the iteration ended before its goal
    """

    factor: Complex
    core: Complex
    left: Real
    size: Real
    stalled: Boolean


def _alternating_directions(arrow: Arrow, max_rank: int) -> _Directions:
    w, sigma = arrow.source()
    begin, lengths = _exchange_norm(w)
    left, after, goal = begin, lengths, _TOLERANCE * begin
    blocks: list[Complex] = []
    steps: list[tuple[Any, ...]] = []
    shifts: list[Complex] = []
    while (left > goal).any() and 2 * len(steps) < max_rank:
        if not shifts:
            latest = blocks[-_LATEST:] or [w + np.finfo(np.float64).tiny]
            shifts = list(np.moveaxis(arrow.ritz(np.concatenate(latest, axis=1)), -1, 0))
        # the step multiplies W by (A − s̄)/(A + s): it removes what belongs to the eigenvalue s̄
        shift = np.conj(shifts.pop(0))
        z, turned = arrow.shifted_solve(shift, w)
        weight = -2.0 * shift.real
        w = w + weight[:, np.newaxis, np.newaxis] * z
        left, after = _exchange_norm(w)
        blocks.append(z)
        steps.append((shift, weight, _lengths(z), np.abs(z[..., 0]), turned, after))
    wrong, total = _rounding(arrow, steps, lengths)
    ends = _exchange_trace_norm(w, after) + (wrong + 2.0 * PAIRWISE * begin)
    # X = Σ σ weight z T z†
    points, _, size = w.shape
    rank = 2 * len(steps)
    core = np.zeros((points, rank, rank), dtype=np.complex128)
    rows = np.empty((points, rank, size), dtype=np.complex128)
    for index, (_, weight, *_) in enumerate(steps):
        core[:, 2 * index, 2 * index + 1] = core[:, 2 * index + 1, 2 * index] = sigma * weight
    if blocks:
        in_blocks(size, lambda part: np.concatenate([z[..., part] for z in blocks], axis=1, out=rows[..., part]))
    return _Directions(np.swapaxes(rows, -1, -2), core, sigma * ends, sigma * total, left > _STALLED * goal)


def _rounding(arrow: Arrow, steps: list[tuple[Any, ...]], lengths: Real) -> tuple[Real, Real]:
    """Return by how much rounding may change the residual, in the trace norm, and a bound of ‖Z C Z†‖_1.

    With (A + s) z = w + f and w' = w + weight z + g a step leaves w' T w'† but for weight (f T z† + h.c.) and
    g T w'† + h.c., g no larger than f; the rounding of its weight is in f, too.  Steps are s, the weight, the lengths
    of z, the moduli of its entries for |1>, what `Arrow.shifted_solve` bounds, and the lengths of w', each
    ``(points, 2)`` or ``(points)``; ``lengths`` are those of the first w.
    """
    if not steps:
        return np.zeros(len(lengths)), np.zeros(len(lengths))
    shifts, weights, found, first, turned, after = map(np.stack, zip(*steps, strict=True))
    before, weights = np.concatenate([lengths[np.newaxis], after[:-1]]), np.abs(weights)
    missed = arrow.missed(shifts, turned, first, found=found, before=before)
    missed += 4.0 * EPS * (before + (weights + np.abs(shifts))[..., np.newaxis] * found)
    wrong = weights * (missed * found[..., ::-1]).sum(axis=-1) + (missed * after[..., ::-1]).sum(axis=-1)
    return 2.0 * wrong.sum(axis=0), 2.0 * (weights * found[..., 0] * found[..., 1]).sum(axis=0)


def _exchange_trace_norm(w: Complex, lengths: Real) -> Real:
    """Return a bound of ‖W T W†‖_1, which may be nothing where the two vectors are far from it.

    With w_1 = α w_0 + r it is at most 2 |Re α| ‖w_0‖² + 2 ‖r‖ ‖w_0‖; the Frobenius norm from products of lengths is a
    difference, which would be known to the square root of rounding only.
    """
    first, second = lengths[:, 0], lengths[:, 1]
    square = np.where(first > 0.0, first, 1.0) ** 2
    alpha = (np.conj(w[:, 0]) * w[:, 1]).sum(axis=-1) / square
    rest = w[:, 1] - alpha[:, np.newaxis] * w[:, 0]
    apart = np.abs(alpha.real) * square + np.sqrt((rest.real**2 + rest.imag**2).sum(axis=-1)) * first
    return np.asarray(2.0 * np.minimum(apart + 2.0 * PAIRWISE * first * second, first * second))


def _answer(batch: tuple[int, ...], arrow: Arrow, found: _Directions, solver: Solver) -> Answer:
    relative = ThermalPlusLowRank(np.ones(len(arrow.ratios)), arrow.ratios, found.factor, found.core)
    excess = relative.excess
    ground = 1.0 / (1.0 + arrow.ratios.sum(axis=-1) + excess.sum(axis=-1))
    flat = replace(relative, ground=ground, core=ground[:, np.newaxis, np.newaxis] * found.core)
    residual, norm = _residual(arrow, found, ground, excess)
    error, coherence = _errors(arrow, found, ground)
    rows = np.stack([residual, norm, _lowest_eigenvalue(flat, arrow.damping, residual), error, coherence])
    return replace(Answer.of(flat.shaped(batch), rows, solver=solver), stalled=found.stalled.reshape(batch))


def _residual(arrow: Arrow, found: _Directions, ground: Real, excess: Real) -> tuple[Real, Real]:
    """Return a bound of ‖dρ/dt‖_F of the state as stored, and ‖A‖_F."""
    poles = arrow.diagonal.real**2 + arrow.diagonal.imag**2
    norm = np.sqrt(poles.sum(axis=-1) + 2.0 * arrow.strength**2 + arrow.corner**2)
    fastest = arrow.strength + np.maximum(np.sqrt(poles.max(axis=-1)), arrow.corner)
    # a trace norm is at least a Frobenius norm, and at least the trace; as a matrix, populations are rounded sums
    populations = ground * np.sqrt(((arrow.ratios + excess) ** 2).sum(axis=-1))
    # and dρ_00/dt adds up the roundings of all of them
    rounding = fastest * (populations + ground * found.size) + arrow.damping.max(axis=-1)
    return 1.5 * (ground * found.left) + 8.0 * EPS * rounding, norm


def _errors(arrow: Arrow, found: _Directions, ground: Real) -> tuple[Real, Real]:
    """Return the errors of the state and of its coherences, by the slowest damping or, if that says too little, W."""
    left, driven, rank = ground * found.left, ground * found.size, found.factor.shape[-1]

    def errors(strength: Real) -> tuple[Real, Real]:
        with np.errstate(all="ignore"):
            # entries are sums over the columns, populations pairwise sums of those
            return state_errors(strength * left + (4.0 * rank + 8.0) * EPS * driven, 2.0 * rank + _SUMMED, driven)

    # a matrix with Hermitian part ≥ min(a_c, a_h) decays at least that fast in every direction
    strength = 0.5 / arrow.damping.min(axis=-1)
    bounds = errors(strength)
    return bounds if (bounds[0] <= GOOD).all() else errors(np.minimum(strength, _gain(arrow, 10 * rank + 100)))


def _gain(arrow: Arrow, max_rank: int) -> Real:
    """Return a bound of ‖W‖, A†W + W A = −1, where the slowest damping says too little.

    Beside diag(1/2a) it obeys the equation of X with A† in place of A, so alternating directions find it, too.
    """
    thermal = 0.5 / arrow.damping
    contrast = thermal[:, 1:] - thermal[:, :1]
    mirrored = replace(arrow, drive=-arrow.drive, contrast=contrast, energies=-arrow.energies, ratios=thermal)
    found = _alternating_directions(mirrored, max_rank)
    inner = ThermalPlusLowRank(np.ones(len(thermal)), thermal, found.factor, found.core)
    rounding = (2.0 * found.factor.shape[-1] + _SUMMED) * EPS * (found.size + thermal.max(axis=-1))
    first = np.abs(thermal[:, 0] + inner.excess[:, 0])
    rows = found.factor[:, 1:]
    upper = np.linalg.qr(rows, mode="r")
    spread = eigenvalues(upper @ found.core @ np.conj(np.swapaxes(upper, -1, -2)))
    # a positive matrix is no larger than both of its diagonal blocks together
    candidate = first + thermal[:, 1:].max(axis=-1) + np.abs(spread).max(axis=-1, initial=0.0) + rounding
    with np.errstate(all="ignore"):
        return np.asarray(np.where(found.left < 0.5, candidate / (1.0 - found.left), np.inf))


def _lowest_eigenvalue(density: ThermalPlusLowRank, damping: Real, residual: Real) -> Real:
    """Return a lower bound on the smallest eigenvalue of ρ, from the residual where that says something."""
    lowest = least(density.ground, density.ratios.T, damping.T, residual)
    left = np.flatnonzero(~(lowest > 0.0))
    if left.size:
        lowest[left] = _by_congruence(density.part(left))
    return lowest


def _by_congruence(density: ThermalPlusLowRank) -> Real:
    """Return a lower bound on the smallest eigenvalue of ρ, tight where all thermal ratios are equal.

    ρ_00 D + Z C Z† = ρ_00 D^(1/2) (1 + Y C Y†/ρ_00) D^(1/2) with Y = D^(-1/2) Z, and the bracket is 1 outside the
    span of Y: the eigenvalues of R C R† from Y = Q R decide.
    """
    ground, ratios = density.ground, density.ratios
    lowest = ratios.min(axis=-1)
    if density.factor.shape[-1] == 0:
        return np.asarray(ground * np.minimum(1.0, lowest))
    scaled = density.factor / np.sqrt(ratios)[..., np.newaxis]
    upper = np.linalg.qr(scaled, mode="r")
    small = upper @ density.core @ np.conj(np.swapaxes(upper, -1, -2))
    bracket = 1.0 + np.minimum(eigenvalues(small)[:, 0] / ground, 0.0)
    # a negative bracket is the more negative the larger the ratio it may stand with
    extreme = np.where(bracket >= 0.0, lowest, ratios.max(axis=-1))
    return np.asarray(ground * np.minimum(1.0, extreme * bracket))
