"""Is a bath thermal?  What proves the second law before anything is counted.

Where a dissipator leaves the thermal state of the energies alone, relative entropy to that state can only fall under it
(Spohn 1978), and the entropy productions of several such baths add up to something positive in a steady state.  Where
the jumps of a bath come in pairs X, X† the same follows from their rates, whatever the energies are: by the log-sum
inequality in the eigenbasis of the state, Σ_k J_k ln(R_k/R_k') is at least what the bath takes from the entropy of the
system.  Of what belongs to no bath it is enough that it leaves the mixed state alone.

A norm would not do: beside e^{−50}, or beside a stronger channel, a weak jump that is wrong by any factor is rounding.
So each pair of levels is compared with its own jumps, and each coherence with what enters it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Real
from torusync._lapack import spectra
from torusync.conventions import EPS
from torusync.generators.base import dagger

_ROUNDED: Final = 64.0
"""Roundings, a level, in sums over products of two or three matrices."""


@final
@dataclass(frozen=True, eq=False)
class Levels:
    """Eigenstates of energies ``(points, D, D)`` and how far rounding of their entries reaches."""

    above: Real
    vectors: Complex
    rounded: Real
    exact: Boolean

    @classmethod
    def of(cls, energies: Complex) -> "Levels":
        """Return those of Hermitian matrices; of diagonal ones they are exact, and each energy is rounded by itself."""
        values, vectors = spectra(_plain(energies))
        exact = (np.count_nonzero(vectors, axis=-2) == 1).all(axis=-1)[:, np.newaxis, np.newaxis]
        alone = np.abs(values)[:, :, np.newaxis] * np.eye(values.shape[-1])
        rounded = np.where(exact, alone, np.linalg.norm(energies, axis=(-2, -1), keepdims=True))
        return cls(values - values[:, :1], vectors, _ROUNDED * values.shape[-1] * EPS * rounded, exact)

    def inside(self, jump: Complex) -> tuple[Complex, Real]:
        """Return a jump between eigenstates, and what rounding of its entries and of these may make of each.

        What is no more than that is left out: levels that only rounding connects, no jump does.
        """
        found = _turned(np.conj(self.vectors)) @ _plain(jump) @ self.vectors
        moduli = np.abs(found)
        # in any other basis nothing is 0, and what should be is rounding of the largest entry
        size = np.where(self.exact, moduli, np.linalg.norm(jump, axis=(-2, -1), keepdims=True))
        doubt = _ROUNDED * jump.shape[-1] * EPS * size
        there = moduli > doubt
        return np.where(there, found, 0.0), np.where(there, doubt, 0.0)

    def weights(self, warm: Real) -> tuple[Real, Real]:
        """Return e^{−E/T} ``(points, D)``, 1 of the lowest level, and what rounding makes of e^{−H/T} in its basis.

        An entry h of the energies moves the latter by h (e^{−E_i/T} − e^{−E_j/T})/(E_i − E_j).
        """
        above, size = self.above, self.above.shape[-1]
        # rounding decides which levels are the lowest one
        low = above <= _ROUNDED * size * EPS * above[:, -1:]
        empty = (warm == 0.0)[:, np.newaxis]
        hot = np.where(empty, 1.0, warm[:, np.newaxis])
        weights = np.where(empty, 1.0 * low, np.exp(-above / hot))
        apart = np.abs(above[:, :, np.newaxis] - above[:, np.newaxis, :])
        most = np.maximum(weights[:, :, np.newaxis], weights[:, np.newaxis, :])
        units = apart / hot[:, :, np.newaxis]
        slope = np.where(units > 0.0, -np.expm1(-units) / np.where(units > 0.0, units, 1.0), 1.0)
        slope = most * slope / hot[:, :, np.newaxis]
        across = low[:, :, np.newaxis] != low[:, np.newaxis, :]
        frozen = np.where(across, 1.0 / np.where(across, apart, 1.0), 0.0)
        return weights, self.rounded * np.where(empty[:, :, np.newaxis], frozen, slope)


def leaves_thermal(levels: Levels, warm: Real, jumps: Sequence[Complex], rates: Sequence[Real]) -> Boolean:
    """Return where a dissipator leaves e^{−H/T} alone for certain, up to rounding of the numbers it is made of.

    Between every two levels as much goes up as down, compared with itself, and no coherence arises, compared with what
    enters it.  What is balanced along loops only is not recognised.

    Parameters
    ----------
    levels
        Of the energies, at as many points.
    warm : (points)
        k_B T/ħ, at least 0.
    jumps, rates
        X_k ``(points, D, D)`` and Γ_k ``(points)``.
    """
    weights, moved = levels.weights(warm)
    column, points, size = weights[:, np.newaxis, :], len(warm), weights.shape[-1]
    kick: Any = 0.0
    doubt, flow, unsure = np.zeros((3, points, size, size))
    for jump, rate in zip(jumps, rates, strict=True):
        share = rate[:, np.newaxis, np.newaxis]
        inner, rounded = levels.inside(jump)
        moduli = np.abs(inner)
        reached = moduli @ moved
        flow += share * moduli**2 * column
        unsure += share * moduli * (2.0 * rounded * column + reached)
        back = _turned(np.conj(inner))
        lost = (back @ inner) * column
        kick = kick + share * (2.0 * (inner * column) @ back - lost - _turned(np.conj(lost)))
        # both are added to what they are turned about the diagonal
        entered = moduli @ _turned(2.0 * rounded * column + reached)
        gone = _turned(moduli) @ rounded
        gone = (gone + _turned(gone)) * column + _turned(moduli) @ reached
        doubt += share * (entered + gone)
    balanced = np.abs(flow - _turned(flow)) <= unsure + _turned(unsure)
    quiet = (np.abs(kick) <= doubt + _turned(doubt)) | np.eye(size, dtype=np.bool_)
    return np.asarray((balanced & quiet).all(axis=(-2, -1)))


def unital(channels: Sequence[tuple[Complex, Real]], points: int, size: int) -> Boolean:
    """Return where channels leave the mixed state alone, up to rounding, so that they take no entropy along.

    Channels that do so alone, as of dephasing, and jumps with their adjoints at one rate are set aside first, because
    beside them what a weaker one does would be rounding.
    """
    left = [np.broadcast_to(rate, points) for _, rate in channels]
    digits = _ROUNDED * size * EPS
    made: list[tuple[Complex, Real]] = []
    for index, (jump, _) in enumerate(channels):
        moduli = np.abs(jump)
        change = jump @ dagger(jump) - dagger(jump) @ jump
        made.append((change, moduli @ _turned(moduli) + _turned(moduli) @ moduli))
        alone = (np.abs(change) <= digits * made[index][1]).all(axis=(-2, -1))
        left[index] = np.where(alone, 0.0, left[index])
    squares = [np.linalg.norm(jump, axis=(-2, -1)) ** 2 for jump, _ in channels]
    for one, (first, _) in enumerate(channels):
        for other in range(one + 1, len(channels)):
            there, back = left[one] * squares[one], left[other] * squares[other]
            level = np.abs(there - back) <= digits * np.maximum(there, back)
            if not level.any():
                continue
            level &= _adjoint(first, channels[other][0])
            left[one], left[other] = np.where(level, 0.0, left[one]), np.where(level, 0.0, left[other])
    change, scale = np.zeros((points, size, size), dtype=np.complex128), np.zeros((points, size, size))
    for rate, (kick, moduli) in zip(left, made, strict=True):
        change = change + rate[:, np.newaxis, np.newaxis] * kick
        scale = scale + rate[:, np.newaxis, np.newaxis] * moduli
    return np.asarray((np.abs(change) <= digits * scale).all(axis=(-2, -1)))


def partners(jumps: Sequence[Complex], carried: Real) -> list[int] | None:
    """Return which channel undoes each, X' ∥ X† with the opposite frequency at every point; None where one has none.

    A Hermitian jump that carries nothing, as of dephasing, undoes itself.
    """
    found: dict[int, int] = {}
    for one in range(len(jumps)):
        if one in found:
            continue
        others = [other for other in range(one, len(jumps)) if other not in found]
        chosen = next((k for k in others if _undoes(jumps, carried, one, k)), None)
        if chosen is None:
            return None
        found |= {one: chosen, chosen: one}
    return [found[one] for one in range(len(jumps))]


def _undoes(jumps: Sequence[Complex], carried: Real, one: int, other: int) -> bool:
    if not (carried[:, one] == -carried[:, other]).all():
        return False
    return bool(_adjoint(jumps[one], jumps[other]).all())


def _adjoint(first: Complex, second: Complex) -> Boolean:
    """Return where jumps are parallel to each other's adjoints up to rounding, as nothing is to anything.

    What is left of one beside the other is compared: the cosine of their angle knows half of the digits only.
    """
    square = (np.abs(first) ** 2).sum(axis=(-2, -1))
    overlap = np.einsum("pij,pji->p", first, second) / np.where(square > 0.0, square, 1.0)
    rest = np.linalg.norm(second - overlap[:, np.newaxis, np.newaxis] * dagger(first), axis=(-2, -1))
    near = rest <= _ROUNDED * first.shape[-1] * EPS * np.linalg.norm(second, axis=(-2, -1))
    return np.asarray(near | (square == 0.0))


def surprises(pairs: Sequence[int], jumps: Sequence[Complex], rates: Sequence[Real]) -> Real:
    """Return ln(R_k/R_k') of each channel, ``(points, K)``, with R = Γ‖X‖².

    It is 0 of one that never jumps, and infinite of one whose partner never does.
    """
    strength = np.stack(
        [rate * np.linalg.norm(jump, axis=(-2, -1)) ** 2 for jump, rate in zip(jumps, rates, strict=True)], axis=-1
    )
    back = strength[:, list(pairs)]
    with np.errstate(all="ignore"):
        # digits of a small difference of rates are kept
        found = np.where(strength >= back, np.log1p((strength - back) / back), -np.log1p((back - strength) / strength))
    return np.where(strength > 0.0, found, 0.0)


def in_balance(spread: Real, carried: Real, warm: Real) -> Boolean:
    """Whether the rates of pairs are in detailed balance at the temperature that is told, up to rounding."""
    apart = np.abs(spread * warm[:, np.newaxis] + carried)
    return np.asarray((apart <= 64.0 * EPS * (np.abs(carried) + warm[:, np.newaxis])).all(axis=-1))


def _plain(matrices: Any) -> Any:
    """Return matrices without imaginary parts where these are 0, as they mostly are: products take a quarter then."""
    return matrices if matrices.imag.any() else np.ascontiguousarray(matrices.real)


def _turned(matrices: Any) -> Any:
    return np.swapaxes(matrices, -1, -2)
