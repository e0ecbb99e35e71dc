"""Is S_max never above the truth, its bound never below it, and the best value found?

Truth is an exhaustive branch and bound that shares no code with the search; `test_exhaustive` asks whether it is true.
"""

import itertools

import numpy as np
import pytest

import torusync as ts
from coherences import hermitian, joined, ring, rng_of, triangles
from exhaustive import bracket
from problems import random_state

DECADES = 12


def states_of(coherences):
    """Density matrices with these coherences up to a factor: the diagonal is raised until no eigenvalue is negative."""
    coherences = np.array(coherences, dtype=complex)
    size = coherences.shape[-1]
    lowest = np.linalg.eigvalsh(coherences)[..., :1, np.newaxis]
    level = (1.0 + 1e-12) * np.abs(lowest) + 1e-14 * np.abs(coherences).max(axis=(-2, -1), keepdims=True)
    return (coherences + level * np.eye(size)) / (size * level)


# Do the search and its proof enclose it?


def random_states(rng, size, *, decades=0):
    """Two of each rank 1, 2 and full, levels weighted over decades."""
    for rank in sorted({1, 2, size}):
        for _ in range(2):
            yield random_state(rng, size, rank, 10.0 ** rng.uniform(-decades, 0, size) if decades else None)


def rings(rng, size):
    for flux in (*rng.uniform(-np.pi, np.pi, 4), np.pi, np.pi - 1e-9, np.pi + 1e-4):
        yield states_of(ring(np.ones(size), flux, rng))
        yield states_of(ring(10.0 ** rng.uniform(-1, 0, size), flux, rng))


def equal_moduli(rng, size):
    for _ in range(8):
        yield states_of(hermitian(np.exp(2j * np.pi * rng.random((size, size)))))


def signs(rng, size):
    """Real coherences of random sign, then all negative: equal, and of the product form that makes continua."""
    for _ in range(5):
        yield states_of(hermitian(np.sign(rng.normal(size=(size, size)))))
    for _ in range(3):
        yield states_of(hermitian(rng.normal(size=(size, size))))
    yield states_of(hermitian(-np.ones((size, size))))
    if size < 6:
        weights = rng.uniform(0.5, 1.5, size)
        yield states_of(hermitian(-np.outer(weights, weights)))


def spread(rng, size):
    """Coherences of random phase whose moduli are spread over eight decades, pair by pair."""
    for _ in range(8):
        moduli = 10.0 ** rng.uniform(-8, 0, (size, size))
        yield states_of(hermitian(moduli * np.exp(2j * np.pi * rng.random((size, size)))))


def products(rng, size):
    """Tensor products of small states; coherences of the factors come in copies."""
    for first in {2, size // 2}:
        for ranks in itertools.product((1, 2), repeat=2):
            yield np.kron(random_state(rng, first, ranks[0]), random_state(rng, size // first, ranks[1]))
        yield np.kron(states_of(hermitian(-np.ones((first, first)))), random_state(rng, size // first, 2))


def block_diagonal(rng, size):
    for first in range(2, size - 1):
        for rank in (2, 4):
            yield joined([random_state(rng, part, min(rank, part)) for part in (first, size - first)], rng)
        yield joined([states_of(hermitian(-np.ones((part, part)))) for part in (first, size - first)], rng)


FAMILIES = {
    "random": (random_states, range(2, 7)),
    "weighted over four decades": (lambda rng, size: random_states(rng, size, decades=4), range(2, 7)),
    "weighted over twelve decades": (lambda rng, size: random_states(rng, size, decades=DECADES), range(2, 7)),
    "frustrated rings": (rings, range(3, 7)),
    "equal moduli": (equal_moduli, range(3, 7)),
    "random signs": (signs, range(3, 7)),
    "spread coherences": (spread, range(3, 7)),
    "tensor products": (products, (4, 6)),
    "block-diagonal": (block_diagonal, range(4, 7)),
}
CASES = [pytest.param(name, size, id=f"{name}-{size}") for name, (_, sizes) in FAMILIES.items() for size in sizes]


def assert_true(states, width=1e-6):
    """Height, bound, gap and completeness of the search, state by state."""
    sync = ts.synchronization(states)
    for index, rho in enumerate(states):
        value, bound = float(sync.pair_sum[index]), float(sync.pair_sum_bound[index])
        lower, upper = bracket(rho, width)
        where = f"state {index}: value {value!r}, bound {bound!r}, truth in [{lower!r}, {upper!r}]"
        assert bound >= lower, f"the bound is too low; {where}"
        assert value <= upper * (1 + 1e-12), f"the value is attained nowhere; {where}"
        assert value >= lower * (1 - 1e-6), f"a higher point exists; {where}"
        assert bound - value >= lower - value, f"the gap is too small; {where}"
        if sync.certified[index]:
            assert value >= lower * (1 - 1e-9), f"certified, and a higher point exists; {where}"


@pytest.mark.parametrize(("family", "size"), CASES)
def test_value_and_bound_enclose_the_truth(family, size):
    make, _ = FAMILIES[family]
    assert_true(np.array(list(make(rng_of(family, size), size))))


# Is the proof complete where at most three levels are mutually coherent?


def assert_certified(states, looked_at=25):
    """Every state is certified, and some of them are held against the truth."""
    sync = ts.synchronization(states)
    missing = np.flatnonzero(~sync.certified)
    assert missing.size == 0, (
        f"{missing.size} of {len(states)} are open, first {missing[0]} by {sync.relative_gap[missing[0]]:.1e}:\n"
        f"{states[missing[0]]!r}"
    )
    assert_true(states[:: max(1, len(states) // looked_at)], 1e-9)


def flux_and_moduli(rng, count):
    return rng.uniform(-np.pi, np.pi, count), 10.0 ** rng.uniform(-1, 0, (3, count))


def weighted(rng, size, count, decades):
    return np.array(
        [random_state(rng, size, 1 + k % size, 10.0 ** rng.uniform(-decades, 0, size)) for k in range(count)]
    )


def bifurcation(rng, count, *, off=(0.0,)):
    """Flux π and 1/c = (1/a + 1/b)(1 + off): the aligned phases 0, 0, 0 stop being the maximum at off = 0.

    There c is antiparallel, f = a cos x + b cos y − c cos(x + y), and −f'' = [[a − c, −c], [−c, b − c]] has the
    determinant ab − c(a + b): the maximum is flat along one direction, to fourth order.
    """
    a, b = 10.0 ** rng.uniform(-2, 0, (2, count))
    c = a * b / (a + b) / (1.0 + rng.choice(off, count))
    turn = rng.integers(3, size=count)  # any of the three may be the weak one
    moduli = np.array([a, b, c])[(np.arange(3)[:, np.newaxis] + turn) % 3, np.arange(count)]
    return triangles(*moduli, np.pi, rng)


def near_bifurcation(rng, count):
    """From rounding to a hundredth away, on both sides."""
    return bifurcation(rng, count, off=np.multiply.outer((1.0, -1.0), 10.0 ** np.arange(-16.0, -1.0)).ravel())


def ties(rng, count):
    """Flux π and equal moduli: two windings; and two equal moduli, with the third on either side of the border."""
    moduli = np.ones((3, count))
    moduli[2, count // 2 :] = rng.uniform(0.3, 3.0, count - count // 2)
    return triangles(*moduli, np.pi, rng)


def near_ties(rng, count):
    flux = np.pi + rng.choice([-1.0, 1.0], count) * 10.0 ** rng.uniform(-16, -1, count)
    return triangles(*(1.0 + 10.0 ** rng.uniform(-16, -1, (3, count))), flux, rng)


def nearly_two_pairs(rng, count):
    """One coherence is many orders of magnitude below the others, or two are."""
    flux, moduli = flux_and_moduli(rng, count)
    moduli[2] *= 10.0 ** rng.uniform(-30, -3, count)
    moduli[1, ::2] *= 10.0 ** rng.uniform(-30, -3, (count + 1) // 2)
    return triangles(*moduli, flux, rng)


TRIANGLES = {
    "any moduli and flux": lambda rng, count: triangles(
        *flux_and_moduli(rng, count)[1], rng.uniform(-4, 4, count), rng
    ),
    "flux pi": lambda rng, count: triangles(*flux_and_moduli(rng, count)[1], np.pi, rng),
    "spread over twelve decades": lambda rng, count: triangles(
        *10.0 ** rng.uniform(-DECADES, 0, (3, count)), rng.choice([np.pi, 2.0, 0.5], count), rng
    ),
    "at the bifurcation": bifurcation,
    "near the bifurcation": near_bifurcation,
    "ties": ties,
    "near ties": near_ties,
    "nearly no third coherence": nearly_two_pairs,
}


@pytest.mark.parametrize("size", [2, 3], ids="{} levels".format)
@pytest.mark.parametrize("decades", [0, 3, DECADES], ids="{} decades".format)
def test_every_random_state_of_up_to_three_levels_is_certified(size, decades):
    assert_certified(weighted(rng_of("small", size, decades), size, 2000, decades))


@pytest.mark.parametrize("family", TRIANGLES)
def test_every_triangle_is_certified(family):
    count = 400 if "bifurcation" in family else 2000
    assert_certified(states_of(TRIANGLES[family](rng_of(family), count)))


@pytest.mark.parametrize("family", TRIANGLES)
def test_every_triangle_with_little_population_elsewhere_is_certified(family):
    """The same coherences in a larger space, weak beside a population that takes part in none."""
    small = states_of(TRIANGLES[family](rng_of(family, 5), 100))
    states = np.zeros((100, 5, 5), dtype=complex)
    states[:, 1:4, 1:4] = 1e-6 * small
    states[:, 0, 0] = 1.0 - 1e-6
    assert_certified(states, 5)


@pytest.mark.parametrize("size", [4, 6, 9, 12])
@pytest.mark.parametrize("kind", ["random", "weighted", "triangles"])
def test_every_state_of_parts_of_up_to_three_levels_is_certified(kind, size):
    rng = rng_of("parts", kind, size)
    pools = [list(states_of(make(rng, 60))) for make in TRIANGLES.values()]

    def part(levels):
        if kind == "triangles" and levels == 3:
            return pools[rng.integers(len(pools))][rng.integers(60)]
        scale = 10.0 ** rng.uniform(-DECADES / 2, 0, levels) if kind == "weighted" else None
        return random_state(rng, levels, int(rng.integers(1, levels + 1)), scale)

    states = []
    for _ in range(150):
        sizes = []
        while (left := size - sum(sizes)) > 0:
            sizes.append(min(left, 3 if kind == "triangles" else int(rng.integers(1, 4))))
        states.append(joined([part(levels) for levels in sizes], rng))
    assert_certified(np.array(states), 8)
