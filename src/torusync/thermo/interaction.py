"""What the baths give to the interaction with the drive: the part by which the two bookkeepings differ.

Energy sits not only in the levels but also in V(t) = Σ_j λ_j |1><j| e^{iΩt} + h.c.  A bath that damps ρ_1j changes it
(Kalaee and Wacker, arXiv:2010.08934),

    Tr[V D_c ρ] = −2 a_c Re Σ_j λ_j^* ρ_1j,    Tr[V D_h ρ] = −2 Re Σ_jl λ_j^* P_jl a_l ρ_1l,

with a_c = γ_c(1 + n_c), a_l = γ_h(1 + n_l) and the dipole correlation P: emission carries ρ_1l into ρ_1j where dipoles
are correlated.  The pump leaves these coherences alone.  In the steady state both together are −S,

    S = Σ_j δ_j J_j,    δ_j = ω_j − ω_1 − Ω,    J_j the quanta per time that enter level j from its bath.

Under a drive that is strong against the damping the real parts above are small differences and have lost their digits,
while J_j comes from deviations of populations and has all of them.  So each bath takes the part of S that its damping
earns it, and ρ_1j is asked only for what is left: how far the hot damping is from one number ā, which is nothing where
all n_j are equal and the dipoles independent.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from torusync._checks import Complex, Real
from torusync.conventions import unit


@final
@dataclass(frozen=True, eq=False)
class Damping:
    """How the baths damp ρ_1j, points last.

    Parameters
    ----------
    hot : (N, points) or (1, points) a_j
    cold : (points) a_c
    dipoles : (points, N, N) P, or None where the dipoles are independent
    """

    hot: Real
    cold: Real
    dipoles: Real | None

    def by_hot(self, row: Complex) -> Complex:
        """Return Σ_l P_jl a_l x_l for x ``(N, points)``: what the hot bath takes from ρ_1j per time."""
        damped = self.hot * row
        return damped if self.dipoles is None else np.asarray(np.einsum("pjl,lp->jp", self.dipoles, damped))

    def by_hot_adjoint(self, drive: Complex) -> Complex:
        """Return a_l Σ_j P_jl x_j for x ``(N, points)``."""
        pulled = drive if self.dipoles is None else np.einsum("pjl,jp->lp", self.dipoles, drive)
        return np.asarray(self.hot * pulled)


@final
@dataclass(frozen=True, eq=False)
class Interaction:
    """Energy per time that flows from the baths into V(t), in units of ħ ω_1²; points last.

    Parameters
    ----------
    hot : (points) from the hot bath
    hot_levels : (N, points) the same, by the term of V that couples |1> and |j>
    cold : (points) from the cold bath
    scale : (points) what was added up, irrespective of sign: the scale of rounding
    """

    hot: Real
    hot_levels: Real
    cold: Real
    scale: Real

    @classmethod
    def of(cls, drive: Complex, row: Complex, excess: Real, damping: Damping) -> "Interaction":
        """Return the flows of stationary states.

        Parameters
        ----------
        drive, row : (N, points) λ_j and ρ_1j
        excess : (N, points) δ_j J_j
        damping : a_j, a_c, and P
        """
        pulled, total = damping.by_hot_adjoint(drive), np.abs(drive).sum(axis=0)
        mean = _overlap(unit(drive, 0.0), pulled).sum(axis=0) / np.where(total > 0.0, total, 1.0)
        mean = np.maximum(mean, 0.0)
        uneven = pulled - mean * drive
        rest, both = 2.0 * _overlap(uneven, row).sum(axis=0), damping.cold + mean
        shared = (excess.sum(axis=0) - rest) / np.where(both > 0.0, both, 1.0)
        hot = 0.0 - mean * shared - rest
        # by levels only ρ_1j knows: what rounding has added there is taken back where it can have come from
        levels, moduli = -2.0 * _overlap(drive, damping.by_hot(row)), np.abs(drive) * damping.hot * np.abs(row)
        weights = moduli.sum(axis=0)
        added = (levels.sum(axis=0) - hot) / np.where(weights > 0.0, weights, 1.0)
        scale = np.abs(excess).sum(axis=0) + 2.0 * (np.abs(uneven) * np.abs(row)).sum(axis=0)
        return cls(hot=hot, hot_levels=levels - added * moduli, cold=0.0 - damping.cold * shared, scale=scale)


def _overlap(one: Complex, other: Complex) -> Real:
    """Return Re(one^* other)."""
    return np.asarray(one.real * other.real + one.imag * other.imag)


def reduced(flow: Real, weight: Real) -> Real:
    """Return Σ_j flow_j weight_j for flows ``(N, points)``, such as heats over temperatures, with weights ∞ at T = 0.

    Levels at zero temperature count together: ±∞ by the sign of the flow that they give, 0 where there is none.
    """
    if np.isfinite(weight).all():
        return np.asarray((flow * weight).sum(axis=0))
    with np.errstate(invalid="ignore"):
        frozen = np.isinf(weight)
        rest = np.where(frozen, flow, 0.0).sum(axis=0)
        warm = np.where(frozen, 0.0, flow * weight).sum(axis=0)
        return np.asarray(warm + np.where(rest == 0.0, 0.0, rest * np.inf))
