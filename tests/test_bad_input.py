"""Is every wrong input refused in one sentence?"""

import numpy as np
import pytest
import qutip

import torusync as ts
from problems import GRAMMAR, LOWERING, letter_maser, refused
from torusync.conventions import bose
from torusync.measures import l1_coherence, relative_entropy_of_coherence, triangle_frustration
from torusync.phases import coherent_state, husimi, phase_gradient
from torusync.steady import Block, Collective, Dense, LowRank, Status

DOWN = LOWERING.tolist()


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
    refused(lambda: letter_maser(**changes), *words)


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
        (qutip.basis(2, 0), [], ("`hamiltonian`", "square", "a ket")),
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
        lambda rho: husimi(rho, [0.3], [0.0, 0.0]),
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
    refused(lambda: from_qutip(qutip.basis(2, 0), []), "`hamiltonian`", "it is a ket")
    refused(lambda: from_qutip(qutip.qeye(2), [qutip.basis(2, 0)]), "channels[0] operator", "it is a ket")
    refused(lambda: from_qutip(qutip.qeye(2), [qutip.destroy(3)]), "channels[0] operator", "2 levels", "3")
    refused(lambda: from_qutip(qutip.qeye(2), None), "None")
    refused(lambda: from_qutip(qutip.QobjEvo([[qutip.qeye(2), abs]]), []), "`hamiltonian`", "QobjEvo")
    refused(lambda: from_qutip(qutip.sigmam(), []), "`hamiltonian`", "Hermitian")
    refused(lambda: ts.synchronization(qutip.to_super(qutip.qeye(2))), "`state`", "superoperator")


RHO = np.eye(3) / 3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: coherent_state(np.zeros((3, 1)), np.zeros((2, 2))), ("(3,)", "(2,)")),
        (lambda: husimi(np.stack([RHO] * 3), np.zeros((2, 2)), np.zeros((2, 3))), ("(3,)", "(2,)")),
        (lambda: husimi(np.stack([RHO] * 3), np.zeros((2, 2)), np.zeros(3)), ("(3,)", "(2,)")),
        (lambda: ts.phase_distribution(np.stack([RHO] * 3), np.zeros((2, 3))), ("`phases`", "(3,)", "(2,)")),
        (lambda: phase_gradient(np.stack([RHO] * 3), np.zeros((2, 3))), ("`phases`", "(3,)", "(2,)")),
        (lambda: ts.phase_distribution(solved_batch(), np.zeros((2, 4))), ("`phases`", "(3,)", "(2,)")),
    ],
)
def test_batches_that_do_not_broadcast_are_refused(call, words):
    refused(call, "broadcast", *words)


def solved_batch():
    return ts.steady_state(letter_maser(detuning=[0.0, 0.1, 0.2]))


@pytest.mark.parametrize("value", ["a", None, [[0.0], [0.0, 1.0]], np.array([object()]), np.nan, [np.inf] * 3, 1j])
def test_angles_that_are_none_are_refused(value):
    refused(lambda: ts.phase_distribution(RHO, value), "`phases`")
    refused(lambda: phase_gradient(RHO, value), "`phases`")
    refused(lambda: coherent_state(value, [0.0, 0.0, 0.0]), "`theta`")
    refused(lambda: coherent_state([0.1, 0.1], value), "`phi`")
    refused(lambda: husimi(RHO, value, [0.0, 0.0, 0.0]), "`theta`")
    refused(lambda: husimi(RHO, [0.1, 0.1], value), "`phi`")


@pytest.mark.parametrize("value", [2.5, "3", None, -1, [1]], ids=repr)
def test_counts_that_are_none_are_refused(value):
    refused(lambda: ts.synchronization([[0.5, 0.1], [0.1, 0.5]], random_starts=value), "`random_starts`")
    if value is not None:
        refused(lambda: ts.synchronization([[0.5, 0.1], [0.1, 0.5]], seed=value), "`seed`")
    refused(lambda: ts.steady_state(letter_maser(), solver=Dense(max_dimension=value)), "`max_dimension`")
    refused(lambda: ts.steady_state(letter_maser(), solver=LowRank(max_rank=value)), "`max_rank`")


@pytest.mark.parametrize(
    "solver",
    [ts.Auto, Block, Collective, Dense, LowRank, "block", 3, ts],
    ids=str,
)
def test_what_is_no_solver_is_refused(solver):
    """A class in place of an instance is the commonest slip."""
    refused(lambda: ts.steady_state(letter_maser(), solver=solver), "`solver`", "Auto()")


@pytest.mark.parametrize("level", ["a", None, 1.5, 4, -9, [1]], ids=repr)
def test_what_is_no_level_is_refused(level):
    state = ts.steady_state(letter_maser())
    refused(lambda: state.coherence(level, 1), "`i`")
    refused(lambda: state.coherence(1, level), "`j`")


@pytest.mark.parametrize("state", [None, "state", RHO, 1.0])
def test_only_solved_machines_have_currents(state):
    refused(lambda: ts.thermodynamics(state), "`state`", "ThermalMaser")


def test_parameters_are_no_state():
    refused(lambda: ts.thermodynamics(letter_maser()), "`state`")
    for call in (ts.synchronization, l1_coherence, relative_entropy_of_coherence, triangle_frustration):
        refused(lambda call=call: call(letter_maser()), "`state`", "ThermalMaser")


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
    for solver in (ts.Auto(), Block(), LowRank(), Dense()):
        try:
            state = ts.steady_state(letter_maser(**changes), solver=solver, throw=False)
        except ts.ArgumentError as error:
            assert GRAMMAR.fullmatch(str(error))  # noqa: PT017
            continue
        sync, flows = ts.synchronization(state), ts.thermodynamics(state)
        if state.status is Status.SUCCESS:
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
            value = husimi(rho, theta, phi)
        except ts.ArgumentError as error:
            assert GRAMMAR.fullmatch(str(error))  # noqa: PT017
        else:
            assert np.isfinite(value)
            assert value > 0.0


def test_other_wrong_arguments_are_refused():
    rho = np.eye(3) / 3
    state = ts.steady_state(letter_maser())
    refused(lambda: ts.phase_distribution(rho, [0.0, 0.0]), "`phases`", "3 levels", "(2,)")
    refused(lambda: ts.phase_distribution(rho, 0.0), "`phases`")
    refused(lambda: ts.phase_distribution(np.full((3, 3), 1 / 3), [0.0, np.nan, 0.0]), "`phases`", "nan")
    refused(lambda: coherent_state([0.1, 0.2], [0.0, 0.0]), "`theta`", "1 angles")
    refused(lambda: husimi(rho, [0.1], [0.0, 0.0]), "`phi`", "3 phases")
    refused(lambda: ts.synchronization(rho, random_starts=-1), "`random_starts`", "-1")
    refused(lambda: ts.steady_state("maser"), "`system`", "str")
    refused(lambda: ts.steady_state(letter_maser(), solver="block"), "`solver`", "'block'")
    refused(lambda: ts.thermodynamics(rho), "`state`", "ThermalMaser")
    refused(lambda: state.coherence(1, 9), "`j`", "9")
    system = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, DOWN)])
    refused(lambda: ts.thermodynamics(ts.steady_state(system)), "`state`", "LindbladSystem")
    refused(lambda: ts.steady_state(system, solver=Block()), "`solver`", "ThermalMaser")
    refused(lambda: ts.steady_state(system, solver=Collective()), "`solver`", "Auto()")
    refused(
        lambda: ts.steady_state(letter_maser(splittings=[0.0, 0.1]), solver=Collective()),
        "equal level energies",
    )
    refused(lambda: ts.steady_state(letter_maser(gamma_hot=0.0), solver=Collective()), "positive bath couplings")
    refused(lambda: ts.steady_state(letter_maser(n_hot=0.0), solver=LowRank()), "n/(1+n)", "Auto()")
    refused(lambda: ts.steady_state(system, solver=LowRank()), "ThermalMaser")
    refused(lambda: ts.steady_state(letter_maser(), solver=Dense(max_dimension=3)), "at most 3 levels", "4")
    refused(lambda: bose(0.0, 1.0), "`omega`")
