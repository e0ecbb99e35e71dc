"""What the baths give to the interaction with the drive: the part by which the two bookkeepings differ.

A bath that damps ρ_1j changes V(t), see docs/derivations.md; in the steady state both baths together by −S,

    S = Σ_j δ_j J_j,    δ_j = ω_j − ω_1 − Ω,    J_j the quanta per time that enter level j from its bath.

Under a strong drive Tr[V D_a ρ] from ρ_1j has lost its digits, while J_j has all of them.  So each bath takes the part
of S that its damping earns it, and ρ_1j is asked only for what is left: how far the hot damping is from one number.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from torusync._checks import Complex, Real
from torusync.conventions import EPS, unit
from torusync.thermo.machines import Machines


@final
@dataclass(frozen=True, eq=False)
class Interaction:
    """Energy per time that flows from the baths into V(t), in units of ħ ω_1²; points last.

    Parameters
    ----------
    hot, hot_error : (points) from the hot bath, and how far off that may be
    cold, cold_error : (points) from the cold bath
    scale : (points) what was added up, irrespective of sign: the scale of rounding
    row : (N, points) ρ_1j
    moduli : (N, points) of the drive, and of ρ_1j
    error : (points) that of the state, in the trace norm
    """

    hot: Real
    hot_error: Real
    cold: Real
    cold_error: Real
    scale: Real
    machines: Machines
    row: Complex
    moduli: tuple[Real, Real]
    error: Real

    @classmethod
    def of(cls, machines: Machines, row: Complex, excess: Real, errors: tuple[Real, Real]) -> "Interaction":
        """Return the flows of stationary states from ρ_1j and δ_j J_j, each ``(N, points)``.

        ``errors`` are those of the state in the trace norm, and of the sum S of what is in excess.
        """
        (error, excess_error), cold = errors, machines.cold_damping[0]
        moduli = np.abs(machines.drive), np.abs(row)
        # without a drive there is no V, whatever rounding has done to J_j
        total = moduli[0].sum(axis=0)
        driven = total > 0.0
        mean, (rest, rest_scale, rest_error) = _uneven(machines, row, moduli, (total, error))
        both = cold + mean
        both = np.where(both > 0.0, both, 1.0)
        shared = driven * (excess.sum(axis=0) - rest) / both
        scale = np.abs(excess).sum(axis=0) + rest_scale
        # each bath is off by its share of S, and by that of the rest which is not its own
        rounding = driven * (64.0 * EPS) * scale
        excess_error = driven * excess_error
        share = cold / both
        return cls(
            hot=0.0 - mean * shared - rest,
            hot_error=mean / both * excess_error + np.where(mean > 0.0, share, 1.0) * rest_error + rounding,
            cold=0.0 - cold * shared,
            cold_error=share * (excess_error + rest_error + rounding),
            scale=scale,
            machines=machines,
            row=row,
            moduli=moduli,
            error=error,
        )

    def weighted(self, weights: Real) -> tuple[Real, Real]:
        """Return what the terms of V that couple |1> and |j> get from the hot bath, times weights ≥ 0, and its error.

        By levels only ρ_1j knows.  With ŵ a mean of the weights Σ_j w_j I_j = Σ_j (w_j − ŵ) I_j + ŵ Σ_j I_j, and the
        last sum is known better.
        """
        if (weights == weights[:1]).all():
            return weights[0] * self.hot, weights[0] * self.hot_error
        drive, dipoles, (size, known) = self.machines.drive, self.machines.dipoles, self.moduli
        taken = self.machines.hot_damping * known
        levels = -2.0 * _overlap(drive, self.machines.damped_by_hot(self.row))
        moduli = size * taken
        total = moduli.sum(axis=0)
        mean = (weights * moduli).sum(axis=0) / np.where(total > 0.0, total, 1.0)
        apart, largest = weights - mean, weights.max(axis=0)
        value = (apart * levels).sum(axis=0) + mean * self.hot
        rounding = (len(levels) + 24) * EPS * (total if dipoles is None else (size * taken.sum(axis=0)).sum(axis=0))
        pulled = apart * size * self.machines.hot_damping
        if dipoles is not None:
            pulled = np.abs(self.machines.pulled_by_hot(apart * drive))
        error = np.sqrt((pulled * pulled).sum(axis=0)) * self.error
        error += 2.0 * (np.abs(apart).max(axis=0) + 8.0 * EPS * largest) * rounding
        error += 8.0 * EPS * largest * np.abs(levels).sum(axis=0) + EPS * np.abs(value)
        return value, error + np.abs(mean) * (self.hot_error + 2.0 * EPS * np.abs(self.hot))


def _uneven(
    machines: Machines, row: Complex, moduli: tuple[Real, Real], known: tuple[Real, Real]
) -> tuple[Real, tuple[Real | float, Real | float, Real | float]]:
    """Return the one number a that the hot damping is nearest to, and what it takes beyond, with scale and error.

    From ρ_1j, the moduli of drive and row, the sum of the drive's, and the error of the state.
    """
    drive, hot, (total, error) = machines.drive, machines.hot_damping, known
    even = (hot == hot[:1]).all(axis=0) if machines.dipoles is None else np.zeros(1, dtype=np.bool_)
    if even.all():  # what is nothing leaves no rounding
        return hot[0], (0.0, 0.0, 0.0)
    pulled = machines.pulled_by_hot(drive)
    mean = _overlap(unit(drive, 0.0), pulled).sum(axis=0) / np.where(total > 0.0, total, 1.0)
    mean = np.maximum(mean, 0.0)
    uneven, terms = pulled - mean * drive, np.abs(pulled) + mean * moduli[0]
    if even.any():
        mean, uneven, terms = np.where(even, hot[0], mean), np.where(even, 0.0, uneven), ~even * terms
    size = np.abs(uneven)
    wrong = 2.0 * (len(drive) + 8) * EPS * (terms * moduli[1]).sum(axis=0) + np.sqrt((size * size).sum(axis=0)) * error
    return mean, (2.0 * _overlap(uneven, row).sum(axis=0), 2.0 * (size * moduli[1]).sum(axis=0), wrong)


def _overlap(one: Complex, other: Complex) -> Real:
    """Return Re(one^* other)."""
    return np.asarray(one.real * other.real + one.imag * other.imag)
