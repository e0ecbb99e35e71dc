"""What the companion's figures share: its machine, the bounds, the bookkeeping, and what could not be read.

The machine and its parameters are those that the authors' public repository states for the companion's figures.
Nothing was copied from there, and nothing is compared with what is stored there.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from torusync._checks import Integer, Real
from torusync.figures.record import EVIDENCE, Columns, Field, Solved, attributes, numbers, peak
from torusync.figures.spec import FigureSpec
from torusync.models import ThermalMaser
from torusync.papers.companion import CITATION
from torusync.plots.journal import COLOURS, GREY, INK, MARKERS
from torusync.quantities import solve
from torusync.sweeps import Study

RATES: Final[Mapping[str, float]] = {"gamma_hot": 0.1, "gamma_cold": 0.1, "omega_cold": 1.0, "omega_hot": 3.0}
"""γ_h, γ_c, ω_1, ω_2 in units of ω_1."""

N_COLD: Final = 0.1
DRIVE: Final = 0.05
"""λ of both levels, in units of ω_1."""

REGIMES: Final[Mapping[str, float]] = {"refrigerator": 0.5, "engine": 5.0}
"""n_h/n_c, with n_h the occupation of ω_2, the lower level."""

BOOKKEEPING: Final = "bare, ω_j for heat and ω_j − ω_1 for power"

UNREAD: Final = (
    "The companion's printed figures could not be read, only its title and abstract. Machine, axes and parameters are "
    "those that the authors' public repository states for them; what else is drawn is said."
)

POWER_UNIT: Final = "hbar omega_1^2"

UNIT: Final = 1e-4
"""S_max is drawn in units of 10⁻⁴."""

SPEC: Final = partial(FigureSpec, paper=CITATION.place)
PAIR: Final = partial(SPEC, size=(6.8, 2.6), grid=(1, 2))

REGIME: Final[Columns] = {Field("regime", ("regime",), "regime", "n_h/n_c", "0.5 and 5"): list(REGIMES)}


def say_bookkeeping(ax: Axes, x: float, y: float) -> None:
    """Write into a panel which energies its heat and work have, at a corner given in parts of the panel."""
    across, along = "left" if x < 0.5 else "right", "bottom" if y < 0.5 else "top"
    ax.text(x, y, "bare energies", color=GREY, fontsize=6.5, transform=ax.transAxes, ha=across, va=along)


def splitting(values: Sequence[float]) -> Columns:
    """Return the axis of the splittings."""
    axis = Field("splitting", ("splitting",), "distance of the two levels", "Δ", "authors' repository", "omega_1")
    return {axis: np.array(values)}


def power(dims: tuple[str, ...], swept: xr.Dataset) -> Columns:
    """Return S_max, the power, as large as it is, and the constant of the bound between them."""
    factor = Field("kappa_power", dims, "power per S_max in its bound", "κ_P", "32 π² λ (ω_3 − ω_1)", POWER_UNIT)
    words = Field("power", dims, "power, positive out of the machine", "P", "bare energies", POWER_UNIT)
    return peak(dims, swept) | {words: numbers(swept, "power"), factor: kappa_power(swept)}


def kappa_power(swept: xr.Dataset) -> Real:
    """Return κ_P = 32π² λ (ω_3 − ω_1) of swept machines of two levels."""
    gap = RATES["omega_hot"] + swept["spread"] - RATES["omega_cold"]
    return _over(swept, 32.0 * np.pi**2 * DRIVE * gap)


def kappa_heat(swept: xr.Dataset, spread: float | xr.DataArray) -> Real:
    """Return κ_Q = 64π² γ_h |p| ω_3 (1 + n_2) of swept machines of two levels."""
    upper = RATES["omega_hot"] + spread
    correlation, occupation = np.abs(swept["dipole_correlation"]), swept["hot_occupation"]
    return _over(swept, 64.0 * np.pi**2 * RATES["gamma_hot"] * correlation * upper * (1.0 + occupation))


def _over(swept: xr.Dataset, values: Any) -> Real:
    """Return values over all axes of a sweep."""
    return np.asarray(values.broadcast_like(swept["s_max"]).transpose(*swept["s_max"].dims))


def share(swept: xr.Dataset) -> Real:
    """Return P/(κ_P S_max)."""
    return np.asarray(numbers(swept, "power") / (kappa_power(swept) * numbers(swept, "s_max")))


def machine(n_hot: ArrayLike, spread: ArrayLike, *, drive: ArrayLike = DRIVE, **others: Any) -> ThermalMaser:
    """Return two levels between two temperatures, at which ω_2 has ``n_hot`` and ω_1 has n_c."""
    occupation = np.asarray(n_hot, dtype=np.float64)
    return ThermalMaser.near_degenerate(
        manifold_levels=2,
        spread=spread,
        hot_temperature=RATES["omega_hot"] / np.log1p(1.0 / occupation),
        cold_temperature=RATES["omega_cold"] / np.log1p(1.0 / N_COLD),
        drive=drive,
        **RATES,
        **others,
    )


def study(axes: Mapping[str, Any], *quantities: str, **fixed: Any) -> Study:
    """Return a sweep of the two levels of `machine`."""
    held = {"manifold_levels": 2, "cold_temperature": RATES["omega_cold"] / np.log1p(1.0 / N_COLD), "drive": DRIVE}
    return Study(ThermalMaser, axes, ["s_max", *quantities, *EVIDENCE], fixed={**held, **RATES, **fixed})


def both_regimes(splittings: ArrayLike, varied: Mapping[str, ArrayLike], *quantities: str, **fixed: Any) -> Study:
    """Return a sweep over regime, splitting, and what varies on the last axis."""
    axes = {"hot_occupation": N_COLD * np.array(list(REGIMES.values())), "spread": splittings, **varied}
    return study(axes, "power", *quantities, **fixed)


def stated(parts: Iterable[Solved], **parameters: str | float) -> dict[str, str | int | float]:
    """Return dataset attributes: the machine of these figures, what was varied, the bookkeeping, and the evidence."""
    fixed: dict[str, str | float] = {**RATES, "n_cold": N_COLD, "drive": DRIVE, "levels": 2, "bookkeeping": BOOKKEEPING}
    return attributes(parts, **{**fixed, **parameters})


def damping(correlation: float, n_hot: float) -> float:
    """Return Γ = (1 + p) γ_h (1 + n_2) + γ_c (1 + n_c), what splittings are to be compared with."""
    return (1.0 + correlation) * RATES["gamma_hot"] * (1.0 + n_hot) + RATES["gamma_cold"] * (1.0 + N_COLD)


def power_maxima(n_hot: float, spread: float, correlation: float) -> Real:
    """Return the detunings at which |P| has its maxima, to some six digits: a grid, and a finer one about each.

    Figures and claims ask here, so that a maximum has one place whatever grid it is drawn on.
    """
    coarse = np.linspace(-0.5, 0.5, 201)
    step = float(coarse[1] - coarse[0])

    def height(detuning: Real) -> Real:
        masers = machine(n_hot, spread, detuning=detuning, dipole_correlation=correlation)
        return np.asarray(np.abs(solve(masers)["power"]))

    found = []
    for place in coarse[tops(height(coarse))]:
        fine = place + np.linspace(-step, step, 101)
        value = height(fine)
        top = int(np.argmax(value[1:-1])) + 1
        left, middle, right = value[top - 1 : top + 2]
        found.append(fine[top] + 0.5 * (fine[1] - fine[0]) * (left - right) / (left - 2.0 * middle + right))
    return np.array(found)


def tops(values: Real) -> Integer:
    """Return where a curve on a grid has its inner maxima."""
    return np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:])) + 1


def told(places: Real) -> str:
    """Return detunings in words."""
    return " and ".join(f"{one:+.4f}" for one in places)


def nearest(grid: Real, places: Sequence[float]) -> list[int]:
    """Return where a grid comes closest to these places: where markers of several lines keep apart."""
    return [int(np.abs(grid - place).argmin()) for place in places]


def regime_handles(size: float) -> list[Line2D]:
    """Return the entries of a legend that tell the regimes by their markers."""
    return [Line2D([], [], color=COLOURS[one], marker=MARKERS[one], ms=size, label=one) for one in COLOURS]


def splitting_handles(styles: Mapping[float, str], color: str = INK) -> list[Line2D]:
    """Return the entries of a legend that tell splittings by the styles of their lines."""
    return [
        Line2D([], [], color=color, ls=style, label=rf"$\Delta={spread:g}\,\omega_1$" if spread else r"$\Delta=0$")
        for spread, style in styles.items()
    ]
