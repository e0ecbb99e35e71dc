"""Between which values the true ones of a map lie, by their errors and proven bounds, for it and for parts of it.

An array that was selected from a map still says by what name its error goes, but that error still has all axes of the
map: it is to be selected in the same way, by the labels that the selection leaves.  Where arithmetic was done, what an
array says of its error is wrong, or gone, as the version of xarray has it; so its values are compared with those of the
map, and an array that is no part of it is refused.  An error that is not known must not be read as none.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import xarray as xr

from torusync._checks import requirement, shown
from torusync.sweeps.labelled import beside

_ADVICE: Final = "select it with .sel or .isel, or put it into the map, with its error beside it if it has one"


@final
@dataclass(frozen=True, eq=False)
class Limits:
    """Values of a map, and between which the true ones lie.

    Parameters
    ----------
    values
        Of a quantity.
    low, high
        Of the same axes; the values themselves where the map has neither an error nor a bound of the quantity.
    known
        The names of the error and the bound.
    """

    values: xr.DataArray
    low: xr.DataArray
    high: xr.DataArray
    known: tuple[str, ...]

    @property
    def told(self) -> str:
        """What the limits are by, as a result says it."""
        return ", ".join(self.known) or f"no error or bound of {self.values.name} is in the map"


def limits(argument: str, ds: xr.Dataset, name: Hashable) -> Limits:
    """Return the values of a quantity of a map and what is known of them.

    Parameters
    ----------
    argument
        Whose it is, for the sentence of a refusal.
    ds
        The map.
    name
        One of its variables.

    Raises
    ------
    ArgumentError
        If it is not real, or says an error or a bound that is not in the map, or is that of another quantity.
    """
    values = real(argument, ds[name])
    error, bound = (_evidence(argument, ds, values, role) for role in ("error", "bound"))
    off = xr.zeros_like(values, dtype=np.float64) if error is None else abs(error)
    top = values if bound is None else bound.where(~(bound < values), values)  # nan where there is no bound
    known = tuple(str(one.name) for one in (error, bound) if one is not None)
    return Limits(values, values - off, top + off, known)


def limits_of_part(argument: str, ds: xr.Dataset, array: xr.DataArray) -> Limits:
    """Return values of a part of a quantity of a map, as ``ds.shares.sel(set="mutual")``, and what is known of them.

    Raises
    ------
    ArgumentError
        If it is not real, or no part of the map by its name, labels and values.
    """
    real(argument, array)
    if array.name not in ds.data_vars:
        raise _no_part(argument, f"there is no {shown(array.name)} in it")
    whole = limits(argument, ds, array.name)
    values = whole.values
    for name in set(array.coords) & set(values.coords):
        ours, theirs = values[name].to_numpy(), array[name].to_numpy()
        if not ours.ndim and not theirs.ndim and not np.array_equal(ours, theirs):
            raise _no_part(argument, f"it has {shown(name)} at another value")
    at = {name: _places(argument, name, values, array) for name in values.dims}
    values, low, high = (one.isel(at) for one in (values, whole.low, whole.high))
    if set(values.dims) != set(array.dims):
        raise _no_part(argument, "it has other axes")
    here, there = values.to_numpy(), array.transpose(*values.dims).to_numpy()
    if here.shape != there.shape or not np.array_equal(here, there, equal_nan=here.dtype.kind == "f"):
        raise _no_part(argument, f"its values are not those of {shown(array.name)}")
    return Limits(values, low, high, whole.known)


def real(name: str, array: xr.DataArray) -> xr.DataArray:
    """Return an array of real numbers; refuse another."""
    if array.dtype.kind not in "biuf":
        raise requirement(name, "hold real numbers", f"it holds {array.dtype}")
    return array


def _no_part(argument: str, why: str) -> Exception:
    return requirement(argument, "be a part of the map, for its error to be known", f"{why}; {_ADVICE}")


def _evidence(argument: str, ds: xr.Dataset, values: xr.DataArray, role: str) -> xr.DataArray | None:
    """Return the error or the bound that a quantity says, over its axes; nothing where it says none."""
    if role not in values.attrs:
        return None
    name, said = beside(values, role), shown(values.attrs[role])
    if name is None or name not in ds:
        raise requirement(
            argument, f"have its {role} in the map", f"{values.name!r} says {said}, which is not there; keep both"
        )
    # what is made of a quantity by arithmetic may still say the error of the quantity
    sayers = [one for one, array in ds.data_vars.items() if beside(array, role) == name]
    if len(sayers) > 1 and name != f"{values.name}_{role}":
        raise requirement(
            argument,
            f"have its own {role}",
            f"{values.name!r} says {said}, as {len(sayers) - 1} other does; name its own in its attributes, or none",
        )
    found = real(argument, ds[name])
    if not set(found.dims) <= set(values.dims):
        raise requirement(argument, f"have the axes of its {role}", f"{said} has further ones")
    return found.broadcast_like(values).transpose(*values.dims)


def _places(argument: str, name: Hashable, values: xr.DataArray, array: xr.DataArray) -> Any:
    """Return where on an axis of a map a part of it lies: one place where it is chosen, else one for each label."""
    if name not in values.coords:
        if array.sizes.get(name) != values.sizes[name]:
            raise _no_part(argument, f"where it lies on {shown(name)} is not known, which has no labels")
        return slice(None)
    if name not in array.coords:
        raise _no_part(argument, f"it has lost {shown(name)}; leave `drop` out")
    labels, wanted = values[name].to_numpy(), array[name].to_numpy()
    if array[name].dims not in {(), (name,)}:
        raise _no_part(argument, f"its labels of {shown(name)} lie on another axis")
    try:
        place = {label: number for number, label in enumerate(labels.tolist())}
        if len(place) < len(labels):
            raise _no_part(argument, f"labels of {shown(name)} are there twice")
        found = [place[one] for one in np.atleast_1d(wanted).tolist()]
    except (KeyError, TypeError):
        raise _no_part(argument, f"it has {shown(name)} at other labels") from None
    return found if wanted.ndim else found[0]
