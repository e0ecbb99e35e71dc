"""Power, S_max and coherent heat against the correlation of the hot dipoles, and the heat against the baths, too.

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
from torusync.figures.record import Columns, Field, assemble, bounded, numbers, peak
from torusync.figures.spec import FigureSpec
from torusync.papers.companion import parameters as companion
from torusync.plots.journal import COLOURS, DASHES, GREY, INK, MARKERS
from torusync.sweeps import Study
from torusync.thermo.degenerate import optimal_correlation

SPREAD: Final = 0.02
"""Δ of the power, in units of ω_1."""

HEAT_SPREAD: Final = 0.05
"""Δ of the heat against p; against the baths it is 0."""

HELD: Final = (0.5, -0.99)
"""p of the heat against the baths."""

_HEAT_FINDING: Final = (
    "|Q_coh| ≤ κ_Q S_max at every p, splitting, bath and regime, with κ_Q = 64π² γ_h |p| ω_3 (1+n_2); at p = −0.99 and "
    "Δ = 0 the two nearly touch."
)
_SHOWN: Final = (0.0, SPREAD)
_STYLES: Final = dict(zip(_SHOWN, (":", "-"), strict=True))
_DASHES: Final = dict(zip(HELD, ("-", "--"), strict=True))
_UNIT: Final = 1e-3
_LAST: Final = 0.9
"""Largest |p|."""

_MARKED: Final = {0.0: (0.0, 0.3, 0.6), SPREAD: (-0.75, -0.45, -0.15, 0.15, 0.45, 0.75)}
"""Where lines of the power over p have markers: the two are close, and their markers and the diamonds are not."""

_APART: Final = {"refrigerator": (-0.75, -0.45, 0.3, 0.6), "engine": (-0.6, -0.3, 0.45, 0.75)}
"""Where those of the heat have them: none at 0, where they meet, and not one above the other beyond."""


def _along(quick: bool) -> dict[str, Real]:
    return {"dipole_correlation": np.linspace(-_LAST, _LAST, 80 if quick else 200)}


def _correlations(swept: xr.Dataset) -> Columns:
    p = swept["dipole_correlation"].to_numpy()
    return {Field("correlation", ("correlation",), "correlation of the hot dipoles", "p", "grid"): p}


def _studies_power(quick: bool) -> tuple[Study, ...]:
    return (companion.both_regimes(_SHOWN, _along(quick)),)


def _compute_power(quick: bool, swept: xr.Dataset) -> xr.Dataset:
    del quick
    p, n_hot = swept["dipole_correlation"].to_numpy(), np.array(list(companion.REGIMES.values()))
    best = Field("best", ("regime",), "correlation of largest power at exact degeneracy", "p_opt", "closed form")
    columns = {
        **companion.REGIME,
        **companion.splitting(_SHOWN),
        **_correlations(swept),
        **companion.power(("regime", "splitting", "correlation"), swept),
        best: optimal_correlation(companion.machine(companion.N_COLD * n_hot, 0.0)).correlation,
    }
    share, driving = np.abs(companion.share(swept)[:, 1]), list(companion.REGIMES).index("engine")
    top = int(share[driving].argmax())
    finding = (
        f"At Δ = {SPREAD:g} ω_1 the ratio |P|/(κ_P S_max) of the engine is {share[driving, top]:.4f} at most, at p = "
        f"{p[top]:.2f}, and {share[1 - driving].max():.4f} at most in the refrigerator. At Δ = 0 a correlation "
        "multiplies k by 1 + p, and the power is largest at p_opt."
    )
    return assemble(columns, companion.stated([swept], finding=finding))


def _heat(dims: tuple[str, ...], swept: xr.Dataset, spread: float, prefix: str = "") -> Columns:
    words, factor = "heat from the hot bath through coherences", "64 π² γ_h |p| ω_3 (1 + n_2)"
    coherent = Field(f"{prefix}coherent", dims, words, "Q_coh", "bare energies", companion.POWER_UNIT)
    constant = Field(f"{prefix}kappa_heat", dims, "its bound per S_max", "κ_Q", factor, companion.POWER_UNIT)
    heights = numbers(swept, "s_max"), numbers(swept, "s_max_bound")
    s_max = bounded(dims, *heights, name=f"{prefix}s_max") if prefix else peak(dims, swept)
    return {**s_max, coherent: numbers(swept, "heat_hot_coherent"), constant: companion.kappa_heat(swept, spread)}


def _studies_heat(quick: bool) -> tuple[Study, ...]:
    count = 60 if quick else 240
    ratio = 2.0 * (np.arange(count) + 0.75) / count  # none at 1, where nothing flows, nor at 0
    hot = companion.N_COLD * np.array(list(companion.REGIMES.values()))
    across = {"dipole_correlation": HELD, "hot_occupation": companion.N_COLD * ratio}
    return (
        companion.study({"hot_occupation": hot, **_along(quick)}, "heat_hot_coherent", spread=HEAT_SPREAD),
        companion.study(across, "heat_hot_coherent", spread=0.0),
    )


def _compute_heat(quick: bool, along: xr.Dataset, across: xr.Dataset) -> xr.Dataset:
    del quick
    held, ratio = np.array(HELD), across["hot_occupation"].to_numpy() / companion.N_COLD
    columns = {
        **companion.REGIME,
        **_correlations(along),
        **_heat(("regime", "correlation"), along, HEAT_SPREAD),
        Field("held", ("held",), "correlation of the hot dipoles, held", "p", "authors' repository"): held,
        Field("ratio", ("ratio",), "ratio of the bath occupations, at ω_2 and ω_1", "n_h/n_c", "grid"): ratio,
        **_heat(("held", "ratio"), across, 0.0, "across_"),
    }
    return assemble(columns, companion.stated([along, across], splitting=HEAT_SPREAD, finding=_HEAT_FINDING))


def _paint_power(axes: Sequence[Axes], data: xr.Dataset) -> None:
    p = data["correlation"].to_numpy()
    left, right = axes
    for regime, colour in COLOURS.items():
        part = data.sel(regime=regime)
        for spread, style in _STYLES.items():
            line, places = part.sel(splitting=spread), companion.nearest(p, _MARKED[spread])
            mark = {"marker": MARKERS[regime], "markevery": places, "ms": 3.0}
            look: dict[str, Any] = {"color": colour, "ls": style, **mark}
            left.plot(p, np.abs(line["power"]) / (line["kappa_power"] * line["s_max"]), **look)
            right.plot(p, np.abs(line["power"]) / _UNIT, **look)
        best, exact = float(part["best"]), part.sel(splitting=0.0)
        right.plot(
            best, np.interp(best, p, np.abs(exact["power"])) / _UNIT, "D", color=colour, mec="white", mew=0.5, ms=5
        )
    left.axhline(1.0, color=GREY, lw=0.6)
    left.set_ylabel(r"$|P|/(\kappa_P S_{\max})$")
    right.set_ylabel(r"$|P|\;(10^{-3}\,\hbar\omega_1^2)$")
    for ax in axes:
        ax.set(xlim=(-_LAST, _LAST), xlabel="$p$", ylim=(0.0, 1.35 * ax.get_ylim()[1]))
        ax.xaxis.set_major_locator(MultipleLocator(0.3))
    diamond = Line2D([], [], color=INK, ls="", marker="D", ms=4, label=r"$p_{\mathrm{opt}}$ at $\Delta=0$")
    regimes, splittings = companion.regime_handles(3.0), companion.splitting_handles(_STYLES)
    left.legend(handles=[*regimes, *splittings], loc="upper right", ncols=2, columnspacing=1.0)
    right.legend(handles=[*regimes, diamond, *splittings], loc="upper right", ncols=2, columnspacing=1.0)
    companion.say_bookkeeping(left, 0.97, 0.04)


def _paint_heat(axes: Sequence[Axes], data: xr.Dataset) -> None:
    left, right = axes
    _paint_across(left, data)
    _paint_along(right, data)
    for ax in axes:
        low, high = ax.get_ylim()
        ax.set_ylim(low, high + 0.3 * (high - low))  # room for the legend
        companion.say_bookkeeping(ax, 0.03, 0.95)
    left.set_ylabel(r"$Q_{\mathrm{coh}}\;(10^{-3}\,\hbar\omega_1^2)$")


def _band(ax: Axes, x: xr.DataArray, part: xr.Dataset, prefix: str, **look: Any) -> None:
    """Draw what Q_coh is bounded by, of either sign."""
    reach = (part[f"{prefix}kappa_heat"] * part[f"{prefix}s_max"] / _UNIT).to_numpy()
    ax.fill_between(x, -reach, reach, color=look["color"], alpha=0.1, lw=0)
    for sign in (-1.0, 1.0):
        ax.plot(x, sign * reach, lw=0.9, **look)


def _paint_across(ax: Axes, data: xr.Dataset) -> None:
    ratio = data["ratio"]
    for held in sorted(HELD):  # the wide band below the narrow one
        _band(ax, ratio, data.sel(held=held), "across_", color=GREY)
        inside = (0.4 if held > 0.0 else -0.58) * float(
            (data["across_kappa_heat"] * data["across_s_max"]).sel(held=held)[0]
        )
        ax.text(0.04, inside / _UNIT, f"$p={held:g}$", va="center", fontsize=7.5)
    for held, style in _DASHES.items():
        ax.plot(ratio, data["across_coherent"].sel(held=held) / _UNIT, style, color=INK)
    ax.set(xlim=(0.0, 2.0), xlabel=r"$n_h/n_c$")
    ax.set_title(r"$\Delta=0$", pad=4)
    lines = [
        Line2D([], [], color=INK, ls=style, label=rf"$Q_{{\mathrm{{coh}}}}$, $p={held:g}$")
        for held, style in _DASHES.items()
    ]
    bound = Line2D([], [], color=GREY, lw=0.9, label=r"$\pm\kappa_Q S_{\max}$")
    ax.legend(handles=[*lines, bound], loc="upper right", ncols=2, columnspacing=1.0)


def _paint_along(ax: Axes, data: xr.Dataset) -> None:
    p = data["correlation"]
    handles = companion.regime_handles(3.0)
    ax.axhline(0.0, color=GREY, lw=0.6)
    for regime in ("engine", "refrigerator"):  # the engine's band is the wide one
        colour, part = COLOURS[regime], data.sel(regime=regime)
        _band(ax, p, part, "", color=colour, ls=DASHES[regime])
        places = companion.nearest(p.to_numpy(), _APART[regime])
        ax.plot(p, part["coherent"] / _UNIT, color=colour, marker=MARKERS[regime], markevery=places, ms=3.0)
    for regime, colour in COLOURS.items():
        handles.append(Line2D([], [], color=colour, ls=DASHES[regime], lw=0.9, label=r"$\pm\kappa_Q S_{\max}$"))
    ax.set(xlim=(-_LAST, _LAST), xlabel="$p$")
    ax.xaxis.set_major_locator(MultipleLocator(0.3))
    ax.set_title(rf"$\Delta={HEAT_SPREAD:g}\,\omega_1$", pad=4)
    ax.legend(handles=handles, loc="upper right", ncols=2, columnspacing=1.0)


DIPOLES: Final[FigureSpec] = companion.PAIR(
    id="dipoles",
    title="Power and its bound against the correlation of the dipoles",
    said=("By its abstract, coherences that interact can modify the relation between synchronization and power."),
    alt=(
        "Two panels against p at two splittings, dotted and solid: the power over its bound, above 1 in the engine "
        "alone, and the power, with a diamond at its maximum in each regime; dark blue lines with squares for the "
        "refrigerator, orange ones with circles for the engine."
    ),
    departures=(
        companion.UNREAD,
        (
            "The ratio at Δ = 0.02 ω_1 and n_h/n_c = 5 and 0.5 is drawn by the repository, with a line at p = −1/3, "
            "where (1+p)k = 2 in the engine and its maximum splits. The power, degenerate levels and p_opt (closed "
            "form, diamonds) are added."
        ),
    ),
    studies=_studies_power,
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
        "Left, the coherent heat of degenerate levels against n_h/n_c, black, through zero at 1: at p = 0.5, solid, "
        "well within a band between grey lines, at −0.99, dashed, nearly along the edge of a wider one. Right, against "
        "p, dark blue with squares for the refrigerator and orange with circles for the engine, each through zero "
        "within a band of its colour between dashed lines."
    ),
    departures=(
        companion.UNREAD,
        (
            "Against n_h/n_c at Δ = 0, p = 0.5 and −0.99, and against p at Δ = 0.05 ω_1 in both regimes, as in the "
            "repository. Q_coh is drawn with its sign, between κ_Q S_max of either sign."
        ),
    ),
    studies=_studies_heat,
    compute=_compute_heat,
    paint=_paint_heat,
)
