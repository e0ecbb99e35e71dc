"""Which laws hold for currents with the energies of H_0 + V(t), off resonance, at zero temperature and in batches?"""

import numpy as np
import pytest
from hypothesis import given

import torusync as ts
from problems import ENGINE_BATHS, driven, refused
from strategies import masers
from torusync.steady import Status
from torusync.thermo import Bookkeeping, Regime

BARE, DRIVEN = Bookkeeping.BARE, Bookkeeping.DRIVEN


@given(masers())
def test_first_law_and_the_power_of_quanta_that_carry_omega(maser):
    state = ts.steady_state(maser)
    bare, flows = ts.thermodynamics(state), ts.thermodynamics(state, bookkeeping=DRIVEN)
    assert flows.first_law_holds
    assert abs(flows.first_law_residual) <= 1e-12 * flows.gross + 1e-300
    assert flows.power == maser.drive_frequency * flows.flux
    for name in ("flux", "regime_codes", "heat_hot_incoherent", "heat_hot_coherent"):
        assert getattr(flows, name) == getattr(bare, name)
    assert flows.heat_cold - flows.interaction_cold == pytest.approx(float(bare.heat_cold), abs=1e-15 * flows.gross)
    # together the baths leave to the interaction what the drive takes from it
    differs = float(flows.power - bare.power)
    assert flows.interaction_hot + flows.interaction_cold == pytest.approx(differs, abs=1e-12 * flows.gross + 1e-300)


@given(masers(correlated=True))
def test_first_law_with_correlated_dipoles_and_occupations_of_their_own(maser):
    state = ts.steady_state(maser, throw=False)
    flows = ts.thermodynamics(state, bookkeeping=DRIVEN)
    if state.status is Status.SUCCESS:
        assert flows.first_law_holds
    else:
        assert np.isnan(flows.heat_hot)
        assert np.isnan(flows.interaction_cold)


@pytest.mark.parametrize("n_hot", [0.2, 2.0, 5.0])
def test_both_agree_at_resonance_and_degeneracy(n_hot):
    maser = ts.ThermalMaser([0.1, 0.2j, -0.3], **(ENGINE_BATHS | {"n_hot": n_hot}))
    state = ts.steady_state(maser)
    bare, flows = ts.thermodynamics(state), ts.thermodynamics(state, bookkeeping=DRIVEN)
    assert flows.interaction_hot == flows.interaction_cold == bare.interaction_hot == bare.interaction_cold == 0.0
    for name in ("power", "heat_hot", "heat_cold", "entropy_production"):
        assert getattr(flows, name) == pytest.approx(float(getattr(bare, name)), rel=1e-14)
    for name in ("efficiency", "cop"):
        assert getattr(flows, name) == pytest.approx(float(getattr(bare, name)), rel=1e-14, nan_ok=True)


def test_every_result_says_its_bookkeeping():
    state = ts.steady_state(ts.ThermalMaser([0.1], detuning=0.1, **ENGINE_BATHS))
    batch = ts.steady_state(ts.ThermalMaser([[0.1]], detuning=0.1, **ENGINE_BATHS))
    for one in (state, batch):
        for kind, word in ((BARE, "bare energies"), (DRIVEN, "driven energies")):
            flows = ts.thermodynamics(one, bookkeeping=kind)
            assert flows.bookkeeping is kind
            assert word in repr(flows)
    assert ts.thermodynamics(state).bookkeeping is BARE


def test_entropy_production_turns_negative_off_resonance_and_says_so():
    """Near balance J is small and positive, but the quanta carry other energies than the occupations were taken at."""
    options = {"manifold_levels": 1, "cold_temperature": 1.0, "drive": 0.15}
    detuning = np.linspace(-0.3, 0.3, 61)
    maser = ts.ThermalMaser.near_degenerate(hot_temperature=3.05, detuning=detuning, **options)
    state = ts.steady_state(maser)
    bare, flows = ts.thermodynamics(state), ts.thermodynamics(state, bookkeeping=DRIVEN)
    assert bare.second_law_holds.all()
    assert (flows.regime_codes == Regime.ENGINE).all()
    assert not flows.second_law_holds.all()
    assert flows.second_law_holds[30]
    np.testing.assert_array_equal(flows.second_law_holds, flows.entropy_production >= 0.0)
    # it is the sign of β_c(ω_1 + δ a_c/Γ) − β_h(ω_2 − δ a_h/Γ), β from the bare energies
    a_h, a_c = 0.05 * (1 + maser.n_hot[0]), 0.2 * (1 + maser.n_cold)
    delta = -detuning
    force = (1.0 + delta * a_c / (a_h + a_c)) / 1.0 - (3.0 - delta * a_h / (a_h + a_c)) / 3.05
    np.testing.assert_array_equal(flows.second_law_holds, force >= 0.0)
    # an efficiency above Carnot's is the same finding
    np.testing.assert_array_equal(flows.efficiency > 1.0 - 1.0 / 3.05, force < 0.0)


@pytest.mark.parametrize("hot_temperature", [2.0, 3.05, 8.0])
@pytest.mark.parametrize("detuning", [-0.5, -0.1, 0.1, 0.5, 0.9])
def test_entropy_production_is_never_negative_with_occupations_at_the_effective_energies(hot_temperature, detuning):
    """Kalaee and Wacker's way: n_h, n_c at ω_2 − δ a_h/Γ and ω_1 + δ a_c/Γ, found together with the damping."""
    delta, hot, cold = -detuning, 3.0, 1.0
    for _ in range(400):
        n_hot, n_cold = 1 / np.expm1(hot / hot_temperature), 1 / np.expm1(cold / 1.0)
        a_h, a_c = 0.05 * (1 + n_hot), 0.2 * (1 + n_cold)
        hot, cold = 3.0 - delta * a_h / (a_h + a_c), 1.0 + delta * a_c / (a_h + a_c)
    flows = driven(
        ts.ThermalMaser([0.15], n_hot=n_hot, n_cold=n_cold, gamma_hot=0.05, gamma_cold=0.2, detuning=detuning)
    )
    assert hot - cold == pytest.approx(2.0 + detuning, rel=1e-14)
    assert flows.heat_hot == pytest.approx(hot * float(flows.flux), rel=1e-12)
    produced = -flows.heat_hot / hot_temperature - flows.heat_cold / 1.0
    assert produced >= 0.0
    assert produced == pytest.approx(float(flows.flux) * (cold / 1.0 - hot / hot_temperature), rel=1e-10, abs=1e-16)


@pytest.mark.parametrize("detuning", [-2.0, -2.5])
@pytest.mark.parametrize("n_hot", [0.2, 2.0, 5.0])
def test_a_drive_that_does_not_turn_or_turns_backwards_takes_no_work_from_an_engine(detuning, n_hot):
    """Ω = 0 and Ω < 0: the regime stays that of the bare energies, and there is no efficiency."""
    state = ts.steady_state(ts.ThermalMaser([0.3], detuning=detuning, **(ENGINE_BATHS | {"n_hot": n_hot})))
    bare, flows = ts.thermodynamics(state), ts.thermodynamics(state, bookkeeping=DRIVEN)
    assert flows.regime is bare.regime
    assert flows.power == (2.0 + detuning) * flows.flux
    assert not (flows.power == 0.0 and np.signbit(flows.power))
    assert flows.power * bare.power <= 0.0
    assert np.isnan(flows.efficiency)
    assert np.isnan(flows.cop)
    assert flows.first_law_holds


@pytest.mark.parametrize(("n_hot", "n_cold"), [(2.0, 0.0), (0.0, 2.0), ([0.0, 0.0], 2.0), ([0.0, 1.0], 0.5)])
@pytest.mark.parametrize("detuning", [0.0, 0.4, -0.4])
def test_baths_at_zero_temperature(n_hot, n_cold, detuning):
    """Heat given to a bath at zero temperature produces infinite entropy; heat taken from it destroys as much."""
    maser = ts.ThermalMaser(
        np.full(np.size(n_hot), 0.1), detuning=detuning, **(ENGINE_BATHS | {"n_hot": n_hot, "n_cold": n_cold})
    )
    state = ts.steady_state(maser)
    flows = ts.thermodynamics(state, bookkeeping=DRIVEN)
    assert np.isinf(flows.entropy_production)
    assert flows.second_law_holds == (flows.entropy_production > 0.0)
    rest = ts.thermodynamics(
        ts.steady_state(ts.ThermalMaser([0.0], **(ENGINE_BATHS | {"n_cold": 0.0}))), bookkeeping=DRIVEN
    )
    assert rest.entropy_production == 0.0
    assert rest.regime is Regime.IDLE


@pytest.mark.parametrize("kind", Bookkeeping)
@pytest.mark.parametrize("drive", [[0.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
def test_correlated_dipoles_at_zero_temperature(kind, drive):
    """One level may take what another gives: together they only give, Σ_ij P_ij ρ_ij ≥ 0."""
    maser = ts.ThermalMaser(drive, dipole_correlation=0.5, **(ENGINE_BATHS | {"n_hot": 0.0}))
    flows = ts.thermodynamics(ts.steady_state(maser), bookkeeping=kind)
    assert flows.entropy_production == np.inf
    assert flows.second_law_holds


@pytest.mark.parametrize("correlated", [False, True])
@pytest.mark.parametrize("split", [0.0, 0.03])
def test_a_batch_equals_its_points(correlated, split, rng):
    drive = 0.1 * (rng.normal(size=(3, 1, 2)) + 1j * rng.normal(size=(3, 1, 2)))
    options = {
        "n_hot": rng.uniform(0.2, 3.0, (4, 1)) if not split else rng.uniform(1.0, 1.1, (4, 2)),
        "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": rng.uniform(0.1, 0.3, (3, 1)),
        "splittings": split * np.arange(2.0), "detuning": rng.normal(size=4) * 0.2,
        "omega_hot": rng.uniform(2.5, 3.5, (3, 1)), "dipole_correlation": 0.4 * correlated,
    }  # fmt: skip
    together = driven(ts.ThermalMaser(drive, **options))
    assert together.heat_hot.shape == (3, 4)
    for i, j in np.ndindex(3, 4):
        picked = options | {
            "n_hot": options["n_hot"][j], "gamma_cold": options["gamma_cold"][i, 0],
            "detuning": options["detuning"][j], "omega_hot": options["omega_hot"][i, 0],
        }  # fmt: skip
        alone = driven(ts.ThermalMaser(drive[i, 0], **picked))
        for name in ("power", "heat_hot", "heat_cold", "interaction_hot", "interaction_cold", "entropy_production"):
            assert getattr(together, name)[i, j] == pytest.approx(
                float(getattr(alone, name)), rel=1e-11, abs=1e-14 * float(alone.gross)
            )


def test_saved_states_give_the_same_currents(tmp_path):
    maser = ts.ThermalMaser([[0.1, 0.2j]], splittings=[0.0, 0.1], detuning=[0.1, 0.2], **ENGINE_BATHS)
    state = ts.steady_state(maser)
    state.save(tmp_path / "state.npz")
    one, two = (ts.thermodynamics(s, bookkeeping=DRIVEN) for s in (state, ts.load_state(tmp_path / "state.npz")))
    for name in ("power", "heat_hot", "heat_cold", "interaction_hot", "entropy_production"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_points_without_a_state_are_nan_and_undefined():
    dark = ts.ThermalMaser([0.1, 0.1], dipole_correlation=[1.0, 0.5], detuning=0.1, **ENGINE_BATHS)
    flows = driven(dark, throw=False)
    assert flows.regime.tolist() == [Regime.UNDEFINED, Regime.ENGINE]
    for name in ("power", "heat_hot", "heat_cold", "interaction_hot", "interaction_cold", "entropy_production"):
        np.testing.assert_array_equal(np.isnan(getattr(flows, name)), [True, False])


@pytest.mark.parametrize("value", ["bare", "DRIVEN", 0, 1, None, Regime.ENGINE], ids=repr)
def test_other_bookkeepings_are_refused(value):
    state = ts.steady_state(ts.ThermalMaser([0.1], **ENGINE_BATHS))
    refused(lambda: ts.thermodynamics(state, bookkeeping=value), "`bookkeeping`", "Bookkeeping.DRIVEN", repr(value))
