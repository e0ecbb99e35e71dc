"""Is the bound on a trigonometric polynomial never below its true maximum, and tight where tops are hard?

The truth is worked out with 50 digits from the same doubles, or known by construction: polynomials −|p(z)|²|z − 1|^2k
have the top 0 at φ = 0, flat to order 2k.
"""

import numpy as np
import pytest
from mpmath import mp, mpc, mpf

from torusync.conventions import EPS
from torusync.maxima import Optimum, Proof, harmonicboxes, harmonicsums
from torusync.maxima.harmonics import harmonic_peak
from torusync.maxima.harmonicsums import Polynomials, cell_bound, jet_at, summit
from torusync.maxima.lattices import lattice_of

DEGREE = 20
ORDERS = np.arange(1, DEGREE + 1).reshape(-1, 1)


def gaussian(seed, *shape):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def flat_tops(seed, count, power, degree=DEGREE):
    """Coefficients c_q of Re Σ_q c_q z^q = −|p(z)|²|z − 1|^2k + const, turned to a random place."""
    out = []
    for number in range(count):
        p = gaussian([seed, number], degree - power + 1)
        full = np.convolve(p, np.conj(p[::-1]))
        for _ in range(power):
            full = np.convolve(full, [-0.5, 1.0, -0.5])
        turn = np.exp(1j * number * np.arange(-degree, degree + 1))
        out.append((-2.0 * full * turn)[degree + 1 :])
    return np.array(out)


def peaks(coefficients, orders=ORDERS):
    return harmonic_peak(orders, coefficients, np.zeros(coefficients.shape[:-1]))


def exactly(coefficients, orders, phases):
    """Re Σ c e^{iq·φ} with 50 digits, the doubles taken as they are."""
    with mp.workdps(50):
        total = mpf(0)
        for c, q in zip(coefficients, orders, strict=True):
            angle = sum((int(one) * mpf(float(phi)) for one, phi in zip(q, phases, strict=True)), mpf(0))
            total += (mpc(complex(c)) * mp.expj(angle)).real
        return total


def true_top(coefficients, orders, phases):
    """The height of the top near some phases of one-phase polynomials, by Newton's method with 50 digits."""
    with mp.workdps(50):
        x = mpf(float(phases[0]))
        terms = [(int(q[0]), mpc(complex(c))) for q, c in zip(orders, coefficients, strict=True)]
        for _ in range(8):
            slope = sum((mpc(0, q) * c * mp.expj(q * x)).real for q, c in terms)
            bend = sum((-(q**2) * c * mp.expj(q * x)).real for q, c in terms)
            x -= slope / bend
        return sum((c * mp.expj(q * x)).real for q, c in terms)


KINDS = {
    "random": gaussian(1, 40, DEGREE),
    "quartic": flat_tops(2, 40, 2),
    "sextic": flat_tops(3, 40, 3),
    "twenty equal tops": np.eye(DEGREE)[-1] + 1e-14 * gaussian(4, 20, DEGREE),
    "twenty nearly equal": np.eye(DEGREE)[-1] + 1e-6 * gaussian(5, 20, DEGREE),
    "nearly quartic": flat_tops(6, 40, 2) + 1e-7 * gaussian(7, 40, DEGREE),
    "without first harmonics": gaussian(8, 20, DEGREE) * (np.arange(DEGREE) > 4),
    "of all sizes": gaussian(9, 40, DEGREE) * 10.0 ** np.random.default_rng(9).uniform(-16, 0, (40, DEGREE)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_point_of_a_grid_exceeds_the_bound_and_the_gap_is_closed(kind):
    c = KINDS[kind]
    peak, total = peaks(c), np.abs(c).sum(axis=1)
    assert (peak.bound - peak.value <= 1e-12 * total).all()
    grid = np.linspace(0.0, 2.0 * np.pi, 4001)
    heights = (c @ np.exp(1j * ORDERS * grid)).real
    assert (heights.max(axis=1) <= peak.bound + 40 * EPS * total).all()
    attained = (c * peak.phasors ** ORDERS[:, 0]).sum(axis=1).real
    np.testing.assert_allclose(attained, peak.value, rtol=0, atol=1e-13 * total.max())


def test_the_bound_is_above_the_truth_of_fifty_digits():
    c = KINDS["random"]
    peak = peaks(c)
    for row in range(len(c)):
        truth = true_top(c[row], ORDERS, np.angle(peak.phasors[row]))
        assert truth <= peak.bound[row]
        assert abs(truth - peak.value[row]) < 1e-13 * np.abs(c[row]).sum()


def test_flat_tops_are_where_they_were_put():
    for power in (2, 3):
        c = flat_tops(power, 30, power)
        peak = peaks(c)
        with mp.workdps(50):
            for row in range(len(c)):
                truth = exactly(c[row], ORDERS, [-float(row)])
                assert truth <= peak.bound[row]
        off = np.abs(peak.phasors[:, 0] - np.exp(-1j * np.arange(len(c))))
        assert off.max() < 0.02


def test_twenty_equal_tops_are_one_top_in_their_lattice():
    c = np.zeros((1, DEGREE), dtype=complex)
    c[0, -1] = 0.3 - 0.4j
    peak = peaks(c)
    assert (peak.proof[0], peak.optima_count[0], peak.optimum[0]) == (Proof.L1, 20, Optimum.SEVERAL)
    assert peak.value[0] == pytest.approx(0.5, rel=1e-15)
    assert peak.bound[0] - peak.value[0] < 1e-14
    nearly = peaks(KINDS["twenty equal tops"])
    assert (nearly.optima_count == 20).all()


def test_tops_of_equal_height_are_counted():
    # cos 2x + a cos(4x − ½): the lattice of step 2 doubles the one top of cos y + a cos(2y − ½)
    c = np.zeros((1, DEGREE), dtype=complex)
    c[0, 1], c[0, 3] = 1.0, 0.3 * np.exp(-0.5j)
    peak = peaks(c)
    assert (peak.optima_count[0], bool(peak.complete[0])) == (2, True)
    # −cos x + cos 2x has tops at π only; cos 2x + tiny odd terms of mirror symmetry has two at equal height
    mirrored = np.zeros((1, DEGREE), dtype=complex)
    mirrored[0, :2] = -1j * 0.0 + 0.1j, -1.0
    peak = peaks(mirrored)
    x = np.linspace(0, 2 * np.pi, 100001)
    assert peak.value[0] == pytest.approx((mirrored[0, :2] @ np.exp(1j * np.outer([1, 2], x))).real.max(), abs=1e-8)


def test_every_margin_of_a_value_and_a_derivative_covers_its_rounding():
    """Without `off`, some of these values would be below the truth by more than they say."""
    c = gaussian(11, 30, DEGREE)
    poly = Polynomials(ORDERS, c)
    rows, x = np.arange(30), np.random.default_rng(1).uniform(-np.pi, np.pi, (30, 1))
    found = poly.derivatives(rows, poly.turns(x))
    exceeded = 0
    with mp.workdps(50):
        for row in rows:
            for order in (0, 1, 2, 5, 12):
                truth = (
                    exactly(c[row] * (1j) ** order, ORDERS, x[row])
                    if order == 0
                    else derivative(c[row], x[row, 0], order)
                )
                off = abs(truth - mpf(float(found[row, order])))
                assert off <= poly.off[row, order]
                exceeded += off > 0
    assert exceeded > 100


def derivative(coefficients, x, order):
    with mp.workdps(50):
        return sum(
            (mpc(complex(c)) * mpc(0, k) ** order * mp.expj(k * mpf(float(x)))).real
            for k, c in enumerate(coefficients, start=1)
        )


def test_the_bound_of_a_cell_without_its_margin_is_too_good(monkeypatch):
    """At an exact top of cells of no width only the rounding is left: some bound must fail without `off`."""
    c = gaussian(12, 200, DEGREE)
    poly = Polynomials(ORDERS, c)
    rows, x = np.arange(200), np.zeros((200, 1))
    x += np.angle(peaks(c).phasors)

    def worst(off):
        monkeypatch.setattr(poly, "off", off)
        bounds = {
            "cell": cell_bound(poly, rows, jet_at(poly, rows, x), 1e-12),
            "summit": summit(poly, rows, jet_at(poly, rows, x), np.full(200, 1e-9)),
        }
        return {
            name: min(float(mpf(float(bound[row])) - exactly(c[row], ORDERS, x[row])) for row in rows)
            for name, bound in bounds.items()
        }

    kept = poly.off
    assert min(worst(kept).values()) >= 0.0
    assert max(worst(0.0 * kept).values()) < 0.0


def test_taylor_bounds_hold_in_all_of_a_cell():
    for seed, c in enumerate((gaussian(13, 20, DEGREE), flat_tops(14, 20, 2))):
        poly = Polynomials(ORDERS, c)
        rng = np.random.default_rng(seed)
        rows, x = np.arange(20), rng.uniform(-np.pi, np.pi, (20, 1))
        for reach in (0.3, 0.02, 1e-3):
            inside = x + reach * np.linspace(-1.0, 1.0, 201)
            heights = (c[:, :, np.newaxis] * np.exp(1j * ORDERS * inside[:, np.newaxis])).sum(axis=1).real.max(axis=1)
            slack = 1e-14 * np.abs(c).sum(axis=1)
            assert (heights <= cell_bound(poly, rows, jet_at(poly, rows, x), reach) + slack).all()
            for flat in (1, 2, 3):
                assert (heights <= summit(poly, rows, jet_at(poly, rows, x), np.full(20, reach), flat) + slack).all()


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1.0, 1e90])
def test_the_size_of_the_coefficients_does_not_matter(scale):
    c = gaussian(15, 5, DEGREE)
    peak, scaled = peaks(c), peaks(scale * c)
    np.testing.assert_allclose(scaled.value, scale * peak.value, rtol=1e-13)
    assert (scaled.bound >= scaled.value).all()
    assert (scaled.bound - scaled.value <= 1e-12 * scale * np.abs(c).sum(axis=1)).all()


def test_points_without_a_state_have_no_height_and_those_without_coherence_none_to_prove():
    c = gaussian(16, 4, DEGREE)
    c[1], c[2] = np.nan, 0.0
    peak = peaks(c)
    assert np.isnan(peak.value[1])
    assert peak.proof.tolist() == [Proof.TAYLOR, Proof.NONE, Proof.EXACT, Proof.TAYLOR]
    assert (peak.value[2], peak.bound[2], peak.optimum[2]) == (0.0, 0.0, Optimum.UNDEFINED)
    alone = peaks(c[[0, 3]])
    np.testing.assert_allclose(peak.value[[0, 3]], alone.value, rtol=1e-14)


def test_beyond_the_cap_the_gap_is_open_and_shown(monkeypatch):
    monkeypatch.setattr(harmonicboxes, "BOXES", 3)
    c = flat_tops(17, 10, 4)
    peak = peaks(c)
    grid = np.linspace(0.0, 2.0 * np.pi, 2001)
    assert ((c @ np.exp(1j * ORDERS * grid)).real.max(axis=1) <= peak.bound + 1e-14 * np.abs(c).sum(axis=1)).all()
    assert (peak.bound - peak.value > 1e-9 * peak.bound).any()
    assert not peak.complete.any()


def test_several_phases_are_proven_and_ridges_gauged_away():
    rng = np.random.default_rng(18)
    for phases, degree, count in ((2, 2, 12), (3, 1, 6)):
        axes = np.meshgrid(*[np.arange(-degree, degree + 1)] * phases, indexing="ij")
        every = np.stack([axis.ravel() for axis in axes], axis=-1)
        orders = every[len(every) // 2 + 1 :]
        c = gaussian([18, phases], count, len(orders))
        peak = peaks(c, orders)
        assert (peak.bound - peak.value <= 1e-11 * np.abs(c).sum(axis=1)).all()
        points = rng.uniform(0.0, 2.0 * np.pi, (20000, phases))
        assert ((c @ np.exp(1j * orders @ points.T)).real.max(axis=1) <= peak.bound).all()
        attained = (c * np.exp(1j * np.angle(peak.phasors) @ orders.T)).sum(axis=1).real
        np.testing.assert_allclose(attained, peak.value, rtol=1e-12)
    # orders along one direction: a ridge, and the height of the polynomial of one phase
    c = gaussian(19, 5, 3)
    along = peaks(c, np.array([[1], [2], [3]]))
    ridge = peaks(c, np.array([[1, -1, 2], [2, -2, 4], [3, -3, 6]]))
    np.testing.assert_allclose(ridge.value, along.value, rtol=1e-13)
    assert (ridge.optima_dimension == 2).all()
    assert (ridge.optimum == Optimum.CONTINUUM).all()
    # a direction that only rounding depends on is one, too
    noisy = peaks(np.concatenate([c, np.full((5, 1), 1e-18)], axis=1), np.array([[1, -1], [2, -2], [3, -3], [1, 0]]))
    assert (noisy.optima_dimension == 1).all()
    assert (noisy.bound - noisy.value <= 1e-12 * np.abs(c).sum(axis=1)).all()


def test_a_lattice_spans_its_orders():
    rng = np.random.default_rng(20)
    for _ in range(50):
        rank, phases = rng.integers(1, 4), 3
        orders = rng.integers(-3, 4, (5, rank)) @ rng.integers(-2, 3, (rank, phases))
        found = lattice_of(orders)
        np.testing.assert_array_equal(found.coordinates @ found.basis, orders)
        assert len(found.basis) == np.linalg.matrix_rank(orders)
        if len(found.basis):
            # the coordinates generate every whole vector: their own lattice has the determinant 1
            assert lattice_of(found.coordinates).copies == 1
            shifts = found.shifts()
            np.testing.assert_allclose(np.exp(1j * shifts @ orders.T), 1.0, atol=1e-9)
            assert len(shifts) == max(found.copies, 1) or found.copies**phases > 20_000
            psi = rng.normal(size=(4, len(found.basis)))
            np.testing.assert_allclose(found.phases(psi) @ found.basis.T, psi, atol=1e-12)


def test_harmonics_left_out_are_in_the_bound():
    """What is below rounding is dropped from the search: its Σ|c| must be in the bound."""
    c = np.zeros((1, DEGREE), dtype=complex)
    c[0, 0], c[0, 4], c[0, 9] = 1.0, 0.5, 1e-18
    assert peaks(c).bound[0] > 1.5
    assert harmonicsums.KNOWN == 12


def test_where_all_tops_are_said_to_be_known_a_grid_sees_as_many():
    """Small whole numbers as coefficients: many mirror symmetries, lattices, equal and flat tops."""
    rng = np.random.default_rng(21)
    x = np.linspace(-np.pi, np.pi, 20001)[:-1]
    known = 0
    for degree in (2, 3, 4):
        orders, count = np.arange(1, degree + 1).reshape(-1, 1), 60
        c = rng.integers(-2, 3, (count, degree)) + 1j * rng.integers(-2, 3, (count, degree)) * rng.integers(
            0, 2, (count, 1)
        )
        c = c * np.exp(0.25j * np.pi * rng.integers(0, 8, (count, 1)) * orders[:, 0])
        peak, total = peaks(c, orders), np.abs(c).sum(axis=1)
        heights = (c @ np.exp(1j * orders * x)).real
        top = heights.max(axis=1)
        assert (top <= peak.bound + 1e-14 * total).all()
        assert (peak.bound - peak.value <= 1e-12 * total).all()
        local = (heights >= np.roll(heights, 1, 1)) & (heights > np.roll(heights, -1, 1))
        seen = (local & (heights >= (top - 1e-6 * total)[:, np.newaxis])).sum(axis=1)
        sure = peak.complete & (total > 0.0)
        assert (seen == peak.optima_count)[sure].all()
        known += int(sure.sum())
    assert known > 150


def test_what_no_derivative_that_is_worked_out_knows_is_in_the_bound_of_a_cell():
    """|z − 1|^14 is flat at its minimum to all orders that are worked out, and rises all the same."""
    c = -flat_tops(22, 1, 7, degree=7)
    poly, here = Polynomials(np.arange(1, 8).reshape(-1, 1), c), np.zeros(1, dtype=int)
    reach = 1.0
    x = np.linspace(-reach, reach, 101).reshape(-1, 1)
    highest = poly.values(np.zeros(101, dtype=int), x).max()
    start = jet_at(poly, here, np.zeros((1, 1)))
    assert highest > start[0, 0] + 1e-3
    assert cell_bound(poly, here, start, reach)[0] >= highest


def test_a_cell_that_is_left_alone_leaves_its_bound(monkeypatch):
    """With a wider tolerance cells are closed sooner, and the gap says so."""
    monkeypatch.setattr(harmonicboxes, "_CLOSE", 0.02)
    c = gaussian(23, 50, DEGREE)
    peak, total = peaks(c), np.abs(c).sum(axis=1)
    assert (peak.bound - peak.value > 1e-6 * total).any()
    assert (peak.bound - peak.value <= 0.03 * total).all()
    # and without any ball about a top
    monkeypatch.setattr(harmonicboxes, "summit", lambda _, rows, *__: np.full(len(rows), np.inf))
    halved = peaks(c)
    assert (halved.bound - halved.value > 1e-6 * total).any()
