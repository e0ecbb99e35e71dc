"""A machine on its way: is every state a state, does energy balance, and is what only rest has refused?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, letter_maser, random_maser, refused
from torusync.quantities import Solution
from torusync.thermo import Bookkeeping, Regime

TIMES = np.array([0.0, 0.5, 3.0, 20.0, 400.0])
BOTH = pytest.mark.parametrize("bookkeeping", list(Bookkeeping))


def machines():
    rng = np.random.default_rng(23)
    yield from (random_maser(rng, correlated=c, per_level=p, levels=3) for c in (False, True) for p in (False, True))
    yield ts.ThermalMaser(
        np.array([[0.1, 0.2j], [0.3, 0.1]]), n_hot=2.0, splittings=[0.0, 0.1], detuning=[0.3, 0.2], **BATHS
    )


@BOTH
def test_energy_that_is_not_exchanged_is_stored(bookkeeping):
    for maser in machines():
        flows = ts.thermodynamics(ts.evolve(maser, "ground", TIMES), bookkeeping=bookkeeping)
        assert flows.first_law_holds.all()
        assert np.abs(flows.energy_change[..., 0]).max() > 1e-3
        assert (np.abs(flows.energy_change).max(axis=-1) > 1e6 * np.abs(flows.first_law_residual).max(axis=-1)).all()
        held = flows.heat_hot_incoherent + flows.heat_hot_coherent + flows.interaction_hot
        np.testing.assert_allclose(flows.heat_hot, held, rtol=1e-9, atol=1e-13)


def test_what_is_stored_is_what_the_energy_has_grown_by():
    """The energy of the bare levels along a fine row of times, its difference against the integral of dU/dt."""
    maser = letter_maser(n_hot=2.0, splittings=[0.0, 0.2], detuning=0.1)
    times = np.linspace(0.0, 2.0, 401)
    path = ts.evolve(maser, 1, times)
    energies = np.concatenate([[0.0, float(maser.omega_cold)], maser.level_energies])
    stored = path.populations @ energies
    change = ts.thermodynamics(path).energy_change
    simpson = (change[0] + change[-1] + 4.0 * change[1:-1:2].sum() + 2.0 * change[2:-1:2].sum()) * (times[1] / 3.0)
    assert stored[-1] - stored[0] == pytest.approx(simpson, abs=1e-10)


@BOTH
def test_at_rest_the_currents_are_those_of_the_steady_state(bookkeeping):
    for maser in machines():
        if maser.dipoles is not None and maser.n_hot.ndim:
            continue  # their slowest decay may take longer
        late = ts.thermodynamics(ts.evolve(maser, "thermal", [0.0, 4000.0]), bookkeeping=bookkeeping)
        rest = ts.thermodynamics(ts.steady_state(maser), bookkeeping=bookkeeping)
        for name in ("power", "heat_hot", "heat_cold", "flux", "heat_hot_coherent", "entropy_production"):
            np.testing.assert_allclose(getattr(late, name)[..., 1], getattr(rest, name), rtol=1e-8, atol=1e-12)


def test_entropy_is_produced_all_along():
    for maser in machines():
        if maser.dipoles is None:
            flows = ts.thermodynamics(ts.evolve(maser, "ground", TIMES))
            assert flows.second_law_holds.all()
            assert (flows.entropy_production[..., 1:] > 0.0).all()
            assert np.isinf(flows.entropy_production[..., 0]).all()


def test_entropy_follows_from_the_state():
    """dS/dt by differences of −Tr ρ ln ρ, and heats over temperatures typed out."""
    maser = letter_maser(n_hot=2.0, splittings=[0.0, 0.2])
    times = np.array([2.0 - 1e-4, 2.0, 2.0 + 1e-4])
    path = ts.evolve(maser, "ground", np.concatenate([[0.0], times]))[1:]
    values = np.linalg.eigvalsh(path.rho)
    entropy = -(values * np.log(values)).sum(axis=-1)
    flows = ts.thermodynamics(path)
    hot = 2.0 * 0.05 * (2.0 * path.populations[:, :1] - 3.0 * path.populations[:, 2:]).sum(axis=-1)
    cold = 2.0 * 0.2 * (0.5 * path.populations[:, 0] - 1.5 * path.populations[:, 1])
    expected = (entropy[2] - entropy[0]) / 2e-4 - np.log(1.5) * hot[1] - np.log(3.0) * cold[1]
    assert flows.entropy_production[1] == pytest.approx(expected, abs=1e-8)
    assert flows.flux[1] == pytest.approx(-cold[1], rel=1e-12)


def test_on_the_way_there_is_no_regime():
    path = ts.evolve(letter_maser(n_hot=5.0), "ground", TIMES)
    flows = ts.thermodynamics(path)
    assert (flows.regime_codes == Regime.UNDEFINED).all()
    assert np.isnan(flows.efficiency).all()
    assert np.isnan(flows.cop).all()
    refused(lambda: ts.counting_statistics(path), "be a steady state", "Trajectory")
    refused(lambda: ts.synchronization_bounds(path), "be a steady state")
    refused(lambda: ts.synchronization_bounds(path, flows=flows), "be a steady state")


def test_errors_of_currents_hold_what_the_state_may_be_off_by():
    """Another state within the error has currents within theirs."""
    maser = letter_maser(n_hot=2.0, splittings=[0.0, 0.2], dipole_correlation=0.4)
    rng = np.random.default_rng(4)
    path = ts.evolve(maser, "thermal", [0.0, 3.0])[1]
    true = ts.thermodynamics(path)
    from dataclasses import replace

    for _ in range(20):
        off = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
        off = off + off.conj().T
        off[0, 1:] = off[1:, 0] = 0.0
        off -= np.eye(4) * np.trace(off) / 4
        off *= 1e-4 / np.linalg.norm(off, "nuc")
        density = replace(path.density, matrix=path.rho + off)
        for bookkeeping in Bookkeeping:
            near = ts.thermodynamics(replace(path, density=density, error=np.float64(1e-4)), bookkeeping=bookkeeping)
            true = ts.thermodynamics(path, bookkeeping=bookkeeping)
            for name in ("power", "heat_hot", "heat_cold", "flux", "energy_change", "entropy_production"):
                assert abs(getattr(near, name) - getattr(true, name)) <= getattr(near, f"{name}_error")


def test_a_bath_at_zero_temperature_makes_entropy_without_bound():
    flows = ts.thermodynamics(ts.evolve(letter_maser(n_hot=0.0), 2, [0.0, 1.0]))
    assert np.isinf(flows.entropy_production[1])
    assert flows.second_law_holds.all()


def test_all_that_is_read_off_states_is_read_off_a_trajectory():
    path = ts.evolve(letter_maser(n_hot=5.0, splittings=[0.0, 0.1]), "ground", TIMES)
    assert ts.synchronization(path).s_max.shape == (5,)
    assert ts.synchronization(path).s_max[0] == 0.0
    assert (ts.synchronization(path).s_max_error[1:] > 0.0).all()
    sol = Solution(path)
    found = sol.to_dataset(dims=["time"])
    assert found["power"].dims == ("time",)
    assert {"s_max", "populations", "heat_cold"} <= set(found)
    assert not {"counted_mean", "power_bound", "status"} & set(found)
    assert sol["s_max"].shape == (5,)
    assert "Trajectory" not in repr(sol)
    assert ts.interplay(path, draws=2).verdict_codes.shape == (5,)
    assert sol[2]["power"] == sol["power"][2]
