"""Is the last judge of the hunt for S_max one: are its bounds true, and sharp where nothing in doubles is?"""

from fractions import Fraction

import numpy as np
import pytest
from flint import acb_mat, arb
from tests.hunts import correlated, dual

import torusync as ts


def ring(levels, pull, push):
    """|1> joined to every level by ``pull``, and all others to each other by −``push``."""
    matrix = np.full((levels + 1, levels + 1), -push, dtype=complex)
    matrix[0], matrix[:, 0] = pull, pull
    np.fill_diagonal(matrix, 0.0)
    return matrix


def test_three_levels_against_a_fine_grid_of_their_phases(rng):
    """The relaxation of three levels is exact: both ends meet at the maximum."""
    angles = np.exp(2j * np.pi * np.arange(720) / 720)
    for _ in range(5):
        factor = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
        rho = factor @ factor.conj().T
        heights = np.real(
            rho[0, 1] * angles[:, np.newaxis] + rho[0, 2] * angles + rho[1, 2] * angles * angles.conj()[:, np.newaxis]
        )
        found = dual.enclosed(rho)
        assert found.upper >= heights.max()
        # half a step of the grid on either axis, at the steepest curvature that three coherences can have
        assert found.lower <= heights.max() + 4.0 * (np.pi / 720) ** 2 * np.abs(rho).sum()
        assert 0.0 <= found.upper - found.lower <= 2.0 * dual.ENOUGH * found.upper


@pytest.mark.parametrize("levels", [2, 5, 12])
def test_a_continuum_of_optima_is_enclosed_to_eleven_digits(levels):
    """Maximum of a m − c (m² − N)/2 at m = a/c, in fractions: diag ν − R has N − 1 null vectors there."""
    pull, push = 0.375, 0.625
    found = dual.enclosed(ring(levels, pull, push))
    exact = Fraction(pull) ** 2 / (2 * Fraction(push)) + Fraction(push) * levels / 2
    assert Fraction(found.lower) <= exact <= Fraction(found.upper)
    assert found.upper - found.lower <= 2.0 * dual.ENOUGH * found.upper


def test_aligned_levels_are_enclosed_though_phases_and_diagonal_are_any(rng):
    moduli = rng.integers(1, 9, 7)
    vector = moduli * np.exp(2j * np.pi * rng.random(7))
    found = dual.enclosed(np.outer(vector, vector.conj()) + np.diag(rng.normal(size=7)))
    exact = (moduli.sum() ** 2 - (moduli**2).sum()) / 2
    assert found.lower == pytest.approx(exact, rel=1e-11)
    assert found.upper == pytest.approx(exact, rel=1e-11)


def test_a_bound_is_refused_below_the_last_multiplier():
    """At ν of the continuum the matrix is singular: 1e-60 more is proven, and neither it nor 1e-60 less is."""
    with dual.precision(dual.BITS):
        matrix, least = dual.exact(ring(4, 0.5, 0.5)), arb(1) / 2
        # ν_l = −c on every level but |1>, and a m there, of m = a/c
        nu = [least, *[-arb(-1) / 2] * 4]
        tiny = arb("1e-60").mid()
        assert dual.positive_definite(dual.slack(matrix, [one + tiny for one in nu]))
        assert not dual.positive_definite(dual.slack(matrix, nu))
        assert not dual.positive_definite(dual.slack(matrix, [one - tiny for one in nu]))
        unsure = acb_mat([[arb(1), 1], [1, arb(1, 1e-3)]])
        assert not dual.positive_definite(unsure)


@pytest.mark.parametrize("bits", [20, 40, 53, 80])
def test_too_few_bits_make_it_wide_and_never_wrong(bits):
    found = dual.enclosed(ring(6, 0.375, 0.625), bits=bits)
    exact = Fraction(0.375) ** 2 / (2 * Fraction(0.625)) + Fraction(0.625) * 3
    assert found.upper == float("inf") or Fraction(found.upper) >= exact
    assert found.lower == -float("inf") or Fraction(found.lower) <= exact


def test_the_engine_whose_proof_no_doubles_repeat():
    """48 levels beside a continuum: clarabel ends 4.8e-9 above its maximum, eigenvalues of the climb 2.6e-8."""
    state = ts.steady_state(correlated.machine(3319))
    sync = ts.synchronization(state)
    found = dual.enclosed(state.rho)
    assert sync.certified
    assert found.upper - sync.pair_sum <= correlated.CERTIFIED * found.upper
    # the least bound of this kind is known to 1e-11: the library claims no less than that
    assert found.lower <= sync.pair_sum_bound
    assert found.upper - found.lower <= 2.0 * dual.ENOUGH * found.upper
