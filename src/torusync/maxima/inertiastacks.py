"""The inertia of `Bordered` for many machines at once, and what it proves of phases that a stack has reached.

At a few hundred levels the small matrices of one machine are some thirty microseconds of arithmetic and four hundred of
Python.  A stack does what is nearly always enough, the smallest shift tried of positive multipliers; of
what that does not prove it says so, and the machine is worked off by itself.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from torusync._checks import Boolean, Complex, Real
from torusync._lapack import eigenvalues
from torusync.conventions import EPS
from torusync.maxima.inertia import EXPONENTS, ROWS, corner_block, halved


@final
@dataclass(frozen=True, eq=False)
class BorderedStack:
    """R̂ = W Σ W† beside u ``(points, n)``: adjoint ``(points, r, n)`` W†, sigma ``(points, r)``, z ``(points, n)``.

    Columns of W may be 0, with a sigma of 1: they add an eigenvalue of 1 each.
    """

    u: Complex
    adjoint: Complex
    sigma: Real
    z: Complex

    @cached_property
    def x(self) -> Complex:
        """−ΣW†z, shape ``(points, r)``."""
        return np.asarray(-self.sigma * (self.adjoint @ self.z[..., np.newaxis])[..., 0])

    @cached_property
    def columns(self) -> Complex:
        """C† in the basis of (1, x), [q, W]†, shape ``(points, r + 1, n)``."""
        inner = (np.conj(self.x)[:, np.newaxis] @ self.adjoint)[:, 0]
        return np.concatenate([(inner - self.u)[:, np.newaxis], self.adjoint], axis=1)

    @cached_property
    def off(self) -> Real:
        """By how much q may be off, shape ``(points, n)``: a dot product of r + 1 terms, each rounded."""
        moduli = np.abs(self.x)
        summed = (moduli[:, np.newaxis] @ np.abs(self.adjoint))[:, 0]
        return np.asarray(2.0 * EPS * (moduli.shape[-1] + 4) * (np.abs(self.u) + summed))

    def first_shift(self, d: Real, corner: Real) -> Real:
        """Return what the smallest shift tried adds to Σ μ, infinite where that is not enough."""
        weight = np.concatenate([np.abs(corner)[:, np.newaxis], np.abs(d)], axis=1)
        mean = weight.mean(axis=-1)
        weight = 0.5 * (weight + mean[:, np.newaxis])
        tau = 10.0 ** EXPONENTS[0]
        proven = self._definite(d + tau * weight[:, 1:], corner + tau * weight[:, 0])
        return np.where(proven, tau * weight.sum(axis=-1), np.inf)

    def single(self, d: Real, corner: Real, *, null: float) -> Boolean:
        """Return where diag μ − R has one eigenvalue below ``null`` mean multipliers and no more: the optimum's."""
        less = null * np.abs(d).mean(axis=-1)
        return self._definite(d - less[:, np.newaxis], corner - less, but=1)

    def _definite(self, d: Real, corner: Real, *, but: int = 0) -> Boolean:
        """Return what `Bordered` says of levels none of which it keeps apart: of one without a multiplier nothing."""
        able = np.asarray((d > 0.0).all(axis=-1))
        inverse = 1.0 / np.where(able[:, np.newaxis], d, 1.0)
        gram = self._weighted_gram(inverse)
        off = np.sqrt((self.off**2 * inverse).sum(axis=-1))
        found = corner_block(gram, self.x, self.sigma, corner, off, rows=d.shape[-1])
        balance = found.balance[:, :, np.newaxis] * found.balance[:, np.newaxis]
        scaled = balance * found.matrix
        error = np.linalg.norm(balance * found.rounding, axis=(-2, -1))
        margin = error + 4.0 * scaled.shape[-1] * EPS * np.linalg.norm(scaled, axis=(-2, -1))
        # ascending, and none at all where as many may be negative as there are
        values = np.append(eigenvalues(scaled), np.full((len(d), 1 + but), np.inf), axis=-1)
        lowest = (self.sigma < 0.0).sum(axis=-1) + but
        return np.asarray(able & (values[np.arange(len(d)), lowest] > margin))

    def _weighted_gram(self, inverse: Real) -> Complex:
        """Return Σ_l inverse_l C_l† C_l: products of `ROWS` rows, and their sum by halves."""
        columns = self.columns
        weighted = columns * inverse[:, np.newaxis]
        blocks = (slice(begin, begin + ROWS) for begin in range(0, inverse.shape[-1], ROWS))
        return halved([weighted[..., rows] @ np.conj(np.swapaxes(columns[..., rows], -1, -2)) for rows in blocks])
