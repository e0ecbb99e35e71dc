"""Does counting give the same in batches, by every solver and at any size, and say so where it gives nothing?"""

from dataclasses import replace

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from problems import BATHS, ENGINE_BATHS, random_maser, refused
from tilted import by_blocks, degenerate, row, section_8b, statistics
from torusync import _memory
from torusync.generators.lyapunov import triangular
from torusync.steady import Block, Cauchy, Dense, LowRank
from torusync.thermo import counting
from torusync.thermo.counting import counting_statistics, scaled_generating_function


@pytest.mark.parametrize("correlated", [False, True])
def test_batch_equals_loop(correlated: bool) -> None:
    rng = np.random.default_rng(6)
    common = {"gamma_hot": 0.05, "n_cold": np.array([[0.5], [1.5]]), "splittings": [0.0, 0.1]}
    correlations = np.array([0.5, -0.2, 0.3]) if correlated else np.zeros(3)
    drive, rates = 0.1 * (rng.normal(size=(2, 3, 2)) + 1j * rng.normal(size=(2, 3, 2))), np.array([0.1, 0.2, 0.3])
    n_hot = rng.uniform(0.5, 2.0, (3, 2))
    found = statistics(ts.ThermalMaser(drive, n_hot=n_hot, gamma_cold=rates, dipole_correlation=correlations, **common))
    assert found.hot.mean.shape == found.uncertainty_ratio.shape == found.residual.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            options = {**common, "n_cold": common["n_cold"][i, 0], "dipole_correlation": correlations[j]}
            one = statistics(ts.ThermalMaser(drive[i, j], n_hot=n_hot[j], gamma_cold=rates[j], **options))
            np.testing.assert_allclose(row(found.hot)[i, j], row(one.hot), rtol=1e-11, atol=1e-16)
            np.testing.assert_allclose(found.uncertainty_ratio[i, j], one.uncertainty_ratio, rtol=1e-11)


def test_batch_in_closed_form_equals_loop() -> None:
    detuning, drive = np.linspace(-0.3, 0.3, 5)[:, np.newaxis], np.linspace(0.01, 0.2, 8).reshape(4, 2)
    options = ENGINE_BATHS
    found = statistics(ts.ThermalMaser(drive, detuning=detuning, **options))
    assert found.fano_factor.shape == (5, 4)
    for i in range(5):
        for j in range(4):
            one = statistics(ts.ThermalMaser(drive[j], detuning=detuning[i, 0], **options))
            np.testing.assert_allclose(row(found.hot)[i, j], row(one.hot), rtol=1e-14)


@pytest.mark.parametrize("levels", [2, 6])
def test_large_batches_take_the_stacked_way(levels: int) -> None:
    rng = np.random.default_rng(levels)
    drive = 0.1 * rng.normal(size=(300, levels))
    options = {"n_hot": 2.0, **BATHS}
    maser = ts.ThermalMaser(drive, splittings=np.linspace(0.0, 0.1, levels), **options)
    found = statistics(maser)
    assert found.residual.max() <= 1e-14
    for point in (0, 17, 299):
        one = statistics(ts.ThermalMaser(drive[point], splittings=np.linspace(0.0, 0.1, levels), **options))
        np.testing.assert_allclose(row(found.hot)[point], row(one.hot), rtol=1e-11)


@pytest.mark.parametrize("leaf", [1, 4, 64])
def test_triangular_equations_are_solved_at_any_size_of_block(leaf: int) -> None:
    rng = np.random.default_rng(leaf)
    for size in (1, 2, 5, 23):
        triangle = np.triu(rng.normal(size=(3, size, size)) + 1j * rng.normal(size=(3, size, size)))
        triangle -= 5.0 * np.eye(size)
        right = rng.normal(size=(3, size, size)) + 1j * rng.normal(size=(3, size, size))
        right = right + np.conj(np.swapaxes(right, -1, -2))
        found = triangular(triangle, -right, leaf)
        image = triangle @ found
        np.testing.assert_allclose(image + np.conj(np.swapaxes(image, -1, -2)), right, atol=1e-12)


@pytest.mark.parametrize("correlated", [False, True])
def test_two_hundred_levels(correlated: bool) -> None:
    rng = np.random.default_rng(200)
    maser = random_maser(rng, correlated=correlated, per_level=False, levels=200)
    found = statistics(maser)
    assert found.residual <= 1e-13
    assert found.mean_error <= 1e-12 * abs(found.hot.mean)
    # and as a machine of 200 levels with a closed form
    maser = degenerate(rng, 200)
    np.testing.assert_allclose(row(statistics(maser).hot), by_blocks(maser)[:3], rtol=1e-10)


def test_every_solver_gives_the_same() -> None:
    maser = degenerate(np.random.default_rng(9), 3)
    expected = statistics(maser)
    for solver in (Cauchy(), LowRank(), Block(), Dense()):
        found = statistics(maser, solver=solver)
        np.testing.assert_allclose(row(found.hot), row(expected.hot), rtol=1e-12)
        assert found.mean_error <= 1e-14


def test_a_spoiled_state_shows() -> None:
    state = ts.steady_state(degenerate(np.random.default_rng(9), 3))
    spoiled = replace(state, density=replace(state.density, first=1.01 * state.density.first))
    assert counting_statistics(spoiled).mean_error > 5e-3 * abs(counting_statistics(state).hot.mean)


def test_refused_states_stay_nan() -> None:
    aligned = {"n_hot": 2.0, **BATHS}
    maser = ts.ThermalMaser([0.1, 0.1], dipole_correlation=np.array([0.2, 1.0, 0.4]), **aligned)
    found = statistics(maser, throw=False)
    refusal = np.array([False, True, False])
    for values in (found.hot.mean, found.cold.noise, found.hot.third, found.residual, found.mean_error):
        assert (np.isnan(values) == refusal).all()
    for values in (found.fano_factor, found.skewness, found.uncertainty_ratio):
        assert (np.isnan(values) == refusal).all()


def test_uncoupled_baths_exchange_nothing() -> None:
    for idle in ("gamma_hot", "gamma_cold"):
        rates = {"gamma_hot": 0.05, "gamma_cold": 0.2, idle: 0.0}
        found = statistics(ts.ThermalMaser([0.1], n_hot=2.0, n_cold=0.5, **rates))
        assert np.abs(row(found.hot)).max() <= 1e-16


def test_rates_of_any_size() -> None:
    for scale in (1e-90, 1e-30, 1e30, 1e90):
        rates = {"gamma_hot": 0.05 * scale, "gamma_cold": 0.2 * scale, "n_hot": 2.0, "n_cold": 0.5}
        for splittings in (0.0, [0.0, 0.1 * scale]):
            options = {"omega_cold": scale, "omega_hot": 3.0 * scale, "splittings": np.asarray(splittings)}
            found = statistics(ts.ThermalMaser([0.1 * scale, 0.2 * scale], **rates, **options))
            assert 0.0 < found.hot.mean < found.hot.noise
            assert found.residual <= 1e-14


def test_texts() -> None:
    rng = np.random.default_rng(10)
    assert repr(statistics(degenerate(rng, 2))).startswith("<CountingStatistics: flux ")
    assert repr(statistics(degenerate(rng, 2, detuning=np.zeros(3)))).startswith("<CountingStatistics: batch (3,),")


def test_batches_beyond_the_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    maser = degenerate(np.random.default_rng(14), 900, splittings=np.linspace(0.0, 0.1, 900), detuning=np.zeros(2))
    state = ts.steady_state(maser)
    monkeypatch.setattr(_memory, "available", lambda: 1e6)
    monkeypatch.setattr(counting, "cores", lambda: 2)
    refused(lambda: counting_statistics(state), "`state`", "2 machines of 900 levels", "split the batch")


def test_bad_input() -> None:
    rng = np.random.default_rng(12)
    maser = degenerate(rng, 2)
    qubit = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, np.array([[0.0, 1.0], [0.0, 0.0]]))])
    refused(lambda: counting_statistics(ts.steady_state(qubit)), "`state`", "ThermalMaser", "LindbladSystem")
    refused(lambda: counting_statistics(None), "`state`", "NoneType")
    refused(lambda: counting_statistics(maser), "`state`", "ThermalMaser")
    many = degenerate(rng, 1001, splittings=np.linspace(0.0, 0.1, 1001))
    refused(lambda: statistics(many), "`state`", "1000", "1001 levels")
    refused(lambda: scaled_generating_function(many, 0.1), "`maser`", "1000", "1001 levels")
    refused(lambda: scaled_generating_function(ts.steady_state(maser), 0.1), "`maser`", "SteadyState")
    refused(lambda: scaled_generating_function(None, 0.1), "`maser`", "NoneType")
    batch = degenerate(rng, 2, detuning=np.zeros(3))
    refused(lambda: scaled_generating_function(batch, 0.1), "`maser`", "one machine", "(3,)")
    for field, word in ((np.inf, "finite"), (np.nan, "finite"), (None, "numbers"), ("x", "numbers"), (1j, "real")):
        refused(lambda field=field: scaled_generating_function(maser, field), "`counting_field`", word)
    refused(lambda: scaled_generating_function(maser, [0.0, 101.0]), "`counting_field`", "100")
    refused(lambda: scaled_generating_function(degenerate(rng, 2, splittings=[0.0, 0.1]), -20.5), "-20")
    with pytest.raises(ts.SteadyStateError, match="dark states"):
        scaled_generating_function(degenerate(rng, 2, drive=[0.1, 0.1], dipole_correlation=1.0), 0.1)


def test_levels_that_never_fill_cannot_hide_the_root() -> None:
    """|3> decays slowest, is not driven and never pumped: θ may lie below its decay, where no mode of it matters."""
    options = {"n_cold": 0.0, "gamma_hot": 0.01, "gamma_cold": 1.0}
    maser = ts.ThermalMaser([1.0, 0.0], n_hot=[10.0, 0.0], **options)
    refused(lambda: scaled_generating_function(maser, [0.1, -20.0]), "`counting_field`", "-20")
    # in closed form they are known
    assert (
        scaled_generating_function(
            ts.ThermalMaser([1.0, 0.0], n_hot=0.0, n_cold=2.0, gamma_hot=0.01, gamma_cold=1.0), 20.0
        )
        < 0.0
    )


def test_extreme_counting_fields() -> None:
    maser = degenerate(np.random.default_rng(13), 2)
    with mp.workdps(60):
        equation = section_8b(maser)
        for xi in (-100.0, -30.0, 30.0, 100.0):
            found = float(scaled_generating_function(maser, xi))
            expected = mp.findroot(lambda t, xi=xi: equation(t, mp.mpf(-xi)), mp.mpf(found), tol=1e-60)
            np.testing.assert_allclose(found, float(expected), rtol=1e-12)
