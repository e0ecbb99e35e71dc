"""What a picture of a sweep shows of a quantity: its values, and where there are none, or none that are proven.

A dataset says all of it, in variables that the attributes of the quantity name: status, bound and error.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from textwrap import fill
from typing import TYPE_CHECKING, Any, final

import numpy as np

from torusync._checks import Boolean, Real, as_name, listed, requirement
from torusync.conventions import CERTIFIED_GAP
from torusync.plots.axes import axis_label, is_dataset, largest, unit_of, unit_text
from torusync.sweeps.labelled import beside
from torusync.sweeps.study import REALISATION

if TYPE_CHECKING:
    import xarray as xr

_EVEN = 0.5
_DECADE = 5.0
_ROOM = 32
"""Letters beside an axis of a picture as wide as a column of a journal."""
_PLAIN = 1e-2, 1e4
"""Largest values between which no power of ten is needed."""


@final
@dataclass(frozen=True, eq=False)
class Shown:
    """A quantity over some axes, all arrays of their shape.

    Parameters
    ----------
    data
        The dataset that it is of.
    quantity, dims
        Its name, and those of the axes.
    values
        Means over realisations, where there were any; nan where there is no value.
    deviation
        Standard deviation over them; nan where there were none.
    error
        How far values may be off; 0 where that is not told.
    failed, missing, absent, unproven
        Points that failed, that were not worked out yet, that were and have no value, or an infinite one, such as an
        efficiency where no work is done, and whose bound, or that of one of whose realisations, is not met or not
        finite.
    incomplete
        Points with a value that is the mean of fewer realisations than there are to be: the others are not worked out
        yet, failed, or have none.
    draws
        Number of realisations; 0 without.
    drawn
        The fewest and the most that a value is the mean of.
    places
        Where it was taken on axes that it is not over, as `point` tells it.
    """

    data: "xr.Dataset"
    quantity: str
    dims: tuple[str, ...]
    values: Real
    deviation: Real
    error: Real
    failed: Boolean
    missing: Boolean
    absent: Boolean
    unproven: Boolean
    incomplete: Boolean
    draws: int = 0
    drawn: tuple[int, int] = (0, 0)
    places: tuple[str, ...] = ()

    def at(self, dim: str, index: int) -> "Shown":
        """Return it at one point of an axis."""
        axis = self.dims.index(dim)
        return self._cut(self.dims[:axis] + self.dims[axis + 1 :], lambda one: np.take(one, index, axis=axis))

    def ordered(self, *dims: str) -> "Shown":
        """Return it with its axes in this order."""
        order = [self.dims.index(one) for one in dims]
        return self._cut(dims, lambda one: np.transpose(one, order))

    def _cut(self, dims: tuple[str, ...], cut: Callable[[Any], Any]) -> "Shown":
        names = ("values", "deviation", "error", "failed", "missing", "absent", "unproven", "incomplete")
        return replace(self, dims=dims, **{name: cut(getattr(self, name)) for name in names})

    def labels(self, dim: str) -> Any:
        """Return the labels along an axis."""
        return self.data[dim].to_numpy() if dim in self.data.coords else np.arange(self.data.sizes[dim])

    def numeric(self, dim: str) -> bool:
        """Whether an axis has numbers."""
        return bool(self.labels(dim).dtype.kind in "iuf")

    @property
    def flags(self) -> dict[int, str]:
        """What those of its codes mean that occur, if it has codes."""
        attrs = self.data[self.quantity].attrs
        words = str(attrs.get("flag_meanings", "")).split()
        told = np.ravel(attrs.get("flag_values", []))
        codes = told.tolist() if told.dtype.kind in "iu" else []
        there = set(np.ravel(self.data[self.quantity].to_numpy()).tolist()) if codes else set()
        named = zip(codes, (one.replace("_", " ") for one in words), strict=False)
        return {code: name for code, name in named if code in there}

    def unit(self, given: float | None) -> float:
        """Return the power of ten that it is drawn in: 1 where its values are of ordinary size."""
        top = largest(self.values)
        if self.flags or (given is None and (_PLAIN[0] <= top < _PLAIN[1] or top == 0.0)):
            return 1.0
        return unit_of(self.values, given)

    def label(self, unit: float) -> str:
        """Return its symbol or name, the power of ten and the unit."""
        attrs = self.data[self.quantity].attrs
        symbol = str(attrs.get("symbol", ""))
        name = symbol_of(symbol) or words_of(str(attrs.get("long_name", self.quantity)), symbol)
        mean = f"mean of {self._drawn()} of " if self.draws else ""
        power = round(np.log10(unit))
        parts = [rf"$10^{{{power}}}$"] if power else []
        parts += [unit_text(str(attrs["units"]))] if attrs.get("units", "1") not in {"", "1"} else []
        return f"{mean}{name} ({' '.join(parts)})" if parts else f"{mean}{name}"

    def _drawn(self) -> str:
        """Return of how many draws values are the mean: of all, or of how many of them."""
        few, many = self.drawn
        word = "draw" if self.draws == 1 else "draws"
        if few == self.draws:
            return f"{self.draws} {word}"
        return f"{few if few == many else f'{few} to {many}'} of {self.draws} {word}"

    def axis(self, dim: str) -> str:
        """Return the symbol or name of an axis, and its unit."""
        if dim not in self.data.coords:
            return dim.replace("_", " ")
        symbol, unit = symbol_of(str(self.data[dim].attrs.get("symbol", ""))), self.data[dim].attrs.get("units", "1")
        if not symbol:
            return axis_label(self.data, dim)
        return symbol if unit in {"", "1"} else f"{symbol} ({unit_text(str(unit))})"

    def point(self, dim: str, index: int) -> str:
        """Return how a point of an axis is told."""
        label = self.labels(dim)[index]
        return _place(self.data, dim, label) if self.numeric(dim) else str(label)


def shown(data: object, quantity: str) -> Shown:
    """Return what is to be seen of a quantity, realisations averaged.

    Raises
    ------
    ArgumentError
        If it is no dataset, or has no such quantity, or not one of numbers.
    """
    if not is_dataset(data):
        raise requirement("ds", "be a dataset of sweep", f"it is {type(data).__name__}")
    quantity = as_name("quantity", quantity, data.data_vars)
    names = ["status", *(beside(data[quantity], one) for one in ("bound", "error"))]
    data = data[[quantity, *(one for one in names if one in data and one != quantity)]]
    empty = [dim for dim, size in data[quantity].sizes.items() if not size]
    if empty:
        raise requirement("ds", "have some points", f"it has none along {listed(empty)}")
    for dim in data[quantity].dims:
        labels = data[dim].to_numpy()
        if labels.dtype.kind == "f" and not np.isfinite(labels).all():
            raise requirement("ds", "have finite labels", f"along {listed([dim])} one is not")
        rising = data[dim].dtype.kind not in "iuf" or bool((np.diff(data[dim].to_numpy()) > 0.0).all())
        data = data if rising else data.sortby(dim)
    array = data[quantity]
    if array.dtype.kind not in "biuf":
        raise requirement("quantity", "hold real numbers", f"{quantity!r} holds {array.dtype}")
    values = np.asarray(array, dtype=np.float64)
    codes = np.zeros(array.shape) if quantity == "status" else _beside(data, "status", array, 0.0)
    failed, missing = codes > 0, codes == -1
    if array.dtype.kind in "biu":  # nan has no place among whole numbers
        values = np.where(failed | missing, np.nan, values)
    absent = ~np.isfinite(values) & ~failed & ~missing  # what is infinite has no place in a picture, either
    values = np.where(absent, np.nan, values)
    unproven = _unproven(data, array, values) & ~failed & ~missing & ~absent  # of what is not there, nothing is proven
    places = tuple(_place(data, str(name), one.item()) for name, one in array.coords.items() if not one.ndim)
    nothing = np.full_like(values, np.nan)
    error = np.abs(_beside(data, beside(array, "error"), array, 0.0))
    error = np.where(np.isfinite(error), error, 0.0)
    found = Shown(
        data, quantity, tuple(map(str, array.dims)), values, nothing, error, failed, missing, absent,
        unproven, np.zeros_like(failed), places=places,
    )  # fmt: skip
    found = _averaged(found) if REALISATION in found.dims else found
    for dim, size in zip(found.dims, found.values.shape, strict=True):
        if size == 1:
            found = replace(found.at(dim, 0), places=(*found.places, _place(data, dim, found.labels(dim)[0])))
    return found


def _averaged(found: Shown) -> Shown:
    """Return the mean over the realisations that have a value: in a run that goes on, these are not all of them."""
    axis = found.dims.index(REALISATION)
    draws, there = found.values.shape[axis], np.isfinite(found.values)
    count = there.sum(axis=axis)
    divisor = np.maximum(count, 1)
    mean = np.where(there, found.values, 0.0).sum(axis=axis) / divisor
    spread = np.where(there, found.values - np.expand_dims(mean, axis), 0.0)
    empty = (found.failed | found.missing | found.absent).all(axis=axis)
    failed = np.asarray(empty & found.failed.any(axis=axis))
    known = count[count > 0]
    return replace(
        found,
        dims=found.dims[:axis] + found.dims[axis + 1 :],
        values=np.where(count > 0, mean, np.nan),
        deviation=np.sqrt((spread**2).sum(axis=axis) / np.maximum(count - 1, 1)),
        error=found.error.max(axis=axis),
        failed=failed,
        missing=np.asarray(found.missing.all(axis=axis)),
        absent=np.asarray(empty & found.absent.any(axis=axis) & ~failed),
        unproven=np.asarray(found.unproven.any(axis=axis)),  # of draws that are there
        incomplete=(count > 0) & (count < draws),
        draws=draws,
        drawn=(int(known.min()), int(known.max())) if known.size else (0, 0),
    )


def _place(data: "xr.Dataset", name: str, value: Any) -> str:
    """Return how a value of an axis is told: by its symbol, or its name."""
    attrs = data[name].attrs if name in data.coords else {}
    symbol = symbol_of(str(attrs.get("symbol", ""))) or name.replace("_", " ")
    number = isinstance(value, int | float | complex | np.number)
    return f"{symbol} = {value:.4g}" if number else f"{symbol}: {value}"


def _beside(data: "xr.Dataset", name: str | None, array: "xr.DataArray", otherwise: float) -> Real:
    """Return another variable in the shape of an array."""
    if name not in data or not set(data[name].dims) <= set(array.dims):
        return np.full(array.shape, otherwise)
    return np.asarray(data[name].broadcast_like(array).transpose(*array.dims), dtype=np.float64)


def _unproven(data: "xr.Dataset", array: "xr.DataArray", values: Real) -> Boolean:
    found = np.zeros(array.shape, dtype=np.bool_)
    bound, error = (beside(array, one) for one in ("bound", "error"))
    if bound in data:
        top = _beside(data, bound, array, np.nan)
        with np.errstate(invalid="ignore"):
            found |= ~(np.isfinite(top) & (top - values <= CERTIFIED_GAP * np.abs(top)))
    if error in data:
        found |= ~np.isfinite(_beside(data, error, array, np.nan))
    return found


def logarithmic(labels: Real) -> bool:
    """Whether numbers lie more evenly by their ratios than by their differences, over a range that shows it."""
    if len(labels) < 3 or not (labels > 0.0).all() or labels.max() < _DECADE * labels.min():
        return False
    steps, ratios = np.diff(labels), np.diff(np.log(labels))
    if not ((steps > 0.0).all() or (steps < 0.0).all()):
        return False
    return bool(np.std(ratios) / abs(np.mean(ratios)) < _EVEN * np.std(steps) / abs(np.mean(steps)))


_KNOWN = {"S_max": r"$S_{\max}$", "𝕊_max": r"$\mathbb{S}_{\max}$"}


def words_of(long_name: str, symbol: str) -> str:
    """Return a name with its symbols as mathematics; one that is too long for a column as its symbol, or in lines."""
    short = symbol if symbol and not re.search(r"[{<^]", symbol) else ""
    if len(long_name) > _ROOM:
        long_name = short if 0 < len(short) <= _ROOM else fill(long_name, _ROOM)
    return re.sub(r"(S_max|𝕊_max)\b|(?<![\w$])([A-Za-zΑ-ω])_([A-Za-z]{1,3}|\d)\b", _as_mathematics, long_name)


def _as_mathematics(found: re.Match[str]) -> str:
    return _KNOWN[found[1]] if found[1] else f"${found[2]}_{{{found[3]}}}$"


def symbol_of(text: str) -> str:
    """Return a symbol as mathematics, or nothing where it is more than one symbol."""
    if text in _KNOWN:
        return _KNOWN[text]
    parts = [re.fullmatch(r"([A-Za-zΑ-ω])(?:_(\w+))?(\^[A-Za-z])?", one) for one in text.split("/")]
    if len(parts) > 2:
        return ""
    words = [(f"{one[1]}_{{{one[2]}}}" if one[2] else one[1]) + (one[3] or "") for one in parts if one is not None]
    return f"${'/'.join(words)}$" if len(words) == len(parts) else ""
