"""Distributions of phases: S(φ) = factor · Re Σ_q c_q e^{iq·φ}, with coefficients c that are linear in the state.

Each says which phases it has, how it is evaluated, and which certificate is right for its maximum: `Synchronization`
and all that reads it know no more.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from torusync._checks import Complex, Integer, Real, as_instance, requirement, scalar, shown
from torusync._frozen import Frozen
from torusync.conventions import in_units
from torusync.densities import Density
from torusync.maxima.peak import Knobs, Peak


@final
@dataclass(frozen=True, eq=False)
class Harmonics(Frozen):
    """A trigonometric polynomial Re Σ_q c_q e^{iq·φ}.

    Parameters
    ----------
    orders : (terms, P) q, whole numbers, of P phases
    coefficients : (..., terms) c_q
    """

    orders: Integer
    coefficients: Complex

    def at(self, phases: Real) -> Real:
        """Return it at phases ``(..., phases)`` in radians; batch axes broadcast with those of the coefficients."""
        return scalar((self.coefficients * np.exp(1j * (phases @ self.orders.T))).sum(axis=-1).real)


@final
@dataclass(frozen=True)
class Factor:
    """S per unit of the sum over harmonics, mantissa · 2^exponent, which may underflow where a product need not.

    Parameters
    ----------
    mantissa, exponent : a positive number and a power of two
    log10 : of their product, where the mantissa underflows, too
    """

    mantissa: float
    exponent: int
    log10: float

    @classmethod
    def of(cls, number: float) -> "Factor":
        """Return the factor that is a plain number."""
        return cls(*math.frexp(number), math.log10(number))

    def times(self, sums: Real, *, upwards: bool = False) -> Real:
        """Return sums in units of S, with ``upwards`` never below their true value there."""
        return in_units(self.mantissa, self.exponent, sums, upwards=upwards)

    def log10_times(self, sums: Real) -> Real:
        """Return log10 of positive sums in units of S; −inf for 0, nan below."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return scalar(np.log10(sums) + self.log10)


class PhaseDistribution(ABC):
    """A way to read phases off a state.  Its classes are final, small and frozen."""

    __slots__ = ()

    levels: ClassVar[bool]
    """Whether its sum is that over pairs of levels, Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}]: a phase for every level, and
    only differences count."""

    source: ClassVar[str] = "maximum of a distribution of one's own"
    """Where it is from: equation and publication."""

    @abstractmethod
    def factor(self, dimension: int) -> Factor:
        """Return S per unit of the sum over harmonics, for states of D levels."""

    @abstractmethod
    def harmonics(self, density: Density) -> Harmonics:
        """Return the coefficients of e^{iq·φ}."""

    @abstractmethod
    def at(self, density: Density, phases: Real) -> Real:
        """Return S at phases ``(..., phases)`` in radians; batch axes broadcast with those of the density."""

    @abstractmethod
    def peak(self, density: Density, knobs: Knobs) -> Peak:
        """Return the largest sum over harmonics, the e^{iφ} where it is attained, and the proof of it."""

    def error(self, dimension: int, coherence_error: Real) -> Real:  # noqa: ARG002
        """Return how far the largest sum may be off for coherences off by so much in the trace norm; nan if unknown."""
        return np.full_like(coherence_error, np.nan)

    def tops(self, density: Density) -> Real | None:
        """Return the phases ``(tops, phases)`` of all optima known of one state; None if no more than one is told."""
        del density
        return None


def as_distribution(name: str, value: Any) -> PhaseDistribution:
    """Return a phase distribution; where its name stands for it, say how one is made."""
    must = "a phase distribution, like SUD()"
    if isinstance(value, str) and value in _names(PhaseDistribution):
        raise requirement(name, f"be {must}", f"it is {shown(value)}; make one, {value}(…)")
    found: PhaseDistribution = as_instance(name, value, PhaseDistribution, must)
    return found


def _names(kind: type) -> set[str]:
    """Return what the classes are called that a class has below it."""
    return {kind.__name__}.union(*map(_names, kind.__subclasses__()))
