"""States of Lindblad systems in two parts, where the rounding of dρ/dt is all that keeps them from being certain.

Large energies beside slow rates leave a residual that is rounding alone, and over the slowest decay it is no bound of
anything.  Worked out in twice the precision, from H, rates and jumps as they are stored, it tells how wrong the state
is, and the factors that found the state correct it.  What is left is the rounding of the state itself.
"""

import math
from typing import Final

import numpy as np

from torusync._checks import Complex
from torusync._twofold import Twofold, product, two_sum
from torusync.conventions import EPS
from torusync.generators import LindbladGenerator
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.steady.accuracy import TINY
from torusync.steady.probing import Factored

_STEPS: Final = 6
"""Corrections at most: each leaves a share of the error that is the rounding of the factors times the condition."""

_LOST: Final = 2.0**-80
"""What a product in two parts loses of its largest factors, 2⁻⁹⁰ and sums of some hundred."""

_Parts = tuple[Twofold, Twofold]


def sharpened(
    one: LindbladGenerator,
    equation: SparseLindblad,
    *,
    pairs: Pairs,
    factored: Factored,
    strength: float,
    rho: Complex,
) -> tuple[Complex, float]:
    """Return ρ corrected, and a bound of its error in the trace norm; infinite where there is none.

    Parameters
    ----------
    one : the point
    equation : its entries, of which the factors are
    factored, strength : L + s e tᵀ, and a bound of the norm of its inverse
    """
    size = one.dimension
    # the factors are those of L as it is rounded
    share = strength * equation.rounding()
    if not share < 0.5:
        return rho, np.inf
    surely = size**0.5 * strength / (1.0 - share)
    low, best, error = np.zeros_like(rho), rho, np.inf
    for _ in range(_STEPS):
        rest, unsure = _left(one, equation, rho, low)
        trace = math.fsum([*np.diagonal(rho).real, *np.diagonal(low).real, -1.0])
        right = pairs.packed(rest)
        right[factored.matrix.root] += factored.matrix.strength * trace
        found = surely * (float(np.linalg.norm(right)) * (1.0 + size * EPS) + unsure)
        found += size**0.5 * float(np.linalg.norm(low)) + TINY
        if not found < error:
            break
        best, error = rho, found
        rho, low = _sum(rho, low, pairs.unpacked(factored.solve(-right)))
    return best, error


def _sum(rho: Complex, low: Complex, step: Complex) -> tuple[Complex, Complex]:
    """Return the rounded sum of three matrices, the first of which is large, and what it lacks."""
    total = [two_sum(getattr(rho, part), getattr(low + step, part)) for part in ("real", "imag")]
    return total[0].high + 1j * total[1].high, total[0].low + 1j * total[1].low


def _left(one: LindbladGenerator, equation: SparseLindblad, rho: Complex, low: Complex) -> tuple[Complex, float]:
    """Return L (ρ + δ) of a small δ, and a bound of its rounding in the Frobenius norm."""
    real, imag = _times(one.hamiltonian, rho, low)
    total = imag + _turned(imag), _turned(real) - real
    for rate, jump in zip(one.rates, one.operators, strict=True):
        adjoint = np.conj(jump.T)
        first = _times(jump, rho, low)
        high, rest = first[0].high + 1j * first[1].high, first[0].low + 1j * first[1].low
        kick, decay = _times_right(high, rest, adjoint), _times(adjoint, high, rest)
        back = _turned(decay[0]), -_turned(decay[1])
        kicks = _scaled(kick, 2.0 * float(rate))
        decays = _scaled((decay[0] + back[0], decay[1] + back[1]), -float(rate))
        total = total[0] + kicks[0] + decays[0], total[1] + kicks[1] + decays[1]
    found = (total[0].high + total[0].low) + 1j * (total[1].high + total[1].low)
    size, scale = one.dimension, equation.scale()
    unsure = _LOST * size * float(np.linalg.norm(rho)) + 4.0 * EPS * equation.roundings * float(np.linalg.norm(low))
    return found, scale * unsure + 4.0 * EPS * float(np.linalg.norm(found))


def _times(left: Complex, high: Complex, low: Complex) -> _Parts:
    """Return left @ (high + low) in real and imaginary parts."""
    return _with(product(left, high), left @ low)


def _times_right(high: Complex, low: Complex, right: Complex) -> _Parts:
    """Return (high + low) @ right."""
    return _with(product(high, right), low @ right)


def _with(parts: _Parts, rest: Complex) -> _Parts:
    return parts[0] + Twofold.of(rest.real), parts[1] + Twofold.of(rest.imag)


def _scaled(parts: _Parts, factor: float) -> _Parts:
    number = Twofold.of(np.asarray(factor))
    return parts[0] * number, parts[1] * number


def _turned(part: Twofold) -> Twofold:
    return Twofold(part.high.T, part.low.T)
