"""Are currents and noise of chosen channels those of 50 digits, closed forms and QuTiP, and their errors honest?"""

from types import SimpleNamespace

import numpy as np
import pytest
import qutip

import torusync as ts
from channels import LOWER, Pair, as_channels, exactly, thermal
from problems import refused
from torusync.densities import DenseDensity
from torusync.thermo import channels as counting

NET = {"hot": [-1.0, 1.0, 0.0, 0.0], "cold": {2: -1, 3: 1}}
ROWS = np.array([[-1.0, 1.0, 0.0, 0.0], [0.0, 0.0, -1.0, 1.0]])


def counted(system, weights=NET):
    return ts.counting_statistics(ts.steady_state(system), counted=weights)


def random_system(rng, size, spread):
    """Any Hamiltonian and four channels of any operators, with rates and couplings over some orders of magnitude."""

    def matrix():
        return rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))

    h = matrix()
    return (h + h.conj().T) * 10.0 ** rng.uniform(-spread, spread), [
        (10.0 ** rng.uniform(-spread, spread), matrix()) for _ in range(4)
    ]


def assert_honest(found, mean, noise, most):
    assert (np.abs(found.mean - mean) <= found.mean_error).all()
    assert (np.abs(found.covariance - noise) <= found.covariance_error).all()
    assert (found.covariance_error <= most).all()


@pytest.mark.parametrize("dense", [True, False], ids=["inverted", "factorised"])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_fifty_digits_agree_within_the_error(size, dense, monkeypatch):
    if not dense:
        monkeypatch.setattr(counting, "CHANNEL_LEVELS", 1)
    rng = np.random.default_rng([size, dense])
    for spread in (0.0, 1.0, 2.0):
        h, channels = random_system(rng, size, spread)
        weights = rng.normal(size=(2, 4))
        _, mean, noise = exactly(h, channels, weights)
        found = counted(ts.LindbladSystem(h, channels), dict(zip("ab", weights, strict=True)))
        assert_honest(found, mean, noise, 1e-6 * np.abs(noise).max())
        np.testing.assert_allclose(found.covariance, noise, atol=1e-8 * np.abs(noise).max())


@pytest.mark.parametrize("stiff", [1e3, 1e6, 1e9, 1e13])
def test_couplings_far_beyond_the_rates_show_an_error_as_large_as_the_truth(stiff):
    """Residuals are as small as ever; the state is given as it is exactly, so that nothing else is to blame."""
    turning, channels, _ = as_channels(ts.ThermalMaser([0.05 * stiff], n_hot=5.0, n_cold=0.5, gamma_hot=0.05,
                                                       gamma_cold=0.2, detuning=0.3))  # fmt: skip
    rho, mean, noise = exactly(turning, channels, ROWS)
    system = ts.LindbladSystem(turning, channels)
    state = SimpleNamespace(system=system, density=DenseDensity(rho), error=np.float64(0.0))
    found = ts.counting_statistics(state, counted=NET)
    assert_honest(found, mean, noise, np.inf)
    if stiff <= 1e6:
        assert (found.covariance_error <= 1e-9 * stiff * noise.max()).all()


def test_two_levels_between_two_baths():
    """<<n²>> = (a + b)/T − 2 J²/T with J = (a − b)/T, a = u_h d_c, b = d_h u_c, T the sum of all rates."""
    g_h, g_c, n_h, n_c = 0.1, 0.25, 1.2, 0.3
    u_h, d_h, u_c, d_c = 2 * g_h * n_h, 2 * g_h * (1 + n_h), 2 * g_c * n_c, 2 * g_c * (1 + n_c)
    a, b, total = u_h * d_c, d_h * u_c, u_h + d_h + u_c + d_c
    flux = (a - b) / total
    noise = (a + b) / total - 2.0 * flux**2 / total
    w = 1.7
    channels = thermal(LOWER, g_h, n_h) + thermal(LOWER, g_c, n_c)
    carried = {"hot": [-w, w], "cold": [-w, w]}
    system = ts.LindbladSystem(np.diag([0.0, w]), channels, baths={"hot": [0, 1], "cold": [2, 3]}, frequencies=carried)
    found = ts.counting_statistics(ts.steady_state(system))
    assert found.counted == ("hot", "cold")
    expected = w**2 * noise * np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert (np.abs(found.mean - w * flux * np.array([1.0, -1.0])) <= found.mean_error).all()
    assert (np.abs(found.covariance - expected) <= found.covariance_error).all()
    assert (found.covariance_error <= 1e-12).all()
    np.testing.assert_allclose(found.fano_factor, w * noise / flux, rtol=1e-12)
    assert (np.abs(found.fano_factor - w * noise / flux) <= found.fano_factor_error).all()


def test_nothing_is_said_of_a_ratio_to_a_mean_that_may_be_nothing():
    found = counted(ts.LindbladSystem(np.diag([0.0, 1.0]), thermal(LOWER, 0.1, 0.5) * 2))
    assert (np.abs(found.mean) <= found.mean_error).all()
    assert np.isnan(found.fano_factor).all()


def test_the_maser_is_a_special_case():
    maser = ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, splittings=[0.0, 0.1])
    expected = ts.counting_statistics(ts.steady_state(maser))
    turning, channels, _ = as_channels(maser)
    found = counted(ts.LindbladSystem(turning, channels), {"hot": [-1, 1, -1, 1, 0, 0], "cold": {4: -1, 5: 1}})
    quanta = expected.hot.noise * np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert (np.abs(found.covariance - quanta) <= found.covariance_error + expected.noise_error).all()
    np.testing.assert_allclose(found.mean, expected.hot.mean * np.array([1.0, -1.0]), rtol=1e-11)


def test_agrees_with_countstat_of_qutip():
    pair = Pair(coupling=0.3)
    jumps = [qutip.Qobj(np.sqrt(2.0 * g) * x) for g, x in pair.channels]
    generator = qutip.liouvillian(qutip.Qobj(pair.hamiltonian), jumps)
    kicks = [qutip.sprepost(x, x.dag()) for x in jumps]
    rho = qutip.Qobj(ts.steady_state(pair.system()).rho)
    mean, noise, _ = qutip.countstat_current_noise(
        generator, [], rhoss=rho, J_ops=[kicks[0] + kicks[1], kicks[2] + kicks[3]],
        I_ops=[kicks[1] - kicks[0], kicks[3] - kicks[2]], sparse=False,
    )  # fmt: skip
    found = counted(pair.system())
    np.testing.assert_allclose(found.mean, np.ravel(mean), rtol=1e-9)
    np.testing.assert_allclose(np.diagonal(found.covariance), [noise[0, 0, 0], noise[1, 1, 0]], rtol=1e-9)


def test_a_batch_is_its_points_and_points_without_a_state_stay_without():
    pair, coupling = Pair(), np.array([[0.05], [0.4]])
    exchange = (pair.hamiltonian - pair.bare) / pair.coupling
    rates = [(g * np.array([1.0, 0.0, 2.0]), x) for g, x in pair.channels]
    system = ts.LindbladSystem(pair.bare + coupling[..., None, None] * exchange, rates)
    found = ts.counting_statistics(ts.steady_state(system, throw=False), counted=NET)
    assert found.covariance.shape == (2, 3, 2, 2)
    assert np.isnan(found.covariance[:, 1]).all()
    for i in range(2):
        for j in (0, 2):
            one = counted(system[i, j])
            np.testing.assert_allclose(found[i, j].covariance, one.covariance, rtol=1e-10)
            np.testing.assert_allclose(found[i, j].mean, one.mean, rtol=1e-10)


def test_many_levels_are_factorised():
    """A damped mode at n quanta: net quanta from one of two baths at one temperature have Fano's two-way noise.

    Counted at both together nothing flows on, and the noise is nothing: what enters leaves.
    """
    lower = np.diag(np.sqrt(np.arange(1.0, 20.0)), 1)
    channels = thermal(lower, 0.1, 0.2) + thermal(lower, 0.3, 0.05)
    both = {"all": [-1.0, 1.0, -1.0, 1.0], "hot": [-1.0, 1.0, 0.0, 0.0]}
    found = counted(ts.LindbladSystem(np.diag(np.arange(20.0)), channels), both)
    assert abs(found.noise[0]) <= found.noise_error[0] < 1e-9
    # <n> = (0.1·0.2 + 0.3·0.05)/0.4, and J = 2·0.1 (0.2 − <n>)
    mean = (0.1 * 0.2 + 0.3 * 0.05) / 0.4
    np.testing.assert_allclose(found.mean[1], 0.2 * (0.2 - mean), rtol=1e-8)


def test_bad_input():
    state = ts.steady_state(Pair().system())
    for weights, *words in (
        ({}, "`counted`", "empty"), ([1.0], "`counted`", "weights of channels"), ({1: [1.0] * 4}, "`counted`", "1"),
        ({"a": [1.0]}, "one weight for each of 4 channels"), ({"a": {4: 1.0}}, "4 channels", "4"),
        ({"a": {0: [1.0, 2.0]}}, "one weight a channel"), ({"a": {-1: 1.0}}, "at least 0"), ({"a": {0: np.nan}}, "nan"),
    ):  # fmt: skip
        refused(lambda weights=weights: ts.counting_statistics(state, counted=weights), *words)
    refused(lambda: ts.counting_statistics(state), "`state`", "'hot' has no frequencies")
    flows = ts.thermodynamics(ts.steady_state(ts.ThermalMaser([0.1], n_hot=1, n_cold=2, gamma_hot=1, gamma_cold=1)))
    refused(lambda: ts.counting_statistics(state, flows=flows, counted=NET), "`flows`")
    maser = ts.steady_state(ts.ThermalMaser([0.1], n_hot=1, n_cold=2, gamma_hot=1, gamma_cold=1))
    refused(lambda: ts.counting_statistics(maser, counted=NET), "`state`", "ThermalMaser")
    refused(lambda: ts.counting_statistics(Pair().system(), counted=NET), "solve it first")
