"""Phases of the parts of a system: the difference of two of them, or one to three of them together.

    relative  S(φ) = Σ W^A_mm' W^B_nn' ρ_{mn,m'n'} e^{iqφ}/2π over entries of order q for A and −q for B, φ = φ_A − φ_B
    joint     S(φ) = Σ W^A_mm' W^B_nn' ρ_{mn,m'n'} e^{i(q_A φ_A + q_B φ_B)}/(2π)²

both minus the uniform distribution.  All other parts are traced out, and nothing but what is asked for is formed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Final, final

import numpy as np

from torusync._checks import Complex, Real, as_instance, requirement
from torusync._frozen import Frozen
from torusync.densities import Density
from torusync.densities.parts import as_dims, as_parts, partial_trace, require_dims
from torusync.phases.fock import Fock
from torusync.phases.polynomial import Diagonals, OnePhase, Polynomial, ordered
from torusync.phases.transition import Transition

_MOST: Final = 3
"""Phases that are read together: boxes of more are too many to be searched."""

_PART: Final = "a distribution of one phase, like SU2(spin=1) or Fock()"


def _sizes(distributions: tuple[OnePhase, ...], dims: object, parts: object) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the numbers of levels of all parts and which of them are read, or refuse what does not fit together."""
    # a spin knows its levels, a mode has none of its own
    if dims is None and any(isinstance(one, Fock | Transition) for one in distributions):
        must = "be given for modes and transitions, which have no number of levels of their own"
        raise requirement("dims", must, "it is not")
    sizes = tuple(one.dimension_of(None) for one in distributions) if dims is None else as_dims("dims", dims)
    kept = as_parts("parts", range(len(distributions)) if parts is None else parts, sizes, count=len(distributions))
    for one, part in zip(distributions, kept, strict=True):
        one.weights(sizes[part])
    return sizes, kept


class OfParts(Frozen, Polynomial):
    """Base of distributions of some parts of a system: which they are, and of how many levels.

    Parameters
    ----------
    distributions
        How the phase of each part is read.
    dims
        Numbers of levels of all parts of the system, in the order of the Kronecker product.
    parts
        Which of them are read, in the order of the distributions.
    """

    distributions: tuple[OnePhase, ...]
    dims: tuple[int, ...]
    parts: tuple[int, ...]

    def _place(self, distributions: tuple[OnePhase, ...], dims: object, parts: object) -> None:
        for one in distributions:
            as_instance("distributions", one, OnePhase, _PART)
        sizes, kept = _sizes(distributions, dims, parts)
        self._settle(distributions=distributions, dims=sizes, parts=kept)

    def dimension_of(self, dimension: int | None) -> int:
        """Return the product of all numbers of levels."""
        if dimension is not None:
            require_dims(self.dims, dimension)
        return math.prod(self.dims)

    def read_dimension(self, dimension: int) -> int:
        """Return the number of levels of the parts that are read."""
        del dimension
        return math.prod(self._read)

    @property
    def _read(self) -> tuple[int, ...]:
        return tuple(self.dims[part] for part in self.parts)

    def reduced(self, density: Density) -> tuple[Complex, Real, float]:
        """Return the state of the parts that are read, the same of moduli, and the number of terms of an entry."""
        whole = density.to_array()
        matrix = partial_trace(whole, self.dims, self.parts)
        if matrix is whole:
            return whole, np.abs(whole), 0.0
        # where entries cancel in the trace, their rounding does not
        return matrix, partial_trace(np.abs(whole), self.dims, self.parts), math.prod(self.dims) / matrix.shape[-1]


@final
@dataclass(frozen=True, init=False)
class Relative(OfParts):
    """The distribution of φ_A − φ_B, of two parts of a system.

    Parameters
    ----------
    first, second
        How the phases of A and B are read: `SU2`, `Fock`.
    dims
        Numbers of levels of all parts of the system, in the order of the Kronecker product; spins know theirs.
    parts
        Which of them are A and B; the first two by default.

    Raises
    ------
    ArgumentError
        If a distribution does not fit the levels of its part.
    """

    distributions: tuple[OnePhase, ...]
    dims: tuple[int, ...]
    parts: tuple[int, ...]
    source: ClassVar[str] = "distribution of the relative phase; after PRL 121, 063601"

    def __init__(self, first: OnePhase, second: OnePhase, *, dims: object = None, parts: object = None) -> None:
        self._place((first, second), dims, parts)

    @property
    def phases(self) -> int:
        """One, the difference."""
        return 1

    def diagonals(self, dimension: int) -> Diagonals:
        """Return the entries that leave the number of rungs of both together as it is."""
        self.dimension_of(dimension)
        return _joined(self.distributions, self._read, _differences)


@final
@dataclass(frozen=True, init=False)
class Joint(OfParts):
    """The distribution of the phases of one to three parts of a system.

    Parameters
    ----------
    distributions
        How the phase of each is read: `SU2`, `Fock`.
    dims
        Numbers of levels of all parts of the system, in the order of the Kronecker product; spins know theirs.
    parts
        Which of them are read; the first ones by default.

    Raises
    ------
    ArgumentError
        If they are more than three, or one does not fit the levels of its part.
    """

    distributions: tuple[OnePhase, ...]
    dims: tuple[int, ...]
    parts: tuple[int, ...]
    source: ClassVar[str] = "joint distribution of phases; after PRL 121, 063601"

    def __init__(self, *distributions: OnePhase, dims: object = None, parts: object = None) -> None:
        if not 1 <= len(distributions) <= _MOST:
            raise requirement("distributions", f"be one to {_MOST}", f"they are {len(distributions)}")
        self._place(distributions, dims, parts)

    @property
    def phases(self) -> int:
        """One for each part that is read."""
        return len(self.distributions)

    def diagonals(self, dimension: int) -> Diagonals:
        """Return all coherences, each with the rungs between its levels in every part."""
        self.dimension_of(dimension)
        return _joined(self.distributions, self._read, _all)


Choice = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def _differences(steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return steps[:, :1], steps.sum(axis=1) == 0


def _all(steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return steps, np.ones(len(steps), dtype=np.bool_)


@cache
def _joined(distributions: tuple[OnePhase, ...], sizes: tuple[int, ...], chosen: Choice) -> Diagonals:
    """Return which entries of the state of some parts make which harmonic."""
    each = np.unravel_index(np.arange(math.prod(sizes)), sizes)
    rungs = [one.rungs(size)[level] for one, size, level in zip(distributions, sizes, each, strict=True)]
    levels = np.stack(rungs, axis=-1)
    steps = (levels[np.newaxis] - levels[:, np.newaxis]).reshape(-1, len(sizes))
    weights: Real = np.ones((1, 1))
    for one, size in zip(distributions, sizes, strict=True):
        weights = np.asarray(np.kron(weights, one.weights(size)))
    orders, kept = chosen(steps)
    return ordered(orders, np.where(kept, weights.reshape(-1), 0.0))
