"""Few levels at equal steps of time: powers of one real propagator of the excited block, machine beside machine.

L takes Hermitian matrices to Hermitian ones, so that on their real numbers it is real; coherences with |0> are joined
to nothing else, and a machine that starts without them needs ρ_00 and the block alone.  e^{Lh} is a series, squared; of
states up to one time and e^{Lt} over it come those up to twice that time, which takes as many products as the number of
times has digits.  Panels of one machine are faster where levels are many: a matrix has the square of their number rows.

The error is that of the propagators, ‖P̂ − P‖ ≤ δ as they map trace norms, which at most doubles with each squaring, of
the states that they are applied to, and of each product; true propagators do not let states part (but for a stated
growth).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import factorial
from typing import Final, final

import numpy as np

from torusync._checks import Complex, Real
from torusync._limits import STRIDE_LEVELS
from torusync.conventions import EPS
from torusync.dynamics.panels import growth
from torusync.generators import PumpedManifold
from torusync.generators.base import dagger

_ALIKE: Final = 4.0 * EPS
"""Distances of times that differ by less than this share of all that passes are one: rounding alone tells them apart.
The times are then not quite those that were asked for, which is part of the error."""

_DEGREE: Final = 19
"""Of the series that is squared, up to ‖L‖h = 1: the next term is 4e-19."""

_PRODUCTS: Final = 7
_CALLS: Final = 1.5e-5
_EACH: Final = 4e-7
_OPERATIONS: Final = 1.2e10
_WRITTEN: Final = 7e-9
_SET_UP: Final = 1e-3
_EACH_SET_UP: Final = 3e-6
"""Products of the series; seconds of a product of stacks with what goes with it, and of each matrix in them;
operations in a second; seconds in which panels write a number of a state; seconds before the first of them, and for
each number of a machine: a guess."""


@final
@dataclass(frozen=True, eq=False)
class _Form:
    """Hermitian matrices of D levels as real numbers y: all ρ_ii, then √2 Re ρ_ij and √2 Im ρ_ij of the pairs kept.

    Parameters
    ----------
    table : (q, 2 D²) ρ of each number, as pairs of real ones: its rows are orthonormal, and ‖y‖ = ‖ρ‖_F
    parts : (k, q²) what each number in A, S and ω_1 adds to L, row by row for y from the left
    """

    table: Real
    parts: Real


@cache
def _form(size: int, *, ground: bool) -> _Form:
    first, second = np.triu_indices(size, 1)
    kept = slice(None) if ground else first > 0
    first, second = first[kept], second[kept]
    basis = np.zeros((size + 2 * len(first), size, size), dtype=np.complex128)
    levels, pairs = np.arange(size), np.arange(len(first))
    basis[levels, levels, levels] = 1.0
    half = np.sqrt(0.5)
    for begin, one in ((size, half), (size + len(first), 1j * half)):
        basis[begin + pairs, first, second], basis[begin + pairs, second, first] = one, np.conj(one)
    table = _pairs(basis.reshape(len(basis), -1))
    excited, units = size - 1, np.eye((size - 1) ** 2, dtype=np.complex128).reshape(-1, size - 1, size - 1)
    nothing = np.zeros_like(units)
    # the real and the imaginary part of each entry, as `_pairs` has them
    each = np.stack([units, 1j * units], axis=1).reshape(-1, excited, excited)
    none = np.zeros_like(each)
    drift = np.concatenate([each, none, nothing[:1]])
    pump = np.concatenate([none, each, nothing[:1]])
    turn = np.zeros(len(drift))
    turn[-1] = 1.0
    change = _change(drift[:, np.newaxis], pump[:, np.newaxis], turn[:, np.newaxis], basis)
    parts = _pairs(change.reshape(-1, size**2)) @ table.T
    return _Form(table, parts.reshape(len(drift), -1))


def _change(drift: Complex, pump: Complex, turn: Real, rho: Complex) -> Complex:
    """Return dρ/dt; the rate of coherences with |0> is that of A, less g/2 and iω_1."""
    half, rate = drift @ rho[..., 1:, 1:], np.trace(pump, axis1=-2, axis2=-1).real
    out = np.zeros((*half.shape[:-2], *rho.shape[-2:]), dtype=np.complex128)
    out[..., 1:, 1:] = half + dagger(half) + rho[..., :1, :1] * pump
    out[..., 0, 0] = -2.0 * np.trace(half, axis1=-2, axis2=-1).real - rho[..., 0, 0] * rate
    own = (0.5 * rate + 1j * turn)[..., np.newaxis, np.newaxis]
    out[..., 1:, :1] = drift @ rho[..., 1:, :1] - own * rho[..., 1:, :1]
    out[..., :1, 1:] = dagger(out[..., 1:, :1])
    return out


def equal_step(times: Real) -> float:
    """Return the distance of times that are equally spaced but for rounding; 0 where they are not."""
    if len(times) < 2:
        return 0.0
    span, lengths = float(times[-1] - times[0]), np.diff(times)
    return span / len(lengths) if np.ptp(lengths) <= _ALIKE * span else 0.0


def rows(size: int, *, ground: bool) -> int:
    """Return the rows of the propagators of D levels."""
    return size**2 if ground else (size - 1) ** 2 + 1


def stride_seconds(size: int, times: int, reach: float, points: int, *, ground: bool) -> float:
    """Return about how long it takes to follow machines over so many times, with ‖L‖h up to ``reach``."""
    many, count = rows(size, ground=ground), _PRODUCTS + np.log2(max(reach, 1.0)) + 2.0 * np.log2(times)
    operations = 2.0 * (count * many**3 + times * many * (many + 2.0 * size**2))
    return float(count * (_CALLS + points * _EACH) + points * (operations / _OPERATIONS + 2.0 * times * many * 1e-9))


def machine_bytes(size: int, times: int) -> int:
    """Return the bytes that one machine takes beside its states."""
    return 8 * (times * (size**2 + 2) + 10 * size**4)


def stride(
    block: PumpedManifold,
    start: Complex,
    times: Real,
    room: Complex | None,
    write: Callable[[slice, Complex, Real], None],
) -> None:
    """Evolve flat machines over equally spaced times from ``start`` ``(points, D, D)``.

    ``write`` is handed the states, ``(points, T, D, D)``, with bounds of the trace norms of their errors: all of them
    at once, written into ``room``, in one piece; without it some of the times after others, as they are found.
    """
    size, points, number, length = start.shape[-1], len(start), len(times), equal_step(times)
    form, parted = _form(size, ground=bool(start[:, 0, 1:].any())), growth(block)
    matrix, rounding = _generator(block, form)
    step = _Power.over(matrix, rounding, parted, length, size)
    many, root = matrix.shape[-1], np.sqrt(size)
    state, error = np.empty((points, number, many)), np.zeros((points, number))
    state[:, 0] = _pairs(start.reshape(points, -1)) @ form.table.T
    norm = root * np.linalg.norm(state[:, 0], axis=-1, keepdims=True)
    largest = norm * np.exp(parted * (times[-1] - times[0]))[:, np.newaxis]
    # the last of k steps is not quite where its time is, and states are rounded as they come and go
    apart = np.abs((times - times[0]) - length * np.arange(number)) + 2.0 * EPS * (times[-1] - times[0])
    beside = (root * (_frobenius(matrix) + rounding)[:, np.newaxis] * apart + 8.0 * EPS) * largest
    if room is None:
        write(slice(0, 1), start[:, np.newaxis].copy(), beside[:, :1])
    done = 1
    while done < number:
        if done > 1:
            step = step.squared(size)
        more = slice(done, min(2 * done, number))
        before = slice(0, more.stop - done)
        np.matmul(state[:, before], step.matrix, out=state[:, more])
        rounded = root * _rounded(many) * EPS * _absolute(step.matrix)
        carried = (step.error + rounded)[:, np.newaxis] * (largest + error[:, before])
        error[:, more] = step.growth[:, np.newaxis] * error[:, before] + carried
        if room is None:
            found = np.empty((points, more.stop - done, size, size), dtype=np.complex128)
            _unpacked(state[:, more], form, found)
            write(more, found, error[:, more] + beside[:, more])
        done = more.stop
    if room is not None:
        _unpacked(state, form, room)
        write(slice(0, number), room, error + beside)


def _unpacked(state: Real, form: _Form, rho: Complex) -> None:
    np.matmul(
        state.reshape(-1, state.shape[-1]), form.table, out=rho.view(np.float64).reshape(-1, 2 * rho.shape[-1] ** 2)
    )


@final
@dataclass(frozen=True, eq=False)
class _Power:
    """e^{Lt} of flat machines, for y from the left.

    Parameters
    ----------
    matrix : P̂ ``(points, q, q)``
    error : δ, a bound of ‖P̂ − P‖ as it maps trace norms, ``(points)``
    growth : a bound of ‖P‖, 1 for a Lindblad equation, ``(points)``
    """

    matrix: Real
    error: Real
    growth: Real

    @classmethod
    def over(cls, matrix: Real, rounding: Real, parted: Real, time: float, size: int) -> "_Power":
        """Work out e^{Lt}: a series over t/2^s with ‖L‖t/2^s ≤ 1 for all, squared s times."""
        norm = _frobenius(matrix) + rounding
        squarings = max(0, int(np.ceil(np.log2(max(float(norm.max()) * time, 1.0)))))
        short = float(np.ldexp(time, -squarings))
        many, reach = matrix.shape[-1], norm * short
        # roundings of the k-th power: k − 1 products, and what scales and adds it; of ‖|L|h‖ ≤ 1
        rounded = EPS * (_rounded(many) * reach**2 + 8.0 * np.expm1(reach) + 4.0)
        cut = 1.1 * reach ** (_DEGREE + 1) / factorial(_DEGREE + 1)
        grown = np.exp(parted * short)
        error = np.sqrt(size) * (rounded + cut + 1.01 * rounding * short) * grown
        found = cls(_series(matrix * short), error, grown)
        for _ in range(squarings):
            found = found.squared(size)
        return found

    def squared(self, size: int) -> "_Power":
        """Return the same over twice the time."""
        rounded = np.sqrt(size) * _rounded(self.matrix.shape[-1]) * EPS * _absolute(self.matrix) ** 2
        error = self.error * (2.0 * self.growth + self.error) + rounded
        return _Power(self.matrix @ self.matrix, error, self.growth**2)


def _generator(block: PumpedManifold, form: _Form) -> tuple[Real, Real]:
    """Return L for y from the left, ``(points, q, q)``, and bounds of its rounding in the Frobenius norm."""
    drift, pump = block.drift(), block.pump()
    points = len(drift)
    turn = np.broadcast_to(np.asarray(block.level_one_energy, dtype=np.float64), points)[:, np.newaxis]
    numbers = np.concatenate([_pairs(drift.reshape(points, -1)), _pairs(pump.reshape(points, -1)), turn], axis=-1)
    many = round(form.parts.shape[-1] ** 0.5)
    # entries of A and S take a few operations each, and no more than four of them stand in one entry of L
    rounding = 24.0 * EPS * np.linalg.norm(np.abs(numbers) @ np.abs(form.parts), axis=-1)
    return (numbers @ form.parts).reshape(points, many, many), np.asarray(rounding)


def _series(step: Real) -> Real:
    """Return Σ X^k/k! to the degree 19, by the powers to the fourth."""
    powers = np.empty((4, *step.shape))
    powers[0], powers[1] = np.eye(step.shape[-1]), step
    np.matmul(step, step, out=powers[2])
    np.matmul(powers[2], step, out=powers[3])
    fourth = powers[2] @ powers[2]
    weights = 1.0 / np.array([float(factorial(k)) for k in range(_DEGREE + 1)]).reshape(-1, 4)
    blocks = (weights @ powers.reshape(4, -1)).reshape(-1, *step.shape)
    total = blocks[-1]
    for one in blocks[-2::-1]:
        total = fourth @ total
        total += one
    return np.asarray(total)


def _rounded(many: int) -> float:
    """Return how many EPS of |A||B| an entry of a product of real matrices may be off by, summed in any order."""
    return many + 6.0


def _pairs(values: Complex) -> Real:
    """Return complex numbers as pairs of real ones along the last axis."""
    return np.ascontiguousarray(values).view(np.float64)


def _absolute(matrices: Real) -> Real:
    """Return a bound of the spectral norms of |M|, entry by entry: the root of its largest row and column sums."""
    sizes = np.abs(matrices)
    return np.asarray(np.sqrt(sizes.sum(axis=-1).max(axis=-1) * sizes.sum(axis=-2).max(axis=-1)) * (1.0 + 1e-12))


def _frobenius(matrices: Real) -> Real:
    return np.asarray(np.sqrt(np.einsum("...ij,...ij->...", matrices, matrices)))


def worth(size: int, times: Real, reach: float, points: int, seconds: float, *, ground: bool) -> bool:
    """Return whether matrices take less time than what takes so many seconds and then writes all states."""
    other = seconds + _SET_UP + points * size**2 * (_EACH_SET_UP + len(times) * _WRITTEN)
    return size <= STRIDE_LEVELS and stride_seconds(size, len(times), reach, points, ground=ground) < other
