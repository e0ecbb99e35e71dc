"""Power and S_max against the detuning of the drive: one line, or one for each of the two transitions."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from torusync.figures.record import Field, assemble
from torusync.figures.spec import FigureSpec
from torusync.papers.companion import parameters as companion
from torusync.plots.journal import COLOURS, GREY, INK, MARKERS
from torusync.sweeps import Study

WIDEST: Final = 0.4
CORRELATION: Final = 0.8
SPLITTINGS: Final = (0.05, 0.2)

_ROOM: Final = 1.3
"""Height of a panel over that of its lines: the legend stands above them."""


def _studies(quick: bool) -> tuple[Study, ...]:
    detuning = np.linspace(-WIDEST, WIDEST, 81 if quick else 401)
    return (companion.both_regimes(SPLITTINGS, {"detuning": detuning}, dipole_correlation=CORRELATION),)


def _compute(quick: bool, swept: xr.Dataset) -> xr.Dataset:
    del quick
    words, symbol = "drive frequency minus the mean transition frequency", "Ω − (ω_2 + ω_3)/2 + ω_1"
    columns = {
        **companion.REGIME,
        **companion.splitting(SPLITTINGS),
        Field("detuning", ("detuning",), words, symbol, "grid", "omega_1"): swept["detuning"].to_numpy(),
        **companion.power(("regime", "splitting", "detuning"), swept),
    }
    cases = [
        (regime, ratio * companion.N_COLD, gap) for regime, ratio in companion.REGIMES.items() for gap in SPLITTINGS
    ]
    places = [
        f"{regime}, Δ = {gap:g} ω_1 = {gap / companion.damping(CORRELATION, n_hot):.2f} Γ, at "
        f"{companion.told(companion.power_maxima(n_hot, gap, CORRELATION))} ω_1"
        for regime, n_hot, gap in cases
    ]
    finding = f"Maxima of |P|: {'; '.join(places)}. Γ = (1+p)γ_h(1+n_2) + γ_c(1+n_c)."
    attrs = companion.stated([swept], dipole_correlation=CORRELATION, finding=finding)
    return assemble(columns, attrs)


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    x = data["detuning"]
    for ax, spread in zip(axes, SPLITTINGS, strict=True):
        for regime, colour in COLOURS.items():
            line = data.sel(regime=regime, splitting=spread)
            mark: dict[str, Any] = {"marker": MARKERS[regime], "markevery": 0.12, "ms": 3.0}
            ax.plot(x, np.abs(line["power"]) / line["kappa_power"] / companion.UNIT, "-", color=colour, **mark)
            ax.plot(x, line["s_max"] / companion.UNIT, "--", color=colour, lw=0.9, **mark)
        for place in (-0.5 * spread, 0.5 * spread):
            ax.axvline(place, 0.0, 1.0 / _ROOM, color=GREY, lw=0.8, ls=":", zorder=1)
        ax.set(xlim=(-WIDEST, WIDEST), ylim=(0.0, None))
        ax.xaxis.set_major_locator(MultipleLocator(0.2))
        ax.set_xlabel(r"$[\Omega-(\bar\omega-\omega_1)]/\omega_1$")
        ax.set_title(rf"$\Delta={spread:g}\,\omega_1$", pad=4)
    axes[0].set_ylabel(r"$|P|/\kappa_P,\;S_{\max}\;\;(10^{-4})$")
    handles = [
        *companion.regime_handles(3.0),
        Line2D([], [], color=INK, label=r"$|P|/\kappa_P$"),
        Line2D([], [], color=INK, ls="--", lw=0.9, label=r"$S_{\max}$"),
        Line2D([], [], color=GREY, ls=":", lw=0.8, label="transitions"),
    ]
    for ax in axes:
        ax.set_ylim(top=_ROOM * ax.get_ylim()[1])
        ax.legend(handles=handles, loc="upper center", ncols=3, columnspacing=1.0)
    companion.say_bookkeeping(axes[0], 0.03, 0.04)


DETUNING: Final[FigureSpec] = companion.PAIR(
    id="detuning",
    title="Power and S_max against detuning, two splittings at p = 0.8",
    said=("By its abstract, the machine is a near-degenerate, four-level extension of the three-level maser."),
    alt=(
        "Two panels against detuning: single peaks of the power at the small splitting; at the large one two of "
        "the engine, near the grey dotted lines, and one of the refrigerator at the right line; dark blue with "
        "squares for the refrigerator, orange with circles for the engine, power solid and S_max dashed."
    ),
    departures=(
        companion.UNREAD,
        (
            "p = 0.8 and Δ = 0.05 and 0.2 ω_1 as in the repository, which draws the power alone; S_max and the "
            "dotted lines at both transitions are added. The repository's refrigerator stands mirrored: its detuning "
            "has the other sign there."
        ),
        (
            "At p = 0.8 two maxima of the engine's power appear at half a damping already, because one superposition "
            "of the levels hardly decays; independent dipoles need Δ of some 1.5 Γ (claim K11)."
        ),
    ),
    studies=_studies,
    compute=_compute,
    paint=_paint,
)
