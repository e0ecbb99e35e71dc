"""Independent dipoles with any λ_j, ω_j and n_j: N complex unknowns instead of (N + 1)².

With u_l = ρ_1l known every other entry of the excited block is explicit (docs/solvers.md).  Beside the
undriven machine, and with the phase of each λ_l taken out, u_l = λ_l v_l leaves

    X_jl = −i λ_j^* λ_l (v_l − v_j^*) K_jl,    K_jl = 1/(a_j + a_l + i(e_j − e_l)),    X_11 = −Σ_j |λ_j|² Im v_j / a_c
    [a_c + a_l − i e_l + Σ_j |λ_j|² K_jl] v_l − Σ_j |λ_j|² K_jl v_j^* + (i/a_c) Σ_j |λ_j|² Im v_j = −i (r_l − r_c)

for v, 2N real unknowns; K is a Cauchy matrix, hence the name.  Arrays have the points on their last axis.  Where
levels are few that axis is contiguous and a stack of systems is eliminated at once: a LAPACK call for each would cost
ten times the arithmetic.  No pivots are needed: −(A ⊗ 1 + 1 ⊗ A*) has a positive definite Hermitian part, and so has
what is left of it here.  Points where rounding grew all the same are solved again with pivots.
"""

import math
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Complex, Real
from torusync._lapack import solutions
from torusync._limits import ELIMINATED_LEVELS, SOLVED_BYTES, STACK_BYTES, UNTHREADED_LEVELS
from torusync._memory import require_memory
from torusync._stacks import eliminate
from torusync._threads import chunks, cores, side_by_side
from torusync.conventions import EPS
from torusync.densities import ThermalPlusBlock
from torusync.generators import Arrow, Generator, PumpedManifold
from torusync.steady.accuracy import FAINT, lowest_eigenvalue, state_errors
from torusync.steady.answer import Answer, unfit

_COPIES: Final = 6
"""Arrays of the size of a linear system alive at once: the system, LAPACK's copy, kernels, what the residual takes."""

_GROWN: Final = 1e-13
"""Residual relative to the generator above which a stack's elimination is repeated with pivots."""


@final
@dataclass(frozen=True)
class Cauchy:
    """Dense O(N³) in 2N real unknowns, for independent dipoles; stacks of points in single array operations."""

    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, stack by stack of bounded memory, on all cores."""
        if not (isinstance(generator, PumpedManifold) and generator.damped_arrow):
            raise unfit(
                "Cauchy() needs a ThermalMaser with independent dipoles and positive bath couplings; use Auto()"
            )
        batch, points, levels = generator.batch_shape, generator.points, generator.manifold_levels
        size, stacked, per_point = levels + 1, levels <= ELIMINATED_LEVELS, 8 * (2 * levels) ** 2
        step = max(1, STACK_BYTES // per_point if stacked else SOLVED_BYTES // (_COPIES * per_point))
        require_memory(
            "system",
            16 * points * size**2 + cores() * _COPIES * min(step, points) * per_point,
            what=f"Cauchy() for {points} points of {levels} levels",
            advice="split the batch, or use LowRank() for many levels",
        )
        arrow = Arrow.of(generator)
        flat = arrow.flat(batch)
        # points last in memory, too, where they are stacked
        excited = np.empty((size, size, points) if stacked else (points, size, size), dtype=np.complex128)
        by_point = excited if stacked else excited.transpose(1, 2, 0)
        ground, evidence = np.empty(points), np.empty((5, points))

        def solve(chunk: slice) -> None:
            _solve_stack(flat.part(chunk), by_point[..., chunk], ground[chunk], evidence[:, chunk])

        if points <= step and levels <= UNTHREADED_LEVELS:
            solve(slice(0, points))
        else:
            side_by_side(solve, chunks(points, step))
        block = by_point.transpose(2, 0, 1).reshape(*batch, size, size)
        return Answer.of(ThermalPlusBlock(ground.reshape(batch), arrow.ratios, block), evidence, solver=self)


@final
@dataclass(frozen=True, eq=False)
class Stack:
    """Arrows with the points last: levels, or |1> and the levels, on the first axis; contrast may be one row."""

    drive: Complex
    contrast: Real
    energies: Real
    damping: Real
    ratios: Real

    @classmethod
    def of(cls, arrow: Arrow, *, contiguous: bool) -> "Stack":
        """Turn a flat batch."""
        turned = {name: values.T for name, values in arrow.arrays().items()}
        if len(turned["energies"]) < len(turned["drive"]):
            turned["energies"] = np.broadcast_to(turned["energies"], turned["drive"].shape)
        return cls(**{name: np.ascontiguousarray(one) if contiguous else one for name, one in turned.items()})


def _solve_stack(arrow: Arrow, excited: Complex, ground: Real, evidence: Real) -> None:
    """Fill in X beside the thermal part, ρ_00, and rows of evidence.

    The rows are residual, scale, smallest eigenvalue, error, error of the coherences.
    """
    levels = arrow.drive.shape[-1]
    stacked = levels <= ELIMINATED_LEVELS
    stack = Stack.of(arrow, contiguous=stacked)
    damping = stack.damping
    with np.errstate(all="ignore"):
        ground[:] = _fill(stack, excited, stacked=stacked)
        residual, norm, width = change(stack, ground, excited)
        if stacked and (grown := ~(residual <= _GROWN * norm)).any():
            again, part = Stack.of(arrow.part(grown), contiguous=True), np.ascontiguousarray(excited[..., grown])
            ground[grown] = _fill(again, part, stacked=False)
            excited[..., grown] = part
            residual[grown], _, width[grown] = change(again, ground[grown], part)
        # −A has a Hermitian part of at least the slowest damping; no trace norm is more than √M times another
        root = math.sqrt(levels + 1)
        evidence[3], evidence[4] = state_errors((0.5 * root) * residual / damping.min(axis=0), levels + 1, root * width)
    # as a matrix, populations are rounded sums of both parts
    residual += (4.0 * EPS * root) * norm * ground
    evidence[0], evidence[1] = residual, norm
    evidence[2] = lowest_eigenvalue(excited, ground, stack.ratios, damping, residual=residual)


def _kernel(stack: Stack) -> tuple[Real, Real]:
    """Return the parts of K with [l, j] for K_jl = real − i imag, both ``(N, N, points)``."""
    energies, damping = stack.energies, stack.damping[1:]
    total, apart = damping[:, np.newaxis] + damping, energies - energies[:, np.newaxis]
    modulus = 1.0 / (total * total + apart * apart)
    total *= modulus
    apart *= modulus
    return total, apart


def _fill(stack: Stack, excited: Complex, *, stacked: bool) -> Real:
    """Solve for v and write ρ_00 X, entry by entry as it follows, into ``excited`` ``(M, M, points)``; return ρ_00."""
    drive, kernel = stack.drive, _kernel(stack)
    weight = drive.real**2 + drive.imag**2
    p, q = _first_row(stack, weight, kernel, stacked=stacked)
    # what the drive takes from |1> it leaves in each level, until that decays
    fed = weight * q
    first, populations = -fed.sum(axis=0) / stack.damping[0], fed / stack.damping[1:]
    ground = 1.0 / (1.0 + stack.ratios.sum(axis=0) + first + populations.sum(axis=0))
    # X_jl = −i λ_j^* λ_l (v_l − v_j^*) K_jl with j the row, where the kernel holds K_lj, its conjugate
    real, imag = p[:, np.newaxis] - p, q[:, np.newaxis] + q
    block = excited[1:, 1:]
    np.subtract(imag * kernel[0], real * kernel[1], out=block.real)
    np.add(real * kernel[0], imag * kernel[1], out=block.imag)
    scaled = drive * np.sqrt(ground)
    block *= np.conj(scaled)[:, np.newaxis] * scaled
    index = np.arange(1, len(excited))
    excited[index, index] = ground * populations
    excited[0, 0] = ground * first
    row = drive * ((p + 1j * q) * ground)
    excited[0, 1:] = row
    np.conjugate(row, out=excited[1:, 0])
    return np.asarray(ground)


def _first_row(stack: Stack, weight: Real, kernel: tuple[Real, Real], *, stacked: bool) -> tuple[Real, Real]:
    """Return p = Re v and q = Im v, each ``(N, points)``.

    With R − iS for ``|λ_j|² K_jl``, row l, and both sums over j on the diagonal, the real and imaginary part of the
    equation of v are

        [a_c + a_l + Σ R] p + [e_l + Σ S] q − R p + S q = 0
        [a_c + a_l + Σ R] q − [e_l + Σ S] p + S p + (R + ``|λ_j|²``/a_c) q = −(r_l − r_c)
    """
    levels, points = weight.shape
    R, S = weight * kernel[0], weight * kernel[1]
    damped = R.sum(axis=1) + stack.damping[1:]
    damped += stack.damping[0]
    turned = S.sum(axis=1) + stack.energies
    shape = (2 * levels, 2 * levels)
    matrix = np.empty((*shape, points)) if stacked else np.empty((points, *shape)).transpose(1, 2, 0)
    np.negative(R, out=matrix[:levels, :levels])
    matrix[:levels, levels:] = S
    matrix[levels:, :levels] = S
    np.add(R, weight / stack.damping[0], out=matrix[levels:, levels:])
    diagonals = np.einsum("aibip->abip", matrix.reshape(2, levels, 2, levels, points))
    diagonals[0, 0] += damped
    diagonals[0, 1] += turned
    diagonals[1, 0] -= turned
    diagonals[1, 1] += damped
    right = np.zeros((2 * levels, points))
    np.negative(stack.contrast, out=right[levels:])
    solved = eliminate(matrix, right) if stacked else solutions(matrix.transpose(2, 0, 1), right.T).T
    return solved[:levels], solved[levels:]


def change(stack: Stack, ground: Real, excited: Complex) -> tuple[Real, Real, Real]:
    """Return a bound of ‖dρ/dt‖_F of D and X as stored, ‖A‖_F, and ‖X‖_F; shapes ``(points)``."""
    drive, energies, levels = stack.drive, stack.energies, len(stack.drive)
    strength = _squares(drive[np.newaxis])
    norm = np.sqrt((stack.damping**2).sum(axis=0) + (energies * energies).sum(axis=0) + 2.0 * strength)
    width, root = np.sqrt(_squares(excited)), np.sqrt(strength)
    if (width < FAINT).any():
        # squares may underflow
        width = np.maximum(width, (levels + 1) * np.abs(excited).max(axis=(0, 1)))
        root = np.maximum(root, np.sqrt(levels) * np.abs(drive).max(axis=0))
    # sums of products with A as stored, whose entries are rounded, too
    contrast = np.abs(stack.contrast)
    driven = root * ground * (contrast[0] if len(contrast) == 1 else contrast.max(axis=0))
    rounding = (norm * width + driven) * (4.0 * (levels + 12) * EPS)
    return np.sqrt(_derivative(stack, ground, excited)) + rounding, norm, width


def _derivative(stack: Stack, ground: Real, excited: Complex) -> Real:
    """Return ‖dρ/dt‖_F² as it is computed, ``(points)``.

    The thermal part D obeys G D + D G† = S exactly, so that dB/dt = A X + X A† − i ρ_00 [H, D] with X as stored.
    """
    drive, corner, poles = stack.drive, stack.damping[0], stack.damping[1:] + 1j * stack.energies
    first, row, block = excited[0, 0].real, excited[0, 1:], excited[1:, 1:]
    # among the levels of the manifold
    inside = 1j * (np.conj(row)[:, np.newaxis] * drive)
    inside += np.conj(np.swapaxes(inside, 0, 1))
    inside -= (poles[:, np.newaxis] + np.conj(poles)) * block
    # between |1> and these, and of |1> itself
    beside = (first - ground * stack.contrast) * drive - (drive[:, np.newaxis] * block).sum(axis=0)
    beside = 1j * beside - (corner + np.conj(poles)) * row
    above = 2.0 * ((drive * np.conj(row)).sum(axis=0).imag - corner * first)
    # dρ_00/dt = −tr(dB/dt) identically in exact arithmetic; computed anew it would add only its own rounding
    balance = above + np.diagonal(inside).real.sum(axis=-1)
    return np.asarray(_squares(inside) + above**2 + balance**2 + 2.0 * _squares(beside[np.newaxis]))


def _squares(matrices: Complex) -> Real:
    """Return squared Frobenius norms of matrices ``(n, n, points)``, in one pass where it can be."""
    if matrices.shape[-1] == 1:
        entries = matrices.ravel(order="K")
        return np.atleast_1d(np.vdot(entries, entries).real)
    if matrices.strides[-1] != matrices.itemsize:
        return np.asarray((matrices.real**2 + matrices.imag**2).sum(axis=(0, 1)))
    parts = matrices.view(np.float64)
    total = np.einsum("ijp,ijp->p", parts, parts)
    return np.asarray(total[0::2] + total[1::2])
