"""What the companion's figures share: its machine, the bounds, the bookkeeping, and what could not be read.

Rates and drive are a fifth of the letter's, so k and S_max at exact degeneracy are the letter's, while splittings that
resolve the two transitions stay small against ω_2.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from torusync.figures.record import Field, Tally, attributes
from torusync.figures.spec import FigureSpec
from torusync.models import ThermalMaser
from torusync.papers.companion import CITATION
from torusync.plots.journal import GREY
from torusync.quantities import solve
from torusync.thermo.bounds import SynchronizationBounds

RATES: Final[Mapping[str, float]] = {"gamma_hot": 0.01, "gamma_cold": 0.04, "omega_cold": 1.0, "omega_hot": 3.0}
"""γ_h, γ_c, ω_1, ω_2 in units of ω_1."""

N_COLD: Final = 0.5
DRIVE: Final = 0.02
"""λ of both levels, in units of ω_1."""

REGIMES: Final[Mapping[str, float]] = {"refrigerator": 0.4, "engine": 10.0}
"""n_h/n_c, with n_h the occupation of ω_2."""

SPLITTINGS: Final = (0.03, 0.3)
"""Δ = ω_3 − ω_2 in units of ω_1: below the damping, which is 0.07 to 0.12, and above it."""

BOOKKEEPING: Final = "bare, ω_j for heat and ω_j − ω_1 for power"

UNREAD: Final = (
    "The companion's figures could not be read, only its title and abstract: which of this it draws, with which "
    "parameters and which numbers, is not known. Machine, axes and parameters are chosen here."
)

POWER_UNIT: Final = "hbar omega_1^2"

UNIT: Final = 1e-4
"""S_max is drawn in units of 10⁻⁴."""

RANGE: Final = (0.01, 100.0)
"""n_h/n_c on an axis."""

SPEC: Final = partial(FigureSpec, paper=CITATION.place)


def say_bookkeeping(ax: Axes, x: float, y: float) -> None:
    """Write into a panel which energies its heat and work have, at a corner given in parts of the panel."""
    across, along = "left" if x < 0.5 else "right", "bottom" if y < 0.5 else "top"
    ax.text(x, y, "bare energies", color=GREY, fontsize=6.5, transform=ax.transAxes, ha=across, va=along)


def power_field(*dims: str) -> Field:
    """Return the field of the power, as large as it is."""
    return Field("power", dims, "power, positive out of the machine", "P", "bare energies", POWER_UNIT)


def constant_field(*dims: str) -> Field:
    """Return the field of κ_P."""
    return Field("kappa_power", dims, "power per S_max in its bound", "κ_P", "32 π² λ (ω_3 − ω_1)", POWER_UNIT)


def machine(
    n_hot: ArrayLike,
    spread: ArrayLike,
    *,
    drive: ArrayLike = DRIVE,
    dipole_correlation: ArrayLike = 0.0,
    detuning: ArrayLike = 0.0,
) -> ThermalMaser:
    """Return two levels between two temperatures, at which ω_2 has ``n_hot`` and ω_1 has n_c."""
    occupation = np.asarray(n_hot, dtype=np.float64)
    return ThermalMaser.near_degenerate(
        manifold_levels=2,
        spread=spread,
        hot_temperature=RATES["omega_hot"] / np.log1p(1.0 / occupation),
        cold_temperature=RATES["omega_cold"] / np.log1p(1.0 / N_COLD),
        drive=drive,
        detuning=detuning,
        dipole_correlation=dipole_correlation,
        **RATES,
    )


def run(maser: ThermalMaser, tally: Tally) -> SynchronizationBounds:
    """Solve a batch of machines and count it in; return S_max, the currents and the constants between them."""
    solved = tally.add(solve(maser))
    return solved.bounds


def stated(tally: Tally, **parameters: str | float) -> dict[str, str | int | float]:
    """Return dataset attributes: the machine of these figures, what was varied, the bookkeeping, and the evidence."""
    fixed: dict[str, str | float] = {**RATES, "n_cold": N_COLD, "drive": DRIVE, "levels": 2, "bookkeeping": BOOKKEEPING}
    return attributes(tally, **{**fixed, **parameters})
