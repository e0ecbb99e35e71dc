"""Figs. 3(a) and 3(b): how synchronization scales with the number of degenerate levels.

The drives are random; each point is a mean over the draws and each bar their standard deviation.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator, ScalarFormatter
from numpy.typing import ArrayLike

from torusync._checks import Integer, Real
from torusync.conventions import EPS, PAIR_TO_SCALED
from torusync.figures.record import Field, assemble, attributes, bounded, numbers
from torusync.models import ThermalMaser
from torusync.papers.letter import parameters as letter
from torusync.papers.letter.closed_form import scaled_homogeneous, thermodynamic_limit
from torusync.plots.axes import legend_below
from torusync.plots.journal import COLOURS, GREY, INK, MARKERS
from torusync.sweeps import Derived, Study, register_derived

UNIT: Final = 1e-3
"""The scaled measure is drawn in units of 10⁻³."""

_ASIDE: Final = 1.02
"""Factor by which the two series of one N are drawn to its sides."""

_ROUNDING: Final = 64.0 * EPS
"""Relative rounding of a height: at N = 2 … 20 its proven bound, which allows for it, lies some 100 ε above it."""


def random_drives(levels: int, draws: int, *, skipped: int = 0) -> Real:
    """Return λ_j of shape ``(draws, levels)``: λ_2 held, λ_j/λ_2 uniform on [0, 1], independent for each N.

    The first are ``skipped`` without being drawn: a number takes one step of the stream.
    """
    stream = np.random.PCG64(np.random.SeedSequence([letter.SEED, levels])).advance(skipped * levels)
    drives = np.random.Generator(stream).uniform(0.0, letter.DRIVE, size=(draws, levels))
    drives[:, 0] = letter.DRIVE
    return drives


def _drives(number: Any, levels: Any) -> Real:
    """Return the drives of some of the draws of Fig. 3, ``(points, levels)``; another number has none."""
    rows, count = np.ravel(number), int(levels)
    drives = np.full((rows.size, count), np.nan)
    known = np.isin(rows, np.arange(letter.DRAWS))
    if known.any():
        rows = rows[known].astype(np.int64)
        drives[known] = random_drives(count, int(np.ptp(rows)) + 1, skipped=int(rows.min()))[rows - rows.min()]
    return drives


register_derived(
    ThermalMaser,
    Derived("fig3_draw", "r", "number of the draw of the drives of Fig. 3", "drive", ("manifold_levels",), _drives),
)


def drawn(levels: ArrayLike, draws: ArrayLike) -> dict[str, Integer]:
    """Return an axis of machines with drives as drawn for Fig. 3, N by N: one set for figures, claims and quick runs.

    ``draws`` says how many there are, or how many for each N.
    """
    counts = np.broadcast_to(draws, np.shape(levels))
    return {"manifold_levels": np.repeat(levels, counts), "fig3_draw": np.concatenate([*map(np.arange, counts)])}


def fig3(regime: str, *quantities: str) -> Study:
    """Return the machines of Fig. 3, ``(N draws)``; quick runs have the same, so that there is one exponent."""
    return letter.study(
        {"machine": drawn(letter.LEVELS, letter.DRAWS)}, "scaled", *quantities, n_hot=letter.N_HOT[regime]
    )


def by_levels(swept: xr.Dataset, name: str) -> Real:
    """Return a quantity of the machines of Fig. 3 as an array ``(N, draws)``."""
    return numbers(swept, name).reshape(len(letter.LEVELS), letter.DRAWS, *swept[name].shape[1:])


def power_law(count: Real, mean: Real) -> tuple[float, float]:
    """Return (prefactor, exponent) of the least-squares line through log ``mean`` against log ``count``."""
    exponent, offset = np.polyfit(np.log(count), np.log(mean), 1)
    return float(np.exp(offset)), float(exponent)


def exponent_error(count: Real, scaled: Real) -> float:
    """Return the standard error of the exponent from the spread of the draws, ``scaled`` of shape (N, draws).

    Draws that agree leave what rounding makes of the heights, all of it in one direction at worst.
    """
    x = np.log(count) - np.log(count).mean()
    relative = scaled.std(axis=1, ddof=1) / scaled.mean(axis=1) / np.sqrt(scaled.shape[1])
    scatter = np.sqrt(np.sum((x * relative) ** 2))
    return float((scatter + _ROUNDING * np.sum(np.abs(x))) / np.sum(x**2))


def large_n_law(regime: str, count: object) -> Real:
    """Return (2π)^N S_max for N → ∞, drives uniform on [0, 1]: ∝ 1/N in the engine, 3/4 of Eq. (13) otherwise."""
    levels, limit = np.asarray(count, dtype=np.float64), thermodynamic_limit(letter.N_HOT[regime], letter.RATES)
    return np.asarray(limit / levels if regime == "engine" else np.full_like(levels, 0.75 * limit))


LAW_SOURCE: Final = "engine γ_c(n_h − n_c)/(8 n_h Γ N), refrigerator 3/4 of Eq. (13); closed form at exact degeneracy"
SCALED_SOURCE: Final = "(2π)^N S_max, below Eq. (12)"


def _studies(regime: str, quick: bool) -> tuple[Study, ...]:
    del quick
    return (fig3(regime, "pair_sum_bound", "drive_coherences"),)


def _compute(regime: str, quick: bool, swept: xr.Dataset) -> xr.Dataset:
    del quick  # one set of draws has one exponent
    draws, n_hot = letter.DRAWS, letter.N_HOT[regime]
    count = np.array(letter.LEVELS, dtype=np.float64)
    scaled, upper = by_levels(swept, "scaled"), by_levels(swept, "pair_sum_bound")
    # levels that a machine does not have are nan
    entrained = np.nansum(np.abs(by_levels(swept, "drive_coherences")), axis=-1)
    equal, equal_source = "all drives equal", "Eqs. (9), (10); maximum over the phases in closed form"
    over, both, caption = ("levels",), ("levels", "draw"), "caption of Fig. 3"
    even, law = scaled_homogeneous(count, n_hot, letter.DRIVE, letter.RATES), large_n_law(regime, count)
    columns = {
        Field("levels", over, "number of degenerate levels", "N", "grid"): np.array(letter.LEVELS),
        Field("draw", ("draw",), "random realisation of the drives", "-", "seed"): np.arange(draws),
        **bounded(both, scaled, PAIR_TO_SCALED * upper, name="scaled", symbol="𝕊_max", source=SCALED_SOURCE),
        Field("entrainment", both, "entrainment contribution", "Σ_j |ρ_1j|/4", caption): PAIR_TO_SCALED * entrained,
        Field("homogeneous", over, f"scaled synchronization, {equal}", "𝕊_max(λ_j = λ_2)", equal_source): even,
        Field("asymptote", over, "large-N law of the random drives", "𝕊_max(N → ∞)", LAW_SOURCE): law,
    }
    prefactor, exponent = power_law(count, scaled.mean(axis=1))
    fit: dict[str, str | float] = {
        "fit": "least squares of log mean against log N",
        "fit_prefactor": prefactor,
        "fit_exponent": exponent,
        "fit_exponent_error": exponent_error(count, scaled),
        "printed_exponent": letter.PRINTED[regime],
    }
    spread = scaled.std(axis=1, ddof=1) / scaled.mean(axis=1)
    finding = f"Standard deviation over the draws, by the mean: {spread[0]:.1e} at N = 2, {spread[-1]:.1e} at N = 20."
    if regime == "engine":
        finding += " That it vanishes is the matched damping of these baths."
    known: dict[str, str | float] = {
        "n_hot": n_hot,
        "drive_2": letter.DRIVE,
        "seed": letter.SEED,
        "draws": draws,
        "finding": finding,
    }
    attrs = attributes([swept], **letter.BATHS, **known, **fit)
    return assemble(columns, attrs)


def _fit_label(attrs: Mapping[Any, Any]) -> str:
    """Return the legend entry of the fit: our exponent with the error of its last digit, and the printed one."""
    error = round(1e3 * attrs["fit_exponent_error"])
    ours, printed = attrs["fit_exponent"], attrs["printed_exponent"]
    return rf"fit $N^\alpha$: $\alpha={ours:+.3f}({error})$; letter ${printed:+.2f}$"


LAWS: Final = {"engine": r"$N\to\infty$: as $N^{-1}$", "refrigerator": r"$N\to\infty$: $3/4$ of Eq. (13)"}


def _paint(regime: str, axes: Sequence[Axes], data: xr.Dataset) -> None:
    colour = COLOURS[regime]
    (ax,) = axes
    count = data["levels"].to_numpy().astype(np.float64)
    ax.plot(count, data["homogeneous"], "-", color=GREY, lw=0.9, label=r"all $\lambda_j=\lambda_2$")
    ax.plot(count, data["asymptote"], ":", color=GREY, lw=1.1, label=LAWS[regime])
    law = data.attrs["fit_prefactor"] * count ** data.attrs["fit_exponent"]
    fit = _fit_label(data.attrs)
    ax.plot(count, law, "-", color=INK, label=fit)
    # side by side: at one N the bars of both would be one
    for name, face, text, aside in (
        ("entrainment", "white", "entrainment part", 1.0 / _ASIDE), ("scaled", colour, "random drives", _ASIDE),
    ):  # fmt: skip
        values = data[name]
        ax.errorbar(
            count * aside, values.mean("draw"), values.std("draw", ddof=1),
            fmt=MARKERS[regime], color=colour, mfc=face, ms=3.4, elinewidth=0.7, label=text,
        )  # fmt: skip
    ax.set(xscale="log", yscale="log", xlim=(1.8, 22.2))
    ax.xaxis.set_major_locator(FixedLocator([2, 3, 4, 5, 7, 10, 14, 20]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(ScalarFormatter())
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / UNIT:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("$N$")
    ax.set_ylabel(r"$\mathbb{S}_{\max}=(2\pi)^N S_{\max}\;(10^{-3})$")
    # below the axes: inside, no corner is free in either regime
    legend_below(ax, ["random drives", "entrainment part", fit], second=0.61)
    ax.set_title(rf"{regime}, $n_h/n_c={letter.RATIOS[regime]:g}$", pad=4)


_NOT_ASYMPTOTIC = (
    "The exponent is a straight-line fit over N = 2 … 20 in logarithmic axes and not an asymptotic law: {law}. The "
    "fit is to the logarithm of the mean; the letter does not say how it weighs its points. The figure limit follows "
    "it to N = 10^6."
)
_DRAWS = (
    "The letter's random draws are not published; 100 draws of λ_j/λ_2 uniform on [0, 1], independent for each N, "
    "are compared in distribution. Bars are standard deviations over the draws."
)

FIG3A: Final = letter.SPEC(
    id="fig3a",
    title="Scaling with the number of levels, engine",
    said=(
        "In the engine the scaled synchronization falls with N, as N to the power −0.72 in a fit, and stays below its "
        "entrainment part at every N: competition persists and the machine becomes asynchronous. Of the bars, "
        "which vanish at large N, it says nothing; they come from its baths (see below)."
    ),
    alt=(
        "Scaled S_max against N in logarithmic axes, falling: filled orange circles below empty ones, along a black "
        "line, the fit, and towards a grey dotted one; a solid grey line for equal drives."
    ),
    departures=(
        _DRAWS,
        _NOT_ASYMPTOTIC.format(law="the exact exponent for N → ∞ is −1 (dotted line)"),
        letter.MATCHED.format(
            consequence="draws with Σ λ_j > 0.3 ω_1 and no dominating drive have one height, and the bars vanish."
        )
        + letter.BESIDE,
    ),
    studies=partial(_studies, "engine"),
    compute=partial(_compute, "engine"),
    paint=partial(_paint, "engine"),
    size=(3.4, 3.0),
)

FIG3B: Final = letter.SPEC(
    id="fig3b",
    letter="b",
    title="Scaling with the number of levels, refrigerator",
    said=(
        "In the refrigerator the scaled synchronization grows with N, as N to the power +0.69 in a fit, always above "
        "its entrainment part, towards the constant of Eq. (13) that depends on the baths alone."
    ),
    alt=(
        "Scaled S_max against N in logarithmic axes, rising: filled dark blue squares above empty ones, along a black "
        "line, the fit, below a grey dotted one, the limit; a solid grey line for equal drives."
    ),
    departures=(
        _DRAWS,
        _NOT_ASYMPTOTIC.format(law="the growth saturates"),
        "Eq. (13) holds for equal drives. Draws uniform on [0, 1] tend to mean(λ)²/mean(λ²) = 3/4 of it (dotted line).",
    ),
    studies=partial(_studies, "refrigerator"),
    compute=partial(_compute, "refrigerator"),
    paint=partial(_paint, "refrigerator"),
    size=(3.4, 3.0),
)
