"""The Arnold tongue: S_max against detuning and strength of the drive.

The letter mentions it and leaves the picture to its supplement.  Locking grows with the drive and dies with the
detuning; where a stronger drive is needed further from resonance the contours open like a tongue.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from torusync.figures.record import Field, assemble, attributes, numbers, peak
from torusync.papers.letter.parameters import (
    BATHS,
    BESIDE,
    MATCHED,
    N_HOT,
    RATIOS,
    REGIME,
    SPEC,
    STATED_RATIOS,
    UNIT,
    study,
)
from torusync.plots import plot_tongue
from torusync.plots.journal import INK
from torusync.sweeps import Study

WIDEST: Final = 1.5
"""Detuning in units of ω_1; the drive's frequency is positive as long as it stays above −(ω_2 − ω_1) = −2."""

STRONGEST: Final = 0.3

_INSIDE: Final = r"""$k\,\sqrt{1+\delta^2/\Gamma^2}<2$: flat, because
$\gamma_h(1+n_h)=\gamma_c(1+n_c)$
(matched damping)"""


def _studies(quick: bool) -> tuple[Study, ...]:
    count = 41 if quick else 121
    detuning, drive = np.linspace(-WIDEST, WIDEST, count), np.linspace(0.0, STRONGEST, count // 2 + 1)
    axes = {"n_hot": list(N_HOT.values()), "drive": drive, "detuning": detuning}
    return (study(axes, "s_max", manifold_levels=2),)


def _compute(quick: bool, swept: xr.Dataset) -> xr.Dataset:
    del quick
    drive, detuning = swept["drive"].to_numpy(), swept["detuning"].to_numpy()
    hot, cold = BATHS["gamma_hot"] * (1.0 + N_HOT["engine"]), BATHS["gamma_cold"] * (1.0 + BATHS["n_cold"])
    along, edge = ("detuning",), "drive above which mutual coupling dominates the engine"
    rule, source = "k sqrt(1 + δ²/Γ²) = 2", "closed form at exact degeneracy; Eq. (11) at δ = 0"
    branch = 0.5 * hot * np.sqrt(1.0 + (detuning / (hot + cold)) ** 2)
    offset = "drive frequency minus transition frequency"
    columns = {
        **REGIME,
        Field("drive", ("drive",), "strength of either drive", "λ", "grid", "omega_1"): drive,
        Field("detuning", along, offset, "Ω − (ω_2 − ω_1)", "grid", "omega_1"): detuning,
        **peak(("regime", "drive", "detuning"), swept),
        Field("branch", along, edge, rule, source, "omega_1"): branch,
    }
    engine, inside = numbers(swept, "s_max")[list(N_HOT).index("engine")], drive[:, np.newaxis] > branch
    finding = (
        f"Above the dashed line S_max of the engine is {engine[inside].min():.6e} to {engine[inside].max():.6e}, "
        "whatever the drive and its detuning: its two dampings are equal."
    )
    return assemble(columns, attributes([swept], **BATHS, levels=2, finding=finding, **STATED_RATIOS))


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    top = float(data["s_max"].max()) / UNIT
    for ax, regime in zip(axes, RATIOS, strict=True):
        plot_tongue(data[["s_max"]].sel(regime=regime), ax, unit=UNIT, vmax=top)
        ax.set(xlabel=r"$[\Omega-(\omega_2-\omega_1)]/\omega_1$", ylabel="")
        ax.xaxis.set_major_locator(MultipleLocator(0.5))
        ax.set_title(rf"{regime}, $n_h/n_c={RATIOS[regime]:g}$", pad=4)
    ax = axes[1]
    ax.plot(data["detuning"], data["branch"], "--", color=INK, lw=0.9, scaley=False)
    ax.text(0.0, 0.27, _INSIDE, ha="center", va="center", fontsize=6.5, linespacing=1.35)
    axes[0].set_ylabel(r"$\lambda/\omega_1$")


TONGUE: Final = SPEC(
    id="tongue",
    title="Arnold tongue of S_max",
    said=(
        "A detuned drive still entrains: the coherences it induces rotate at its own frequency, and S_max against "
        "detuning and strength has the shape of an Arnold tongue. That the engine's is flat on top "
        "is not the drive's doing but that of these baths (see below)."
    ),
    alt=(
        "Two maps of S_max over detuning and drive strength in one scale of colours, dark blue where it is small and "
        "yellow towards resonance; labelled lines of equal height open upwards like a tongue. Inside a black dashed "
        "line the engine's map is flat."
    ),
    departures=(
        (
            "The letter shows this only in its supplement, without parameters in the text; baths and regimes are "
            "those of Figs. 2 and 3, for two levels."
        ),
        MATCHED.format(consequence="above the dashed line S_max is 1/(384π²), whatever the drive and its detuning.")
        + BESIDE,
    ),
    studies=_studies,
    compute=_compute,
    paint=_paint,
    size=(6.8, 2.6),
    grid=(1, 2),
)
