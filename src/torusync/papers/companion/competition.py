"""How far competition lifts the power of the engine above its bound: |P|/(κ_P S_max) against k.

For equal drives of degenerate levels on resonance the ratio is 2Nk/(N + k²) up to k = N, and 2k/(2k − N + 1) beyond:
√N at k = √N.  No state of N levels exceeds √N, because the mean of S over N suitable sets of phases is Σ|ρ_1j|/√N.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from torusync._checks import Real
from torusync.figures.record import EVIDENCE, Field, assemble, numbers, peak
from torusync.figures.spec import FigureSpec
from torusync.models import ThermalMaser
from torusync.papers.companion.parameters import N_COLD, PAIR, RATES, UNREAD, say_bookkeeping, stated
from torusync.plots.axes import colour_bar, colour_map
from torusync.plots.journal import GREY, INK
from torusync.plots.torus import MAP
from torusync.sweeps import Study
from torusync.thermo.degenerate import competition, competition_window

_FINDING: Final = (
    "The power of the engine exceeds κ_P S_max in a window of k, most at k = √N, where it is √N times that; no state "
    "of any machine exceeds this factor."
)

LEVELS: Final = (2, 3, 4, 6, 10)
N_HOT: Final = 0.5
_RANGE: Final = (0.2, 30.0)
_MAP_RANGE: Final = (0.2, 12.0)
_WIDEST: Final = 1.5

_SHADES: Final = ("#D55E00", "#B04C00", "#8A3A00", "#622800", "#3A1600")
"""Of the engine's orange, from N = 2 to 10: the lightest is still seen on paper."""


_DAMPING: Final = RATES["gamma_hot"] * (1.0 + N_HOT)
"""γ_h (1 + n_h), which is λ k."""

_WIDTH: Final = _DAMPING + RATES["gamma_cold"] * (1.0 + N_COLD)
"""Γ."""


def _study(axes: Mapping[str, Any], **fixed: Any) -> Study:
    names = "s_max", "pair_sum", "power", *EVIDENCE
    return Study(ThermalMaser, axes, names, fixed={"n_hot": N_HOT, "n_cold": N_COLD, **RATES, **fixed})


def _studies(quick: bool) -> tuple[Study, ...]:
    k, map_k = np.geomspace(*_RANGE, 40 if quick else 160), np.geomspace(*_MAP_RANGE, 61 if quick else 161)
    detuning = _WIDTH * np.linspace(0.0, _WIDEST, 41 if quick else 121)
    return (
        _study({"manifold_levels": LEVELS, "dissipation_ratio": k}),
        _study({"detuning": detuning, "dissipation_ratio": map_k}, manifold_levels=2),
    )


def _share(swept: xr.Dataset) -> Real:
    """Return P/(κ_P S_max) of degenerate levels with equal drives, κ_P S_max being 2λ (ω_2 − ω_1) ΣS."""
    drive = _DAMPING / swept["dissipation_ratio"].to_numpy()
    scale = 2.0 * drive * (RATES["omega_hot"] - RATES["omega_cold"])
    return np.asarray(numbers(swept, "power") / (scale * numbers(swept, "pair_sum")))


def _compute(quick: bool, lines: xr.Dataset, area: xr.Dataset) -> xr.Dataset:
    del quick
    k, map_k = (one["dissipation_ratio"].to_numpy() for one in (lines, area))
    over, over_map, words, symbol = ("levels", "k"), ("offset", "map_k"), "power over its bound", "P/(κ_P S_max)"
    law = np.stack([competition(count, k) for count in LEVELS])
    columns = {
        Field("levels", ("levels",), "number of levels", "N", "chosen"): np.array(LEVELS),
        Field("k", ("k",), "dissipation-to-driving ratio γ_h(1 + n_h)/λ", "k", "grid"): k,
        **peak(over, lines),
        Field("ratio", over, words, symbol, "κ_P = 2 λ (ω_2 − ω_1) ΣS/S_max"): _share(lines),
        Field("ratio_law", over, f"{words}, in closed form", symbol, "exact degeneracy"): law,
        Field("map_k", ("map_k",), "dissipation-to-driving ratio of the map", "k", "grid"): map_k,
        Field("offset", ("offset",), "detuning over damping", "δ/Γ", "grid"): area["detuning"].to_numpy() / _WIDTH,
        Field("map_ratio", over_map, f"{words}, two levels", symbol, "κ_P = 32 π² λ ω_21"): _share(area),
        Field("map_s_max", over_map, "synchronization of the map", "S_max", "Eq. (4)"): numbers(area, "s_max"),
    }
    attrs = stated([lines, area], n_hot=N_HOT, drive="varied", levels="2 to 10", finding=_FINDING)
    return assemble(columns, attrs)


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    _paint_lines(axes[0], data)
    _paint_map(axes[1], data)


def _plain(ax: Axes, ticks: Sequence[float]) -> None:
    ax.set(xscale="log", xlabel=r"$k=\gamma_h(1+n_h)/\lambda$")
    ax.xaxis.set_major_locator(FixedLocator(list(ticks)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_locator(NullLocator())


def _paint_lines(ax: Axes, data: xr.Dataset) -> None:
    k = data["k"].to_numpy()
    rest, handles = np.geomspace(1.0, 4.0, 50), []
    ax.plot(rest, rest, ":", color=GREY, lw=0.9)
    ax.text(3.75, 3.42, r"$\sqrt{N}$ at $k=\sqrt{N}$", color=GREY, va="center", fontsize=7.5)
    ax.axhline(1.0, color=GREY, lw=0.6)
    for count, colour, mark in zip(data["levels"].to_numpy(), _SHADES, "osD^v", strict=True):
        line = data.sel(levels=count)
        ax.plot(k, line["ratio_law"], "-", color=colour)
        every = slice(2, None, max(1, k.size // 20))
        ax.plot(k[every], line["ratio"][every], mark, color=colour, mec="white", mew=0.4, ms=3.6)
        handles.append(Line2D([], [], color=colour, marker=mark, mec="white", mew=0.4, ms=4, label=f"$N={count}$"))
    ax.set(xlim=_RANGE, ylim=(0.0, 3.6))
    _plain(ax, (0.2, 0.5, 1, 2, 5, 10, 20))
    ax.set_ylabel(r"$P/(\kappa_P S_{\mathrm{max}})$")
    closed = Line2D([], [], color=INK, label="closed form")
    solver = Line2D([], [], color=INK, marker="o", ls="", mec="white", mew=0.4, ms=4, label="solver")
    ax.legend(handles=[*handles, closed, solver], loc="upper left")
    say_bookkeeping(ax, 0.97, 0.04)


def _paint_map(ax: Axes, data: xr.Dataset) -> None:
    k, offset = data["map_k"].to_numpy(), data["offset"].to_numpy()
    look = {"cmap": MAP, "norm": TwoSlopeNorm(1.0, vmin=0.0, vmax=2.0**0.5), "shading": "gouraud", "zorder": 0}
    mesh = colour_map(ax, k, offset, data["map_ratio"].to_numpy(), **look)
    fine = np.sin(0.5 * np.pi * np.linspace(0.0, 1.0, 400, endpoint=False))  # the edges meet at 1 with a steep slope
    for edge in competition_window(2, fine):
        ax.plot(edge, fine, "-", color=INK, lw=0.9)
    ax.text(1.45, 0.25, r"$P>\kappa_P S_{\max}$", color="white", ha="center", va="center", fontsize=8)
    ax.set(xlim=_MAP_RANGE, ylim=(0.0, _WIDEST))
    _plain(ax, (0.2, 0.5, 1, 2, 5, 10))
    ax.set_ylabel(r"$\delta/\Gamma$")
    ax.set_title("$N=2$", pad=4)
    bar = colour_bar(ax, mesh, r"$P/(\kappa_P S_{\mathrm{max}})$")
    bar.set_ticks([0.0, 0.25, 0.5, 0.75, 1.0, 1.1, 1.2, 1.3, 1.4])  # found while drawing, they came after the layout


COMPETITION: Final[FigureSpec] = PAIR(
    id="competition",
    title="The window in which competition lifts the power above its bound",
    said=(
        "By its abstract, power is known to be bounded by synchronization, and coherences that interact can modify "
        "that relation."
    ),
    alt=(
        "Left, the ratio of power to bound against k for 2 to 10 levels, orange to dark brown, peaks on a grey dotted "
        "line; right, a map of it over k and detuning, with a red tongue between black edges in blue."
    ),
    departures=(
        UNREAD,
        "Added here, at the rates of the other figures and n_h/n_c = 5; the drive is varied through k.",
        (
            "Exactly degenerate levels, independent dipoles; with correlations (1+p)k stands for k. Lines in (a) and "
            "edges in (b) are closed forms, dots and colours the solver's."
        ),
    ),
    studies=_studies,
    compute=_compute,
    paint=_paint,
    size=(6.8, 2.7),
)
