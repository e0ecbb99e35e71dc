"""Is what underflows still told, and never told too low?"""

import math
from dataclasses import replace
from decimal import Decimal, localcontext

import numpy as np
import pytest

import torusync as ts
from command import as_json, run, worded
from problems import ENGINE_BATHS
from torusync.conventions import pair_to_s, s_of_pairs

PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651"
)
TINY = 5e-324


def engine(levels, drive=0.1):
    maser = ts.ThermalMaser(np.full(levels, drive), **ENGINE_BATHS)
    return ts.synchronization(ts.steady_state(maser))


def exact(dimension, pairs):
    """2 ΣS/(2^(D+1) π^(D−2)) in a hundred digits."""
    with localcontext() as context:
        context.prec = 100
        context.Emin = -(10**7)
        return Decimal(float(pairs)) / Decimal(2) ** dimension / PI ** (dimension - 2)


def as_decimal(value):
    return Decimal(float(value))


@pytest.mark.parametrize("dimension", [4, 50, *range(380, 412), 500, 623, 1502])
@pytest.mark.parametrize("pairs", [0.5, 1e-3, 7e-9, 1e-40])
def test_the_bound_lies_above_the_truth_at_every_size(dimension, pairs):
    truth = exact(dimension, pairs)
    assert as_decimal(s_of_pairs(dimension, np.asarray(pairs), upwards=True)) >= truth
    # the value is the nearest float to within two roundings, or half the smallest one
    error = abs(as_decimal(s_of_pairs(dimension, np.asarray(pairs))) - truth)
    assert error <= max(truth * Decimal("4.5e-16"), Decimal(TINY) * Decimal("0.5000001"))


@pytest.mark.parametrize("levels", [*range(380, 406), 1500, 20_000])
def test_a_machine_whose_s_max_underflows_is_proven_and_not_zero(levels):
    sync = engine(levels)
    assert sync.certified
    assert as_decimal(sync.s_max_bound) >= exact(levels + 2, sync.pair_sum) > 0
    assert sync.s_max_bound >= sync.s_max
    assert sync.s_max_bound > 0.0
    assert sync.gap == sync.s_max_bound - sync.s_max >= 0.0
    expected = float(exact(levels + 2, sync.pair_sum).log10())
    assert sync.log10_s_max == pytest.approx(expected, abs=0.0, rel=1e-14)


def test_the_logarithm_is_that_of_s_max_where_both_are_known():
    sync = engine(3)
    assert sync.log10_s_max == pytest.approx(math.log10(float(sync.s_max)), abs=0.0, rel=1e-14)
    rho = np.array([np.eye(3) / 3, np.full((3, 3), 1 / 3)])
    both = ts.synchronization(rho)
    assert both.log10_s_max[0] == -np.inf
    assert both.s_max_bound[0] == both.gap[0] == 0.0
    assert both.log10_s_max[1] == pytest.approx(math.log10(float(both.s_max[1])), abs=0.0, rel=1e-14)


def test_a_refused_state_has_no_logarithm():
    maser = ts.ThermalMaser([[0.1, 0.1], [0.1, 0.1]], n_hot=5.0, n_cold=0.5, gamma_hot=[0.05, 0.0], gamma_cold=0.2)
    sync = ts.synchronization(ts.steady_state(maser, throw=False))
    np.testing.assert_array_equal(np.isnan(sync.log10_s_max), [False, True])


def test_certified_is_about_pair_sums():
    """5e-324 above 0 is no gap, and nothing above nothing is no proof of a pair sum that is open."""
    sync = engine(1500)
    assert (float(sync.s_max), float(sync.s_max_bound), float(sync.gap)) == (0.0, TINY, TINY)
    assert sync.certified
    assert not replace(sync, peak=replace(sync.peak, bound=sync.pair_sum * 1.01)).certified


def test_a_gap_of_ten_times_what_is_certified_is_not():
    sync = engine(2)
    assert replace(sync, peak=replace(sync.peak, bound=sync.pair_sum * (1.0 + 0.9e-9))).certified
    assert not replace(sync, peak=replace(sync.peak, bound=sync.pair_sum * (1.0 + 1e-8))).certified


def test_shares_and_heights_lose_no_digits_where_the_factor_is_subnormal():
    """At D = 400 pair_to_s has 17 bits left, and products must not have fewer than their own size allows."""
    dimension, pairs = 400, np.array([1e9, -1e9])
    assert 0.0 < pair_to_s(dimension) < np.finfo(float).tiny
    found = s_of_pairs(dimension, pairs)
    for value, one in zip(found, pairs, strict=True):
        assert abs(as_decimal(value) / exact(dimension, one) - 1) < Decimal("1e-10")


def test_text_and_json_say_where_to_look():
    sync = engine(1500)
    assert "log10 S_max -1" in repr(sync)
    assert "log10" not in repr(engine(2))
    assert sync.underflows
    assert not engine(2).underflows
    words = ("solve", "--manifold-levels", "1500", "--drive", "0.1", *worded(ENGINE_BATHS))
    found = as_json(*words)["synchronization"]
    assert (found["s_max"], found["s_max_bound"]) == (0.0, TINY)
    assert found["log10_s_max"] == float(sync.log10_s_max)
    text = run(*words).stdout
    assert "S_max = 10^-1" in text
    assert "underflows" in text
    assert "log10_s_max" in run(*words, "--full").stdout


@pytest.mark.parametrize("options", [{}, {"splittings": "spread"}, {"dipole_correlation": 0.3}], ids=repr)
@pytest.mark.parametrize(
    "drive",
    [[0.0, 1.0, 2.0, 5e-324], [1.0, 2.0, 5e-324], [5e-324, 5e-324], [1e-310, 1.0, 1e-200], [1.0, 1e-320, 1e-160]],
)
def test_levels_three_hundred_orders_of_magnitude_apart_are_no_error(drive, options):
    """Everything a result offers is asked for; warnings are errors here."""
    given = {name: np.linspace(0.0, 0.1, len(drive)) if value == "spread" else value for name, value in options.items()}
    for n_hot in (0.2, 5.0):
        maser = ts.ThermalMaser(drive, n_hot=n_hot, n_cold=0.5, gamma_hot=0.5, gamma_cold=0.1, **given)
        state = ts.steady_state(maser)
        sync = ts.synchronization(state)
        sync.optima()
        largest = max(abs(complex(state.coherence(1, level))) for level in range(2, len(drive) + 2))
        assert sync.pair_sum_bound >= sync.pair_sum >= largest * (1.0 - 1e-12)
        assert sum(sync.pair_shares.values()) == pytest.approx(float(sync.pair_sum), rel=1e-9, abs=1e-320)
