"""Beyond Fig. 3: the scaling followed from two levels to a million, where the letter extrapolates from twenty.

The letter reads its exponents off N = 2 … 20 and takes the thermodynamic limit from analysis.  Both regimes can be
computed at any N, exactly degenerate or not, so a fit and its continuation can be held against the numbers
themselves.  The local exponent d log 𝕊/d log N between neighbouring N says where a power law holds and where not.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator, NullLocator

from torusync._checks import Real
from torusync.figures.record import Columns, Field, assemble, attributes, bounded
from torusync.papers.letter import parameters as letter
from torusync.papers.letter.manylevels import REGIMES, Series, decades, draws_of, machines, series, spread_gain
from torusync.papers.letter.scaling import LAW_SOURCE, LAWS, SCALED_SOURCE, large_n_law
from torusync.plots.axes import legend_from
from torusync.plots.journal import COLOURS, GREY, INK, MARKERS
from torusync.sweeps import Study

EXPONENTS: Final = {"engine": -1.0, "refrigerator": 0.0}
"""Exact exponents for N → ∞, of the laws that `large_n_law` gives."""

SPREAD: Final = 0.05
"""ω_{N+1} − ω_2 of the near-degenerate levels, equally spaced, in units of ω_1."""

_LARGEST: Final = 10**6
_QUICK: Final = {"degenerate": 10**5, "apart": 10**4}
_APART: Final = 300
"""Near-degenerate levels that all draws of one N share: a search over the phases of each is what takes the time."""

_SLOPES: Final = np.array([[letter.PRINTED[regime]] for regime in REGIMES])


def _columns(part: Series, law: Real, prefix: str = "") -> Columns:
    """Return heights over N and local exponents between neighbouring N, of levels apart with ``prefix``."""
    over, between = ("regime", f"{prefix}levels"), ("regime", f"{prefix}step")
    kind, apart = ("near-degenerate", ", levels apart") if prefix else ("degenerate", "")
    many = "as many as time allows" if prefix else "100, or as many as time allows"
    local = "local exponent, levels apart" if prefix else "local exponent between neighbouring N"
    gain = "the law at exact degeneracy; engine times its gain to leading order in the spread over γ_h(1 + n_h)"
    law_name, law_source = f"large-N law of the random drives{apart}", gain if prefix else LAW_SOURCE
    source, symbol = f"{SCALED_SOURCE}; mean over the draws{apart}", "d ln 𝕊_max/d ln N"

    def field(name: str, dims: tuple[str, ...], *texts: str) -> Field:
        return Field(prefix + name, dims, *texts)

    return {
        field("levels", over[1:], f"number of {kind} levels", "N", "grid"): part.levels,
        field("draws", over[1:], "random realisations of the drives at each N", "-", many): part.draws,
        **bounded(over, part.mean, part.upper, name="near" if prefix else "scaled", symbol="𝕊_max", source=source),
        field("deviation", over, "standard deviation over the draws", "𝕊_max", "nan for one draw"): part.deviation,
        field("law", over, law_name, "𝕊_max(N → ∞)", law_source): law,
        field("step", between[1:], "geometric mean of neighbouring N", "N", "grid"): part.steps,
        field("exponent", between, local, symbol, "differences of logs"): part.exponents,
        field("exponent_error", between, "its standard error", symbol, "spread of the draws"): part.exponent_errors,
    }


def _prefactors(letters: Series) -> Real:
    """Return the heights of the letter's power laws at N = 1, one a regime: only the exponents are in print."""
    return np.asarray(np.exp((np.log(letters.mean) - _SLOPES * np.log(letters.levels)).mean(axis=1)))


def _studies(quick: bool) -> tuple[Study, ...]:
    last = _QUICK["apart"] if quick else _LARGEST
    levels = np.array([*decades((1, 3), last // 10), last])
    draws = draws_of(levels, _APART)
    # machines of many levels are worked off one by one, those of few in batches
    few, many = ((levels[rows], draws[rows]) for rows in (draws > 1, draws == 1))
    last = _QUICK["degenerate"] if quick else _LARGEST
    exact = np.array(decades((1, 2, 3, 5), last))
    shared = draws_of(exact, last)
    # chunks are as long as their heaviest machines allow
    light, heavy = ((exact[rows], shared[rows]) for rows in (shared == letter.DRAWS, shared < letter.DRAWS))
    return (
        machines(*light, 0.0),
        machines(*heavy, 0.0),
        machines(letter.LEVELS, letter.QUICK_DRAWS if quick else letter.DRAWS, 0.0),
        machines(*few, SPREAD),
        machines(*many, SPREAD),
    )


def _compute(quick: bool, *swept: xr.Dataset) -> xr.Dataset:
    del quick
    light, heavy, letters, few, many = swept
    exact, near, prefactor = series([light, heavy]), series([few, many]), _prefactors(series([letters]))
    law, near_law = (np.stack([large_n_law(regime, part.levels) for regime in REGIMES]) for part in (exact, near))
    near_law[REGIMES.index("engine")] *= spread_gain(letter.N_HOT["engine"], SPREAD)
    fit = prefactor[:, np.newaxis] * exact.levels**_SLOPES
    fitted = "exponent of the caption of Fig. 3; height by least squares of log mean over N = 2 … 20"
    columns = {
        Field("regime", ("regime",), "regime", "n_h/n_c", "10 and 0.4, as in Fig. 3"): list(REGIMES),
        **_columns(exact, law),
        Field("fit", ("regime", "levels"), "power law with the exponent of the letter", "∝ N^α", fitted): fit,
        **_columns(near, near_law, "near_"),
    }
    parameters: dict[str, str | float] = {"drive_2": letter.DRIVE, "seed": letter.SEED, "spread": SPREAD}
    for index, regime in enumerate(REGIMES):
        parameters[f"printed_exponent_{regime}"] = letter.PRINTED[regime]
        parameters[f"exact_exponent_{regime}"] = EXPONENTS[regime]
        parameters[f"fit_prefactor_{regime}"] = float(prefactor[index])
    parameters |= {"fit_last": max(letter.LEVELS), **letter.STATED_RATIOS}
    finding = _finding(exact, near, fit)
    return assemble(columns, attributes(swept, **letter.BATHS, finding=finding, **parameters))


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.2g}'):g}"


def _finding(exact: Series, near: Series, fit: Real) -> str:
    """Return what the numbers say, in two sentences."""
    excess = [_two_digits(value) for value in fit[:, -1] / exact.mean[:, -1]]
    last, near_last = (f"{part.levels[-1]:.0e}" for part in (exact, near))
    parts = [
        f"{regime} {exact.exponents[i, -1]:+.4f} ({near.exponents[i, -1]:+.4f} with the levels apart), exact "
        f"{EXPONENTS[regime]:g}, fit {letter.PRINTED[regime]:+.2f}"
        for i, regime in enumerate(REGIMES)
    ]
    return (
        f"Local exponents at the largest N, {last} (levels apart: {near_last}): {'; '.join(parts)}. Continued to "
        f"N = {last} the fits are too high by factors of {excess[0]} ({REGIMES[0]}) and {excess[1]} ({REGIMES[1]})."
    )


_DEGENERATE: Final = "degenerate levels"
_BEYOND: Final = "its extrapolation"
_DOTS: Final[Mapping[str, Any]] = {"ls": ":", "color": GREY, "lw": 1.2}
_NEAR_MARK: Final[Mapping[str, Any]] = {"fmt": "D", "mfc": "white", "ms": 4.4, "elinewidth": 0.6}
_MARK: Final[Mapping[str, Any]] = {"ms": 2.6, "elinewidth": 0.6}


def _fit(ax: Axes, x: Real, y: Real, last: float, label: str) -> None:
    """Draw the letter's fit, solid where it was made and dashed where it is continued."""
    inside, beyond = x <= last, x >= last
    ax.plot(x[inside], y[inside], "-", color=INK, lw=1.4, label=label)
    ax.plot(x[beyond], y[beyond], "--", color=INK, lw=0.9, label=_BEYOND)


def _paint_heights(ax: Axes, part: xr.Dataset, regime: str) -> None:
    colour, last, slope = COLOURS[regime], part.attrs["fit_last"], part.attrs[f"printed_exponent_{regime}"]
    count = part["levels"].to_numpy().astype(np.float64)
    fit, law = part["fit"].to_numpy(), part["law"].to_numpy()
    ax.plot(count, law, **_DOTS, label=LAWS[regime])
    if regime == "engine":  # elsewhere the laws are one, and dots upon dots look like dashes
        ax.plot(part["near_levels"], part["near_law"], **_DOTS)
    fitted = rf"letter, $N\leq{last}$: $\propto N^{{{slope:+.2f}}}$"
    _fit(ax, count, fit, last, fitted)
    apart = rf"spread ${part.attrs['spread']:g}\,\omega_1$"
    ax.errorbar(part["near_levels"], part["near"], part["near_deviation"], color=colour, label=apart, **_NEAR_MARK)
    ax.errorbar(count, part["scaled"], part["deviation"], color=colour, label=_DEGENERATE, fmt=MARKERS[regime], **_MARK)
    reached = float(part["scaled"][-1])
    ax.annotate("", (count[-1], fit[-1]), (count[-1], reached), arrowprops={"arrowstyle": "<->", "lw": 0.6})
    factor = f"extrapolation over\nfilled symbols: $\\times\\,{_two_digits(fit[-1] / reached)}$"
    height = 0.62 if regime == "engine" else 0.45
    ax.text(0.94, height, factor, transform=ax.transAxes, ha="right", va="center", fontsize=7.5)
    ax.set(yscale="log")
    ax.yaxis.set_minor_locator(NullLocator())
    ax.tick_params(labelbottom=False)
    ax.set_title(rf"{regime}, $n_h/n_c={letter.RATIOS[regime]:g}$", pad=4)
    order = [_DEGENERATE, apart, fitted, _BEYOND]
    legend_from(ax, order, loc="lower left" if regime == "engine" else "upper left")


def _paint_exponents(ax: Axes, part: xr.Dataset, regime: str) -> None:
    colour, last = COLOURS[regime], part.attrs["fit_last"]
    slope, exact = (part.attrs[f"{kind}_exponent_{regime}"] for kind in ("printed", "exact"))
    ends = np.array([part["levels"][0], last, part["levels"][-1]], dtype=np.float64)
    ax.plot(ends, np.full(3, exact), **_DOTS)
    _fit(ax, ends, np.full(3, slope), last, "")
    near = part["near_exponent"], part["near_exponent_error"]
    ax.errorbar(part["near_step"], *near, color=colour, **_NEAR_MARK)
    ax.errorbar(part["step"], part["exponent"], part["exponent_error"], color=colour, fmt=MARKERS[regime], **_MARK)
    for height, text in ((slope, rf"letter's fit: ${slope:+.2f}$"), (exact, rf"$N\to\infty$: ${exact:g}$")):
        ax.annotate(text, (ends[-1], height), (0, 5), textcoords="offset points", ha="right", fontsize=8)
    ax.set_xlabel("$N$")
    ax.yaxis.set_major_locator(MultipleLocator(0.2))


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    wide = float(data["levels"][0]) / 1.5, 1.5 * float(data["levels"][-1])
    for regime, above, below in zip(REGIMES, axes[:2], axes[2:], strict=True):
        part = data.sel(regime=regime)
        _paint_heights(above, part, regime)
        _paint_exponents(below, part, regime)
        for ax in (above, below):
            ax.set(xscale="log", xlim=wide)
            ax.xaxis.set_minor_locator(NullLocator())  # decades say enough; hundreds of ticks would take a second
    axes[0].set_ylabel(r"$\mathbb{S}_{\max}=(2\pi)^N S_{\max}$")
    axes[2].set_ylabel(r"$\mathrm{d}\,\ln\mathbb{S}_{\max}/\mathrm{d}\,\ln N$")


LIMIT: Final = letter.SPEC(
    id="limit",
    title="From two levels to a million",
    said=(
        "The scaled synchronization follows N to the power −0.72 in the engine and +0.69 in the refrigerator, fitted "
        "over N = 2 … 20. For N → ∞ the engine's tends to zero and the refrigerator's to the constant of Eq. (13)."
    ),
    alt=(
        "Scaled S_max against N in logarithmic axes, from 2 to 10^6: the engine's orange circles fall below the dashed "
        "black line that continues the fit, the refrigerator's dark blue squares saturate far below it; empty diamonds "
        "for levels apart, grey dotted lines for N → ∞. Underneath, the local exponents, tending to −1 and 0."
    ),
    departures=(
        (
            "The letter stops at N = 20 and this goes on. The exact exponents are −1 (engine) and 0 (refrigerator, at "
            "3/4 of Eq. (13) for drives uniform on [0, 1]); the local exponent passes the fitted one within the range "
            "of the fit."
        ),
        "Only the exponents of the fits are in print; their heights are those that fit our means over N = 2 … 20.",
        (
            "The letter's levels are degenerate. Open symbols: as many equally spaced levels with equal occupations, "
            f"{SPREAD:g} ω_1 from the lowest to the highest. The exponents stay; the engine's height rises."
        ),
        letter.MATCHED.format(
            consequence="its draws of degenerate levels agree from N = 11 on and its bars and errors are rounding."
        )
        + letter.BESIDE,
        f"Drives as in Fig. 3, {letter.DRAWS} draws at small N and one at the largest; each point is their mean.",
    ),
    studies=_studies,
    compute=_compute,
    paint=_paint,
    size=(7.0, 5.0),
    grid=(2, 2),
)
