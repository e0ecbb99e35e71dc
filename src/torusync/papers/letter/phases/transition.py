"""The transition from synchronization to antisynchronization: where it is, and where nothing happens.

It is in the phases that maximise S, of which the torus flow is the classical dynamics, a repulsive Kuramoto model in a
field.  It is not in the phases of the steady state: those jump where the baths are equal and rest at k = N.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from torusync._checks import Real
from torusync.dynamics import phase_model, torus_flow
from torusync.dynamics.torus import hessian
from torusync.figures.record import Columns, Field, assemble, bounded
from torusync.papers.letter.parameters import BATHS, DRIVE
from torusync.papers.letter.phases import parameters as phases
from torusync.papers.letter.phases.flow import DAMPING, MANIFOLD, N_HOT, engine, in_phase, mean_field, relaxation
from torusync.phases import Synchronization, synchronization
from torusync.plots.axes import legend_from, shade_regimes
from torusync.plots.journal import ENGINE, GREY, INK, REFRIGERATOR
from torusync.steady import steady_state

LEVELS: Final = (3, 20)
APART: Final = 5
SPREADS: Final = (0.1, 1.0)
FIELDS: Final = (20, 200)
"""N of the panel beside Kuramoto's mean field."""

WEAK: Final = 0.3
BEGUN: Final = 0.02
"""k/N there, and the order parameter where those flows start."""

_FLOWED: Final = 360.0
"""Duration of the flows from random starts in units of 1/Ny."""

_RATIO: Final = (0.1, 10.0)
_TO_PRINT: Final = "k/N"


def _maxima(quick: bool) -> tuple[Columns, list[Synchronization]]:
    """Return the order parameter of optimal phases, with the proof of each maximum."""
    share = np.linspace(0.1, 1.6, 16 if quick else 31)
    exact = [synchronization(steady_state(engine(levels, share * levels))) for levels in LEVELS]
    apart = [synchronization(steady_state(engine(APART, share * APART, spread))) for spread in SPREADS]
    columns: Columns = {
        Field("share", ("share",), "dissipation-to-driving ratio over the number of levels", _TO_PRINT, "grid"): share,
        Field("levels", ("levels",), "number of degenerate levels", "N", "chosen"): np.array(LEVELS),
        Field("spread", ("spread",), "highest minus lowest of five levels", "ω_6 − ω_2", "chosen", "omega_1"): np.array(
            SPREADS
        ),
    }
    for name, many, dim, words in (("exact", exact, "levels", "degenerate"), ("apart", apart, "spread", "apart")):
        dims, (order, s_max, bound) = (dim, "share"), (
            np.stack([getattr(one, what) for one in many]) for what in ("order_parameter", "s_max", "s_max_bound")
        )  # fmt: skip
        about = f"order parameter of the optimal phases, levels {words}"
        columns[Field(f"order_{name}", dims, about, "|Σe^{iφ_j}|/N", "phases of the maximum")] = order
        columns |= bounded(dims, s_max, bound, name=f"s_max_{name}")
    return columns, [*exact, *apart]


def _flows(quick: bool) -> tuple[Columns, Real, Real]:
    """Return where the torus flow ends, beside k/N."""
    share = np.linspace(0.1, 1.6, 4 if quick else 11)
    flowed = np.empty((len(LEVELS), len(share)))
    for row, levels in enumerate(LEVELS):
        for column, one in enumerate(share):
            state = steady_state(engine(levels, one * levels))
            length = _FLOWED / (levels * abs(complex(state.coherence(2, 3))))
            ends = torus_flow(state, length, starts=2, seed=phases.SEED).order_parameter(MANIFOLD)[:, -1]
            flowed[row, column] = ends[np.abs(ends - min(1.0, one)).argmax()]
    words, which = "order parameter at the end of the torus flow", "the further from min(1, k/N) of two random starts"
    columns: Columns = {
        Field("flow_share", ("flow_share",), "the same ratio, of the flows", _TO_PRINT, "grid"): share,
        Field("flowed", ("levels", "flow_share"), words, "|Σe^{iφ_j}|/N", which): flowed,
    }
    return columns, share, flowed


def _rates(quick: bool) -> Columns:
    """Return how fast the in-phase state is left in the flow, and the steady phases are come back to in the model."""
    share = np.linspace(0.2, 1.8, 9 if quick else 17)
    flow, frozen = np.empty((len(share), APART)), np.empty(len(share))
    for row, one in enumerate(share):
        maser = engine(APART, one * APART)
        state = steady_state(maser)
        rho, phasors = in_phase(state)
        # |1> and the common rotation: the direction of all levels together comes first, then those among them
        flow[row] = np.linalg.eigvalsh(hessian(rho, phasors)[1:, 1:]) / (APART * abs(rho[1, 2]))
        frozen[row] = float(phase_model(maser).frozen(state).stability) / (2.0 * DAMPING)
    return {
        Field("rate_share", ("rate_share",), "the same ratio, of the rates; N = 5", _TO_PRINT, "grid"): share,
        Field("direction", ("direction",), "one of the N directions", "-", "by rising rate"): np.arange(1, APART + 1),
        Field("flow_rates", ("rate_share", "direction"), "rates at the in-phase state of the torus flow, |1> held",
              "rate/Ny", "Hessian of the pair sum"): flow,
        Field("frozen_rate", ("rate_share",), "slowest rate at the steady phases of the phase model",
              "rate/2γ_h(1 + n_h)", "Jacobian of the frozen model"): frozen,
    }  # fmt: skip


def _jump(quick: bool) -> Columns:
    """Return the phases of the steady state against the ratio of the occupations."""
    ratio = np.geomspace(*_RATIO, 40 if quick else 120)  # an even number: none at 1, where there are no phases
    state = steady_state(phases.machine(APART, DRIVE, 0.0, ratio[:, np.newaxis] * BATHS["n_cold"]))
    mutual, driven = np.asarray(state.coherence(2, 3)), np.asarray(state.coherence(2, 1))
    over = ("ratio",)
    return {
        Field("ratio", over, "ratio of the bath occupations", "n_h/n_c", "grid"): ratio,
        Field("mutual_phase", over, "steady phase of two manifold levels, its modulus", "|Φ_jl|", "solver", "rad"): (
            np.abs(np.angle(mutual))
        ),
        Field("driven_phase", over, "steady-state phase of a driven coherence", "Φ_j1", "solver", "rad"): (
            np.angle(driven) % (2.0 * np.pi)
        ),
        Field("mutual_modulus", over, "modulus of the coherence of two levels", "|ρ_jl|", "solver"): np.abs(mutual),
    }  # fmt: skip


def _relaxations(quick: bool) -> tuple[Columns, float]:
    """Return order parameters along flows of many levels beside the mean field, and how far they are from it."""
    fields = FIELDS[:1] if quick else FIELDS
    flows = [relaxation(levels, WEAK, BEGUN, 16.0) for levels in fields]
    times, orders = flows[0][0], np.stack([one for _, one in flows])
    law = mean_field(times, WEAK, BEGUN)
    columns: Columns = {
        Field("time", ("time",), "time of the flow", "Nyt", "grid"): times,
        Field("many", ("many",), "number of levels of the flow", "N", "chosen"): np.array(fields),
        Field("flow_order", ("many", "time"), "order parameter along the flow", "r", "torus flow"): orders,
        Field("mean_field", ("time",), "order parameter of Kuramoto's mean field", "r", "closed form"): law,
    }
    return columns, float(np.abs(orders - law).max())


def _compute(quick: bool) -> xr.Dataset:
    columns, maxima = _maxima(quick)
    more, share, flowed = _flows(quick)
    relaxed, beside = _relaxations(quick)
    columns |= more | _rates(quick) | _jump(quick) | relaxed
    count = sum(np.size(one.certified) for one in maxima)
    proven = sum(int(np.count_nonzero(one.certified)) for one in maxima)
    gap = max(float(np.max(one.relative_gap)) for one in maxima)
    data = assemble(columns, {})
    off = float(np.abs(data["order_exact"] - np.minimum(1.0, data["share"])).max())
    away = np.abs(flowed - np.minimum(1.0, share))
    border = np.isclose(share, 1.0)
    excess = [_excess(data.sel(spread=spread)) for spread in SPREADS]
    finding = (
        f"At exact degeneracy the order parameter is min(1, k/N): of optimal phases within {off:.1e}, at the end of "
        f"the flows within {away[:, ~border].max():.1e}{_at_border(away[:, border])}. Five levels over {SPREADS[0]:g} "
        f"and {SPREADS[1]:g} ω_1 exceed k/N up to k/N = {excess[0][0]:.2f} and {excess[1][0]:.2f}, by factors of up to "
        f"{excess[0][1]:.2f} and {excess[1][1]:.2f}, and stay below 1 beyond. Flows of many levels follow Kuramoto's "
        f"mean field within {beside:.1e}. The rate of the steady phases is {float(data['frozen_rate'].min()):.6f} to "
        f"{float(data['frozen_rate'].max()):.6f} of 2γ_h(1 + n_h) at every k."
    )
    evidence = f"Proven global by an upper bound: {proven} of {count} maxima, largest relative gap {gap:.1e}."
    known = phases.stated(evidence, finding, n_hot=N_HOT, seed=phases.SEED, certified=proven, machines=count)
    return data.assign_attrs({**known, "largest_relative_gap": gap})


def _excess(data: xr.Dataset) -> tuple[float, float]:
    """Return up to which k/N the order parameter of levels apart exceeds it, and the largest ratio of the two."""
    share = data["share"].to_numpy()
    ratio = data["order_apart"].to_numpy() / share
    return float(share[ratio > 1.0].max()), float(ratio.max())


def _at_border(away: Real) -> str:
    return f" ({away.max():.1e} at k = N, which is reached algebraically)" if away.size else ""


def _paint_orders(ax: Axes, data: xr.Dataset) -> None:
    share = data["share"]
    ax.plot(share, np.minimum(1.0, share), "-", color=INK, lw=0.9, label=r"$\min(1,k/N)$")
    marks: list[dict[str, Any]] = [{"marker": "s", "ms": 3.2}, {"marker": "o", "ms": 5.2, "mfc": "none"}]
    every = max(1, data.sizes["share"] // 15)
    for levels, mark in zip(data["levels"].to_numpy(), marks, strict=True):
        part = data.sel(levels=levels)
        ax.plot(
            share[::every],
            part["order_exact"][::every],
            ls="",
            color=REFRIGERATOR,
            label=f"maximum, $N={levels}$",
            **mark,
        )
    for levels, sign in zip(data["levels"].to_numpy(), ("+", "x"), strict=True):
        flow = data["flowed"].sel(levels=levels)
        ax.plot(data["flow_share"], flow, sign, color=ENGINE, ms=6.0, mew=1.2, label=f"torus flow, $N={levels}$")
    for spread, dash in zip(data["spread"].to_numpy(), ((0, (5, 2)), (0, (1, 1.2))), strict=True):
        one = data["order_apart"].sel(spread=spread)
        ax.plot(share, one, ls=dash, color=GREY, lw=1.4, label=f"maximum, $N=5$, spread {spread:g}")
    ax.set(xlabel="$k/N$", ylabel=r"$|\Sigma_j\,e^{i\varphi_j}|/N$", xlim=(0.0, 1.65), ylim=(0.0, 1.08))
    ax.legend(loc="lower right", handlelength=1.6, labelspacing=0.25)


def _paint_rates(ax: Axes, data: xr.Dataset) -> None:
    share, rates = data["rate_share"], data["flow_rates"]
    ax.axhline(0.0, color=GREY, lw=0.5, zorder=0)
    ax.axvline(1.0, ymax=0.72, color=GREY, lw=0.5, zorder=0)
    count = rates.sizes["direction"] - 1
    ax.plot(share, rates.isel(direction=-1), "o-", color=ENGINE, ms=3.6, label=rf"flow, {count} directions: $1-k/N$")
    ax.plot(share, rates.isel(direction=0), "s--", color=ENGINE, ms=3.0, lw=0.9, label="flow, all levels together")
    label = r"steady phases, rate$/2\gamma_h(1+n_h)$"
    ax.plot(share, data["frozen_rate"], "x-", color=REFRIGERATOR, ms=4.5, label=label)
    ax.set(xlabel="$k/N$", ylabel="rate$/Ny$, $N=5$", xlim=(0.1, 1.9), ylim=(-2.1, 1.9))
    ax.legend(loc="upper right")


def _paint_jump(ax: Axes, data: xr.Dataset) -> None:
    shade_regimes(ax, _RATIO, 1.0, 1.0, 2.2)
    for side in (data["ratio"] < 1.0, data["ratio"] > 1.0):
        part = data.where(side, drop=True)
        for name, look, label in (
            ("driven_phase", {"color": INK, "ls": (0, (5, 2))}, r"$\Phi_{j1}/\pi$"),
            ("mutual_phase", {"color": INK, "ls": "-"}, r"$\Phi_{jl}/\pi$"),
        ):
            ax.plot(part["ratio"], part[name] / np.pi, lw=1.4, label=label, **look)
    top = float(data["mutual_modulus"].max())
    ax.plot(data["ratio"], data["mutual_modulus"] / top, color=GREY, ls=":", lw=1.2, label=r"$|\rho_{jl}|$, scaled")
    ax.set(ylabel="phases of the steady state", ylim=(-0.12, 2.2))
    handles, labels = ax.get_legend_handles_labels()
    first = [labels.index(one) for one in dict.fromkeys(labels)]
    ax.legend(
        [handles[one] for one in first], [labels[one] for one in first], loc="upper right", bbox_to_anchor=(1.0, 0.9)
    )


def _paint_field(ax: Axes, data: xr.Dataset) -> None:
    every = data.sizes["time"] // 20
    marks: list[dict[str, Any]] = [{"marker": "o", "ms": 5.0, "mfc": "none"}, {"marker": "x", "ms": 4.0}]
    for levels, mark in zip(data["many"].to_numpy(), marks, strict=False):
        part = data["flow_order"].sel(many=levels)
        ax.plot(data["time"][::every], part[::every], ls="", color=ENGINE, label=f"torus flow, $N={levels}$", **mark)
    ax.plot(data["time"], data["mean_field"], "-", color=INK, lw=0.9, label="Kuramoto's mean field")
    ax.axhline(WEAK, color=GREY, ls=":", lw=1.0, label=f"$k/N={WEAK:g}$")
    ax.set(xlabel="$Nyt$, time of the flow", ylabel=r"$r=|\Sigma_j\,e^{i\varphi_j}|/N$", ylim=(0.0, 0.36))
    ax.set_xlim(0.0, float(data["time"][-1]))
    legend_from(ax, [], loc="lower right")


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    titles = (
        "optimal phases, engine",
        "in-phase and steady phases",
        "phases of the steady state",
        "search from disorder",
    )
    painters = (_paint_orders, _paint_rates, _paint_jump, _paint_field)
    for ax, paint, title in zip(axes, painters, titles, strict=True):
        paint(ax, data)
        ax.set_title(title, pad=4)


TRANSITION: Final = phases.SPEC(
    id="transition",
    title="The synchronization-antisynchronization transition",
    said=(
        "Beyond k = 2 the relative phases of two levels are in phase, below out of phase. In the limit of macroscopic "
        "degeneracy the engine is analogous to the Kuramoto model with phase-repulsive coupling, where the mean-field "
        "order parameter approaches zero."
    ),
    alt=(
        "Four panels. First, the order parameter against k/N: blue squares and circles of optimal phases and orange "
        "crosses of the torus flow on a black line that rises to 1 at k = N and stays; grey lines of levels apart "
        "begin above it and end below 1. Second, rates against k/N: an orange falling line crosses zero at k = N "
        "while a blue one stays at −1. Third, steady-state phases against the ratio of the occupations: both jump by "
        "π at 1, where the dotted coherence vanishes. Fourth, orange symbols of the flow rise to k/N on the black "
        "line of the mean field."
    ),
    departures=(
        phases.ADDED,
        (
            "The transition at k = N is one of the phases that maximise S, and of the torus flow, which climbs S from "
            "any phases: a search dynamics and the classical analogue, not the master equation. The phases of the "
            "steady state do nothing at k = N; those of two manifold levels only jump at n_h = n_c."
        ),
        (
            "An order parameter of min(1, k/N) is a law of exact degeneracy. Levels apart repel less, and theirs is "
            "larger well below k = N; from somewhat below k = N on it is smaller than 1, since their phases prefer to "
            "differ."
        ),
    ),
    compute=_compute,
    paint=_paint,
    size=(7.0, 5.2),
    grid=(2, 2),
)
