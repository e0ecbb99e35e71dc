"""Is every wrong input refused in one sentence, and every odd but legal one accepted?"""

import re

import numpy as np
import pytest

import torusync as ts
from torusync.conventions import bose
from torusync.measures import l1_coherence, relative_entropy_of_coherence, triangle_frustration
from torusync.phases import phase_gradient

GRAMMAR = re.compile(r"Argument `[^`]+` must .+, but .+\.", re.DOTALL)
GOOD = {"drive": [0.1, 0.2], "n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def maser(**changes):
    options = GOOD | changes
    return ts.ThermalMaser(options.pop("drive"), **options)


def refused(call, *words):
    """Assert one sentence in the project's grammar that holds the words."""
    with pytest.raises(ts.ArgumentError) as caught:
        call()
    text = str(caught.value)
    assert GRAMMAR.fullmatch(text), text
    assert "\n" not in text
    for word in words:
        assert word in text, text


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
        ({"levels": 0}, ("`levels`", "at least 1")),
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


def test_what_does_not_fit_in_memory_is_refused_before_it_is_allocated():
    large = ts.steady_state(ts.ThermalMaser(np.full(10**5, 0.1), n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2))
    refused(lambda: large.rho, "2 GiB", "149.0 GiB", "matvec")
    split = ts.ThermalMaser(
        np.full(10**5, 0.1), n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, splittings=np.linspace(0, 1, 10**5)
    )
    refused(lambda: ts.steady_state(split, solver=ts.Block()), "GiB", "Block()")
    wide = ts.ThermalMaser(
        np.full((1000, 10**4), 0.1), n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2,
        splittings=np.linspace(0, 1, 10**4),
    )  # fmt: skip
    refused(lambda: ts.steady_state(wide), "GiB", "LowRank()", "split the batch")
    refused(lambda: triangle_frustration(large), "triangles")
    many = ts.LindbladSystem(np.zeros((10**5, 10, 10)), [(0.1, np.eye(10))])
    refused(lambda: ts.steady_state(many), "Dense()", "GiB")


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
    for values in (sync.s_max, sync.upper_bound, sync.entrainment, flows.power, flows.entropy_production):
        np.testing.assert_array_equal(np.isnan(values), [False, True, False])
    np.testing.assert_array_equal(sync.certified, [True, False, True])
    assert flows.regime[1] == ts.Regime.UNDEFINED
    for point in (0, 2):
        alone = ts.steady_state(maser(drive=[0.1, 0.1], dipole_correlation=correlation[point]))
        assert sync.s_max[point] == pytest.approx(float(ts.synchronization(alone).s_max), rel=1e-12)
    with pytest.raises(ts.ArgumentError, match="finite"):
        ts.synchronization(state.rho)


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
    assert still.s_max == still.upper_bound == 0.0
    assert still.certified
    assert np.isnan(still.phases).all()
    assert np.isnan(still.frustration)


def test_empty_batches_stay_empty():
    empty = maser(drive=np.zeros((0, 2)))
    for solver in (ts.Collective(), ts.Block()):
        state = ts.steady_state(empty, solver=solver)
        assert state.rho.shape == (0, 4, 4)
        assert ts.synchronization(state).s_max.shape == (0,)
        assert ts.thermodynamics(state).power.shape == (0,)


@pytest.mark.parametrize(
    "changes", [{"drive": 0.1}, {"drive": [0.0, 0.0]}, {"n_hot": 0.0}, {"n_hot": 0.0, "n_cold": 0.0}]
)
def test_limits_of_the_machine_work(changes):
    state = ts.steady_state(maser(**changes))
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    assert sync.certified
    assert flows.first_law_holds
    assert flows.second_law_holds
    assert state.populations.sum() == pytest.approx(1.0, abs=1e-14)
