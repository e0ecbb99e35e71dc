"""Is the bound of ‖M⁻¹‖ all that solves leave it, and refinement at an end where it says so?

Solvers here leave a share of what they are asked for that the test chooses, of matrices whose norms are known.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_array

from torusync.conventions import EPS
from torusync.steady import probing
from torusync.steady.probing import DRAWS, FACTOR, LEFT, Bordered, Factored, inverse_norm, reach


@dataclass(frozen=True)
class Known:
    """A full matrix with a norm and a rounding that are whatever one says."""

    block: Any
    norm: float = 1.0
    rounding: float = 0.0

    def apply(self, columns):
        return self.block @ columns

    def apply_transposed(self, columns):
        return self.block.T @ columns


def leaving(matrix, share, *, single=False, turned=None):
    """Return what solves for a matrix but for a share of each answer, and how often each way was asked."""
    asked = [0, 0]

    def solve(right):
        asked[0] += 1
        return (1.0 - share) * np.linalg.solve(matrix.block, right)

    def solve_transposed(right):
        asked[1] += 1
        return (1.0 - (share if turned is None else turned)) * np.linalg.solve(matrix.block.T, right)

    return Factored(matrix, solve, solve_transposed, single=single), asked


def drawn(seed, size=12, smallest=1e-3):
    """Return a matrix with singular values from 1 to the smallest."""
    rng = np.random.default_rng(seed)
    first, second = (np.linalg.qr(rng.normal(size=(size, size)))[0] for _ in range(2))
    return first @ np.diag(np.geomspace(1.0, smallest, size)) @ second


def test_all_draws_are_small_along_a_direction_once_in_a_billion():
    """And a bound for ten billion would be an idle one."""
    once = math.erf(1.0 / (FACTOR * 2.0**0.5)) ** DRAWS
    assert 1e-10 < once <= 1e-9
    found = probing._drawn(2_000)
    assert found.shape == (2_000, DRAWS)
    assert np.abs(found.T @ found / 2_000.0 - np.eye(DRAWS)).max() < 0.1
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0] = 0.0  # they are kept for the next matrix


def test_what_iteration_leaves_makes_the_bound_a_third_larger():
    found, left = np.ones((5, 2)), np.zeros((5, 2))
    plain = reach(found, left, 0.0)
    left[3, 1] = LEFT
    assert abs(reach(found, left, 0.0) / plain - 4.0 / 3.0) < 1e-12


def test_the_bound_of_iterated_solutions_holds_what_they_leave():
    """s = c (‖x‖ + s (‖d‖ + ε ‖x‖)) of the largest of both."""
    found, left = np.diag([3.0, 4.0, 1.0]), 1e-3 * np.diag([2.0, 1.0, 5.0])
    for rounding in (0.0, 2e-3):
        s = reach(found, left, rounding)
        most = max(2e-3 + 3.0 * rounding, 1e-3 + 4.0 * rounding, 5e-3 + rounding)
        assert abs(s - FACTOR * (4.0 + s * most)) < 1e-10 * s
    assert reach(found, np.full((3, 1), 1.0 / (FACTOR * 3.0**0.5)), 1e-12) == np.inf
    assert reach(found, left, 0.25 / FACTOR) == np.inf


@pytest.mark.parametrize("rounding", [0.0, 1e-7, 1e-5])
@pytest.mark.parametrize(("share", "turned"), [(0.0, 0.0), (1e-4, 1e-3), (1e-2, 0.0), (0.3, 1e-5)])
def test_the_bound_holds_all_that_solves_leave(share, turned, rounding):
    """s² = c (‖x‖ + s ‖d‖ + s² ‖e‖) with M x = y − d and Mᵀ y = z − e, each of the largest draw, rounding included."""
    matrix = Known(drawn(1), rounding=rounding)
    factored, _ = leaving(matrix, share, turned=turned)
    s = inverse_norm(factored)
    z = probing._drawn(12)
    y = (1.0 - turned) * np.linalg.solve(matrix.block.T, z)
    x = (1.0 - share) * np.linalg.solve(matrix.block, y)
    d, e = share * y, turned * z
    sizes = [float(np.linalg.norm(one, axis=0).max()) for one in (x, y, d, e)]
    lead = 1.0 - FACTOR * (sizes[3] + rounding * sizes[1])
    if lead <= 0.0:
        assert s == np.inf
        return
    right = FACTOR * (sizes[0] + s * (sizes[2] + rounding * sizes[0]))
    assert abs(s**2 * lead - right) < 1e-9 * right
    assert s >= 1e3


def test_a_solver_that_finds_nothing_has_no_bound():
    for share, turned in ((0.0, 1.0), (np.nan, 0.0), (np.inf, 0.0)):
        with np.errstate(invalid="ignore"):
            assert inverse_norm(leaving(Known(drawn(2)), share, turned=turned)[0]) == np.inf


def test_a_matrix_that_rounding_may_make_singular_has_no_bound():
    """Powers of two, so that nothing is left over that could be seen."""
    block = csc_array(np.diag([1.0, 2.0**-50, 0.5]))
    matrix = Bordered(block, 1, 1.0)
    inverse = np.linalg.inv(matrix.matrix().toarray())
    factored = Factored(matrix, lambda right: inverse @ right, lambda right: inverse.T @ right)
    assert matrix.rounding > 2.0**-50
    assert inverse_norm(factored) == np.inf


@pytest.mark.parametrize("missed", [1e-6, 1e-4, 1e-3, 3e-3, 1e-2, 0.1])
def test_factors_of_single_precision_lose_a_twentieth_of_the_bound_at_most(missed):
    matrix = Known(drawn(3))
    share = missed / float(np.linalg.norm(probing._drawn(12), axis=0).max())
    plain = inverse_norm(leaving(matrix, 0.0)[0])
    factored, asked = leaving(matrix, 0.0, turned=share, single=True)
    assert inverse_norm(factored) <= 1.05 * plain
    assert asked == [1, 1 if FACTOR * missed < 0.05 else 2]


def test_rounding_counts_what_a_row_and_a_column_of_the_border_add_up():
    rng = np.random.default_rng(5)
    for turn in (np.asarray, np.transpose):
        block = np.diag(rng.normal(size=60))
        block[:, 9] = rng.normal(size=60)
        matrix = Bordered(csc_array(turn(block)), 40, 2.0, 3)
        assert matrix.rounding >= EPS * (60 + 40) * matrix.norm


@pytest.mark.parametrize("root", [0, 4])
def test_the_norm_of_a_bordered_matrix_is_bounded_by_its_sums(root):
    """Of the border alone it is s √D, and then the bound is one to the last digit."""
    nothing = Bordered(csc_array((9, 9)), 6, 3.0, root)
    assert abs(nothing.norm - 3.0 * 6.0**0.5) < 1e-14
    rng = np.random.default_rng(root)
    for strength in (0.1, 1.0, 10.0):
        for _ in range(20):
            matrix = Bordered(csc_array(rng.normal(size=(9, 9)) * (rng.random((9, 9)) < 0.2)), 6, strength, root)
            assert np.linalg.norm(np.abs(matrix.matrix().toarray()), 2) <= matrix.norm * (1.0 + 1e-14)


@pytest.mark.parametrize(
    ("single", "bits", "solves"),
    [(False, 15.75, 3), (False, 16.25, 2), (True, 17.75, 3), (True, 18.25, 2), (False, 1.0, 3), (True, 1.0, 5)],
)
def test_refinement_ends_at_a_rounding_of_the_product(single, bits, solves):
    """A norm of 2²⁰: of double precision there are two solves for what is left to be 2⁻³² of it, else 2⁻³⁶."""
    matrix = Known(np.eye(3), norm=2.0**20)
    factored, asked = leaving(matrix, 2.0**-bits, single=single)
    right = np.array([3.0, -1.0, 0.5])
    found = factored.refined(right)
    assert asked[0] == solves
    np.testing.assert_allclose(found, right * (1.0 - 2.0 ** (-bits * solves)), rtol=1e-14)
    # exact solves are one of them, and a look
    exact, asked = leaving(replace(matrix, norm=1.0), 0.0, single=single)
    np.testing.assert_array_equal(exact.refined(right), right)
    assert asked[0] == 2
