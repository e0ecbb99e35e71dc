"""Lindblad systems in a unit of their own, where rates are so far from 1 that their squares are no doubles.

What bounds an error is a norm, norms are roots of squares, and that of an inverse is found from its square: with rates
of 10⁸⁵ the square of a square is zero, and a bound made of it is too good.  No digit changes in a unit that is a power
of four, whose root is one of two.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from torusync._checks import Complex, Integer, Real
from torusync.generators import Generator, LindbladGenerator
from torusync.steady.answer import Answer

_LEAST: Final = -200
_LARGEST: Final = 230
"""Exponents of two between which fourth powers are doubles, those of inverses at conditions of 10¹⁴ included."""

_MOST: Final = 1000
"""Exponents of units at most: their reciprocals are doubles, too."""

_NOTHING: Final = -(2**20)
"""Exponent of what is zero."""


def in_own_units(generator: Generator, solve: Callable[[Generator], Answer]) -> Answer:
    """Return the answer of a solver, from the same in own units at those points where rates are far from 1."""
    answer = solve(generator)
    # looked for where the answer shows it: to read all operators of a small system takes a part of its solve
    far = ~((answer.scale > 2.0**_LEAST) & (answer.scale < 2.0**_LARGEST))
    if not (isinstance(generator, LindbladGenerator) and far.any()):
        return answer
    unit = units(generator)
    if (unit == 1.0).all():
        return answer
    found = solve(measured_in(generator, unit))
    return replace(found, residual=found.residual * unit, scale=found.scale * unit)


@np.errstate(all="ignore")
def units(generator: LindbladGenerator) -> Real:
    """Return a power of four near what is largest in each equation, ``(...)``; 1 where that is not far from 1."""
    batch = generator.batch_shape
    found = np.full(batch, _NOTHING, dtype=np.int64)
    np.maximum(found, _exponents(generator.hamiltonian), out=found)
    for rate, jump in zip(generator.rates, generator.operators, strict=True):
        strength = np.where(rate > 0.0, np.frexp(rate)[1].astype(np.int64), _NOTHING)
        np.maximum(found, strength + 2 * _exponents(jump), out=found)
    near = (found >= _LEAST) & (found <= _LARGEST) | (found <= _NOTHING // 2)
    found = np.where(near, 0, np.clip(found, -_MOST, _MOST))
    unit = np.ldexp(1.0, 2 * (found // 2))
    # a rate of its own may be beyond the range where operators are far from 1
    fits = [np.isfinite(rate / unit) for rate in generator.rates]
    return np.asarray(np.where(np.all(fits, axis=0), unit, 1.0) if fits else unit)


def measured_in(generator: LindbladGenerator, unit: Real) -> LindbladGenerator:
    """Return the equations in units ``(...)`` of frequency."""
    rates = tuple(np.asarray(rate / unit) for rate in generator.rates)
    return LindbladGenerator(generator.hamiltonian / unit[..., np.newaxis, np.newaxis], rates, generator.operators)


def _exponents(matrices: Complex) -> Integer:
    """Return by which power of two the largest part of an entry is at most, ``(...)``."""
    largest = np.maximum(np.abs(matrices.real), np.abs(matrices.imag)).max(axis=(-2, -1), initial=0.0)
    return np.where(largest > 0.0, np.frexp(largest)[1].astype(np.int64), _NOTHING)
