"""Does every margin and threshold of a steady state's evidence do what it is there for?

Blocks here are made by hand, so that the number that decides lies on one side of a threshold or on the other.
"""

import numpy as np
import pytest

from torusync.steady.accuracy import least, lowest_eigenvalue


def block(shift, *, size=3, points=1):
    """Return arguments for blocks without coherence whose equation bounds the spectrum by ``shift`` each.

    Every level has population 0.2, so that LAPACK, if it is asked, finds 0.2; the residual is what makes the bound.
    """
    shift = np.broadcast_to(np.asarray(shift, dtype=float), (points,))
    ratios, ground = np.full((size, points), 0.5), np.full(points, 0.4)
    damping = np.full((size, points), 2.0)
    residual = 4.0 * (0.2 - shift)
    matrices = np.zeros((size, size, points), dtype=complex)
    return (matrices, ground, ratios, damping), {"residual": residual}


@pytest.mark.parametrize(("shift", "found"), [(0.1, 0.1), (0.0, 0.0), (-0.5e-14, -0.5e-14), (-2e-14, 0.2), (-1.0, 0.2)])
def test_the_spectrum_is_asked_for_only_where_the_equation_says_less_than_a_hundredth_of_what_is_refused(shift, found):
    """At −1e-12 a state is refused; below −1e-14 the bound of the equation gives way to the eigenvalue itself."""
    arguments, evidence = block(shift)
    # the residual, some 0.8, holds the bound to its own rounding
    assert lowest_eigenvalue(*arguments, **evidence)[0] == pytest.approx(found, abs=2e-16)


def test_one_point_whose_bound_says_nothing_leaves_the_others_theirs():
    arguments, evidence = block([0.1, -0.5, 0.15], points=3)
    np.testing.assert_allclose(lowest_eigenvalue(*arguments, **evidence), [0.1, 0.2, 0.15], rtol=1e-14)
    for one in range(3):
        alone = [values[..., one : one + 1] for values in arguments]
        parts = {name: values[one : one + 1] for name, values in evidence.items()}
        assert lowest_eigenvalue(*alone, **parts)[0] == lowest_eigenvalue(*arguments, **evidence)[one]


def test_the_ground_state_is_part_of_the_spectrum():
    arguments, evidence = block([0.1, -1.0], points=2)
    arguments[1][:] = 1e-3
    arguments[2][:] = 200.0
    np.testing.assert_allclose(lowest_eigenvalue(*arguments, **evidence), 1e-3, rtol=1e-14)


def test_each_level_pays_for_the_residual_with_its_own_damping():
    """B ⪰ c wherever 2 a_j (ρ_00 r_j − c) ≥ ‖R‖: the least over levels, not that of the least population."""
    ratios, damping = np.array([[0.5], [0.1], [0.9]]), np.array([[1e-3], [10.0], [1e-4]])
    bound = least(np.array([0.4]), ratios, damping, np.array([1e-4]))[0]
    assert bound == pytest.approx(min(0.2 - 0.05, 0.04 - 5e-6, 0.36 - 0.5), rel=1e-14)
