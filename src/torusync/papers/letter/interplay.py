"""Figs. 2(c) and 2(d): S_max beside the part that the drive alone would give.

Above the dashed line the two mechanisms cooperate, below it they compete.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from torusync._checks import Real
from torusync.figures.record import Field, assemble, attributes, peak
from torusync.models import ThermalMaser
from torusync.papers.letter.closed_form import dissipation_to_drive, entrainment_two_levels, s_max_two_levels
from torusync.papers.letter.parameters import BATHS, DRIVE, N_HOT, RANGE, RATES, REGIME, SPEC, STATED_RATIOS, UNIT
from torusync.plots import plot_shares
from torusync.plots.axes import shade_regimes
from torusync.plots.journal import COLOURS, ENGINE, INK, MARKERS, REFRIGERATOR
from torusync.quantities import Solution, solve
from torusync.steady import Dense

_DASHED: Final = "(|ρ_12| + |ρ_13|)/16π²"
_CAPTION: Final = "caption of Fig. 2"


def _entrainment(solved: Solution) -> Real:
    """Return (|ρ_12| + |ρ_13|)/16π² of the solved states."""
    return np.asarray(np.abs(solved.state.density.row(1)[..., 2:]).sum(axis=-1) / (16.0 * np.pi**2))


def _compute_baths(quick: bool) -> xr.Dataset:
    ratio, line = np.geomspace(*RANGE, 25 if quick else 49), np.geomspace(*RANGE, 401)
    hot, dims, printed = BATHS["n_cold"] * line, ("ratio",), ("line",)
    solved = solve(ThermalMaser([DRIVE, DRIVE], n_hot=BATHS["n_cold"] * ratio[:, np.newaxis], **BATHS), solver=Dense())
    part, s_max = _entrainment(solved), s_max_two_levels(hot, DRIVE, RATES)
    dashed, k = entrainment_two_levels(hot, DRIVE, RATES), dissipation_to_drive(hot, DRIVE, RATES)
    columns = {
        Field("ratio", dims, "ratio of the bath occupations", "n_h/n_c", "grid"): ratio,
        Field("line", printed, "ratio of the bath occupations, printed lines", "n_h/n_c", "grid"): line,
        **peak(dims, solved),
        Field("entrainment", dims, "entrainment contribution, from the solved state", _DASHED, _CAPTION): part,
        Field("s_max_printed", printed, "synchronization, printed", "S_max", "Eqs. (9) to (11)"): s_max,
        Field("entrainment_printed", printed, "entrainment contribution, printed", _DASHED, "Eq. (9)"): dashed,
        Field("k", printed, "dissipation-to-driving ratio", "k", "below Eq. (11)"): k,
    }
    return assemble(columns, attributes([solved], **BATHS, drive=DRIVE, levels=2))


def _paint_baths(axes: Sequence[Axes], data: xr.Dataset) -> None:
    (ax,) = axes
    line = data["line"]
    shade_regimes(ax, RANGE, 1.0, 1.0, 1.08 * float(data["s_max"].max()) / UNIT)
    (dashed,) = ax.plot(line, data["entrainment_printed"] / UNIT, "--", color=INK, label="entrainment part")
    (solid,) = ax.plot(line, data["s_max_printed"] / UNIT, "-", color=INK, label="Eq. (11)")
    for inside, colour in ((data["ratio"] < 1.0, REFRIGERATOR), (data["ratio"] >= 1.0, ENGINE)):
        plot_shares(data[["s_max"]].isel(ratio=np.flatnonzero(inside)), ax, unit=UNIT, color=colour)
    branch = float(line[np.argmin(np.abs(data["k"].to_numpy() - 2.0))])
    ax.plot([branch, branch], [0.0, 0.9], ":", color=INK, lw=0.8)
    ax.text(branch, 1.0, "$k=2$", ha="center", va="bottom", fontsize=7.5)
    dots = Line2D([], [], marker="o", color=INK, ls="", ms=4, label=r"$S_{\max}$ (solver)")
    ax.legend(handles=[dots, dashed, solid], loc="center right", bbox_to_anchor=(1.0, 0.66))


def _compute_drives(quick: bool) -> xr.Dataset:
    ratio = np.linspace(-1.0, 1.0, 20 if quick else 40)  # an even number: none at 0, where a drive would diverge
    held = np.full_like(ratio, DRIVE)
    drives = np.stack([np.stack([DRIVE * ratio, held], axis=-1), np.stack([held, DRIVE / ratio], axis=-1)])
    n_hot = np.array(list(N_HOT.values()))[:, np.newaxis, np.newaxis]
    solved = solve(ThermalMaser(drives[:, np.newaxis], n_hot=n_hot, **BATHS), solver=Dense())
    drawn, dims = "lambda_3 is drawn, lambda_2 is printed", ("held", "regime", "ratio")
    columns = {
        Field("held", ("held",), "the drive that stays at 0.1 omega_1", "λ", drawn): ["lambda_3", "lambda_2"],
        **REGIME,
        Field("ratio", ("ratio",), "ratio of the drives", "λ_2/λ_3", "grid"): ratio,
        **peak(dims, solved),
        Field("entrainment", dims, "entrainment contribution", _DASHED, _CAPTION): _entrainment(solved),
    }
    return assemble(columns, attributes([solved], **BATHS, drive_held=DRIVE, levels=2, **STATED_RATIOS))


def _paint_drives(axes: Sequence[Axes], data: xr.Dataset) -> None:
    (ax,) = axes
    shown = data.sel(held="lambda_3")
    for regime, colour in COLOURS.items():
        plot_shares(shown.sel(regime=regime), ax, unit=UNIT, color=colour)
        ax.lines[-1].set(label=regime, marker=MARKERS[regime])
    ax.set(xlim=(-1.04, 1.04), ylim=(0.0, 1.08 * float(shown["s_max"].max()) / UNIT), xlabel=r"$\lambda_2/\lambda_3$")
    ax.xaxis.set_major_locator(MultipleLocator(0.5))
    dashed, *dots = ax.lines[0], *ax.lines[1::2]
    handles = [*dots, Line2D([], [], color=INK, ls=dashed.get_linestyle(), label="entrainment part")]
    ax.legend(handles=handles, loc="lower center", ncols=3, columnspacing=1.0)


FIG2C: Final = SPEC(
    id="fig2c",
    letter="c",
    title="Cooperation and competition across the two regimes",
    said=(
        "In the refrigerator (n_h < n_c) S_max lies above what entrainment alone contributes: the mechanisms "
        "cooperate. In the engine (n_h > n_c) it lies below: they compete. S_max vanishes only on the border. "
        "The numbers follow Eq. (11)."
    ),
    alt="S_max against n_h/n_c: circles on a solid line, above a dashed line left of 1 and below it right of 1.",
    departures=(
        "The text does not give the range of the axis; 0.01 to 100 on a logarithmic scale shows both regimes.",
        (
            "In general an engine lies below its entrainment part only for k > 2 − √2. With the printed parameters k "
            "starts at 0.75 on the border and grows, so the condition holds at every engine of this panel."
        ),
    ),
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
    alt="S_max against λ_2/λ_3 from −1 to 1: blue circles above their dashed line, red circles below theirs.",
    departures=(
        "The bath ratios of this panel are not printed; n_h/n_c = 10 and 0.4, those of Fig. 3, are used.",
        (
            "The caption holds λ_2 = 0.1 ω_1 with |λ_2/λ_3| ≤ 1, so that λ_3 would diverge towards ratio 0. Read so, "
            "the engine lies above its entrainment part for |λ_2/λ_3| < 1/(2k) = 1/6, k = γ_h(1 + n_h)/λ_2, against "
            "the statement; with the stronger drive held at 0.1 ω_1, as in Fig. 3, the statement holds at every "
            "ratio. The second reading is drawn; the data file holds both."
        ),
    ),
    compute=_compute_drives,
    paint=_paint_drives,
)
