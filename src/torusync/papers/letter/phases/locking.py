"""Locking in time: the master equation and the frozen phase model from the same starts, side by side.

Both begin at the steady state with its levels turned.  In the letter's machine both come back to it; under a strong
drive of levels apart the frozen model drifts, and the master equation, which is linear, comes back all the same.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from torusync.dynamics import liouvillian_gap, phase_model
from torusync.figures.record import Field, assemble
from torusync.papers.letter.parameters import DRIVE
from torusync.papers.letter.phases import parameters as phases
from torusync.plots.journal import ENGINE, GREY, INK, REFRIGERATOR

LEVELS: Final = 3
KINDS: Final = ("letter", "apart")
DRIVES: Final = (DRIVE, 1.0)
SPREADS: Final = (0.0, 3.0)
DURATION: Final = 60.0
STARTS: Final = 8
SHOWN: Final = 0
"""The start of which every phase is drawn."""

_FROZEN: Final[dict[str, Any]] = {"color": ENGINE, "ls": (0, (4, 1.5)), "lw": 1.0}
_TRUE: Final[dict[str, Any]] = {"color": REFRIGERATOR, "ls": "-", "lw": 1.0}


def off(found: Any, rest: Any) -> Any:
    """Return the largest |e^{iΦ} − e^{iΦ_ss}| over pairs, which are the last axis."""
    return np.abs(np.exp(1j * found) - np.exp(1j * rest)).max(axis=-1)


def _compute(quick: bool) -> xr.Dataset:
    count = 4 if quick else STARTS
    followed, apart, drift, gaps, errors = [], [], [], [], []
    for drive, spread in zip(DRIVES, SPREADS, strict=True):
        maser = phases.machine(LEVELS, drive, spread, phases.REFRIGERATOR)
        model = phase_model(maser).frozen()
        runs = model.run(DURATION, starts=count, seed=phases.SEED)
        both = np.stack([runs.frozen, runs.coevolving])
        # by whole turns, so that both begin at the same place whatever was unwrapped
        both[1] += 2.0 * np.pi * np.round((both[0] - both[1])[:, :1] / (2.0 * np.pi))
        followed.append(both[:, SHOWN])
        apart.append(off(both, model.phases))
        drift.append([int(one.any(axis=-1).sum()) for one in (runs.frozen_drifting, runs.coevolving_drifting)])
        gaps.append(float(liouvillian_gap(maser).gap))
        errors.append(float(runs.coevolving_error.max()))
    kind, model_dim = ("kind",), ("kind", "model")
    names = [f"{i}{j}" for i, j in model.pairs]
    columns = {
        Field("kind", kind, "machine", "-", "the letter's, and levels apart under a strong drive"): list(KINDS),
        Field("drive", kind, "strength of every drive", "λ", "chosen", "omega_1"): np.array(DRIVES),
        Field("spread", kind, "highest minus lowest level", "ω_{N+1} − ω_2", "chosen", "omega_1"): np.array(SPREADS),
        Field("model", ("model",), "what is followed", "-", "the same starts"): ["frozen", "master equation"],
        Field("pair", ("pair",), "levels of the coherence", "ij", "excited levels"): names,
        Field("time", ("time",), "time", "t", "grid", "1/omega_1"): runs.times,
        Field("phases", (*model_dim, "time", "pair"), "phases from one start", "Φ_ij", "runs", "rad"): np.stack(
            followed
        ),
        Field("apart", (*model_dim, "start", "time"), "how far the phases are from those of the steady state",
              "max |e^{iΦ} − e^{iΦ_ss}|", "runs"): np.stack(apart),
        Field("drifting", model_dim, "starts with a phase that drifts", "-", "mean velocity"): np.array(drift),
        Field("gap", kind, "slowest decay of the generator", "gap", "spectrum", "omega_1"): np.array(gaps),
    }  # fmt: skip
    last = np.stack(apart)[1, 1, :, -1].max()
    finding = (
        f"Starts with drifting phases, of {count}: in the letter's machine {drift[0][0]} with frozen amplitudes and "
        f"{drift[0][1]} of the master equation; at λ = {DRIVES[1]:g} ω_1 and a spread of {SPREADS[1]:g} ω_1 "
        f"{drift[1][0]} and {drift[1][1]}, whose phases are within {last:.1e} of the steady ones at the end."
    )
    evidence = (
        f"Master equation within {max(errors):.1e} of the true states in the trace norm; a phase drifts that turns by "
        "more than once, and alike, in both quarters of the second half of the time."
    )
    known = phases.stated(evidence, finding, n_hot=phases.REFRIGERATOR, levels=LEVELS, seed=phases.SEED, starts=count)
    return assemble(columns, known)


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    titles = ("letter's machine", "levels apart, strong drive")
    for column, kind in enumerate(data["kind"].to_numpy()):
        part, above, below = data.sel(kind=kind), axes[column], axes[2 + column]
        for model, look in (("frozen", _FROZEN), ("master equation", _TRUE)):
            one = part.sel(model=model)
            lines = above.plot(data["time"], one["phases"] / np.pi, **look)
            told = f"{model}: {int(one['drifting'])} of {data.attrs['starts']} starts drift"
            lines[0].set_label(told)
            below.semilogy(data["time"], one["apart"].transpose("time", "start"), **look)
        gap, time = float(part["gap"]), data["time"].to_numpy()
        # drawn where it does not hide what it is held against
        scale = 30.0 * float(part["apart"].sel(model="master equation")[:, -1].max()) * np.exp(gap * time[-1])
        below.semilogy(
            time, scale * np.exp(-gap * time), color=INK, ls=":", lw=1.1, label=rf"gap: $\propto e^{{-{gap:.3g}t}}$"
        )
        above.axhline(0.0, color=GREY, lw=0.4, zorder=0)
        for ax in (above, below):
            ax.set_xlim(time[0], time[-1])
        above.tick_params(labelbottom=False)
        drive, spread = float(part["drive"]), float(part["spread"])
        above.set_title(rf"{titles[column]}: $\lambda={drive:g}$, spread {spread:g}", pad=4)
        low, high = above.get_ylim()
        above.set_ylim(low, high + 0.3 * (high - low))
        above.legend(loc="upper left")
        below.set(xlabel=r"$\omega_1 t$", ylim=(1e-7, 4.0))
        below.legend(loc="lower left")
    axes[0].set_ylabel(r"$\Phi_{ij}/\pi$, one start")
    axes[2].set_ylabel(r"$\max|e^{i\Phi}-e^{i\Phi^{\rm ss}}|$")


LOCKING: Final = phases.SPEC(
    id="locking",
    title="Locking in time: the master equation beside the frozen phase model",
    said=phases.SAID,
    alt=(
        "Four panels. Above, phases against time from one start: on the left blue solid lines of the master equation "
        "and orange dashed ones of the frozen model settle at the same values; on the right the orange dashed lines "
        "run away while the blue ones settle. Below, in logarithmic scale, the distance from the steady phases of "
        "all starts: the blue lines fall along a dotted exponential of the gap in both panels, the orange ones fall on "
        "the left and stay at order one on the right."
    ),
    departures=(
        phases.ADDED,
        (
            "A phase model as of classical oscillators holds the amplitudes. What it does alone need not happen: with "
            "amplitudes that evolve along it is the master equation, which is linear and, its steady state being "
            "unique, locks every phase."
        ),
    ),
    compute=_compute,
    paint=_paint,
    size=(7.0, 4.6),
    grid=(2, 2),
)
