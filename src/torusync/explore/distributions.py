"""How S is put together on a page: names of the phases, the factor, and the coefficients of a state.

S(φ) is one of two sums, over pairs of levels or over harmonics, and a page knows no more of it than these numbers.
"""

import math
from typing import Any

from torusync._checks import ArgumentError
from torusync.densities import Density
from torusync.explore.wire import number, parts
from torusync.phases import PhaseDistribution


def of_a_reading(reading: PhaseDistribution, dimension: int, reference: int | None) -> dict[str, Any]:
    """Return what is known of a distribution before a state is: names of its phases, and S per unit of the sum."""
    factor = reading.factor(dimension)
    return {
        "name": type(reading).__name__,
        "levels": reading.levels,
        "source": reading.source,
        "phases": _names(reading, dimension, reference),
        "factor": math.ldexp(factor.mantissa, factor.exponent),
        "log10_factor": factor.log10,
        "largest": _largest(reading, dimension),
        "orders": None,
        "coefficients": None,
    }


def of_a_state(reading: PhaseDistribution, density: Density, reference: int | None) -> dict[str, Any]:
    """Return the same with the harmonics of a state, where these are not its coherences."""
    found = of_a_reading(reading, density.dimension, reference)
    if reading.levels:
        return found
    harmonics = reading.harmonics(density)
    return found | {"orders": harmonics.orders.tolist(), "coefficients": parts(harmonics.coefficients)}


def _names(reading: PhaseDistribution, dimension: int, reference: int | None) -> list[str]:
    if reading.levels:
        base = 0 if reference is None else reference
        return [f"φ_{one}" if one == base else f"φ_{one} − φ_{base}" for one in range(dimension)]
    count = int(getattr(reading, "phases", 1))
    together = getattr(reading, "distributions", ())
    if count == 1:
        return ["φ_A − φ_B" if len(together) == 2 else "φ"]
    return [f"φ_{letter}" for letter in "ABC"[:count]]


def _largest(reading: PhaseDistribution, dimension: int) -> Any:
    """Return the largest S of any state, where the distribution knows it."""
    if not hasattr(reading, "largest"):
        return None
    try:
        return number(reading.largest(dimension))
    except ArgumentError:
        return None
