"""Is a maser's noise never farther off than it says, and hardly nearer, also where couplings exceed rates by 10¹⁴?"""

import copy

import numpy as np
import pytest

import torusync as ts
from tilted import exactly, statistics
from torusync.thermo import counting

LETTER = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
NAMES = ("mean", "noise", "third")


def errors(found):
    return np.array([found.mean_error, found.noise_error, found.third_error])


def off(found, expected):
    return np.abs([getattr(found.hot, name) for name in NAMES] - expected)


def assert_honest(maser, nearly=np.inf):
    """No error is below the truth, none more than ``nearly`` times it where it leaves a digit, or rounding."""
    found, expected = statistics(maser, throw=False), exactly(maser)
    assert (off(found, expected) <= errors(found)).all()
    size = np.abs(expected)
    near = np.array(found._errors[:3]) <= nearly * np.maximum(off(found, expected), 2e-16 * size)
    assert near.all() or (off(found, expected) > 0.1 * size).any()
    return found, expected


def stiff(rng, levels, *, strong=None):
    """A machine of either regime: couplings up to 10¹⁴ times the hot rate, dipoles and occupations of any kind."""
    slow, kind, up = 10.0 ** rng.uniform(-4, 0), rng.integers(5), 10.0 ** rng.uniform(-1, 1)
    strong = 10.0 ** rng.uniform(-1, 14) if strong is None else strong
    drive = (rng.normal(size=levels) + 1j * rng.integers(2) * rng.normal(size=levels)) * slow * strong
    n_hot, n_cold = (5.0 * up, 0.5 * up) if rng.random() < 0.5 else (0.3 * up, 4.0 * up)
    more = {"n_hot": n_hot, "detuning": slow * 10.0 ** rng.uniform(-2, 1) * rng.uniform(-0.02, 0.02)}
    if kind > 0:
        more["splittings"] = np.append(0.0, slow * 10.0 ** rng.uniform(-6, 1) * rng.uniform(-0.02, 0.02, levels - 1))
    if kind in (2, 3):
        more["dipole_correlation"] = rng.choice([0.3, 0.9, 0.999])
    if kind in (3, 4):
        more["n_hot"] = n_hot * rng.uniform(1.0, 2.0, levels)
    return ts.ThermalMaser(drive, n_cold=n_cold, gamma_hot=slow, gamma_cold=10.0 ** rng.uniform(-4, 0), **more)


@pytest.mark.parametrize("levels", [1, 2, 3, 4])
def test_stiff_machines_know_how_far_off_they_are(levels):
    rng, known = np.random.default_rng(levels), 0
    for _ in range((24, 24, 8, 3)[levels - 1]):
        maser = stiff(rng, levels)
        if np.isfinite(statistics(maser, throw=False).hot.noise):
            assert_honest(maser, nearly=30.0)
            known += 1
    assert known


def test_machines_that_lose_every_digit_say_so():
    """Near-degenerate or correlated engines of two levels; the residual is as small as ever.

    Of the noise a per cent to a half is wrong, and the uncertainty ratio of some falls below the 2 that the true one
    exceeds: no violation may be claimed.
    """
    rng, lost, false = np.random.default_rng(5), 0, 0
    for _ in range(40):
        slow, n_hot, kind = 10.0 ** rng.uniform(-15.3, -13.5), 10.0 ** rng.uniform(-0.5, 1.0), rng.integers(3)
        more = (
            {"splittings": [0.0, 10.0 ** rng.uniform(-16, -12)]},
            {"splittings": [0.0, 10.0 ** rng.uniform(-3, 0)]},
            {"dipole_correlation": rng.uniform(0.0, 0.9)},
        )[kind]
        n_cold = n_hot * rng.uniform(0.05, 0.7)
        rates = {"gamma_hot": slow, "gamma_cold": 10.0 ** rng.uniform(-14.5, -1)}
        maser = ts.ThermalMaser(rng.uniform(0.05, 1.5, 2), n_hot=n_hot, n_cold=n_cold, **rates, **more)
        if not np.isfinite(statistics(maser, throw=False).hot.noise):
            continue
        found, expected = assert_honest(maser)
        ratio = expected[1] / expected[0] * np.log((1.0 + 1.0 / n_cold) / (1.0 + 1.0 / n_hot))
        assert not abs(found.uncertainty_ratio - ratio) > found.uncertainty_ratio_error
        assert not found.beats_classical or ratio < 2.0
        wrong = off(found, expected)[1] > 0.03 * expected[1]
        lost += wrong and found.residual < 1e-14
        false += wrong and found.uncertainty_ratio < 2.0 < ratio
    assert lost >= 8
    assert false >= 2


def test_terms_that_cancel_in_the_closed_form_are_felt():
    """Far from resonance and with many dark levels the derivatives of P are sums of either sign."""
    for detuning, levels in ((30.0, 2), (0.3, 3), (1e4, 1)):
        assert_honest(ts.ThermalMaser(np.full(levels, 0.1), detuning=detuning, **LETTER), nearly=30.0)


def test_a_machine_without_a_bath_has_no_noise_and_says_how_surely():
    found = statistics(ts.ThermalMaser([0.1], n_hot=2.0, n_cold=0.5, gamma_hot=0.0, gamma_cold=0.2))
    assert abs(found.hot.noise) <= found.noise_error < 1e-12


def test_the_uncertainty_relation_is_judged_by_the_error():
    """Coherence beats the classical 2 (Kalaee, Wacker and Potts)."""
    quiet = statistics(ts.ThermalMaser([0.7], n_hot=0.3, n_cold=32.0, gamma_hot=0.5, gamma_cold=0.01))
    assert quiet.beats_classical
    assert quiet.uncertainty_ratio_error < 1e-10
    assert not statistics(ts.ThermalMaser([0.7], **LETTER)).beats_classical


def test_ratios_know_what_their_parts_leave_open():
    found = statistics(ts.ThermalMaser([0.1, 0.2], splittings=[0.0, 0.1], **LETTER))
    noise, mean, sigma = exactly(ts.ThermalMaser([0.1, 0.2], splittings=[0.0, 0.1], **LETTER))[[1, 0, 0]]
    assert abs(found.fano_factor - noise / mean) <= found.fano_factor_error < 1e-12
    assert found.uncertainty_ratio_error >= found.fano_factor_error * found.entropy_production / sigma
    rest = statistics(ts.ThermalMaser([0.1, 0.2], **{**LETTER, "n_hot": 0.5}))
    assert np.isnan([rest.fano_factor_error, rest.uncertainty_ratio_error]).all()


@pytest.mark.parametrize("apart", [0.0, 0.1], ids=["closed form", "Schur form"])
def test_errors_are_worked_out_where_one_is_asked_for_and_once(apart, monkeypatch):
    asked = []
    worked_out = counting.cumulant_errors
    monkeypatch.setattr(counting, "cumulant_errors", lambda *known: asked.append(1) or worked_out(*known))
    drive = np.linspace(0.1, 0.4, 6).reshape(3, 1, 2)
    found = statistics(ts.ThermalMaser(drive, splittings=[0.0, apart], **{**LETTER, "n_cold": np.array([0.5, 0.6])}))
    repr(found), found.hot.noise, found.cold.third, found.uncertainty_ratio, found.residual, found[0].hot.noise
    assert not asked
    assert found.noise_error.shape == (3, 2)
    repr([found.noise_error, found.third_error, found.mean_error, found.beats_classical, found.fano_factor_error])
    assert len(asked) == 1
    # points that are taken out, and a copy from elsewhere, say what the batch says
    for i, j in ((0, 1), (2, 0)):
        np.testing.assert_allclose(found[i, j].noise_error, found.noise_error[i, j], rtol=0.5)
    assert isinstance(found[0, 0].third_error, float)
    np.testing.assert_array_equal(copy.deepcopy(found).noise_error, found.noise_error)


def test_points_without_a_state_have_no_errors_and_points_of_which_nothing_is_known_have_infinite_ones():
    drive = np.array([[0.1, 0.2], [0.0, 0.0], [0.2, 0.2]])
    rates = {**LETTER, "gamma_hot": np.array([0.05, 0.0, 0.05])}
    found = statistics(ts.ThermalMaser(drive, splittings=[0.0, 0.1], **rates), throw=False)
    np.testing.assert_array_equal(np.isnan(errors(found)).all(axis=0), [False, True, False])
    block = ts.ThermalMaser([1e14, 2e14], splittings=[0.0, 0.3], **{**LETTER, "gamma_hot": 1e-9}).generator()
    assert np.isinf(counting.cumulant_errors(block, np.ones((3, 1)))).all()
