"""What is read off a map, as ``ds.torusync``: contours, locking ranges, first orders, and where two quantities cross.

xarray knows it once this module is imported, which whatever makes a dataset of a sweep does.
"""

from typing import Any, Final, final

import contourpy
import numpy as np
import xarray as xr

from torusync._checks import Real, as_name, as_number, listed, requirement, shown
from torusync.sweeps.boundary import first_order_boundary
from torusync.sweeps.crossings import Rows, around_largest, changes
from torusync.sweeps.labelled import Failure, failures
from torusync.sweeps.limits import Limits, limits, limits_of_part, real

_GRID: Final = "straight lines between the points of the grid; what is over within one step is not seen"


@final
@xr.register_dataset_accessor("torusync")  # type: ignore[no-untyped-call]
class Accessor:
    """What is read off a dataset of `sweep`, or of a part of it, with what the grid and the proofs leave open."""

    def __init__(self, ds: xr.Dataset) -> None:
        self._ds = ds

    def failures(self, *, most: int = 100) -> list[Failure]:
        """Return the points that have no value, with their parameters and the reason; see `failures`."""
        return failures(self._ds, most=most)

    def contour(self, quantity: str, threshold: float) -> xr.Dataset:
        """Return the lines along which a quantity over two axes has some value.

        Parameters
        ----------
        quantity
            Its name.
        threshold
            The value.

        Returns
        -------
        xarray.Dataset
            Of points, line after line: ``line``, which of them, and the place on both axes.  These are of the values
            alone, and have no errors; what errors and bounds leave open, `locking_range` says along an axis.

        Raises
        ------
        ArgumentError
            If there is no such quantity, or it has other than two axes.
        """
        values, level = self._of(quantity), as_number("threshold", threshold)
        if values.ndim != 2:
            raise requirement("quantity", "have two axes", f"{quantity!r} has {_named(values)}{_choose(values, 2)}")
        rows, columns = (str(one) for one in values.dims)
        values = values.sortby([rows, columns])
        x, y = (self._along(values, name) for name in (columns, rows))
        if min(x.size, y.size) < 2:
            raise requirement("quantity", "have two points along each axis", f"its shape is {values.shape}")
        numbers = np.ma.masked_invalid(np.asarray(values, dtype=np.float64))
        lines: Any = contourpy.contour_generator(x, y, numbers).lines(level)
        places = np.concatenate([np.reshape(one, (-1, 2)) for one in lines]) if lines else np.empty((0, 2))
        which = np.repeat(np.arange(len(lines)), [len(one) for one in lines])
        told = {"quantity": quantity, "threshold": level, "interpolation": _GRID}
        data = {
            "line": ("point", which, {"long_name": "number of the line", "units": "1"}),
            rows: ("point", places[:, 1], self._ds[rows].attrs),
            columns: ("point", places[:, 0], self._ds[columns].attrs),
        }
        return xr.Dataset(data, attrs=self._source() | told)

    def locking_range(self, threshold: float, *, quantity: str = "s_max", over: str = "detuning") -> xr.Dataset:
        """Return where a quantity stays above a threshold, around its largest value: of a tongue, the locking range.

        Parameters
        ----------
        threshold
            What is to be reached.
        quantity
            Its name.
        over
            The axis that the range lies on.

        Returns
        -------
        xarray.Dataset
            ``lower``, ``upper``, ``width`` over all other axes, nan where the threshold is not reached, and the errors
            of these: the true end lies between a point of the grid that is surely above the threshold, by its value and
            error, and one that is surely below, by its bound.  An infinite error says that the grid ends first, or a
            point has no value.  Where the map has neither error nor bound of the quantity, the errors are those of the
            grid alone, and the attribute ``limits`` says so.

        Raises
        ------
        ArgumentError
            If there is no such quantity, or not over this axis, or the error that it says is not in the map.
        """
        level = as_number("threshold", threshold)
        values = self._over(self._of(quantity), over)
        known = limits("quantity", self._ds, quantity)
        low, high = (_rows(self._over(one, over).transpose(*values.dims)) for one in (known.low, known.high))
        left, right = around_largest(Rows(self._along(values, over), _rows(values), low, high, level))
        found = {
            "lower": (left.place, left.error, f"where {quantity} rises above the threshold"),
            "upper": (right.place, right.error, f"where {quantity} falls below the threshold"),
            "width": (right.place - left.place, right.error + left.error, "length of the range"),
        }
        told = {"quantity": quantity, "threshold": level, "over": over, "interpolation": _GRID, "limits": known.told}
        return self._over_the_rest(values, over, found, told)

    def first_order(self, threshold: float, *, over: str = "drive") -> xr.Dataset:
        """Return the boundary of a tongue to first order: the drive at which a weak one would make S_max a threshold.

        Parameters
        ----------
        threshold
            The value of S_max.
        over
            The axis that is a drive: a parameter that the Hamiltonian is linear in and that nothing else depends on.

        Returns
        -------
        xarray.Dataset
            ``strength``, where S_max to first order about the undriven limit cycle is the threshold, over all other
            axes, and ``slope``, its growth per modulus of the drive, each with an error, in which higher orders are
            not; nan for one that a reading of one's own does not tell.  On the side of positive drives, or of negative
            ones where the axis has no others: a drive turned round may make another maximum.  nan where the first order
            vanishes, as in a blockade, where there is no undriven steady state, or too few levels of a mode, or where
            that is synchronized without the drive.

        Raises
        ------
        ArgumentError
            If it is no map of `sweep`, or ``over`` is no axis of it or no such parameter.
        """
        return first_order_boundary(self._ds, threshold, over)

    def crossing(self, first: str | xr.DataArray, second: str | xr.DataArray, *, over: str) -> xr.Dataset:
        """Return where two quantities are equal along an axis: where one mechanism takes over from another.

        Parameters
        ----------
        first, second
            Their names, or parts of them such as ``ds.shares.sel(set="mutual")``, with the labels that the selection
            leaves: the errors and proven bounds beside them are selected by these.  An array that was worked out has no
            error that is known, and is refused; `xarray.Dataset.assign` puts it into the map, with the name of its
            error as its attribute ``error``.
        over
            The axis.

        Returns
        -------
        xarray.Dataset
            ``place`` and ``place_error`` over all other axes and ``crossing``, which counts them; nan where there are
            fewer.  An infinite error says that the errors and bounds of both leave open whether they cross.  Places are
            those of the values: where these do not cross, none is told, though errors may be large.  What the errors
            are by, the attributes ``first_limits`` and ``second_limits`` say: where the map has neither error nor bound
            of a quantity, by the grid alone.

        Raises
        ------
        ArgumentError
            If there is no such quantity, or not over this axis, or an array is no part of the map, or the error that a
            quantity says is not in it.
        """
        a, b = (self._side(name, one) for name, one in (("first", first), ("second", second)))
        try:
            x, x_low, x_high, y, y_low, y_high = xr.broadcast(a.values, a.low, a.high, b.values, b.low, b.high)
            difference, low, high = x - y, x_low - y_high, x_high - y_low
        except (TypeError, ValueError):  # xarray says on many lines which labels differ
            raise requirement("second", "lie on the axes of `first`, with labels of one kind", "it does not") from None
        values = self._over(difference, over)
        edges = (_rows(self._over(one, over).transpose(*values.dims)) for one in (low, high))
        place, error = changes(self._along(values, over), _rows(values), *edges)
        names = [str(one.values.name) for one in (a, b)]
        told = {"first": names[0], "second": names[1], "over": over, "interpolation": _GRID}
        told |= {"first_limits": a.told, "second_limits": b.told}
        found = {"place": (place, error, f"where {names[0]} and {names[1]} are equal")}
        return self._over_the_rest(values, over, found, told, further=("crossing",))

    def _side(self, name: str, value: object) -> Limits:
        """Return one of two quantities to be compared."""
        if isinstance(value, xr.DataArray):
            return limits_of_part(name, self._ds, value)
        if isinstance(value, str):
            return limits(name, self._ds, as_name("quantity", value, self._ds.data_vars))
        raise requirement(name, "be the name of a quantity, or an array", f"it is {shown(value)}")

    def _of(self, quantity: object) -> xr.DataArray:
        return real("quantity", self._ds[as_name("quantity", quantity, self._ds.data_vars)])

    def _over(self, values: xr.DataArray, over: object) -> xr.DataArray:
        """Return values with an axis that rises, the last of them."""
        if not isinstance(over, str) or over not in values.dims:
            raise requirement(
                "over",
                f"be an axis of {'both' if values.name is None else listed([values.name])}",
                f"it is {shown(over)}; there are {_named(values)}",
            )
        if not values.sizes[over]:
            raise requirement("over", "be an axis of some points", f"{shown(over)} has none")
        return values.sortby(over).transpose(..., over)

    def _along(self, values: xr.DataArray, over: str) -> Real:
        labels = np.asarray(values[over])
        if labels.dtype.kind not in "biuf":
            raise requirement("over", "be an axis of numbers", f"{over!r} has {', '.join(map(str, labels[:4]))}")
        return labels.astype(np.float64)

    def _over_the_rest(
        self,
        values: xr.DataArray,
        over: str,
        found: dict[str, Any],
        told: dict[str, Any],
        further: tuple[str, ...] = (),
    ) -> xr.Dataset:
        dims = [one for one in values.dims if one != over]
        shape = tuple(values.sizes[one] for one in dims)
        unit = self._ds[over].attrs.get("units", "1") if over in self._ds else "1"
        data: dict[Any, Any] = {}
        doubt = "how far it may lie elsewhere, by the grid and by what is proven"
        for name, (places, errors, words) in found.items():
            more = places.shape[1:]
            attrs = {"long_name": words, "units": unit}
            data[name] = ((*dims, *further), places.reshape(shape + more), attrs | {"error": f"{name}_error"})
            data[f"{name}_error"] = ((*dims, *further), errors.reshape(shape + more), attrs | {"long_name": doubt})
        coords = {name: one for name, one in values.coords.items() if over not in one.dims}
        return xr.Dataset(data, coords, self._source() | told)

    def _source(self) -> dict[str, Any]:
        return {name: self._ds.attrs[name] for name in ("torusync_version", "study_sha256") if name in self._ds.attrs}


def _rows(values: xr.DataArray) -> Real:
    array = np.asarray(values, dtype=np.float64)
    return array.reshape(-1, array.shape[-1])


def _named(values: xr.DataArray) -> str:
    return listed(values.dims)


def _choose(values: xr.DataArray, wanted: int) -> str:
    further = ", ".join(f"{listed([name])}=0" for name in values.dims[: len(values.dims) - wanted])
    return f"; choose first, as in ds.isel({further})" if further else ""
