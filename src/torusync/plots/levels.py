"""The machine at a glance: its levels with their populations, and what flows along each transition.

Energies are to scale, but for manifold levels that would fall onto each other: those stand side by side.  An arrow
points where the energy of its bath or drive moves the machine, and is as wide as the energy per time.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from torusync._checks import Real, requirement
from torusync.models import ThermalMaser
from torusync.plots.axes import own_or_new, require_point, styled
from torusync.plots.journal import GREY, INK
from torusync.quantities import Solution
from torusync.steady import SteadyState
from torusync.thermo import Regime, Thermodynamics, thermodynamics

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN: Final = 4
"""Manifold levels that are drawn one by one; more become one band."""

_WIDEST: Final = 5.0
"""Width in points of the arrow of the largest current."""

_CURRENTS: Final = {"hot": (r"Q_h", "#D55E00"), "drive": ("P", "#222222"), "cold": (r"Q_c", "#56B4E9")}


def plot_levels(
    state: object, ax: "Axes | None" = None, *, flows: Thermodynamics | None = None, **style: Any
) -> "Axes":
    """Draw levels, populations and the arrows of heat and work of a solved machine.

    Dots on the levels have areas in proportion to the populations, which stand beside them.  Q_h and Q_c are positive
    into the machine, P is positive out of it, all in units of ħ ω_1².

    Parameters
    ----------
    state
        The `SteadyState` of a `ThermalMaser`, one point.
    ax
        Where to draw; on a new figure if left out.
    flows
        Its currents, where they are known already or driven energies are wanted; else worked out.
    style
        For the lines of the levels: see `matplotlib.axes.Axes.hlines`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the state is a batch, was refused, or is not that of a thermal maser.
    """
    state = state.state if isinstance(state, Solution) else state
    if not isinstance(state, SteadyState) or not isinstance(state.system, ThermalMaser):
        raise requirement("state", "be the steady state of a thermal maser", f"it is {type(state).__name__}")
    require_point("state", state.batch_shape)
    if not state.succeeded:
        raise requirement("state", "be a state", "there was none: the steady state was refused")
    flows = thermodynamics(state) if flows is None else flows
    if not isinstance(flows, Thermodynamics):
        raise requirement("flows", "be the state's Thermodynamics", f"it is a {type(flows).__name__}")
    require_point("flows", flows.power.shape)
    ax = own_or_new(ax)
    unit, populations = float(state.system.omega_cold), state.populations
    energies = np.concatenate([[0.0, 1.0], np.broadcast_to(state.system.level_energies, populations[2:].shape) / unit])
    with styled(style):
        _draw_levels(ax, energies, populations, style)
    _draw_currents(ax, energies, flows, unit)
    regime = Regime(int(flows.regime_codes)).name.lower()
    ax.set_title(regime, pad=4)
    ax.set(xlim=(-0.95, 1.95), ylim=(-0.13 * energies.max(), 1.25 * energies.max()))
    ax.set_ylabel(r"energy $(\hbar\omega_1)$")
    ax.set_xticks([])
    ax.set_xlabel(r"$Q_h$, $Q_c$, $P$ in $\hbar\omega_1^2$")
    ax.tick_params(right=False, top=False)
    for side in ("top", "right", "bottom"):
        ax.spines[side].set_visible(False)
    return ax


def _draw_levels(ax: "Axes", energies: Real, populations: Real, style: dict[str, Any]) -> None:
    look = {"color": INK, "lw": 1.4, **style}
    places = {0: (0.0, 1.0), 1: (0.62, 1.0)}
    manifold = len(energies) - 2
    if manifold <= _SHOWN:
        slot = 1.0 / manifold
        places |= {j + 2: (j * slot + 0.01, (j + 1) * slot - 0.01) for j in range(manifold)}
    else:
        low, high = float(energies[2:].min()), float(energies[2:].max())
        ax.fill_between([0.0, 1.0], low, high, color="#BBBBBB", lw=0)
        for edge in (low, high):
            ax.hlines(edge, 0.0, 1.0, **look)
        _populate(ax, 0.5, 0.5 * (low + high), float(populations[2:].sum()), f"{manifold} levels")
    for level, (left, right) in places.items():
        ax.hlines(energies[level], left, right, **look)
        x = 0.5 * (left + right) if level != 0 else 0.5
        _populate(ax, x, float(energies[level]), float(populations[level]), rf"$|{level}\rangle$")


def _populate(ax: "Axes", x: float, energy: float, population: float, name: str) -> None:
    ax.scatter([x], [energy], s=220.0 * max(population, 0.0), color=INK, zorder=3, lw=0)
    text = f"{name}\n{population:.2g}"
    ax.annotate(
        text, (x, energy), (0, 6), textcoords="offset points", ha="center", va="bottom", fontsize=7.5, linespacing=0.95
    )


def _draw_currents(ax: "Axes", energies: Real, flows: Thermodynamics, unit: float) -> None:
    lower, upper = float(energies[1]), float(energies[2:].mean())
    currents = {
        "hot": (float(flows.heat_hot), float(flows.heat_hot_error), -0.12, 0.0, upper),
        "drive": (-float(flows.power), float(flows.power_error), 1.12, lower, upper),
        "cold": (float(flows.heat_cold), float(flows.heat_cold_error), 1.12, 0.0, lower),
    }
    largest = max(abs(value) for value, *_ in currents.values())
    for name, (value, error, x, low, high) in currents.items():
        symbol, colour = _CURRENTS[name]
        side = -1 if x < 0.5 else 1
        middle, shown = 0.5 * (low + high), -value if name == "drive" else value
        number = f"{shown / unit**2:.3g}".replace("-", "−") if abs(value) > error else "0"
        ax.text(
            x + 0.07 * side, middle, f"{name} bath\n" * (name != "drive") + "drive\n" * (name == "drive")
            + f"${symbol}={number}$", ha="right" if side < 0 else "left", va="center", fontsize=7.5, color=INK,
        )  # fmt: skip
        if abs(value) <= error:
            ax.plot([x, x], [low, high], ":", color=GREY, lw=1.0)
            continue
        start, end = (low, high) if value > 0.0 else (high, low)
        width = 0.8 + (_WIDEST - 0.8) * abs(value) / largest
        arrow = {
            "arrowstyle": "-|>",
            "color": colour,
            "lw": width,
            "shrinkA": 2,
            "shrinkB": 0,
            "mutation_scale": 6 + 2 * width,
        }
        ax.annotate("", (x, end), (x, start), arrowprops=arrow)
