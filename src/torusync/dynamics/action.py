"""Any generator in time: the Taylor series of e^{Lh} applied to states, step by step, with a proven bound.

A series is cut where what is left of it is below rounding, by the size of its last term and a bound of L; no
eigenvectors are asked for, so that defective generators are as good as any.  Truncation and rounding of each step are
added up, and since no evolution lets states part (but for a stated growth), the sum bounds the error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast, final

import numpy as np
from scipy import sparse

from torusync._checks import Complex, Real
from torusync._lapack import eigenvalues, singular_values
from torusync._limits import SPARSE_LEVELS
from torusync._threads import stop_if_told
from torusync.conventions import EPS
from torusync.densities import DenseDensity
from torusync.dynamics.panels import growth
from torusync.generators import Generator, LindbladGenerator, PumpedManifold
from torusync.generators.base import dagger

_STEP: Final = 2.0
"""‖L‖ h of a step: a longer one takes fewer terms in all, but rounds as e^{‖L‖h} does."""

_SPARSE: Final = 0.1
"""Entries of L over operations of the products of matrices below which L is taken as a sparse matrix."""

_TERMS: Final = 60
"""Terms of a series with ‖L‖ h ≤ 2, of which 30 are enough."""

USED: Final = 25
"""Terms of a series, about."""

_TOLD: Final = 256
"""Steps after which somebody is told, a tenth of a second for a qubit."""

_CALL: Final = 1.5e-5
_OPERATIONS: Final = 3e9
_GATHERED: Final = 1e9
"""Seconds of a few calls of NumPy, and operations in a second, of products of matrices and of sparse ones: a guess."""


@final
@dataclass(frozen=True, eq=False)
class Action:
    """What a series needs of flat generators.

    Parameters
    ----------
    change : dρ/dt of Hermitian ρ ``(points, D, D)``
    norm : bounds of ‖L‖ as it maps trace norms, ``(points)``
    growth : how fast two states may part at most, ``(points)``
    operations : roundings of an entry of dρ/dt, relative to ‖L‖ ‖ρ‖_F, in the Frobenius norm
    seconds : about how long a call of ``change`` takes
    """

    change: Callable[[Complex], Complex]
    norm: Real
    growth: Real
    operations: float
    seconds: float

    @classmethod
    def of(cls, generator: Generator, *, ground: bool) -> "Action":
        """Read flat generators; ``ground`` where a machine's coherences with |0> are asked for."""
        if isinstance(generator, PumpedManifold):
            return _of_manifold(generator, ground=ground)
        if isinstance(generator, LindbladGenerator):
            return _of_channels(generator)
        return _of_any(generator)


def steps(lengths: Real, norm: float) -> float:
    """Return how many steps the series takes over some lengths of time."""
    return float(np.ceil(lengths * norm / _STEP).sum())


def act(
    action: Action,
    start: Complex,
    times: Real,
    write: Callable[[slice, Complex, Real], None],
    tell: Callable[[float], None],
) -> None:
    """Evolve states ``(points, D, D)``.

    ``write`` is handed each time, the states there, and bounds of their errors, and ``tell`` on the way how much of the
    next time is done.
    """
    norm, rho, size = float(action.norm.max(initial=0.0)), start, start.shape[-1]
    # each of the sums of a step, in trace norm, worst case of terms that grow as ‖L‖h/k
    relative, error = np.sqrt(size) * EPS * action.operations, np.zeros(len(start))
    for index, time in enumerate(times):
        length = time - times[index - 1] if index else 0.0
        count = int(np.ceil(length * norm / _STEP))
        for number in range(count):
            stop_if_told()
            if number % _TOLD == _TOLD - 1:
                tell(number / count)
            reach = action.norm * (length / count)
            rho, cut = _step(action, rho, length / count, reach)
            rounded = relative * (reach * np.exp(reach) + 2.0 / action.operations) * _frobenius(rho)
            error = error * np.exp(action.growth * (length / count)) + cut + rounded
        write(slice(index, index + 1), rho[:, np.newaxis].copy(), error[:, np.newaxis].copy())


def _step(action: Action, rho: Complex, length: float, reach: Real) -> tuple[Complex, Real]:
    """Return e^{Lh} ρ and a bound of what the series leaves out, in the trace norm."""
    term, total, scale = rho, rho, np.sqrt(rho.shape[-1])
    for order in range(1, _TERMS):
        term = action.change(term) * (length / order)
        total = total + term
        ratio = reach / (order + 1.0)
        if (ratio < 0.5).all():
            left = scale * _frobenius(term) * ratio / (1.0 - ratio)
            if (left <= 0.25 * EPS).all():
                break
    return total, left


def _of_manifold(block: PumpedManifold, *, ground: bool) -> Action:
    drift, pump = block.drift(), block.pump()
    rate, size = np.trace(pump, axis1=-2, axis2=-1).real, drift.shape[-1]
    whole = np.zeros((len(drift), size + 1, size + 1), dtype=np.complex128)
    whole[:, 1:, 1:] = drift
    if ground:
        index = np.arange(1, size + 1)
        whole[:, index, index] -= 1j * np.broadcast_to(block.level_one_energy, len(drift))[:, np.newaxis]
    whole[:, 0, 0] = -0.5 * rate
    loss = -(drift + dagger(drift))
    mirrored = np.conj(loss)

    def change(rho: Complex) -> Complex:
        half = whole @ rho
        out = half + dagger(half)
        out[:, 1:, 1:] += rho[:, :1, :1].real * pump
        out[:, 0, 0] += (mirrored * rho[:, 1:, 1:]).sum(axis=(-2, -1)).real
        return out

    fed = np.maximum(np.abs(eigenvalues(loss)).max(axis=-1), np.abs(eigenvalues(pump)).sum(axis=-1))
    return Action(
        change,
        2.0 * _spectral(whole) + fed,
        growth(block),
        2.0 * size + 12.0,
        _CALL + whole.size * 8.0 * size / _OPERATIONS,
    )


def _of_channels(generator: LindbladGenerator) -> Action:
    points, size = len(generator.hamiltonian), generator.dimension
    energies = generator.hamiltonian.copy()
    # what all energies share does nothing, and would only make steps short
    index = np.arange(size)
    diagonal = energies[:, index, index].real
    middle = 0.5 * (diagonal.min(axis=-1, keepdims=True) + diagonal.max(axis=-1, keepdims=True))
    energies[:, index, index] -= middle
    whole, jumps, fed = -1j * energies, [], np.zeros(points)
    for rate, operator in zip(generator.rates, generator.operators, strict=True):
        jump = np.sqrt(2.0 * rate)[:, np.newaxis, np.newaxis] * operator
        if jump.any():
            whole = whole - 0.5 * dagger(jump) @ jump
            fed = fed + _spectral(jump) ** 2
            jumps.append(jump)
    norm, terms = 2.0 * _spectral(whole) + fed, 2.0 * size * (1.0 + len(jumps)) + 8.0
    found = _sparse_change(whole, jumps) if size >= SPARSE_LEVELS else None
    if found is not None:
        change, entries = found
        return Action(change, norm, np.zeros(points), terms, _CALL + 8.0 * entries / _GATHERED)
    seconds = _CALL + (1.0 + 2.0 * len(jumps)) * 8.0 * whole.size * size / _OPERATIONS
    return Action(_dense_change(whole, jumps), norm, np.zeros(points), terms, seconds)


def _dense_change(whole: Complex, jumps: list[Complex]) -> Callable[[Complex], Complex]:
    pairs = [(jump, dagger(jump)) for jump in jumps]

    def change(rho: Complex) -> Complex:
        half = whole @ rho
        for jump, adjoint in pairs:
            half += 0.5 * (jump @ rho @ adjoint)
        return np.asarray(half + dagger(half))

    return change


def _sparse_change(whole: Complex, jumps: list[Complex]) -> tuple[Callable[[Complex], Complex], int] | None:
    """Return dρ/dt with half of L as one sparse matrix, and its entries; None where dense products take fewer."""
    points, size, _ = whole.shape
    entries = np.count_nonzero(whole, axis=(-2, -1)) * size + sum(
        np.count_nonzero(one, axis=(-2, -1)) ** 2 for one in jumps
    )
    if entries.max() > _SPARSE * (1 + 2 * len(jumps)) * size**3:
        return None
    blocks = []
    for point in range(points):
        half = sparse.kron(sparse.csr_array(whole[point]), sparse.eye_array(size), format="csr")
        for jump in jumps:
            one = sparse.csr_array(jump[point])
            half = half + 0.5 * sparse.kron(one, one.conj(), format="csr")
        blocks.append(half)
    matrix = sparse.block_diag(blocks, format="csr") if points > 1 else blocks[0]

    def change(rho: Complex) -> Complex:
        half: Complex = np.asarray(cast("Any", matrix) @ rho.reshape(-1)).reshape(rho.shape)
        return np.asarray(half + dagger(half))

    return change, int(matrix.nnz)


def _of_any(generator: Generator) -> Action:
    """Read generators of another kind, of which only dρ/dt is known, and what it is as a matrix."""
    size, points = generator.dimension, generator.points
    blocks = generator.liouvillian().reshape(points, size, size, size, size)
    # what maps |k><l| to |i><j| as a matrix of (i, k) and (j, l): apart from the unit matrix it is positive where
    # the generator is a Lindblad one, and a negative eigenvalue is a channel of negative rate
    choi = np.einsum("pijkl->pikjl", blocks).reshape(points, size**2, size**2)
    one = np.eye(size).reshape(-1) / np.sqrt(size)
    project = np.eye(size**2) - np.outer(one, one)
    choi = project @ (0.5 * (choi + dagger(choi))) @ project
    values, largest = eigenvalues(choi), _frobenius(choi)
    below = np.minimum(values - size**2 * EPS * largest[:, np.newaxis], 0.0).sum(axis=-1)

    def change(rho: Complex) -> Complex:
        out = generator.change(DenseDensity(rho))
        return 0.5 * (out + dagger(out))

    norm = np.sqrt(size) * np.linalg.norm(blocks.reshape(points, size**2, size**2), axis=(-2, -1))
    return Action(change, norm, -2.0 * below, 8.0 * size + 16.0, _CALL + 8.0 * blocks.size / _GATHERED)


def _spectral(matrices: Complex) -> Real:
    """Return the largest singular value."""
    return np.asarray(singular_values(matrices)[0][:, 0])


def _frobenius(matrices: Any) -> Real:
    return np.asarray(np.linalg.norm(matrices, axis=(-2, -1)))
