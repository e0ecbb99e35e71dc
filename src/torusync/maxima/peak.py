"""What every route to the maximum returns: the value attained, the bound proven, and the set of optima."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real, as_count, scalar
from torusync._results import Result
from torusync._show import Code, batch_in_words, codes_in_words, span
from torusync.conventions import CERTIFIED_GAP

SETTLED: Final = 0.5
"""Part of a certified gap up to which a proof is left alone: the value is summed anew from the state afterwards."""

EQUAL: Final = 1e-12
"""Relative difference of heights that is rounding, or phases along a ridge."""

NO_LOWER: Final = 1.0 - 1e-12
"""Part of the largest coherence below which a maximum has not been found."""


class Optimum(Code):
    """What the set of optimal phases looks like, up to the overall phase."""

    UNDEFINED = 0, "No coherence: every phase is as good as any other."
    POINT = 1, "One phase configuration."
    SEVERAL = 2, "Several isolated configurations of equal height."
    CONTINUUM = 3, "A manifold of configurations of equal height; see its dimension."


class Proof(Code):
    """Which proof gave the upper bound."""

    EXACT = 0, "No coherence, S ≡ 0."
    L1 = 1, "Σ_{i<j} |ρ_ij|: all phase preferences are compatible."
    EIGENVALUE = 2, "One extreme eigenvalue of R − diag μ (Lagrangian dual of the unimodular programme)."
    COLLECTIVE = 3, "The maximum over the one collective field of an exactly degenerate manifold."
    ORDER_PARAMETERS = 4, "The minimum of the engine's convex problem in a few order parameters."
    SEMIDEFINITE = (
        5,
        ("One extreme eigenvalue of R − diag ν, with ν from the semidefinite relaxation: no lower one is dual to it."),
    )
    NONE = 6, "There is no state."
    TAYLOR = 7, "Taylor boxes over all phases of a trigonometric polynomial: nothing is left that could be higher."


def is_proven(value: Real, bound: Real) -> Boolean:
    """Return where a maximum is proven: its upper bound is finite, and gap ≤ 1e-9 × bound.

    Without the first, an infinite bound would prove everything: ∞ − v ≤ 1e-9 ∞ is true.
    """
    with np.errstate(invalid="ignore"):
        return scalar(np.isfinite(bound) & (bound - value <= CERTIFIED_GAP * bound))


def relative_gap(value: Real, bound: Real) -> Real:
    """Return (bound − value)/bound: 0 where there is no coherence, and 1 where the bound is infinite."""
    known = np.isfinite(bound) & (bound > 0.0)
    gap = (np.where(known, bound, 0.0) - np.where(known, value, 0.0)) / np.where(known, bound, 1.0)
    return scalar(np.where(np.isnan(bound), np.nan, np.where(np.isposinf(bound), 1.0, gap)))


_MOST_STARTS: Final = 10**6
"""What stays open after so many starts stays open."""


@final
@dataclass(frozen=True, eq=False)
class Knobs:
    """How a search is made: how many random starts for what stays open, and their seed."""

    random_starts: int = 32
    seed: int = 0

    def __post_init__(self) -> None:
        as_count("random_starts", self.random_starts, maximum=_MOST_STARTS)
        as_count("seed", self.seed)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Peak(Result):
    """The maximum of f(z) = Σ_{i<j} Re[z_i^* ρ_ij z_j] over unit phasors, for a batch.

    Parameters
    ----------
    phasors : (..., D)
        The best z found; nan where a level carries no coherence.
    value, bound : (...)
        f there, and its proven upper bound, rounding included.
    l1 : (...)
        ``Σ_{i<j} |ρ_ij|``.
    proof, optimum : (...)
        Codes of `Proof` and `Optimum`.
    optima_count, optima_dimension : (...)
        Number of isolated optima known, 0 for a continuum; dimension of the set of optima.
    complete : (...)
        Whether both are exact where the optimum is proven; elsewhere there may be more.
    """

    phasors: Complex
    value: Real
    bound: Real
    l1: Real
    proof: Integer
    optimum: Integer
    optima_count: Integer
    optima_dimension: Integer
    complete: Boolean

    AXES: ClassVar = {"phasors": 1}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return self.value.shape

    def _in_words(self) -> str:
        return (
            f"{batch_in_words(self.batch_shape)}value {span(self.value)}, bound {span(self.bound)}, "
            f"{codes_in_words(self.proof, Proof)}"
        )

    @classmethod
    def empty(cls, points: int, size: int, *, broken: Boolean | bool = False) -> "Peak":
        """Return a batch of peaks of states without coherence, to be filled in; nan where there is no state."""
        # zeros cost nothing until somebody fills them in, where copies and multiples of an array are written twice
        peak = cls(
            phasors=np.full((points, size), np.nan, dtype=np.complex128),
            value=np.zeros(points),
            bound=np.zeros(points),
            l1=np.zeros(points),
            proof=np.full(points, Proof.EXACT, dtype=np.int64),
            optimum=np.full(points, Optimum.UNDEFINED, dtype=np.int64),
            optima_count=np.zeros(points, dtype=np.int64),
            optima_dimension=np.zeros(points, dtype=np.int64),
            complete=np.ones(points, dtype=np.bool_),
        )
        for height in (peak.value, peak.bound, peak.l1):
            height[broken] = np.nan
        return peak

    @classmethod
    def single(cls, phasors: Complex, value: Real, bound: Real, l1: Real, proof: Proof | Integer) -> "Peak":
        """Return a batch of peaks of one optimum each."""
        one = np.ones(value.shape, dtype=np.int64)
        return cls(phasors, value, bound, l1, proof * one, Optimum.POINT * one, one, 0 * one, one > 0)

    def reshaped(self, batch: tuple[int, ...]) -> "Peak":
        """Return a flat batch with its axes."""
        return Peak(**{name: values.reshape((*batch, *values.shape[1:])) for name, values in vars(self).items()})

    def rows(self, chosen: Integer) -> "Peak":
        """Return some points of the batch."""
        return Peak(**{name: values[chosen] for name, values in vars(self).items()})

    def put(self, chosen: Integer, other: "Peak") -> None:
        """Fill in some points of a batch that is being made."""
        for name, values in vars(self).items():
            values[chosen] = getattr(other, name)

    def better_of(self, other: "Peak") -> "Peak":
        """Return, point by point, the higher optimum with the lower bound: every bound holds for every optimum.

        Between optima of equal height this one's description stands.
        """
        higher = other.value > self.value + CERTIFIED_GAP * np.abs(self.value)
        where = dict.fromkeys(("phasors", "value", "optimum", "optima_count", "optima_dimension", "complete"), higher)
        where |= {"phasors": higher[..., np.newaxis]} | dict.fromkeys(("bound", "proof"), other.bound < self.bound)
        best = {name: np.where(there, getattr(other, name), getattr(self, name)) for name, there in where.items()}
        best["bound"] = np.maximum(best["bound"], best["value"])
        return Peak(l1=self.l1, **best)


@final
@dataclass(frozen=True, eq=False)
class Found:
    """One optimum: phasors ``(n)``, f there, a bound with its kind, and the set of optima, as in `Peak`."""

    phasors: Complex
    value: float
    bound: float
    proof: Proof
    optimum: Optimum
    optima_count: int = 1
    optima_dimension: int = 0
    complete: bool = True

    @property
    def open(self) -> bool:
        """Whether the proof is, or would be after the rounding of another sum."""
        return not (np.isfinite(self.bound) and self.bound - self.value <= SETTLED * CERTIFIED_GAP * self.bound)

    def better_of(self, other: "Found") -> "Found":
        """Return the higher optimum with the lower bound: every bound holds for every optimum."""
        lower = min(self, other, key=lambda one: one.bound)
        higher = max(self, other, key=lambda one: one.value)
        # of two that are equal but for rounding, the one whose own multipliers prove more
        best = lower if higher.value - lower.value <= EQUAL * abs(higher.value) else higher
        return replace(best, bound=lower.bound, proof=lower.proof)

    def lowered(self, bound: float, proof: Proof) -> "Found":
        """Return the same with another bound, if that is lower."""
        return replace(self, bound=bound, proof=proof) if bound < self.bound else self

    def described(self, optima_count: int, dimension: int, *, complete: bool) -> "Found":
        """Return the same with the number of optima known, or the dimension of a continuum of them."""
        kind = Optimum.CONTINUUM if dimension else Optimum.SEVERAL if optima_count > 1 else Optimum.POINT
        count = 0 if dimension else optima_count
        return replace(self, optimum=kind, optima_count=count, optima_dimension=dimension, complete=complete)
