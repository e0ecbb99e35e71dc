"""Which laws hold for every machine and every state?  A failure names the law that broke."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import torusync as ts
from problems import BATHS
from strategies import angle, masers, states
from torusync.measures import l1_coherence, relative_entropy_of_coherence
from torusync.phases import Optimum
from torusync.thermo import Regime


@given(masers())
def test_trace_hermiticity_and_positivity(maser):
    state = ts.steady_state(maser)
    rho = state.rho
    assert np.trace(rho).real == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(rho, rho.conj().T, atol=1e-16)
    assert state.min_eigenvalue >= -1e-14
    assert np.linalg.eigvalsh(rho)[0] >= -1e-14


@given(masers(correlated=True, one_occupation=True))
def test_correlated_dipoles_at_one_occupation_give_states(maser):
    """Equal n: the generator is of Lindblad form."""
    state = ts.steady_state(maser)
    assert np.trace(state.rho).real == pytest.approx(1.0, abs=1e-12)
    assert state.min_eigenvalue >= -1e-14


@given(masers())
def test_first_law(maser):
    flows = ts.thermodynamics(ts.steady_state(maser))
    assert flows.first_law_holds
    assert abs(flows.first_law_residual) <= 1e-12 * flows.gross + 1e-300


@given(masers())
def test_second_law_for_independent_dipoles(maser):
    flows = ts.thermodynamics(ts.steady_state(maser))
    assert flows.second_law_holds
    assert flows.entropy_production >= -1e-12 * flows.gross - 1e-300


@given(masers(one_occupation=True))
def test_the_warmer_bath_decides_the_regime(maser):
    flows = ts.thermodynamics(ts.steady_state(maser))
    n_hot, n_cold = float(np.max(maser.n_hot)), float(maser.n_cold)
    wanted = Regime.ENGINE if n_hot > n_cold else Regime.REFRIGERATOR
    assert flows.regime in {wanted, Regime.IDLE}
    if flows.regime is Regime.ENGINE:
        carnot = 1.0 - np.log1p(1.0 / n_hot) / np.log1p(1.0 / max(n_cold, 1e-300)) if n_cold > 0 else 1.0
        assert carnot > 0.0


@given(masers())
def test_s_max_is_proven(maser):
    """Independent dipoles: the certificate closes in either regime, unless occupations differ strongly."""
    sync = ts.synchronization(ts.steady_state(maser))
    assert sync.pair_sum_bound >= sync.pair_sum
    assert sync.relative_gap <= 1e-2
    if np.ptp(maser.n_hot) == 0.0:
        assert sync.certified


@given(masers())
def test_no_drive_no_coherence(maser):
    still = ts.ThermalMaser(
        np.zeros(maser.manifold_levels), n_hot=maser.n_hot, n_cold=maser.n_cold, gamma_hot=maser.gamma_hot,
        gamma_cold=maser.gamma_cold, splittings=maser.splittings, detuning=maser.detuning,
    )  # fmt: skip
    sync = ts.synchronization(ts.steady_state(still))
    assert sync.s_max == 0.0
    assert sync.optimum is Optimum.UNDEFINED
    assert np.isnan(sync.phases).all()


@given(masers(), st.lists(angle, min_size=5, max_size=5))
def test_phases_of_the_drive_move_phases_only(maser, turns):
    """λ_j → λ_j e^{iχ_j} is a change of gauge: S_max, populations and power stay."""
    turned = ts.ThermalMaser(
        maser.drive * np.exp(1j * np.array(turns[: maser.manifold_levels])), n_hot=maser.n_hot, n_cold=maser.n_cold,
        gamma_hot=maser.gamma_hot, gamma_cold=maser.gamma_cold, splittings=maser.splittings, detuning=maser.detuning,
    )  # fmt: skip
    first, second = ts.steady_state(maser), ts.steady_state(turned)
    np.testing.assert_allclose(first.populations, second.populations, atol=1e-13)
    one, two = ts.synchronization(first), ts.synchronization(second)
    assert two.pair_sum == pytest.approx(float(one.pair_sum), rel=1e-8, abs=1e-13)


@given(masers())
def test_shares_sum_to_s_max(maser):
    sync = ts.synchronization(ts.steady_state(maser))
    assert sync.entrainment + sync.mutual == pytest.approx(float(sync.s_max), rel=1e-12, abs=1e-18)


@given(states())
def test_s_has_zero_mean_on_the_torus(rho):
    size = len(rho)
    grid = 2.0 * np.pi * np.arange(3) / 3
    phases = np.stack(np.meshgrid(*[grid] * size, indexing="ij"), axis=-1).reshape(-1, size)
    assert ts.phase_distribution(rho, phases).mean() == pytest.approx(0.0, abs=1e-16)


@given(states(), st.lists(angle, min_size=6, max_size=6))
def test_s_max_does_not_depend_on_the_gauge(rho, turns):
    u = np.exp(1j * np.array(turns[: len(rho)]))
    turned = u[:, np.newaxis] * rho * u.conj()
    one, two = ts.synchronization(rho), ts.synchronization(turned)
    if one.certified and two.certified:
        assert two.pair_sum == pytest.approx(float(one.pair_sum), rel=1e-8)
    # either bound holds for both
    assert max(one.pair_sum, two.pair_sum) <= min(one.pair_sum_bound, two.pair_sum_bound)


@given(states(), st.randoms(use_true_random=False))
def test_s_max_does_not_depend_on_the_order_of_levels(rho, random):
    order = list(range(len(rho)))
    random.shuffle(order)
    one, two = ts.synchronization(rho), ts.synchronization(rho[np.ix_(order, order)])
    assert max(one.pair_sum, two.pair_sum) <= min(one.pair_sum_bound, two.pair_sum_bound)


@given(states())
def test_s_max_lies_between_the_largest_coherence_and_the_l1_bound(rho):
    sync = ts.synchronization(rho)
    off = np.abs(rho - np.diag(np.diag(rho)))
    assert sync.pair_sum >= off.max() * (1.0 - 1e-12)
    assert sync.pair_sum <= 0.5 * off.sum() * (1.0 + 1e-12)
    assert sync.pair_sum_bound <= 0.5 * off.sum() * (1.0 + 1e-12)
    assert sync.l1_coherence == pytest.approx(float(l1_coherence(rho)), rel=1e-12)
    assert 0.0 <= sync.frustration <= 1.0


@given(states())
def test_the_value_is_attained_at_the_phases_reported(rho):
    sync = ts.synchronization(rho)
    attained = ts.phase_distribution(rho, np.nan_to_num(sync.phases))
    assert attained == pytest.approx(float(sync.s_max), rel=1e-11)
    assert sync.scaled == pytest.approx((2 * np.pi) ** (len(rho) - 2) * float(sync.s_max), rel=1e-12)


@given(states(largest=3))
def test_three_levels_are_always_certified(rho):
    """With three phases the semidefinite relaxation is tight."""
    assert ts.synchronization(rho).certified


@given(states())
def test_relative_entropy_of_coherence_is_not_negative(rho):
    assert relative_entropy_of_coherence(rho) >= 0.0
    assert relative_entropy_of_coherence(np.diag(np.diag(rho))) <= 1e-14


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.02]), st.sampled_from([0.2, 5.0]))
def test_a_batch_equals_its_points(seed, split, n_hot):
    rng = np.random.default_rng(seed)
    drive = 0.2 * (rng.normal(size=(3, 4)) + 1j * rng.normal(size=(3, 4)))
    detuning = rng.normal(size=3) * 0.1
    fixed = {
        "n_hot": n_hot, **BATHS,
        "splittings": split * np.arange(4.0),
    }  # fmt: skip
    together = ts.steady_state(ts.ThermalMaser(drive, detuning=detuning, **fixed))
    sync, flows = ts.synchronization(together), ts.thermodynamics(together)
    for point in range(3):
        alone = ts.steady_state(ts.ThermalMaser(drive[point], detuning=detuning[point], **fixed))
        np.testing.assert_allclose(together.rho[point], alone.rho, atol=1e-15)
        one = ts.synchronization(alone)
        assert sync.pair_sum[point] == pytest.approx(float(one.pair_sum), rel=1e-12)
        assert sync.optimum[point] == one.optimum
        assert flows.power[point] == pytest.approx(float(ts.thermodynamics(alone).power), rel=1e-12)
