"""Numbers and codes as a person reads them on a page."""

from enum import IntEnum
from typing import Any, Final

import numpy as np

from torusync._show import in_greek, span
from torusync.quantities import QUANTITIES, Quantity, Solution, Unit

_SIGNS: Final = {"hbar": "ħ", "^2": "²", "^3": "³"}


def pretty(unit: str) -> str:
    """Return a unit with its Greek letters; nothing for a plain number."""
    unit = in_greek(unit)
    for plain, sign in _SIGNS.items():
        unit = unit.replace(plain, sign)
    return "" if unit == "1" else unit


def code(kind: type[IntEnum], value: Any) -> dict[str, Any]:
    """Return what a code means."""
    member = kind(int(value))
    return {"code": int(member), "name": member.name.lower(), "sentence": getattr(member, "sentence", "")}


def text(solution: Solution, one: Quantity) -> str:
    """Return a number with its unit."""
    value = np.asarray(one.of(solution))
    if one.codes is not None:
        return one.codes(int(value)).name.lower().replace("_", " ")
    if value.dtype == np.bool_:
        return "yes" if value else "no"
    unit = pretty(unit_of(solution, one))
    known = bool(np.isfinite(value).all())
    return f"{span(value * solution.factor(one))} {unit}".strip() if known else "–"


def unit_of(solution: Solution, one: Quantity) -> str:
    """Return the unit of a number; nothing for a plain one."""
    return "" if one.units is Unit.ONE else solution.unit(one)


def evidence(solution: Solution, one: Quantity) -> str:
    """Return what is known of a number beside its value, in words."""
    found = solution.evidence(one)
    told = []
    if "bound" in found:
        proven = "proven: at most" if solution.synchronization.certified else "not proven: at most"
        told.append(f"{proven} {text(solution, found['bound'])}")
    if "error" in found:
        told.append(f"± {span(np.asarray(found['error'].of(solution)) * solution.factor(one), 2)}")
    return ", ".join(told)


def known(name: str) -> Quantity:
    """Return a registered quantity."""
    return QUANTITIES[name]
