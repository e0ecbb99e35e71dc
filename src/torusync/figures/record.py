"""Datasets that explain themselves: attributes of variables, and the evidence behind a set of solved machines.

A column of a dataset stands once: a `Field`, which says what it is, with its values.  h5netcdf stores no Boolean
attributes, so counts stand where a flag would do.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from torusync.quantities import QUANTITIES, Solution


class Field(NamedTuple):
    """One variable or coordinate of a dataset: what it is, beside its values.

    ``units`` is "1" where there is no dimension.  A field named like its only dimension is a coordinate.
    """

    name: str
    dims: tuple[str, ...]
    long_name: str
    symbol: str
    source: str
    units: str = "1"


Columns = dict[Field, Any]

Solved = Solution | xr.Dataset
"""Machines that were solved one batch at a time, or swept."""

EVIDENCE: Final = ("certified", "relative_gap")
"""Quantities that every sweep of a figure has, for what its data say of all machines."""


def bounded(
    dims: tuple[str, ...], value: object, upper: object, *, name: str = "s_max", symbol: str = "S_max",
    source: str = "Eq. (4)",
) -> Columns:  # fmt: skip
    """Return a maximum and its proven upper bound: none is stored without the other."""
    top, above = QUANTITIES["s_max"], QUANTITIES["s_max_bound"]
    return {
        Field(name, dims, top.long_name, symbol, source): value,
        Field(f"{name}_bound", dims, above.long_name, f"{symbol}^+", above.source): upper,
    }


def peak(dims: tuple[str, ...], solved: Solved) -> Columns:
    """Return S_max of solved machines and its proven upper bound."""
    return bounded(dims, numbers(solved, "s_max"), numbers(solved, "s_max_bound"))


def numbers(solved: Solved, name: str) -> npt.NDArray[Any]:
    """Return a quantity of solved machines."""
    return np.asarray(solved[name])


def assemble(columns: Mapping[Field, Any], attrs: Mapping[str, str | float]) -> xr.Dataset:
    """Build a dataset from its fields with their values."""
    variables = {one.name: (one.dims, values, _told(one)) for one, values in columns.items()}
    coords = {name: entry for name, entry in variables.items() if entry[0] == (name,)}
    return xr.Dataset({name: variables[name] for name in variables if name not in coords}, coords, dict(attrs))


def _told(one: Field) -> dict[str, str]:
    return {"long_name": one.long_name, "units": one.units, "symbol": one.symbol, "source": one.source}


def attributes(parts: Iterable[Solved], **parameters: str | float) -> dict[str, str | int | float]:
    """Return dataset attributes: the parameters, how they are meant, and the evidence of all parts together."""
    held = list(parts)
    certified = [numbers(one, "certified") for one in held]
    return {
        **parameters,
        "units_of_rates": "omega_1 (hbar = k_B = 1)",
        "solver": ", ".join(sorted({_solver(one) for one in held})),
        "machines": sum(one.size for one in certified),
        "certified": sum(int(np.count_nonzero(one)) for one in certified),
        "largest_relative_gap": max((float(numbers(one, "relative_gap").max()) for one in held), default=0.0),
        "largest_residual": max((float(numbers(one, "residual").max()) for one in held), default=0.0),
    }


def _solver(solved: Solved) -> str:
    return str(solved.attrs["solver"]) if isinstance(solved, xr.Dataset) else type(solved.state.solver).__name__
