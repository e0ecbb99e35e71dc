"""Families of states whose S_max is to be proven, each state reproducible from its family and its index.

Every state has a generator of its own, seeded by the name of its family and its index, so that the first states of a
family are the same however many are drawn, and a new family changes no other.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Final, final

import numpy as np

import torusync as ts
from benchmarks import instances

KINDS: Final = ("equal rates", "unequal rates", "correlated dipoles", "random states", "adversarial states")
"""What the families are gathered under."""

_REGIMES: Final = ("engine", "refrigerator")

_COUNTS: Final = {24: 20, 70: 10, 250: 5}
"""Levels, and how many states a family of at most so many has."""

_QUICK: Final = (5, 2)
"""Largest dimension of a family in a quick run, and how many states are taken."""

Complex = np.ndarray
Generator = np.random.Generator
State = ts.SteadyState | Complex
"""What is handed to `synchronization`: a maser that is solved already, or a density matrix."""


@final
@dataclass(frozen=True)
class Family:
    """States of one make.

    Parameters
    ----------
    kind, name : which family; the name seeds its states
    levels : dimension D of its states
    count : how many states there are at full size
    make : draws one maser, or one density matrix
    proven, best : shares promised of states that are certified, and where the best value known is found
    """

    kind: str
    name: str
    levels: int
    count: int
    make: Callable[[Generator], ts.ThermalMaser | Complex]
    proven: float | None = None
    best: float | None = None

    def instance(self, index: int) -> ts.ThermalMaser | Complex:
        """Return one maser or density matrix."""
        return self.make(np.random.default_rng([zlib.crc32(self.name.encode()), index]))

    def state(self, index: int) -> State:
        """Return the density matrix, or the maser in its steady state."""
        instance = self.instance(index)
        return ts.steady_state(instance) if isinstance(instance, ts.ThermalMaser) else instance


def density_matrix(state: State) -> Complex:
    """Return ρ."""
    return state.rho if isinstance(state, ts.SteadyState) else state


def coherences(state: State) -> Complex:
    """Return ρ without its diagonal, the R of which ½ z†Rz is to be the largest."""
    matrix = np.array(density_matrix(state), dtype=complex)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def families(*, quick: bool = False) -> list[Family]:
    """Return every family in order, or two states of a few small ones."""
    every = [*_equal(), *_unequal(), *_correlated(), *_random(), *_adversarial()]
    if not quick:
        return every
    levels, count = _QUICK
    return [replace(one, count=count) for one in every if one.levels <= levels]


def _count(levels: int) -> int:
    return next(count for size, count in _COUNTS.items() if levels <= size)


def _equal() -> Iterator[Family]:
    """Independent dipoles at one occupation: the certificate is known to close."""
    for levels, regime, make in product(
        (2, 4, 8, 20, 60, 200), _REGIMES, (instances.degenerate, instances.near_degenerate, instances.decades)
    ):
        name = f"{make.__name__.replace('_', '-')} {regime}, N = {levels}"
        draw = partial(make, levels=levels, regime=regime)
        yield Family("equal rates", name, levels + 2, _count(levels), draw, proven=1.0)


def _unequal() -> Iterator[Family]:
    for levels, regime in product((2, 4, 8, 20), _REGIMES):
        name = f"{regime} of unequal occupations, N = {levels}"
        draw = partial(instances.unequal, levels=levels, regime=regime)
        yield Family("unequal rates", name, levels + 2, _count(levels), draw, proven=_few(levels + 1))


def _correlated() -> Iterator[Family]:
    for levels, regime, make in product(
        (2, 4, 8, 20, 60), _REGIMES, (instances.one_correlation, instances.dipole_matrix)
    ):
        name = f"{regime} with {make.__name__.replace('_', ' ')}, N = {levels}"
        draw = partial(make, levels=levels, regime=regime)
        yield Family("correlated dipoles", name, levels + 2, _count(levels), draw, proven=_few(levels + 1))


def _random() -> Iterator[Family]:
    for size, rank in product((3, 4, 6, 10, 20, 40, 60), (1, 2, None)):
        judged = rank is None and size == 20
        yield Family(
            kind="random states",
            name=f"random, D = {size}, {'full rank' if rank is None else f'rank {rank}'}",
            levels=size,
            count=100 if judged else _count(size),
            make=partial(instances.ginibre, size=size, rank=rank or size),
            proven=_few(size),
            best=0.99 if judged else None,
        )


def _adversarial() -> Iterator[Family]:
    def family(name: str, levels: int, make: Callable[[Generator], Complex]) -> Family:
        return Family("adversarial states", name, levels, _count(levels), make)

    for size in (5, 8, 12):
        yield family(f"ring of flux π, D = {size}", size, partial(instances.ring, size=size, flux=np.pi))
        yield family(f"ring of random flux, D = {size}", size, partial(instances.ring, size=size))
        yield family(f"ring of unequal couplings, D = {size}", size, partial(instances.ring, size=size, equal=False))
    for sizes in ((2, 3), (3, 3), (2, 2, 2), (4, 5)):
        name = f"product, D = {' × '.join(map(str, sizes))}"
        yield family(name, int(np.prod(sizes)), partial(instances.tensor_product, sizes=sizes))
    for size, make in product((10, 20), (instances.random_signs, instances.random_phases)):
        yield family(f"{make.__name__.replace('_', ' ')}, D = {size}", size, partial(make, size=size))


def _few(coherent: int) -> float | None:
    """Return the share promised for so many mutually coherent levels: for three the semidefinite bound is sharp."""
    return 1.0 if coherent <= 3 else None
