"""Does every bound on the way of a low-rank solution hold, also where rounding or the rank leaves much of it open?

An arrow solve is set against fractions, at pivots that cancel and with entries that are rounded themselves; alternating
directions are ended too early, so that what they leave is no rounding, and set against thirty digits.
"""

from dataclasses import replace
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from tests.hunts import balls
from tests.hunts.machines import machine

import torusync as ts
from problems import BATHS
from torusync.densities import ThermalPlusLowRank
from torusync.generators.arrow import Arrow
from torusync.steady import LowRank, Status, lowrank
from torusync.steady.lowrank import (
    _alternating_directions,
    _by_congruence,
    _exchange_norm,
    _exchange_trace_norm,
    _gain,
    even_ratios,
)

EPS = np.finfo(float).eps


def arrow(rng, *, levels, points=1, drive=1.0, corner=1.0, hot=1.0, spread=1.0):
    """Return arrows with parameters of the sizes asked for."""

    def real(size, *shape):
        return size * (0.5 + rng.random((points, *shape)))

    couplings = drive * (rng.normal(size=(points, levels)) + 1j * rng.normal(size=(points, levels)))
    contrast = rng.uniform(0.1, 0.5, (points, levels))
    inside, energies = real(hot, levels), spread * rng.normal(size=(points, levels))
    damping = np.concatenate([real(corner, 1), inside], axis=-1)
    return Arrow(couplings, contrast, energies, damping, ratios=real(0.3, levels + 1))


def dense(one, k=0):
    """Return A of one point of an arrow."""
    A = np.diag(np.concatenate([[-one.corner[k]], -one.diagonal[k]]).astype(complex))
    A[0, 1:], A[1:, 0] = -1j * one.drive[k], -1j * one.drive[k].conj()
    return A


def left_of(A, shift, z, w, wrong):
    """Return ‖(A + s) z − w‖, every entry of A multiplied by 1 + ``wrong`` (an array of reals), exactly."""
    size, total = len(w), Fraction(0)
    for i in range(size):
        re, im = -Fraction(float(w[i].real)), -Fraction(float(w[i].imag))
        for j in range(size):
            factor = 1 + Fraction(float(wrong[i, j]))
            ar, ai = Fraction(float(A[i, j].real)) * factor, Fraction(float(A[i, j].imag)) * factor
            if i == j:
                ar, ai = ar + Fraction(float(shift.real)), ai + Fraction(float(shift.imag))
            zr, zi = Fraction(float(z[j].real)), Fraction(float(z[j].imag))
            re, im = re + ar * zr - ai * zi, im + ar * zi + ai * zr
        total += re * re + im * im
    return float(total) ** 0.5


SIZES = {
    "all of one size": {},
    "strong drive": {"drive": 1e6},
    "weak drive": {"drive": 1e-6},
    "fast corner": {"corner": 1e8},
    "fast levels": {"hot": 1e8},
    "wide spread": {"spread": 1e6},
    "slow": {"hot": 1e-8, "corner": 1e-8},
    "slow corner": {"corner": 1e-4},
}


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("beside", [1.0, 1e-4, 1e-9, 1e-13])
def test_what_an_arrow_solve_misses_is_bounded_at_any_pivot(name, beside, rng):
    """``beside`` is how near the shift comes to making A + s singular; entries of A are off by two roundings, too."""
    looked = 0
    for _ in range(12):
        one = arrow(rng, levels=int(rng.integers(1, 5)), **SIZES[name])
        A = dense(one)
        poles = np.linalg.eigvals(A)
        shift = -poles[int(rng.integers(len(poles)))] * (1 + beside * np.exp(2j * np.pi * rng.random()))
        w = rng.normal(size=(1, 2, len(A))) + 1j * rng.normal(size=(1, 2, len(A)))
        w[0, 0, int(rng.integers(len(A)))] *= 1e6
        z, turned = one.shifted_solve(np.array([shift]), w)
        if not np.isfinite(z).all():
            continue
        found, before = np.linalg.norm(z, axis=-1), np.linalg.norm(w, axis=-1)
        bound = one.missed(np.array([shift]), turned, np.abs(z[..., 0]), found=found, before=before)
        true = np.linalg.norm(one.drive[0] / (shift - one.diagonal[0]))
        assert turned[0] == pytest.approx(true, rel=1e-12)
        for k in range(2):
            for wrong in (np.zeros(A.shape), 2 * EPS * rng.choice([-1.0, 1.0], A.shape)):
                missed = left_of(A, shift, z[0, k], w[0, k], wrong)
                assert missed <= bound[0, k]
                looked += 1
            # and it is rounding: no more than some hundred of the largest terms that are added up
            scale = np.abs(A).max() * found[0, k] * len(A) * (1 + turned[0]) + before[0, k]
            assert bound[0, k] <= 500 * EPS * scale
    assert looked > 30


def test_an_arrow_is_solved(rng):
    one = arrow(rng, levels=4, points=3)
    w = rng.normal(size=(3, 2, 5)) + 1j * rng.normal(size=(3, 2, 5))
    shift = rng.normal(size=3) - 2.0 + 1j * rng.normal(size=3)
    z, _ = one.shifted_solve(shift, w)
    for k in range(3):
        true = np.linalg.solve(dense(one, k) + shift[k] * np.eye(5), w[k].T).T
        np.testing.assert_allclose(z[k], true, rtol=1e-12, atol=1e-13)
    v, sigma = one.source()
    ritz = one.ritz(np.array([np.eye(5)[:3]] * 3, dtype=complex))
    for k in range(3):
        D = np.diag(np.concatenate([[0.0], one.contrast[k]]))
        H = 1j * (dense(one, k) + np.diag(np.concatenate([[one.corner[k]], one.diagonal[k]])))
        whole = sigma[k] * (np.outer(v[k, 0], v[k, 1].conj()) + np.outer(v[k, 1], v[k, 0].conj()))
        np.testing.assert_allclose(whole, -1j * (H @ D - D @ H), atol=1e-14)
        np.testing.assert_allclose(np.linalg.norm(v[k], axis=-1), 1.0, rtol=1e-14)
        np.testing.assert_allclose(
            np.sort_complex(ritz[k]), np.sort_complex(np.linalg.eigvals(dense(one, k)[:3, :3])), rtol=1e-10
        )


def test_an_arrow_that_nothing_drives_has_no_source_and_no_solution(rng):
    """Beside a driven point, whose numbers it leaves alone."""
    one = arrow(rng, levels=3, points=2)
    one.drive[1] = 0.0
    v, sigma = one.source()
    assert sigma[0] > sigma[1] == 0.0
    np.testing.assert_array_equal(v[1], np.eye(4)[0] * np.array([[1.0], [0.0]]))
    maser = ts.ThermalMaser([[0.3, 0.1], [0.0, 0.0]], n_hot=1.0, n_cold=0.5, gamma_hot=0.1, gamma_cold=0.2)
    state = ts.steady_state(maser, solver=LowRank())
    assert state.succeeded.all()
    assert np.count_nonzero(state.rho[1]) == 4


def exchange(w):
    """Return W T W† of two rows, W their columns."""
    return np.outer(w[0], w[1].conj()) + np.outer(w[1], w[0].conj())


@pytest.mark.parametrize("apart", [1.0, 1e-4, 1e-8, 0.0])
@pytest.mark.parametrize("turn", [0.0, 0.3, np.pi / 2])
def test_the_trace_norm_of_two_vectors_exchanged_is_bounded(apart, turn, rng):
    """Nearly i times each other they cancel: the bound then is what they are apart, and not the square of its root."""
    for _ in range(20):
        first = rng.normal(size=6) + 1j * rng.normal(size=6)
        other = rng.normal(size=6) + 1j * rng.normal(size=6)
        w = np.array([[first, 2.0 * np.exp(1j * turn) * first + apart * other]])
        square, lengths = _exchange_norm(w)
        with mp.workdps(30):
            true = float(sum(abs(x) for x in mp.eigh(mp.matrix(exchange(w[0]).tolist()), eigvals_only=True)))
        bound = _exchange_trace_norm(w, lengths)[0]
        product = float(np.prod(np.linalg.norm(w[0], axis=-1)))
        assert true <= bound * (1 + 8 * EPS)
        assert bound <= min(3.0 * true + 300 * EPS * product, 2.0 * product * (1 + 100 * EPS))
        np.testing.assert_allclose(square[0], np.linalg.norm(exchange(w[0])), rtol=1e-7, atol=1e-7 * product)
        assert (lengths[0] >= np.linalg.norm(w[0], axis=-1) * (1 - EPS)).all()
    assert _exchange_trace_norm(np.zeros((1, 2, 3), complex), np.zeros((1, 2)))[0] == 0.0


def trace_norm(matrix):
    with mp.workdps(30):
        return float(sum(abs(x) for x in mp.eigh(mp.mpf("0.5") * (matrix + matrix.H), eigvals_only=True)))


def low_rank_residual(A, found, source):
    """Return ‖A Z C Z† + Z C Z† A† + source‖_1 and ‖Z C Z†‖_1 in thirty digits."""
    with mp.workdps(30):
        z, c, a = (mp.matrix(one.tolist()) for one in (found.factor[0], found.core[0], A))
        x = z * c * z.H
        change = a * x
        return trace_norm(change + change.H + mp.matrix(source.tolist())), trace_norm(x)


@pytest.mark.parametrize("name", ["all of one size", "strong drive", "weak drive", "wide spread", "fast corner"])
@pytest.mark.parametrize("rank", [2, 4, 8, 200])
def test_what_alternating_directions_leave_is_bounded_wherever_they_end(name, rank, rng):
    worst = 0.0
    for _ in range(4):
        one = arrow(rng, levels=3, **SIZES[name])
        with np.errstate(all="ignore"):
            found = _alternating_directions(one, rank)
        v, sigma = one.source()
        left, size = low_rank_residual(dense(one), found, sigma[0] * exchange(v[0]))
        assert left <= found.left[0]
        assert size <= found.size[0] * (1 + 100 * EPS)
        worst = max(worst, left / found.left[0])
        if rank == 200:
            assert not found.stalled[0]
            if name != "strong drive":  # where rounding of a strong drive is counted at every step
                assert found.left[0] <= 1e-11 * sigma[0]
        elif left > 1e-6 * sigma[0]:
            assert found.stalled[0]
            assert found.left[0] <= 6 * left
    assert rank == 200 or worst > 0.3


def test_the_size_of_a_solution_does_not_depend_on_units(rng):
    """Frequencies 1024 times larger: the same X, 1024 times the residual."""
    one = arrow(rng, levels=3)
    large = replace(one, drive=1024.0 * one.drive, damping=1024.0 * one.damping, energies=1024.0 * one.energies)
    first, other = _alternating_directions(one, 200), _alternating_directions(large, 200)
    _, size = low_rank_residual(dense(one), first, np.zeros((4, 4)))
    for found in (first, other):
        assert size <= found.size[0] * (1 + 100 * EPS) <= 20.0 * size
    assert other.size[0] == pytest.approx(first.size[0], rel=1e-6)


@pytest.mark.parametrize("name", ["all of one size", "strong drive", "fast corner", "slow", "slow corner"])
def test_the_gain_of_an_arrow_is_above_the_true_one(name, rng):
    for _ in range(4):
        one = arrow(rng, levels=3, **SIZES[name])
        A = dense(one)
        with np.errstate(all="ignore"):
            bound = _gain(one, 400)[0]
        size = len(A)
        with mp.workdps(40):
            a, unit = mp.matrix(A.tolist()), mp.eye(size)
            rows, right = mp.zeros(size**2), mp.zeros(size**2, 1)
            for i in range(size):
                for j in range(size):
                    right[i * size + j] = -unit[i, j]
                    for k in range(size):
                        rows[i * size + j, k * size + j] += a.H[i, k]
                        rows[i * size + j, i * size + k] += a[k, j]
            solved = mp.lu_solve(rows, right)
            W = mp.matrix([[solved[i * size + j] for j in range(size)] for i in range(size)])
            true = float(max(abs(x) for x in mp.eigh(0.5 * (W + W.H), eigvals_only=True)))
        assert bound >= true
        # the sum of two blocks, a bound of what stands beside their thermal part, and nothing more
        assert bound <= 4 * true or bound == np.inf
        assert bound < np.inf or name in {"strong drive", "slow"}


def test_a_gain_is_rounded_at_every_column_that_is_added_up(rng, monkeypatch):
    """Columns of zeros change no sum, but a sum of a thousand terms is known to a thousand roundings."""
    one, real, more = arrow(rng, levels=3), lowrank._alternating_directions, 1000

    def wide(mirrored, most):
        found = real(mirrored, most)
        wider = [(0, 0), (0, 0), (0, more)]
        return replace(
            found, factor=np.pad(found.factor, wider), core=np.pad(found.core, [(0, 0), (0, more), (0, more)])
        )

    plain = _gain(one, 400)[0]
    monkeypatch.setattr(lowrank, "_alternating_directions", wide)
    assert _gain(one, 400)[0] >= plain * (1.0 + 0.5 * more * EPS)


def test_a_gain_that_its_equation_misses_by_a_part_is_larger_by_that_part(rng, monkeypatch):
    """A†W' + W'A = −1 + E with |E| ≤ q is all that is known: W is W'/(1 − q) at most, and from half on nothing."""
    one, real = arrow(rng, levels=3), lowrank._alternating_directions
    plain = _gain(one, 400)[0]
    for left, expected in ((0.4, plain / 0.6), (0.5, np.inf)):
        missing = np.array([left])
        monkeypatch.setattr(lowrank, "_alternating_directions", lambda *given, q=missing: replace(real(*given), left=q))
        assert _gain(one, 400)[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("slow", [[5e-4], [1e-8], [0.2, 5e-4, 1e-8]])
def test_a_slow_bath_behind_a_drive_leaves_no_doubt_of_any_point(slow):
    """By the damping alone 1e-8 would leave 1e-5 of the state open, and 5e-4 a little more than what is good."""
    maser = ts.ThermalMaser([0.3, 0.3j, 0.1], n_hot=3.0, n_cold=0.4, gamma_hot=0.05, gamma_cold=slow,
                            splittings=[0.0, 0.2, 0.1])  # fmt: skip
    assert np.all(LowRank().solve(maser.generator()).error <= 1e-11)


@pytest.mark.parametrize("ratio", [0.01, 0.3, 1.0])
def test_the_smallest_eigenvalue_of_even_levels_is_found_by_congruence(ratio, rng):
    """ρ_00 (r + X) has the eigenvalues of X moved by r; what is negative in it is more so the smaller r is."""
    levels, ground = 6, 0.2
    for least in (-0.5 * ratio, -2.0 * ratio, 0.0):
        basis = np.linalg.qr(rng.normal(size=(levels, 2)) + 1j * rng.normal(size=(levels, 2)))[0]
        core = ground * np.diag([least, 0.2]).astype(complex)
        given = np.array([ground]), np.full((1, levels), ratio), basis[np.newaxis], core[np.newaxis]
        found = _by_congruence(ThermalPlusLowRank(*given))[0]
        assert found == pytest.approx(ground * (ratio + least), abs=1e-15)
        # of uneven ones it is a bound, and no lower than the least and the largest ratio make it
        ratios = ratio * rng.uniform(0.5, 2.0, (1, levels))
        uneven = ThermalPlusLowRank(given[0], ratios, *given[2:])
        true = np.linalg.eigvalsh(uneven.to_array()[0])[0]
        assert true + 1e-15 >= _by_congruence(uneven)[0] >= ground * min(0.0, ratios.max() * (1 + least / ratios.min()))


@pytest.mark.parametrize("strength", [1e3, 1e6])
@pytest.mark.parametrize("apart", [1e-4, 1e-8, 1e-12])
def test_a_strong_drive_between_baths_in_balance_turns_rounded_populations(strength, apart):
    """What is driven vanishes with the contrast of the baths, and the commutator of rounded populations does not."""
    drive = strength * np.array([0.3, 0.1j, 0.2])
    item = machine(drive, n_hot=np.full(3, 0.5 * (1.0 + apart)), n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2,
                   splittings=[0.0, 0.2, 0.1])  # fmt: skip
    maser = ts.ThermalMaser(drive, n_hot=item.n_hot, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2,
                            splittings=item.splittings)  # fmt: skip
    answer = LowRank().solve(maser.generator())
    assert balls.residual(item, answer.density.to_array()) <= answer.residual


@pytest.mark.parametrize("strength", [1e2, 1e4, 1e6])
@pytest.mark.parametrize("levels", [1, 2, 3, 5])
def test_strong_drives_leave_low_rank_states_as_true_as_they_say(strength, levels, rng):
    """Few levels and drives of 1e2 and more once were off by 1e-6 under SUCCESS."""
    looked = 0
    for _ in range(3):
        drive = strength * (0.2 + rng.random(levels)) * np.exp(2j * np.pi * rng.random(levels))
        item = machine(drive, n_hot=0.5 + rng.random(levels), **BATHS,
                       splittings=0.3 * rng.random(levels))  # fmt: skip
        maser = ts.ThermalMaser(item.drive, n_hot=item.n_hot, **BATHS,
                                splittings=item.splittings)  # fmt: skip
        truth = balls.truth(item)
        state = ts.steady_state(maser, solver=LowRank(), throw=False)
        if not state.succeeded:
            assert state.error > 1e-6
            continue
        looked += 1
        off = np.abs(np.linalg.eigvalsh(state.rho - truth.doubles)).sum()
        assert off <= state.error + 1e-15
        assert state.error <= 1e-6
        assert abs(state.rho[1, 2] - truth.doubles[1, 2]) <= 0.5 * state.coherence_error + 1e-16
    assert looked or strength > 1e3


def test_ratios_are_even_within_six_decades():
    def even(n_hot, n_cold):
        maser = ts.ThermalMaser([0.1, 0.1], n_hot=n_hot, n_cold=n_cold, gamma_hot=1.0, gamma_cold=1.0)
        return even_ratios(maser.generator())

    assert even([1e-3, 2e-3], 1e-3)
    assert even([1.1e-6, 1e-3], 1e9)
    assert not even([0.9e-6, 1e-3], 1e9)
    assert even(1e9, 1.1e-6)
    assert not even(1e9, 0.9e-6)
    assert not even([1e-7, 1e9], 1e-7)
    assert not even([1e9, 1e-7], 1.0)
    assert not even([1.0, 0.0], 1.0)
    assert not even(1.0, 0.0)
    assert not even(0.0, 0.0)


@pytest.mark.parametrize(
    "others", [{"dipole_correlation": 0.2}, {"n_cold": 1e-9}, {"gamma_hot": 0.0}, {"gamma_cold": 0.0}], ids=str
)
def test_machines_that_low_rank_cannot_answer_for_are_refused(others):
    options = {"n_hot": 1.0, "n_cold": 0.5, "gamma_hot": 0.1, "gamma_cold": 0.2} | others
    with pytest.raises(ts.ArgumentError, match="independent dipoles, positive bath couplings, and thermal ratios"):
        ts.steady_state(ts.ThermalMaser([0.1, 0.2], **options), solver=LowRank())


def test_every_step_is_charged_with_its_own_numbers(rng, monkeypatch):
    """What was solved for, how long it is, how large its first entry, and what stood on the right before."""
    solve, charge, solved, charged = Arrow.shifted_solve, Arrow.missed, [], []

    def solving(self, shift, w):
        solved.append((shift, w.copy(), *solve(self, shift, w)))
        return solved[-1][2:]

    def charging(self, shift, turned, first, *, found, before):
        charged.extend(zip(shift, turned, first, found, before, strict=True))
        return charge(self, shift, turned, first, found=found, before=before)

    monkeypatch.setattr(Arrow, "shifted_solve", solving)
    monkeypatch.setattr(Arrow, "missed", charging)
    _alternating_directions(arrow(rng, levels=3, points=2), 200)
    assert len(solved) == len(charged) > 4
    for (shift, w, z, turned), (same, size, first, found, before) in zip(solved, charged, strict=True):
        np.testing.assert_array_equal(shift, same)
        np.testing.assert_array_equal(turned, size)
        np.testing.assert_array_equal(first, np.abs(z[..., 0]))
        for lengths, vectors in ((found, z), (before, w)):
            true = np.linalg.norm(vectors, axis=-1)
            assert (lengths >= true * (1 - EPS)).all()
            assert (lengths <= true * (1 + 20 * EPS)).all()


def test_an_iteration_that_ran_out_of_rank_has_stalled(monkeypatch):
    """Its state is refused, and the gain is asked only where the slowest damping says too little."""
    maser = ts.ThermalMaser(np.full(40, 0.3), n_hot=np.linspace(0.5, 1.5, 40), **BATHS,
                            splittings=np.linspace(0, 1, 40))  # fmt: skip
    whole, poor = (ts.steady_state(maser, solver=LowRank(rank), throw=False) for rank in (400, 6))
    assert whole.succeeded
    assert not poor.succeeded
    assert poor.status is Status.NOT_CONVERGED
    assert poor.error > 1e-10
    called = []
    monkeypatch.setattr(lowrank, "_gain", lambda *given: called.append(given) or np.full(1, np.inf))
    assert ts.steady_state(maser, solver=LowRank()).error == whole.error
    assert not called
    ts.steady_state(maser, solver=LowRank(6), throw=False)
    assert called
