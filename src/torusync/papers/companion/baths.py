"""Power and S_max against the ratio of the baths: whether the power stays below its bound, in both regimes."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from torusync.figures.record import Field, assemble, numbers
from torusync.figures.spec import FigureSpec
from torusync.papers.companion import parameters as companion
from torusync.plots.axes import shade_regimes
from torusync.plots.journal import COLOURS, GREY, INK, MARKERS
from torusync.sweeps import Study
from torusync.thermo import Regime

SPLITTINGS: Final = (0.05, 0.12)
_LAST: Final = 2.0
"""Largest n_h/n_c."""


def _studies(quick: bool) -> tuple[Study, ...]:
    count = 60 if quick else 240
    ratio = _LAST * (np.arange(count) + 0.75) / count  # none at 1, where nothing flows, nor at 0, where none is hot
    return tuple(
        companion.study({"spread": SPLITTINGS, "hot_occupation": companion.N_COLD * one}, "power", "regime")
        for one in (ratio, np.array([_LAST]))
    )


def _compute(quick: bool, swept: xr.Dataset, end: xr.Dataset) -> xr.Dataset:
    del quick
    dims, codes = ("splitting", "ratio"), "code of the regime: 1 engine, 2 refrigerator, 3 mixed"
    regime = numbers(swept, "regime").astype(np.int64)
    columns = {
        **companion.splitting(SPLITTINGS),
        Field("ratio", ("ratio",), "ratio of the bath occupations, at ω_2 and ω_1", "n_h/n_c", "grid"): swept[
            "hot_occupation"
        ].to_numpy()
        / companion.N_COLD,
        **companion.power(dims, swept),
        Field("regime", dims, codes, "-", "signs of flux and power"): regime,
    }
    ends = companion.share(end)[:, 0]
    words = [f"{one:.5f} (Δ = {gap:g} ω_1)" for one, gap in zip(ends, SPLITTINGS, strict=True)]
    finding = (
        "|P| ≤ κ_P S_max holds throughout the refrigerator; in the engine, where phases compete, it fails. At n_h/n_c "
        f"= 2 the ratio P/(κ_P S_max) is {' and '.join(words)}."
    )
    return assemble(columns, companion.stated([swept], dipole_correlation=0.0, finding=finding))


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    reach = np.abs(data["power"].to_numpy()) / data["kappa_power"].to_numpy() / companion.UNIT
    ratio, s_max = data["ratio"].to_numpy(), data["s_max"].to_numpy() / companion.UNIT
    top = 1.12 * max(float(reach.max()), float(s_max.max()))
    for index, (ax, spread) in enumerate(zip(axes, data["splitting"].to_numpy(), strict=True)):
        regime = data["regime"].to_numpy()[index]
        edges = 0.5 * (ratio[1:] + ratio[:-1])
        cooling = float(edges[np.count_nonzero(regime == Regime.REFRIGERATOR) - 1])
        driving = float(edges[-np.count_nonzero(regime == Regime.ENGINE)])
        shade_regimes(ax, (0.0, _LAST), cooling, driving, top, scale="linear")
        ax.plot(ratio, s_max[index], "-", color=INK)
        ax.plot(ratio, reach[index], "--", color=GREY, zorder=1.5)
        every = slice(3, None, max(1, len(ratio) // 30))
        for name, code in (("refrigerator", Regime.REFRIGERATOR), ("engine", Regime.ENGINE)):
            shown = np.where(regime == code, reach[index], np.nan)[every]
            ax.plot(ratio[every], shown, MARKERS[name], color=COLOURS[name], mec="white", mew=0.4, ms=4)
        handles: list[Line2D | Patch] = [
            Line2D([], [], color=INK, label=r"$S_{\max}$"),
            Line2D([], [], color=GREY, ls="--", label=r"$|P|/\kappa_P$"),
            *(Line2D([], [], ls="", color=COLOURS[one], marker=MARKERS[one], ms=4, label=one) for one in COLOURS),
        ]
        if driving > cooling:
            handles.append(Patch(color=GREY, alpha=0.3, lw=0, label="neither"))
        ax.legend(handles=handles, loc="center right", bbox_to_anchor=(1.0, 0.66))
        ax.set_title(rf"$\Delta={spread:g}\,\omega_1$", pad=4)
    companion.say_bookkeeping(axes[0], 0.03, 0.04)
    axes[0].set_ylabel(r"$S_{\max},\;|P|/\kappa_P\;\;(10^{-4})$")


BATHS: Final[FigureSpec] = companion.PAIR(
    id="baths",
    title="Power and S_max across the two regimes",
    said=(
        "By its abstract, power is known to be bounded by synchronization, and coherences that interact can modify "
        "that relation."
    ),
    alt=(
        "Two panels of S_max, a solid black line, and the power over its constant, a dashed grey line with dark blue "
        "squares in the refrigerator and orange circles in the engine, against n_h/n_c: the power below S_max left of "
        "1, and above it on the right."
    ),
    departures=(
        companion.UNREAD,
        (
            "Independent dipoles, drive in the middle of the two levels, Δ = 0.05 and 0.12 ω_1 and n_h/n_c up to 2, "
            "as in the repository, which plots the ratio of the two lines here. Between the regimes n_2 and n_3 stand "
            "on both sides of n_c (grey)."
        ),
        (
            "At n_h/n_c = 2 and Δ = 0.12 ω_1 the ratio P/(κ_P S_max) is 0.93 in the authors' public data and 1.13747 "
            "by Eq. (3) of the letter: at Δ ≠ 0 the S_max of their scripts has one phase with another sign. Whether "
            "the printed figure rests on these data could not be read."
        ),
    ),
    studies=_studies,
    compute=_compute,
    paint=_paint,
)
