"""Are batches of which the baths alone know, by temperatures or frequencies, solved once and told point by point?"""

import numpy as np

import torusync as ts
from channels import LOWER, Pair, thermal
from problems import refused
from torusync.steady import Auto

BOTH = {"hot": [0, 1], "cold": [2, 3]}


class Watched:
    """A solver that tells how many points it was given."""

    def __init__(self):
        self.points = []

    def solve(self, generator):
        self.points.append(generator.points)
        return Auto().solve(generator)


def qubit(**told):
    channels = thermal(LOWER, 0.1, 1.2) + thermal(LOWER, 0.25, 0.3)
    return ts.LindbladSystem(np.diag([0.0, 1.7]), channels, baths=BOTH, **told)


def test_a_state_is_solved_once_for_all_temperatures():
    """Axes of temperatures alone are none of the state's; couplings beside them are."""
    pair, solver, temperatures = Pair(), Watched(), np.linspace(0.5, 2.0, 7)
    told = {"temperatures": {"hot": temperatures, "cold": 0.6}, "energies": pair.bare}
    state = ts.steady_state(pair.system(**told), solver=solver)
    assert (state.batch_shape, solver.points) == ((7,), [1])
    flows = ts.thermodynamics(state)
    for k in (0, 6):
        one = ts.thermodynamics(ts.steady_state(pair.system(**told)[k]))
        np.testing.assert_allclose(flows[k].entropy_flow, one.entropy_flow, rtol=1e-12)
        np.testing.assert_allclose(state[k].rho, state[0].rho, rtol=0.0)
    couplings = np.array([0.1, 0.4]).reshape(2, 1, 1, 1)
    hamiltonians = pair.bare + couplings * (pair.hamiltonian - pair.bare) / pair.coupling
    mixed = ts.LindbladSystem(hamiltonians, pair.channels, baths=BOTH, **told)
    state = ts.steady_state(mixed, solver=solver)
    assert (state.batch_shape, state.error.shape, solver.points[1:]) == ((2, 7), (2, 7), [2])
    one = ts.steady_state(mixed[1, 4])
    np.testing.assert_allclose(state[1, 4].rho, one.rho, atol=1e-14)
    # an initial state may differ from point to point
    chosen = ts.steady_state(pair.system(**told), solver=solver, initial=np.full((7, 4, 4), np.eye(4) / 4.0))
    assert (chosen.batch_shape, solver.points[2:]) == ((7,), [7])


def test_points_that_are_refused_are_refused_at_every_temperature():
    channels = [(0.0, jump) for _, jump in thermal(LOWER, 0.1, 1.2)]
    told = {"baths": {"hot": [0, 1]}, "temperatures": {"hot": [0.5, 1.0]}}
    state = ts.steady_state(ts.LindbladSystem(np.diag([0.0, 1.7]), channels, **told), throw=False)
    assert not state.succeeded.any()
    assert np.isnan(state.rho).all()


def test_frequencies_that_differ_from_point_to_point_are_counted_point_by_point():
    carried = np.array([[-1.7, 1.7], [-1.0, 1.0], [-0.2, 0.3]])
    frequencies = {"hot": carried, "cold": [-1.7, 1.7]}
    state = ts.steady_state(qubit(frequencies=frequencies))
    found = ts.counting_statistics(state)
    assert found.covariance.shape == (3, 2, 2)
    for k, one in enumerate(carried):
        alone = ts.counting_statistics(state[k], counted={"hot": [*one, 0.0, 0.0], "cold": [0.0, 0.0, -1.7, 1.7]})
        assert (np.abs(found.covariance[k] - alone.covariance) <= found.covariance_error[k]).all()
        np.testing.assert_allclose(found.covariance[k], alone.covariance, atol=1e-13)
        np.testing.assert_allclose(found.mean[k], alone.mean, atol=1e-14)
        np.testing.assert_allclose(found[k].noise_error, alone.noise_error, rtol=1e-6)
    refused(lambda: ts.counting_statistics(ts.steady_state(qubit(frequencies={"hot": carried}))), "'cold' has no freq")


def test_noise_of_heat_is_a_quantity_with_a_unit():
    frequencies = {"hot": [-1.7, 1.7], "cold": [-1.7, 1.7]}
    state = ts.steady_state(qubit(frequencies=frequencies))
    solution, expected = ts.solve(qubit(frequencies=frequencies)), ts.counting_statistics(state)
    assert {"heat_noise", "heat_noise_error"} <= {one.name for one in solution.quantities}
    np.testing.assert_array_equal(solution["heat_noise"], expected.noise)
    told = ts.solve(qubit(frequencies=frequencies).measured_in(5e9)).to_dataset(["heat_noise"])
    noise = told["heat_noise"]
    assert (noise.dims, noise.attrs["units"], noise.attrs["error"]) == (("bath",), "J^2/s", "heat_noise_error")
    assert list(noise.coords["bath"].to_numpy()) == ["hot", "cold"]
    np.testing.assert_allclose(noise, expected.noise * (6.62607015e-34 * 5e9) ** 2 * 2 * np.pi * 5e9, rtol=1e-12)
    np.testing.assert_allclose(told["heat_noise_error"] / noise, expected.noise_error / expected.noise, rtol=1e-9)
    assert (
        ts.solve(qubit(frequencies=frequencies)).to_dataset("heat_noise")["heat_noise"].attrs["units"]
        == "hbar^2 omega_1^3"
    )
    without = ts.solve(qubit(frequencies={"hot": [-1.7, 1.7]}))
    refused(lambda: without["heat_noise"], "`quantities`", "heat_noise")
    maser = ts.solve(ts.ThermalMaser([0.1], n_hot=1, n_cold=2, gamma_hot=1, gamma_cold=1))
    assert "heat_noise" not in [one.name for one in maser.quantities]
