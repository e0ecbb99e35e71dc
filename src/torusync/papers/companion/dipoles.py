"""Power, S_max and coherent heat against the correlation of the hot dipoles.

Correlations multiply the damping of the bright state by 1 + p, and with it k: the power has its largest value where
that damping suits the drive, and what the hot bath gives through coherences changes sign with p.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from torusync._checks import Real
from torusync.figures.record import Columns, Field, assemble, peak
from torusync.figures.spec import FigureSpec
from torusync.papers.companion import parameters as companion
from torusync.plots.journal import COLOURS, GREY, INK, MARKERS
from torusync.plots.moduli import plot_modulus
from torusync.thermo.degenerate import optimal_correlation

WEAK: Final = 0.01
"""λ of the power, in units of ω_1: half of the other figures', so that the optimum lies inside in both regimes."""

_POWER_FINDING: Final = (
    "At Δ = 0 a correlation multiplies k by 1 + p: the power is largest at p_opt and vanishes towards p = −1, where "
    "S_max is largest."
)
_HEAT_FINDING: Final = "|Q_coh| ≤ κ_Q S_max at every p, splitting and regime, with κ_Q = 64π² γ_h |p| ω_3 (1+n_2)."

_SHOWN: Final = (0.0, *companion.SPLITTINGS)
_STYLES: Final = dict(zip(_SHOWN, (":", "-", "--"), strict=True))
_UNIT: Final = 1e-3
_LOWEST: Final = 1e-2


_DIMS: Final = ("regime", "splitting", "correlation")


def _axes(splittings: Sequence[float], quick: bool) -> tuple[Columns, Real]:
    """Return the axes of both datasets, and p by itself."""
    p = np.linspace(-0.995, 0.995, 80 if quick else 200)
    along = Field("correlation", ("correlation",), "correlation of the hot dipoles", "p", "grid")
    return {**companion.REGIME, **companion.splitting(splittings), along: p}, p


def _compute_power(quick: bool) -> xr.Dataset:
    axes, p = _axes(_SHOWN, quick)
    solved = companion.both_regimes(_SHOWN, drive=WEAK, dipole_correlation=p)
    degenerate = companion.machine(companion.N_COLD * np.array(list(companion.REGIMES.values())), 0.0, drive=WEAK)
    best = Field("best", ("regime",), "correlation of largest power at exact degeneracy", "p_opt", "closed form")
    columns = {**axes, **companion.power(_DIMS, solved), best: optimal_correlation(degenerate).correlation}
    return assemble(columns, companion.stated([solved], drive=WEAK, finding=_POWER_FINDING))


def _compute_heat(quick: bool) -> xr.Dataset:
    axes, p = _axes(companion.SPLITTINGS, quick)
    solved = companion.both_regimes(dipole_correlation=p)
    unit, heat, factor = (
        companion.POWER_UNIT,
        "heat from the hot bath through coherences",
        "64 π² γ_h |p| ω_3 (1 + n_2)",
    )
    coherent, constant = solved["heat_hot_coherent"], solved.bounds.kappa_heat
    columns = {
        **axes,
        **peak(_DIMS, solved),
        Field("coherent", _DIMS, heat, "Q_coh", "bare energies", unit): coherent,
        Field("kappa_heat", _DIMS, "coherent heat per S_max in its bound", "κ_Q", factor, unit): constant,
    }
    return assemble(columns, companion.stated([solved], finding=_HEAT_FINDING))


def _frame(ax: Axes) -> None:
    ax.set(xlim=(-1.0, 1.0), xlabel="$p$")
    ax.xaxis.set_major_locator(MultipleLocator(0.5))


def _paint_power(axes: Sequence[Axes], data: xr.Dataset) -> None:
    p = data["correlation"]
    for regime, colour in COLOURS.items():
        part = data.sel(regime=regime)
        for spread, style in _STYLES.items():
            line = part.sel(splitting=spread)
            look: dict[str, Any] = {"color": colour, "marker": MARKERS[regime], "markevery": 0.15, "ms": 2.6}
            axes[0].plot(p, np.abs(line["power"]) / _UNIT, ls=style, **look)
            axes[1].plot(p, line["s_max"] / companion.UNIT, ls=style, **look)
        best, exact = float(part["best"]), part.sel(splitting=0.0)
        top = np.interp(best, p, np.abs(exact["power"])) / _UNIT
        axes[0].plot(best, top, "D", color=colour, mec="white", mew=0.5, ms=5)
    axes[0].set_ylabel(r"$|P|\;(10^{-3}\,\hbar\omega_1^2)$")
    axes[1].set_ylabel(r"$S_{\max}\;(10^{-4})$")
    for ax in axes:
        ax.set_ylim(0.0)
        _frame(ax)
    diamond = Line2D([], [], color=INK, ls="", marker="D", ms=4, label=r"$p_{\mathrm{opt}}$ at $\Delta=0$")
    shared = [*companion.regime_handles(2.6), *companion.splitting_handles(_STYLES)]
    axes[0].legend(handles=[*shared, diamond], loc="upper right", ncols=2, columnspacing=1.0)
    axes[0].set_ylim(top=1.35 * axes[0].get_ylim()[1])  # room for it
    axes[1].legend(handles=shared, loc="upper right")
    companion.say_bookkeeping(axes[0], 0.97, 0.04)


def _paint_heat(axes: Sequence[Axes], data: xr.Dataset) -> None:
    p = data["correlation"].to_numpy()
    for ax, (regime, colour) in zip(axes, COLOURS.items(), strict=True):
        part = data.sel(regime=regime)
        for spread in companion.SPLITTINGS:
            line, style = part.sel(splitting=spread), _STYLES[spread]
            bound = (
                np.sign(p) * line["kappa_heat"] * line["s_max"] / _UNIT
            )  # in proportion to |p|: zero between two points
            plot_modulus(ax, p, bound.to_numpy(), lowest=_LOWEST, signs=False, ls=style, color=GREY, lw=0.9)
            plot_modulus(ax, p, line["coherent"].to_numpy() / _UNIT, lowest=_LOWEST, ls=style, color=colour)
        ax.set(yscale="log", ylim=(_LOWEST, 4e2))
        _frame(ax)
        ax.set_title(rf"{regime}, $n_h/n_c={companion.REGIMES[regime]:g}$", pad=4)
        handles = [
            Line2D([], [], color=colour, label=r"$|Q_{\mathrm{coh}}|$"),
            Line2D([], [], color=GREY, lw=0.9, label=r"$\kappa_Q S_{\max}$"),
            *companion.splitting_handles({spread: _STYLES[spread] for spread in companion.SPLITTINGS}),
            Line2D([], [], color=colour, ls="", marker="^", ms=4.5, label="sign changes"),
        ]
        ax.legend(handles=handles, loc="upper center", ncols=3, columnspacing=1.0)
    axes[0].set_ylabel(r"$|Q_{\mathrm{coh}}|\;(10^{-3}\,\hbar\omega_1^2)$")
    companion.say_bookkeeping(axes[0], 0.03, 0.04)


DIPOLES: Final[FigureSpec] = companion.PAIR(
    id="dipoles",
    title="Power and S_max against the correlation of the dipoles",
    said=("By its abstract, coherences that interact can modify the relation between synchronization and power."),
    alt=(
        "Two panels against p from −1 to 1 at three splittings, dotted, solid and dashed: power, with a diamond at its "
        "maximum in each regime, and S_max; dark blue lines with squares for the refrigerator, orange ones with "
        "circles for the engine."
    ),
    departures=(
        companion.UNREAD,
        (
            f"λ = {WEAK:g} ω_1, so that p_opt of degenerate levels (closed form, diamonds) lies between −1 and 1 in "
            "both regimes."
        ),
    ),
    compute=_compute_power,
    paint=_paint_power,
)

HEAT: Final[FigureSpec] = companion.PAIR(
    id="heat",
    title="Coherent heat and its bound",
    said=(
        "By its abstract, cooperation and competition of coherences make the coherent heat bounded by synchronization."
    ),
    alt=(
        "Two panels of the modulus of the coherent heat against p in a logarithmic scale, dark blue for the "
        "refrigerator and orange for the engine, each line below a grey line of its own style; lines go down to "
        "triangles where the heat changes sign, and say plus or minus between."
    ),
    departures=(
        companion.UNREAD,
        "The modulus of Q_coh is drawn: it changes sign at p = 0, and at the small splitting once more near p = 1.",
    ),
    compute=_compute_heat,
    paint=_paint_heat,
)
