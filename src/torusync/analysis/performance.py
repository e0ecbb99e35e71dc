"""Efficiency at maximum power: which machine between two temperatures gives most, and how well it then works.

Some parameters of a thermal maser are free within ranges, the others are given.  Power is looked up on a grid of
machines, all solved in one call, climbed from the best of them, and the summit is settled by the zero of the slope: a
maximum known by its height alone is known to half its digits only, and the efficiency with it.  What comes out says
whether a range ended before the power did.

Dorfman, Xu and Cao (PRE 97, 042120; arXiv:1711.10557) have the limits for hot baths and a strong resonant drive: with
η_C = 1 − T_c/T_h, optimising ω_1 at given ω_2 leads from η_C/2 (γ_c ≫ γ_h) to Curzon and Ahlborn's 1 − sqrt(1 − η_C)
(γ_h ≫ γ_c), and optimising ω_2 at given ω_1 on from there (γ_c ≫ γ_h) to η_C/(2 − η_C) (γ_h ≫ γ_c).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final, final

import numpy as np
from scipy.optimize import minimize

from torusync._checks import Boolean, Real, as_count, requirement
from torusync._frozen import Frozen
from torusync._memory import require_memory
from torusync.analysis.landscape import Landscape
from torusync.conventions import EPS
from torusync.models import ThermalMaser
from torusync.thermo import Bookkeeping, Thermodynamics

_FEWEST: Final = 5
"""Grid points a parameter: with fewer there is no inside to speak of."""

_STARTS: Final = 3
"""Grid points that are climbed from, the best ones that are no neighbours of each other."""

_PROBE: Final = 1e-6
"""Step of the slopes by which the climb finds its way, in units of the range; its summit is refined afterwards."""

_BEND: Final = 1e-4
"""Step of the curvature, which only steers Newton's iteration."""

_NEWTON: Final = 8
"""Most steps of Newton's iteration; from the end of the climb it takes two or three."""

_SETTLED: Final = 1e-10
"""Step of Newton's iteration at which it ends, in units of the range."""

_LOST: Final = 1e-11
"""Fraction of the power that a step of Newton's iteration may lose to rounding."""

_SAMPLE, _SPACING = 32, 2.0**-33
"""Machines next to each other, in units of the range, whose power tells how large its rounding is."""

_SIGMAS: Final = 10.0
"""Standard deviations of rounding that the power must fall by to count as smaller."""

_HALVINGS: Final = 30
"""Widths tried for a bracket: the range, its half, and so on to 1e-9 of it."""


class Place(IntEnum):
    """Where in its range a parameter is best, from where the power falls by more than rounding."""

    LOWER = -1
    """At the lower end, or on a plateau that reaches it: beyond it there may be more power."""
    INSIDE = 0
    """Inside: it falls on either side."""
    UPPER = 1
    """At the upper end, or on a plateau that reaches it: beyond it there may be more power."""
    FLAT = 2
    """Anywhere: it falls on neither side."""


_PLACES: Final = {
    (False, False): Place.FLAT, (False, True): Place.LOWER, (True, False): Place.UPPER, (True, True): Place.INSIDE,
}  # fmt: skip
"""By whether the power falls below and above the best value."""


@final
@dataclass(frozen=True, eq=False)
class MaximumPower(Frozen):
    """The machine of largest power within ranges of its parameters, and the evidence for it.

    Mappings are by the names of the free parameters.  Slopes are dlnP/du, with u the position in the range from 0 to 1,
    on a logarithmic scale where the range is positive and spans more than a factor of 100.

    Parameters
    ----------
    machine, flows
        The best `ThermalMaser`, and its currents.
    parameters
        Best values, in the units of the machine; of ``drive`` a factor if the machine has a drive of its own.
    places
        Whether they are inside their ranges, or at which end.
    slopes, slope_errors
        What is left of the slope at the maximum, and a bound on its error: of the formula, by estimates of other orders
        and steps, and of the power's rounding, as it is found among machines next to each other.  At an end of a range
        the slope points out of it.
    brackets
        Intervals that hold a maximum for sure, the other parameters left as they are: at their ends, those of the range
        apart, the power is smaller by more than rounding.
    hot_temperature, cold_temperature
        T_h and T_c of the best machine.
    evaluations
        Number of machines that were solved.
    """

    machine: ThermalMaser
    flows: Thermodynamics
    parameters: Mapping[str, float]
    places: Mapping[str, Place]
    slopes: Mapping[str, float]
    slope_errors: Mapping[str, float]
    brackets: Mapping[str, tuple[float, float]]
    hot_temperature: float
    cold_temperature: float
    evaluations: int

    @property
    def power(self) -> float:
        """Largest power, in the bookkeeping that was asked for, in the squared units of the frequencies."""
        return float(self.flows.power)

    @property
    def efficiency(self) -> float:
        """η = P/Q_h at maximum power; nan where the regime is mixed, see `Thermodynamics`."""
        return float(self.flows.efficiency)

    @property
    def inside(self) -> bool:
        """Whether no range ended before the power did."""
        return not {Place.LOWER, Place.UPPER} & set(self.places.values())

    @property
    def carnot(self) -> float:
        """η_C = 1 − T_c/T_h."""
        return 1.0 - self.cold_temperature / self.hot_temperature

    @property
    def curzon_ahlborn(self) -> float:
        """1 − sqrt(T_c/T_h), where the two ways to optimise meet."""
        return 1.0 - math.sqrt(self.cold_temperature / self.hot_temperature)

    @property
    def lower_limit(self) -> float:
        """η_C/2: hot baths, strong drive, ω_1 optimised, γ_c ≫ γ_h."""
        return 0.5 * self.carnot

    @property
    def upper_limit(self) -> float:
        """η_C/(2 − η_C): hot baths, strong drive, ω_2 optimised, γ_h ≫ γ_c."""
        return self.carnot / (2.0 - self.carnot)

    def __repr__(self) -> str:
        found = ", ".join(
            f"{name} {value:.6g} ({self.places[name].name.lower()})" for name, value in self.parameters.items()
        )
        return (
            f"<MaximumPower: {self.power:.6g} at {found}; efficiency {self.efficiency:.6g}, Carnot {self.carnot:.6g}, "
            f"{self.flows.bookkeeping.name.lower()} energies>"
        )


def maximum_power(
    machine: Mapping[str, object],
    over: Mapping[str, tuple[float, float]],
    *,
    bookkeeping: Bookkeeping = Bookkeeping.BARE,
    points: int = 4096,
) -> MaximumPower:
    """Return the machine of largest power within ranges, with its efficiency and the evidence; deterministic.

    Parameters
    ----------
    machine
        Fixed arguments of `ThermalMaser.near_degenerate` by name, of one machine: numbers, and ``drive`` a number or a
        row ``(levels,)``.  Energies, rates and temperatures are in one unit, of which none has to be 1.
    over
        Range (low, high) of every free parameter by its name there.  ``drive`` is λ, the same for every level, or,
        where ``machine`` has a drive, too, a factor on that.
    bookkeeping
        Whose power and heat, see `Bookkeeping`.
    points
        Points of the grid of the first look, at least 5 a parameter: a summit that falls between them can be missed.
        Points whose levels are out of order, or without a unique steady state, count as powerless.

    Raises
    ------
    ArgumentError
        If a name or a range is none, a value is no machine's, or no machine within the ranges gives power.
    SteadyStateError
        If none of them has a steady state.
    """
    if not isinstance(bookkeeping, Bookkeeping):
        raise requirement("bookkeeping", "be Bookkeeping.BARE or Bookkeeping.DRIVEN", f"it is {bookkeeping!r}")
    landscape = Landscape(machine, over, bookkeeping)
    size = len(landscape.names)
    each = int(as_count("points", points, minimum=1) ** (1.0 / size) + 1e-9)
    if each < _FEWEST:
        raise requirement("points", f"be at least {_FEWEST**size} for {size} parameters", f"it is {points}")
    require_memory("points", 32.0 * points * size, what=f"a grid of {points} points", advice="take fewer")
    starts, scale = _starts(landscape, each)
    summits = np.array([_climb(landscape, start, scale) for start in starts])
    heights = landscape.power(summits)
    best = int(np.argmax(heights))
    if not heights[best] > 0.0:
        raise requirement("over", "hold a machine that gives power", f"the largest power found is {heights[best]:.6g}")
    return _evidence(landscape, _settle(landscape, summits[best]))


def _starts(landscape: Landscape, each: int) -> tuple[list[Real], float]:
    """Return the best points of a grid with ``each`` points a parameter, no two neighbours, and the largest power."""
    size = len(landscape.names)
    index = np.stack(np.meshgrid(*[np.arange(each)] * size, indexing="ij"), axis=-1).reshape(-1, size)
    grid = index / (each - 1)
    power = landscape.look(grid)
    if np.isnan(power).all():
        # the model or the solver says why
        landscape.solve(grid[np.argmax(landscape.ordered(grid))])
    order = np.argsort(-np.nan_to_num(power, nan=-np.inf), kind="stable")
    kept: list[int] = []
    for one in order[np.isfinite(power[order])].tolist():
        if all(np.abs(index[one] - index[other]).max() > 1 for other in kept):
            kept.append(one)
        if len(kept) == _STARTS:
            break
    return [grid[one] for one in kept], max(float(np.nanmax(np.abs(power))), float(np.finfo(np.float64).tiny))


def _climb(landscape: Landscape, start: Real, scale: float) -> Real:
    """Return a local maximum of the power, found by L-BFGS-B."""
    size = len(start)

    def downhill(position: Real) -> tuple[float, Real]:
        steps = _PROBE * np.eye(size)
        above, below = np.minimum(position + steps, 1.0), np.maximum(position - steps, 0.0)
        height = landscape.power(np.concatenate([position[np.newaxis], above, below])) / scale
        slope = (height[1 : size + 1] - height[size + 1 :]) / (above - below).diagonal()
        return -float(height[0]), -slope

    found = minimize(
        downhill,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * size,
        options={"ftol": 1e-14, "gtol": 1e-9},
    )
    return np.clip(np.asarray(found.x, dtype=np.float64), 0.0, 1.0)


def _settle(landscape: Landscape, position: Real) -> Real:
    """Return where the slopes vanish, by Newton's iteration in the parameters inside their ranges."""
    free = np.flatnonzero(np.minimum(position, 1.0 - position) > _PROBE)
    count = len(free)
    for _ in range(_NEWTON if count else 0):
        steps = np.zeros((count, len(position)))
        room = np.minimum(position, 1.0 - position)[free]
        steps[np.arange(count), free] = np.minimum(_BEND, 0.5 * room)
        slopes = landscape.slopes(np.concatenate([position[np.newaxis], position + steps, position - steps]))[0][
            :, free
        ]
        bend = (slopes[1 : count + 1] - slopes[count + 1 :]) / (2.0 * steps.sum(axis=1)[:, np.newaxis])
        bend = 0.5 * (bend + bend.T)
        if not np.isfinite(bend).all() or np.linalg.eigvalsh(bend)[-1] >= 0.0:
            break
        moved = position.copy()
        moved[free] -= np.linalg.solve(bend, slopes[0])
        if (np.minimum(moved, 1.0 - moved)[free] <= _PROBE).any():
            break
        here, there = landscape.power(np.array([position, moved]))
        if not there >= here * (1.0 - _LOST):
            break
        length, position = float(np.abs(moved - position).max()), moved
        if length <= _SETTLED:
            break
    return position


def _evidence(landscape: Landscape, position: Real) -> MaximumPower:
    """Return the machine at the maximum with what proves it."""
    machine, flows = landscape.solve(position)
    brackets, falls, rounding = _brackets(landscape, position)
    slopes, errors = landscape.slopes(position[np.newaxis], rounding=_SIGMAS * rounding)
    arguments = landscape.arguments(position)

    def named(values: Any) -> Mapping[str, Any]:
        return MappingProxyType(dict(zip(landscape.names, values, strict=True)))

    return MaximumPower(
        machine=machine,
        flows=flows,
        parameters=named(landscape.values(position).tolist()),
        places=named(_PLACES[below, above] for below, above in falls.T.tolist()),
        slopes=named(slopes[0].tolist()),
        slope_errors=named(errors[0].tolist()),
        brackets=named((low, high) for low, high in brackets.T.tolist()),
        hot_temperature=float(arguments["hot_temperature"]),
        cold_temperature=float(arguments["cold_temperature"]),
        evaluations=landscape.evaluations,
    )


def _brackets(landscape: Landscape, position: Real) -> tuple[Real, Boolean, float]:
    """Return the narrowest intervals with less power at their ends, whether it falls there, and its rounding.

    Intervals and falls have shape ``(2, d)``; rounding is relative to the power.
    """
    size = len(position)
    widths = 0.5 ** np.arange(_HALVINGS, -1.0, -1.0)
    trials = np.empty((size, 2, len(widths), size))
    trials[:] = position
    for one in range(size):
        trials[one, 0, :, one] = np.maximum(position[one] - widths, 0.0)
        trials[one, 1, :, one] = np.minimum(position[one] + widths, 1.0)
    near = position + _near(position)
    alone = float(landscape.power(position[np.newaxis])[0])
    power = landscape.power(np.concatenate([position[np.newaxis], near, trials.reshape(-1, size)]))
    # an iteration that ends for all machines of a call at once ends elsewhere for one of them alone
    rounding = _rounding(power[1 : _SAMPLE + 1]) + abs(alone - power[0])
    lower = power[_SAMPLE + 1 :].reshape(size, 2, -1) < power[0] - _SIGMAS * rounding
    ends = np.empty((2, size))
    for one, side in np.ndindex(size, 2):
        found = np.flatnonzero(lower[one, side])
        ends[side, one] = trials[one, side, found[0], one] if found.size else side
    return landscape.values(ends), np.asarray(lower.any(axis=2).T), float(rounding / alone)


def _near(position: Real) -> Real:
    """Return steps to machines next to each other on a line into the ranges, ``(_SAMPLE, d)``."""
    steps = _SPACING * np.arange(1.0, _SAMPLE + 1.0)
    return np.asarray(steps[:, np.newaxis] * np.where(position < 0.5, 1.0, -1.0), dtype=np.float64)


def _rounding(power: Real) -> float:
    """Return the standard deviation from a straight line of the power of machines next to each other."""
    steps = np.linspace(-1.0, 1.0, len(power))
    slope = (steps * power).sum() / (steps * steps).sum()
    return float(np.std(power - slope * steps)) + EPS * float(np.abs(power).max())
