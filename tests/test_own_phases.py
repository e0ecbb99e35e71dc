"""Does the distribution take the phases that the library itself gives, and say so where its values cannot be floats?"""

import numpy as np
import pytest

import torusync as ts
from problems import ENGINE_BATHS, refused
from torusync.phases import phase_gradient, phase_pair_sum


def test_phases_of_levels_without_coherence_are_not_needed():
    rho = np.diag([0.4, 0.3, 0.3]).astype(complex)
    rho[0, 2] = rho[2, 0] = 0.2
    sync = ts.synchronization(rho)
    assert np.isnan(sync.phases).tolist() == [False, True, False]
    assert ts.phase_distribution(rho, sync.phases) == pytest.approx(float(sync.s_max), rel=1e-14)
    assert phase_gradient(rho, sync.phases) == pytest.approx([0.0, 0.0, 0.0], abs=1e-18)
    assert phase_pair_sum(rho, sync.phases) == pytest.approx(float(sync.pair_sum), rel=1e-14)


def test_the_answer_for_a_machine_and_for_a_batch_of_them_is_taken():
    state = ts.steady_state(ts.ThermalMaser([[0.1, 0.2], [0.1, 0.0], [0.0, 0.0]], **ENGINE_BATHS))
    sync = ts.synchronization(state)
    assert np.isnan(sync.phases).any()
    np.testing.assert_allclose(ts.phase_distribution(state, sync.phases), sync.s_max, rtol=1e-12, atol=1e-20)
    # elsewhere a phase that is not there is asked for
    refused(
        lambda: ts.phase_distribution(state, np.where(np.arange(4) == 1, np.nan, 0.0)), "`phases`", "level 1 is nan"
    )


def test_a_state_without_any_coherence_has_no_phases_and_no_height():
    assert ts.phase_distribution(np.eye(3) / 3, np.full(3, np.nan)) == 0.0


def test_five_hundred_levels_do_not_underflow_in_silence():
    size = 500
    rho = np.full((size, size), 1.0 / size)
    phases = ts.synchronization(rho).phases
    refused(lambda: ts.phase_distribution(rho, phases), "`state`", "underflow", "phase_pair_sum")
    assert phase_pair_sum(rho, phases) == pytest.approx((size - 1) / 2, rel=1e-12)
    # the height of no coherence is 0 at any number of levels
    assert ts.phase_distribution(np.eye(size) / size, phases) == 0.0
    refused(
        lambda: phase_gradient(
            np.diag(np.ones(size) / size) + 1e-3 * np.eye(size, k=1) + 1e-3 * np.eye(size, k=-1), np.arange(size)
        ),
        "underflow",
    )
