"""Rows on certified maxima of distributions of one phase: random ones, and those whose tops are hard to prove.

There is no peer: others evaluate such a distribution on a grid, and prove nothing.
"""

from functools import partial
from typing import Final

import numpy as np

from benchmarks.results import SECONDS, Result
from benchmarks.timing import Contender, Plan, race
from torusync.maxima import Peak
from torusync.maxima.harmonics import harmonic_peak

DEGREE: Final = 20
ORDERS: Final = np.arange(1, DEGREE + 1).reshape(-1, 1)
RANDOM, HARD = 1e-4, 3e-4
"""Seconds a point on random coefficients, and where the top is quartic or twenty tops are equal."""

GAP: Final = 1e-12
"""Largest gap in units of Σ|c| with which a maximum counts as proven."""


def one_phase(plan: Plan) -> list[Result]:
    """Time certified maxima of polynomials of degree 20, ten thousand at once."""
    count = 50 if plan.quick else 10_000
    made = {
        "random coefficients": (_gaussian(count), RANDOM),
        "quartic tops": (_quartic(count), HARD),
        "twenty equal tops": (_equal(count), HARD),
    }
    results = []
    for name, (coefficients, target) in made.items():
        run = partial(_maxima, coefficients)
        peak, total = run(), np.abs(coefficients).sum(axis=1)
        gap = float(((peak.bound - peak.value) / total).max())
        (ours,) = race([Contender(f"torusync, {name}", run, count)], plan)
        results.append(
            Result(
                group="phases",
                name=f"{count} distributions of one phase, degree {DEGREE}: {name}",
                unit=SECONDS,
                samples=ours.samples,
                value=ours.median,
                target=plan.judged(target),
                notes=(f"seconds a point; largest gap {gap:.1g} Σ|c|",),
                proven=gap <= GAP,
            )
        )
    return results


def _maxima(coefficients: np.ndarray) -> Peak:
    return harmonic_peak(ORDERS, coefficients, np.zeros(len(coefficients)))


def _gaussian(count: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.normal(size=(count, DEGREE)) + 1j * rng.normal(size=(count, DEGREE))


def _quartic(count: int) -> np.ndarray:
    """Return the coefficients of −|p(z)|²|z − 1|⁴ of random p, whose only top is flat to fourth order."""
    rng = np.random.default_rng(2)
    p = rng.normal(size=(count, DEGREE - 1)) + 1j * rng.normal(size=(count, DEGREE - 1))
    full = np.stack([np.convolve(np.convolve(one, np.conj(one[::-1])), [0.25, -1.0, 1.5, -1.0, 0.25]) for one in p])
    return -2.0 * full[:, DEGREE + 1 :]


def _equal(count: int) -> np.ndarray:
    """Return cos 20φ with harmonics beside it that are far below the gap, and far above rounding."""
    coefficients = 1e-14 * _gaussian(count)
    coefficients[:, -1] += 1.0
    return coefficients
