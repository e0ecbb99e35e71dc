"""The six terms of the phase equation: on the way to the steady state, and in it against the dipoles' correlation.

The letter's machine has independent dipoles.  Its mutual coupling then goes through the drive, coherently, and no
dissipation couples its phases; both are seen by what is at zero.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from torusync.dynamics import TERMS, evolve, phase_model
from torusync.figures.record import Field, assemble
from torusync.papers.letter.phases import parameters as phases
from torusync.plots.journal import ENGINE, GREY, INK, REFRIGERATOR
from torusync.steady import steady_state

LEVELS: Final = 3
DRIVE: Final = 0.1
SPREAD: Final = 0.1
DETUNING: Final = 0.05
TURNED: Final = (0.0, 0.0, 1.5, -1.0, 0.4)
"""φ by which the levels of the steady state are turned where the evolution starts, in rad."""

DURATION: Final = 24.0
PAIRS: Final = ((1, 2), (2, 3))

_LOOK: Final[dict[str, dict[str, Any]]] = {
    "detuning": {"color": GREY, "ls": (0, (1, 1.2)), "lw": 1.2},
    "drive on populations": {"color": ENGINE, "ls": "-", "lw": 1.5},
    "coherent coupling": {"color": REFRIGERATOR, "ls": (0, (5, 1.8)), "lw": 1.5},
    "dissipative coupling": {"color": INK, "ls": (0, (2, 1.2)), "lw": 1.5},
    "pull of populations": {"color": GREY, "ls": (0, (6, 1.5, 1, 1.5)), "lw": 1.2},
}
"""The shift is not drawn: the channels of the machine have no diagonal, and it is zero."""

NONE: Final = "dissipative coupling"
"""Of which independent dipoles have none."""

_SUM: Final[dict[str, Any]] = {"color": INK, "lw": 0.7, "label": "sum"}


def _terms(found: xr.Dataset) -> Any:
    """Return terms of dΦ/dt of the pairs, (pair, term, ...)."""
    velocity = found["phase_velocity"].transpose("term", "level_i", "level_j", ...).to_numpy()
    return np.stack([velocity[:, i, j] for i, j in PAIRS])


def _compute(quick: bool) -> xr.Dataset:
    times = np.linspace(0.0, DURATION, 61 if quick else 241)
    known: dict[str, Any] = {"detuning": DETUNING}
    free = phases.machine(LEVELS, DRIVE, SPREAD, phases.UNMATCHED, **known)
    turn = np.exp(-1j * np.array(TURNED))
    path = evolve(free, turn[:, np.newaxis] * steady_state(free).rho * turn.conj(), times)
    # whole steps about 0, above −1/(N − 1)
    correlation = 0.03 * np.arange(-10, 31) if quick else 0.01 * np.arange(-30, 91)
    machines = phases.machine(LEVELS, DRIVE, SPREAD, phases.UNMATCHED, dipole_correlation=correlation, **known)
    states = steady_state(machines)
    moving, resting = (_terms(phase_model(one).terms(at)) for one, at in ((free, path), (machines, states)))
    pair, term = ("pair",), ("term",)
    about = "term of the velocity of a phase"
    columns = {
        Field("pair", pair, "levels of the coherence", "ij", "chosen"): ["12", "23"],
        Field("term", term, "term of the exact split", "-", "physics of the phase equation"): list(TERMS),
        Field("time", ("time",), "time", "t", "grid", "1/omega_1"): times,
        Field("moving", ("pair", "term", "time"), about, "dΦ_ij/dt", "exact split along evolve", "omega_1"): moving,
        Field("correlation", ("correlation",), "correlation of the dipoles", "p", "grid"): correlation,
        Field(
            "resting", ("pair", "term", "correlation"), f"{about} in the steady state", "dΦ_ij/dt", "exact split",
            "omega_1",
        ): resting,
    }  # fmt: skip
    dissipative = np.abs(resting[:, TERMS.index(NONE)]).max(axis=0)
    finding = (
        f"Largest dissipative coupling of these two phases: {dissipative[np.abs(correlation).argmin()]:.1e} ω_1 at "
        f"p = 0 and {dissipative.max():.3f} ω_1 at most for p from −0.3 to 0.9."
    )
    left = np.abs(np.nansum(resting, axis=1)).max()
    evidence = (
        f"States in time within {float(np.max(path.error)):.1e} of the true ones in the trace norm; steady states with "
        f"residuals up to {float(np.max(states.residual)):.1e} ω_1, in which the terms add up to {left:.1e} ω_1 at "
        "most."
    )
    return assemble(
        columns,
        phases.stated(evidence, finding, n_hot=phases.UNMATCHED, drive=DRIVE, spread=SPREAD, **known, levels=LEVELS),
    )


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    for column, pair in enumerate(data["pair"].to_numpy()):
        for ax, name, over in ((axes[column], "moving", "time"), (axes[2 + column], "resting", "correlation")):
            part = data[name].sel(pair=pair)
            ax.axhline(0.0, color=GREY, lw=0.4, zorder=0)
            for term, look in _LOOK.items():
                # what vanishes everywhere hides what is told by being zero
                if term == NONE or float(np.abs(part.sel(term=term)).max()) > 0.0:
                    ax.plot(data[over], part.sel(term=term), label=term, **look)
            ax.plot(data[over], part.sum("term"), **_SUM)
            ax.set_xlim(float(data[over][0]), float(data[over][-1]))
        top, below = axes[column], axes[2 + column]
        symbol = rf"\Phi_{{{pair}}}"
        top.set_xlabel(r"$\omega_1 t$")
        below.set_xlabel("$p$, correlation of the dipoles")
        for ax in (top, below):
            ax.set_ylabel(rf"terms of $\dot{{\Phi}}_{{{pair}}}/\omega_1$")
        top.set_title(rf"${symbol}$ on its way, $p=0$", pad=4)
        below.set_title(rf"${symbol}$ at rest", pad=4)
    handles = {text: one for ax in axes for one, text in zip(*ax.get_legend_handles_labels(), strict=True)}
    order = [*_LOOK, str(_SUM["label"])]
    axes[0].legend([handles[one] for one in order], order, loc="lower right")


TERMS_FIGURE: Final = phases.SPEC(
    id="terms",
    title="What turns the phases: the exact split",
    said=(
        "External drives couple the coherences coherently, and the coherences are mutually coupled dissipatively: an "
        "interplay between entrainment and mutual synchronization."
    ),
    alt=(
        "Four panels of lines, phase velocities by their causes. Above against time: an orange line, the drive on "
        "populations, and a blue dashed one, the coherent coupling, start apart and settle to cancel each other; the "
        "black short dashes of the dissipative coupling lie at zero. Below against the correlation p of the dipoles: "
        "the black short dashes cross zero at p = 0 and grow to either side."
    ),
    departures=(
        phases.ADDED,
        (
            "For independent dipoles, which the letter has, no dissipative term couples phases: the mutual coupling is "
            "coherent, through the drive. A dissipative one needs correlated dipoles, p ≠ 0 (claim P04)."
        ),
        (
            "The split depends on the frame, the basis and the gauge of the channels: here the frame of the drive, the "
            "bare levels and traceless channels, where it is unique (claim P02)."
        ),
    ),
    compute=_compute,
    paint=_paint,
    size=(7.0, 4.6),
    grid=(2, 2),
)
