"""Do engines exceed the bound on the power exactly where drive and manifold compete, and by as much as is said?"""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from bounded import MACHINES, bounds_of, degenerate_engine, drawn, kept, says_nothing, share
from torusync.thermo.conditions import Condition
from torusync.thermo.degenerate import competition, competition_window


@pytest.mark.parametrize("x", [0.0, 0.3, -0.9, 1.3, 4.0])
@pytest.mark.parametrize(("levels", "p"), [(1, 0.0), (2, 0.0), (2, -0.6), (2, 0.7), (3, 0.0), (4, 0.3), (9, 0.0)])
def test_competition_is_what_solved_engines_have(levels, p, x):
    k = np.geomspace(1e-2, 1e3, 60)
    _, bounds = bounds_of(degenerate_engine(levels, k, x, p))
    np.testing.assert_allclose(share(bounds), competition(levels, k, x), rtol=1e-9)
    lower, upper = competition_window(levels, x)
    inside = (k > lower) & (k < upper)
    np.testing.assert_array_equal(bounds.condition_codes, np.where(inside, Condition.COMPETITION, Condition.PROVEN))
    if not inside.all():
        assert kept(bounds.power)


@pytest.mark.parametrize("levels", [2, 3, 7, 30])
def test_competition_is_largest_at_the_root_of_n(levels):
    found = minimize_scalar(lambda k: -float(competition(levels, k)), bounds=(1e-2, 1e2), method="bounded")
    assert found.x == pytest.approx(np.sqrt(levels), rel=1e-3)
    assert -found.fun == pytest.approx(np.sqrt(levels), rel=1e-6)
    assert competition(levels, np.sqrt(levels)) == pytest.approx(np.sqrt(levels), rel=1e-14)
    _, bounds = bounds_of(degenerate_engine(levels, np.sqrt(levels), 0.0))
    assert bounds.power_always.tightness == pytest.approx(1.0, rel=1e-10)
    assert bounds.power_always.quantity <= bounds.power_always.bound


@pytest.mark.parametrize(("levels", "x"), [(2, 0.0), (2, 0.5), (2, 0.9), (3, 0.4), (3, 1.3), (6, 0.7), (6, 2.2)])
def test_the_edges_of_the_window_are_roots_of_solved_engines(levels, x):
    def excess(k):
        return float(share(bounds_of(degenerate_engine(levels, k, x))[1])) - 1.0

    lower, upper = competition_window(levels, x)
    middle = np.sqrt(levels) / np.hypot(1.0, x)
    assert excess(middle) > 0.0
    assert brentq(excess, 1e-3, middle, xtol=1e-12) == pytest.approx(float(lower), rel=1e-8)
    if x == 0.0:
        assert np.isinf(upper)
        assert lower == pytest.approx(levels - np.sqrt(levels**2 - levels), rel=1e-14)
        assert excess(1e4) > 0.0
    else:
        assert brentq(excess, middle, 1e4, xtol=1e-12) == pytest.approx(float(upper), rel=1e-8)


def test_the_window_of_two_levels_is_that_of_the_companion():
    for x in np.linspace(0.01, 0.99, 50):
        square, split = 1.0 + x * x, np.sqrt(2.0 - 2.0 * x * x)
        lower, upper = competition_window(2, x)
        assert lower == pytest.approx((2.0 - split) / square, rel=1e-12)
        first, second = (2.0 + split) / square, 1.0 / (2.0 * (np.sqrt(square) - 1.0))
        wanted = first if first * np.sqrt(square) < 2.0 else second
        assert upper == pytest.approx(wanted, rel=1e-9)


def test_beyond_the_window_there_is_none():
    lower, upper = competition_window(3, [np.sqrt(2.0) * 1.001, 5.0, 0.0])
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [True, True, False]
    assert np.isnan(competition_window(1, 0.0)[0])


def test_engines_of_other_kinds_can_exceed_the_bound(rng):
    """Split levels or unequal drives: no closed form, so nothing is claimed, and up to √N it is exceeded."""
    for equal in (True, False):
        _, bounds = bounds_of(drawn(rng, MACHINES, 3, engine=True, equal=equal))
        assert (bounds.condition_codes == Condition.CAN_FAIL).all()
        assert 1.5 < np.nanmax(share(bounds)) < np.sqrt(3.0)
        says_nothing(bounds.power, "are known that exceed")
