"""Do error bars contain the truth as often as they say?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, ENGINE_BATHS
from torusync.analysis import bootstrap_counts, bootstrap_covariance, real_vector
from torusync.analysis.bootstrap import nearest_states


@pytest.fixture(scope="module")
def rho():
    """A three-level state with coherences well above the noise below, and phases that fit together."""
    amplitudes = np.sqrt([0.5, 0.3, 0.2]) * np.exp(1j * np.array([0.0, 1.0, 2.5]))
    return 0.8 * np.outer(amplitudes, amplitudes.conj()) + 0.2 * np.eye(3) / 3


def simulated_estimates(rho, counts, repetitions, rng):
    """The stated tomography done by hand with projectors, independently of the bootstrap."""
    size = len(rho)
    found = np.zeros((repetitions, size, size), dtype=complex)
    diagonal = rng.multinomial(counts, np.diag(rho).real, size=repetitions) / counts
    found[:, np.arange(size), np.arange(size)] = diagonal
    for i in range(size):
        for j in range(i + 1, size):
            parts = []
            for turn in (1.0, 1j):
                kets = []
                for sign in (1.0, -1.0):
                    ket = np.zeros(size, dtype=complex)
                    ket[i], ket[j] = 1.0, sign * turn
                    kets.append(ket / np.sqrt(2))
                p = [np.real(ket.conj() @ rho @ ket) for ket in kets]
                seen = rng.multinomial(counts, [*p, 1 - sum(p)], size=repetitions) / counts
                parts.append(0.5 * (seen[:, 0] - seen[:, 1]))
            # <±i|ρ|±i>: half the difference is Re(i ρ_ij) = −Im ρ_ij
            found[:, i, j] = parts[0] - 1j * parts[1]
            found[:, j, i] = np.conj(found[:, i, j])
    return found


def test_the_real_vector_has_the_stated_order():
    rho = np.array([[0.5, 1 + 2j, 3 + 4j], [1 - 2j, 0.3, 5 + 6j], [3 - 4j, 5 - 6j, 0.2]])
    np.testing.assert_array_equal(real_vector(rho), [0.5, 0.3, 0.2, 1, 3, 5, 2, 4, 6])


def test_standard_errors_are_those_of_repeated_tomographies(rho):
    """The spread of 2000 simulated experiments, each analysed on its own."""
    counts = 2000
    estimates = simulated_estimates(rho, counts, 2000, np.random.default_rng(1))
    truth = ts.synchronization(nearest_states(estimates))
    bars = bootstrap_counts(rho, counts, replicates=2000, seed=2)
    assert bars.s_max_error == pytest.approx(float(truth.s_max.std()), rel=0.1)
    spread = np.angle(np.exp(1j * (truth.phases - ts.synchronization(rho).phases))).std(axis=0)
    np.testing.assert_allclose(bars.phase_error, spread, rtol=0.1, atol=1e-12)
    assert bars.phases_determined
    assert bars.uncertified == 0


def test_intervals_contain_the_truth_about_as_often_as_they_say(rho):
    """Each of 100 experiments gets its own bootstrap; after its bias is removed, 95 % mean 95 % within sampling."""
    truth = float(ts.synchronization(rho).s_max)
    inside = 0
    for index, estimate in enumerate(nearest_states(simulated_estimates(rho, 2000, 100, np.random.default_rng(3)))):
        bars = bootstrap_counts(estimate, 2000, replicates=200, seed=index)
        low, high = bars.s_max_interval - 2.0 * bars.s_max_bias
        inside += low <= truth <= high
    assert 85 <= inside <= 100


HARD = {
    "unique": (np.array([1.0, 2.0, 1.5]), 3000),
    "tie": (ts.ThermalMaser([0.1, 0.1], n_hot=1.0, **BATHS), 30_000),
    "weak": (ts.ThermalMaser([0.1, 0.1], **ENGINE_BATHS), 300),
    "continuum": (ts.ThermalMaser([0.4] * 3, **ENGINE_BATHS), 30_000),
    "pure": (np.array([0.7, 0.5j, -0.5]), 1000),
    "no coherence": (None, 1000),
}


@pytest.mark.parametrize("name", HARD)
def test_the_confidence_interval_keeps_its_word_where_percentiles_do_not(name):
    """60 experiments each: ties, continua, pure states and noise above the signal.  Seen: 59 or 60 inside."""
    subject, counts = HARD[name]
    if isinstance(subject, ts.ThermalMaser):
        rho = ts.steady_state(subject).rho
    elif subject is None:
        rho = np.diag([0.5, 0.3, 0.2]).astype(complex)
    else:
        rho = np.outer(subject, subject.conj()) / np.vdot(subject, subject)
        rho = rho if name == "pure" else 0.7 * rho + 0.1 * np.eye(3)
    truth = float(ts.synchronization(rho).s_max)
    inside = percentiles = resolved = 0
    for index, estimate in enumerate(nearest_states(simulated_estimates(rho, counts, 60, np.random.default_rng(11)))):
        bars = bootstrap_counts(estimate, counts, replicates=100, seed=index)
        inside += bars.s_max_confidence[0] <= truth <= bars.s_max_confidence[1]
        percentiles += bars.s_max_interval[0] <= truth <= bars.s_max_interval[1]
        resolved += bars.resolved
    assert inside >= 54
    if name == "weak":
        assert percentiles <= 5  # why the percentiles are not called a confidence interval
    if name == "no coherence":
        assert resolved <= 6
    if name in {"unique", "pure"}:
        assert resolved == 60


def test_the_confidence_interval_is_not_idle(rho):
    """It is at most three times as wide as a normal interval would be for a unique optimum."""
    bars = bootstrap_counts(rho, 10**4)
    low, high = bars.s_max_confidence
    assert low < bars.estimate.s_max < high
    assert high - low < 3.0 * 3.92 * bars.s_max_error


def test_a_pure_state_is_biased_downwards():
    """The return to a density matrix takes from a pure state what noise put outside."""
    ket = np.sqrt([0.5, 0.3, 0.2])
    assert bootstrap_counts(np.outer(ket, ket), 1000).s_max_bias < 0.0


def test_noise_biases_the_maximum_upwards():
    """A diagonal state has S_max = 0; every tomography of it finds more."""
    bars = bootstrap_counts(np.diag([0.5, 0.3, 0.2]), 1000, seed=4)
    assert bars.estimate.s_max == 0.0
    assert bars.s_max_bias > 3.0 * bars.s_max_error > 0.0
    assert bars.s_max_corrected == 0.0
    assert not bars.phases_determined
    assert np.isnan(bars.phase_error).all()


def test_errors_fall_with_the_square_root_of_the_counts(rho):
    few, many = (bootstrap_counts(rho, counts, replicates=1000, seed=5).s_max_error for counts in (10**4, 10**6))
    assert few / many == pytest.approx(10.0, rel=0.15)


def test_a_covariance_does_as_the_counts_that_made_it(rho):
    counts = 5000
    samples = real_vector(simulated_estimates(rho, counts, 4000, np.random.default_rng(6)))
    bars = bootstrap_covariance(rho, np.cov(samples.T), replicates=2000, seed=7)
    same = bootstrap_counts(rho, counts, replicates=2000, seed=8)
    assert bars.s_max_error == pytest.approx(same.s_max_error, rel=0.1)


def test_seeds_reproduce_and_differ(rho):
    one, two, three = (bootstrap_counts(rho, 1000, replicates=50, seed=seed).s_max_error for seed in (1, 1, 2))
    assert one == two != three


def test_a_continuum_of_optima_has_no_determined_phases():
    maser = ts.ThermalMaser(np.full(4, 0.3), **ENGINE_BATHS)
    assert not bootstrap_counts(ts.steady_state(maser), 10**8, replicates=20).phases_determined


def test_nearest_states_are_states_and_keep_states(rho):
    np.testing.assert_allclose(nearest_states(rho), rho, atol=1e-15)
    found = nearest_states(np.diag([1.2, 0.1, -0.3]).astype(complex))
    np.testing.assert_allclose(np.diag(found).real, [1.0, 0.0, 0.0], atol=1e-15)
    found = nearest_states(np.diag([0.7, 0.5, -0.2]).astype(complex))
    np.testing.assert_allclose(np.diag(found).real, [0.6, 0.4, 0.0], atol=1e-15)


@pytest.mark.parametrize(
    ("covariance", "word"),
    [
        (np.eye(4), r"shape \(9, 9\)"),
        (np.triu(np.ones((9, 9))), "symmetric"),
        (-np.eye(9), "positive semidefinite"),
        (np.full((9, 9), np.nan), "finite"),
    ],
    ids=["shape", "symmetric", "positive", "finite"],
)
def test_a_wrong_covariance_is_refused(covariance, word, rho):
    with pytest.raises(ts.ArgumentError, match=word):
        bootstrap_covariance(rho, covariance)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"counts": 0}, "Argument `counts` must be at least 1, but it is 0."),
        ({"counts": 10**20}, "Argument `counts` must be at most 1e+15, but it is 100000000000000000000."),
        ({"replicates": 1}, "Argument `replicates` must be at least 2, but it is 1."),
        ({"replicates": 10**12}, "Argument `replicates` must be at most 14913080 for 3 levels, but it is 10"),
        ({"seed": -1}, "Argument `seed` must be at least 0, but it is -1."),
    ],
)
def test_numbers_out_of_range_are_refused_before_memory_is(options, text, rho):
    options = {"counts": 100} | options
    with pytest.raises(ts.ArgumentError) as caught:
        bootstrap_counts(rho, **options)
    assert str(caught.value).startswith(text)


def test_the_smallest_states_have_error_bars():
    one = bootstrap_counts(np.ones((1, 1)), 10)
    assert one.s_max_error == one.s_max_bias == 0.0
    assert not one.resolved
    two = bootstrap_counts(np.full((2, 2), 0.5), 10**6)
    assert two.phases_determined
    np.testing.assert_allclose(two.phase_error, [0.0, 1e-3], rtol=0.2, atol=1e-12)


def test_no_noise_gives_no_error(rho):
    bars = bootstrap_covariance(rho, np.zeros((9, 9)), replicates=5)
    assert bars.s_max_error == pytest.approx(0.0, abs=1e-16)
    np.testing.assert_allclose(bars.s_max_confidence, float(bars.estimate.s_max), rtol=1e-12)
    np.testing.assert_allclose(bars.phase_error, 0.0, atol=1e-6)


def test_a_batch_is_refused(rho):
    with pytest.raises(ts.ArgumentError, match="one density matrix"):
        bootstrap_counts(np.stack([rho, rho]), 100)
