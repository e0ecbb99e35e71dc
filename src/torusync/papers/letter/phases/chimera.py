"""Chimeras, honestly: which levels drift in the frozen model, in the master equation, and where levels are identical.

A chimera is a state of identical oscillators of which some lock and some drift.  Levels that differ, of which the edges
drift in a model with frozen amplitudes, are no such thing, and in the master equation all of them lock.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MultipleLocator

from torusync.dynamics import phase_model
from torusync.figures.record import Field, assemble
from torusync.papers.letter.phases import parameters as phases
from torusync.plots.axes import legend_from
from torusync.plots.journal import ENGINE, GREY, REFRIGERATOR

LEVELS: Final = 20
DRIVE: Final = 0.3
SPREADS: Final = (3.0, 0.0)
KINDS: Final = ("apart", "identical")
DURATION: Final = 300.0
STARTS: Final = 4

_FROZEN: Final[dict[str, Any]] = {"color": ENGINE, "marker": "o", "mfc": "white", "ms": 4.5, "ls": "", "mew": 1.0}
_TRUE: Final[dict[str, Any]] = {"color": REFRIGERATOR, "marker": "x", "ms": 3.5, "ls": "", "mew": 1.0}


def _compute(quick: bool) -> xr.Dataset:
    count = 1 if quick else STARTS
    velocity, unsure, locked, pairs, levels_off, errors = [], [], [], [], [], []
    for spread in SPREADS:
        model = phase_model(phases.machine(LEVELS, DRIVE, spread, phases.REFRIGERATOR)).frozen()
        runs = model.run(DURATION, starts=count, seed=phases.SEED)
        driven = model.pairs[:, 0] == 1
        velocity.append([runs.frozen_velocity[:, driven], runs.coevolving_velocity[:, driven]])
        unsure.append([runs.frozen_velocity_error[:, driven], runs.coevolving_velocity_error[:, driven]])
        drifting = np.stack([runs.frozen_drifting, runs.coevolving_drifting])
        pairs.append(drifting.sum(axis=-1))
        levels_off.append(drifting[..., driven].sum(axis=-1))
        # along the way: how well each phase keeps to where it rests, e^{iΦ} averaged over the second half of the time
        half = len(runs.times) // 2
        both = np.stack([one[:, half:, driven] for one in (runs.frozen, runs.coevolving)])
        locked.append(np.abs(np.exp(1j * both).mean(axis=2)))
        errors.append(float(runs.coevolving_error.max()))
    dims, counted = ("kind", "model", "start", "level"), ("kind", "model", "start")
    half_time = f"over t from {0.5 * DURATION:g} to {DURATION:g}"
    columns = {
        Field("kind", ("kind",), "levels", "-", "equally spaced, and identical"): list(KINDS),
        Field("spread", ("kind",), "highest minus lowest level", "ω_{N+1} − ω_2", "chosen", "omega_1"): list(SPREADS),
        Field("model", ("model",), "what is followed", "-", "the same starts"): ["frozen", "master equation"],
        Field("level", ("level",), "manifold level", "j", "its index"): np.arange(2, LEVELS + 2),
        Field("velocity", dims, f"mean velocity of Φ_1j {half_time}", "<dΦ_1j/dt>", "runs", "omega_1"): velocity,
        Field("velocity_error", dims, "what cannot be told from rest", "-", "a turn, two quarters", "omega_1"): unsure,
        Field("kept", dims, f"|mean of e^iΦ_1j| {half_time}", "-", "1 at rest"): np.array(locked),
        Field("drifting_pairs", counted, "pairs whose phase drifts", "-", "mean velocity"): np.array(pairs),
        Field("drifting_levels", counted, "levels whose Φ_1j drifts", "-", "mean velocity"): np.array(levels_off),
    }  # fmt: skip
    total = LEVELS * (LEVELS + 1) // 2
    counts = ", ".join(str(int(one)) for one in pairs[0][0])
    edges = ", ".join(str(int(one)) for one in levels_off[0][0])
    finding = (
        f"Levels apart, frozen: {counts} of {total} pairs drift in the {count} start{'s' * (count > 1)}, by Φ_1j of "
        f"{edges} levels; of the master equation {int(np.max(pairs[0][1]))}. Identical levels: "
        f"{int(np.max(pairs[1][0]))} frozen and {int(np.max(pairs[1][1]))} of the master equation."
    )
    evidence = (
        f"Master equation within {max(errors):.1e} of the true states in the trace norm; a phase drifts that turns by "
        "more than once, and alike, in both quarters of the second half of the time."
    )
    known = {"n_hot": phases.REFRIGERATOR, "levels": LEVELS, "drive": DRIVE, "seed": phases.SEED, "starts": count}
    return assemble(columns, phases.stated(evidence, finding, **known))


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    titles = {"apart": "levels apart, spread {:g}", "identical": "identical levels, spread {:g}"}
    looks = {"frozen": ("frozen amplitudes", _FROZEN), "master equation": ("master equation", _TRUE)}
    total = data.sizes["level"] * (data.sizes["level"] + 1) // 2
    top = 1.25 * float(np.abs(data["velocity"]).max())
    for column, kind in enumerate(data["kind"].to_numpy()):
        part, above, below = data.sel(kind=kind), axes[column], axes[2 + column]
        for ax, name in ((above, "velocity"), (below, "kept")):
            ax.axhline(0.0 if name == "velocity" else 1.0, color=GREY, lw=0.5, zorder=0)
            for model, (label, look) in looks.items():
                one = part.sel(model=model)
                ax.plot(data["level"], one[name].transpose("level", "start"), **look)
                some = "–".join(dict.fromkeys(f"{int(f(one['drifting_pairs']))}" for f in (np.min, np.max)))
                ax.lines[-1].set_label(f"{label}: {some} of {total} pairs drift")
            ax.set_xlim(1.3, data.sizes["level"] + 1.7)
        below.xaxis.set_major_locator(FixedLocator([2, 6, 11, 16, 21]))
        above.xaxis.set_major_locator(FixedLocator([2, 6, 11, 16, 21]))
        above.set_ylim(-top, 1.7 * top)
        above.yaxis.set_major_locator(MultipleLocator(1.0))
        below.set(ylim=(-0.05, 1.12), xlabel="level $j$")
        above.tick_params(labelbottom=False)
        above.set_title(titles[str(kind)].format(float(part["spread"])), pad=4)
        legend_from(above, [], loc="upper center")
    axes[0].set_ylabel(r"$\langle\dot\Phi_{1j}\rangle/\omega_1$")
    axes[2].set_ylabel(r"$|\langle e^{i\Phi_{1j}}\rangle|$")


CHIMERA: Final = phases.SPEC(
    id="chimera",
    title="No chimera: partly locked states are there in the frozen model alone",
    said=phases.SAID,
    alt=(
        "Four panels over the twenty levels. Left, levels apart: empty orange circles of the frozen model lie at zero "
        "velocity but for the two edge levels at about plus and minus one, and those two have lost their mean phasor; "
        "blue crosses of the master equation lie at velocity zero and phasor one throughout. Right, identical levels: "
        "circles and crosses coincide at velocity zero and phasor one."
    ),
    departures=(
        phases.ADDED,
        (
            "No chimera in the strict sense, partly locked identical oscillators, was found. Partly locked states "
            "exist in the model with frozen amplitudes, for levels that differ under a strong drive, and are an "
            "artefact of freezing: the same starts lock in the master equation, all of them."
        ),
    ),
    compute=_compute,
    paint=_paint,
    size=(7.0, 4.4),
    grid=(2, 2),
)
