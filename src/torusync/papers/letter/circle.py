"""Figs. 3(c) and 3(d): where the optimal phases of twenty levels stand on the circle.

In the engine the optimum is not a point: every set of phases with the same drive-weighted mean phasor is as good.
That mean is drawn inside the circle, because it is what the physics fixes.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from torusync._checks import Real
from torusync.figures.record import Field, assemble, attributes, peak
from torusync.maxima.climb import ascend
from torusync.models import ThermalMaser
from torusync.papers.letter.parameters import BATHS, DRAWS, DRIVE, N_HOT, QUICK_DRAWS, SEED, SPEC
from torusync.papers.letter.scaling import random_drives
from torusync.phases import phase_distribution
from torusync.plots import plot_phasors
from torusync.plots.journal import COLOURS
from torusync.plots.phasors import phasor_legend, phasor_tints
from torusync.quantities import solve
from torusync.steady import SteadyState

LEVELS: Final = 20
SHOWN: Final = 8
"""Realisations drawn: more fill the circle without a gap and show less."""


def _compute(regime: str, quick: bool) -> xr.Dataset:
    drives = random_drives(LEVELS, QUICK_DRAWS if quick else DRAWS)
    n_hot = N_HOT[regime]
    solved = solve(ThermalMaser(drives, n_hot=n_hot, **BATHS))
    angles = _search(solved.state)
    phases = np.mod(angles[..., 2:] - angles[..., 1:2], 2.0 * np.pi)
    mean = (drives * np.exp(1j * phases)).sum(axis=-1) / drives.sum(axis=-1)
    each, both, symbol = ("draw",), ("draw", "level"), "Σ_j λ_j e^{iφ_j1}/Σ_j λ_j"
    words, ascent = "drive-weighted mean phasor", "ascent from random phases"
    reached, dimension = phase_distribution(solved.state, angles), np.asarray(solved["optima_dimension"], np.int64)
    many, closed = "dimension of the set of optimal phases", "closed form at exact degeneracy"
    columns = {
        Field("draw", each, "random realisation of the drives", "-", "seed"): np.arange(len(drives)),
        Field("level", ("level",), "level number", "j", "Eq. (5)"): np.arange(2, LEVELS + 2),
        Field("drive", both, "drives", "λ_j", "seed", "omega_1"): drives,
        Field("phase", both, "optimal phase relative to level 1", "φ_j1^opt", ascent, "rad"): phases,
        Field("mean_x", each, f"{words}, real part", f"Re {symbol}", "phase, drive"): mean.real,
        Field("mean_y", each, f"{words}, imaginary part", f"Im {symbol}", "phase, drive"): mean.imag,
        **peak(each, solved),
        Field("s_reached", each, "distribution at the phases given here", "S(φ^opt)", "Eq. (3)"): reached,
        Field("optima_dimension", each, many, "dim", closed): dimension,
    }
    attrs = attributes([solved], **BATHS, n_hot=n_hot, drive_2=DRIVE, seed=SEED, draws=len(drives), levels=LEVELS)
    return assemble(columns, attrs)


def _search(state: SteadyState) -> Real:
    """Return the phases ``(draw, D)`` where one ascent from random phases stops, as any optimiser's would."""
    # the ground level carries no coherence
    coherences = np.where(np.eye(state.dimension - 1) == 1.0, 0.0, state.rho[:, 1:, 1:])
    coherences /= np.abs(coherences).max(axis=(-2, -1), keepdims=True)
    start = np.random.default_rng(SEED).uniform(0.0, 2.0 * np.pi, size=coherences.shape[:-1])
    angles = np.zeros((len(coherences), state.dimension))
    angles[:, 1:] = np.angle(ascend(coherences, np.exp(1j * start)))
    return angles


def _paint(regime: str, axes: Sequence[Axes], data: xr.Dataset) -> None:
    (ax,) = axes
    plot_phasors(data.isel(draw=slice(SHOWN)), ax, color=COLOURS[regime])
    ax.set_title(rf"{regime}, $N={LEVELS}$", pad=4)
    symbols = [r"$\varphi_{j1}^{\rm opt}$", r"$\sum\lambda_je^{i\varphi_{j1}}/\sum\lambda_j$"]
    phasor_legend(ax, phasor_tints(ax), symbols)


_INSIDE = (
    "The diamonds, the mean phasor weighted with the drives, are added here. "
    f"The first {SHOWN} of the realisations are drawn, the data file holds all."
)

FIG3C: Final = SPEC(
    id="fig3c",
    letter="c",
    title="Optimal phases of twenty levels, engine",
    said=(
        "In the engine the dominant, repulsive mutual coupling spreads the optimal phases over the whole circle. "
        "Opacity tells realisations of the drives apart."
    ),
    alt=(
        "Unit circle, angle φ from the right, with orange dots all around it, pale to full orange by draw; black "
        "diamonds near the centre, on the upward axis."
    ),
    departures=(
        (
            "The optimum is a continuum (18 dimensions at N = 20): every set of phases with the same Σ λ_j e^{iφ_j1} "
            "reaches the same S_max. The scatter on the circle shows where an ascent from random phases happened to "
            "stop, and the letter's scatter where its own search did; only the mean phasor is determined."
        ),
        _INSIDE,
    ),
    compute=partial(_compute, "engine"),
    paint=partial(_paint, "engine"),
    size=(3.4, 3.0),
)

FIG3D: Final = SPEC(
    id="fig3d",
    letter="d",
    title="Optimal phases of twenty levels, refrigerator",
    said=(
        "In the refrigerator all optimal phases of all realisations fall on the single point 3π/2, as entrainment "
        "and mutual coupling both ask for."
    ),
    alt=(
        "Unit circle, angle φ from the right, with all dark blue dots on one point, at the bottom, 3π/2; the black "
        "diamonds of the mean phasor lie there too."
    ),
    departures=(_INSIDE,),
    compute=partial(_compute, "refrigerator"),
    paint=partial(_paint, "refrigerator"),
    size=(3.4, 3.0),
)
