"""Units in a study: there are none, and whoever types one is told in what its numbers are.

A model reads "5 MHz" where all of its values have units, and makes plain numbers of them by the one that is its unit.
In a study that one may itself run, and what a number is in units of would run with it.
"""

import re
from typing import Any, Final

import numpy as np

from torusync._checks import ArgumentError, requirement, shown
from torusync.models import Model

_TYPED: Final = re.compile(r"\s*[-+]?[\d.]+(?:[eE][-+]?\d+)?\s*([^\W\d_]+(?:/\w+)?)\s*")
"""A number and what reads like a unit."""

_LOOKED_AT: Final = 1000


def unit_of_frequency(model: type[Model] | None) -> str:
    """Return the symbol of what all numbers of a model are in units of; that of the letter where it has none."""
    return "ω_1" if model is None or model.UNIT is None else model.table()[model.UNIT].symbol


def with_unit(value: object) -> str | None:
    """Return the first text in some values that is a number with a unit."""
    if isinstance(value, str):
        found = _TYPED.fullmatch(value)
        return value if found and found[1] not in {"j", "i", "J"} else None
    if isinstance(value, np.ndarray) and value.dtype.kind in "UO":
        value = value.ravel()[:_LOOKED_AT].tolist()
    if isinstance(value, list | tuple):
        return next((text for one in value[:_LOOKED_AT] if (text := with_unit(one)) is not None), None)
    return None


def unit_refused(name: str, value: Any, model: type[Model] | None) -> ArgumentError | None:
    """Return the error of values with a unit, which says what studies are in, or nothing where none has one."""
    text = with_unit(value)
    if text is None:
        return None
    symbol = unit_of_frequency(model)
    must = f"be in plain numbers: studies are in units of {symbol}, with ħ = k_B = 1"
    return requirement(name, must, f"it holds {shown(text)}; give its ratio to {symbol}")
