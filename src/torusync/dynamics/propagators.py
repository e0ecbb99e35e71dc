"""Few levels in a long time: e^{Lt} as a matrix, by scaling and squaring, one for each distance of the times.

A series of steps takes a time that grows with ‖L‖t; here it grows with its logarithm.  What is off doubles with every
squaring, as long as nothing decays, and how much is reported: ‖P̂ − P‖ ≤ δ, as it maps trace norms, is carried along.
Of P² − P̂² = P(P − P̂) + (P − P̂)P̂ the first part shrinks once states come together, since all that P̂ misses has no trace:
how far any two states have come together, β, is carried along too, and from there on an error stays as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Complex, Integer, Real
from torusync._limits import EVOLVED_BYTES
from torusync._threads import stop_if_told
from torusync.conventions import EPS
from torusync.generators import Generator

_DEGREE: Final = 19
"""Of the series that is squared, up to ‖L‖h = 1: the next term is 4e-19."""

_ALIKE: Final = 4.0 * EPS
"""Distances of times that differ by less than this share of all that passes are one: rounding alone tells them apart.
The times are then not quite those that were asked for, which is part of the error."""

PRODUCTS: Final = 7
"""Products of matrices for the series."""


@final
@dataclass(frozen=True, eq=False)
class Superoperator:
    """Flat generators as matrices, with what is known of them.

    Parameters
    ----------
    matrix : L on row-major vec(ρ), ``(points, D², D²)``
    norm : bounds of the spectral norm of |L|, entry by entry, ``(points)``
    rounding : of ``matrix``, in the Frobenius norm, ``(points)``
    growth : how fast two states may part at most, ``(points)``
    """

    matrix: Complex
    norm: Real
    rounding: Real
    growth: Real

    @classmethod
    def of(cls, generator: Generator, growth: Real) -> "Superoperator":
        """Write flat generators as matrices."""
        matrix = np.ascontiguousarray(generator.liouvillian())
        return cls(matrix, _norm(matrix), np.asarray(generator.liouvillian_rounding()), growth)

    @property
    def levels(self) -> int:
        """D."""
        return _levels(self.matrix)


@final
@dataclass(frozen=True, eq=False)
class Propagator:
    """e^{Lt} of flat generators.

    Parameters
    ----------
    matrix : P̂, ``(points, D², D²)``
    error : δ, a bound of ‖P̂ − P‖ as it maps trace norms, ``(points)``
    nearing : β, a bound of the same norm of P on matrices without trace, ``(points)``
    growth : a bound of ‖P‖, 1 for a Lindblad equation, ``(points)``
    leaking : a bound of what P̂ adds to the trace of a matrix of trace norm 1, ``(points)``
    """

    matrix: Complex
    error: Real
    nearing: Real
    growth: Real
    leaking: Real

    @classmethod
    def over(cls, whole: Superoperator, time: float) -> "Propagator":
        """Work out e^{Lt}: a series over t/2^s with ‖L‖t/2^s ≤ 1, squared s times."""
        squarings = np.maximum(np.ceil(np.log2(np.maximum(whole.norm * time, 1.0))), 0.0).astype(int)
        found = cls._short(whole, np.ldexp(time, -squarings))
        for left in range(int(squarings.max(initial=0)), 0, -1):
            stop_if_told()
            # points of smaller norm begin later, at a step that is as long for them
            rows = np.flatnonzero(squarings >= left)
            found = found.squared() if len(rows) == len(squarings) else _with(found, rows, _part(found, rows).squared())
        return found

    @classmethod
    def _short(cls, whole: Superoperator, lengths: Real) -> "Propagator":
        rows, size = whole.matrix.shape[-1], whole.levels
        step, reach = whole.matrix * lengths[:, np.newaxis, np.newaxis], whole.norm * lengths
        # roundings of the k-th power: k − 1 products, and what scales and adds it; of ‖|L|h‖ ≤ 1
        rounded = EPS * (_rounded(rows) * reach**2 + 8.0 * np.expm1(reach) + 4.0)
        cut = reach ** (_DEGREE + 1) / _factorial(_DEGREE + 1) * 1.1
        error = np.sqrt(size) * (rounded + cut + 1.01 * whole.rounding * lengths)
        growth = np.exp(whole.growth * lengths)
        return _settled(cls(_series(step), error * growth, growth, growth, np.zeros(len(step))))

    def squared(self) -> "Propagator":
        """Return the same over twice the time."""
        size, rows = _levels(self.matrix), self.matrix.shape[-1]
        rounded = np.sqrt(size) * _rounded(rows) * EPS * _norm(self.matrix) ** 2
        missed = self.nearing * (self.error + self.leaking) + self.leaking * self.growth
        error = missed + self.error * (self.growth + self.error) + rounded
        matrix = product(self.matrix, self.matrix)
        return _settled(Propagator(matrix, error, self.nearing**2, self.growth**2, self.leaking))


def _settled(found: Propagator) -> Propagator:
    """Give back the trace that rounding took, and see how near states have come; nothing known is 1/D."""
    size, points = _levels(found.matrix), len(found.matrix)
    matrix, diagonal = found.matrix, np.arange(size) * (size + 1)
    one = np.eye(size).reshape(-1)
    with np.errstate(invalid="ignore", over="ignore"):
        astray = matrix[:, diagonal].sum(axis=1) - one
        matrix = matrix - (one[:, np.newaxis] / size) * astray[:, np.newaxis]
        column = np.linalg.norm(np.abs(matrix[:, diagonal]).sum(axis=1), axis=-1)
        leaking = (size + 4.0) * EPS * (column + np.sqrt(size))
        error = found.error + np.linalg.norm(astray, axis=-1) + 2.0 * leaking
    lost = ~(error < 1.0 + found.growth) | ~np.isfinite(matrix).all(axis=(-2, -1))
    matrix[lost] = np.outer(one, one) / size
    error = np.where(lost, 1.0 + found.growth, error)
    # on what has no trace the same as P̂ less any one state for all
    state = matrix[:, :, diagonal].sum(axis=-1) / size
    apart = np.linalg.norm(matrix - state[..., np.newaxis] * one, axis=(-2, -1))
    near = np.sqrt(size) * (apart * (1.0 + 1e-12) + 8.0 * EPS * size) + error
    leaking = np.where(lost, np.full(points, 8.0 * size * EPS), leaking)
    return Propagator(matrix, error, np.minimum(found.nearing, near), found.growth, leaking)


def _part(found: Propagator, rows: Integer) -> Propagator:
    return Propagator(
        found.matrix[rows], found.error[rows], found.nearing[rows], found.growth[rows], found.leaking[rows]
    )


def _with(found: Propagator, rows: Integer, other: Propagator) -> Propagator:
    """Return a propagator with other ones at some points."""
    out = _part(found, np.arange(len(found.error)))
    out.matrix[rows], out.error[rows], out.nearing[rows] = other.matrix, other.error, other.nearing
    out.growth[rows], out.leaking[rows] = other.growth, other.leaking
    return out


def lengths_of(times: Real) -> tuple[Real, Integer]:
    """Return the lengths of the steps between times, as few different ones as can be, and each step's place there."""
    steps = np.diff(times)
    order = np.argsort(steps, kind="stable")
    tolerance = _ALIKE * float(times[-1] - times[0])
    groups = np.zeros(len(steps), dtype=np.int64)
    lengths: list[float] = []
    begin = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or steps[order[end]] - steps[order[begin]] > tolerance:
            groups[order[begin:end]] = len(lengths)
            lengths.append(float(steps[order[begin:end]].mean()))
            begin = end
    return np.array(lengths), groups


def products(lengths: Real, norm: float) -> float:
    """Return how many products of matrices the propagators over some lengths take."""
    return float((PRODUCTS + np.ceil(np.log2(np.maximum(lengths * norm, 1.0)))).sum())


def propagate(whole: Superoperator, start: Complex, times: Real, write: Callable[[slice, Complex, Real], None]) -> None:
    """Evolve states ``(points, D, D)``; ``write`` is handed each time, the states there, and bounds of their errors."""
    lengths, groups = lengths_of(times)
    uses = np.bincount(groups, minlength=len(lengths))
    kept: dict[int, Propagator] = {}
    room = max(1, 16 * EVOLVED_BYTES // (16 * whole.matrix.size))
    rho, error, late = start, np.zeros(len(start)), 0.0
    write(slice(0, 1), rho[:, np.newaxis].copy(), error[:, np.newaxis].copy())
    for index, group in enumerate(groups.tolist(), start=1):
        found = kept.get(group)
        if found is None:
            found = Propagator.over(whole, float(lengths[group]))
            if uses[group] > 1 and len(kept) < room:
                kept[group] = found
        late += _longer(float(lengths[group]), float(times[index - 1]), float(times[index]))
        rho, error = _applied(found, rho, start, error)
        here = error + _waited(whole, rho, error, late)
        write(slice(index, index + 1), rho[:, np.newaxis].copy(), here[:, np.newaxis])


def _longer(length: float, begin: float, end: float) -> float:
    """Return by how much a step is longer than the distance of two times, of which the rounding is not lost."""
    apart = end - begin
    back = apart - end
    lost = (end - (apart - back)) - (begin + back)
    return (length - apart) - lost


def _applied(found: Propagator, rho: Complex, start: Complex, error: Real) -> tuple[Complex, Real]:
    """Return P̂ρ̂ and a bound of its error from that of ρ̂, in the trace norm."""
    size = rho.shape[-1]
    frobenius = np.linalg.norm(rho, axis=(-2, -1))
    # an error of a state has no trace, but for rounding
    trace = np.abs(np.trace(rho - start, axis1=-2, axis2=-1)) + size * EPS * frobenius
    rounded = np.sqrt(size) * _rounded(size**2) * EPS * _norm(found.matrix) * frobenius
    carried = np.minimum(found.nearing * (error + trace) + found.growth * trace, found.growth * error)
    out = turned(found.matrix, rho)
    out = 0.5 * (out + np.conj(np.swapaxes(out, -1, -2)))
    return out, carried + found.error * np.sqrt(size) * frobenius + rounded


def _waited(whole: Superoperator, rho: Complex, error: Real, late: float) -> Real:
    """Return how far, at most, a state moves in the time by which it is too late or too early."""
    if late == 0.0:
        return np.zeros(len(rho))
    size, bound = rho.shape[-1], np.sqrt(rho.shape[-1]) * whole.norm
    frobenius = np.linalg.norm(rho, axis=(-2, -1))
    moved = np.linalg.norm(turned(whole.matrix, rho), axis=(-2, -1))
    moved = np.sqrt(size) * (moved + _rounded(size**2) * EPS * whole.norm * frobenius + whole.rounding * frobenius)
    far = abs(late) * (moved + bound * (error + abs(late) * bound))
    return np.asarray(np.exp(whole.growth * abs(late)) * np.minimum(far, 2.0))


def product(one: Complex, other: Complex) -> Complex:
    """Return the product of two stacks of matrices, which is all that takes time."""
    return np.asarray(one @ other)


def turned(matrix: Complex, rho: Complex) -> Complex:
    """Return what matrices make of states."""
    return np.asarray(matrix @ rho.reshape(len(rho), -1, 1)).reshape(rho.shape)


def _series(step: Complex) -> Complex:
    """Return Σ X^k/k! to the degree 19, by the powers to the fourth."""
    one = np.broadcast_to(np.eye(step.shape[-1]), step.shape)
    second = product(step, step)
    powers = (one, step, second, product(second, step))
    fourth = product(second, second)
    total = np.zeros_like(step)
    for begin in range(_DEGREE - 3, -1, -4):
        block = np.zeros_like(step)
        for place, power in enumerate(powers):
            block += power / _factorial(begin + place)
        total = block if begin == _DEGREE - 3 else block + product(fourth, total)
    return np.asarray(total)


def _rounded(rows: int) -> float:
    """Return how many EPS of |A||B| an entry of a product of complex matrices may be off by, summed in any order.

    Real and imaginary part are sums of 2n products each, to which both parts of all factors contribute.
    """
    return 1.5 * rows + 6.0


def _levels(matrix: Complex) -> int:
    return int(np.rint(np.sqrt(matrix.shape[-1])))


def _factorial(number: int) -> float:
    return float(np.prod(np.arange(1.0, number + 1.0)))


def _norm(matrices: Complex) -> Real:
    """Return a bound of the spectral norms of |M|, entry by entry: the root of its largest row and column sums."""
    sizes = np.abs(matrices)
    return np.asarray(np.sqrt(sizes.sum(axis=-1).max(axis=-1) * sizes.sum(axis=-2).max(axis=-1)) * (1.0 + 1e-12))
