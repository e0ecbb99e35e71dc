"""The largest value of a quantity over some parameters of a model, the others given.

The quantity is looked up on a grid of systems, solved in a few calls, climbed from the best of them, and the summit is
settled by the zero of the slope: a maximum known by its height alone is known to half its digits only, and what else is
read there with it.  What comes out says whether a range ended before the quantity did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final, final

import numpy as np

from torusync._checks import Real, as_count, requirement
from torusync._frozen import Frozen
from torusync._memory import require_memory
from torusync.conventions import EPS
from torusync.models import Model
from torusync.quantities.landscape import Landscape
from torusync.quantities.solution import Solution
from torusync.thermo import Bookkeeping

_FEWEST, _STARTS = 5, 3
"""Grid points a parameter, with fewer there is no inside to speak of; and how many of them are climbed from, the best
ones that are no neighbours of each other."""

_PROBE, _BEND, _LOST = 1e-6, 1e-4, 1e-11
"""Step of the slopes by which the climb finds its way, in units of the range; that of the curvature, which steers how
its summit is settled; and the fraction of the value that this may lose to rounding."""

_SAMPLE, _SPACING, _SIGMAS = 32, 2.0**-33, 10.0
"""Systems next to each other, in units of the range, whose values tell how large their rounding is, and the standard
deviations of it that a value must fall by to count as smaller."""

_WIDTHS: Final = 0.5 ** np.arange(30.0, -1.0, -1.0)
"""Widths tried for a bracket, in units of the range."""

_MOVES: Final = 64
"""How often what is higher at the end of a bracket is moved to: the edge of where the quantity is defined is reached
digit by digit."""


class Place(IntEnum):
    """Where in its range a parameter is best, from where the value falls by more than it may be off."""

    LOWER = -1
    """At the lower end, of it or of where the quantity is defined, or on a plateau that reaches it: beyond it there may
    be more."""
    INSIDE = 0
    """Inside: it falls on either side."""
    UPPER = 1
    """The same at the upper end."""
    FLAT = 2
    """Anywhere: it is defined everywhere, and falls on neither side."""


@final
@dataclass(frozen=True, eq=False)
class Largest(Frozen):
    """The system of largest value within ranges of its parameters, and the evidence for it.

    Mappings are by the names of the free parameters.  Slopes are ``(dQ/du)/|Q|``, with u the position in the range
    from 0 to 1, on a logarithmic scale where the range is positive and spans more than a factor of 100.

    Parameters
    ----------
    quantity, value
        Name and largest value of the quantity, in terms of ω_1.
    solution
        The best system solved, with all that follows: ``largest.solution.thermodynamics.efficiency``.
    parameters
        Best values, in the units of the model.
    places
        Whether they are inside their ranges, or at which end.
    slopes, slope_errors
        What is left of the slope at the maximum, and a bound on its error: of the formula, of the value by its rounding
        among systems next to each other, and by the error and the proven bound that are registered for it.  At an end
        of a range the slope points out of it.  Both are nan where the value is 0, or next to where it is not defined.
    brackets
        Intervals that hold a maximum for sure, the other parameters left as they are: at their ends, those of the range
        apart, the value is smaller by more than it may be off, and between it is defined wherever it was tried.
    evaluations
        Number of systems that were solved.
    """

    quantity: str
    value: float
    solution: Solution
    parameters: Mapping[str, float]
    places: Mapping[str, Place]
    slopes: Mapping[str, float]
    slope_errors: Mapping[str, float]
    brackets: Mapping[str, tuple[float, float]]
    evaluations: int

    @property
    def inside(self) -> bool:
        """Whether neither a range nor the quantity ended before it fell."""
        return not {Place.LOWER, Place.UPPER} & set(self.places.values())

    def __repr__(self) -> str:
        found = (f"{name} {value:.6g} ({self.places[name].name.lower()})" for name, value in self.parameters.items())
        return f"<Largest: {self.quantity} {self.value:.6g} at {', '.join(found)}; {self.evaluations} systems>"


def largest(
    model: type[Model],
    quantity: str,
    *,
    over: Mapping[str, tuple[float, float]],
    fixed: Mapping[str, object] = MappingProxyType({}),
    bookkeeping: Bookkeeping = Bookkeeping.BARE,
    points: int = 4096,
) -> Largest:
    """Return the system of largest value of a quantity within ranges, with the evidence; deterministic.

    Parameters
    ----------
    model
        A class such as `ThermalMaser`.
    quantity
        Name of a registered quantity that is one real number.
    over
        Range (low, high) of every free parameter, by its name in the model's table, shorthands included.  A parameter
        with a value a level, such as a drive, is the same for all levels.
    fixed
        Values of the others, of one system, by their names there.
    bookkeeping
        Whose power and heat, see `Bookkeeping`.
    points
        Points of the grid of the first look, at least 5 a parameter: a summit that falls between them can be missed.
        Points that are no system, have no unique steady state, or where the quantity is not defined, are left out.

    Raises
    ------
    ArgumentError
        If a name, a value or a range is none, there is no system within the ranges, or the quantity is never defined.
    SteadyStateError
        If none of them has a steady state.
    """
    landscape = Landscape(model, quantity, over, fixed, bookkeeping)
    size = len(landscape.names)
    each = int(as_count("points", points, minimum=1) ** (1.0 / size) + 1e-9)
    if each < _FEWEST:
        raise requirement("points", f"be at least {_FEWEST**size} for {size} parameters", f"it is {points}")
    require_memory("points", 32.0 * points * size, what=f"a grid of {points} points", advice="take fewer")
    starts, scale = _starts(landscape, each)
    position = _best(landscape, [*(_summit(landscape, start, scale) for start in starts), *starts])
    found, rounding, higher = _around(landscape, position, quantity)
    for _ in range(_MOVES):
        if higher is None:
            break
        position = _best(landscape, [_summit(landscape, higher, scale), higher])
        found, rounding, higher = _around(landscape, position, quantity)
    slopes, errors = landscape.slopes(position[np.newaxis], _SIGMAS * rounding)
    found |= {"slopes": landscape.named(slopes[0].tolist()), "slope_errors": landscape.named(errors[0].tolist())}
    return Largest(quantity=quantity, **found, evaluations=landscape.evaluations)


def _best(landscape: Landscape, positions: list[Real]) -> Real:
    """Return where the quantity is largest."""
    return positions[int(np.nanargmax(landscape.look(np.array(positions))[0]))]


def _starts(landscape: Landscape, each: int) -> tuple[list[Real], float]:
    """Return the best points of a grid with ``each`` points a parameter, no two neighbours, and the largest modulus."""
    size = len(landscape.names)
    index = np.stack(np.meshgrid(*[np.arange(each)] * size, indexing="ij"), axis=-1).reshape(-1, size)
    grid = index / (each - 1)
    heights = landscape.look(grid)[0]
    if np.isnan(heights).all():
        landscape.refuse()
    kept: list[int] = []
    for one in np.argsort(-heights, kind="stable")[: np.isfinite(heights).sum()].tolist():
        if all(np.abs(index[one] - index[other]).max() > 1 for other in kept):
            kept.append(one)
        if len(kept) == _STARTS:
            break
    return [grid[one] for one in kept], float(np.nanmax(np.abs(heights))) or 1.0


def _summit(landscape: Landscape, start: Real, scale: float) -> Real:
    """Return a local maximum, climbed to by L-BFGS-B and settled where the slopes inside the ranges vanish."""
    from scipy.optimize import minimize, root  # noqa: PLC0415  (a fifth of what the library takes to load)

    size = len(start)

    def downhill(at: Real) -> tuple[float, Real]:
        sides = np.clip(np.stack([at + _PROBE * np.eye(size), at - _PROBE * np.eye(size)]), 0.0, 1.0)
        heights = landscape.look(np.concatenate([at[np.newaxis], *sides]))[0] / scale
        # what is not there is lower than all that is, and no way to go
        here = -2.0 if np.isnan(heights[0]) else float(heights[0])
        up, down = np.where(np.isnan(heights), here, heights)[1:].reshape(2, size)
        return -here, (down - up) / (sides[0] - sides[1]).diagonal()

    ends, when = [(0.0, 1.0)] * size, {"ftol": 1e-14, "gtol": 1e-9}
    climbed: Any = minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=ends, options=when)  # type: ignore[call-overload]
    summit: Real = np.clip(np.asarray(climbed.x, dtype=np.float64), 0.0, 1.0)
    free = np.minimum(summit, 1.0 - summit) > _PROBE

    def moved(inner: Real) -> Real:
        position = summit.copy()
        position[free] = np.clip(inner, 0.0, 1.0)
        return position

    def slope(inner: Real) -> Real:
        return np.asarray(np.nan_to_num(landscape.slopes(moved(inner)[np.newaxis])[0][0, free]))

    if not free.any():
        return summit
    settled = moved(root(slope, summit[free], options={"xtol": 1e-11, "eps": _BEND**2}).x)
    there, here = landscape.look(np.array([settled, summit]))[0]
    return settled if there >= here - _LOST * abs(here) else summit


def _around(landscape: Landscape, position: Real, quantity: str) -> tuple[dict[str, Any], float, Real | None]:
    """Look for the narrowest intervals with smaller values at their ends.

    Returns what `Largest` holds of the position, the rounding relative to the value, and the highest position met if
    that is higher.
    """
    size = len(position)
    steps = _WIDTHS[:, np.newaxis, np.newaxis] * np.eye(size)
    trials = np.clip(position + np.stack([-steps, steps]), 0.0, 1.0).reshape(-1, size)
    solution = landscape.solve(position)
    (here, *values), (bound, *bounds) = landscape.look(np.concatenate([position[np.newaxis], trials]))
    heights = np.reshape(values, (2, -1, size))
    # an iteration that ends for all systems of a call at once ends elsewhere for one of them alone
    rounding = _rounding(landscape, position) + abs(float(solution[quantity]) - here)
    gaps = np.isnan(heights) | ~np.isfinite(rounding)
    # what is proven of a trial is its bound; here it is as far off, at most
    below = np.reshape(bounds, heights.shape) < here - (bound - here) - _SIGMAS * rounding
    lower = below & ~np.logical_or.accumulate(gaps, axis=1)
    falls = lower.any(axis=1)
    ends = np.clip(position + _WIDTHS[lower.argmax(axis=1)] * [[-1.0], [1.0]], 0.0, 1.0)
    brackets = landscape.parameters(np.where(falls, ends, [[0.0], [1.0]])).T.tolist()
    found = {
        "value": float(solution[quantity]),
        "solution": solution,
        "parameters": landscape.named(landscape.parameters(position).tolist()),
        "places": landscape.named(_place(*sides) for sides in np.concatenate([falls, gaps.any(axis=1)]).T.tolist()),
        "brackets": landscape.named(map(tuple, brackets)),
    }
    best = int(np.nanargmax([here, *values]))
    higher = trials[best - 1] if best and values[best - 1] > here + _SIGMAS * rounding else None
    return found, float(rounding / (abs(here) or np.nan)), higher


def _place(falls_below: bool, falls_above: bool, gap_below: bool, gap_above: bool) -> Place:
    """Return the place by where the value falls, and where it is somewhere not defined."""
    if falls_below or falls_above:
        return Place(falls_below - falls_above)
    return Place.UPPER if gap_above else Place.LOWER if gap_below else Place.FLAT


def _rounding(landscape: Landscape, position: Real) -> float:
    """Return how far values scatter about a line, of systems next to each other on either side; infinite if unknown."""
    inward = np.where(position < 0.5, 1.0, -1.0)
    number = np.arange(1.0, _SAMPLE + 1.0)
    found = [np.inf]
    for side in (1.0, -1.0):
        near = position + side * _SPACING * number[:, np.newaxis] * inward
        line = landscape.look(near)[0] if ((near >= 0.0) & (near <= 1.0)).all() else np.array([])
        known = np.flatnonzero(np.isfinite(line))
        if known.size > _SAMPLE // 4:
            left = line[known] - np.polynomial.Polynomial.fit(known, line[known], 1)(known)
            found.append(float(np.std(left)) + EPS * float(np.abs(line[known]).max()))
    return max(found[1:], default=np.inf)
