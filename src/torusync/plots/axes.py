"""What the pictures share: whose axes, one point of a batch, the unit of an axis, and maps with their colour bars."""

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import numpy as np

from torusync._checks import LARGEST, Real, as_instance, as_number, listed, requirement, shown
from torusync._show import in_greek
from torusync.models import Model
from torusync.phases import Synchronization, synchronization
from torusync.plots.journal import COLOURS, GREY, INK, LUMINANCE
from torusync.sweeps.units import unit_of_frequency

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colorbar import Colorbar
    from matplotlib.contour import ContourSet

NOISE: Final = 1e-11
"""What rounding leaves of equal values of a map, in units of the largest: some hundred times what was seen."""

_LIGHT: Final = 0.55
"""Luminance from which a colour of a map takes dark lines."""


def own_or_new(ax: "Axes | None") -> "Axes":
    """Return the axes handed in, or those of a new figure, which a notebook shows."""
    if ax is None:
        from matplotlib import pyplot as plt  # noqa: PLC0415

        return plt.subplots(layout="constrained")[1]
    return _as_axes(ax, "be the Axes to draw on, or be left out")


def _as_axes(ax: object, must: str) -> "Axes":
    # pyplot, figures and arrays of axes have a method `plot` too, or nearly, and fail halfway
    from matplotlib.axes import Axes  # noqa: PLC0415

    if not isinstance(ax, Axes):
        several = isinstance(ax, np.ndarray | list | tuple)
        raise requirement("ax", must, "it holds several; take one of them" if several else f"it is {shown(ax)}")
    return ax


@contextmanager
def styled(style: Mapping[str, Any]) -> Iterator[None]:
    """Draw with the user's ``style``; what Matplotlib does not take is refused in one sentence.

    Matplotlib alone knows its words, and refuses them by errors of three kinds.
    """
    try:
        yield
    except (AttributeError, TypeError, ValueError) as error:
        if not style:
            raise
        words = ", ".join(f"{name}={shown(value)}" for name, value in style.items())
        said = str(error).rstrip(".").partition("\n")[0]
        raise requirement("style", "be keywords that Matplotlib takes here", f"of {words} it says: {said}") from error


def is_dataset(value: object) -> "TypeGuard[xr.Dataset]":
    """Whether it is an xarray dataset; where nobody has imported xarray, nothing is."""
    loaded = sys.modules.get("xarray")
    return loaded is not None and isinstance(value, loaded.Dataset)


def variable(data: "xr.Dataset", name: str, dims: tuple[str, ...]) -> Real:
    """Return a variable of a dataset with its dimensions in this order.

    Raises
    ------
    ArgumentError
        If it is not there, or has other dimensions; of further ones a value must be chosen.
    """
    if name not in data:
        raise requirement("result", f"hold the variable {listed([name])}", f"it holds {listed(data.data_vars)}")
    found = data[name]
    further = [str(dim) for dim in found.dims if dim not in dims]
    if further or len(found.dims) != len(dims):
        but = f"it has {listed(found.dims)}"
        if further:
            but += "; choose first, as in result.isel(" + ", ".join(f"{listed([dim])}=0" for dim in further) + ")"
        raise requirement("result", f"have {name} over {' and '.join(dims)} alone", but)
    return numbers(name, found.transpose(*dims))


def numbers(name: str, found: "xr.DataArray") -> Real:
    """Return the numbers of a variable of a dataset."""
    if found.dtype.kind not in "biuf":
        raise requirement("result", f"hold real numbers as {name}", f"it holds {found.dtype}")
    return np.asarray(found.to_numpy(), dtype=np.float64)


def require_point(name: str, shape: tuple[int, ...]) -> None:
    """Refuse a batch where one picture shows one point."""
    if shape:
        index = ", ".join("0" * len(shape))
        raise requirement(name, "be one point", f"it is a batch of shape {shape}; take one, as in {name}[{index}]")


def synchronization_of(result: object) -> Synchronization:
    """Return the synchronization of one point, a phase a level: as it is, or worked out of a state or a matrix."""
    sync = result if isinstance(result, Synchronization) else synchronization(result)
    if not sync.distribution.levels:
        must, found = "have a phase for every level, as SUD() reads them", f"it is read by {sync.distribution!r}"
        raise requirement("result", must, f"{found}; plot_phases draws it")
    require_point("result", sync.pair_sum.shape)
    if not np.isfinite(sync.pair_sum):
        raise requirement("result", "be that of a state", "there was none: its steady state was refused")
    return sync


def require_height(sync: Synchronization) -> None:
    """Refuse a height that underflows, which would be drawn as none."""
    if sync.underflows:
        advice = "draw its pair_shares or phases instead"
        raise requirement("result", "have an S_max that is no underflow", f"it is 10^{sync.log10_s_max:.6g}; {advice}")


def largest(values: Real) -> float:
    """Return the largest finite modulus; 0 where there is none."""
    return float(np.abs(values).max(initial=0.0, where=np.isfinite(values)))


def unit_of(values: Real, given: object = None) -> float:
    """Return the unit given, or the power of ten in which the largest value is between 1 and 10; 1 where there is none.

    Raises
    ------
    ArgumentError
        If a unit is given that is no positive number.
    """
    top = largest(values)
    if given is not None:
        unit = as_number("unit", given, above=0.0)
        if top / unit > LARGEST:
            raise requirement("unit", "be one that the values can be drawn in", f"it is {unit:g}")
        return unit
    # log10 of a subnormal number rounds; below the normal ones no power of ten divides exactly
    return 10.0 ** math.floor(math.log10(top)) if top >= np.finfo(float).tiny else 1.0


def in_unit(symbol: str, unit: float) -> str:
    """Return the label of an axis drawn in a unit, which is a power of ten unless somebody chose another number."""
    power = round(math.log10(unit))
    if unit == 10.0**power or math.isclose(unit, 10.0**power, rel_tol=1e-12):
        return rf"${symbol}\;(10^{{{power}}})$" if power else f"${symbol}$"
    power = math.floor(math.log10(unit))
    mantissa = f"{unit / 10.0**power:.4g}"
    return rf"${symbol}\;({mantissa}\times 10^{{{power}}})$" if power else rf"${symbol}\;({mantissa})$"


def panel_letter(ax: "Axes", letter: str) -> None:
    """Write "(a)" above the upper left corner of the axes, clear of the data."""
    as_instance("letter", letter, str, "a text")
    _as_axes(ax, "be Axes").set_title(f"({letter})", loc="left", pad=4, fontweight="bold", fontsize=9)


def legend_from(ax: "Axes", first: Sequence[str], **style: Any) -> None:
    """Put a legend on the axes that has these entries first, and the others as they were drawn."""
    ax.legend(*_entries(ax, first), **style)


def legend_below(ax: "Axes", first: Sequence[str], *, second: float) -> None:
    """Put a legend of two columns below the axes, the second from this part of their width on.

    Matplotlib's own columns begin where the texts before them end: in two panels side by side at two places.
    """
    handles, labels = _entries(ax, first)
    half = (len(labels) + 1) // 2
    look: dict[str, Any] = {"loc": "upper left", "borderaxespad": 0.0}
    left = ax.legend(handles[:half], labels[:half], bbox_to_anchor=(0.0, -0.2), **look)
    ax.add_artist(left)
    left.set_clip_on(False)  # what is clipped to the axes finds no room below them
    ax.legend(handles[half:], labels[half:], bbox_to_anchor=(second, -0.2), **look)


def _entries(ax: "Axes", first: Sequence[str]) -> tuple[list[Any], list[str]]:
    """Return handles and labels; points with error bars as points: the bars are taller than a line of text."""
    handles, labels = ax.get_legend_handles_labels()
    order = [*map(labels.index, first), *(place for place, label in enumerate(labels) if label not in first)]
    found: list[Any] = list(handles)
    shown = [found[place][0] if isinstance(found[place], tuple) else found[place] for place in order]
    return shown, [labels[place] for place in order]


def shade_regimes(
    ax: "Axes", ends: tuple[float, float], cooling: float, driving: float, top: float, *, scale: str = "log"
) -> None:
    """Tint n_h/n_c from one end of the axis up to ``cooling`` and from ``driving`` to the other, and name both."""
    ax.axvspan(ends[0], cooling, color=COLOURS["refrigerator"], alpha=0.07, lw=0)
    ax.axvspan(driving, ends[1], color=COLOURS["engine"], alpha=0.07, lw=0)
    if driving > cooling:
        ax.axvspan(cooling, driving, color=GREY, alpha=0.15, lw=0)
    else:
        ax.axvline(cooling, color=GREY, lw=0.7)
    for first, last, name in ((ends[0], cooling, "refrigerator"), (driving, ends[1], "engine")):
        x = math.sqrt(first * last) if scale == "log" else 0.5 * (first + last)
        ax.text(x, 0.965 * top, name, color=COLOURS[name], ha="center", va="top")
    ax.set(xscale=scale, xlim=ends, ylim=(0.0, top), xlabel=r"$n_h/n_c$")


def colour_map(ax: "Axes", x: Real, y: Real, values: Real, **style: Any) -> "ScalarMappable":
    """Draw ``values`` of shape (len(y), len(x)), given at the points of a grid, as a smooth map."""
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    steps = np.diff(x), np.diff(y)
    if not all(step.size and np.allclose(step, step[0], rtol=1e-6) for step in steps):
        return ax.pcolormesh(x, y, values, **{"shading": "nearest", "rasterized": True, **style})
    half_x, half_y = 0.5 * steps[0][0], 0.5 * steps[1][0]
    extent = (x[0] - half_x, x[-1] + half_x, y[0] - half_y, y[-1] + half_y)
    plain: dict[str, Any] = {"origin": "lower", "extent": extent, "interpolation": "bilinear", "aspect": "auto"}
    image = ax.imshow(values, **{**plain, **style})
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    return image


def colour_bar(
    ax: "Axes",
    mesh: "ScalarMappable",
    label: str,
    lines: Sequence["ContourSet"] = (),
    *,
    place: tuple[float, float, float, float] = (1.04, 0.0, 0.05, 1.0),
) -> "Colorbar":
    """Put a colour bar close to the right of the axes, as tall as they are, with the lines of equal height on it.

    ``place`` puts it elsewhere, in units of the axes.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    bar = figure.colorbar(mesh, cax=ax.inset_axes(place))
    bar.set_label(label)
    if bar.solids is not None:
        bar.solids.set_edgecolor("face")  # no hairlines between the steps in vector output
    lowest, highest = mesh.get_clim()
    for drawn in lines:  # by hand: the bar's own way of it forgets which are dashed
        dashes: list[Any] = list(drawn.get_linestyle())
        for level, colour, dash in zip(np.asarray(drawn.levels), cycle(drawn.get_edgecolor()), cycle(dashes)):
            if lowest <= level <= highest:
                bar.ax.axhline(level, color=colour, ls="-" if dash[1] is None else dash, lw=0.8)
    return bar


def level_lines(
    ax: "Axes", grid: tuple[Real, Real, Real], mesh: "ScalarMappable", levels: Sequence[float]
) -> "ContourSet":
    """Draw and label lines of equal height over x, y, values: dark on light colours of the map, light on dark ones."""
    light = mesh.to_rgba(np.asarray(levels))[:, :3] @ LUMINANCE > _LIGHT
    x, y, values = grid
    heights = settled(values, levels)
    lines = ax.contour(
        x, y, heights, levels=list(levels), colors=[INK if one else "white" for one in light], linewidths=0.7
    )
    ax.clabel(lines, fmt=lambda level: f"{level:g}", fontsize=7.0, inline_spacing=2.0)
    return lines


def settled(values: Real, levels: Sequence[float], error: Real | float = 0.0) -> Real:
    """Return values that are no further from a level than rounding, or their error, as that level.

    A plateau at a level is crossed by it wherever its last bits say so, and would be covered with lines of its noise.
    """
    heights = np.sort(np.asarray(levels, dtype=np.float64))
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    noise = np.maximum(NOISE * max(abs(low), abs(high)), error)
    if len(heights) > 1:
        noise = np.minimum(noise, 0.25 * float(np.diff(heights).min()))
    found = values
    for level in heights:
        found = np.where(np.abs(values - level) <= noise, level, found)
    return found


def round_levels(top: float) -> list[float]:
    """Return four to nine round heights between 0 and ``top``, both left out."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    found = MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, top)
    return [float(level) for level in found if 0.02 * top < level < 0.98 * top]


def pi_ticks(ax: "Axes", halves: Sequence[int]) -> None:
    """Label two angle axes, drawn in units of π, at the given multiples of 1/2."""
    ticks = [0.5 * half for half in halves]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])


def axis_label(data: "xr.Dataset", name: str) -> str:
    """Return symbol, or name, and unit of a variable, from its attributes."""
    attrs = data[name].attrs
    symbol, unit = str(attrs.get("symbol", "")), str(attrs.get("units", "1"))
    words = mathematics(symbol) if symbol and symbol != "-" else name.replace("_", " ")
    words = f"${words}$" if words == symbol and re.fullmatch("[A-Za-z]", symbol) else words
    return words if unit in {"", "1"} else f"{words} ({unit_text(unit)})"


_GREEK: Final = "alpha", "beta", "gamma", "delta", "kappa", "lambda", "omega", "phi", "hbar"
"""What TeX is told by its name; other letters are set as they are."""


def mathematics(text: str) -> str:
    """Set what reads like ω_1, omega_1 or kappa_1^A as mathematics; leave alone what is more than symbols."""
    greek = re.sub(rf"\b({'|'.join(_GREEK)})(?![a-z])", r"\\\1 ", text)
    marked = re.sub(r"\^(\w+)", r"^{\1}", re.sub(r"_\{?(\w+)\}?", r"_{\1}", greek))
    raised = "^" in text and not re.fullmatch(r"\w+\^[A-Za-z]", text)  # a part's letter is mathematics, a power is left
    return text if raised or any(sign in text for sign in "$\\{") or not re.search(r"[_Α-ω]", marked) else f"${marked}$"


def unit_text(text: str) -> str:
    """Return a unit as mathematics, if it is one of symbols: of ħ and of the frequency that a model is in units of."""
    if not re.search(r"hbar|_", text):  # a letter alone, or its power: kappa, Gamma^2
        text = in_greek(text)
    text = re.sub(r"[A-Za-z]+", lambda word: word[0] if word[0] in _GREEK else in_greek(word[0]), text)
    if not re.search(r"hbar|omega| |\^-?\d", text):
        return mathematics(text)
    if not re.search(r"hbar|_|[Α-ω]", text):
        return text
    greek = re.sub(rf"\b({'|'.join(_GREEK)})(?![a-z])", r"\\\1", text)
    raised = re.sub(r"\^(-\w+|\w{2,})", r"^{\1}", re.sub(r"_(\w+)", r"_{\1}", greek))
    return "$" + raised.replace(" ", r"\,") + "$"


def time_label(system: object) -> str:
    """Return the label of a time, in units of the frequency that all numbers of a model are in units of."""
    symbol = unit_of_frequency(type(system) if isinstance(system, Model) else None)
    words = r"\omega_1" if symbol == "ω_1" else mathematics(symbol).strip("$")
    return f"{words} t"
