"""Datasets that explain themselves: attributes of variables, and the evidence behind a set of solved machines.

h5netcdf stores no Boolean attributes, so counts stand where a flag would do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, final

import numpy as np
import xarray as xr

from torusync.quantities import QUANTITIES, Solution


class Field(NamedTuple):
    """One variable or coordinate of a dataset: what it is, before there is a value.

    ``units`` is "1" where there is no dimension.  A field named like its only dimension is a coordinate.
    """

    name: str
    dims: tuple[str, ...]
    long_name: str
    symbol: str
    source: str
    units: str = "1"


def of_quantity(name: str, *dims: str, renamed: str = "", symbol: str = "", source: str = "") -> Field:
    """Return the field of a registered quantity; a figure may show it under a name, symbol or source of its own."""
    one = QUANTITIES[name]
    return Field(renamed or name, dims, one.long_name, symbol or one.symbol, source or one.source, one.units.label)


def bounded(*dims: str, name: str = "s_max", symbol: str = "S_max", source: str = "Eq. (4)") -> tuple[Field, Field]:
    """Return the fields of a maximum and of its proven upper bound: none is stored without the other."""
    return (
        of_quantity("s_max", *dims, renamed=name, symbol=symbol, source=source),
        of_quantity("s_max_bound", *dims, renamed=f"{name}_bound", symbol=f"{symbol}^+"),
    )


def assemble(schema: Iterable[Field], values: Mapping[str, Any], attrs: Mapping[str, str | float]) -> xr.Dataset:
    """Build a dataset from its schema and one value for each field."""
    variables = {
        field.name: (
            field.dims,
            values[field.name],
            {"long_name": field.long_name, "units": field.units, "symbol": field.symbol, "source": field.source},
        )
        for field in schema
    }
    coords = {name: entry for name, entry in variables.items() if entry[0] == (name,)}
    return xr.Dataset({name: variables[name] for name in variables if name not in coords}, coords, dict(attrs))


@final
@dataclass
class Tally:
    """How a dataset was produced, gathered machine by machine: large ones need not be kept for it.

    ``gap`` is (upper bound − S_max)/(upper bound), the largest over all machines with any coherence.
    """

    solvers: set[str] = field(default_factory=set)
    machines: int = 0
    certified: int = 0
    gap: float = 0.0
    residual: float = 0.0

    def add(self, part: Solution) -> Solution:
        """Count a batch in, and hand it back."""
        self.solvers.add(type(part.state.solver).__name__)
        self.machines += part.synchronization.certified.size
        self.certified += int(np.count_nonzero(part.synchronization.certified))
        self.gap = max(self.gap, float(np.max(part.synchronization.relative_gap)))
        self.residual = max(self.residual, float(np.max(part.state.residual)))
        return part

    def evidence(self) -> dict[str, str | int | float]:
        """Return the summary as attributes of a dataset."""
        return {
            "solver": ", ".join(sorted(self.solvers)),
            "machines": self.machines,
            "certified": self.certified,
            "largest_relative_gap": self.gap,
            "largest_residual": self.residual,
        }


def attributes(parts: Iterable[Solution] | Tally, **parameters: str | float) -> dict[str, str | int | float]:
    """Return dataset attributes: the parameters, how they are meant, and the evidence."""
    if isinstance(parts, Tally):
        tally = parts
    else:
        tally = Tally()
        for part in parts:
            tally.add(part)
    return {**parameters, "units_of_rates": "omega_1 (hbar = k_B = 1)", **tally.evidence()}
