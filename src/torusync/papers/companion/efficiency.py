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
from matplotlib.ticker import MultipleLocator

from torusync.figures.record import Field, assemble, numbers, peak
from torusync.figures.spec import FigureSpec
from torusync.papers.companion import parameters as companion
from torusync.plots.journal import COLOURS, INK
from torusync.sweeps import Study

FAINT: Final = "#8C8C8C"
"""Lighter than a bound, and still three times as dark as paper."""

_THICK: Final = 1.5
"""Width of what is bounded: its bound, not two thirds as wide, can be one grey with it."""

SPLITTINGS: Final = (0.05, 0.1)

_FINDING: Final = (
    "COP ≥ Q_c/(κ_P S_max) in the refrigerator up to p = 3/4 and beyond where |P| ≤ κ_P S_max; "
    "η ≥ κ_P S_max/(Q_inc + κ_Q S_max) in the engine where P ≥ κ_P S_max."
)

_RANGE: Final = (-0.9, 0.9)
_STYLES: Final = dict(zip(SPLITTINGS, ("-", "--"), strict=True))


def _studies(quick: bool) -> tuple[Study, ...]:
    p = np.linspace(*_RANGE, 60 if quick else 200)
    names = "cop", "cop_bound", "heat_cold", "efficiency", "efficiency_bound", "heat_hot_incoherent"
    return (companion.both_regimes(SPLITTINGS, {"dipole_correlation": p}, *names),)


def _compute(quick: bool, swept: xr.Dataset) -> xr.Dataset:
    del quick
    cooling, driving = map(list(companion.REGIMES).index, ("refrigerator", "engine"))
    reached = np.stack([numbers(swept, "cop")[cooling], numbers(swept, "efficiency")[driving]])
    power, heat = companion.kappa_power(swept), companion.kappa_heat(swept, swept["spread"])
    power, heat = (kappa * numbers(swept, "s_max") for kappa in (power, heat))
    # what is proven, and the same law where its premise fails
    laws = {
        "cop": numbers(swept, "heat_cold") / power,
        "efficiency": power / (numbers(swept, "heat_hot_incoherent") + heat),
    }
    proven = {name: numbers(swept, f"{name}_bound") for name in laws}
    least_cop, least_eta = (np.where(np.isnan(proven[name]), law, proven[name]) for name, law in laws.items())
    least = np.stack([least_cop[cooling], least_eta[driving]])
    p = swept["dipole_correlation"].to_numpy()
    dims, law = ("regime", "splitting", "correlation"), "Q_c/(κ_P S_max); κ_P S_max/(Q_inc + κ_Q S_max)"
    premise = "at most 1: refrigerator; at least 1: engine"
    columns = {
        **companion.REGIME,
        **companion.splitting(SPLITTINGS),
        Field("correlation", ("correlation",), "correlation of the hot dipoles", "p", "grid"): p,
        **peak(dims, swept),
        Field("efficiency", dims, "COP Q_c/|P| or efficiency P/Q_h", "COP, η", "bare energies"): reached,
        Field("guaranteed", dims, "what S_max guarantees", "-", law): least,
        Field("premise", dims, "power over its bound", "|P|/(κ_P S_max)", premise): np.abs(companion.share(swept)),
    }
    return assemble(columns, companion.stated([swept], finding=_FINDING))


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    names = {"refrigerator": "COP", "engine": r"$\eta$"}
    p = data["correlation"]
    for ax, (regime, colour) in zip(axes, COLOURS.items(), strict=True):
        part = data.sel(regime=regime)
        for spread, style in _STYLES.items():
            line = part.sel(splitting=spread)
            low, premise = line["guaranteed"].to_numpy(), line["premise"].to_numpy()
            holds = premise <= 1.0 if regime == "refrigerator" else premise >= 1.0
            ax.plot(p, line["efficiency"], style, color=colour, lw=_THICK)
            if not holds.all():
                ax.plot(p, low, style, color=FAINT, lw=0.9)
            ax.plot(p, np.where(holds, low, np.nan), style, color=INK, lw=0.9)
        ax.set(xlim=_RANGE, xlabel="$p$")
        ax.xaxis.set_major_locator(MultipleLocator(0.3))
        ax.set_ylabel(names[regime])
        ax.set_title(rf"{regime}, $n_h/n_c={companion.REGIMES[regime]:g}$", pad=4)
    axes[0].set_ylim(0.0, 0.66)
    axes[1].set_ylim(0.0, 0.9)
    told = rf"solid $\Delta={SPLITTINGS[0]:g}\,\omega_1$, dashed ${SPLITTINGS[1]:g}\,\omega_1$"
    for ax, (regime, colour) in zip(axes, COLOURS.items(), strict=True):
        named = {names[regime]: colour, "bound": INK, "where its premise fails": FAINT}
        lines = [
            Line2D([], [], color=one, lw=_THICK if one == colour else 0.9, label=label) for label, one in named.items()
        ]
        if regime == "refrigerator":
            lines = lines[:2]  # its premise holds
        ax.legend(handles=lines, ncols=len(lines), title=told, title_fontsize=7.5, loc="upper right", columnspacing=1.0)
    companion.say_bookkeeping(axes[0], 0.03, 0.04)


EFFICIENCY: Final[FigureSpec] = companion.PAIR(
    id="efficiency",
    title="Efficiency and coefficient of performance above their bounds by S_max",
    said=("By its title and abstract, synchronization bounds the efficiency from below."),
    alt=(
        "Two panels against p: COP, dark blue, and efficiency, orange, nearly constant, black lines of their bounds "
        "below them; the engine's turns grey where its premise fails, near both ends of p."
    ),
    departures=(
        companion.UNREAD,
        "Δ = 0.05 and 0.1 ω_1 at n_h/n_c = 0.5 and 5. Where its premise fails a line is faint: it is no bound there.",
    ),
    studies=_studies,
    compute=_compute,
    paint=_paint,
)
