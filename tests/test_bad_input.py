"""Is every wrong input refused in one sentence, and every odd but legal one accepted?"""

import numpy as np
import pytest
import qutip

import torusync as ts
from problems import GRAMMAR, refused
from torusync.conventions import bose
from torusync.measures import l1_coherence, relative_entropy_of_coherence, triangle_frustration
from torusync.phases import phase_gradient

GOOD = {"drive": [0.1, 0.2], "n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def maser(**changes):
    options = GOOD | changes
    return ts.ThermalMaser(options.pop("drive"), **options)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"drive": []}, ("`drive`", "N = 0")),
        ({"drive": np.zeros((3, 0))}, ("`drive`", "N = 0")),
        ({"drive": [0.1, np.nan]}, ("`drive`", "finite", "nan")),
        ({"drive": [0.1, np.inf]}, ("`drive`", "finite", "inf")),
        ({"drive": "strong"}, ("`drive`", "numbers", "strong")),
        ({"drive": None}, ("`drive`", "numbers")),
        ({"drive": [[0.1], [0.1, 0.2]]}, ("`drive`", "rectangular")),
        ({"drive": np.array([object(), 1])}, ("`drive`", "numbers")),
        ({"n_hot": -1.0}, ("`n_hot`", "at least 0", "-1")),
        ({"n_hot": [1.0, -2.0]}, ("`n_hot`", "entry [1] is -2")),
        ({"n_hot": np.nan}, ("`n_hot`", "nan")),
        ({"n_hot": 1j}, ("`n_hot`", "real")),
        ({"n_hot": [1.0, 2.0, 3.0]}, ("`n_hot`", "level axis of length 2", "(3,)", "n_hot[..., None]")),
        ({"n_cold": -1e-9}, ("`n_cold`", "at least 0")),
        ({"n_cold": np.inf}, ("`n_cold`", "finite")),
        ({"gamma_hot": -0.1}, ("`gamma_hot`", "at least 0", "-0.1")),
        ({"gamma_cold": -0.1}, ("`gamma_cold`", "at least 0")),
        ({"omega_cold": 0.0}, ("`omega_cold`", "greater than 0")),
        ({"omega_hot": 0.5}, ("`omega_hot`", "above `omega_cold`", "0.5")),
        ({"splittings": [0.0, -2.5]}, ("`omega_hot`", "0.5")),
        ({"splittings": [0.0, 0.1, 0.2]}, ("`splittings`", "(3,)")),
        ({"detuning": np.nan}, ("`detuning`", "nan")),
        ({"detuning": np.zeros(3), "n_cold": np.ones(2)}, ("broadcast", "(3,)")),
        ({"dipole_correlation": 1.1}, ("`dipole_correlation`", "at most 1")),
        ({"drive": [0.1] * 3, "dipole_correlation": -0.7}, ("`dipole_correlation`", "-0.5", "positive semidefinite")),
        ({"dipole_matrix": np.eye(3)}, ("`dipole_matrix`", "(..., 2, 2)", "(3, 3)")),
        ({"dipole_matrix": [[1.0, 0.2], [0.3, 1.0]]}, ("`dipole_matrix`", "symmetric")),
        ({"dipole_matrix": [[2.0, 0.2], [0.2, 1.0]]}, ("`dipole_matrix`", "unit diagonal")),
        ({"dipole_matrix": [[1.0, 1.2], [1.2, 1.0]]}, ("`dipole_matrix`", "positive semidefinite", "-0.2")),
        ({"dipole_matrix": np.eye(2), "dipole_correlation": 0.1}, ("`dipole_correlation`", "left out")),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_maser_is_refused(changes, words):
    refused(lambda: maser(**changes), *words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hot_temperature": 0.0}, ("temperature", "greater than 0")),
        ({"cold_temperature": -1.0}, ("temperature", "greater than 0")),
        ({"hot_temperature": np.inf}, ("temperature", "finite")),
        ({"manifold_levels": 0}, ("`manifold_levels`", "at least 1")),
        ({"manifold_levels": 2.5}, ("`manifold_levels`", "2.5")),
        ({"manifold_levels": "2"}, ("`manifold_levels`", "'2'")),
        ({"manifold_levels": None}, ("`manifold_levels`", "None")),
        ({"omega_cold": 0.0}, ("`omega_cold`", "greater than 0")),
        ({"omega_cold": "slow"}, ("`omega_cold`", "slow")),
        ({"omega_hot": np.nan}, ("`omega_hot`", "nan")),
        ({"omega_hot": 0.5}, ("`omega_hot`", "above `omega_cold`")),
        ({"drive": []}, ("`drive`", "(0,)")),
        ({"drive": "strong"}, ("`drive`", "strong")),
        ({"gamma_hot": -1.0}, ("`gamma_hot`", "-1")),
        ({"dipole_correlation": -1.5}, ("`dipole_correlation`", "-1.5")),
        ({"drive": np.zeros((3, 2)), "hot_temperature": [1.0, 2.0]}, ("broadcast", "(2,)", "(3,)")),
        ({"spread": -0.1}, ("`spread`", "at least 0")),
        ({"drive": [0.1, 0.2, 0.3]}, ("`drive`", "length 2")),
    ],
    ids=str,
)
def test_a_wrong_preset_is_refused(changes, words):
    options = {"hot_temperature": 5.0, "cold_temperature": 0.5} | changes
    refused(lambda: ts.ThermalMaser.near_degenerate(**options), *words)


DOWN = [[0.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("hamiltonian", "channels", "words"),
    [
        ([[0.0, 1.0], [0.0, 0.0]], [], ("`hamiltonian`", "Hermitian")),
        (np.zeros((2, 3)), [], ("`hamiltonian`", "square", "(2, 3)")),
        (np.zeros(4), [], ("`hamiltonian`", "square")),
        (np.zeros((0, 0)), [], ("`hamiltonian`", "at least one level")),
        (np.full((2, 2), np.nan), [], ("`hamiltonian`", "finite")),
        ("H", [], ("`hamiltonian`", "numbers")),
        (np.eye(2), [(-0.1, DOWN)], ("channels[0] rate", "at least 0")),
        (np.eye(2), [(0.1, np.eye(3))], ("channels[0] operator", "2 levels", "3")),
        (np.eye(2), [0.1], ("channels[0]", "pair")),
        (np.zeros((2, 2, 2)), [(np.ones(3), DOWN)], ("broadcast", "(3,)")),
        (np.eye(2), [(np.nan, DOWN)], ("channels[0] rate", "nan")),
        (np.eye(2), [(1j, DOWN)], ("channels[0] rate", "real")),
        (np.eye(2), [(0.1, DOWN), (0.1, [[0.0, np.inf], [0.0, 0.0]])], ("channels[1] operator", "inf")),
        (np.eye(2), [(0.1, [0.0, 1.0])], ("channels[0] operator", "square", "(2,)")),
        (np.eye(2), [(0.1, None)], ("channels[0] operator", "None")),
        (np.eye(2), "ab", ("channels",)),
        (np.eye(2), None, ("channels", "None")),
        (np.eye(2), 5, ("channels", "int")),
        ([[0.0, 1e-9], [0.0, 0.0]], [], ("`hamiltonian`", "Hermitian")),
        (qutip.basis(2, 0), [], ("`hamiltonian`", "square", "(2, 1)")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_lindblad_system_is_refused(hamiltonian, channels, words):
    refused(lambda: ts.LindbladSystem(hamiltonian, channels), *words)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[0.5, 0.1], [0.2, 0.5]], ("Hermitian", "0.1")),
        ([[0.5, 0.1j], [0.1j, 0.5]], ("Hermitian",)),
        (np.eye(2), ("unit trace", "2", "divide")),
        (np.diag([1.5, -0.5]), ("positive semidefinite", "-0.5")),
        ([[0.5, 0.6], [0.6, 0.5]], ("positive semidefinite", "-0.1")),
        (np.full((2, 2), np.nan), ("finite", "nan")),
        (np.zeros((2, 3)), ("square", "(2, 3)")),
        (np.zeros(3), ("square", "(3,)")),
        (1.0, ("square",)),
        ("rho", ("numbers",)),
        (None, ("numbers",)),
        (np.array([[None]]), ("numbers",)),
        ([[0.5, 0.1], [0.1]], ("rectangular",)),
    ],
    ids=lambda value: str(value)[:30],
)
@pytest.mark.parametrize(
    "call",
    [
        ts.synchronization,
        lambda rho: ts.phase_distribution(rho, [0.0, 0.0]),
        lambda rho: phase_gradient(rho, [0.0, 0.0]),
        lambda rho: ts.husimi(rho, [0.3], [0.0, 0.0]),
        l1_coherence,
        relative_entropy_of_coherence,
        triangle_frustration,
    ],
    ids=["synchronization", "phase_distribution", "phase_gradient", "husimi", "l1", "relative entropy", "triangles"],
)
def test_what_is_not_a_density_matrix_is_refused(call, matrix, words):
    refused(lambda: call(matrix), "`state`", *words)


def test_qutip_objects_of_the_wrong_kind_are_refused():
    from_qutip = ts.LindbladSystem.from_qutip
    refused(lambda: from_qutip(qutip.basis(2, 0), []), "`hamiltonian`", "(2, 1)")
    refused(lambda: from_qutip(qutip.qeye(2), [qutip.basis(2, 0)]), "channels[0] operator", "(2, 1)")
    refused(lambda: from_qutip(qutip.qeye(2), [qutip.destroy(3)]), "channels[0] operator", "2 levels", "3")
    refused(lambda: from_qutip(qutip.qeye(2), None), "None")
    refused(lambda: from_qutip(qutip.QobjEvo(qutip.qeye(2)), []), "`hamiltonian`", "numbers")
    refused(lambda: from_qutip(qutip.sigmam(), []), "`hamiltonian`", "Hermitian")
    refused(lambda: ts.synchronization(qutip.basis(3, 0)), "`state`", "(3, 1)")
    refused(lambda: ts.synchronization(qutip.to_super(qutip.qeye(2))), "`state`", "trace")


RHO = np.eye(3) / 3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ts.coherent_state(np.zeros((3, 1)), np.zeros((2, 2))), ("(3,)", "(2,)")),
        (lambda: ts.husimi(np.stack([RHO] * 3), np.zeros((2, 2)), np.zeros((2, 3))), ("(3,)", "(2,)")),
        (lambda: ts.husimi(np.stack([RHO] * 3), np.zeros((2, 2)), np.zeros(3)), ("(3,)", "(2,)")),
        (lambda: ts.phase_distribution(np.stack([RHO] * 3), np.zeros((2, 3))), ("`phases`", "(3,)", "(2,)")),
        (lambda: phase_gradient(np.stack([RHO] * 3), np.zeros((2, 3))), ("`phases`", "(3,)", "(2,)")),
        (lambda: ts.phase_distribution(solved_batch(), np.zeros((2, 4))), ("`phases`", "(3,)", "(2,)")),
    ],
)
def test_batches_that_do_not_broadcast_are_refused(call, words):
    refused(call, "broadcast", *words)


def solved_batch():
    return ts.steady_state(maser(detuning=[0.0, 0.1, 0.2]))


@pytest.mark.parametrize("value", ["a", None, [[0.0], [0.0, 1.0]], np.array([object()]), np.nan, [np.inf] * 3, 1j])
def test_angles_that_are_none_are_refused(value):
    refused(lambda: ts.phase_distribution(RHO, value), "`phases`")
    refused(lambda: phase_gradient(RHO, value), "`phases`")
    refused(lambda: ts.coherent_state(value, [0.0, 0.0, 0.0]), "`theta`")
    refused(lambda: ts.coherent_state([0.1, 0.1], value), "`phi`")
    refused(lambda: ts.husimi(RHO, value, [0.0, 0.0, 0.0]), "`theta`")
    refused(lambda: ts.husimi(RHO, [0.1, 0.1], value), "`phi`")


@pytest.mark.parametrize("value", [2.5, "3", None, -1, [1]], ids=repr)
def test_counts_that_are_none_are_refused(value):
    refused(lambda: ts.synchronization([[0.5, 0.1], [0.1, 0.5]], random_starts=value), "`random_starts`")
    if value is not None:
        refused(lambda: ts.synchronization([[0.5, 0.1], [0.1, 0.5]], seed=value), "`seed`")
    refused(lambda: ts.steady_state(maser(), solver=ts.Dense(max_dimension=value)), "`max_dimension`")
    refused(lambda: ts.steady_state(maser(), solver=ts.LowRank(max_rank=value)), "`max_rank`")


@pytest.mark.parametrize("solver", [ts.Auto, ts.Block, ts.Collective, ts.Dense, ts.LowRank, "block", 3, ts], ids=str)
def test_what_is_no_solver_is_refused(solver):
    """A class in place of an instance is the commonest slip."""
    refused(lambda: ts.steady_state(maser(), solver=solver), "`solver`", "Auto()")


@pytest.mark.parametrize("level", ["a", None, 1.5, 4, -9, [1]], ids=repr)
def test_what_is_no_level_is_refused(level):
    state = ts.steady_state(maser())
    refused(lambda: state.coherence(level, 1), "`i`")
    refused(lambda: state.coherence(1, level), "`j`")


@pytest.mark.parametrize("state", [None, "state", RHO, 1.0])
def test_only_solved_machines_have_currents(state):
    refused(lambda: ts.thermodynamics(state), "`state`", "ThermalMaser")


def test_parameters_are_no_state():
    refused(lambda: ts.thermodynamics(maser()), "`state`")
    for call in (ts.synchronization, l1_coherence, relative_entropy_of_coherence, triangle_frustration):
        refused(lambda call=call: call(maser()), "`state`", "ThermalMaser")


@pytest.mark.parametrize(
    "changes",
    [
        {"drive": [1e160, 1e160]}, {"drive": [1e308, 1e308]}, {"n_hot": 1e160}, {"n_cold": 1e308}, {"gamma_hot": 1e200},
        {"detuning": 1e200}, {"splittings": [0.0, 1e200]}, {"gamma_hot": 1e-200, "gamma_cold": 1e-200},
        {"gamma_cold": 1e-320}, {"drive": [1e-200, 1e-200]}, {"n_hot": 1e-300, "n_cold": 2e-300}, {"omega_hot": 1e308},
    ],
    ids=str,
)  # fmt: skip
def test_numbers_at_the_ends_of_the_scale_give_an_answer_or_a_sentence(changes):
    """No warning (they are errors here), no other exception, and nothing but nan where the state was refused."""
    for solver in (ts.Auto(), ts.Block(), ts.LowRank(), ts.Dense()):
        try:
            state = ts.steady_state(maser(**changes), solver=solver, throw=False)
        except ts.ArgumentError as error:
            assert GRAMMAR.fullmatch(str(error))  # noqa: PT017
            continue
        sync, flows = ts.synchronization(state), ts.thermodynamics(state)
        if state.status is ts.Status.SUCCESS:
            assert state.populations.sum() == pytest.approx(1.0, abs=1e-12)
            assert sync.pair_sum_bound >= sync.pair_sum >= 0.0
            assert np.isfinite(flows.power)
        else:
            assert np.isnan(state.rho).all()
            assert np.isnan(sync.s_max)


@pytest.mark.parametrize(
    "matrix", [np.full((2, 2), 1e308), np.full((2, 2), np.longdouble("1e400")), np.full((2, 2), -1e308)]
)
def test_matrices_beyond_the_floats_are_refused_without_a_warning(matrix):
    refused(lambda: ts.synchronization(matrix), "`state`")


def test_husimi_of_many_levels_is_a_number_or_a_sentence():
    """D!/π^{D−1} leaves the floats at some 225 levels."""
    for size in (100, 220, 300):
        rho, theta, phi = np.eye(size) / size, np.full(size - 1, 0.7), np.zeros(size)
        try:
            value = ts.husimi(rho, theta, phi)
        except ts.ArgumentError as error:
            assert GRAMMAR.fullmatch(str(error))  # noqa: PT017
        else:
            assert np.isfinite(value)
            assert value > 0.0


def test_other_wrong_arguments_are_refused():
    rho = np.eye(3) / 3
    state = ts.steady_state(maser())
    refused(lambda: ts.phase_distribution(rho, [0.0, 0.0]), "`phases`", "3 levels", "(2,)")
    refused(lambda: ts.phase_distribution(rho, 0.0), "`phases`")
    refused(lambda: ts.phase_distribution(rho, [0.0, np.nan, 0.0]), "`phases`", "nan")
    refused(lambda: ts.coherent_state([0.1, 0.2], [0.0, 0.0]), "`theta`", "1 angles")
    refused(lambda: ts.husimi(rho, [0.1], [0.0, 0.0]), "`phi`", "3 phases")
    refused(lambda: ts.synchronization(rho, random_starts=-1), "`random_starts`", "-1")
    refused(lambda: ts.steady_state("maser"), "`system`", "str")
    refused(lambda: ts.steady_state(maser(), solver="block"), "`solver`", "'block'")
    refused(lambda: ts.thermodynamics(rho), "`state`", "ThermalMaser")
    refused(lambda: state.coherence(1, 9), "`j`", "9")
    system = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, DOWN)])
    refused(lambda: ts.thermodynamics(ts.steady_state(system)), "`state`", "LindbladSystem")
    refused(lambda: ts.steady_state(system, solver=ts.Block()), "`solver`", "ThermalMaser")
    refused(lambda: ts.steady_state(system, solver=ts.Collective()), "`solver`", "Auto()")
    refused(lambda: ts.steady_state(maser(splittings=[0.0, 0.1]), solver=ts.Collective()), "equal level energies")
    refused(lambda: ts.steady_state(maser(gamma_hot=0.0), solver=ts.Collective()), "positive bath couplings")
    refused(lambda: ts.steady_state(maser(n_hot=0.0), solver=ts.LowRank()), "n/(1+n)", "Auto()")
    refused(lambda: ts.steady_state(system, solver=ts.LowRank()), "ThermalMaser")
    refused(lambda: ts.steady_state(maser(), solver=ts.Dense(max_dimension=3)), "at most 3 levels", "4")
    refused(lambda: bose(0.0, 1.0), "`omega`")


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"gamma_hot": 0.0}, 2),
        ({"gamma_cold": 0.0, "drive": [0.0, 0.0]}, 2),
        ({"dipole_correlation": 1.0, "drive": [0.1, 0.1]}, 2),
        ({"dipole_correlation": -1.0, "drive": [0.1, -0.1]}, 2),
    ],
    ids=str,
)
def test_dark_states_are_refused_with_their_number_and_advice(changes, count):
    with pytest.raises(ts.SteadyStateError, match=rf"not unique.*dark states.*\({count} independent") as caught:
        ts.steady_state(maser(**changes))
    assert caught.value.status is ts.Status.NOT_UNIQUE


def test_a_redfield_state_that_is_not_positive_is_refused():
    broken = maser(drive=[0.01, 0.01], n_hot=[50.0, 0.01], dipole_correlation=0.99, n_cold=0.01)
    with pytest.raises(ts.SteadyStateError, match=r"negative eigenvalue.*Redfield") as caught:
        ts.steady_state(broken)
    assert caught.value.status is ts.Status.NOT_POSITIVE
    assert np.isnan(ts.steady_state(broken, throw=False).rho).all()


def test_a_map_marks_its_failures_and_keeps_the_rest():
    correlation = np.array([0.0, 1.0, 0.5])
    batch = maser(drive=[0.1, 0.1], dipole_correlation=correlation)
    with pytest.raises(ts.SteadyStateError, match=r"at 1 of 3 points, first at \[1\]"):
        ts.steady_state(batch)
    state = ts.steady_state(batch, throw=False)
    np.testing.assert_array_equal(state.status, [0, int(ts.Status.NOT_UNIQUE), 0])
    np.testing.assert_array_equal(state.nullity, [1, 2, 1])
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    for values in (sync.s_max, sync.s_max_bound, sync.entrainment, flows.power, flows.entropy_production):
        np.testing.assert_array_equal(np.isnan(values), [False, True, False])
    np.testing.assert_array_equal(sync.certified, [True, False, True])
    assert flows.regime[1] == ts.Regime.UNDEFINED
    for point in (0, 2):
        alone = ts.steady_state(maser(drive=[0.1, 0.1], dipole_correlation=correlation[point]))
        assert sync.s_max[point] == pytest.approx(float(ts.synchronization(alone).s_max), rel=1e-12)
    with pytest.raises(ts.ArgumentError, match="finite"):
        ts.synchronization(state.rho)


@pytest.mark.parametrize("solver", [ts.Auto(), ts.Block(), ts.Dense()], ids=lambda one: type(one).__name__)
def test_a_map_of_two_axes_keeps_its_good_points_whatever_the_solver(solver):
    """Points 1 of the first axis are dark; every measure is nan there and as if alone elsewhere."""
    correlation, cold = np.array([0.3, 1.0, -0.5]), np.array([0.5, 8.0])
    state = ts.steady_state(
        maser(drive=[0.1, 0.1], dipole_correlation=correlation[:, None], n_cold=cold), solver=solver, throw=False
    )
    expected = np.array([[0, 0], [ts.Status.NOT_UNIQUE] * 2, [0, 0]])
    np.testing.assert_array_equal(state.status, expected)
    np.testing.assert_array_equal(state.succeeded, expected == 0)
    np.testing.assert_array_equal(state.nullity, 1 + (expected != 0))
    dark = expected != 0
    np.testing.assert_array_equal(np.isnan(state.rho).all(axis=(-2, -1)), dark)
    np.testing.assert_array_equal(np.isnan(state.populations).all(axis=-1), dark)
    np.testing.assert_array_equal(np.isnan(state.coherence(1, 2)), dark)
    assert np.isfinite(state.rho[~dark]).all()
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    for name in ("pair_sum", "pair_sum_bound", "s_max", "s_max_bound", "scaled", "l1_coherence", "frustration",
                 "order_parameter", "entrainment", "mutual", "gap"):  # fmt: skip
        np.testing.assert_array_equal(np.isnan(getattr(sync, name)), dark, err_msg=name)
    for name in ("power", "heat_hot", "heat_hot_incoherent", "heat_hot_coherent", "heat_cold", "entropy_production",
                 "flux", "first_law_residual"):  # fmt: skip
        np.testing.assert_array_equal(np.isnan(getattr(flows, name)), dark, err_msg=name)
    assert not sync.certified[dark].any()
    assert not flows.first_law_holds[dark].any()
    assert (flows.regime[dark] == ts.Regime.UNDEFINED).all()
    assert np.isnan(sync.phases[dark]).all()
    np.testing.assert_array_equal(sync.optimum[dark], ts.Optimum.UNDEFINED)
    assert np.isnan(ts.phase_distribution(state, np.zeros(4))[dark]).all()
    assert np.isnan(l1_coherence(state)[dark]).all()
    assert np.isnan(triangle_frustration(state).angle[dark]).all()
    for i, j in np.argwhere(~dark):
        alone = ts.steady_state(
            maser(drive=[0.1, 0.1], dipole_correlation=correlation[i], n_cold=cold[j]), solver=solver
        )
        np.testing.assert_allclose(state.rho[i, j], alone.rho, atol=1e-14)
        assert sync.s_max[i, j] == pytest.approx(float(ts.synchronization(alone).s_max), rel=1e-10)
        assert flows.power[i, j] == pytest.approx(float(ts.thermodynamics(alone).power), rel=1e-10)
    assert "NOT_UNIQUE" in repr(state)
    assert repr(sync)
    assert repr(flows)


def test_relative_entropy_of_a_map_with_failures_is_nan_there():
    state = ts.steady_state(maser(drive=[0.1, 0.1], dipole_correlation=[0.3, 1.0]), throw=False)
    values = relative_entropy_of_coherence(state)
    np.testing.assert_array_equal(np.isnan(values), [False, True])


def test_a_batch_of_lindblad_systems_marks_the_one_without_decay():
    system = ts.LindbladSystem(np.diag([0.0, 1.0]), [([0.1, 0.0], DOWN)])
    state = ts.steady_state(system, throw=False)
    np.testing.assert_array_equal(state.status, [0, ts.Status.NOT_UNIQUE])
    np.testing.assert_array_equal(state.nullity, [1, 2])
    np.testing.assert_allclose(state.rho[0], np.diag([1.0, 0.0]), atol=1e-15)
    assert np.isnan(state.rho[1]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.complex64])
def test_odd_but_legal_drives_work(dtype):
    drive = np.array([1, 2, 3], dtype=dtype)
    expected = ts.steady_state(maser(drive=[1.0, 2.0, 3.0])).populations
    drive.setflags(write=False)
    strided = np.repeat(drive, 2)[::2]
    for one in (drive, strided, list(drive), tuple(drive.tolist())):
        np.testing.assert_allclose(ts.steady_state(maser(drive=one)).populations, expected, rtol=1e-15)


def test_odd_but_legal_states_work(rng):
    a = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    rho = a @ a.conj().T
    rho /= np.trace(rho).real
    expected = float(ts.synchronization(rho).s_max)
    transposed = np.asfortranarray(rho)
    transposed.setflags(write=False)
    assert ts.synchronization(transposed).s_max == pytest.approx(expected, rel=1e-12)
    assert ts.synchronization(rho.tolist()).s_max == pytest.approx(expected, rel=1e-12)
    single = (rho.astype(np.complex64) + rho.astype(np.complex64).conj().T) / 2
    assert ts.synchronization(single).s_max == pytest.approx(expected, rel=1e-5)
    with pytest.raises(ts.ArgumentError, match="Hermitian"):
        ts.synchronization(rho + 1e-6 * a)


MEASURES = {
    "synchronization": lambda rho: ts.synchronization(rho).s_max,
    "phase_distribution": lambda rho: ts.phase_distribution(rho, np.linspace(0.0, 2.0, np.shape(rho)[-1])),
    "phase_gradient": lambda rho: phase_gradient(rho, np.linspace(0.0, 2.0, np.shape(rho)[-1])),
    "husimi": lambda rho: ts.husimi(rho, np.full(np.shape(rho)[-1] - 1, 0.4), np.zeros(np.shape(rho)[-1])),
    "l1": l1_coherence,
    "relative entropy": relative_entropy_of_coherence,
    "triangles": lambda rho: triangle_frustration(rho).weight,
}
WITH_ANGLES = [MEASURES[name] for name in ("phase_distribution", "phase_gradient", "husimi")]


@pytest.mark.parametrize("call", MEASURES.values(), ids=MEASURES)
def test_every_measure_takes_every_form_of_a_density_matrix(call, rng):
    a = rng.normal(size=(2, 3, 4, 4)) + 1j * rng.normal(size=(2, 3, 4, 4))
    rho = a @ np.conj(np.swapaxes(a, -1, -2))
    rho /= np.trace(rho, axis1=-2, axis2=-1).real[..., None, None]
    expected = call(rho)
    assert expected.shape[:2] == (2, 3)
    strided = np.repeat(rho, 2, axis=1)[:, ::2]
    backward = np.ascontiguousarray(rho[::-1])[::-1]
    frozen = rho.copy()
    frozen.setflags(write=False)
    swapped = rho.astype(">c16")
    for form in (rho.tolist(), strided, backward, frozen, np.asfortranarray(rho), swapped):
        np.testing.assert_allclose(call(form), expected, rtol=1e-10)
    if call not in WITH_ANGLES:
        np.testing.assert_allclose(call(qutip.Qobj(rho[1, 2])), expected[1, 2], rtol=1e-10)
    single = rho.astype(np.complex64)
    single = 0.5 * (single + np.conj(np.swapaxes(single, -1, -2)))
    np.testing.assert_allclose(call(single), expected, rtol=1e-4, atol=1e-7)
    assert call(rho[:0]).shape == (0, *expected.shape[1:])
    assert call(rho[:, :0]).shape == (2, 0, *expected.shape[2:])


@pytest.mark.parametrize("call", MEASURES.values(), ids=MEASURES)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_every_measure_of_a_diagonal_state_is_still(call, size):
    value = call(np.diag(np.arange(1.0, size + 1)) / (size * (size + 1) / 2))
    assert np.isfinite(value).all()
    if call is not MEASURES["husimi"]:
        np.testing.assert_array_equal(value, 0.0)
    integer = np.zeros((size, size), dtype=int)
    integer[0, 0] = 1
    assert np.isfinite(call(integer)).all()


def test_what_the_user_keeps_is_not_what_we_keep():
    """Frozen values: changing an array that was handed in, or one that was handed out, changes nothing inside."""
    drive, h = np.array([0.1, 0.2]), np.diag([0.0, 1.0])
    machine, system = maser(drive=drive), ts.LindbladSystem(h, [(0.1, DOWN)])
    drive[0], h[1, 1] = 9.0, 9.0
    assert machine.drive[0] == 0.1
    assert system.hamiltonian[1, 1] == 1.0
    for solver in (ts.Collective(), ts.Block(), ts.LowRank(), ts.Dense()):
        state = ts.steady_state(machine, solver=solver)
        before = state.populations.copy()
        for array in (state.rho, state.populations):
            try:
                array[...] = 7.0
            except ValueError as error:
                assert "read-only" in str(error)  # noqa: PT017
        np.testing.assert_array_equal(state.populations, before)


@pytest.mark.parametrize("levels", [2, 80])
@pytest.mark.parametrize("solver", [ts.Auto(), ts.Block(), ts.LowRank()], ids=lambda one: type(one).__name__)
def test_an_undriven_split_manifold_has_no_coherence_and_no_flux(levels, solver):
    state = ts.steady_state(maser(drive=np.zeros(levels), splittings=np.linspace(0, 1, levels)), solver=solver)
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    assert sync.s_max == sync.s_max_bound == 0.0
    assert sync.certified
    assert np.isnan(sync.phases).all()
    assert sync.optimum is ts.Optimum.UNDEFINED
    assert flows.regime is ts.Regime.IDLE
    assert flows.power == 0.0


def test_odd_but_legal_presets_work():
    preset = ts.ThermalMaser.near_degenerate
    baths = {"hot_temperature": 5.0, "cold_temperature": 0.5}
    assert preset(**baths).manifold_levels == 2
    assert preset(manifold_levels=1, **baths).manifold_levels == 1
    assert preset(manifold_levels=np.int64(3), **baths).manifold_levels == 3
    assert preset(spread=0, **baths).generator().energies.tolist() == [0.0, 0.0]
    assert preset(drive=[[0.1], [0.2]], spread=[0.1, 0.2], **baths).batch_shape == (2,)
    assert preset(hot_temperature=np.float32(5), cold_temperature=np.array(0.5)).batch_shape == ()
    cold = preset(hot_temperature=1e-3, cold_temperature=1e-3)
    assert (cold.n_hot == 0.0).all()
    assert ts.steady_state(cold).populations[0] == 1.0


def test_states_with_little_in_them():
    one = ts.synchronization([[1.0]])
    assert one.s_max == 0.0
    assert one.optimum is ts.Optimum.UNDEFINED
    two = ts.synchronization([[0.5, 0.25j], [-0.25j, 0.5]])
    assert two.pair_sum == pytest.approx(0.25, rel=1e-14)
    np.testing.assert_allclose(two.phases, [0.0, 1.5 * np.pi], atol=1e-12)
    tiny = ts.synchronization([[0.5, 1e-300], [1e-300, 0.5]])
    assert tiny.pair_sum == pytest.approx(1e-300, rel=1e-12)
    assert tiny.certified
    still = ts.synchronization(np.eye(4) / 4)
    assert still.s_max == still.s_max_bound == 0.0
    assert still.certified
    assert np.isnan(still.phases).all()
    assert np.isnan(still.frustration)


def test_empty_batches_stay_empty():
    empty = maser(drive=np.zeros((0, 2)))
    for solver in (ts.Auto(), ts.Collective(), ts.Block(), ts.LowRank(), ts.Dense()):
        state = ts.steady_state(empty, solver=solver)
        assert state.rho.shape == (0, 4, 4)
        assert ts.synchronization(state).s_max.shape == (0,)
        assert ts.thermodynamics(state).power.shape == (0,)


@pytest.mark.parametrize(
    "changes",
    [
        {"drive": 0.1},
        {"drive": np.array(0.1)},
        {"drive": [0.0, 0.0]},
        {"n_hot": 0.0},
        {"n_cold": 0.0},
        {"n_hot": 0.0, "n_cold": 0.0},
        {"n_hot": [0.0, 1.0]},
        {"n_hot": 0.5},
        {"gamma_cold": 0.0},
        {"drive": [0.1, 0.0], "splittings": [0.0, 0.1]},
        {"drive": [0.0, 0.0], "splittings": [0.0, 0.1]},
        {"dipole_matrix": np.eye(2)},
        {"dipole_matrix": np.ones((2, 2))},
        {"detuning": -50.0},
        {"drive": [10, 20]},
    ],
    ids=str,
)
def test_limits_of_the_machine_work(changes):
    state = ts.steady_state(maser(**changes))
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    assert sync.certified
    assert flows.first_law_holds
    assert flows.second_law_holds
    assert state.populations.sum() == pytest.approx(1.0, abs=1e-14)
