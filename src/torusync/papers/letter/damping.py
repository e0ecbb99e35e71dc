"""Beside the letter's engine: the same machine with its cold damping smaller and larger than the hot one.

At n_h/n_c = 10 the letter's baths damp both transitions alike, and the engine's S_max then forgets the drive.  What
looks like a law in its figures is told from one here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from torusync._checks import Real
from torusync.figures.record import Field, assemble, attributes, numbers, peak
from torusync.papers.letter import parameters as letter
from torusync.papers.letter.scaling import drawn
from torusync.plots.axes import legend_from
from torusync.plots.journal import ENGINE, GREY, INK
from torusync.sweeps import Study

COLD: Final = (0.1, 0.2, 0.3)
"""γ_c in units of ω_1; the letter's in the middle."""

REACH: Final = (0.01, 10.0)
"""λ in units of ω_1: from far below the damping to far above it."""

_BATHS: Final[Mapping[str, Any]] = {name: one for name, one in letter.BATHS.items() if name != "gamma_cold"}
_LOOK: Final = dict(zip(COLD, ((GREY, "--", "s"), (ENGINE, "-", "o"), (INK, "-.", "D")), strict=True))

_ROUNDING: Final = 1e-12
"""Relative spreads below are rounding: those of drawn heights are some 1e-16, or above 1e-7."""


def interior_height(gamma_cold: Real, drive: Real, n_hot: float) -> Real:
    """Return S_max of two levels where Eq. (11) has k ≤ 2, from Eqs. (9) and (10): (|d|/2)(a_h/Γ + w/a_h)/16π².

    w and d stand in the documentation; the bracket over 1 + w(1/a_c + 1/a_h) is a_h/Γ, whatever w, if a_h = a_c.
    """
    a_h, a_c = _BATHS["gamma_hot"] * (1.0 + n_hot), gamma_cold * (1.0 + _BATHS["n_cold"])
    r_h, r_c = n_hot / (1.0 + n_hot), _BATHS["n_cold"] / (1.0 + _BATHS["n_cold"])
    w = 2.0 * drive**2 / (a_h + a_c)
    q = (r_c - r_h) / (1.0 + w * (1.0 / a_c + 1.0 / a_h))
    ground = 1.0 / (1.0 + r_c + 2.0 * r_h + w * q * (1.0 / a_h - 1.0 / a_c))
    return np.asarray(0.5 * np.abs(q) * ground * (a_h / (a_h + a_c) + w / a_h) / (16.0 * np.pi**2))


def _studies(quick: bool) -> tuple[Study, ...]:
    drive, cold = np.geomspace(*REACH, 61 if quick else 241), {"gamma_cold": COLD}
    draws, n_hot = letter.QUICK_DRAWS if quick else letter.DRAWS, letter.N_HOT["engine"]
    return (
        letter.study({**cold, "drive": drive}, "s_max", manifold_levels=2, n_hot=n_hot),
        letter.study({**cold, "machine": drawn(letter.LEVELS, draws)}, "scaled", n_hot=n_hot),
    )


def _compute(quick: bool, equal: xr.Dataset, random: xr.Dataset) -> xr.Dataset:
    del quick
    n_hot, cold, drive = letter.N_HOT["engine"], np.array(COLD), equal["drive"].to_numpy()
    law = interior_height(cold[:, np.newaxis], drive, n_hot)
    edge = 0.5 * _BATHS["gamma_hot"] * (1.0 + n_hot)
    scaled = numbers(random, "scaled").reshape(len(COLD), len(letter.LEVELS), -1)
    spread = scaled.std(axis=-1, ddof=1) / scaled.mean(axis=-1)
    over, many = ("gamma_cold", "drive"), ("gamma_cold", "levels")
    columns = {
        Field("gamma_cold", over[:1], "coupling to the cold bath", "γ_c", "chosen; letter 0.2", "omega_1"): cold,
        Field("drive", over[1:], "strength of either drive", "λ", "grid", "omega_1"): drive,
        **peak(over, equal),
        Field("interior", over, "S_max where the phases have room", "S_max", "closed form, k ≤ 2"): np.where(
            drive >= edge, law, np.nan
        ),
        Field("levels", many[1:], "number of degenerate levels", "N", "grid"): np.array(letter.LEVELS),
        Field("mean", many, "scaled synchronization, mean over the draws", "𝕊_max", "(2π)^N S_max"): scaled.mean(
            axis=-1
        ),
        Field("spread", many, "standard deviation over the draws by the mean", "σ/𝕊_max", "seeded draws"): spread,
    }
    low, same, high = numbers(equal, "s_max")
    scatter = ", ".join(f"{one:.1e} (γ_c = {value:g})" for one, value in zip(spread[:, -1], COLD, strict=True))
    finding = (
        f"S_max of two levels is {low.max():.4e} near λ = {drive[low.argmax()]:.2g} ω_1 and falls to {low[-1]:.4e} "
        f"with γ_c = {COLD[0]:g} ω_1, stays at {same[-1]:.4e} with {COLD[1]:g} and rises to {high[-1]:.4e} with "
        f"{COLD[2]:g}. Spread of the draws by their mean at N = 20: {scatter}."
    )
    known = {"n_hot": n_hot, "seed": letter.SEED, "draws": scaled.shape[-1], "edge": edge, "finding": finding}
    return assemble(columns, attributes([equal, random], **_BATHS, **known, gamma_cold="0.1, 0.2 and 0.3"))


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    left, right = axes
    spread = data["spread"]
    labels = [rf"$\gamma_c={cold:g}\,\omega_1$" for cold in COLD]
    lowest = 0.3 * float(spread.where(spread > _ROUNDING).min())
    for label, (cold, (colour, style, mark)) in zip(labels, _LOOK.items(), strict=True):
        part = data.sel(gamma_cold=cold)
        left.plot(part["drive"], part["s_max"] / letter.UNIT, style, color=colour, label=label)
        # what rounds leaves the panel: its decades are empty
        right.plot(
            part["levels"], part["spread"].clip(_ROUNDING), style, color=colour, marker=mark, ms=2.8, label=label
        )
        gone = part["levels"].where(part["spread"] <= _ROUNDING, drop=True)
        if gone.size:
            words = rf"rounding, below $10^{{{np.log10(_ROUNDING):.0f}}}$"
            right.plot(gone, np.full(gone.size, 1.8 * lowest), "v", color=colour, mfc="white", ms=3.4, label=words)
    left.axvline(data.attrs["edge"], color=INK, lw=0.8, ls=":", label="$k=2$")
    left.set(xscale="log", xlim=REACH, ylim=(0.0, None), xlabel=r"$\lambda/\omega_1$")
    left.set_ylabel(r"$S_{\max}\;(10^{-4})$")
    left.set_title(r"engine, $N=2$", pad=4)
    right.set(xscale="log", yscale="log", xlabel="$N$", xlim=(1.8, 22.2), ylim=(lowest, 0.5))
    right.xaxis.set_major_locator(FixedLocator([2, 3, 4, 5, 7, 10, 14, 20]))
    right.xaxis.set_minor_locator(NullLocator())
    right.xaxis.set_major_formatter(ScalarFormatter())
    right.set_ylabel("relative spread over the draws")
    right.set_title(r"engine, random drives", pad=4)
    left.legend(loc="lower right")
    legend_from(right, labels, loc="lower left")


DAMPING: Final = letter.SPEC(
    id="damping",
    title="The letter's engine beside engines of other cold dampings",
    said=(
        "The letter draws its engine at one set of baths, with γ_c = 0.2 ω_1. Of S_max it says that it follows the "
        "drive through k, and of many levels that competition persists; neither needs these baths."
    ),
    alt=(
        "Left, S_max of two levels against the drive: for γ_c = 0.2 an orange curve that rises to a dotted line, k = "
        "2, and is flat from there; for 0.1, grey and dashed, one that falls after a maximum; for 0.3, black, one that "
        "goes on rising. Right, the relative spread over random drives against N: about a constant for the grey and "
        "the black line, while the orange one leaves the panel, where triangles say rounding."
    ),
    departures=(
        "Added here; the letter shows neither panel.",
        letter.MATCHED.format(consequence="S_max forgets the drive wherever the phases have room (k < N)."),
        (
            "What is left of the letter at other baths: competition, the branches of Eq. (11) and the decay as 1/N; "
            "the flat top and the vanishing spread are not."
        ),
    ),
    studies=_studies,
    compute=_compute,
    paint=_paint,
    size=(6.8, 2.6),
    grid=(1, 2),
)
