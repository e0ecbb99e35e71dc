"""What is marked in a picture of a sweep, and how it is told: what failed, is not worked out yet, has no value, ...

A map that hid these points would look finished.  Each kind has its own hatch, or its own dot on a line, and its number
above the picture.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from torusync._checks import Boolean, Real
from torusync.plots.journal import INK
from torusync.plots.shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FAILED, _MISSING, _ABSENT, _INCOMPLETE, _UNPROVEN = "xxxx", "----", "||||", "////", "...."
_STRIP: Final = 0.04
"""Height of a strip for the points of one of several lines that have no value, in units of the axes."""
TITLE: Final = 11.0
"""Height of a line of small text, in points."""


def hatch_lines(ax: "Axes", edges: Real, drawn: list[tuple[Shown, Any]]) -> None:
    """Hatch where no line has a value from bottom to top, and where some have one in a strip of the colour of each."""
    for name, hatch in (("failed", _FAILED), ("missing", _MISSING), ("absent", _ABSENT)):
        masks = [getattr(part, name) for part, _ in drawn]
        every = np.logical_and.reduce(masks)
        for start, stop in _runs(every):
            ax.axvspan(edges[start], edges[stop], fc="none", ec="0.6", hatch=hatch, lw=0.0, zorder=0)
        for number, (mask, (_, colour)) in enumerate(zip(masks, drawn, strict=True)):
            ends = {"ymin": number * _STRIP, "ymax": (number + 0.8) * _STRIP}
            for start, stop in _runs(mask & ~every):
                ax.axvspan(edges[start], edges[stop], **ends, fc="none", ec=colour, hatch=hatch, lw=0.4, zorder=0)


def hatch_map(ax: "Axes", x: Real, y: Real, found: Shown) -> None:
    """Hatch the points of each kind on a map."""
    for mask, hatch in (
        (found.failed, _FAILED), (found.missing, _MISSING), (found.absent, _ABSENT), (found.incomplete, _INCOMPLETE),
        (found.unproven, _UNPROVEN),
    ):  # fmt: skip
        if mask.any():
            _region(ax, x, y, mask, hatch)


def _region(ax: "Axes", x: Real, y: Real, mask: Boolean, hatch: str) -> None:
    """Hatch the points of a mask, with an edge that is seen on dark and on bright."""
    region = mask.astype(np.float64)
    ax.contourf(x, y, region, levels=[0.5, 1.5], colors="none", hatches=[hatch]).set(edgecolor="0.35", linewidth=0.0)
    if region.all():
        return
    for colour, width, line in (("white", 1.6, "-"), (INK, 0.8, ":")):
        ax.contour(x, y, region, levels=[0.5], colors=colour, linewidths=width, linestyles=line)


def edges_of(centres: Real, *, log: bool) -> Real:
    """Return the edges of cells around points."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    places = np.log(centres) if log else centres
    inner = 0.5 * (places[1:] + places[:-1])
    found = np.concatenate([[2.0 * places[0] - inner[0]], inner, [2.0 * places[-1] - inner[-1]]])
    return np.exp(found) if log else found


OPEN: Final = {"marker": "o", "ls": "", "mfc": "white", "ms": 4.5}


def half(marker: object) -> dict[str, Any]:
    """Return the look of the half-filled points of a line."""
    return {"marker": marker or "o", "ls": "", "fillstyle": "bottom", "mfcalt": "white", "ms": 4.5}


def _runs(mask: Boolean) -> list[tuple[int, int]]:
    """Return where a mask becomes true, and false again."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(changes[::2], changes[1::2], strict=True)]


def explain_marks(found: Shown, ax: "Axes", *, lined: bool, panelled: bool) -> None:
    """Say above the axes where it is, how many points are marked, and what for."""
    from matplotlib.transforms import offset_copy  # noqa: PLC0415

    room = 3.0 + TITLE if panelled else 3.0  # above the titles of panels
    if found.places:
        ax.set_title(", ".join(found.places), pad=room, fontsize="small")
        room += TITLE * (1 + ax.get_title().count("\n"))
    handles = handles_of(found, lined=lined)
    if not handles:
        return
    old = ax.get_legend()
    ax.legend(
        handles=handles, ncols=3 if len(handles) < 4 else 2, fontsize="small", frameon=False, loc="lower left",
        borderaxespad=0.0, bbox_to_anchor=(0.0, 1.0),
        bbox_transform=offset_copy(ax.transAxes, ax.get_figure(root=True), y=room, units="points"),
    )  # fmt: skip
    if old is not None:
        ax.add_artist(old)


def handles_of(found: Shown, *, lined: bool) -> list[Any]:
    """Return what a legend shows of each kind of marked points, and how many there are."""
    from matplotlib.lines import Line2D  # noqa: PLC0415
    from matplotlib.patches import Patch  # noqa: PLC0415

    marks: list[tuple[Boolean, str, dict[str, Any] | None, str]] = [
        (found.failed, _FAILED, None, "failed"), (found.missing, _MISSING, None, "not worked out yet"),
        (found.absent, _ABSENT, None, "no value"),
        (found.incomplete, _INCOMPLETE, half("o"), "mean of fewer draws"),
        (found.unproven, _UNPROVEN, OPEN, "not proven"),
    ]  # fmt: skip
    handles: list[Any] = []
    for mask, hatch, dots, words in marks:
        label = f"{words} ({np.count_nonzero(mask):,})"
        if mask.any() and lined and dots is not None:
            handles.append(Line2D([], [], color=INK, label=label, **dots))
        elif mask.any():
            handles.append(Patch(fc="white", ec="0.35", lw=0.4, hatch=hatch, label=label))
    return handles
