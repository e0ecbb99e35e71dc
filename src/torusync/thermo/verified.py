"""The cumulants of a thermal maser once more, in twice the precision: how far those at hand are from the truth.

A bound made of residuals in double precision is that of the worst case.  Where couplings exceed the rates by 10¹⁴ it is
10⁵ times the error there is, and still a residual of an ε says nothing: rounding of the drift alone can move the noise
by half.  So the Lyapunov equations of `renewal` are refined with exact residuals and what the drift as stored lacks,
and the same formulas give numbers beside which the error of a double is all that is seen.  That takes tens of times as
long as the cumulants do, and is done where an error is asked for.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np

from torusync._checks import Complex, Real
from torusync._limits import CHUNK_BYTES
from torusync._memory import require_memory
from torusync._threads import chunks, cores, side_by_side
from torusync._twofold import Twofold, two_sum
from torusync.conventions import EPS
from torusync.generators import PumpedManifold
from torusync.generators.base import dagger
from torusync.steady.accuracy import frobenius, gain
from torusync.steady.refinement import missing, refined, remainder
from torusync.thermo.entropy import LOGARITHM
from torusync.thermo.machines import log_ratio
from torusync.thermo.renewal import BlockCycle, of_blocks, of_bright
from torusync.thermo.uncertain import Uncertain

_ENOUGH: Final = 1e-3 * EPS
"""What a first correction may leave open of a solution, beyond which more are tried: that costs time, no bound."""

_NEGATIVE: Final = 4e-12
"""Eigenvalues this far below zero, a level, are still taken for those of correlated dipoles."""

_COPIES: Final = 48
"""M × M complex matrices alive at once a point, the slices of exact products among them."""

_NUMBERS: Final = 400
"""Doubles alive at once a point of the closed form, and some a level."""


def cumulant_errors(block: PumpedManifold, found: Real) -> Real:
    """Return how far cumulants ``(3, points)`` may be from the true ones; infinite where nothing is known.

    A fourth row is the entropy production of bare energies.  Nan where the cumulants are.
    """
    flat, out = block.flat(), np.full(found.shape, np.nan)
    known = np.flatnonzero(np.isfinite(found[:3]).all(axis=0))
    levels = block.manifold_levels
    bytes_each = 8 * (_NUMBERS + 8 * levels) if block.collective else 16 * _COPIES * (levels + 1) ** 2
    step = max(1, CHUNK_BYTES // bytes_each)
    require_memory(
        "state",
        8 * found.size + min(step * cores(), len(known)) * bytes_each,
        what=f"the errors of the counting statistics of {len(known)} machines of {levels} levels",
    )

    def settle(chunk: slice) -> None:
        some = known[chunk]
        # rates a hundred orders of magnitude apart leave nothing known, not a warning
        with np.errstate(all="ignore"):
            part, unit = _in_unit(flat.part(some))
            true = _bright(part) if block.collective else _Refined(part).cumulants()
            for row, values, one in zip(out, found, true, strict=False):
                row[some] = unit * one.apart(values[some] / unit)

    side_by_side(settle, chunks(len(known), step))
    return out


def _in_unit(flat: PumpedManifold) -> tuple[PumpedManifold, Real]:
    """Return machines in units of a power of two near their fastest rate, by which no digit changes, and that."""
    rates = np.abs(flat.drive).max(axis=-1) + np.abs(flat.energies).max(axis=-1)
    rates = rates + flat.hot_damping.max(axis=-1) + flat.cold_damping
    unit = np.ldexp(1.0, np.frexp(rates)[1])
    each = unit[:, np.newaxis]
    scaled = replace(
        flat,
        drive=flat.drive / each,
        splittings=flat.splittings / each,
        detuning=flat.detuning / unit,
        gamma_hot=flat.gamma_hot / unit,
        gamma_cold=flat.gamma_cold / unit,
    )
    return scaled, unit


def _ratio(occupation: Any) -> Uncertain:
    """Return n/(1 + n)."""
    one = Uncertain.of(occupation)
    return one / (1.0 + one)


def _cold_damping(block: PumpedManifold) -> Uncertain:
    return Uncertain.of(block.gamma_cold) * (1.0 + Uncertain.of(block.n_cold))


def _worth(one: Real, other: Real) -> Uncertain:
    """Return ln(r_one/r_other) of occupations, which is a double within a few ε of itself."""
    found = log_ratio(one, other)
    return Uncertain.of(found) + _unsure(LOGARITHM * np.abs(found))


def _bright(block: PumpedManifold) -> tuple[Uncertain, ...]:
    """Return the cumulants of exactly degenerate machines, and what entropy they produce."""
    hot, cold = Uncertain.of(block.n_hot[:, 0]), Uncertain.of(block.n_cold)
    parts = np.concatenate([block.drive.real, block.drive.imag], axis=-1)
    strength = (Uncertain.of(parts) * parts).total
    # minus the detuning, exactly: the splittings are equal
    rates = Uncertain.of(block.gamma_hot) * (1.0 + hot), _cold_damping(block), strength, block.energies[:, 0]
    contrast = (hot - cold) / ((1.0 + hot) * (1.0 + cold))
    found = of_bright(block.manifold_levels, rates, (_ratio(hot), _ratio(cold), contrast))
    return *found, _worth(block.n_hot[:, 0], block.n_cold) * found[0]


@final
@dataclass(frozen=True, eq=False)
class _Solution:
    """A Hermitian matrix in two parts, with bounds of its error: in the trace norm, and of <1|X|1>."""

    high: Complex
    low: Complex
    error: Real
    corner_error: Real

    def plus(self, diagonal: Twofold) -> "_Solution":
        """Return the sum with a real diagonal matrix."""
        index = np.arange(self.high.shape[-1])
        high, low = self.high.copy(), self.low.copy()
        summed = two_sum(high[:, index, index].real, diagonal.high)
        high[:, index, index] = summed.high
        low[:, index, index] += summed.low + diagonal.low
        return _Solution(high, low, self.error, self.corner_error)

    def times(self, factor: float) -> "_Solution":
        """Return the product with a power of two."""
        size = abs(factor)
        return _Solution(factor * self.high, factor * self.low, size * self.error, size * self.corner_error)

    @property
    def diagonal(self) -> Uncertain:
        """The diagonal as it is known, its error left out."""
        return self._known(np.arange(self.high.shape[-1]))

    @property
    def trace(self) -> Uncertain:
        """Return tr X."""
        return self.diagonal.total + _unsure(self.error)

    @property
    def corner(self) -> Uncertain:
        """<1|X|1>."""
        return self._known(np.arange(1))[:, 0] + _unsure(self.corner_error)

    def _known(self, index: Any) -> Uncertain:
        return Uncertain.of(self.high[:, index, index].real) + self.low[:, index, index].real


def _unsure(error: Real) -> Uncertain:
    return Uncertain(Twofold.of(np.zeros(error.shape)), error)


class _Refined:
    """Lyapunov equations of excited blocks, solved in their Schur bases and refined with exact residuals."""

    def __init__(self, block: PumpedManifold) -> None:
        self._block, self._cycle = block, BlockCycle.of(block)
        self._drift, self._rests = block.drift(), block.remainders()
        one = np.broadcast_to(np.eye(self._drift.shape[-1], dtype=np.complex128), self._drift.shape)
        found = self._invert(one)
        # A V + V A† = −1 has the trace of W, and is positive where that is: ‖W‖ ≤ tr V
        self._strength = one.shape[-1] * gain(found, *missing(self._drift, one, found, (self._rests[0], 0.0 * one)))
        if np.isinf(self._strength).any():
            self._strength = one.shape[-1] * gain(*self._refine(one, 0.0 * one, found))
        self._cornered = np.fmin(self._strength, self._seen_from_one())

    def _seen_from_one(self) -> Real:
        """Return a bound of ‖U‖ with A†U + U A = −|1><1|, by which a residual moves <1|X|1>; infinite without one.

        Where G is positive, 1/(2a_c) solves that with more than |1><1| on the right, which is much less than ‖W‖ where
        the manifold decays slowly.  G of dipoles is positive up to rounding if their occupations are equal.
        """
        block, bound = self._block, 0.5 / self._block.cold_damping
        if block.dipoles is None:
            return bound
        if (block.n_hot != block.n_hot[:, :1]).any():
            return np.full(len(bound), np.inf)
        below = _NEGATIVE * block.manifold_levels * block.hot_damping.max(axis=-1)
        return np.asarray(bound * (1.0 + 2.0 * below * self._strength))

    def _invert(self, source: Complex) -> Complex:
        """Return Y of A Y + Y A† = −R in double precision."""
        basis, adjoint = self._cycle.basis, dagger(self._cycle.basis)
        found = basis @ self._cycle.solve(adjoint @ source @ basis) @ adjoint
        return np.asarray((0.5 / self._cycle.unit)[:, np.newaxis, np.newaxis] * (found + dagger(found)))

    def _refine(self, source: Complex, rest: Complex, found: Complex) -> tuple[Complex, Complex, Real]:
        return refined(self._drift, source, found, rests=(self._rests[0], rest), invert=self._invert)

    def _solve(self, source: _Solution) -> _Solution:
        """Return X of A X + X A† = −Q."""
        found = self._invert(source.high)
        missed, lost = missing(self._drift, source.high, found, (self._rests[0], source.low))
        left, beside = self._left(missed, lost)
        # what the residual has lost is lost whatever is corrected
        enough = np.maximum(_ENOUGH * frobenius(found), 2.0 * self._strength * lost * found.shape[-1] ** 0.5)
        if not (self._strength * left <= enough).all():
            found, missed, lost = self._refine(source.high, source.low, found)
            left, beside = self._left(missed, lost)
        left = left + source.error
        return _Solution(found, beside, self._strength * left, self._cornered * left)

    def _left(self, missed: Complex, lost: Real) -> tuple[Real, Complex]:
        """Return what one more correction leaves of a residual, in the trace norm, and the correction."""
        beside = self._invert(missed)
        return remainder(self._drift, missed, lost, strength=1.0, correction=beside), beside

    def cumulants(self) -> tuple[Uncertain, ...]:
        """Return the first three, as `BlockCycle.cumulants` does, and what entropy is produced."""
        block, nothing = self._block, np.zeros(len(self._drift))
        drive = block.excited_matrix(row=1j * block.drive)
        kicked = self._solve(_Solution(drive, np.zeros_like(drive), nothing, nothing))
        beside = self._solve(_Solution(block.source(), self._rests[1], nothing, nothing))
        hot, cold = block.occupations
        ratios = _ratio(np.concatenate([cold[:, np.newaxis], np.broadcast_to(hot, block.drive.shape)], axis=-1))
        first_level = Twofold.of(np.eye(1, self._drift.shape[-1]))
        kicked_1 = self._solve(kicked.plus(first_level).times(-1.0))
        first = self._solve(beside.plus(ratios.value).times(-1.0))
        second = self._solve(first.times(-2.0))
        matrices = kicked, kicked_1, beside, first, second
        corners, traces = [one.corner for one in matrices], [one.trace for one in matrices]
        found = of_blocks(_cold_damping(block), _ratio(block.n_cold), ratios.total, corners, traces)
        produced = _worth(block.n_hot[:, 0], block.n_cold) * found[0]
        if (block.n_hot != block.n_hot[:, :1]).any():
            produced = produced + self._uneven(beside) / (1.0 + ratios.total + traces[2])
        return *found, produced

    def _uneven(self, beside: _Solution) -> Uncertain:
        """Return Σ_j J_j ln(r_j/r_2) over ρ_00: quanta that enter level j are −2 a_j (ρ_jj − r_j ρ_00).

        What correlated dipoles exchange by coherences is not among these: of their entropy nothing is known.
        """
        block = self._block
        damping = Uncertain.of(block.gamma_hot[:, np.newaxis]) * (1.0 + Uncertain.of(block.n_hot))
        weights = -2.0 * damping * _worth(block.n_hot, block.n_hot[:, :1])
        # the moduli of the diagonal's errors add up to the trace norm at most
        largest = (np.abs(weights.value.high) + weights.error).max(axis=-1) * (1.0 + EPS)
        wrong = largest * beside.error if block.dipoles is None else np.full(len(largest), np.inf)
        return (weights * beside.diagonal[:, 1:]).total + _unsure(wrong)
