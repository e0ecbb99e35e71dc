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

from torusync.figures.record import Field, assemble, bounded
from torusync.figures.spec import FigureSpec
from torusync.papers.companion import parameters as companion
from torusync.plots.axes import panel_letter
from torusync.plots.journal import COLOURS, GREY, INK

FAINT: Final = "#AAAAAA"

CORRELATION: Final = 0.1
"""p: enough for coherent heat to enter the engine's bound, and not to spoil it."""

_FINDING: Final = (
    "COP ≥ Q_c/(κ_P S_max) in the refrigerator; η ≥ κ_P S_max/(Q_inc + κ_Q S_max) in the engine where P ≥ κ_P S_max, "
    "and not for strong drives, where P is smaller."
)

_RANGE: Final = (0.002, 0.5)
_STYLES: Final = dict(zip(companion.SPLITTINGS, ("-", "--"), strict=True))
_DIMS: Final = ("regime", "splitting", "drive")
_SCHEMA: Final = (
    companion.REGIME,
    companion.SPLITTING,
    Field("drive", ("drive",), "strength of either drive", "λ", "grid", "omega_1"),
    *bounded(*_DIMS),
    Field("efficiency", _DIMS, "COP Q_c/|P| or efficiency P/Q_h", "COP, η", "bare energies"),
    Field("guaranteed", _DIMS, "what S_max guarantees", "-", "Q_c/(κ_P S_max); κ_P S_max/(Q_inc + κ_Q S_max)"),
    Field("premise", _DIMS, "power over its bound", "|P|/(κ_P S_max)", "at most 1: refrigerator; at least 1: engine"),
)


def _compute(quick: bool) -> xr.Dataset:
    drive = np.geomspace(*_RANGE, 60 if quick else 200)
    solved = companion.both_regimes(drive=np.stack([drive, drive], axis=-1), dipole_correlation=CORRELATION)
    bounds = solved.bounds
    cooling, driving = map(list(companion.REGIMES).index, ("refrigerator", "engine"))
    cop, efficiency = bounds.cop, bounds.efficiency
    values = companion.measured(solved) | {
        "drive": drive,
        "efficiency": np.stack([cop.quantity[cooling], efficiency.quantity[driving]]),
        "guaranteed": np.stack([cop.limit[cooling], efficiency.limit[driving]]),
        "premise": np.abs(bounds.thermodynamics.power) / (bounds.kappa_power * bounds.synchronization.s_max),
    }
    return assemble(
        _SCHEMA, values, companion.stated([solved], drive="varied", dipole_correlation=CORRELATION, finding=_FINDING)
    )


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    names = {"refrigerator": "COP", "engine": r"$\eta$"}
    drive = data["drive"]
    for ax, letter, (regime, colour) in zip(axes, "ab", COLOURS.items(), strict=True):
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
        panel_letter(ax, letter)
        ax.set_title(rf"{regime}, $n_h/n_c={companion.REGIMES[regime]:g}$", pad=4)
    axes[0].set_ylim(0.0, 0.55)
    axes[1].set_ylim(0.0, 1.2)
    labels = {"bound": INK, "where its premise fails": FAINT}
    handles = [Line2D([], [], color=colour, lw=0.9, label=label) for label, colour in labels.items()]
    axes[1].legend(handles=handles + companion.splitting_handles(_STYLES, GREY), loc="upper left")
    named = {"COP": COLOURS["refrigerator"], "bound": INK}
    lines = [Line2D([], [], color=colour, lw=0.9, label=label) for label, colour in named.items()]
    axes[0].legend(handles=lines, loc="lower left")
    companion.say_bookkeeping(axes[0], 0.97, 0.78)


EFFICIENCY: Final[FigureSpec] = companion.PAIR(
    id="efficiency",
    title="Efficiency and coefficient of performance above their bounds by S_max",
    said=("By its title and abstract, synchronization bounds the efficiency from below."),
    alt=(
        "Two panels against the drive: COP and efficiency nearly constant, black lines of their bounds below them; the "
        "engine's is faint, and rises above the efficiency, for strong drives."
    ),
    departures=(
        companion.UNREAD,
        (f"p = {CORRELATION:g}. Where its premise fails the engine's line is faint: it is no bound there."),
    ),
    compute=_compute,
    paint=_paint,
)
