"""What a machine exchanges with its baths and its drive, as a result: numbers, their errors, and the laws between them.

Work and heat are small differences of large populations where a drive is strong, so no sign here is taken from a number
that is not larger than its own error: such a machine is idle, has no efficiency, and breaks no law.
"""

from dataclasses import dataclass
from typing import Final, cast, final

import numpy as np

from torusync._checks import Boolean, Integer, Real, scalar
from torusync._results import Result
from torusync._show import Code, batch_in_words, codes_in_words, html_table, span, yes_or_no
from torusync.conventions import EPS

_TINY: Final = float(np.finfo(np.float64).tiny)
"""Below the smallest normal number there is no relative rounding."""

_NOTHING: Final = cast("Real", np.float64(0.0))

_RATIO: Final = 16.0 * EPS
"""Rounding of a ratio of sums of a few products."""


class Regime(Code):
    """Working mode, from the signs of the flux of quanta J (hot to cold) and of the power P."""

    IDLE = 0, "No net flux: no drive, or baths in balance."
    ENGINE = 1, "J > 0 and P > 0: the drive is amplified."
    REFRIGERATOR = 2, "J < 0 and P < 0: the drive pumps quanta from the cold bath to the hot one."
    MIXED = 3, "J and P differ in sign, or some manifold levels are hotter and others colder than the cold transition."
    UNDEFINED = 4, "The steady state was refused, or only one of J and P is larger than its own error."


class Bookkeeping(Code):
    """Which energies the exchanged quanta are given; both obey the first law, and agree at resonance and degeneracy."""

    BARE = (
        0,
        (
            "Energies of H_0 (Boukobza and Tannor): ω_j and ω_1 for the baths, ω_j − ω_1 for the drive. "
            "Independent dipoles then never break the second law."
        ),
    )
    DRIVEN = (
        1,
        (
            "Energies of H_0 + V(t): Q_a = Tr[(H_0 + V) D_a ρ], and every quantum of the drive carries Ω, P = "
            "ΩJ. What a drive of frequency Ω truly receives; with occupations at the bare energies the entropy "
            "production can turn negative off resonance (Kalaee and Wacker, arXiv:2010.08934)."
        ),
    )


@final
@dataclass(frozen=True, eq=False, repr=False)
class Thermodynamics(Result):
    """Steady-state currents, arrays of the batch shape, in units of ħ ω_1² (energies) and ω_1 (rates).

    Parameters
    ----------
    power
        P, positive out of the machine.
    heat_hot_incoherent, heat_hot_coherent
        Q_inc and Q_coh, positive into the machine: what the hot bath gives to H_0, directly, and through coherences of
        correlated dipoles.  The same in either bookkeeping.
    interaction_hot, interaction_cold
        Tr[V D_a ρ], what each bath gives to the interaction with the drive; 0 with bare energies, where it is no heat.
    heat_cold
        Q_c, positive into the machine; with driven energies ``interaction_cold`` is part of it.
    flux
        J, net quanta per time from the hot bath through the machine to the cold one.
    entropy_production
        −Σ Q_a/T_a.  Temperatures are those that the occupations have at the bare energies, T = ω/ln(1 + 1/n), for each
        manifold level its own; they are one T_h where `ThermalMaser.near_degenerate` made them.
    regime_codes
        Codes of `Regime`, from bare energies: a machine is an engine or not, whatever the bookkeeping.
    gross
        Energy exchanged with baths and drive irrespective of sign: the scale of rounding.
    flux_error, power_error
        How far J and P may be from those of the true steady state.
    exchange_error
        The same for Q_inc and Q_coh.
    interaction_hot_error, interaction_error
        The same for ``interaction_hot`` and ``interaction_cold``.
    entropy_production_error
        The same for the entropy production; 0 where that is infinite for certain, and infinite where it may be: a bath
        at zero temperature of which is not known whether anything flows into it.
    cold_energy, first_gap
        ω_1, and ω_2 − ω_1 or, with driven energies, Ω: what a quantum carries away from the cold bath and to the drive.
    bookkeeping
        Which energies were used.
    energy_change, energy_change_error
        dU/dt, what a machine stores that is still on its way, and its error; 0 in a steady state.
    """

    power: Real
    heat_hot_incoherent: Real
    heat_hot_coherent: Real
    interaction_hot: Real
    interaction_cold: Real
    heat_cold: Real
    flux: Real
    entropy_production: Real
    regime_codes: Integer
    gross: Real
    flux_error: Real
    power_error: Real
    exchange_error: Real
    interaction_hot_error: Real
    interaction_error: Real
    entropy_production_error: Real
    cold_energy: Real
    first_gap: Real
    bookkeeping: Bookkeeping
    energy_change: Real = _NOTHING
    energy_change_error: Real = _NOTHING

    @property
    def heat_hot(self) -> Real:
        """Q_h = Q_inc + Q_coh, and with driven energies the part of the interaction beside.

        Worked out as P + dU/dt − Q_c, because Q_inc and Q_coh of nearly aligned dipoles cancel.
        """
        return scalar(self.power - self.heat_cold + self.energy_change)

    @property
    def heat_cold_error(self) -> Real:
        """How far Q_c may be from that of the true steady state."""
        return scalar(self.cold_energy * self.flux_error + self.interaction_error)

    @property
    def heat_hot_error(self) -> Real:
        """How far Q_h may be from that of the true steady state."""
        error = self.power_error + self.heat_cold_error + self.energy_change_error
        return scalar(error + 2.0 * EPS * np.abs(self.heat_hot))

    @property
    def efficiency_error(self) -> Real:
        """How far the efficiency may be from that of the true steady state; nan where there is none."""
        ratio = self.efficiency
        # η is, with bare energies, a function of the work that a quantum carries
        share = np.abs(1.0 - ratio) if self.bookkeeping is Bookkeeping.BARE else 1.0
        return scalar(ratio * (share * self._ratio_error("power", "heat_hot") + _RATIO))

    @property
    def cop_error(self) -> Real:
        """How far the coefficient of performance may be from that of the true steady state; nan where there is none."""
        return scalar(self.cop * (self._ratio_error("heat_cold", "power") + _RATIO))

    def _ratio_error(self, above: str, below: str) -> Real:
        """Return the relative error of a ratio of driven energies, or of P/J; infinite where its divisor may be zero.

        With bare energies what J is off by cancels but for levels apart.
        """
        with np.errstate(all="ignore"):
            if self.bookkeeping is Bookkeeping.DRIVEN:
                one, other = (getattr(self, f"{name}_error") / np.abs(getattr(self, name)) for name in (above, below))
                return np.asarray(np.where(other < 1.0, (one + other) / (1.0 - other), np.inf))
            flux, power = np.abs(self.flux), np.abs(self.power)
            apart = np.abs(self.power - self.first_gap * self.flux)
            spread = np.maximum(self.power_error - np.abs(self.first_gap) * self.flux_error, 0.0)
            rest = (spread + apart * self.flux_error / flux) / (flux - self.flux_error) * flux / power
            return scalar(np.where((flux > self.flux_error) & (rest < 0.5), rest / (1.0 - rest), np.inf))

    @property
    def regime(self) -> Regime | Integer:
        """Working mode: a `Regime`, or an array of its codes in a batch."""
        return Regime(int(self.regime_codes)) if self.regime_codes.ndim == 0 else self.regime_codes

    @property
    def efficiency(self) -> Real:
        """η = P/Q_h of an engine; nan otherwise, and where this bookkeeping sees no work or no heat taken in."""
        heat = self.heat_hot
        engine = (self.regime_codes == Regime.ENGINE) & (self.power > 0.0) & (heat > 0.0)
        return scalar(np.where(engine, self.power / np.where(engine, heat, 1.0), np.nan))

    @property
    def cop(self) -> Real:
        """Coefficient of performance ``Q_c/|P|`` of a refrigerator; nan as for the efficiency."""
        cooling = (self.regime_codes == Regime.REFRIGERATOR) & (self.power < 0.0) & (self.heat_cold > 0.0)
        return scalar(np.where(cooling, -self.heat_cold / np.where(cooling, self.power, 1.0), np.nan))

    @property
    def first_law_residual(self) -> Real:
        """Q_inc + Q_coh + Q_c − P − dU/dt, with driven energies what the hot bath gives to V, too: zero to rounding."""
        hot = self.heat_hot_incoherent + self.heat_hot_coherent + self.interaction_hot
        return scalar(hot + self.heat_cold - self.power - self.energy_change)

    @property
    def first_law_holds(self) -> Boolean:
        """Whether energy is conserved to rounding of the gross exchange, and to the error of the state."""
        hot = 2.0 * self.exchange_error + self.interaction_hot_error
        error = hot + self.power_error + self.heat_cold_error
        return scalar(np.abs(self.first_law_residual) <= 1e-12 * self.gross + error + _TINY)

    @property
    def second_law_holds(self) -> Boolean:
        """Whether the entropy production may be non-negative: it is not below minus its own error.

        With bare energies independent dipoles always obey it.  Correlated dipoles with unequal occupations follow a
        Redfield equation, whose flows may not; nor need driven energies off resonance, unless the occupations are
        meant at the energies that the quanta then carry.  Where it is broken, this says so.
        """
        return scalar(self.entropy_production >= -self.entropy_production_error)

    def _in_words(self) -> str:
        told = [codes_in_words(self.regime_codes, Regime).lower(), f"power {span(self.power)}"]
        told += [
            f"{name} {span(values)}"
            for name, values in (("efficiency", self.efficiency), ("COP", self.cop))
            if np.isfinite(values).any()
        ]
        told.append(f"entropy production {span(self.entropy_production)}")
        return f"{batch_in_words(self.batch_shape)}{', '.join(told)}, {self.bookkeeping.name.lower()} energies"

    def _repr_html_(self) -> str:
        """Return a table of the currents, their errors beside them."""
        names = {
            "power": "power", "hot heat": "heat_hot", "cold heat": "heat_cold", "flux": "flux",
            "efficiency": "efficiency", "COP": "cop", "entropy production": "entropy_production",
        }  # fmt: skip
        told = ((what, getattr(self, name), getattr(self, f"{name}_error")) for what, name in names.items())
        rows = [
            ("regime", codes_in_words(self.regime_codes, Regime).lower(), f"{self.bookkeeping.name.lower()} energies"),
            *((what, span(value), f"± {span(error, 2)}") for what, value, error in told),
            ("first law", yes_or_no(self.first_law_holds), f"residual {span(self.first_law_residual, 2)}"),
            ("second law", yes_or_no(self.second_law_holds), ""),
        ]
        return html_table(f"Thermodynamics: {batch_in_words(self.batch_shape)}in units of ħ ω_1² and ω_1", rows)
