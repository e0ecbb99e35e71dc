"""Expectation values of Hermitian operators, each with a bound of how far it is from that in the true state.

The state's error is in the trace norm and bounds that of a value by the norm of its operator: so operators are summed
up before a value is taken, in which what cancels has cancelled.
"""

from typing import Any, final

import numpy as np

from torusync._checks import Complex, Real
from torusync._lapack import eigenvalues
from torusync.conventions import EPS


@final
class Known:
    """A sum of Hermitian operators, and a bound of the rounding in the expectation value of each, points first."""

    def __init__(self, points: int, size: int) -> None:
        self.operator: Complex = np.zeros((points, size, size), dtype=np.complex128)
        self.rounding: Real = np.zeros(points)

    def add(self, operator: Complex, rounding: Real, weight: Any = 1.0) -> None:
        """Add another with its rounding, times a number a point."""
        factor = np.broadcast_to(weight, self.rounding.shape)
        self.operator = self.operator + factor[:, np.newaxis, np.newaxis] * operator
        self.rounding = self.rounding + np.abs(factor) * rounding

    def value(self, rho: Complex, error: Real) -> tuple[Real, Real]:
        """Return the expectation value and how far it may be from that in the true state."""
        size = self.operator.shape[-1]
        value = np.einsum("pij,pji->p", self.operator, rho).real
        spectrum = eigenvalues(self.operator)
        largest = np.maximum(np.abs(spectrum[:, 0]), np.abs(spectrum[:, -1])) * (1.0 + size * EPS)
        # 0.0 +, because currents at rest would otherwise be reported as −0
        return 0.0 + value, np.where(largest > 0.0, largest * (error + (size + 4) * EPS), 0.0) + self.rounding


def judged(rest: tuple[Real, Real], decides: tuple[Real, Real]) -> tuple[Real, Real]:
    """Return infinity where the sign of what decides is certain, and the rest where it is nothing for certain."""
    (value, error), (sign, doubt) = rest, decides
    sure, none = np.abs(sign) > doubt, (sign == 0.0) & (doubt == 0.0)
    return np.where(sure, np.copysign(np.inf, sign), value), np.where(sure, 0.0, np.where(none, error, np.inf))


def centred(matrices: Complex) -> Complex:
    """Return Hermitian matrices without their mean energy, which no commutator sees."""
    size = matrices.shape[-1]
    mean = np.trace(matrices, axis1=-2, axis2=-1).real / size
    return np.asarray(matrices - mean[..., np.newaxis, np.newaxis] * np.eye(size))


def norm(matrices: Complex) -> Real:
    """Return Frobenius norms of matrices ``(points, D, D)``."""
    return np.asarray(np.linalg.norm(matrices, axis=(-2, -1)))
