"""How fast a machine comes to rest: the spectrum of its generator, its gap to many levels, and what hides the gap.

The gap is counted and not read off the nearest pole of the drift.  It is what is left in the end: before, a state that
holds little of the slowest mode relaxes faster, and as the generator is not normal no gap says by how much.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from torusync._checks import Complex, Real
from torusync.dynamics import evolve, liouvillian_gap, liouvillian_spectrum
from torusync.figures.record import Columns, Field, assemble
from torusync.models import ThermalMaser
from torusync.papers.letter.phases import parameters as phases
from torusync.plots.journal import ENGINE, GREY, INK, REFRIGERATOR
from torusync.steady import steady_state

LEVELS: Final = 4
DRIVE: Final = 0.3
SPREAD: Final = 1.0
STARTS: Final[dict[str, str | int]] = {"ground": "ground", "thermal": "thermal", "level 1": 1, "level 2": 2}
PAIR_DRIVE: Final = 0.084
"""λ of the two degenerate levels that are followed, near the exceptional point |a_h − a_c|/(2√N) of a refrigerator."""

MANY: Final = (2, 3, 4, 5, 7, 10, 14, 20, 30, 50, 80, 120, 200)
MANY_QUICK: Final = 20
REGIMES: Final = {"refrigerator": phases.REFRIGERATOR, "engine, n_h/n_c = 4": phases.UNMATCHED}

_LOOKS: Final[tuple[dict[str, Any], ...]] = (
    {"color": REFRIGERATOR, "ls": "-", "lw": 1.4},
    {"color": ENGINE, "ls": (0, (5, 2)), "lw": 1.4},
    {"color": INK, "ls": (0, (2, 1.2)), "lw": 1.4},
    {"color": GREY, "ls": (0, (6, 1.5, 1, 1.5)), "lw": 1.4},
)


def subject() -> ThermalMaser:
    """Return the machine whose spectrum is drawn."""
    return phases.machine(LEVELS, DRIVE, SPREAD, phases.REFRIGERATOR)


def poles(maser: ThermalMaser) -> Complex:
    """Return a_i + a_j* of the eigenvalues of the drift: where the eigenvalues would be without the ground state."""
    rates = np.linalg.eigvals(maser.generator().flat().drift()[0])
    return np.asarray((rates[:, np.newaxis] + rates.conj()).reshape(-1))


def distances(maser: ThermalMaser, times: Real) -> tuple[Real, float]:
    """Return ‖ρ(t) − ρ_ss‖_1 from each of the starts, and the largest error of a state."""
    rest, found, errors = steady_state(maser).rho, [], []
    for start in STARTS.values():
        path = evolve(maser, start, times)
        found.append(np.abs(np.linalg.eigvalsh(path.rho - rest)).sum(axis=-1))
        errors.append(float(np.max(path.error)))
    return np.stack(found), max(errors)


def pair() -> ThermalMaser:
    """Return the machine that is followed."""
    return phases.machine(2, PAIR_DRIVE, 0.0, phases.REFRIGERATOR)


def skewness(maser: ThermalMaser) -> Real:
    """Return the condition of the eigenvectors of the drift, 1 where it is normal."""
    drift = maser.generator().flat().drift()
    return np.asarray(np.linalg.cond(np.linalg.eig(drift)[1]))


def _skewed(quick: bool) -> Columns:
    drive = np.linspace(0.004, 0.2, 50 if quick else 197)
    ratios = np.array([0.4, 4.0, 10.0])
    found = [skewness(phases.machine(2, drive, 0.0, 0.5 * ratio)) for ratio in ratios]
    return {
        Field("ratio", ("ratio",), "ratio of the bath occupations", "n_h/n_c", "chosen"): ratios,
        Field("drive", ("drive",), "strength of either drive", "λ", "grid", "omega_1"): drive,
        Field("skewness", ("ratio", "drive"), "condition of the eigenvectors of the drift", "cond V", "1 if normal"): (
            np.stack(found)
        ),
    }


def _gaps(quick: bool) -> tuple[Columns, Real, float]:
    """Return gaps beside the slowest poles, their ratio, and how far a gap may be off."""
    many = np.array([one for one in MANY if one <= MANY_QUICK or not quick])
    gap, error, pole = np.empty((3, len(REGIMES), len(many)))
    for row, n_hot in enumerate(REGIMES.values()):
        for column, levels in enumerate(many):
            maser = phases.machine(int(levels), DRIVE, SPREAD, n_hot)
            found = liouvillian_gap(maser)
            gap[row, column], error[row, column] = float(found.gap), float(found.error)
            rates = -np.linalg.eigvals(maser.generator().flat().drift()[0]).real
            g = float(np.trace(maser.generator().flat().pump()[0]).real)
            pole[row, column] = min(2.0 * rates.min(), rates.min() + 0.5 * g)
    dims = ("regime", "levels")
    counted = "zeros of the secular function, counted; the whole spectrum for N = 2"
    columns: Columns = {
        Field("regime", ("regime",), "regime", "n_h/n_c", "0.4 and 4"): list(REGIMES),
        Field("levels", ("levels",), "number of levels", "N", "grid"): many,
        Field("gap", dims, "slowest decay", "gap", counted, "omega_1"): gap,
        Field("gap_error", dims, "how far it may be off", "gap", "lines counted at, and rounding", "omega_1"): error,
        Field("pole", dims, "slowest decay of the drift alone", "x_0", "eigenvalues of the drift", "omega_1"): pole,
    }  # fmt: skip
    return columns, np.asarray(gap / pole), float(error.max())


def _compute(quick: bool) -> xr.Dataset:
    spectrum, gap = liouvillian_spectrum(subject()), float(liouvillian_gap(subject()).gap)
    slowest = float(liouvillian_gap(pair()).gap)
    times = np.linspace(0.0, 8.0 / slowest, 81 if quick else 321)
    apart, error = distances(pair(), times)
    left = apart / apart[:, :1] * np.exp(slowest * times)
    values, drift = spectrum.eigenvalues, poles(subject())
    gaps, ratio, unsure = _gaps(quick)
    over = ("start", "time")
    columns: Columns = {
        Field("mode", ("mode",), "eigenvalue of the generator", "-", "by falling real part"): np.arange(len(values)),
        Field("decay", ("mode",), "real part", "Re θ", "whole spectrum", "omega_1"): values.real,
        Field("turning", ("mode",), "imaginary part", "Im θ", "whole spectrum", "omega_1"): values.imag,
        Field("drift_decay", ("sum",), "real part of two eigenvalues of the drift", "Re μ", "drift", "omega_1"): (
            drift.real
        ),
        Field("drift_turning", ("sum",), "imaginary part of it", "Im μ", "drift", "omega_1"): drift.imag,
        Field("time", ("time",), "time", "t", "grid", "1/omega_1"): times,
        Field("start", ("start",), "state at t = 0", "-", "chosen"): list(STARTS),
        Field("apart", over, "distance from the steady state", "‖ρ − ρ_ss‖_1", "evolve"): apart,
        Field("left", over, "what is left of it in units of e^(−gap t)", "e^{gap t}‖ρ − ρ_ss‖_1/‖ρ_0 − ρ_ss‖_1",
              "evolve"): left,
        **gaps,
        **_skewed(quick),
    }  # fmt: skip
    told = ", ".join(f"{share:.3f} ({start})" for share, start in zip(left[:, -1], STARTS, strict=True))
    finding = (
        f"Gaps {gap:.5f} ω_1 (spectrum) and {slowest:.5f} ω_1 (courses), after 8/gap of which {told} of the distance "
        f"is left in units of e^(−gap t). Gap over slowest pole for N = 2 to {MANY_QUICK if quick else MANY[-1]}: "
        f"{ratio.min():.4f} to {ratio.max():.4f}."
    )
    evidence = (
        f"Eigenvalues within {float(spectrum.error):.1e} ω_1, gaps within {unsure:.1e} ω_1, states within {error:.1e} "
        "in the trace norm."
    )
    known = {"n_hot": phases.REFRIGERATOR, "drive": DRIVE, "spread": SPREAD, "gap_of_spectrum": gap}
    return assemble(
        columns, phases.stated(evidence, finding, gap_of_courses=slowest, drive_of_courses=PAIR_DRIVE, **known)
    )


def _paint_spectrum(ax: Axes, data: xr.Dataset) -> None:
    ax.plot(data["drift_decay"], data["drift_turning"], "+", color=ENGINE, ms=7.0, mew=1.0, label=r"$a_i+a_j^*$")
    ax.plot(data["decay"], data["turning"], "o", color=REFRIGERATOR, ms=4.2, mfc="none", label="eigenvalues")
    gap = data.attrs["gap_of_spectrum"]
    ax.axvline(-gap, color=INK, ls=(0, (4, 2)), lw=0.8, label=f"gap {gap:.4g}")
    ax.axvline(0.0, color=GREY, lw=0.5, zorder=0)
    ax.set(xlabel=r"${\rm Re}\,\theta/\omega_1$", ylabel=r"${\rm Im}\,\theta/\omega_1$")
    ax.legend(loc="upper left")


def _paint_gaps(ax: Axes, data: xr.Dataset) -> None:
    marks: list[dict[str, Any]] = [{"color": REFRIGERATOR, "marker": "s"}, {"color": ENGINE, "marker": "o"}]
    names = ("refrigerator, $n_h/n_c=0.4$", "engine, $n_h/n_c=4$")
    for regime, mark, name in zip(data["regime"].to_numpy(), marks, names, strict=True):
        part = data.sel(regime=regime)
        ax.plot(part["levels"], part["gap"] / part["pole"], ls="-", lw=0.8, ms=4.0, label=name, **mark)
    ax.axhline(1.0, color=GREY, lw=0.6, zorder=0)
    ax.set(xscale="log", xlabel="$N$", ylabel="gap over slowest pole")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.legend(loc="best")


def _paint_courses(ax: Axes, data: xr.Dataset) -> None:
    gap = data.attrs["gap_of_courses"]
    for start, look in zip(data["start"].to_numpy(), _LOOKS, strict=True):
        ax.semilogy(gap * data["time"], data["left"].sel(start=start), label=f"from {start}", **look)
    ax.axhline(1.0, color=GREY, lw=0.6, zorder=0)
    ax.set(xlabel=r"gap $\times\,t$", xlim=(0.0, 8.0), ylim=(0.08, 2.4))
    ax.set_ylabel(r"$e^{\rm gap\,t}\,\Vert\rho-\rho_{\rm ss}\Vert_1$, scaled")
    ax.yaxis.set_major_locator(FixedLocator([0.1, 0.2, 0.5, 1.0]))
    ax.yaxis.set_major_formatter(ScalarFormatter())
    ax.yaxis.set_minor_locator(NullLocator())
    ax.legend(loc="upper right", ncols=2)


def _paint_skewness(ax: Axes, data: xr.Dataset) -> None:
    looks = (_LOOKS[0], _LOOKS[1], {**_LOOKS[3], "color": ENGINE})
    for ratio, look in zip(data["ratio"].to_numpy(), looks, strict=True):
        kind = "refrigerator" if ratio < 1.0 else "engine"
        ax.semilogy(data["drive"], data["skewness"].sel(ratio=ratio), label=f"{kind}, $n_h/n_c={ratio:g}$", **look)
    ax.set(xlabel=r"$\lambda/\omega_1$", ylabel="condition of the eigenvectors", ylim=(0.8, None))
    ax.set_xlim(0.0, float(data["drive"][-1]))
    ax.legend(loc="upper right")


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    titles = (f"spectrum, $N={LEVELS}$", "slowest decay", "on the way to rest, $N=2$", "drift, $N=2$")
    painters = (_paint_spectrum, _paint_gaps, _paint_courses, _paint_skewness)
    for ax, paint, title in zip(axes, painters, titles, strict=True):
        paint(ax, data)
        ax.set_title(title, pad=4)


RELAXATION: Final = phases.SPEC(
    id="relaxation",
    title="Coming to rest: spectrum, gap, and what the gap does not say",
    said="The letter has the steady state alone; how long it takes to be reached is not in it.",
    alt=(
        "Four panels. First, the complex plane: blue circles of eigenvalues left of a dashed line, the gap, most of "
        "them on or near orange crosses, the sums of two eigenvalues of the drift; one circle lies far left. Second, "
        "gap over slowest pole against N: blue squares fall to 0.92 at N = 3 and reach 1. Third, four lines that "
        "start at 1 and fall to plateaus between 0.13 and 0.4. Fourth, the condition of the eigenvectors against the "
        "drive: a blue and an orange line with a high peak each, a dash-dotted one at 1."
    ),
    departures=(
        phases.ADDED,
        (
            "The slowest pole of the drift is not the gap: the ground state joins the poles. Gaps are counted, by how "
            "far the secular function turns along a line."
        ),
        (
            "At n_h/n_c = 10 the letter's engine has equal dampings and its drift is normal: an accident of these "
            "baths. Elsewhere the eigenvectors are skewed, most of all near |γ_h(1 + n_h) − γ_c(1 + n_c)| = 2√N λ."
        ),
    ),
    compute=_compute,
    paint=_paint,
    size=(7.0, 4.8),
    grid=(2, 2),
)
