"""Independent dipoles with any λ_j, ω_j and n_j: N complex unknowns instead of (N + 1)².

With u_l = ρ_1l known every other entry of the excited block is explicit (physics reference, section 6).  Beside the
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

from torusync._checks import Boolean, Complex, Real, requirement
from torusync._lapack import solutions
from torusync._memory import require_memory
from torusync._threads import cores, side_by_side
from torusync.conventions import EPS
from torusync.densities import ThermalPlusBlock
from torusync.generators import PumpedManifold, points_last
from torusync.models import ThermalMaser
from torusync.steady.accuracy import FAINT, state_errors
from torusync.steady.positivity import lowest_eigenvalue
from torusync.steady.solution import Answer, System

_STACKED: Final = 16
"""Levels up to which stacks of points are eliminated together; beyond, LAPACK is faster point by point."""

_UNTHREADED: Final = 80
"""Levels up to which OpenBLAS keeps a system on one thread by itself; telling it takes 20 of some 200 μs."""

_CACHED: Final = 2**21
"""Bytes of one stack's linear systems.  Smaller ones fit the cache better, but then two threads spend their time
handing the interpreter's lock to each other."""

_WORKSPACE: Final = 2**28
"""Bytes of one stack where levels are many."""

_COPIES: Final = 6
"""Arrays of the size of a linear system alive at once: the system, LAPACK's copy, kernels, what the residual takes."""

_GROWN: Final = 1e-13
"""Residual relative to the generator above which a stack's elimination is repeated with pivots."""


@final
@dataclass(frozen=True)
class Cauchy:
    """Dense O(N³) in 2N real unknowns, for independent dipoles; stacks of points in single array operations."""

    def solve(self, system: System) -> Answer:
        """Return the steady states, stack by stack of bounded memory, on all cores."""
        block = system.manifold() if isinstance(system, ThermalMaser) else None
        if block is None or not block.damped_arrow:
            raise requirement(
                "solver",
                "fit the system",
                "Cauchy() needs a ThermalMaser with independent dipoles and positive bath couplings; use Auto()",
            )
        batch, size = block.batch_shape, block.levels + 1
        points = math.prod(batch)
        stacked = block.levels <= _STACKED
        per_point = 8 * (2 * block.levels) ** 2
        step = max(1, _CACHED // per_point if stacked else _WORKSPACE // (_COPIES * per_point))
        require_memory(
            "system",
            16 * points * size**2 + cores() * _COPIES * min(step, points) * per_point,
            what=f"Cauchy() for {points} points of {block.levels} levels",
            advice="split the batch, or use LowRank() for many levels",
        )
        machines = _Machines.of(block)
        # points last in memory, too, where they are stacked
        excited = np.empty((size, size, points) if stacked else (points, size, size), dtype=np.complex128)
        by_point = excited if stacked else excited.transpose(1, 2, 0)
        ground, evidence = np.empty(points), np.empty((5, points))

        def solve(chunk: slice) -> None:
            part = machines.part(chunk, contiguous=stacked) if stacked or points > step else machines
            _solve_stack(part, by_point[..., chunk], ground[chunk], evidence[:, chunk])

        chunks = [slice(begin, begin + step) for begin in range(0, points, step)]
        if len(chunks) == 1 and block.levels <= _UNTHREADED:
            solve(chunks[0])
        else:
            side_by_side(solve, chunks)
        residual, scale, smallest, error, coherence = (row.reshape(batch) for row in evidence)
        return Answer(
            density=ThermalPlusBlock(
                ground=ground.reshape(batch),
                ratios=machines.ratios.T.reshape(*batch, size),
                block=by_point.transpose(2, 0, 1).reshape(*batch, size, size),
            ),
            residual=residual,
            scale=scale,
            min_eigenvalue=smallest,
            nullity=np.ones(batch, dtype=np.int64),
            error=error,
            coherence_error=coherence,
            solver=self,
        )


@final
@dataclass(frozen=True, eq=False)
class _Machines:
    """Flat batches, points last: levels, or |1> and the levels, on the first axis; contrast may be one row."""

    drive: Complex
    energies: Real
    contrast: Real
    damping: Real
    ratios: Real

    @classmethod
    def of(cls, block: PumpedManifold) -> "_Machines":
        batch = block.batch_shape
        drive, energies = points_last(block.drive, batch), points_last(block.energies, batch)
        return cls(
            drive=drive,
            energies=energies if len(energies) == len(drive) else np.broadcast_to(energies, drive.shape),
            contrast=points_last(block.contrast, batch),
            damping=points_last(block.damping_rates(), batch),
            ratios=points_last(block.thermal_ratios(), batch),
        )

    def part(self, chunk: slice | Boolean, *, contiguous: bool) -> "_Machines":
        """Return some of the points."""
        parts = (values[:, chunk] for values in vars(self).values())
        return _Machines(*(np.ascontiguousarray(part) if contiguous else part for part in parts))


def _solve_stack(machines: _Machines, excited: Complex, ground: Real, evidence: Real) -> None:
    """Fill in X beside the thermal part, ρ_00, and rows of evidence.

    The rows are residual, scale, smallest eigenvalue, error, error of the coherences.
    """
    levels, damping = len(machines.drive), machines.damping
    with np.errstate(all="ignore"):
        ground[:] = _fill(machines, excited, stacked=levels <= _STACKED)
        residual, norm, width = change(machines, ground, excited)
        if levels <= _STACKED:
            grown = ~(residual <= _GROWN * norm)
            if grown.any():
                again, part = machines.part(grown, contiguous=True), np.ascontiguousarray(excited[..., grown])
                ground[grown] = _fill(again, part, stacked=False)
                excited[..., grown] = part
                residual[grown], _, width[grown] = change(again, ground[grown], part)
        # −A has a Hermitian part of at least the slowest damping; no trace norm is more than √M times another
        root = math.sqrt(levels + 1)
        evidence[3], evidence[4] = state_errors((0.5 * root) * residual / damping.min(axis=0), levels + 1, root * width)
    # as a matrix, populations are rounded sums of both parts
    residual += (4.0 * EPS * root) * norm * ground
    evidence[0], evidence[1] = residual, norm
    evidence[2] = lowest_eigenvalue(excited, ground, machines.ratios, damping, residual=residual)


def _fill(machines: _Machines, excited: Complex, *, stacked: bool) -> Real:
    """Solve for v and write ρ_00 X into ``excited`` ``(M, M, points)``; return ρ_00.  Below, [l, j] stands for K_jl."""
    drive, energies, corner, damping = machines.drive, machines.energies, machines.damping[0], machines.damping[1:]
    weight = drive.real**2 + drive.imag**2
    total = damping[:, np.newaxis] + damping
    apart = energies - energies[:, np.newaxis]
    modulus = 1.0 / (total * total + apart * apart)
    total *= modulus
    apart *= modulus  # K_jl = total − i apart
    p, q = _columns(weight, total, apart, machines, stacked=stacked)
    fed = weight * q
    first = -fed.sum(axis=0) / corner
    populations = fed / damping
    ground = 1.0 / (1.0 + machines.ratios.sum(axis=0) + first + populations.sum(axis=0))
    real, imag = p[:, np.newaxis] - p, q[:, np.newaxis] + q
    block = excited[1:, 1:]
    np.subtract(imag * total, real * apart, out=block.real)
    np.add(real * total, imag * apart, out=block.imag)
    scaled = drive * np.sqrt(ground)
    block *= np.conj(scaled)[:, np.newaxis] * scaled
    index = np.arange(1, len(excited))
    excited[index, index] = ground * populations
    excited[0, 0] = ground * first
    row = drive * ((p + 1j * q) * ground)
    excited[0, 1:] = row
    np.conjugate(row, out=excited[1:, 0])
    return np.asarray(ground)


def _columns(
    weight: Real, kernel_real: Real, kernel_imag: Real, machines: _Machines, *, stacked: bool
) -> tuple[Real, Real]:
    """Return Re v and Im v, each ``(N, points)``."""
    levels, points = weight.shape
    corner = machines.damping[0]
    real, imag = weight * kernel_real, weight * kernel_imag
    diagonal_real = real.sum(axis=1) + machines.damping[1:]
    diagonal_real += corner
    diagonal_imag = imag.sum(axis=1) + machines.energies
    shape = (2 * levels, 2 * levels)
    matrix = np.empty((*shape, points)) if stacked else np.empty((points, *shape)).transpose(1, 2, 0)
    np.negative(real, out=matrix[:levels, :levels])
    matrix[:levels, levels:] = imag
    matrix[levels:, :levels] = imag
    np.add(real, weight / corner, out=matrix[levels:, levels:])
    diagonals = np.einsum("aibip->abip", matrix.reshape(2, levels, 2, levels, points))
    diagonals[0, 0] += diagonal_real
    diagonals[0, 1] += diagonal_imag
    diagonals[1, 0] -= diagonal_imag
    diagonals[1, 1] += diagonal_real
    right = np.zeros((2 * levels, points))
    np.negative(machines.contrast, out=right[levels:])
    solved = eliminate(matrix, right) if stacked else solutions(matrix.transpose(2, 0, 1), right.T).T
    return solved[:levels], solved[levels:]


def eliminate(matrix: Real, right: Real) -> Real:
    """Solve stacked systems ``(n, n, points)``, right sides ``(n, points)``, without pivots; both are overwritten."""
    size = len(right)
    for step in range(size - 1):
        factors = matrix[step + 1 :, step] / matrix[step, step]
        matrix[step + 1 :, step + 1 :] -= factors[:, np.newaxis] * matrix[step, step + 1 :]
        right[step + 1 :] -= factors * right[step]
    for step in range(size - 1, -1, -1):
        right[step] /= matrix[step, step]
        right[:step] -= matrix[:step, step] * right[step]
    return right


def change(machines: _Machines, ground: Real, excited: Complex) -> tuple[Real, Real, Real]:
    """Return a bound of ‖dB/dt‖_F of D and X as stored, ‖A‖_F, and ‖X‖_F; shapes ``(points)``.

    The thermal part D obeys G D + D G† = S exactly, so that dB/dt = A X + X A† − i ρ_00 [H, D] with X as stored.
    """
    drive, corner, energies, levels = machines.drive, machines.damping[0], machines.energies, len(machines.drive)
    poles = machines.damping[1:] + 1j * energies
    block, row, first = excited[1:, 1:], excited[0, 1:], excited[0, 0].real
    inside = 1j * (np.conj(row)[:, np.newaxis] * drive)
    inside += np.conj(np.swapaxes(inside, 0, 1))
    inside -= (poles[:, np.newaxis] + np.conj(poles)) * block
    beside = (first - ground * machines.contrast) * drive - (drive[:, np.newaxis] * block).sum(axis=0)
    beside = 1j * beside - (corner + np.conj(poles)) * row
    pulled = (drive * np.conj(row)).sum(axis=0).imag
    above = 2.0 * (pulled - corner * first)
    # dρ_00/dt = −tr(dB/dt) identically in exact arithmetic; computed anew it would add only its own rounding
    balance = above + np.diagonal(inside).real.sum(axis=-1)
    squares = _squares(inside) + above**2 + balance**2
    squares += 2.0 * _squares(beside[np.newaxis])
    strength = _squares(drive[np.newaxis])
    norm = np.sqrt((machines.damping**2).sum(axis=0) + (energies * energies).sum(axis=0) + 2.0 * strength)
    width = np.sqrt(_squares(excited))
    root = np.sqrt(strength)
    if (width < FAINT).any():
        # squares may underflow
        width = np.maximum(width, (levels + 1) * np.abs(excited).max(axis=(0, 1)))
        root = np.maximum(root, np.sqrt(levels) * np.abs(drive).max(axis=0))
    # sums of products with A as stored, whose entries are rounded, too
    contrast = np.abs(machines.contrast)
    driven = root * ground * (contrast[0] if len(contrast) == 1 else contrast.max(axis=0))
    rounding = (norm * width + driven) * (4.0 * (levels + 12) * EPS)
    return np.sqrt(squares) + rounding, norm, width


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
