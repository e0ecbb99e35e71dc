"""Figs. 2(c) and 2(d): S_max beside the part that the drive alone would give.

Above the dashed line the two mechanisms cooperate, below it they compete.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MultipleLocator

from torusync._checks import Real
from torusync.figures.record import Field, assemble, attributes, bounded, numbers, peak
from torusync.papers.letter.closed_form import dissipation_to_drive, entrainment_two_levels, s_max_two_levels
from torusync.papers.letter.parameters import (
    BATHS,
    DRIVE,
    N_HOT,
    RANGE,
    RATES,
    REGIME,
    SPEC,
    STATED_RATIOS,
    UNIT,
    study,
)
from torusync.plots import plot_shares
from torusync.plots.axes import shade_regimes
from torusync.plots.journal import COLOURS, DASHES, INK, MARKERS
from torusync.steady import Dense
from torusync.sweeps import Study

_DASHED: Final = "(|ρ_12| + |ρ_13|)/16π²"
_CAPTION: Final = "caption of Fig. 2"


def _study(axes: Mapping[str, Any], **fixed: Any) -> Study:
    """Return machines that are solved as any Lindblad equation is: nothing is shared with the closed form beside."""
    return study(axes, "s_max", "drive_coherences", manifold_levels=2, solver=Dense(), **fixed)


def _entrainment(swept: xr.Dataset) -> Real:
    """Return (|ρ_12| + |ρ_13|)/16π² of the solved states."""
    return np.asarray(np.abs(numbers(swept, "drive_coherences")).sum(axis=-1) / (16.0 * np.pi**2))


def _studies_of_baths(quick: bool) -> tuple[Study, ...]:
    ratio = np.geomspace(*RANGE, 25 if quick else 49)
    return (_study({"occupation_ratio": ratio}, drive=DRIVE),)


def _compute_baths(quick: bool, swept: xr.Dataset) -> xr.Dataset:
    del quick
    ratio, line = swept["occupation_ratio"].to_numpy(), np.geomspace(*RANGE, 401)
    hot, dims, printed = BATHS["n_cold"] * line, ("ratio",), ("line",)
    part, s_max = _entrainment(swept), s_max_two_levels(hot, DRIVE, RATES)
    dashed, k = entrainment_two_levels(hot, DRIVE, RATES), dissipation_to_drive(hot, DRIVE, RATES)
    columns = {
        Field("ratio", dims, "ratio of the bath occupations", "n_h/n_c", "grid"): ratio,
        Field("line", printed, "ratio of the bath occupations, printed lines", "n_h/n_c", "grid"): line,
        **peak(dims, swept),
        Field("entrainment", dims, "entrainment contribution, from the solved state", _DASHED, _CAPTION): part,
        Field("s_max_printed", printed, "synchronization, printed", "S_max", "Eqs. (9) to (11)"): s_max,
        Field("entrainment_printed", printed, "entrainment contribution, printed", _DASHED, "Eq. (9)"): dashed,
        Field("k", printed, "dissipation-to-driving ratio", "k", "below Eq. (11)"): k,
    }
    return assemble(columns, attributes([swept], **BATHS, drive=DRIVE, levels=2))


def _paint_baths(axes: Sequence[Axes], data: xr.Dataset) -> None:
    (ax,) = axes
    line, every = data["line"], max(1, data.sizes["ratio"] // 24)  # more dots than that hide the line
    shade_regimes(ax, RANGE, 1.0, 1.0, 1.08 * float(data["s_max"].max()) / UNIT)
    for regime, inside in (("refrigerator", data["ratio"] < 1.0), ("engine", data["ratio"] >= 1.0)):
        shown = data[["s_max"]].isel(ratio=np.flatnonzero(inside)[::every])
        plot_shares(shown, ax, unit=UNIT, color=COLOURS[regime], marker=MARKERS[regime], ms=5.0, mew=0.0)
    (dashed,) = ax.plot(line, data["entrainment_printed"] / UNIT, "--", color=INK, label="entrainment part")
    (solid,) = ax.plot(line, data["s_max_printed"] / UNIT, "-", color=INK, lw=0.9, label="Eq. (11)")
    solid.set_path_effects([withStroke(linewidth=1.9, foreground="white")])  # upon the dots, which are as dark
    branch = float(line[np.argmin(np.abs(data["k"].to_numpy() - 2.0))])
    top = float(np.interp(branch, line, data["s_max_printed"])) / UNIT
    (border,) = ax.plot([branch, branch], [0.0, top], ":", color=INK, label="$k=2$: its branches meet")
    for text, aside, across in (("$k<2$", -3, "right"), ("$k>2$", 3, "left")):
        ax.annotate(text, (branch, 0.3), (aside, 0), textcoords="offset points", ha=across, va="center", fontsize=7.5)
    dots = tuple(Line2D([], [], marker=MARKERS[one], color=COLOURS[one], ls="", ms=4.5) for one in COLOURS)
    both = {tuple: HandlerTuple(ndivide=None)}
    labels = [r"$S_{\max}$ (solver)", *(str(one.get_label()) for one in (solid, border, dashed))]
    place: dict[str, Any] = {"loc": "upper right", "bbox_to_anchor": (1.0, 0.9)}
    ax.legend([dots, solid, border, dashed], labels, handler_map=both, **place)


def _ratios(quick: bool) -> Real:
    # an even number: none at 0, where a drive would diverge
    return np.linspace(-1.0, 1.0, 20 if quick else 40)


def _studies_of_drives(quick: bool) -> tuple[Study, ...]:
    ratio = _ratios(quick)
    held, n_hot = np.full_like(ratio, DRIVE), list(N_HOT.values())
    readings = np.stack([DRIVE * ratio, held], axis=-1), np.stack([held, DRIVE / ratio], axis=-1)
    return tuple(_study({"n_hot": n_hot, "drives": {"drive": drives}}) for drives in readings)


def _compute_drives(quick: bool, *swept: xr.Dataset) -> xr.Dataset:
    ratio = _ratios(quick)
    s_max, bound = (np.stack([numbers(one, name) for one in swept]) for name in ("s_max", "s_max_bound"))
    drawn, dims = "lambda_3 is drawn, lambda_2 is printed", ("held", "regime", "ratio")
    columns = {
        Field("held", ("held",), "the drive that stays at 0.1 omega_1", "λ", drawn): ["lambda_3", "lambda_2"],
        **REGIME,
        Field("ratio", ("ratio",), "ratio of the drives", "λ_2/λ_3", "grid"): ratio,
        **bounded(dims, s_max, bound),
        Field("entrainment", dims, "entrainment contribution", _DASHED, _CAPTION): np.stack(
            [_entrainment(one) for one in swept]
        ),
    }
    return assemble(columns, attributes(swept, **BATHS, drive_held=DRIVE, levels=2, **STATED_RATIOS))


def _paint_drives(axes: Sequence[Axes], data: xr.Dataset) -> None:
    (ax,) = axes
    shown = data.sel(held="lambda_3")
    sides = [np.flatnonzero(shown["ratio"] < 0.0), np.flatnonzero(shown["ratio"] > 0.0)]  # both have a cusp between
    for regime, colour in COLOURS.items():
        for side in sides:
            before = len(ax.lines)
            plot_shares(shown.sel(regime=regime).isel(ratio=side), ax, unit=UNIT, color=colour)
            dashed, dots = ax.lines[before:]
            dashed.set(label=f"{regime}, entrainment part", linestyle=DASHES[regime])
            dots.set(label=rf"{regime}, $S_{{\max}}$", marker=MARKERS[regime])
    ax.set(xlim=(-1.04, 1.04), ylim=(0.0, 1.08 * float(shown["s_max"].max()) / UNIT), xlabel=r"$\lambda_2/\lambda_3$")
    ax.xaxis.set_major_locator(MultipleLocator(0.5))
    ax.set_title(rf"$\lambda_3={DRIVE:g}\,\omega_1$ held", pad=4)
    handles = [ax.lines[place] for place in (1, 0, 5, 4)]
    ax.legend(handles=handles, loc="lower center", ncols=2, columnspacing=1.2)


FIG2C: Final = SPEC(
    id="fig2c",
    letter="c",
    title="Cooperation and competition across the two regimes",
    said=(
        "In the refrigerator (n_h < n_c) S_max lies above what entrainment alone contributes: the mechanisms "
        "cooperate. In the engine (n_h > n_c) it lies below: they compete. S_max vanishes only on the border. "
        "The numbers follow Eq. (11)."
    ),
    alt=(
        "S_max against n_h/n_c: dark blue squares on a solid black line above a dashed one left of 1, orange circles "
        "on the solid line below the dashed one right of 1; both lines touch zero at 1. A dotted line marks k = 2."
    ),
    departures=(
        "The text does not give the range of the axis; 0.01 to 100 on a logarithmic scale shows both regimes.",
        (
            "In general an engine lies below its entrainment part only for k > 2 − √2. With the printed parameters k "
            "starts at 0.75 on the border and grows, so the condition holds at every engine of this panel."
        ),
    ),
    studies=_studies_of_baths,
    compute=_compute_baths,
    paint=_paint_baths,
)

FIG2D: Final = SPEC(
    id="fig2d",
    letter="d",
    title="Cooperation and competition under an inhomogeneous drive",
    said=(
        "Competition in the engine (red) and cooperation in the refrigerator (blue) are robust for every ratio of "
        "the two drives, and S_max does not change when a drive changes sign."
    ),
    alt=(
        "S_max against λ_2/λ_3 from −1 to 1, λ_3 held: dark blue squares above a dark blue line of long dashes, orange "
        "circles below an orange line of short dashes."
    ),
    departures=(
        "The bath ratios of this panel are not printed; n_h/n_c = 10 and 0.4, those of Fig. 3, are used.",
        (
            "The caption holds λ_2 = 0.1 ω_1 with |λ_2/λ_3| ≤ 1, so that λ_3 would diverge towards ratio 0. Read so, "
            "the engine lies above its entrainment part for |λ_2/λ_3| < 1/(2k) = 1/6, k = γ_h(1 + n_h)/λ_2, against "
            "the statement; with the stronger drive held at 0.1 ω_1, as in Fig. 3, the statement holds at every "
            "ratio. The second reading is drawn; the data file holds both."
        ),
    ),
    studies=_studies_of_drives,
    compute=_compute_drives,
    paint=_paint_drives,
)
