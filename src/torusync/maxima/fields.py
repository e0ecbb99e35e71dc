"""How the phases of a manifold climb: f(z) = Re u·z + ½ z† R̂ z by second order, R̂ a matrix or of low rank.

Setting every level to the field it sees, y = u* + R̂ z, climbs where R̂ ⪰ 0, but slowly, and elsewhere not at all.  A
Newton step climbs fast near a maximum, and ends at a saddle as gladly as there: −∂²f = diag ν − Re(z* R̂ z), with
ν = Re z* y, must be positive definite before the step is one uphill.  Both forms say so on the way, by Cholesky's
pivots or by the inertia of a small matrix; where it is not, a shift is added (Levenberg and Marquardt), and no step is
taken that falls.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
from scipy.linalg import lapack

from torusync._checks import Complex, Real
from torusync._lapack import spectra
from torusync._rows import in_blocks
from torusync.conventions import EPS

_STEPS: Final = 100
_LONGEST_STEP: Final = 0.7
"""Radians any one phase may turn in a step: beyond that the quadratic model says nothing on a circle."""

FIRST_SHIFT: Final = 0.1
_LOWER: Final = 0.1
NEAR: Final = 1e-2
LOWER_NEAR: Final = 1e-3
RAISE: Final = 5.0
LEAST_SHIFT: Final = 1e-9
MOST_SHIFT: Final = 1e7
"""How the shift, in units of the levels' fields, follows the model."""

ARRIVED: Final = 1e-7
"""Radians of the last turn: what is missing after it is of the order of its square."""

NOISE: Final = 64.0 * EPS
"""Gain, relative to the height and what cancels in it, that is not told from rounding."""

CORRECTIONS: Final = 2
STRAIGHT: Final = 1e-4
"""Steps back onto the ridge, and radians of a step up to which there are none."""

_PUSHES: Final = 3
_PUSH: Final = 0.1
"""How often, and by how many radians, phases are turned off a saddle."""

_BENDING: Final = 1e-9
"""Eigenvalues of R̂ below this fraction of the largest are left out of its curvature."""

_SADDLE: Final = 1e-7
"""Curvature uphill, in units of the mean field, from which a point of rest is a saddle."""

Solve = Callable[[Real], Real]
"""What applies the inverse of a positive definite matrix."""


@final
@dataclass(frozen=True, eq=False)
class DenseForm:
    """R̂ by its entries: u ``(n)`` the coherences with the level whose phase is 0, block ``(n, n)``."""

    u: Complex
    block: Complex

    def field(self, z: Complex) -> Complex:
        """Return y = u* + R̂ z."""
        return np.asarray(np.conj(self.u) + self.block @ z)

    def inverse(self, z: Complex, diagonal: Real) -> Solve | None:
        """Return the inverse of diag(diagonal) − Re(z* R̂ z), or None where Cholesky finds that it is not positive."""
        matrix = -np.real(np.conj(z)[:, np.newaxis] * self.block * z)
        matrix[np.diag_indices(len(z))] += diagonal
        factor, info = lapack.dpotrf(matrix, lower=1, overwrite_a=1)
        if info != 0:
            return None
        return lambda right: np.asarray(lapack.dpotrs(factor, right, lower=1)[0], dtype=np.float64)


@final
@dataclass(frozen=True, eq=False)
class LowRankForm:
    """R̂ = W Σ W† with Σ = diag(sign): u ``(n)``, w ``(n, r)``, sign ``(r)``."""

    u: Complex
    w: Complex
    sign: Real

    @cached_property
    def bending(self) -> tuple[Complex, Real]:
        """Columns of W that a Newton step needs, and their signs: without the others it hardly converges less fast."""
        squares = sum(in_blocks(len(self.u), lambda rows: (np.abs(self.w[rows]) ** 2).sum(axis=0)))
        kept = squares > _BENDING * np.max(squares, initial=0.0)
        return (self.w, self.sign) if kept.all() else (self.w[:, kept], self.sign[kept])

    def field(self, z: Complex) -> Complex:
        """Return y = u* + R̂ z."""
        inner = self.sign * np.conj(sum(in_blocks(len(z), lambda rows: np.conj(z[rows]) @ self.w[rows])))
        return np.concatenate(in_blocks(len(z), lambda rows: np.conj(self.u[rows]) + self.w[rows] @ inner))

    def inverse(self, z: Complex, diagonal: Real) -> Solve | None:
        """Return the same by Woodbury's formula.

        With P = [Re z*W, Im z*W] and D = diag(diagonal), D − P S Pᵀ is positive definite exactly where S − PᵀD⁻¹P has
        as many negative eigenvalues as S, less those of D.
        """
        if not (np.abs(diagonal) > 0.0).all():
            return None

        w, sign = self.bending

        def columns(block: slice) -> Real:
            turned = np.conj(z[block])[:, np.newaxis] * w[block]
            return np.concatenate([turned.real, turned.imag], axis=1)

        def gram(block: slice) -> Real:
            part = columns(block)
            return np.asarray(part.T @ (part / diagonal[block, np.newaxis]))

        signature = np.concatenate([sign, sign])
        inner = np.diag(signature) - sum(in_blocks(len(z), gram))
        balance = 1.0 / np.sqrt(np.abs(inner).max(axis=1, initial=0.0))
        values, axes = spectra(balance[:, np.newaxis] * inner * balance)
        negative = int((values < 0.0).sum()) + int((diagonal < 0.0).sum())
        if negative != int((signature < 0.0).sum()) or not (np.abs(values) >= EPS).all():
            return None
        axes = balance[:, np.newaxis] * axes

        def solve(right: Real) -> Real:
            first = right / diagonal
            projected = sum(in_blocks(len(z), lambda block: columns(block).T @ first[block]))
            weights = axes @ ((axes.T @ projected) / values)
            return first + np.concatenate(in_blocks(len(z), lambda block: columns(block) @ weights)) / diagonal

        return solve


Form = DenseForm | LowRankForm


def height(form: Form, z: Complex, y: Complex) -> float:
    """Return f(z) from the field y there."""
    return 0.5 * float(np.real(form.u @ z) + np.real(np.vdot(z, y)))


def climb(form: Form, start: Complex) -> tuple[Complex, Complex]:
    """Return phasors reached uphill from ``start``, and the field there; both ``(n)``.

    Where it comes to rest on a saddle, as symmetric phases do, it is pushed off a few times.
    """
    z, y = _ascend(form, start)
    for push in range(_PUSHES):
        h = np.conj(z) * y
        if form.inverse(z, h.real + _SADDLE * np.abs(h).mean()) is not None:
            break
        turn = np.random.default_rng(push).uniform(-_PUSH, _PUSH, len(z))
        again, ahead = _ascend(form, z * np.exp(1j * turn))
        if height(form, again, ahead) < height(form, z, y):
            break
        z, y = again, ahead
    # many turns leave a phasor off its circle by a rounding or two, which W W† would count a thousandfold
    z = z / np.abs(z)
    return z, form.field(z)


def _ascend(form: Form, z: Complex) -> tuple[Complex, Complex]:
    y, size = form.field(z), float(np.abs(form.u).sum())
    top, shift = height(form, z, y), FIRST_SHIFT
    for _ in range(_STEPS):
        h = np.conj(z) * y
        modulus = np.abs(h)
        mean = float(modulus.sum()) / len(z)
        if not mean > 0.0:
            break
        inverse = form.inverse(z, h.real + shift * (modulus + 1e-3 * mean))
        refused = inverse is None
        if inverse is not None:
            step = inverse(h.imag).clip(-_LONGEST_STEP, _LONGEST_STEP)
            longest = float(np.abs(step).max())
            trial = z * np.exp(1j * step)
            ahead = form.field(trial)
            # the ridge of a near-continuum is curved: a straight step along it falls off its side
            for _ in range(CORRECTIONS if longest > STRAIGHT else 0):
                back = inverse((np.conj(trial) * ahead).imag).clip(-_LONGEST_STEP, _LONGEST_STEP)
                trial = trial * np.exp(1j * back)
                ahead = form.field(trial)
            gain, foretold = height(form, trial, ahead) - top, 0.5 * float(h.imag @ step)
            rounding = 8.0 * EPS * mean * len(z)
            if foretold <= NOISE * (abs(top) + size) and shift <= FIRST_SHIFT:
                # too little for heights to tell: what is left is told by the slope, until that is rounding, too
                if not np.abs((np.conj(trial) * ahead).imag).sum() < 0.5 * np.abs(h.imag).sum():
                    break
            else:
                refused = not gain >= -rounding
        if refused:
            shift = max(RAISE * shift, 1e-3)
            if shift > MOST_SHIFT:
                break
            continue
        z, y, top = trial, ahead, top + gain
        # a large shift makes small steps anywhere
        if longest <= ARRIVED and shift <= ARRIVED:
            break
        good = gain > 0.5 * foretold or foretold <= rounding
        shift = (LOWER_NEAR if good and longest <= NEAR else _LOWER if good else 2.0) * shift
        shift = 0.0 if shift < LEAST_SHIFT else shift
    return z, y
