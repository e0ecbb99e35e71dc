"""Does a refrigerator of low rank get from a stack what it gets by itself, and is what settles it there a proof?

The inertia of a stack is that of `Bordered`, with the same margins, or nothing: each is asked of matrices that are
indefinite by some roundings, in forty digits.
"""

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from torusync._threads import one_blas_thread
from torusync.densities import ThermalPlusLowRank
from torusync.maxima import inertia, inertiastacks, orderparameters, pulled
from torusync.maxima.inertia import Bordered
from torusync.maxima.inertiastacks import BorderedStack
from torusync.maxima.manifolds import Manifold, Spectrum
from torusync.maxima.peak import Optimum, Proof
from torusync.maxima.pulled import pulled_maxima
from torusync.maxima.routes import density_peak

CODES = ("proof", "optimum", "optima_count", "optima_dimension", "complete")


def machines(levels, n_hot, draws, seed=1):
    """Near-degenerate refrigerators whose drives are drawn."""
    rng = np.random.default_rng(seed)
    drive = 0.1 * np.exp(0.5 * rng.normal(size=(draws, levels)))
    return ts.steady_state(
        ts.ThermalMaser(
            n_hot=n_hot,
            n_cold=0.5,
            gamma_hot=0.05,
            gamma_cold=0.2,
            splittings=np.linspace(0.0, 0.05, levels),
            drive=drive,
        )
    ).density


@pytest.mark.parametrize(("levels", "n_hot"), [(160, 0.2), (160, 0.45), (200, np.linspace(0.19, 0.21, 200))])
def test_a_stack_finds_what_each_refrigerator_finds_by_itself(levels, n_hot, monkeypatch):
    density = machines(levels, n_hot, draws=12)
    assert isinstance(density, ThermalPlusLowRank)
    alone = [density_peak(density.part(slice(point, point + 1))) for point in range(density.points)]
    signs = np.concatenate([Manifold.of(density.part(point)).spectrum.sign for point in range(density.points)])
    assert (signs < 0.0).any() == (np.ndim(n_hot) > 0)
    left = []
    by_factor = orderparameters._by_factor
    monkeypatch.setattr(orderparameters, "_by_factor", lambda *one: left.append(1) or by_factor(*one))
    together = density_peak(density)
    assert not left, "otherwise the stack would cost its time and save none"
    for point, one in enumerate(alone):
        assert together.value[point] == pytest.approx(one.value[0], rel=1e-13)
        assert together.bound[point] == pytest.approx(one.bound[0], rel=1e-12)
        assert together.bound[point] >= together.value[point]
        for name in CODES:
            assert getattr(together, name)[point] == getattr(one, name)[0]


def test_what_one_machine_lacks_is_missing_to_no_other():
    """A level that is hardly driven sees hardly a field: its multiplier is small, which a stack leaves to itself."""
    drive = 0.1 * np.exp(0.5 * np.random.default_rng(2).normal(size=(6, 160)))
    drive[2, 7], drive[4, 3] = 1e-9, 0.0
    given = {
        "n_hot": 0.2,
        "n_cold": 0.5,
        "gamma_hot": 0.05,
        "gamma_cold": 0.2,
        "splittings": np.linspace(0.0, 0.05, 160),
    }
    density = ts.steady_state(ts.ThermalMaser(drive=drive, **given)).density
    manifolds = [Manifold.of(density.part(point)) for point in range(6)]
    found = pulled_maxima(manifolds[:4])
    assert [one is None for one in found] == [False, False, True, False]
    assert all(one.proof == Proof.EIGENVALUE and one.optimum == Optimum.POINT for one in found if one)
    # the one without a level is of another size, and the others are found as they were
    together = density_peak(density)
    for point in range(6):
        alone = density_peak(density.part(slice(point, point + 1)))
        assert together.value[point] == pytest.approx(alone.value[0], rel=1e-13)
        assert together.bound[point] == pytest.approx(alone.bound[0], rel=1e-12)
        assert together.optimum[point] == alone.optimum[0]


# -- the inertia of a stack --------------------------------------------------------------------------------------------


def borders(levels, rank, negative, points=12):
    """Machines with any phases, and multipliers none of which is small."""
    rng = np.random.default_rng([levels, rank, negative])

    def drawn(*shape):
        return rng.normal(size=shape) + 1j * rng.normal(size=shape)

    sigma = np.where(np.arange(rank) < negative, -1.0, 1.0) * np.ones((points, 1))
    z = np.exp(2j * np.pi * rng.random((points, levels)))
    adjoint = 0.2 * drawn(points, rank, levels) / np.sqrt(levels)
    return BorderedStack(drawn(points, levels), adjoint, sigma, z), rng.uniform(0.5, 1.5, (points, levels))


def alone(stack, point):
    """The same of one machine."""
    return Bordered.at(stack.u[point], np.conj(stack.adjoint[point].T), stack.sigma[point], stack.z[point])


def least_corner(stack, d, point):
    """The corner below which diag μ − R is not positive: u* (D − R̂)⁻¹ u."""
    w = np.conj(stack.adjoint[point].T)
    inner = np.diag(d[point]) - (w * stack.sigma[point]) @ np.conj(w.T)
    assert np.linalg.eigvalsh(inner)[0] > 0.0
    return float(np.real(stack.u[point] @ np.linalg.solve(inner, np.conj(stack.u[point]))))


@pytest.mark.parametrize("levels", [63, 64, 65, 200])
@pytest.mark.parametrize(("rank", "negative"), [(1, 0), (3, 0), (3, 1), (3, 3)])
@one_blas_thread
def test_the_inertia_of_a_stack_is_that_of_each(levels, rank, negative):
    stack, d = borders(levels, rank, negative)
    least = np.array([least_corner(stack, d, point) for point in range(len(d))])
    for part, definite in ((1.0 + 1e-9, True), (1.0 - 1e-9, False), (0.5, False), (2.0, True)):
        assert (stack._definite(d, part * least) == definite).all()
        for point in range(len(d)):
            one = alone(stack, point)
            assert one._definite(d[point], part * least[point], inertia._kept(d[point])) == definite
        # one eigenvalue may be negative beside those of Σ, and always is one at most
        assert stack._definite(d, part * least, but=1).all()
    corner = 1.5 * least
    shifts = stack.first_shift(d, corner)
    for point in range(len(d)):
        tau, weight = alone(stack, point).smallest_shift(d[point], float(corner[point]))
        assert shifts[point] == pytest.approx(tau * weight.sum(), rel=1e-12)
    assert np.isinf(stack.first_shift(d, 0.5 * least)).all()


def test_columns_that_are_not_there_change_nothing():
    stack, d = borders(80, 2, 1)
    wider = BorderedStack(
        stack.u,
        np.concatenate([stack.adjoint, np.zeros((12, 2, 80))], axis=1),
        np.concatenate([stack.sigma, np.ones((12, 2))], axis=1),
        stack.z,
    )
    least = np.array([least_corner(stack, d, point) for point in range(len(d))])
    for part in (1.0 - 1e-9, 1.0 + 1e-9):
        assert np.array_equal(wider._definite(d, part * least), stack._definite(d, part * least))


def test_a_machine_that_is_no_machine_spoils_no_other():
    stack, d = borders(80, 2, 1)
    corner = 2.0 * np.array([least_corner(stack, d, point) for point in range(len(d))])
    # faint enough to tip it, negative beside nothing that holds it, none, and a corner that is none
    d[1, 5], d[3], d[5, 7], corner[7] = 1e-3, -1e3, np.nan, np.inf
    with np.errstate(invalid="ignore"):
        found = stack._definite(d, corner)
    assert np.array_equal(np.flatnonzero(~found), [1, 3, 5, 7])


def test_where_two_eigenvalues_vanish_no_optimum_is_single():
    """Two sets of ten levels that hardly ask for each other, one of them with |1>, of one column each."""
    u, w = np.repeat([1.0, 0.0], 10).astype(complex), np.repeat([[1.0, 0.0], [0.0, 1.0]], 10, axis=1).astype(complex)
    for joined, single in ((0.0, False), (1e-10, False), (1e-3, True)):
        here = u + joined * np.repeat([0.0, 1.0], 10)
        stack = BorderedStack(here[np.newaxis], w[np.newaxis], np.ones((1, 2)), np.ones((1, 20), dtype=complex))
        d, corner = 10.0 + here.real[np.newaxis], np.array([here.real.sum()])
        assert np.isfinite(stack.first_shift(d, corner)[0])
        assert stack.single(d, corner, null=1e-8)[0] == single


def test_of_two_optima_a_stack_says_nothing():
    """Two sets of levels of which one asks for nothing of |1>: any phase of it is as good, but for a part of 1e-12."""
    rows, machines = np.repeat([[1.0, 0.0], [0.0, 1.0]], 10, axis=0).astype(complex), []
    for joined in (0.0, 1e-12, 0.1, 0.2):
        u = rows[:, 0] + joined * rows[:, 1]
        factor = np.concatenate([np.zeros((1, 2)), rows])
        density = ThermalPlusLowRank(np.asarray(0.1), np.full(21, 0.1), factor, np.eye(2) + 0j)
        one = Manifold(density, np.ones(20, dtype=bool), u, np.ones(20), 1.0)
        vars(one)["spectrum"] = Spectrum(rows, np.ones(2), 0.0, 10.0, 0.0, np.zeros((3, 3)), np.zeros(3))
        machines.append(one)
    assert [one is None for one in pulled_maxima(machines)] == [True, True, False, False]


# -- margins -----------------------------------------------------------------------------------------------------------


def form_at(stack, d, corner, point):
    """Return x†(diag μ − R)x at x = (1, z) in forty digits, for machines of one column."""
    with mp.workdps(40):
        phases = [mp.mpc(complex(v)) for v in stack.z[point]]
        pulled_at = mp.fsum(mp.mpc(complex(one)) * v for one, v in zip(stack.u[point], phases, strict=True))
        overlap = mp.fsum(mp.mpc(complex(a)) * v for a, v in zip(stack.adjoint[point, 0], phases, strict=True))
        total = mp.mpf(float(corner)) - 2 * mp.re(pulled_at) - mp.mpf(float(stack.sigma[point, 0])) * abs(overlap) ** 2
        return total + mp.fsum(mp.mpf(float(x)) * abs(v) ** 2 for x, v in zip(d[point], phases, strict=True))


def test_what_is_indefinite_by_a_rounding_is_never_called_definite(monkeypatch):
    """Fields of 1e-9 of |u|, known to seven digits, and corners just too low; without margins some would pass."""
    rng = np.random.default_rng(5)
    z = np.exp(2j * np.pi * rng.random((40, 60)))
    moduli = rng.uniform(0.5, 1.5, (40, 60))
    w = np.sqrt((1.0 - 1e-9) / moduli.sum(axis=-1))[:, np.newaxis] * moduli * z
    stack = BorderedStack(np.conj(z) * moduli, np.conj(w)[:, np.newaxis], -np.ones((40, 1)), z)
    d = np.abs(np.real(np.conj(z) * (np.conj(stack.u) - w * (np.conj(w) * z).sum(axis=-1, keepdims=True))))
    corner = np.real(stack.u * z).sum(axis=-1)
    short = np.array([corner[point] - float(form_at(stack, d, corner[point], point)) for point in range(40)])
    for point in range(40):
        while form_at(stack, d, short[point], point) >= 0:
            short[point] = np.nextafter(short[point], -np.inf)
    assert not stack._definite(d, short).any()
    for module in (inertia, inertiastacks):
        monkeypatch.setattr(module, "EPS", 0.0)
    again = BorderedStack(stack.u, stack.adjoint, stack.sigma, stack.z)
    assert again._definite(d, short).any()


def pulling(rng):
    """A block + pull pullᵀ, exact, and coherences that pull the same way: the best phases are 0."""
    pull = rng.integers(2**20, 2**21, 9) / 2.0**20
    u = rng.uniform(0.5, 1.0, 9).astype(complex)
    density = ThermalPlusLowRank(np.asarray(0.1), np.full(10, 0.1), np.ones((10, 1), dtype=complex), np.eye(1) + 0j)
    one = Manifold(density, np.ones(9, dtype=bool), u, pull**2, 1.0)
    spectrum = pull[:, np.newaxis].astype(complex), np.ones(1), 0.0, float(pull @ pull), 0.0
    vars(one)["spectrum"] = Spectrum(*spectrum, np.zeros((1, 1)), np.zeros(1))
    exact = [mp.mpf(float(x)) for x in u.real], [mp.mpf(float(x)) for x in pull]
    with mp.workdps(60):
        return one, mp.fsum(exact[0]) + (mp.fsum(exact[1]) ** 2 - mp.fsum(x * x for x in exact[1])) / 2


def test_the_sum_of_a_bound_is_rounded(monkeypatch):
    """Without the shift and the slack, which are larger here, half of all sums come out too low by their last bit."""
    monkeypatch.setattr(Manifold, "slack", lambda *_: (0.0, 0.0))
    monkeypatch.setattr(BorderedStack, "first_shift", lambda *given: np.zeros(len(given[1])))
    machines, heights = zip(*(pulling(np.random.default_rng(seed)) for seed in range(40)), strict=True)
    assert all(one.bound >= height for one, height in zip(pulled_maxima(machines), heights, strict=True))
    monkeypatch.setattr(pulled, "SUMMED", 0.0)
    assert sum(one.bound < height for one, height in zip(pulled_maxima(machines), heights, strict=True)) > 3


def test_what_is_unknown_of_the_block_is_in_the_bound(monkeypatch):
    """Slack is added as it is; where a stretch would be needed to take it up, the machine is left to itself."""
    machines, _ = zip(*(pulling(np.random.default_rng(seed)) for seed in range(4)), strict=True)
    monkeypatch.setattr(Manifold, "slack", lambda *_: (0.0, 0.0))
    plain = pulled_maxima(machines)
    monkeypatch.setattr(Manifold, "slack", lambda *_: (0.0, 1e-10))
    for one, other in zip(pulled_maxima(machines), plain, strict=True):
        assert one.bound == pytest.approx(other.bound + 1e-10, rel=1e-14)
    monkeypatch.setattr(Manifold, "slack", lambda *_: (1e-12, 0.0))
    assert pulled_maxima(machines) == [None] * 4
