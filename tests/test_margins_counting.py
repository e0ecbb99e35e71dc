"""Do the pieces of the renewal equation do what they are there for, each by itself, and are its residuals true?"""

import math

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, random_maser
from torusync.conventions import EPS
from torusync.generators.lyapunov import sylvester, triangular
from torusync.thermo import counting
from torusync.thermo.counting import Cumulants
from torusync.thermo.renewal import BlockCycle, BrightCycle, Series


def random(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def blocks(rng, count=4, levels=3):
    masers = [random_maser(rng, correlated=True, per_level=True, levels=levels) for _ in range(count)]
    return masers, [BlockCycle.of(one.generator().flat()) for one in masers]


def test_a_cycle_is_the_drift_and_the_sources_in_another_basis(rng):
    """A = Q T Q† up to a unit of rate, and D, i[H, D], i[H, |1><1|] seen from Q."""
    for maser, cycle in zip(*blocks(rng), strict=True):
        block = maser.generator()
        drift = block.drift()
        assert cycle.unit[0] == pytest.approx(np.linalg.norm(drift), rel=1e-14)
        spectrum = np.linalg.eigvals(drift) / cycle.unit[0]
        np.testing.assert_allclose(np.sort(np.diagonal(cycle.triangle[0]).real), np.sort(spectrum.real), atol=1e-13)
        assert cycle.pole == pytest.approx(2.0 * spectrum.real.max(), rel=1e-10)
        assert np.abs(np.tril(cycle.triangle[0], -1)).max() == 0.0
        assert cycle.defect[0] < 1e-14
        ratios = block.thermal_ratios().ravel()
        # what does not depend on the basis: traces, norms, and the corner <1|·|1>
        assert cycle.excited[0] == pytest.approx(ratios.sum(), rel=1e-14)
        assert cycle.corner(cycle.thermal)[0] == pytest.approx(ratios[0], rel=1e-12)
        assert cycle.corner(cycle.one)[0] == pytest.approx(1.0, rel=1e-13)
        hamiltonian = np.zeros((4, 4), dtype=complex)
        hamiltonian[0, 1:] = maser.drive
        hamiltonian += hamiltonian.conj().T
        for name, inner in (("kick", np.diag([1.0, 0.0, 0.0, 0.0])), ("source", np.diag(ratios))):
            commutator = -1j * (hamiltonian @ inner - inner @ hamiltonian) / cycle.unit[0]
            found = getattr(cycle, name)[0]
            np.testing.assert_allclose(np.linalg.norm(found), np.linalg.norm(commutator), rtol=1e-12)
            image = np.trace(found @ cycle.thermal[0] @ found), np.trace(commutator @ np.diag(ratios) @ commutator)
            np.testing.assert_allclose(*image, rtol=1e-10)


def test_residuals_are_relative_and_not_smaller_than_what_is_missing(rng):
    """‖T Y + Y T† + Q‖ over ‖T Y‖ + ‖Y T†‖ + ‖Q‖ at ‖T‖ = 1, whatever the unit of Y."""
    _, cycles = blocks(rng, 1, 5)
    cycle = cycles[0]
    right = random(rng, 1, 6, 6)
    right = right + np.conj(np.swapaxes(right, -1, -2))
    solution = cycle.solve(right)
    assert cycle.residual(solution, right)[0] < 1e-14
    for size in (1e-12, 1e-6, 1e-2):
        spoiled = solution + size * random(rng, 1, 6, 6)
        missing = cycle.triangle @ spoiled + spoiled @ np.conj(np.swapaxes(cycle.triangle, -1, -2)) + right
        expected = np.linalg.norm(missing) / (2.0 * np.linalg.norm(spoiled) + np.linalg.norm(right))
        assert cycle.residual(spoiled, right)[0] == pytest.approx(expected, rel=1e-9)
        for unit in (1e-9, 1e9):
            assert cycle.residual(unit * spoiled, unit * right)[0] == pytest.approx(expected, rel=1e-9)
    assert cycle.residual(0.0 * solution, 0.0 * right)[0] == 0.0


@pytest.mark.parametrize("theta", [0.0, 0.3])
@pytest.mark.parametrize("count", [1, 200])
def test_shifted_equations_are_solved_one_by_one_and_in_stacks(rng, theta, count):
    """(T − θ/2) Y + Y (T − θ/2)† = −Q; from 2 M² points on all of them entry by entry."""
    _, cycles = blocks(rng, 1, 3)
    cycle = BlockCycle(**{name: np.repeat(value, count, axis=0) for name, value in vars(cycles[0]).items()})
    right = random(rng, count, 4, 4)
    right = right + np.conj(np.swapaxes(right, -1, -2))
    solution, shifted = cycle.solve(right, theta), cycle.triangle - 0.5 * theta * np.eye(4)
    image = shifted @ solution + solution @ np.conj(np.swapaxes(shifted, -1, -2))
    np.testing.assert_allclose(image, -right, atol=1e-11)


@pytest.mark.parametrize("leaf", [1, 2, 7])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 6), (6, 1), (5, 5), (7, 4), (8, 9)])
def test_triangular_equations_of_any_shape(rng, rows, columns, leaf):
    def triangle(size):
        return np.triu(random(rng, 3, size, size), 1) - np.eye(size) * (2.0 + rng.random(size)) * size

    left, other, right = triangle(rows), triangle(columns), random(rng, 3, rows, columns)
    found = sylvester(left, other, -right, leaf)
    np.testing.assert_allclose(left @ found + found @ np.conj(np.swapaxes(other, -1, -2)), right, atol=1e-11)
    hermitian = random(rng, 3, rows, rows)
    hermitian = hermitian + np.conj(np.swapaxes(hermitian, -1, -2))
    found = triangular(left, -hermitian, leaf)
    np.testing.assert_allclose(left @ found + found @ np.conj(np.swapaxes(left, -1, -2)), hermitian, atol=1e-11)


def test_series_are_multiplied_and_divided_as_polynomials_are(rng):
    left, right = rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    right[:, 0] += 3.0
    one, other = (Series(tuple(np.asarray(x) for x in series.T)) for series in (left, right))
    product = [np.convolve(left[i], right[i])[:4] for i in range(2)]
    np.testing.assert_allclose(np.array((one * other).coefficients).T, product, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(np.array((one * other / other).coefficients).T, left, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(np.array((one + other).coefficients).T, left + right, rtol=1e-15)
    np.testing.assert_allclose(np.array((2.0 + one * 3.0).coefficients).T, 3.0 * left + 2.0 * np.eye(4)[0], rtol=1e-15)
    inverse = [np.convolve(row, right[i])[:4] for i, row in enumerate(np.array((1.0 / other).coefficients).T)]
    np.testing.assert_allclose(inverse, [[1.0, 0.0, 0.0, 0.0]] * 2, atol=1e-13)
    up, down = (one.exponential(sign) for sign in (1.0, -1.0))
    np.testing.assert_allclose(np.array((up * down).coefficients).T, [[1.0, 0.0, 0.0, 0.0]] * 2, atol=1e-15)


@pytest.mark.parametrize("field", [-3.0, -0.1, 0.0, 0.4, 5.0])
def test_both_renewal_equations_have_the_slope_that_they_say(rng, field):
    """By differences in 1e-5, in units of each; and the same root, whichever is solved."""
    maser = ts.ThermalMaser(0.1 * random(rng, 3), n_hot=2.0, **BATHS, detuning=0.07)
    flat = maser.generator().flat()
    roots = []
    for cycle in (BlockCycle.of(flat), BrightCycle.of(flat)):
        equation, step = cycle.equation(field), 1e-5
        for theta in (0.0, 0.05, 0.7):
            ends = [equation(theta + sign * step)[0] for sign in (-1.0, 1.0)]
            assert equation(theta)[1] == pytest.approx((ends[1] - ends[0]) / (2.0 * step), rel=1e-6)
        roots.append(counting._largest_root(equation, cycle.pole) * float(cycle.unit[0]))
    assert roots[0] == pytest.approx(roots[1], rel=1e-9, abs=1e-15)


def test_the_largest_root_is_found_from_any_side():
    """Concave, increasing, from a pole at −1 on; and none where the function is positive down to the pole."""
    for root in (-0.999, -0.3, 0.0, 1e-12, 2.0, 1e8, 1e30):
        found = counting._largest_root(lambda x, root=root: (math.log((x + 1.0) / (root + 1.0)), 1.0 / (x + 1.0)), -1.0)
        assert found == pytest.approx(root, rel=1e-12, abs=1e-15)
    assert math.isnan(counting._largest_root(lambda x: (x + 2.0, 1.0), -1.0))
    assert math.isnan(counting._largest_root(lambda _: (math.nan, 1.0), -1.0))
    # what is at the pole within its rounding is no root
    assert math.isnan(counting._largest_root(lambda x: (x + 1.0 - 1e-15, 1.0), -1.0))


def test_ratios_of_cumulants():
    one = Cumulants(np.array([-2.0, 0.0, 3.0]), np.array([4.0, 1.0, 0.0]), np.array([-5.0, 1.0, 0.0]))
    np.testing.assert_allclose(one.fano_factor, [2.0, np.nan, 0.0])
    np.testing.assert_allclose(one.skewness, [-5.0 / 8.0, 1.0, np.nan])
    back = one.reversed
    np.testing.assert_array_equal(back.mean, [2.0, 0.0, -3.0])
    np.testing.assert_array_equal(back.noise, one.noise)
    np.testing.assert_array_equal(back.third, [5.0, -1.0, 0.0])
    assert not np.signbit(back.mean[1])


def test_two_routes_that_agree_to_the_last_digit_are_not_told_to_have_no_error(rng):
    """Of 200 machines some do agree; what is counted either way has rounding all the same."""
    maser = ts.ThermalMaser(0.1 * rng.random((200, 1)), n_hot=2.0, **BATHS, detuning=0.07)
    state = ts.steady_state(maser)
    found, flux = counting.counting_statistics(state), ts.thermodynamics(state).flux
    rounding = EPS * (np.abs(found.hot.mean) + found.hot.noise)
    assert (found.mean_error >= rounding).all()
    np.testing.assert_allclose(found.mean_error, np.abs(found.hot.mean - flux) + rounding, rtol=1e-12)


@pytest.mark.parametrize("drive", [1e-4, 0.1, 30.0])
def test_the_residual_of_the_closed_form_shows_an_error_in_any_cumulant(drive):
    """Relative to the terms of that order: a thousandth of one cumulant is no smaller for being one of a weak drive."""
    maser = ts.ThermalMaser(np.full(3, drive), n_hot=2.0, **BATHS, detuning=0.07)
    cycle = BrightCycle.of(maser.generator().flat())
    *cumulants, residual = cycle.cumulants()[:4]
    assert residual[0] < 1e-13
    right = [np.zeros(1), *(one / cycle.unit / math.factorial(k) for k, one in enumerate(cumulants, 1))]
    assert cycle._residual(Series(tuple(right)))[0] == pytest.approx(residual[0], abs=1e-13)
    for order in (1, 2, 3):
        spoiled = Series(tuple(one * (1.0 + 1e-3 * (k == order)) for k, one in enumerate(right)))
        assert 1e-5 < cycle._residual(spoiled)[0] <= 1e-3


@pytest.mark.parametrize("levels", [1, 3])
@pytest.mark.parametrize(("gamma_hot", "drive"), [(0.01, 0.3), (2.0, 0.3), (2.0, 3.0), (0.05, 1e-3)])
def test_both_cycles_end_at_the_slowest_decay(levels, gamma_hot, drive):
    """Of the driven pair or of dark levels that fill, whichever lasts longer, twice."""
    maser = ts.ThermalMaser(
        np.full(levels, drive), n_hot=2.0, n_cold=0.5, gamma_hot=gamma_hot, gamma_cold=0.2, detuning=0.07
    )
    flat = maser.generator().flat()
    found = [cycle.pole * float(cycle.unit[0]) for cycle in (BlockCycle.of(flat), BrightCycle.of(flat))]
    assert found[0] == pytest.approx(found[1], rel=1e-10)
    assert found[0] == pytest.approx(2.0 * np.linalg.eigvals(maser.generator().drift()).real.max(), rel=1e-10)


def test_solutions_near_the_largest_double_are_scaled_back():
    """LAPACK returns the solution of a smaller right side where its own scale would overflow."""
    left = -0.5e-10 * np.eye(3)[np.newaxis].astype(complex)
    right = np.full((1, 3, 3), 1e285 + 0j)
    np.testing.assert_allclose(sylvester(left, left, -right, 7), -1e295, rtol=1e-12)
