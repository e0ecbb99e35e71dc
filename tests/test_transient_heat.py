"""Baths of any system on its way: is what they do not balance stored, and is entropy that of the state besides?"""

from dataclasses import replace

import numpy as np
import pytest

import torusync as ts
from channels import LOWER, ONE, Pair, as_channels, thermal, unit
from problems import refused
from torusync.dynamics import PhaseState
from torusync.thermo import FirstLaw, SecondLaw

TIMES = np.array([0.0, 0.5, 3.0, 20.0])
RATES = {"gamma_hot": 0.05, "gamma_cold": 0.2}


def qubit(*, gamma=0.2, n=0.5, w=1.3, **told):
    warm = {"bath": w / np.log1p(1.0 / n)}
    return ts.LindbladSystem(
        np.diag([0.0, w]), thermal(LOWER, gamma, n), baths={"bath": [0, 1]}, temperatures=warm, **told
    )


@pytest.mark.parametrize("n_hot", [5.0, 0.2], ids=["engine", "refrigerator"])
def test_a_maser_on_its_way_exchanges_what_its_channels_do(n_hot):
    """The block's own formulas against operators of channels typed out."""
    maser = ts.ThermalMaser([0.1, 0.2j], n_hot=n_hot, n_cold=0.5, detuning=0.05, splittings=[0.0, 0.1], **RATES)
    turning, channels, bare = as_channels(maser)
    warm = {f"hot {j}": float(maser.level_energies[j]) / np.log1p(1.0 / n_hot) for j in range(2)} | {
        "cold": 1.0 / np.log1p(2.0)
    }
    baths = {"hot 0": [0, 1], "hot 1": [2, 3], "cold": [4, 5]}
    system = ts.LindbladSystem(turning, channels, baths=baths, temperatures=warm, energies=bare)
    found = ts.thermodynamics(ts.evolve(system, 1, TIMES))
    expected = ts.thermodynamics(ts.evolve(maser, 1, TIMES))
    for name in ("power", "energy_change", "entropy_production"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(found.heat[:, :2].sum(axis=-1), expected.heat_hot, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(found.heat[:, 2], expected.heat_cold, rtol=1e-9, atol=1e-13)
    assert found.first_law_holds.all()
    assert (np.asarray(found.second_law) == SecondLaw.PROVEN).all()
    assert np.abs(found.energy_change).max() > 1e-3


@pytest.mark.parametrize("counted", [False, True], ids=["energies", "quanta"])
def test_what_is_stored_is_what_the_energy_has_grown_by(counted):
    """U = tr(H_0 ρ) along a fine row of times against dU/dt, of two qubits, one of them dephased by no bath."""
    pair = Pair(coupling=0.4)
    told = {"frequencies": pair.frequencies, "energies": pair.bare} if counted else {"temperatures": pair.temperatures}
    told["baths"] = {"hot": [0, 1], "cold": [2, 3]}
    channels = [*pair.channels, (0.1, np.kron(np.diag([0.0, 1.0]), ONE))]
    path = ts.evolve(ts.LindbladSystem(pair.hamiltonian, channels, **told), 1, np.linspace(0.0, 2.0, 401))
    flows = ts.thermodynamics(path)
    energies = pair.bare if counted else pair.hamiltonian
    held = np.einsum("tij,ji->t", path.rho, energies).real
    change = flows.energy_change
    simpson = (change[0] + change[-1] + 4.0 * change[1:-1:2].sum() + 2.0 * change[2:-1:2].sum()) * (2.0 / 400 / 3.0)
    assert held[-1] - held[0] == pytest.approx(simpson, abs=1e-9)
    assert abs(simpson) > 1e-2
    assert (np.asarray(flows.first_law) == FirstLaw.HOLDS).all()
    assert (np.abs(flows.first_law_residual) <= flows.first_law_error).all()
    assert flows.first_law_error.max() < 1e-8
    np.testing.assert_allclose(
        flows.heat.sum(axis=-1) + flows.elsewhere - flows.power, change, atol=3.0 * flows.first_law_error.max()
    )


def test_a_law_is_broken_on_the_way_as_it_is_at_rest():
    """Quanta of the qubits do not carry the energies of the coupled pair, whatever it stores."""
    pair = Pair()
    wrong = pair.system(frequencies=pair.frequencies, energies=pair.hamiltonian)
    assert FirstLaw.BROKEN in np.asarray(ts.thermodynamics(ts.evolve(wrong, 1, TIMES)).first_law)


def test_entropy_follows_from_the_state():
    """A qubit from a level: dS/dt and heat over temperature in closed form of its population."""
    path = ts.evolve(qubit(), 1, TIMES)
    flows = ts.thermodynamics(path)
    p = path.populations[1:, 1]
    down, up = 2 * 0.2 * 1.5, 2 * 0.2 * 0.5
    flux = up * (1 - p) - down * p
    expected = flux * (np.log((1 - p) / p) - np.log(3.0))
    np.testing.assert_allclose(flows.entropy_production[1:], expected, rtol=1e-9, atol=1e-15)
    assert (np.abs(flows.entropy_production[1:] - expected) <= flows.entropy_production_error[1:] + 1e-15).all()
    assert flows.entropy_production_error[1:].max() < 1e-9
    assert flows.second_law_holds.all()


def test_from_a_level_entropy_is_made_at_an_infinite_rate_for_certain():
    """A start that holds one level alone has no error, and no doubt either, however slowly the others fill."""
    maser = ts.ThermalMaser([0.1, 0.2], n_hot=2.0, n_cold=0.5, **RATES)
    slow = ts.LindbladSystem(
        np.diag([0.0, 1.0, 2.0]),
        [*thermal(unit(3, 0, 1), 1.0, 1e-20), (1e-20, unit(3, 2, 0))],
        baths={"bath": [0, 1]},
        temperatures={"bath": 1.0 / np.log(3.0)},
    )
    for system, start in ((maser, "ground"), (maser, 2), (qubit(), 1), (slow, 0)):
        flows = ts.thermodynamics(ts.evolve(system, start, [0.0]))
        assert flows.entropy_production == [np.inf]
        assert flows.entropy_production_error < 1e-12
    # a level that is nearly empty is another case: nothing is known of what is below rounding
    flows = ts.thermodynamics(ts.evolve(qubit(), PhaseState([0.3, 0.7]), [0.0]))
    assert flows.entropy_production_error == [np.inf]


def test_levels_that_stay_empty_have_no_part_in_entropy():
    """A third level that nothing fills, and a pure state that stays: finite, with a finite error."""
    three = ts.LindbladSystem(
        np.diag([0.0, 1.3, 2.0]),
        thermal(unit(3, 0, 1), 0.2, 0.5),
        baths={"bath": [0, 1]},
        temperatures={"bath": 1.3 / np.log(3.0)},
    )
    mixed = np.diag([0.3, 0.7, 0.0])
    flows = ts.thermodynamics(ts.evolve(three, mixed, [0.0]))
    alone = ts.thermodynamics(ts.evolve(qubit(), mixed[:2, :2], [0.0]))
    np.testing.assert_allclose(flows.entropy_production, alone.entropy_production, rtol=1e-12)
    assert flows.entropy_production_error.max() < 1e-10


def test_errors_of_currents_hold_what_the_state_may_be_off_by():
    """Another state within the error has currents within theirs."""
    pair, rng = Pair(coupling=0.3), np.random.default_rng(8)
    path = ts.evolve(pair.system(temperatures=pair.temperatures), 1, [0.0, 3.0])[1]
    true = ts.thermodynamics(path)
    for _ in range(20):
        off = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
        off = off + off.conj().T - 2.0 * np.eye(4) * np.trace(off).real / 4
        off *= 1e-5 / np.linalg.norm(off, "nuc")
        density = replace(path.density, matrix=path.rho + off)
        near = ts.thermodynamics(replace(path, density=density, error=np.float64(1e-5)))
        for name in ("power", "energy_change", "entropy_production", "heat"):
            assert (np.abs(getattr(near, name) - getattr(true, name)) <= getattr(near, f"{name}_error")).all()
        assert near.first_law is FirstLaw.HOLDS


def test_on_the_way_there_is_no_efficiency_and_no_statistics():
    pair = Pair(coupling=0.4)
    system = pair.system(frequencies=pair.frequencies, energies=pair.bare)
    path = ts.evolve(system, 1, TIMES)
    flows = ts.thermodynamics(path)
    assert (flows.power > flows.power_error).any()
    assert np.isnan(flows.efficiency).all()
    assert np.isnan(flows.cop).all()
    assert not flows[1].stationary
    assert "stored" in flows._repr_html_()
    refused(lambda: ts.counting_statistics(path), "be a steady state", "Trajectory")
    refused(lambda: ts.counting_statistics(path, counted={"net": {0: 1}}), "be a steady state")
    untold = ts.evolve(pair.system(frequencies=pair.frequencies), 1, TIMES)
    refused(lambda: ts.thermodynamics(untold), "`energies` must be given", "states change")


def test_a_batch_has_time_as_its_last_axis():
    batch = ts.LindbladSystem(
        np.diag([0.0, 1.3]),
        [(np.array([0.3, 0.2]), LOWER), (np.array([0.1, 0.1]), LOWER.T)],
        baths={"bath": [0, 1]},
        temperatures={"bath": np.array([1.3 / np.log(3.0), 1.3 / np.log(2.0)])},
    )
    whole = ts.thermodynamics(ts.evolve(batch, 1, TIMES))
    assert whole.energy_change.shape == (2, 4)
    assert whole.first_law_holds.all()
    for one in range(2):
        single = ts.thermodynamics(ts.evolve(batch[one], 1, TIMES))
        np.testing.assert_allclose(whole.energy_change[one], single.energy_change, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(whole.entropy_production[one], single.entropy_production, rtol=1e-9, atol=1e-14)
