"""What frequency locking means here: the light of the driven transition against the detuning of the drive.

The coherent part of the light is at the frequency of the drive, whatever the detuning, and is next to nothing.  The
incoherent part has a peak that stays where the transition is, pushed away by a strong drive and never locked to it.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from torusync._checks import Real
from torusync.dynamics import EmissionSpectrum, emission_spectrum
from torusync.figures.record import Columns, Field, assemble
from torusync.models import ThermalMaser
from torusync.papers.letter.parameters import BATHS
from torusync.papers.letter.phases import parameters as phases
from torusync.plots.journal import ENGINE, GREY, INK, REFRIGERATOR

LEVELS: Final = 2
N_HOT: Final = phases.UNMATCHED
DRIVES: Final = (0.02, 0.1, 0.3)
SHOWN: Final = (0.0, 0.5, 1.0)
"""Detunings of which the spectrum is drawn, at the drive in the middle."""

WIDEST: Final = 1.5
REACH: Final = 4.0
WIDTH: Final = 2.0 * (BATHS["gamma_hot"] * (1.0 + N_HOT) + BATHS["gamma_cold"] * (1.0 + BATHS["n_cold"]))
"""2Γ: full width at half height under a weak drive."""

_LOOKS: Final[tuple[dict[str, Any], ...]] = (
    {"color": GREY, "ls": (0, (2, 1.2)), "lw": 1.4},
    {"color": REFRIGERATOR, "ls": "-", "lw": 1.4},
    {"color": ENGINE, "ls": (0, (5, 2)), "lw": 1.4},
)


def emitter(drive: ArrayLike, detuning: ArrayLike) -> ThermalMaser:
    """Return the machines that shine."""
    return phases.machine(LEVELS, drive, 0.0, N_HOT, detuning=detuning)


def peak_of(light: EmissionSpectrum) -> tuple[Real, Real]:
    """Return where the highest peak of the incoherent part is, and the full width at half of its height.

    The peak by a parabola through three points of the grid; where there are more peaks the width is from the first to
    the last half.
    """
    lines, density = light.frequencies, light.density
    step, place = lines[1] - lines[0], density.argmax(axis=-1)
    left, top, right = (np.take_along_axis(density, (place + k)[..., np.newaxis], -1)[..., 0] for k in (-1, 0, 1))
    where = lines[place] + 0.5 * step * (left - right) / (left - 2.0 * top + right)
    high = top - 0.125 * (left - right) ** 2 / (left - 2.0 * top + right)
    above = density >= 0.5 * high[..., np.newaxis]
    first, last = above.argmax(axis=-1), above.shape[-1] - 1 - above[..., ::-1].argmax(axis=-1)

    def crossing(inside: Any, outside: Any) -> Real:
        one, other = (np.take_along_axis(density, k[..., np.newaxis], -1)[..., 0] for k in (inside, outside))
        share = (one - 0.5 * high) / (one - other)
        return np.asarray(lines[inside] + share * (lines[outside] - lines[inside]))

    return np.asarray(where), crossing(last, last + 1) - crossing(first, first - 1)


def _compute(quick: bool) -> xr.Dataset:
    detuning = np.linspace(-WIDEST, WIDEST, 31 if quick else 121)
    lines = np.linspace(-REACH, REACH, 801 if quick else 4001)
    over = emission_spectrum(emitter(np.array(DRIVES)[:, np.newaxis], detuning), lines)
    shown = emission_spectrum(emitter(DRIVES[1], np.array(SHOWN)), lines)
    peak, width = peak_of(over)
    dims = ("drive", "detuning")
    offset = "drive frequency minus transition frequency"
    columns: Columns = {
        Field("drive", ("drive",), "strength of either drive", "λ", "chosen", "omega_1"): np.array(DRIVES),
        Field("detuning", ("detuning",), offset, "Ω − (ω_2 − ω_1)", "grid", "omega_1"): detuning,
        Field("peak", dims, "frequency of the incoherent peak, from the drive", "ω_peak", "spectrum", "omega_1"): peak,
        Field("width", dims, "full width at half height of the incoherent part", "FWHM", "spectrum", "omega_1"): width,
        Field("coherent_fraction", dims, "share of the coherent part in the light", "|<d>|²/<d†d>", "steady state"): (
            over.coherent_fraction
        ),
        Field("frequency", ("frequency",), "frequency from the drive", "ω", "grid", "omega_1"): lines,
        Field("shown", ("shown",), offset, "Ω − (ω_2 − ω_1)", "chosen", "omega_1"): np.array(SHOWN),
        Field("density", ("shown", "frequency"), "incoherent spectrum at the middle drive", "S(ω)", "regression",
              "1/omega_1"): shown.density,
        Field("shown_fraction", ("shown",), "its coherent share", "|<d>|²/<d†d>", "steady state"): (
            shown.coherent_fraction
        ),
    }  # fmt: skip
    share = np.asarray(over.coherent_fraction)
    off = np.abs(peak + detuning)
    told = ", ".join(f"{float(one.max()):.2g} (λ = {drive:g})" for one, drive in zip(share, DRIVES, strict=True))
    pushed = ", ".join(f"{float(one.max()):.2g} (λ = {drive:g})" for one, drive in zip(off, DRIVES, strict=True))
    finding = (
        f"The coherent part is at Ω exactly, and at most this share of the light: {told}. The incoherent peak is off "
        f"the bare transition by at most, in ω_1: {pushed}."
    )
    evidence = f"Quantum regression with relative residuals up to {float(np.max(over.residual)):.1e}."
    return assemble(columns, phases.stated(evidence, finding, n_hot=N_HOT, levels=LEVELS, weak_width=WIDTH))


def _paint_spectra(ax: Axes, data: xr.Dataset) -> None:
    top = float(data["density"].max())
    for row, detuning in enumerate(data["shown"].to_numpy()):
        base = 1.15 * row * top
        ax.plot(data["frequency"], base + data["density"].sel(shown=detuning), color=REFRIGERATOR)
        ax.axhline(base, color=GREY, lw=0.4, zorder=0)
        look = {"arrowstyle": "-|>", "color": ENGINE, "lw": 1.3, "shrinkA": 0.0, "shrinkB": 0.0}
        ax.annotate("", (0.0, base + 0.6 * top), (0.0, base), arrowprops=look)
        share = 100.0 * float(data["shown_fraction"].sel(shown=detuning))
        ax.text(2.9, base + 0.62 * top, rf"$\delta={detuning:g}$", ha="right", va="center")
        ax.text(2.9, base + 0.34 * top, f"{share:.2g} % coherent", ha="right", va="center", color=ENGINE, fontsize=7.5)
    ax.set(xlim=(-3.0, 3.0), ylim=(0.0, 3.45 * top), yticks=[])
    ax.set(xlabel=r"$\omega/\omega_1$, from the drive", ylabel=r"$S(\omega)$, one above the other")
    ax.set_title(rf"$\lambda={float(data['drive'][1]):g}$", pad=4)


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    _paint_spectra(axes[0], data)
    detuning = data["detuning"]
    for drive, look in zip(data["drive"].to_numpy(), _LOOKS, strict=True):
        part = data.sel(drive=drive)
        label = rf"$\lambda={drive:g}$"
        axes[1].plot(detuning, part["peak"], label=f"incoherent peak, {label}", **look)
        axes[2].plot(detuning, part["width"], label=label, **look)
        axes[3].plot(detuning, 100.0 * part["coherent_fraction"], label=label, **look)
    axes[1].axhline(0.0, color=INK, lw=2.4, zorder=1, label=r"coherent part: at $\Omega$")
    axes[1].plot(detuning, -detuning, ":", color=INK, lw=0.9, label=r"transition, $-\delta$")
    axes[2].axhline(data.attrs["weak_width"], color=INK, ls=":", lw=0.9, label=r"$2\Gamma$")
    axes[1].set(ylabel=r"observed frequency$/\omega_1$", ylim=(-1.9, 4.4))
    axes[2].set(ylabel=r"linewidth$/\omega_1$", ylim=(0.0, None))
    highest = 130.0 * float(data["coherent_fraction"].max())
    axes[3].set(ylabel="coherent fraction (%)", ylim=(0.0, highest))
    for ax in axes[1:]:
        ax.set(xlabel=r"$\delta/\omega_1$, detuning of the drive", xlim=(float(detuning[0]), float(detuning[-1])))
    axes[1].legend(loc="upper right", labelspacing=0.25)
    axes[2].legend(loc="upper right")
    axes[3].legend(loc="upper right")


FREQUENCY: Final = phases.SPEC(
    id="frequency",
    title="What frequency locking means here",
    said=(
        "Back in the original frame ρ_1j rotates with the frequency of the drive, even if that is detuned: this "
        "emphasizes the frequency locking in the system."
    ),
    alt=(
        "Four panels. First, spectra at three detunings, one above the other: a blue peak that moves to the left with "
        "the detuning, and an orange arrow that stays at zero. Second, observed frequencies: a black line at zero, the "
        "coherent part, and grey, blue and orange falling lines of incoherent peaks, the orange one with a step to "
        "near zero at either side of resonance. Third, linewidths: flat at 2Γ for weak drives, more than doubled near "
        "resonance for the strongest. Fourth, coherent fractions, all below half a per cent."
    ),
    departures=(
        phases.ADDED,
        (
            "The coherent part of the light is at Ω at any detuning: that alone is no locking, as it is of every "
            "driven linear response. It is at most 0.43 % of the light here. The incoherent part is not locked: its "
            "peak is at the transition, or pushed away from the drive; under the strongest drive, near resonance, the "
            "middle one of three peaks is the highest and lies near the drive, but not at it."
        ),
    ),
    compute=_compute,
    paint=_paint,
    size=(7.0, 5.0),
    grid=(2, 2),
)
