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

from torusync.figures.record import Field, assemble, attributes, bounded
from torusync.models import ThermalMaser
from torusync.papers.letter.parameters import BATHS, RATIOS, SPEC, UNIT
from torusync.plots import panel_letter, plot_tongue
from torusync.plots.journal import INK
from torusync.quantities import solve

WIDEST: Final = 2.0
STRONGEST: Final = 0.3


_DIMS: Final = ("regime", "drive", "detuning")
_SCHEMA: Final = (
    Field("regime", ("regime",), "regime", "n_h/n_c", "0.4 and 10, as in Fig. 3"),
    Field("drive", ("drive",), "strength of either drive", "λ", "grid", "omega_1"),
    Field(
        "detuning", ("detuning",), "drive frequency minus transition frequency", "Ω − (ω_2 − ω_1)", "grid", "omega_1"
    ),
    *bounded(*_DIMS),
    Field(
        "branch",
        ("detuning",),
        "drive above which mutual coupling dominates the engine",
        "k sqrt(1 + δ²/Γ²) = 2",
        "closed form at exact degeneracy; Eq. (11) at δ = 0",
        "omega_1",
    ),
)


def _compute(quick: bool) -> xr.Dataset:
    count = 41 if quick else 121
    detuning = np.linspace(-WIDEST, WIDEST, count)
    drive = np.linspace(0.0, STRONGEST, count // 2 + 1)
    n_hot = BATHS["n_cold"] * np.array(list(RATIOS.values()))
    maser = ThermalMaser(
        np.repeat(drive[:, np.newaxis, np.newaxis], 2, axis=-1),
        n_hot=n_hot[:, np.newaxis, np.newaxis, np.newaxis],
        detuning=detuning,
        **BATHS,
    )
    solved = solve(maser)
    hot = BATHS["gamma_hot"] * (1.0 + RATIOS["engine"] * BATHS["n_cold"])
    cold = BATHS["gamma_cold"] * (1.0 + BATHS["n_cold"])
    values = {
        "regime": list(RATIOS),
        "drive": drive,
        "detuning": detuning,
        "s_max": solved.synchronization.s_max,
        "s_max_bound": solved.synchronization.s_max_bound,
        "branch": 0.5 * hot * np.sqrt(1.0 + (detuning / (hot + cold)) ** 2),
    }
    ratios = {f"ratio_{name}": value for name, value in RATIOS.items()}
    return assemble(_SCHEMA, values, attributes([solved], **BATHS, levels=2, **ratios))


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    for ax, letter, regime in zip(axes, "ab", RATIOS, strict=True):
        plot_tongue(data[["s_max"]].sel(regime=regime), ax, unit=UNIT)
        ax.set(xlabel=r"$[\Omega-(\omega_2-\omega_1)]/\omega_1$", ylabel="")
        ax.xaxis.set_major_locator(MultipleLocator(1.0))
        panel_letter(ax, letter)
        ax.set_title(rf"{regime}, $n_h/n_c={RATIOS[regime]:g}$", pad=4)
    ax = axes[1]
    ax.plot(data["detuning"], data["branch"], "--", color=INK, lw=0.9, scaley=False)
    ax.text(0.0, 0.275, r"$k\,\sqrt{1+\delta^2/\Gamma^2}<2$", ha="center", va="center", fontsize=8)
    axes[0].set_ylabel(r"$\lambda/\omega_1$")


TONGUE: Final = SPEC(
    id="tongue",
    title="Arnold tongue of S_max",
    said=(
        "A detuned drive still entrains: the coherences it induces rotate at its own frequency, and S_max against "
        "detuning and strength has the shape of an Arnold tongue."
    ),
    alt="Two maps of S_max over detuning and drive strength; bright towards resonance, contours opening upwards.",
    departures=(
        (
            "The letter shows this only in its supplement, without parameters in the text; baths and regimes are "
            "those of Figs. 2 and 3, for two levels."
        ),
    ),
    compute=_compute,
    paint=_paint,
    size=(6.8, 2.6),
    grid=(1, 2),
)
