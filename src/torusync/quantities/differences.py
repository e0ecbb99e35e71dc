"""Slopes of a function that is known only by its values, each with an error that covers truncation and rounding.

The difference of two estimates is no error bar: where two of them agree to the last digit, as they may on one CPU and
not on another, it is zero, and the slope is none the better for it.  Here Romberg's table of differences at halved
steps is filled, every entry of it carries how much rounding of the function it has magnified, and what it differs by
from two neighbours that share no more than half of its values.  The entry where both together are least is the answer,
and its error is never below rounding of the function over the step.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from torusync._checks import Real
from torusync.conventions import EPS

REACH: Final = 0.02
"""First step, in units of the range: beyond it few functions of a machine are told by some powers of the step."""

ONE_SIDED: Final = 1e-6
"""Distance from an end of the range within which differences reach into it only."""

_STEPS: Final = 10
"""Steps, each half of the one before: the last one is 4e-5, a slope beyond which no grid would have found the place."""


def slopes(
    function: Callable[[Real], Real], positions: Real, *, rounding: float = EPS, reach: float = REACH
) -> tuple[Real, Real]:
    """Return ∂f/∂u_i at positions ``(k, d)`` in [0, 1] and bounds on their errors, both ``(k, d)``.

    Parameters
    ----------
    function
        f of positions ``(m, d)``, values ``(m)``, or ``(2, m)`` with what bounds them from above; called once.
    positions
        Where; within 1e-6 of an end of the range differences are one-sided, elsewhere they stay inside it.
    rounding
        How far values of f may be off their own smooth curve, relative to the largest of them; how far they may be
        below their bounds is added.
    reach
        First step, where f is told by some powers of the step.
    """
    size = positions.shape[-1]
    room = np.minimum(positions, 1.0 - positions)
    near = room <= ONE_SIDED
    inward = np.where(near, reach, np.minimum(room, reach)) * np.where(positions < 0.5, 1.0, -1.0)
    steps = inward[..., np.newaxis] * 0.5 ** np.arange(_STEPS)
    ends = np.stack([steps, np.where(near[..., np.newaxis], 0.0, -steps)])
    at = np.clip(positions[..., np.newaxis] + ends, 0.0, 1.0)
    moved = np.empty((*at.shape, size))
    moved[:] = positions[:, np.newaxis, np.newaxis]
    for axis in range(size):
        moved[:, :, axis, :, axis] = at[:, :, axis]
    found = np.atleast_2d(function(moved.reshape(-1, size)))
    rounding = rounding + float(np.max(found[-1] - found[0]))
    values = found[0].reshape(at.shape)
    # the step that was truly taken, since u + h is rounded
    step = at[0] - at[1]
    largest = np.abs(values).max(axis=(0, 3))[..., np.newaxis]
    # two values, each as far off as rounding puts it, and ε for the arithmetic here: no difference exceeds 2 max|f|
    noise = 2.0 * (rounding + EPS) * largest / np.abs(step)
    return _romberg((values[0] - values[1]) / step, noise, np.where(near, 2.0, 4.0)[..., np.newaxis])


def _romberg(table: Real, noise: Real, ratio: Real) -> tuple[Real, Real]:
    """Return limits of differences at halved steps ``(..., steps)`` and their errors.

    The expansion is in all powers of h (``ratio`` 2) or in even ones (4): order by order a power is eliminated, from
    entries of one step and the step before.  An entry is held against the one of lower order that it is made of, and
    against all of its own order: at larger steps one, which is as far off as the next power, and at smaller steps all,
    less their rounding, which would see a corner that the larger ones step over.
    """
    slope, error = table[..., -1], np.full(table.shape[:-1], np.inf)
    power = np.ones_like(ratio)
    # halved steps must bring differences together: where the last ones are farther apart than those before, by more
    # than rounding, the function bends within the smallest step, and no table knows its slope
    apart, rounded = np.abs(np.diff(table)), noise[..., 1:] + noise[..., :-1]
    unresolved = apart[..., -1] > apart[..., -2] + 2.0 * (rounded[..., -1] + rounded[..., -2])
    for _ in range(table.shape[-1] - 2):
        power = power * ratio
        better = (power * table[..., 1:] - table[..., :-1]) / (power - 1.0)
        # moduli of the weights: what rounding does at worst
        noise = (power * noise[..., 1:] + noise[..., :-1]) / (power - 1.0)
        apart = np.maximum(np.abs(better - table[..., :-1])[..., 1:], np.abs(np.diff(better)))
        finer = np.abs(better[..., :, np.newaxis] - better[..., np.newaxis, :]) - noise[..., np.newaxis, :]
        total = np.maximum(apart, np.triu(finer).max(axis=-1)[..., 1:]) + noise[..., 1:]
        best = np.argmin(total, axis=-1)[..., np.newaxis]
        least = np.take_along_axis(total, best, axis=-1)[..., 0]
        found = np.take_along_axis(better[..., 1:], best, axis=-1)[..., 0]
        slope, error = np.where(least < error, found, slope), np.minimum(error, least)
        table = better
    return slope, np.where(unresolved, np.inf, error)
