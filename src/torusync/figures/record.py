"""Datasets that explain themselves: attributes of variables, and the evidence behind a set of solved machines.

A column of a dataset stands once: a `Field`, which says what it is, with its values.  h5netcdf stores no Boolean
attributes, so counts stand where a flag would do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, final

import numpy as np
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


def peak(dims: tuple[str, ...], solved: Solution) -> Columns:
    """Return S_max of solved machines and its proven upper bound."""
    return bounded(dims, solved["s_max"], solved["s_max_bound"])


def assemble(columns: Mapping[Field, Any], attrs: Mapping[str, str | float]) -> xr.Dataset:
    """Build a dataset from its fields with their values."""
    variables = {one.name: (one.dims, values, _told(one)) for one, values in columns.items()}
    coords = {name: entry for name, entry in variables.items() if entry[0] == (name,)}
    return xr.Dataset({name: variables[name] for name in variables if name not in coords}, coords, dict(attrs))


def _told(one: Field) -> dict[str, str]:
    return {"long_name": one.long_name, "units": one.units, "symbol": one.symbol, "source": one.source}


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

    @classmethod
    def of(cls, parts: Iterable[Solution]) -> Self:
        """Return the tally of solved batches."""
        tally = cls()
        for part in parts:
            tally.add(part)
        return tally

    def add(self, part: Solution) -> Solution:
        """Count a batch in, and hand it back."""
        self.solvers.add(type(part.state.solver).__name__)
        self.machines += part.synchronization.certified.size
        self.certified += int(np.count_nonzero(part.synchronization.certified))
        self.gap = max(self.gap, float(np.max(part.synchronization.relative_gap)))
        self.residual = max(self.residual, float(np.max(part.state.residual)))
        return part


def attributes(parts: Iterable[Solution] | Tally, **parameters: str | float) -> dict[str, str | int | float]:
    """Return dataset attributes: the parameters, how they are meant, and the evidence."""
    tally = parts if isinstance(parts, Tally) else Tally.of(parts)
    return {
        **parameters,
        "units_of_rates": "omega_1 (hbar = k_B = 1)",
        "solver": ", ".join(sorted(tally.solvers)),
        "machines": tally.machines,
        "certified": tally.certified,
        "largest_relative_gap": tally.gap,
        "largest_residual": tally.residual,
    }
