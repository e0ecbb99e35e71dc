"""Pictures of stores for the command line: a part is chosen, drawn in the journal's style, and written whole.

Drawn through Matplotlib's objects and not pyplot: no window is opened, and no backend of the user's is asked for.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from torusync._checks import Real, requirement
from torusync.files.whole import as_path, atomic_path
from torusync.plots.journal import style
from torusync.plots.maps import plot_map
from torusync.plots.shown import shown
from torusync.plots.tongue import plot_tongue

if TYPE_CHECKING:
    import xarray as xr

PICTURES: Final = ".png", ".svg", ".pdf"
_COLUMN, _BOTH = (3.6, 2.7), (6.8, 4.4)
_UNDATED: Final = {
    ".png": {"Software": None}, ".svg": {"Date": None, "Creator": None}, ".pdf": {"CreationDate": None},
}  # fmt: skip
"""What makes two files of one picture differ."""


def choose(ds: "xr.Dataset", places: Iterable[str]) -> tuple["xr.Dataset", list[str]]:
    """Return a part of a sweep at values of axes, each as ``name=value``, and a line about what was taken.

    Raises
    ------
    ArgumentError
        If there is no such axis, or no such name along it, or a number lies beyond its ends by more than half a step.
    """
    told = []
    for text in places:
        name, sign, value = text.partition("=")
        if not sign or name not in ds.dims:
            raise requirement("at", f"be NAME=VALUE of {', '.join(map(str, ds.dims))}", f"it is {text!r}")
        labels = ds[name].to_numpy()
        if labels.dtype.kind in "iuf":
            try:
                wanted = float(value)
            except ValueError:
                raise requirement("at", f"be a number for {name}", f"it is {text!r}") from None
            index = _nearest(labels, wanted)
            if index < 0:
                must = f"lie on the axis {name}, from {labels.min():g} to {labels.max():g}"
                raise requirement("at", must, f"it is {text!r}")
            if f"{labels[index]:g}" != f"{wanted:g}":  # two that read alike differ by rounding
                told.append(f"{name} = {labels[index]:g} is the nearest to {wanted:g}")
        elif value in labels.astype(str):
            index = int(np.flatnonzero(labels.astype(str) == value)[0])
        else:
            raise requirement("at", f"be one of {', '.join(map(str, labels))} for {name}", f"it is {text!r}")
        ds = ds.isel({name: index})
    return ds, told


def _nearest(labels: Real, wanted: float) -> int:
    """Return the point of an axis that is nearest to a number, or −1 where it lies off the axis."""
    index = int(np.argmin(np.abs(labels - wanted))) if np.isfinite(wanted) else 0
    others = np.abs(np.delete(labels, index) - labels[index])
    # one point has no step: there, digits that nobody types may lack
    room = 0.5 * float(others.min()) if others.size else 1e-3 * abs(float(labels[index]))
    inside = labels.min() <= wanted <= labels.max() or abs(labels[index] - wanted) <= room
    return index if inside else -1


def save_plot(ds: "xr.Dataset", quantity: str, path: str | Path, *, threshold: float | None = None) -> None:
    """Draw a quantity of a sweep by `plot_map` and write it as PNG, SVG or PDF, whole or not at all.

    Parameters
    ----------
    ds, quantity
        As of `plot_map`.
    path
        Ends in ``.png``, ``.svg`` or ``.pdf``.
    threshold
        Draws a tongue, with the range in which the quantity is no less.

    Raises
    ------
    ArgumentError
        If it cannot be drawn, or the path ends otherwise.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415

    target = as_path("path", path)
    suffix = target.suffix.lower()
    if suffix not in PICTURES:
        raise requirement("path", f"end in {', '.join(PICTURES)} for a picture", f"it is {str(path)!r}")
    found = shown(ds, quantity)
    with style():
        figure = Figure(figsize=_BOTH if len(found.dims) == 3 else _COLUMN, layout="constrained")
        ax = figure.subplots()
        if threshold is None:
            plot_map(ds, quantity, ax)
        else:
            plot_tongue(ds.squeeze(), ax, quantity=quantity, over=across_and_up(ds, quantity), threshold=threshold)
        with atomic_path(target) as temporary:
            figure.savefig(temporary, format=suffix[1:], metadata=_UNDATED[suffix])


def across_and_up(ds: "xr.Dataset", quantity: str) -> tuple[str, str]:
    """Return the two axes of a tongue: what is called the detuning across, or the last axis.

    Raises
    ------
    ArgumentError
        If there are not two axes of numbers.
    """
    dims = shown(ds, quantity).dims
    if len(dims) != 2:
        raise requirement(
            "threshold", "be given for a map of two axes", f"{quantity!r} has {', '.join(dims) or 'none'}"
        )
    across = "detuning" if "detuning" in dims else dims[-1]
    return across, dims[0] if across == dims[1] else dims[1]


def locking_lines(ds: "xr.Dataset", quantity: str, threshold: float) -> list[str]:
    """Return what a person reads of the locking range of a tongue at a threshold."""
    from torusync.sweeps.accessor import Accessor  # noqa: PLC0415  (imports xarray)

    across, up = across_and_up(ds, quantity)
    found = Accessor(ds.squeeze()).locking_range(threshold, quantity=quantity, over=across)
    width, error, y = (found[one].to_numpy() for one in ("width", "width_error", up))
    there, known = np.isfinite(width), np.isfinite(error)
    reached = f"{quantity} is {threshold:g} or more over some {across} at {there.sum()} of {there.size} values of {up}"
    lines = [f"{reached}; at {(there & ~known).sum()} of them the range is not closed"]
    if known.any():
        widest = int(np.nanargmax(np.where(known, width, np.nan)))
        lines.append(f"Widest closed range: {width[widest]:.6g} ± {error[widest]:.2g} at {up} = {y[widest]:.6g}")
    return lines
