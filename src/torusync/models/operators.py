"""Operators that the models of small systems are made of, and sums of them whose coefficients are a batch.

A spin counts its levels from the top, m = S, …, −S, and a mode its quanta from 0; of parts the last one runs fastest.
"""

import math
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from torusync._checks import Complex, Real


@cache
def spin_raising(levels: int) -> Real:
    """Return S_+ of a spin of 2S + 1 levels."""
    spin = 0.5 * (levels - 1)
    m = spin - np.arange(1, levels)
    return _kept(np.diag(np.sqrt(spin * (spin + 1.0) - m * (m + 1.0)), 1))


@cache
def spin_z(levels: int) -> Real:
    """Return S_z of a spin of 2S + 1 levels."""
    return _kept(np.diag(0.5 * (levels - 1) - np.arange(levels)))


@cache
def lowering(levels: int) -> Real:
    """Return a of a mode of so many levels."""
    return _kept(np.diag(np.sqrt(np.arange(1.0, levels)), 1))


@cache
def step(to: int, start: int, levels: int) -> Real:
    """Return |to><start|."""
    found = np.zeros((levels, levels))
    found[to, start] = 1.0
    return _kept(found)


def at(operator: Real, part: int, dims: tuple[int, ...]) -> Real:
    """Return an operator of one part as one of all of them."""
    return np.kron(np.kron(np.eye(math.prod(dims[:part])), operator), np.eye(math.prod(dims[part + 1 :])))


def total(terms: Iterable[tuple[Any, Any]]) -> Complex:
    """Return Σ c X of pairs of coefficients ``(...)`` and Hermitian operators, or their Hermitian combinations."""
    found = sum(np.multiply.outer(coefficient, operator) for coefficient, operator in terms)
    return np.asarray(found, dtype=np.complex128)


def exchanged(coupling: Complex, up: Real) -> Complex:
    """Return c U + c* U† of a coupling ``(...)``."""
    return np.asarray(np.multiply.outer(coupling, up) + np.multiply.outer(np.conj(coupling), up.T))


def _kept(matrix: Real) -> Real:
    matrix.setflags(write=False)
    return matrix
