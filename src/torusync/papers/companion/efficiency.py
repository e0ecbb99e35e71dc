"""Efficiency and coefficient of performance above what S_max guarantees.

The guarantee for the engine joins a bound from below on the power with one from above on the coherent heat: it stands
only where the power exceeds κ_P S_max, and its line is faint elsewhere.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from torusync.figures.record import Field, assemble, peak
from torusync.figures.spec import FigureSpec
from torusync.papers.companion import parameters as companion
from torusync.plots.journal import COLOURS, GREY, INK

FAINT: Final = "#8C8C8C"
"""Lighter than a bound, and still three times as dark as paper."""

CORRELATION: Final = 0.1
"""p: enough for coherent heat to enter the engine's bound, and not to spoil it."""

_FINDING: Final = (
    "COP ≥ Q_c/(κ_P S_max) in the refrigerator; η ≥ κ_P S_max/(Q_inc + κ_Q S_max) in the engine where P ≥ κ_P S_max, "
    "and not for strong drives, where P is smaller."
)

_RANGE: Final = (0.002, 0.5)
_STYLES: Final = dict(zip(companion.SPLITTINGS, ("-", "--"), strict=True))


def _compute(quick: bool) -> xr.Dataset:
    drive = np.geomspace(*_RANGE, 60 if quick else 200)
    solved = companion.both_regimes(drive=np.stack([drive, drive], axis=-1), dipole_correlation=CORRELATION)
    cop, efficiency = solved.bounds.cop, solved.bounds.efficiency
    cooling, driving = map(list(companion.REGIMES).index, ("refrigerator", "engine"))
    reached = np.stack([cop.quantity[cooling], efficiency.quantity[driving]])
    least = np.stack([cop.limit[cooling], efficiency.limit[driving]])
    dims, law = ("regime", "splitting", "drive"), "Q_c/(κ_P S_max); κ_P S_max/(Q_inc + κ_Q S_max)"
    premise = "at most 1: refrigerator; at least 1: engine"
    columns = {
        **companion.REGIME,
        **companion.splitting(),
        Field("drive", ("drive",), "strength of either drive", "λ", "grid", "omega_1"): drive,
        **peak(dims, solved),
        Field("efficiency", dims, "COP Q_c/|P| or efficiency P/Q_h", "COP, η", "bare energies"): reached,
        Field("guaranteed", dims, "what S_max guarantees", "-", law): least,
        Field("premise", dims, "power over its bound", "|P|/(κ_P S_max)", premise): np.abs(companion.share(solved)),
    }
    attrs = companion.stated([solved], drive="varied", dipole_correlation=CORRELATION, finding=_FINDING)
    return assemble(columns, attrs)


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    names = {"refrigerator": "COP", "engine": r"$\eta$"}
    drive = data["drive"]
    for ax, (regime, colour) in zip(axes, COLOURS.items(), strict=True):
        part = data.sel(regime=regime)
        for spread, style in _STYLES.items():
            line = part.sel(splitting=spread)
            low, premise = line["guaranteed"].to_numpy(), line["premise"].to_numpy()
            holds = premise <= 1.0 if regime == "refrigerator" else premise >= 1.0
            ax.plot(drive, line["efficiency"], style, color=colour)
            ax.plot(drive, low, style, color=FAINT, lw=0.9)
            ax.plot(drive, np.where(holds, low, np.nan), style, color=INK, lw=0.9)
        ax.set(xscale="log", xlim=_RANGE)
        ax.set_xlabel(r"$\lambda/\omega_1$")
        ax.set_ylabel(names[regime])
        ax.set_title(rf"{regime}, $n_h/n_c={companion.REGIMES[regime]:g}$", pad=4)
    axes[0].set_ylim(0.0, 0.66)
    axes[1].set_ylim(0.0, 1.4)
    for ax, (regime, colour) in zip(axes, COLOURS.items(), strict=True):
        named = {names[regime]: colour, "bound": INK}
        if regime == "engine":
            named["where its premise fails"] = FAINT
        lines = [Line2D([], [], color=one, lw=0.9, label=label) for label, one in named.items()]
        handles = lines + companion.splitting_handles(_STYLES, GREY)
        ax.legend(
            handles=handles, loc="upper left" if regime == "engine" else "upper right", ncols=2, columnspacing=1.0
        )
    companion.say_bookkeeping(axes[0], 0.03, 0.04)


EFFICIENCY: Final[FigureSpec] = companion.PAIR(
    id="efficiency",
    title="Efficiency and coefficient of performance above their bounds by S_max",
    said=("By its title and abstract, synchronization bounds the efficiency from below."),
    alt=(
        "Two panels against the drive: COP, dark blue, and efficiency, orange, nearly constant, black lines of their "
        "bounds below them; the engine's turns grey, and rises above the efficiency, for strong drives."
    ),
    departures=(
        companion.UNREAD,
        (f"p = {CORRELATION:g}. Where its premise fails the engine's line is faint: it is no bound there."),
    ),
    compute=_compute,
    paint=_paint,
)
