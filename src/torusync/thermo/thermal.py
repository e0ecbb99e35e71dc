"""Is a bath thermal?  What proves the second law before anything is counted.

Where a dissipator leaves the thermal state of the energies alone, relative entropy to that state can only fall under it
(Spohn 1978), and the entropy productions of several such baths add up to something positive in a steady state.  Where
the jumps of a bath come in pairs X, X† the same follows from their rates, whatever the energies are: by the log-sum
inequality in the eigenbasis of the state, Σ_k J_k ln(R_k/R_k') is at least what the bath takes from the entropy of the
system.  Of what belongs to no bath it is enough that it leaves the mixed state alone.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from torusync._checks import Boolean, Complex, Real
from torusync._lapack import spectra
from torusync.conventions import EPS
from torusync.generators.base import dagger

_ROUNDED: Final = 64.0
"""Roundings, a level, in sums over products of two or three matrices."""

_PARALLEL: Final = 1e-14
"""1 − |cos²| of the angle of a jump and the adjoint of another that are meant to be parallel, a level."""


def leaves_thermal(energies: Complex, warm: Real, jumps: Sequence[Complex], rates: Sequence[Real]) -> Boolean:
    """Return where a dissipator leaves e^{−H/T}/Z alone, up to rounding; arrays ``(points, …)``."""
    values, vectors = spectra(energies)
    above = values - values[:, :1]
    size, spread = values.shape[-1], above[:, -1]
    # rounding decides which levels are the lowest one
    low = above <= _ROUNDED * size * EPS * spread[:, np.newaxis]
    hot = np.where(warm > 0.0, warm, 1.0)[:, np.newaxis]
    weights = np.where(warm[:, np.newaxis] > 0.0, np.exp(-above / hot), 1.0 * low)
    weights = weights / weights.sum(axis=-1, keepdims=True)
    thermal = (vectors * weights[:, np.newaxis, :]) @ dagger(vectors)
    change, scale = _dissipated(thermal, jumps, rates)
    # an energy that is rounded moves a weight by as much as that is in units of T
    moved = 1.0 + np.where(warm > 0.0, spread / hot[:, 0], 0.0)
    return np.asarray(np.linalg.norm(change, axis=(-2, -1)) <= _ROUNDED * size * EPS * moved * scale)


def unital(channels: Sequence[tuple[Complex, Real]], points: int, size: int) -> Boolean:
    """Return where channels leave the mixed state alone, up to rounding, so that they take no entropy along."""
    one = np.broadcast_to(np.eye(size, dtype=np.complex128), (points, size, size))
    change, scale = _dissipated(one, [jump for jump, _ in channels], [rate for _, rate in channels])
    return np.asarray(np.linalg.norm(change, axis=(-2, -1)) <= _ROUNDED * size * EPS * scale)


def _dissipated(rho: Complex, jumps: Sequence[Complex], rates: Sequence[Real]) -> tuple[Complex, Real]:
    """Return Σ Γ (2XρX† − {X†X, ρ}) and the size of what it is made of."""
    change, scale = np.zeros(rho.shape, dtype=np.complex128), np.zeros(len(rho))
    for jump, rate in zip(jumps, rates, strict=True):
        decay = dagger(jump) @ jump
        kick = 2.0 * jump @ rho @ dagger(jump) - decay @ rho - rho @ decay
        change = change + rate[:, np.newaxis, np.newaxis] * kick
        scale = scale + 4.0 * rate * np.linalg.norm(jump, axis=(-2, -1)) ** 2
    return change, scale


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
    first, second = jumps[one], jumps[other]
    if not (carried[:, one] == -carried[:, other]).all():
        return False
    overlap = np.abs(np.einsum("pij,pji->p", first, second)) ** 2
    whole = (np.linalg.norm(first, axis=(-2, -1)) * np.linalg.norm(second, axis=(-2, -1))) ** 2
    return bool((whole - overlap <= _PARALLEL * first.shape[-1] * whole).all())


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
