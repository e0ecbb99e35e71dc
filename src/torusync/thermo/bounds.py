"""What S_max says about power, coherent heat, efficiency and COP of a thermal maser (after PRA 108, 012205).

With the gaps g_j = ω_j − ω_1, the larger modulus λ and the largest gap g, |P| ≤ 2 Σ_j g_j |λ_j ρ_1j| ≤ 2λg Σ_j |ρ_1j|,
so all is about the coherences with |1> against the pair sum ΣS.  In the normalisation of Eq. (4) κ_P S_max = 2λg ΣS.
When that bounds the power is told in `torusync.thermo.conditions`; √N times it always does, as ΣS ≥ Σ_j |ρ_1j|/√N for
any state (docs/derivations.md).
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Integer, Real, scalar
from torusync._results import Result
from torusync._show import batch_in_words, codes_in_words, span
from torusync.conventions import EPS, pair_to_s
from torusync.models import ThermalMaser
from torusync.phases import Synchronization, pair_sums_of
from torusync.thermo.conditions import Condition, power_conditions
from torusync.thermo.currents import SolvedMachine, bare_flows
from torusync.thermo.flows import Regime, Thermodynamics

_ROUNDING: Final = 64.0 * EPS
"""Rounding of a current against a sum of N moduli is this times √N of the bound at most."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class Inequality(Result):
    """A quantity and its bound, arrays of the batch shape.

    Parameters
    ----------
    quantity
        ``|P|`` or ``|Q_coh|`` in units of ħ ω_1², COP or η.
    limit
        What bounds it where its conditions hold, rounding included, worked out everywhere.
    condition_codes
        Codes of `Condition`.
    above
        Whether it bounds the quantity from above; else from below.
    """

    quantity: Real
    limit: Real
    condition_codes: Integer
    above: bool

    @property
    def holds(self) -> Boolean:
        """Where the conditions of the bound hold, by proof or by tests."""
        return scalar(self.condition_codes <= Condition.TESTED)

    @property
    def bound(self) -> Real:
        """The bound: ``limit`` where its conditions hold, nan elsewhere."""
        return scalar(np.where(self.holds, self.limit, np.nan))

    @property
    def condition(self) -> Condition | Integer:
        """Why the bound holds or not: a `Condition`, or an array of its codes in a batch."""
        return Condition(int(self.condition_codes)) if self.condition_codes.ndim == 0 else self.condition_codes

    @property
    def tightness(self) -> Real:
        """The smaller of quantity and bound over the larger, 1 where the bound is reached; nan where both are 0."""
        small, large = (self.quantity, self.bound) if self.above else (self.bound, self.quantity)
        return scalar(small / np.where(large > 0.0, large, np.nan))

    def _in_words(self) -> str:
        sign = "≤" if self.above else "≥"
        found = f"{span(self.quantity)} {sign} {span(self.bound)}"
        if not self.batch_shape:
            return f"{found}, {codes_in_words(self.condition_codes, Condition).lower()}"
        held = f"holds at {int(self.holds.sum())} of {self.holds.size}"
        return f"{batch_in_words(self.batch_shape)}{found}, {held}"


@final
@dataclass(frozen=True, eq=False, repr=False)
class SynchronizationBounds(Result):
    """Bounds from S_max on the currents of a solved maser, each with the condition on which it holds at each point.

    A bound is nan where its condition does not hold; nothing is raised for a bound that does not apply.
    S_max is known to lie between ``s_max`` and ``s_max_bound``.  Bounds from above are worked out with the latter, so
    they hold also where the gap is open; ``s_max`` enters only the numerator of the efficiency.

    Parameters
    ----------
    synchronization, thermodynamics
        S_max and the currents.
    power_scale, heat_scale : (...)
        κ_P and κ_Q in front of the pair sum, κ S_max = scale ΣS, in units of ω_1².
    condition_codes : (...)
        Codes of `Condition` for ``|P|`` ≤ κ_P S_max.
    """

    synchronization: Synchronization
    thermodynamics: Thermodynamics
    power_scale: Real
    heat_scale: Real
    condition_codes: Integer

    def _in_words(self) -> str:
        pairs = ("|P|", self.power), ("|P|", self.power_always), ("|Q_coh|", self.coherent_heat)
        told = (f"{name} {span(one.quantity)} ≤ {span(one.bound)}" for name, one in pairs if one.holds.any())
        return f"{batch_in_words(self.batch_shape)}N = {self.manifold_levels}, {', '.join(told) or 'none holds'}"

    @property
    def manifold_levels(self) -> int:
        """Number of manifold levels N."""
        return self.synchronization.dimension - 2

    @property
    def kappa_power(self) -> Real:
        """κ_P, 32π² λ ω_31 at N = 2; infinite beyond some 400 levels, where ``power_scale`` is not."""
        return self._per_s(self.power_scale)

    @property
    def kappa_heat(self) -> Real:
        """κ_Q, ``64π² γ_h |p| ω_3 (1 + n_2)`` at N = 2; infinite beyond some 400 levels, unlike ``heat_scale``."""
        return self._per_s(self.heat_scale)

    @property
    def power(self) -> Inequality:
        """``|P|`` ≤ κ_P S_max.

        Proven for refrigerators at exact degeneracy (λ an eigenvector of P), with N = 2 independent dipoles, and with
        N = 2, equal λ, equal n and p ≤ 3/4; tested for independent dipoles at any N, and for equal λ with one p ≤ 3/4;
        proven for homogeneous, exactly degenerate engines outside `competition_window`.  Others can exceed it.
        """
        return Inequality(self._power, self._power_limit, self.condition_codes, above=True)

    @property
    def power_always(self) -> Inequality:
        """``|P|`` ≤ √N κ_P S_max: proven for every state in every regime, and reached by engines at k = √N."""
        limit = np.sqrt(self.manifold_levels) * self._power_limit
        return Inequality(self._power, limit, self._defined, above=True)

    @property
    def coherent_heat(self) -> Inequality:
        """``|Q_coh|`` ≤ κ_Q S_max, proven for every state in every regime.

        ``|Q_coh| ≤ 4γ_h max|p_ij| ω (1+n) Σ_{i<j}|ρ_ij|`` with the largest ω_j and n_j.  Pairs without a common
        level can all be aligned while the other terms average to zero, so ΣS is not below their sum; and all pairs of
        N levels fall into N − 1 such sets (N odd: N), which is the factor that κ_Q has at other N than 2.
        """
        limit = self.heat_scale * self.synchronization.pair_sum_bound * self._margin
        heat = np.abs(self.thermodynamics.heat_hot_coherent)
        return Inequality(heat, limit, self._defined, above=True)

    @property
    def cop(self) -> Inequality:
        """COP ≥ Q_c/(κ_P S_max) of refrigerators for which ``|P|`` ≤ κ_P S_max holds."""
        return self._cop(self.condition_codes, 1.0)

    @property
    def cop_always(self) -> Inequality:
        """COP ≥ Q_c/(√N κ_P S_max), proven for every refrigerator."""
        return self._cop(self._defined, np.sqrt(self.manifold_levels))

    @property
    def efficiency(self) -> Inequality:
        """η ≥ κ_P S_max/(Q_inc + κ_Q S_max), proven for engines with P ≥ κ_P S_max.

        As Q_h = Q_inc + Q_coh is positive and at most Q_inc + κ_Q S_max.
        """
        least = self.power_scale * self.synchronization.pair_sum
        heat = self.thermodynamics.heat_hot_incoherent + self.heat_scale * self.synchronization.pair_sum_bound
        codes = self._only(Regime.ENGINE, np.where(self._power >= least, Condition.PROVEN, Condition.WEAK_POWER))
        bound = least / (np.where(heat > 0.0, heat, np.inf) * self._margin)
        return Inequality(self.thermodynamics.efficiency, bound, codes, above=False)

    def _cop(self, codes: Integer, factor: float) -> Inequality:
        limit = factor * self._power_limit
        bound = self.thermodynamics.heat_cold / np.where(limit > 0.0, limit, np.inf)
        codes = self._only(Regime.REFRIGERATOR, codes)
        return Inequality(self.thermodynamics.cop, bound, codes, above=False)

    @property
    def _margin(self) -> float:
        return 1.0 + _ROUNDING * float(np.sqrt(self.manifold_levels))

    @property
    def _power(self) -> Real:
        # what a plain matrix has at rest is rounding
        idle = self.thermodynamics.regime_codes == Regime.IDLE
        return scalar(np.where(idle, 0.0, np.abs(self.thermodynamics.power)))

    @property
    def _power_limit(self) -> Real:
        return scalar(self.power_scale * self.synchronization.pair_sum_bound * self._margin)

    @property
    def _defined(self) -> Integer:
        refused = self.thermodynamics.regime_codes == Regime.UNDEFINED
        return scalar(np.where(refused, Condition.UNDEFINED, Condition.PROVEN))

    def _only(self, regime: Regime, codes: Integer) -> Integer:
        """Return the codes where the machine is in the regime, and what it is instead elsewhere."""
        modes = [self.thermodynamics.regime_codes == one for one in (regime, Regime.MIXED, Regime.UNDEFINED)]
        told = [np.asarray(one) for one in (codes, Condition.MIXED, Condition.UNDEFINED)]
        return np.asarray(np.select(modes, told, default=Condition.OTHER_REGIME))

    def _per_s(self, scale: Real) -> Real:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return scalar(np.where(scale > 0.0, scale / np.float64(pair_to_s(self.manifold_levels + 2)), 0.0))


def synchronization_bounds(
    state: SolvedMachine, *, sync: Synchronization | None = None, flows: Thermodynamics | None = None
) -> SynchronizationBounds:
    """Return what S_max says about the currents of a solved maser, with energies of the bare levels.

    Parameters
    ----------
    state
        The `SteadyState` of a `ThermalMaser`.
    sync
        Its `Synchronization`, if there is one already; else it is worked out.
    flows
        Its `Thermodynamics` with energies of the bare levels, likewise.

    Raises
    ------
    ArgumentError
        If the state is not that of a thermal maser, or ``sync`` not its synchronization.
    """
    flows = bare_flows(state, flows)
    maser = state.system
    assert isinstance(maser, ThermalMaser)
    largest = np.abs(maser.drive).max(axis=-1)
    power_scale = 2.0 * largest * (maser.level_energies.max(axis=-1) - maser.omega_cold)
    return SynchronizationBounds(
        synchronization=pair_sums_of(state, sync),
        thermodynamics=flows,
        power_scale=np.array(np.broadcast_to(power_scale, maser.batch_shape)),
        heat_scale=np.array(np.broadcast_to(_heat_scale(maser), maser.batch_shape)),
        condition_codes=power_conditions(maser, flows.regime_codes),
    )


def _heat_scale(maser: ThermalMaser) -> Real:
    dipoles, levels = maser.dipoles, maser.manifold_levels
    if dipoles is None:
        return np.zeros(())
    correlation = np.abs(dipoles - np.eye(levels)).max(axis=(-2, -1))
    matchings = levels - 1 + levels % 2
    hottest = 1.0 + np.max(np.atleast_1d(maser.n_hot), axis=-1)
    return np.asarray(4.0 * matchings * maser.gamma_hot * correlation * maser.level_energies.max(axis=-1) * hottest)
