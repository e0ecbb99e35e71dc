"""Near-degenerate machines of up to a million levels, in time and memory linear in N.

Beside the undriven machine D the excited block obeys A X + X A† = i[H, D] (see `Block`).  For independent dipoles the
right side has rank two whatever the occupations n_j, because only the row of |1> is driven, and A is an arrow matrix:
one shifted solve costs O(N).  Alternating directions in the form X = Z C Z† (Benner, Li and Truhar, J. Comput. Appl.
Math. 233, 1035) then need a rank that does not grow with N but with the level spread over the damping.

Shifts are Ritz values of A on the latest columns of Z.  The field of values of A lies left of −min(a_c, a_h), and so do
they; shifts guessed from the bare levels stall as soon as the spread exceeds the damping.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Real, as_count, requirement
from torusync._memory import fitting, require_memory
from torusync._rows import in_blocks, tall_qr
from torusync._threads import one_blas_thread
from torusync.conventions import divide
from torusync.densities import ThermalPlusLowRank
from torusync.generators import PumpedManifold
from torusync.models import ThermalMaser
from torusync.steady.positivity import least
from torusync.steady.solution import Answer, System

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

_PROBES: Final = 4
_SAFETY: Final = 3.0
"""A random probe sees ‖R‖_F on average; four together see less than a third of it once in thousands."""


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

    @one_blas_thread
    def solve(self, system: System) -> Answer:
        """Return the steady states, residuals checked by random probes."""
        block = system.manifold() if isinstance(system, ThermalMaser) else None
        if block is None or not (block.damped_arrow and even_ratios(block)):
            raise requirement(
                "solver",
                "fit the system",
                "LowRank() needs a ThermalMaser with independent dipoles, positive bath couplings, and thermal ratios "
                "n/(1+n) that are positive and of one order of magnitude within a factor of 10^6; use Auto()",
            )
        arrow = _Arrow.of(block)
        points, count = arrow.drive.shape
        bytes_each = 16 * points * (count + 1)
        require_memory(
            "system",
            bytes_each * (_COPIES * _USUAL_RANK + 8),
            what=f"LowRank() for {points} points of {count} levels",
            advice="split the batch",
        )
        # a wide spread takes more columns than usual; those that would not fit are not begun
        most = fitting(_COPIES * bytes_each, as_count("max_rank", self.max_rank))
        factor, core, left, stalled = _alternating_directions(arrow, most)
        return _answer(block, arrow, factor, core, left=left, stalled=stalled)


@final
@dataclass(frozen=True, eq=False)
class _Arrow:
    """The drift A of flat batches: −a_c and −diagonal on its diagonal, −iλ in the row and −iλ* in the column of |1>.

    Vectors have shape ``(points, k, M)``, levels last, so that every operation runs along contiguous memory.
    """

    drive: Complex
    contrast: Real
    diagonal: Complex
    corner: Real
    ratios: Real

    @classmethod
    def of(cls, block: PumpedManifold) -> "_Arrow":
        batch, levels = block.batch_shape, block.levels
        points = int(np.prod(batch, dtype=np.int64))

        def flat(values: Complex | Real) -> Complex:
            wide = np.broadcast_to(values, (*batch, levels)).reshape(points, levels)
            return np.asarray(wide, dtype=np.complex128)

        return cls(
            drive=flat(block.drive),
            contrast=flat(block.contrast).real,
            diagonal=flat(block.hot_damping) + 1j * flat(block.energies),
            corner=np.broadcast_to(block.cold_damping, batch).reshape(points),
            ratios=block.thermal_ratios().reshape(points, levels + 1),
        )

    def product(self, x: Complex) -> Complex:
        """Return A x."""
        out = np.empty_like(x)
        first = x[..., :1]
        out[..., 0] = -self.corner[:, np.newaxis] * x[..., 0] - 1j * _dot(self.drive, x[..., 1:])
        out[..., 1:] = -self.diagonal[:, np.newaxis] * x[..., 1:] - 1j * np.conj(self.drive)[:, np.newaxis] * first
        return out

    def adjoint_product(self, x: Complex) -> Complex:
        """Return A† x."""
        out = np.empty_like(x)
        first = x[..., :1]
        out[..., 0] = -self.corner[:, np.newaxis] * x[..., 0] + 1j * _dot(self.drive, x[..., 1:])
        out[..., 1:] = (
            -np.conj(self.diagonal)[:, np.newaxis] * x[..., 1:] + 1j * np.conj(self.drive)[:, np.newaxis] * first
        )
        return out

    def shifted_solve(self, shift: Complex, w: Complex) -> Complex:
        """Return (A + shift)⁻¹ w, one shift a point."""
        inverse = 1.0 / (shift[:, np.newaxis] - self.diagonal)
        scaled = w[..., 1:] * inverse[:, np.newaxis]
        pivot = shift - self.corner + np.sum(np.abs(self.drive) ** 2 * inverse, axis=-1)
        out = np.empty_like(w)
        out[..., 0] = (w[..., 0] + 1j * _dot(self.drive, scaled)) / pivot[:, np.newaxis]
        out[..., 1:] = scaled + (1j * np.conj(self.drive) * inverse)[:, np.newaxis] * out[..., :1]
        return out

    def source(self) -> tuple[Complex, Real]:
        """Return V ``(points, 2, M)`` and σ ``(points)`` with −i[H, D] = σ V T V†, T the exchange of its two vectors.

        V has unit vectors, so that nothing underflows for drives of 1e-200.
        """
        drag = 1j * np.conj(self.drive) * self.contrast
        largest = np.abs(drag).max(axis=-1, initial=0.0)
        scaled = divide(drag, np.where(largest > 0.0, largest, 1.0)[:, np.newaxis])
        length = np.sqrt(np.sum(np.abs(scaled) ** 2, axis=-1))
        out = np.zeros((len(drag), 2, drag.shape[-1] + 1), dtype=np.complex128)
        out[:, 0, 0] = 1.0
        out[:, 1, 1:] = scaled / np.where(length > 0.0, length, 1.0)[:, np.newaxis]
        return out, largest * length

    def ritz(self, columns: Complex) -> Complex:
        """Return the eigenvalues of A projected on the span of columns ``(points, s, M)``."""
        size = columns.shape[-1]
        basis, _ = tall_qr(size, lambda block: np.swapaxes(columns[..., block], -1, -2))

        def project(block: slice) -> tuple[Complex, Complex, Complex]:
            q = basis.rows(block)
            first, q = q[:, 0], q[:, int(block.start == 0) :]  # the row of |1> comes apart
            levels = slice(max(block.start - 1, 0), block.stop - 1)
            gram = np.conj(np.swapaxes(q, -1, -2)) @ (self.diagonal[:, levels, np.newaxis] * q)
            return gram, (self.drive[:, np.newaxis, levels] @ q)[:, 0], first

        grams, pulls, firsts = zip(*in_blocks(size, project), strict=True)
        first, pull = firsts[0], sum(pulls)
        crossed = np.conj(first)[:, :, np.newaxis] * pull[:, np.newaxis]
        crossed = crossed + np.conj(pull)[:, :, np.newaxis] * first[:, np.newaxis]
        corner = self.corner[:, np.newaxis, np.newaxis] * np.conj(first)[:, :, np.newaxis] * first[:, np.newaxis]
        return np.asarray(np.linalg.eigvals(-sum(grams) - corner - 1j * crossed), dtype=np.complex128)


def _dot(row: Complex, x: Complex) -> Complex:
    """Return Σ_j row_j x_j for row ``(points, N)`` and x ``(points, k, N)``."""
    return np.asarray((x @ row[..., np.newaxis])[..., 0])


def _exchange_norm(w: Complex) -> Real:
    """Return ‖W T W†‖_F for w ``(points, 2, M)``: sqrt(2 |w_0|² |w_1|² + 2 Re (w_0†w_1)²)."""
    gram = np.conj(w) @ np.swapaxes(w, -1, -2)
    square = 2.0 * gram[:, 0, 0].real * gram[:, 1, 1].real + 2.0 * np.real(gram[:, 0, 1] ** 2)
    return np.asarray(np.sqrt(np.maximum(square, 0.0)))


def _alternating_directions(arrow: _Arrow, max_rank: int) -> tuple[Complex, Complex, Real, Boolean]:
    """Return Z ``(points, M, r)``, C ``(points, r, r)``, the norm of the residual left, and where it stalled."""
    w, sigma = arrow.source()
    begin = _exchange_norm(w)
    goal = _TOLERANCE * begin
    columns: list[Complex] = []
    weights: list[Real] = []
    shifts: list[Complex] = []
    left = begin
    while (left > goal).any() and 2 * len(columns) < max_rank:
        if not shifts:
            latest = np.concatenate(columns[-_LATEST:] or [w + np.finfo(np.float64).tiny], axis=1)
            shifts = list(np.moveaxis(arrow.ritz(latest), -1, 0))
        # the step multiplies W by (A − s̄)/(A + s): it removes what belongs to the eigenvalue s̄
        shift = np.conj(shifts.pop(0))
        z = arrow.shifted_solve(shift, w)
        weight = -2.0 * shift.real
        w = w + weight[:, np.newaxis, np.newaxis] * z
        columns.append(z)
        weights.append(weight)
        left = _exchange_norm(w)
    rank = 2 * len(columns)
    points, _, size = w.shape
    core = np.zeros((points, rank, rank), dtype=np.complex128)
    for index, weight in enumerate(weights):
        core[:, 2 * index, 2 * index + 1] = core[:, 2 * index + 1, 2 * index] = sigma * weight
    stacked = np.empty((points, rank, size), dtype=np.complex128)
    if columns:
        in_blocks(size, lambda block: np.concatenate([z[..., block] for z in columns], axis=1, out=stacked[..., block]))
    return np.swapaxes(stacked, -1, -2), core, sigma * left, np.asarray(left > _STALLED * goal)


def _answer(
    block: PumpedManifold, arrow: _Arrow, factor: Complex, core: Complex, *, left: Real, stalled: Boolean
) -> Answer:
    batch, size = block.batch_shape, block.levels + 1
    rank = factor.shape[-1]

    def weight(block: slice) -> Real:
        part = factor[:, block]
        return np.asarray(np.einsum("pmr,pmr->p", part @ core, np.conj(part)).real)

    trace = sum(in_blocks(size, weight))
    ground = 1.0 / (1.0 + arrow.ratios.sum(axis=-1) + trace)
    core = ground[:, np.newaxis, np.newaxis] * core
    flat = ThermalPlusLowRank(ground, arrow.ratios, factor, core)
    damping = np.minimum(arrow.diagonal.real.min(axis=-1), arrow.corner)
    squares = np.sum(np.abs(arrow.diagonal) ** 2 + 2.0 * np.abs(arrow.drive) ** 2, axis=-1) + arrow.corner**2
    norm, residual = np.sqrt(squares), np.maximum(ground * left, _probed_residual(arrow, flat))

    def shaped(values: Real) -> Real:
        return np.asarray(values.reshape(batch), dtype=np.float64)

    return Answer(
        density=ThermalPlusLowRank(
            ground=shaped(ground),
            ratios=arrow.ratios.reshape(*batch, size),
            factor=factor.reshape(*batch, size, rank),
            core=core.reshape(*batch, rank, rank),
        ),
        residual=shaped(residual),
        scale=shaped(norm),
        min_eigenvalue=shaped(_lowest_eigenvalue(arrow, flat, residual)),
        nullity=np.ones(batch, dtype=np.int64),
        # a matrix with Hermitian part ≥ min(a_c, a_h) decays at least that fast in every direction
        conditioning=shaped(norm / damping),
        stalled=stalled.reshape(batch),
    )


def _probed_residual(arrow: _Arrow, density: ThermalPlusLowRank) -> Real:
    """Return a bound on ‖A B + B A† + ρ_00 S‖_F that random vectors support, from the state as stored."""
    points, size, _ = density.factor.shape
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(1, _PROBES, size)) + 1j * rng.normal(size=(1, _PROBES, size))) / np.sqrt(2.0)
    x = np.broadcast_to(x, (points, _PROBES, size))
    thermal = density.ground[:, np.newaxis] * density.ratios
    damping = np.concatenate([arrow.corner[:, np.newaxis], arrow.diagonal.real], axis=-1)

    def block_product(y: Complex) -> Complex:
        # (ρ_00 D + Z C Z†) y for y with levels last; the transpose of C is its conjugate
        inner = (y @ np.conj(density.factor)) @ np.swapaxes(density.core, -1, -2)
        return np.asarray(thermal[:, np.newaxis] * y + inner @ np.swapaxes(density.factor, -1, -2))

    change = arrow.product(block_product(x)) + block_product(arrow.adjoint_product(x))
    change = change + 2.0 * (damping * thermal)[:, np.newaxis] * x
    return np.asarray(_SAFETY * np.sqrt(np.sum(np.abs(change) ** 2, axis=(-2, -1)) / _PROBES))


def _lowest_eigenvalue(arrow: _Arrow, density: ThermalPlusLowRank, residual: Real) -> Real:
    """Return a lower bound on the smallest eigenvalue of ρ, from the residual where that says something."""
    damping = np.concatenate([arrow.corner[:, np.newaxis], arrow.diagonal.real], axis=-1)
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
    bracket = 1.0 + np.minimum(np.linalg.eigvalsh(small)[:, 0] / ground, 0.0)
    # a negative bracket is the more negative the larger the ratio it may stand with
    extreme = np.where(bracket >= 0.0, lowest, ratios.max(axis=-1))
    return np.asarray(ground * np.minimum(1.0, extreme * bracket))
