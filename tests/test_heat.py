"""Are heat, work and entropy of named baths those of closed forms, of the maser, of qthermo, and are both laws told?"""

from dataclasses import replace

import numpy as np
import pytest
import qthermo

import torusync as ts
from channels import LOWER, Pair, as_channels, occupation, thermal, unit
from problems import refused
from torusync.densities import DenseDensity
from torusync.thermo import FirstLaw, SecondLaw
from torusync.thermo import exchange as exchange_module

RATES = {"gamma_hot": 0.05, "gamma_cold": 0.2}


def flows_of(system):
    return ts.thermodynamics(ts.steady_state(system))


def agrees(found, expected, error):
    assert np.abs(found - expected).max() <= np.max(error) + 1e-15


@pytest.mark.parametrize("n_hot", [5.0, 0.2], ids=["engine", "refrigerator"])
@pytest.mark.parametrize("apart", [0.0, 0.1], ids=["degenerate", "split"])
def test_the_maser_is_a_system_with_two_baths(n_hot, apart):
    maser = ts.ThermalMaser([0.1, 0.2j], n_hot=n_hot, n_cold=0.5, detuning=0.05, splittings=[0.0, apart], **RATES)
    expected = ts.thermodynamics(ts.steady_state(maser))
    turning, channels, bare = as_channels(maser)
    baths, energies = {"hot": [0, 1, 2, 3], "cold": [4, 5]}, np.diag(bare)
    carried = {"hot": np.ravel([[-w, w] for w in energies[2:]]), "cold": [-energies[1], energies[1]]}
    found = flows_of(ts.LindbladSystem(turning, channels, baths=baths, frequencies=carried, energies=bare))
    for name in ("power", "entropy_production", "efficiency"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        assert np.isnan(ours) == np.isnan(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    np.testing.assert_allclose(found.heat, [expected.heat_hot, expected.heat_cold], rtol=1e-12)
    assert (found.first_law, found.second_law) == (FirstLaw.HOLDS, SecondLaw.PROVEN)
    # the same without a frequency, each level's bath with the temperature of its occupation
    warm = {f"hot {j}": energies[j + 2] / np.log1p(1.0 / n_hot) for j in range(2)}
    warm["cold"] = energies[1] / np.log1p(2.0)
    by_level = {"hot 0": [0, 1], "hot 1": [2, 3], "cold": [4, 5]}
    other = flows_of(ts.LindbladSystem(turning, channels, baths=by_level, temperatures=warm, energies=bare))
    np.testing.assert_allclose([other.heat[:2].sum(), other.heat[2]], found.heat, rtol=1e-12)
    np.testing.assert_allclose(other.entropy_production, found.entropy_production, rtol=1e-11)
    np.testing.assert_allclose(other.cop, expected.cop, rtol=1e-11)
    common = other.temperatures[1:] if not apart else [np.nan, other.temperatures[2]]
    np.testing.assert_allclose(found.temperatures, common, rtol=1e-13)
    assert (other.first_law, other.second_law) == (FirstLaw.HOLDS, SecondLaw.PROVEN)


def test_scovil_and_dubois():
    """The three-level amplifier: η = 1 − ω_1/ω_2, whatever else it is."""
    maser = ts.ThermalMaser([0.3], n_hot=4.0, n_cold=0.1, omega_cold=1.0, omega_hot=2.5, **RATES)
    turning, channels, bare = as_channels(maser)
    told = {"baths": {"hot": [0, 1], "cold": [2, 3]}, "energies": bare}
    found = flows_of(ts.LindbladSystem(turning, channels, **told))
    assert abs(found.efficiency - 0.6) <= found.efficiency_error < 1e-8
    assert found.second_law is SecondLaw.NO_TEMPERATURE
    assert np.isnan(found.entropy_production)


def test_two_levels_between_two_baths():
    """J = (u_h d_c − d_h u_c)/(u_h + u_c + d_h + d_c) quanta, of ω each, with the rates of populations u and d."""
    w, hot, cold, g_h, g_c = 1.3, 2.0, 0.7, 0.1, 0.25
    n_h, n_c = occupation(w, hot), occupation(w, cold)
    u_h, d_h, u_c, d_c = 2 * g_h * n_h, 2 * g_h * (1 + n_h), 2 * g_c * n_c, 2 * g_c * (1 + n_c)
    flux = (u_h * d_c - d_h * u_c) / (u_h + u_c + d_h + d_c)
    channels = thermal(LOWER, g_h, n_h) + thermal(LOWER, g_c, n_c)
    baths = {"hot": [0, 1], "cold": [2, 3]}
    found = flows_of(
        ts.LindbladSystem(np.diag([0.0, w]), channels, baths=baths, temperatures={"hot": hot, "cold": cold})
    )
    agrees(found.heat, [w * flux, -w * flux], found.heat_error)
    agrees(found.entropy_production, w * flux * (1 / cold - 1 / hot), found.entropy_production_error)
    assert (found.power, found.power_error) == (0.0, 0.0)
    assert found.second_law is SecondLaw.PROVEN
    assert found.heats["cold"] == found.heat[1]


def test_local_dissipators_of_coupled_qubits_break_the_second_law():
    """Heat flows from cold to hot and no work is done: −J(1/T_c − 1/T_h), by products of matrices alone."""
    pair = Pair()
    state = ts.steady_state(pair.system(temperatures=pair.temperatures))
    found, rho = ts.thermodynamics(state), state.rho
    heats = []
    for some in (pair.channels[:2], pair.channels[2:]):
        change = sum(g * (2 * x @ rho @ x.T - x.T @ x @ rho - rho @ x.T @ x) for g, x in some)
        heats.append(np.trace(pair.hamiltonian @ change).real)
    np.testing.assert_allclose(found.heat, heats, rtol=1e-10)
    assert heats[1] > 0.0 > heats[0]
    np.testing.assert_allclose(found.entropy_production, -heats[0] / 1.0 - heats[1] / 0.6, rtol=1e-10)
    assert found.entropy_production < -1e-4
    assert (found.first_law, found.second_law) == (FirstLaw.HOLDS, SecondLaw.BROKEN)
    assert not found.second_law_holds
    assert "no thermal baths of the whole" in found._repr_html_()
    # by the quanta of the qubits the law holds, and the interaction takes work
    counted = flows_of(pair.system(frequencies=pair.frequencies, energies=pair.bare))
    assert (counted.first_law, counted.second_law) == (FirstLaw.HOLDS, SecondLaw.PROVEN)
    np.testing.assert_allclose(counted.heat[0], -2.0 * counted.heat[1], rtol=1e-10)
    np.testing.assert_allclose(counted.power, counted.heat.sum(), rtol=1e-9)


def test_a_law_that_is_not_tested_is_not_said_to_hold():
    pair = Pair()
    taken = flows_of(pair.system(frequencies=pair.frequencies))
    assert taken.first_law is FirstLaw.TAKEN
    assert not taken.first_law_holds
    assert np.isnan(taken.first_law_residual)
    broken = flows_of(pair.system(frequencies=pair.frequencies, energies=pair.hamiltonian))
    assert broken.first_law is FirstLaw.BROKEN
    assert abs(broken.first_law_residual) > 1e-5 > broken.first_law_error


def test_entropy_that_channels_of_no_bath_take_leaves_the_law_open():
    channels = [*thermal(LOWER, 0.1, 0.4), (0.2, np.diag([0.0, 1.0])), (0.05, LOWER)]
    told = {"baths": {"bath": [0, 1]}, "temperatures": {"bath": 0.8}}
    dephased = flows_of(ts.LindbladSystem(np.diag([0.0, 1.0]), channels[:3], **told))
    assert dephased.second_law is not SecondLaw.OPEN
    leaking = flows_of(ts.LindbladSystem(np.diag([0.0, 1.0]), channels, **told))
    assert leaking.second_law is SecondLaw.OPEN
    assert leaking.elsewhere < -leaking.elsewhere_error
    assert abs(leaking.heat.sum() + leaking.elsewhere - leaking.power) <= leaking.first_law_error
    refused(
        lambda: flows_of(
            ts.LindbladSystem(np.diag([0.0, 1.0]), channels, baths={"a": [0, 1]}, frequencies={"a": [-1.0, 1.0]})
        ),
        "`energies`", "channel 2",
    )  # fmt: skip


def test_a_thermal_bath_is_known_by_its_fixed_point_and_no_other():
    """n of another temperature than the one that is told: nothing proves the law, and with two baths it can break."""
    energies, w = np.diag([0.0, 1.0]), 1.0
    for told, law in ((0.7, SecondLaw.PROVEN), (0.7 * (1 + 1e-9), SecondLaw.HOLDS)):
        channels = thermal(LOWER, 0.1, occupation(w, 0.7)) + thermal(LOWER, 0.1, occupation(w, 2.0))
        system = ts.LindbladSystem(
            energies, channels, baths={"a": [0, 1], "b": [2, 3]}, temperatures={"a": told, "b": 2.0}
        )
        assert flows_of(system).second_law is law


def test_a_bath_at_zero_temperature():
    channels = [(0.1, LOWER), *thermal(LOWER, 0.1, 1.0)]
    told = {"baths": {"cold": [0], "hot": [1, 2]}, "temperatures": {"cold": 0.0, "hot": 1.0 / np.log(2.0)}}
    found = flows_of(ts.LindbladSystem(np.diag([0.0, 1.0]), channels, **told))
    assert found.entropy_production == np.inf
    assert found.entropy_production_error == 0.0
    assert found.second_law is SecondLaw.PROVEN
    alone = ts.LindbladSystem(np.diag([0.0, 1.0]), channels[:1], baths={"cold": [0]}, temperatures={"cold": 0.0})
    still = flows_of(alone)
    # what flows into it is nothing, up to an error: whether that is nothing for certain is not known
    assert np.isfinite(still.entropy_production)
    assert still.entropy_production_error == np.inf
    carried = {"cold": [-1.0, 1.0], "hot": [-1.0, 1.0]}
    pairs = [(0.1, LOWER), (0.0, LOWER.T), *channels[1:]]
    baths = {"cold": [0, 1], "hot": [2, 3]}
    empty = flows_of(ts.LindbladSystem(np.diag([0.0, 1.0]), pairs, baths=baths, frequencies=carried))
    assert empty.entropy_production == np.inf


def test_agrees_with_qthermo_on_a_driven_machine():
    """The three-level maser with H_0 as its energy; a rate of qthermo is that of a population, 2γ."""
    model = qthermo.models.three_level_maser(
        omega_c=1.0, omega_h=3.0, T_c=1.0, T_h=6.0, drive=0.15, gamma_c=0.4, gamma_h=0.1
    )
    theirs = qthermo.analyze(model.H, model.baths, energy=model.H0)
    channels = thermal(unit(3, 0, 2), 0.05, occupation(3.0, 6.0)) + thermal(unit(3, 0, 1), 0.2, occupation(1.0, 1.0))
    maser = ts.ThermalMaser([0.15], n_hot=occupation(3.0, 6.0), n_cold=occupation(1.0, 1.0), **RATES)
    turning, _, bare = as_channels(maser)
    told = {"baths": {"hot": [0, 1], "cold": [2, 3]}, "temperatures": {"hot": 6.0, "cold": 1.0}, "energies": bare}
    found = flows_of(ts.LindbladSystem(turning, channels, **told))
    np.testing.assert_allclose(found.heat, [theirs.currents["hot"], theirs.currents["cold"]], rtol=1e-10)
    np.testing.assert_allclose(found.power, theirs.power_output, rtol=1e-10)
    np.testing.assert_allclose(found.entropy_production, theirs.entropy_production_rate, rtol=1e-10)


@pytest.mark.parametrize("seed", range(6))
def test_errors_are_no_smaller_than_what_a_spoiled_state_is_off_by(seed):
    """A state that is off by δ in the trace norm, and says so, is never farther off in any current."""
    rng, pair = np.random.default_rng(seed), Pair(coupling=0.4)
    told = {"temperatures": pair.temperatures, "energies": pair.bare}
    state = ts.steady_state(pair.system(**told))
    true = ts.thermodynamics(state)
    other = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    other = other @ other.conj().T
    mixed = (1 - 1e-4) * state.rho + 1e-4 * other / np.trace(other).real
    distance = np.abs(np.linalg.eigvalsh(mixed - state.rho)).sum()
    spoiled = ts.thermodynamics(replace(state, density=DenseDensity(mixed), error=np.float64(distance)))
    for name in ("power", "heat", "entropy_flow", "entropy_production"):
        missed = np.abs(getattr(spoiled, name) - getattr(true, name))
        error = getattr(spoiled, f"{name}_error")
        assert (missed <= error + getattr(true, f"{name}_error")).all()
        assert (error <= 400.0 * np.maximum(missed, 1e-7)).all()
    assert abs(spoiled.first_law_residual) <= spoiled.first_law_error


def test_a_batch_is_its_points_and_is_indexed():
    couplings, hot = np.array([0.05, 0.1, 0.3]), np.array([[1.0], [2.0]])
    pair = Pair()
    exchange = (pair.hamiltonian - pair.bare) / pair.coupling
    matrices = pair.bare + couplings[:, None, None] * exchange
    told = {"temperatures": {"hot": hot, "cold": 0.6}, "energies": pair.bare}
    channels = [(g * np.ones((2, 1)), x) for g, x in pair.channels]
    batch = flows_of(ts.LindbladSystem(matrices, channels, baths={"hot": [0, 1], "cold": [2, 3]}, **told))
    assert batch.heat.shape == (2, 3, 2)
    for i in range(2):
        for j in range(3):
            told = {"temperatures": {"hot": hot[i, 0], "cold": 0.6}, "energies": pair.bare}
            one = flows_of(ts.LindbladSystem(matrices[j], pair.channels, baths={"hot": [0, 1], "cold": [2, 3]}, **told))
            np.testing.assert_allclose(batch[i, j].heat, one.heat, rtol=1e-9)
            np.testing.assert_allclose(batch.entropy_production[i, j], one.entropy_production, rtol=1e-8)
            assert batch[i, j].second_law is one.second_law


@pytest.mark.parametrize(("off", "law"), [(0.0, SecondLaw.PROVEN), (1e-9, SecondLaw.UNTOLD)])
def test_pairs_are_in_detailed_balance_at_the_temperature_that_is_told(off, law):
    told = {"temperatures": {"bath": 0.7 * (1.0 + off)}, "frequencies": {"bath": [-1.3, 1.3]}}
    channels = thermal(LOWER, 0.1, occupation(1.3, 0.7))
    assert flows_of(ts.LindbladSystem(np.diag([0.0, 1.3]), channels, baths={"bath": [0, 1]}, **told)).second_law is law


def test_what_is_no_pair_tells_no_temperature():
    """A jump that is not the adjoint of another, by its operator or by its frequency, leaves entropy unknown."""
    baths, diagonal = {"bath": [0, 1]}, np.diag([0.0, 1.0])
    turned = LOWER.T + 1e-5 * diagonal
    for back, carried in ((LOWER.T, [-1.0, 1.0]), (turned, [-1.0, 1.0]), (LOWER.T, [-1.0, 1.0 + 1e-12])):
        system = ts.LindbladSystem(diagonal, [(0.2, LOWER), (0.1, back)], baths=baths, frequencies={"bath": carried})
        found = flows_of(system)
        paired = back is not turned and carried[1] == 1.0
        assert (found.second_law is SecondLaw.PROVEN) == paired
        assert np.isfinite(found.entropy_production) == paired
        assert np.isfinite(found.temperatures).all() == paired


def test_large_batches_are_worked_off_in_chunks(monkeypatch):
    pair, count = Pair(), 50
    exchange = (pair.hamiltonian - pair.bare) / pair.coupling
    matrices = pair.bare + np.linspace(0.05, 0.5, count)[:, None, None] * exchange
    told = {"temperatures": {"hot": np.linspace(1.0, 2.0, count), "cold": 0.6}, "energies": pair.bare}
    state = ts.steady_state(ts.LindbladSystem(matrices, pair.channels, baths={"hot": [0, 1], "cold": [2, 3]}, **told))
    whole = ts.thermodynamics(state)
    monkeypatch.setattr(exchange_module, "CHUNK_BYTES", 2**16)
    parts = ts.thermodynamics(state)
    np.testing.assert_allclose(parts.heat, whole.heat, rtol=1e-13)
    np.testing.assert_allclose(parts.entropy_production, whole.entropy_production, rtol=1e-12)
    np.testing.assert_array_equal(parts.second_law_codes, whole.second_law_codes)


def test_points_without_a_state_have_no_currents_and_no_law():
    rates = [(g * np.array([1.0, 0.0]), x) for g, x in Pair().channels]
    pair = Pair()
    system = ts.LindbladSystem(
        pair.hamiltonian, rates, baths={"hot": [0, 1], "cold": [2, 3]}, temperatures=pair.temperatures
    )
    found = ts.thermodynamics(ts.steady_state(system, throw=False))
    assert np.isnan(found.heat[1]).all()
    assert (found[1].first_law, found[1].second_law) == (FirstLaw.UNDEFINED, SecondLaw.UNDEFINED)
    assert found[0].second_law is SecondLaw.BROKEN
