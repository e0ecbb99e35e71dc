"""Quantities of the light of a machine's driven transition: how much of it is coherent, and where the rest is seen."""

from collections.abc import Callable
from typing import Any, Final

from torusync.dynamics.light import coherent_light, highest_line
from torusync.models import ThermalMaser
from torusync.quantities.quantity import Part, Quantity, Unit, register
from torusync.quantities.solution import Solution
from torusync.steady import SteadyState

_REGRESSION: Final = "quantum regression, d = Σ_j |1><j|"


def _is_maser(solution: Solution) -> bool:
    return isinstance(solution.system, ThermalMaser)


def _rests(solution: Solution) -> bool:
    return _is_maser(solution) and isinstance(solution.state, SteadyState)


def _coherent(solution: Solution) -> Any:
    state = solution.state
    return coherent_light(solution.density, state.error, state.coherence_error)


def _line(solution: Solution) -> Any:
    return highest_line(solution.system.generator(), solution.density, solution.state.error)


LIGHT: Final = Part("light", "light of the driven transition, coherent", _is_maser)
LINE: Final = Part(
    "line", "light of the driven transition, incoherent", _rests, lambda _: "worked out when asked by name"
)


def _entries(
    part: Part, name: str, at: str, told: tuple[str, str, str], units: Unit = Unit.ONE
) -> tuple[Quantity, Quantity]:
    """Return a number and, beside it, how far it may be off; all of a part are worked out once for a solution."""

    def entry(attribute: str) -> Callable[[Solution], Any]:
        def looked_up(solution: Solution) -> Any:
            if part.name not in solution.kept:
                solution.kept[part.name] = (_coherent if part is LIGHT else _line)(solution)
            return getattr(solution.kept[part.name], attribute)

        return looked_up

    symbol, long_name, off = told
    return (
        Quantity(name, symbol, long_name, entry(at), part, units, _REGRESSION, error=f"{name}_error"),
        Quantity(f"{name}_error", "", "how far that may be off", entry(f"{at}_error"), part, units, off),
    )


_STATE: Final = "error of the state"
_SLOPE: Final = "rounding and error of the state over slopes, to first order"

register(
    *_entries(
        LIGHT, "coherent_weight", "weight", ("|<d>|²", "weight of the line at the drive", _STATE)
    ),
    *_entries(
        LIGHT, "coherent_fraction", "fraction",
        ("|<d>|²/<d†d>", "part of the light that is coherent with the drive", _STATE),
    ),
    *_entries(
        LINE, "observed_frequency", "frequency",
        ("ω_obs − Ω", "where the incoherent spectrum is highest, from the drive", _SLOPE), Unit.RATE,
    ),
    *_entries(
        LINE, "observed_linewidth", "width",
        ("Δω_obs", "full width of that line at half of its height", _SLOPE), Unit.RATE,
    ),
)  # fmt: skip
