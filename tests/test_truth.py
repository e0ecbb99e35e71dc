"""Is S_max never above the truth, its bound never below it, and the best value found?

Truth is an exhaustive branch and bound that shares no code with the search.  It is itself held against closed forms,
and its rules against points sampled in boxes.
"""

import itertools

import numpy as np
import pytest

import exhaustive
import torusync as ts
from exhaustive import bracket
from problems import random_state

DECADES = 12


def rng_of(*key):
    """A generator of its own for each case; words count by their letters."""
    return np.random.default_rng([n for part in key for n in (part.encode() if isinstance(part, str) else [part])])


def hermitian(upper):
    """The Hermitian matrix without diagonal that has this upper triangle."""
    above = np.triu(upper, 1)
    return above + np.conj(np.swapaxes(above, -1, -2))


def states_of(coherences):
    """Density matrices with these coherences up to a factor: the diagonal is raised until no eigenvalue is negative."""
    coherences = np.array(coherences, dtype=complex)
    size = coherences.shape[-1]
    lowest = np.linalg.eigvalsh(coherences)[..., :1, np.newaxis]
    level = (1.0 + 1e-12) * np.abs(lowest) + 1e-14 * np.abs(coherences).max(axis=(-2, -1), keepdims=True)
    return (coherences + level * np.eye(size)) / (size * level)


def ring(moduli, flux, rng):
    """Levels coupled to their neighbours, with the phases of the coherences around the ring adding up to ``flux``."""
    size = len(moduli)
    phases = 2 * np.pi * rng.random(size)
    phases[-1] = flux - phases[:-1].sum()
    coherences = np.zeros((size, size), dtype=complex)
    for level, coherence in enumerate(moduli * np.exp(1j * phases)):
        after = (level + 1) % size
        coherences[level, after] += coherence
        coherences[after, level] += np.conj(coherence)
    return coherences


def triangles(a, b, c, flux, rng):
    """Three levels: moduli a of 0–1, b of 1–2, c of 0–2 and the flux around them, in a random gauge."""
    a, b, c, flux = np.broadcast_arrays(a, b, c, flux)
    gauge = np.exp(2j * np.pi * rng.random((*a.shape, 3)))
    upper = np.zeros((*a.shape, 3, 3), dtype=complex)
    upper[..., 0, 1], upper[..., 1, 2], upper[..., 0, 2] = a, b, c * np.exp(-1j * flux)
    return hermitian(upper * np.conj(gauge)[..., :, np.newaxis] * gauge[..., np.newaxis, :])


def joined(blocks, rng):
    """A block-diagonal state of the blocks in random proportions, its levels in random order."""
    weights = rng.dirichlet(np.ones(len(blocks)))
    size = sum(len(block) for block in blocks)
    rho = np.zeros((size, size), dtype=complex)
    begin = 0
    for block, weight in zip(blocks, weights, strict=True):
        end = begin + len(block)
        rho[begin:end, begin:end] = weight * block
        begin = end
    order = rng.permutation(size)
    return rho[np.ix_(order, order)]


# Is the truth true?


def assert_brackets(coherences, truth, width=1e-9):
    lower, upper = bracket(coherences, width)
    assert lower <= truth * (1 + 1e-14)
    assert upper >= truth * (1 - 1e-14)
    assert upper - lower <= width * lower
    assert lower == pytest.approx(truth, rel=1e-12)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 6])
def test_truth_of_a_pure_state(size):
    """All preferences are compatible: Σ_{i<j} |ψ_i ψ_j|, however the levels are weighted; two levels are always so."""
    rng = rng_of("pure", size)
    for decades in (0, 4, 12):
        scale = 10.0 ** rng.uniform(-decades, 0, size)
        psi = scale * (rng.normal(size=size) + 1j * rng.normal(size=size))
        truth = sum(abs(psi[i] * psi[j]) for i in range(size) for j in range(i))
        assert_brackets(np.outer(psi, psi.conj()), truth)


@pytest.mark.parametrize("size", [3, 4, 5, 6])
def test_truth_of_a_ring(size):
    """n equal coherences a and flux F: n a cos(F'/n), F' = F modulo 2π in [−π, π].

    Stationary points of Σ a cos x_l with Σ x_l = F modulo 2π have sin x_l all equal, so x_l = x or π − x.  A maximum
    has all x_l = x: turning one of them to π − x lowers the sum where cos x > 0, and cos x < 0 is no maximum.  Hence
    x = (F + 2πk)/n with the winding k that makes |F + 2πk| least.  At F = π two windings tie.
    """
    rng = rng_of("ring", size)
    for flux in (*rng.uniform(-10, 10, 4), 0.0, np.pi, np.pi - 1e-7):
        modulus = 10.0 ** rng.uniform(-12, 0)
        least = (flux + np.pi) % (2 * np.pi) - np.pi
        assert_brackets(ring(np.full(size, modulus), flux, rng), size * modulus * np.cos(least / size))


@pytest.mark.parametrize("size", [3, 4, 5, 6])
def test_truth_of_weighted_antiferromagnets(size):
    """R_ij = −a_i a_j: f = ½ (Σ a_i² − |Σ a_i z_i|²), and the polygon of sides a_i closes unless one is too long.

    From four levels on it closes in n − 3 ways at once, a continuum.  Three equal sides are the frustrated triangle
    with 1.5 a², and with one side as long as the others together the maximum is flat.
    """
    rng = rng_of("polygon", size)
    equal, uneven = np.ones(size), rng.uniform(0.5, 1.5, size)
    long, flat = np.ones(size), np.ones(size)
    long[1], flat[1] = size + 1.0, size - 1.0
    for sides in (equal, uneven, long, flat):
        left = max(0.0, 2 * sides.max() - sides.sum())
        truth = 0.5 * ((sides**2).sum() - left**2)
        assert_brackets(-np.outer(sides, sides), truth, 1e-9 if size < 5 else 1e-6)


def test_truth_adds_up_over_parts_and_does_not_see_the_gauge():
    rng = rng_of("gauge")
    blocks = [random_state(rng, size, size) for size in (3, 2, 1)]
    whole = np.zeros((7, 7), dtype=complex)
    for block, begin in zip(blocks, (0, 3, 5), strict=True):
        whole[begin : begin + len(block), begin : begin + len(block)] = block
    assert_brackets(whole, sum(bracket(block, 1e-9)[0] for block in blocks))
    for size in (3, 4, 5, 6):
        rho = random_state(rng, size, size)
        gauge, order = np.exp(2j * np.pi * rng.random(size)), rng.permutation(size)
        turned = (gauge[:, np.newaxis] * rho * gauge.conj())[np.ix_(order, order)]
        assert bracket(turned, 1e-9)[0] == pytest.approx(bracket(rho, 1e-9)[0], rel=1e-12)
    assert bracket(np.eye(4)) == (0.0, 0.0)


def test_truth_says_when_it_gives_up():
    with pytest.raises(RuntimeError, match=r"no bracket of relative width 1e-09 within 5 boxes"):
        bracket(-np.ones((5, 5)), 1e-9, limit=5)


@pytest.mark.parametrize("kind", ["Gaussian", "equal moduli", "signs", "weighted"])
@pytest.mark.parametrize("size", [3, 4, 6])
def test_rules_of_the_truth_hold_at_sampled_points(size, kind):
    """Every bound and every form lies above f at points of its box, and no box loses a maximum."""
    rng = rng_of("rules", kind, size)
    upper = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    if kind == "equal moduli":
        upper /= np.abs(upper)
    elif kind == "signs":
        upper = np.sign(upper.real)
    elif kind == "weighted":
        upper *= np.multiply.outer(*[10.0 ** rng.uniform(-4, 0, size)] * 2)
    coherences = hermitian(upper / np.abs(upper).max())
    moduli = np.abs(coherences)
    tree = exhaustive._Tree(coherences, moduli, moduli.sum(axis=1), 0.0, best=-np.inf, phases=np.zeros(size))
    boxes, samples = 120, 200
    tops = exhaustive._towards_stationary(tree, exhaustive._climbed(coherences), np.full(8, 0.1))
    half = np.minimum(10.0 ** rng.uniform(-2, 0.6, (boxes, 1)) * rng.uniform(0.1, 1, (boxes, size)), np.pi)
    half[:, 0] = 0.0
    top = tops[rng.integers(len(tops), size=boxes)]
    center = top + rng.uniform(-1, 1, (boxes, size)) * half * rng.choice([0.0, 0.1, 1.0], (boxes, 1))
    inside = rng.uniform(-1, 1, (samples, boxes, size))
    inside = np.where(rng.random(inside.shape) < 0.4, np.sign(inside), inside)
    points = np.exp(1j * (center + inside * half))

    each = exhaustive._heights(coherences, points.reshape(-1, size)).reshape(samples, boxes)
    heights = each.max(axis=0)
    form, narrow = exhaustive._Form.about(tree, center), half.max(axis=1) < exhaustive._NARROW
    bound, pairs = exhaustive._pair_bound(tree, center, half)
    assert (heights <= bound + 1e-13).all()
    assert (heights <= form.bound_off_circle(tree, half) + 1e-13).all()
    bound, direction = form.of(narrow).bound(tree, half[narrow])
    assert narrow.any()
    assert (heights[narrow] <= bound + 1e-13).all()

    sines = np.sin(inside * half)[:, narrow, 1:]
    above = form.height[narrow] + np.einsum("sbi,bi->sb", sines, form.gradient[narrow])
    above += 0.5 * np.einsum("sbi,bij,sbj->sb", sines, form.of(narrow).of_sines(tree, half[narrow]), sines)
    assert (each[:, narrow] <= above + 1e-13).all()

    turned = points.conj()[..., :, np.newaxis] * coherences * points[..., np.newaxis, :]
    hessian = turned.real - turned.real.sum(axis=-1)[..., np.newaxis] * np.eye(size)
    bends = exhaustive._bends_upwards(direction, pairs[narrow])
    along = np.einsum("bi,sbij,bj->sb", direction, hessian[:, narrow, 1:, 1:], direction)
    assert (along[:, bends] > 0.0).all()

    for index in range(boxes):  # one by one, because boxes may be dropped
        here, reach = exhaustive._contracted(tree, center[index : index + 1], half[index : index + 1])
        assert len(here) == 1, "the box of a maximum is dropped"
        away = np.abs(np.angle(np.exp(1j * (top[index] - here[0]))))
        assert (away <= reach[0] + 1e-6).all()


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
