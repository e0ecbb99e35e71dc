"""Is the exhaustive branch and bound true, against closed forms and against points sampled in its boxes?"""

import numpy as np
import pytest

import exhaustive
from coherences import hermitian, ring, rng_of
from exhaustive import bracket
from problems import random_state


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
