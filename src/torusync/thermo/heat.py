"""Heat, work and entropy of any Lindblad system whose channels belong to baths, as a result with both laws beside.

Neither law is assumed.  Work is the commutator of the energies with the Hamiltonian, heat what each dissipator does to
the energies or the quanta that its jumps carry, and they are worked out apart; whether the entropy production can be
negative at all is asked of the dissipators, because those of the parts of a coupled system are no baths of the whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final, cast, final

import numpy as np

from torusync._checks import Boolean, Integer, Real, scalar
from torusync._results import Result
from torusync._show import Code, Row, batch_in_words, codes_in_words, html_table, span, yes_or_no
from torusync.conventions import EPS
from torusync.thermo.laws import FirstLaw, SecondLaw

_NOTHING: Final = cast("Real", np.float64(0.0))


@final
@dataclass(frozen=True, eq=False, repr=False)
class HeatFlows(Result):
    """Currents of a state with any number of baths, in units of ħ ω_1² (energies) and ω_1 (rates), or of ``unit``.

    Heat is positive into the system, power positive out of it, as for a maser.  Every error bounds how far a number may
    be from that of the true steady state, rounding included.

    Parameters
    ----------
    power, power_error : (...)
        P = i tr([H_0, H] ρ), what the drive takes out; what the heats leave where frequencies stand without
        energies.
    heat, heat_error : (..., B)
        Q_b = tr(H_0 D_b ρ) from each bath, or Σ_k ω_k tr(2Γ_k X_k†X_k ρ) where it has frequencies.
    elsewhere, elsewhere_error : (...)
        tr(H_0 D ρ) of the channels that belong to no bath.
    entropy_flow, entropy_flow_error : (..., B)
        What each bath gains in entropy, −Q_b/T_b, or Σ_k ln(R_k/R_k') tr(2Γ_k X_k†X_k ρ) of pairs with the rates R;
        nan without a temperature, and infinite where heat flows into a bath at zero temperature for certain.
    entropy_production, entropy_production_error : (...)
        Their sum, and of a state that changes its own dS/dt beside.  The error is infinite where it is not known
        whether a bath at zero temperature takes heat, and where an eigenvalue of a state that changes may be 0.
    temperatures : (..., B)
        k_B T/ħ in units of ω_1, as it is given or as the rates of all pairs of a bath have it, infinite
        where these are equal; nan without either.
    first_law_residual, first_law_error : (...)
        Σ_b Q_b + elsewhere − P − dU/dt, and how large the errors may make it; nan where nothing is tested.
    first_law_codes, second_law_codes : (...)
        Codes of `FirstLaw` and `SecondLaw`.
    baths
        Names of the baths.
    energy_change, energy_change_error : (...)
        dU/dt of U = tr(H_0 ρ), what a system stores that is still on its way; 0 in a steady state.
    stationary
        Whether the state is at rest: one on its way has no efficiency.
    unit
        Symbol of the frequency that the system is in units of.
    """

    AXES: ClassVar = dict.fromkeys(("heat", "heat_error", "entropy_flow", "entropy_flow_error", "temperatures"), 1)

    power: Real
    power_error: Real
    heat: Real
    heat_error: Real
    elsewhere: Real
    elsewhere_error: Real
    entropy_flow: Real
    entropy_flow_error: Real
    entropy_production: Real
    entropy_production_error: Real
    temperatures: Real
    first_law_residual: Real
    first_law_error: Real
    first_law_codes: Integer
    second_law_codes: Integer
    baths: tuple[str, ...]
    energy_change: Real = _NOTHING
    energy_change_error: Real = _NOTHING
    stationary: bool = True
    unit: str = "ω_1"

    @property
    def heats(self) -> Mapping[str, Any]:
        """Heat from each bath by its name."""
        return MappingProxyType({name: scalar(self.heat[..., i]) for i, name in enumerate(self.baths)})

    @property
    def first_law(self) -> FirstLaw | Integer:
        """Whether energy is conserved: a `FirstLaw`, or an array of its codes in a batch."""
        return FirstLaw(int(self.first_law_codes)) if self.first_law_codes.ndim == 0 else self.first_law_codes

    @property
    def second_law(self) -> SecondLaw | Integer:
        """Whether entropy is produced: a `SecondLaw`, or an array of its codes in a batch."""
        return SecondLaw(int(self.second_law_codes)) if self.second_law_codes.ndim == 0 else self.second_law_codes

    @property
    def first_law_holds(self) -> Boolean:
        """Whether energy is conserved, by test; false where none can tell."""
        return scalar(self.first_law_codes == FirstLaw.HOLDS)

    @property
    def second_law_holds(self) -> Boolean:
        """Whether the entropy production is certainly not negative, by proof or by its error; false where untold.

        What is false is not broken yet: that is `SecondLaw.BROKEN`.  (A maser, which has no codes, is asked whether its
        entropy production *may* be non-negative.)
        """
        return scalar(self.second_law_codes <= SecondLaw.HOLDS)

    @property
    def _taken(self) -> tuple[Real, Real]:
        """Heat taken in from the baths that give some for certain, and its error."""
        giving = self.heat > self.heat_error
        return tuple(np.where(giving, one, 0.0).sum(axis=-1) for one in (self.heat, self.heat_error))

    @property
    def efficiency(self) -> Real:
        """Power over the heat taken in, where power is given for certain; nan elsewhere."""
        taken, unsure = self._taken
        works = (self.power > self.power_error) & (taken > unsure) & self.stationary
        return scalar(np.where(works, self.power / np.where(works, taken, 1.0), np.nan))

    @property
    def efficiency_error(self) -> Real:
        """How far the efficiency may be from that of the true steady state; nan where there is none."""
        taken, unsure = self._taken
        return _ratio_error(self.efficiency, (self.power, self.power_error), (taken, unsure))

    @property
    def cop(self) -> Real:
        """Heat taken from the coldest bath over the power taken in, where both are certain; nan elsewhere."""
        cooled, unsure = self._cooled
        works = (self.power < -self.power_error) & (cooled > unsure) & self.stationary
        return scalar(np.where(works, -cooled / np.where(works, self.power, 1.0), np.nan))

    @property
    def cop_error(self) -> Real:
        """How far the coefficient of performance may be from that of the true steady state; nan where there is none."""
        return _ratio_error(self.cop, self._cooled, (self.power, self.power_error))

    @property
    def _cooled(self) -> tuple[Real, Real]:
        """Heat from the coldest bath, and its error; nan where a temperature is not known."""
        coldest = np.argmin(self.temperatures, axis=-1)[..., np.newaxis]
        known = ~np.isnan(self.temperatures).any(axis=-1)
        found = (np.take_along_axis(one, coldest, axis=-1)[..., 0] for one in (self.heat, self.heat_error))
        heat, error = (np.where(known, one, np.nan) for one in found)
        return heat, error

    def _in_words(self) -> str:
        told = [f"heat from {name} {span(heat)}" for name, heat in self.heats.items()]
        told += [f"power {span(self.power)}", f"entropy production {_maybe_endless(self.entropy_production)}"]
        laws = f"first law {codes_in_words(self.first_law_codes, FirstLaw).lower()}"
        laws += f", second {codes_in_words(self.second_law_codes, SecondLaw).lower()}"
        return f"{batch_in_words(self.batch_shape)}{', '.join(told)}, {laws}"

    def _repr_html_(self) -> str:
        """Return a table of the currents, their errors beside them, and what is known of both laws."""
        errors = [self.heat_error[..., i] for i in range(len(self.baths))]
        rows = [
            *(
                (f"heat from {name}", span(heat), f"± {span(error, 2)}")
                for (name, heat), error in zip(self.heats.items(), errors, strict=True)
            ),
            ("power", span(self.power), f"± {span(self.power_error, 2)}"),
            *(
                []
                if self.stationary
                else [("stored", span(self.energy_change), f"± {span(self.energy_change_error, 2)}")]
            ),
            (
                "entropy production",
                _maybe_endless(self.entropy_production),
                f"± {_maybe_endless(self.entropy_production_error, 2)}",
            ),
            _law("first law", FirstLaw, self.first_law_codes),
            _law("second law", SecondLaw, self.second_law_codes),
        ]
        units = f"in units of ħ {self.unit}² and {self.unit}"
        return html_table(f"HeatFlows: {batch_in_words(self.batch_shape)}{units}", rows)


def _maybe_endless(values: Real, digits: int = 6) -> str:
    """Return numbers, and of how many there is no end: a bath at zero temperature takes heat, or may."""
    endless, told = np.isposinf(values), span(values, digits)
    if not endless.any():
        return told
    return "infinite" if endless.all() else f"{told}, infinite at {yes_or_no(endless)}"


def _law(name: str, kind: type[Code], codes: Integer) -> Row:
    """Return the row of a law, with the sentences of all codes that occur."""
    return name, codes_in_words(codes, kind).lower(), " ".join(kind(int(one)).sentence for one in np.unique(codes))


def _ratio_error(ratio: Real, above: tuple[Real, Real], below: tuple[Real, Real]) -> Real:
    """Return the error of a ratio of numbers with errors; infinite where the divisor may be zero."""
    with np.errstate(all="ignore"):
        one, other = (error / np.abs(value) for value, error in (above, below))
        spread = np.where(other < 1.0, (one + other) / (1.0 - other), np.inf)
        return scalar(np.where(np.isnan(ratio), np.nan, np.abs(ratio) * (spread + 8.0 * EPS)))
