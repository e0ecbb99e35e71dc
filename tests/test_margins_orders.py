"""Does every margin of the bounds through order parameters stand for a rounding that happens?

Each bound is asked by itself, of numbers so chosen that nothing else hides the one rounding that its margin is for, and
compared with the same in sixty digits, or in doubles of 64 bits: it holds with the margin, and without it would not.
"""

from functools import partial

import mpmath as mp
import numpy as np
import pytest

from torusync.densities import ThermalPlusLowRank
from torusync.maxima import inertia, manifolds, orderparameters
from torusync.maxima.certificate import l1_bound
from torusync.maxima.inertia import Bordered
from torusync.maxima.manifolds import Manifold, Spectrum

EPS = np.finfo(float).eps


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(60):
        yield


def exactly(numbers):
    return [mp.mpc(complex(one)) for one in numbers]


def low_rank(factor, core, link=0.01):
    """The density of a factor of the manifold and its core, and a coherence with |1> for each column."""
    levels, rank = factor.shape
    whole, joined = np.zeros((levels + 1, rank + 1), dtype=complex), np.full((rank + 1, rank + 1), link, dtype=complex)
    whole[0, 0], whole[1:, 1:] = 1.0, factor
    joined[0, 0], joined[1:, 1:] = 0.0, core
    return ThermalPlusLowRank(np.asarray(0.1), np.full(levels + 1, 0.1), whole, joined)


# -- sums of the bound -------------------------------------------------------------------------------------------------


def engine(rng):
    """Faint coherences beside a block −push pushᵀ, both of them exact: the diagonal is nearly all that is summed."""
    levels = int(rng.integers(3, 9))
    push = rng.integers(2**20, 2**21, levels) / 2.0**20
    u = 2.0**-20 * (rng.normal(size=levels) + 1j * rng.normal(size=levels))
    one = Manifold(low_rank(push[:, np.newaxis], [[-1.0]]), np.ones(levels, dtype=bool), u, -(push**2), 1.0)
    # W is the column itself, and there is no rounding of a factorisation to be taken up
    spectrum = push[:, np.newaxis].astype(complex), -np.ones(1), float(push @ push), 0.0, 0.0
    vars(one)["spectrum"] = Spectrum(*spectrum, np.zeros((1, 1)), np.zeros(1))
    return one, push


def attained(one, push, z):
    """Return Re u·z + ½ Σ push² − ½ |Σ push z|² of the phases of z."""
    z = [phasor / abs(phasor) for phasor in exactly(z)]
    pushed = mp.fsum(mp.mpf(float(p)) * phasor for p, phasor in zip(push, z, strict=True))
    pulled = mp.re(mp.fsum(u * phasor for u, phasor in zip(exactly(one.u), z, strict=True)))
    return pulled + (mp.fsum(mp.mpf(float(p)) ** 2 for p in push) - abs(pushed) ** 2) / 2


def below(bound_of):
    """Return of how many engines the bound lies below what is attained."""
    rng, short = np.random.default_rng(3), 0
    for _ in range(60):
        one, push = engine(rng)
        found = bound_of(one)
        short += mp.mpf(found.bound) < attained(one, push, found.phasors)
    return short


def convex(one):
    return orderparameters._convex(one)[0]


def climbed(one):
    return orderparameters._proven(one, convex(one).phasors)


@pytest.mark.parametrize("bound_of", [convex, climbed])
def test_the_sum_of_a_bound_is_rounded(bound_of, monkeypatch):
    """An exact block needs no other slack: half of all sums come out too low by a part of their last bit."""
    monkeypatch.setattr(Manifold, "slack", lambda *_: (0.0, 0.0))
    assert below(bound_of) == 0
    monkeypatch.setattr(orderparameters, "SUMMED", 0.0)
    assert below(bound_of) > 3


@pytest.mark.parametrize("bound_of", [convex, climbed])
def test_what_a_stretch_takes_up_is_in_the_bound(bound_of, monkeypatch):
    """A block that pushes less by a thousandth, or whatever is unknown beside it, reaches no higher than the bound."""
    rng, stretch = np.random.default_rng(4), 2.0**-10
    for _ in range(10):
        one, push = engine(rng)
        vars(one)["u"] = one.u * 2.0**19
        monkeypatch.setattr(Manifold, "slack", lambda *_: (0.0, 0.0))
        plain = bound_of(one)
        monkeypatch.setattr(Manifold, "slack", lambda *_: (0.0, 0.25))
        assert bound_of(one).bound >= plain.bound + 0.25 * (1.0 - 1e-9)
        monkeypatch.setattr(Manifold, "slack", lambda *_: (stretch, 0.0))
        pushed = mp.fsum(mp.mpf(float(p)) * phasor for p, phasor in zip(push, exactly(plain.phasors), strict=True))
        assert abs(pushed) > 1e-3
        assert bound_of(one).bound >= attained(one, push, plain.phasors) + stretch * abs(pushed) ** 2 / 2


def test_what_is_given_is_rounded_before_anything_is_done_with_it(rng):
    """u and the diagonal of R̂ are sums of products of the factor, which here cancel but for a part of 1e-9."""
    for _ in range(20):
        factor = rng.normal(size=(6, 2)) + 1j * rng.normal(size=(6, 2))
        # two columns, and twice the same with the sign that takes nearly all of them away
        core = np.diag([1.0, 2.0, -1.0, -2.0])
        density = low_rank(np.concatenate([factor, factor * (1.0 + 1e-9)], axis=1), core)
        one = Manifold.of(density)
        rows, joined = [exactly(row) for row in density.factor], [exactly(row) for row in density.core]
        count = len(joined)

        def product(left, right, rows=rows, joined=joined, count=count):
            return mp.fsum(
                rows[left][i] * joined[i][j] * mp.conj(rows[right][j]) for i in range(count) for j in range(count)
            )

        off = mp.fsum(abs(product(0, i + 1) / one.scale - mp.mpc(complex(u))) for i, u in enumerate(one.u))
        off += mp.fsum(abs(product(i + 1, i + 1) / one.scale - float(x)) for i, x in enumerate(one.excess)) / 2
        beside = 0.5 * len(one.u) * (one.spectrum.error(0.0) + one.spectrum.left_out)
        assert off > 4.0 * EPS * beside
        assert one.slack(0.0)[1] - beside >= off


def test_a_sum_over_all_pairs_is_rounded_by_the_levels_and_not_by_the_points():
    """The weight of each level is itself a sum of as many moduli, whichever order they are added in."""
    for points in (1, 3):
        total, bound = l1_bound(np.ones((points, 1000)))
        assert (bound - total >= 999 * EPS * total).all()
        assert (bound - total <= 9999 * EPS * total).all()


# -- the block by its eigenvalues --------------------------------------------------------------------------------------


def graded(seed):
    """A factor of one level a column, and a core whose entries fall by up to 32 orders of magnitude."""
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(2, 6))
    moduli = 10.0 ** (-rng.permutation(rank) * rng.uniform(1.0, 4.0))
    core = rng.normal(size=(rank, rank)) + 1j * rng.normal(size=(rank, rank))
    return low_rank(np.eye(rank), moduli[:, np.newaxis] * (core + core.conj().T) * moduli)


def beyond(density, stretch):
    """Return the largest eigenvalue of R̂ − W Σ W† − stretch W W†, and σ that is to bound it, what is left out too."""
    one = Manifold.of(density)
    found, wide = one.spectrum, one.spectrum.w.astype(np.clongdouble)
    factor, core = density.factor[1:][one.live].astype(np.clongdouble), density.core.astype(np.clongdouble)
    block = factor @ core @ factor.conj().T / np.longdouble(one.scale)
    left = (block - (wide * (found.sign + np.longdouble(stretch))) @ wide.conj().T).astype(np.complex128)
    return float(np.linalg.eigvalsh(0.5 * (left + left.conj().T))[-1]), found.error(stretch) + found.left_out


@pytest.mark.parametrize("stretch", [1e-12, 1e-11, 1e-10])
def test_eigenvalues_of_a_graded_block_are_off_by_a_part_of_the_largest(stretch, monkeypatch):
    """Stretched, the large ones take up their own rounding; that of LAPACK lies beside them, too."""

    def short():
        return sum(left > bound for left, bound in map(partial(beyond, stretch=stretch), map(graded, range(60))))

    assert short() == 0
    monkeypatch.setattr(manifolds, "ROUNDING", 0.0)
    assert short() > 3


@pytest.mark.parametrize("weak", [1e-3, 0.1])
def test_what_is_left_out_of_the_block_is_in_its_bound(weak, monkeypatch):
    """With a cut far above rounding, a weak pull of one common phase is left out: f exceeds that of W by all of it."""
    monkeypatch.setattr(manifolds, "NEGLIGIBLE", 2.0 * weak)
    levels = 8
    fourier = np.exp(2j * np.pi * np.outer(np.arange(levels), [0, 1]) / levels) / np.sqrt(levels)
    for seed in range(5):
        turned = np.exp(2j * np.pi * np.random.default_rng(seed).random(levels))
        one = Manifold.of(low_rank(turned[:, np.newaxis] * fourier, np.diag([-1.0, weak]), link=1e-9))
        assert one.spectrum.w.shape == (levels, 1)
        best = exactly(turned * fourier[:, 1])
        best = [phasor / abs(phasor) for phasor in best]
        columns = [exactly(column) for column in (turned[:, np.newaxis] * fourier).T]
        overlaps = [abs(mp.fsum(mp.conj(a) * b for a, b in zip(column, best, strict=True))) ** 2 for column in columns]
        height = (weak * overlaps[1] - overlaps[0]) / (2 * mp.mpf(one.scale)) - mp.fsum(map(mp.mpf, one.excess)) / 2
        pull = abs(mp.fsum(u * phasor for u, phasor in zip(exactly(one.u), best, strict=True)))
        for bound_of in (convex, climbed):
            assert bound_of(one).bound >= height + pull


# -- the inertia of a small matrix -------------------------------------------------------------------------------------


def least_corner(one, d):
    """Return u (D − W Σ W†)⁻¹ u†: at any lower μ_1 the matrix is indefinite."""
    size, columns = len(d), [exactly(column) for column in one.w.T]
    matrix = mp.matrix(size, size)
    for i in range(size):
        for j in range(size):
            pulls = (mp.mpf(s) * w[i] * mp.conj(w[j]) for s, w in zip(one.sigma.tolist(), columns, strict=True))
            matrix[i, j] = (mp.mpf(float(d[i])) if i == j else 0) - mp.fsum(pulls)
    row = exactly(one.u)
    solved = mp.lu_solve(matrix, mp.matrix([mp.conj(u) for u in row]))
    return mp.re(mp.fsum(u * y for u, y in zip(row, solved, strict=True)))


def cancelling(rng, kept):
    """|u| and |W x| of order 1 that differ by 1e-8, beside multipliers that make 1e3 of it count and more.

    With ``kept`` levels of the smallest multipliers, the others see nothing else: their fields are all rounding.
    """
    levels = 6 + kept
    w = rng.normal(size=(levels, 1)) + 1j * rng.normal(size=(levels, 1))
    x = rng.normal(size=1) + 1j * rng.normal(size=1)
    fields, d = 1e-8 * (rng.normal(size=levels) + 1j * rng.normal(size=levels)), rng.uniform(0.5, 1.5, levels)
    if kept:
        fields[:6], d[:6], d[6:] = 0.0, 1e-10 * d[:6], 1e-13 * d[6:]
    else:
        d *= 1e-11
    return Bordered(np.conj(w @ x - fields), w, -np.ones(1), x), d


@pytest.mark.parametrize("kept", [0, 4])
def test_what_cancels_in_the_fields_is_off(kept, monkeypatch):
    """Just below the least corner, where the rounding of |u| − |W x| alone can make a matrix look definite."""

    def wrong():
        rng, count = np.random.default_rng(1), 0
        for _ in range(40):
            one, d = cancelling(rng, kept)
            assert len(inertia._kept(d)) == kept
            least = least_corner(one, d)
            corner = float(least)
            while corner >= least:
                corner = float(np.nextafter(corner, -np.inf))
            count += one._definite(d, corner, inertia._kept(d))
        return count

    assert wrong() == 0
    monkeypatch.setattr(Bordered, "off", np.zeros(6 + kept))
    assert wrong() > 3


def test_fields_that_are_known_are_told_from_those_that_are_not():
    """A margin may not refuse everything: a hundredth of the corner above the least one is definite."""
    rng = np.random.default_rng(1)
    for kept in (0, 4):
        for _ in range(10):
            one, d = cancelling(rng, kept)
            assert one._definite(d, 1.01 * float(least_corner(one, d)), inertia._kept(d))
