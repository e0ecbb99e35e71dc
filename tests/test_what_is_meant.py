"""Does a refusal say what the user meant, where that can be told: a class, a name, a state, an operator?"""

import numpy as np
import pytest

import torusync as ts
from torusync.dynamics import emission_spectrum
from torusync.phases import Fock
from torusync.plots import animate_phasors, animate_torus, plot_trajectory
from torusync.thermo import FirstLaw

LOWER = np.diag([1.0, np.sqrt(2.0)], 1)


@pytest.fixture(scope="module")
def system():
    return ts.LindbladSystem(0.2 * (LOWER + LOWER.T), [(0.1, LOWER), (0.02, LOWER.T)])


@pytest.fixture(scope="module")
def state(system):
    return ts.steady_state(system)


@pytest.mark.parametrize(
    ("reading", "meant"), [(Fock, r"the class Fock; call it, Fock\(…\)"), ("Fock", r"make one, Fock\(…\)")]
)
def test_a_reading_in_place_of_one_that_is_made(state, system, reading, meant):
    for ask in (
        lambda: ts.synchronization(state, distribution=reading),
        lambda: ts.solve(system, distribution=reading),
        lambda: ts.sweep(ts.ThermalMaser, {"drive": [0.1]}, ["s_max"], fixed={"distribution": reading}),
    ):
        with pytest.raises(ts.ArgumentError, match=meant):
            ask()


def test_a_state_in_place_of_its_system(state):
    for ask in (ts.steady_state, ts.solve):
        with pytest.raises(ts.ArgumentError, match="it is SteadyState; solve its `system`"):
            ask(state)


def test_an_operator_in_place_of_a_system():
    for ask in (ts.steady_state, ts.solve, ts.explain):
        with pytest.raises(ts.ArgumentError, match=r"LindbladSystem.from_qutip\(H, c_ops\)"):
            ask(LOWER + LOWER.T)


def test_a_system_in_place_of_its_state(system):
    maser = ts.ThermalMaser([0.1], n_hot=1.0, n_cold=0.5, gamma_hot=0.1, gamma_cold=0.1)
    for one in (system, maser):
        with pytest.raises(ts.ArgumentError, match=r"solve it first, with steady_state\("):
            ts.counting_statistics(one)


def test_a_code_is_printed_by_its_name_and_counts_as_its_number(state):
    assert str(state.status) == f"{state.status}" == "SUCCESS"
    assert f"{FirstLaw.TAKEN:d}" == str(int(FirstLaw.TAKEN)) == f"{FirstLaw.TAKEN.value}"
    assert np.array(FirstLaw.TAKEN).dtype.kind == "i"


def test_a_spectrum_of_many_levels_says_who_has_it():
    ladder = np.diag(np.sqrt(np.arange(1.0, 24.0)), 1)
    many = ts.LindbladSystem(0.1 * (ladder + ladder.T), [(0.5, ladder)])
    with pytest.raises(ts.ArgumentError, match=r"it has 24; take qutip.spectrum, with its to_qutip\(\)"):
        emission_spectrum(many, [0.0], operator=ladder)


def test_one_time_of_a_trajectory_is_no_course(system, tmp_path):
    moment = ts.evolve(system, 0, [0.0, 1.0])[1]
    for ask in (
        lambda: plot_trajectory(moment),
        lambda: animate_phasors(moment, tmp_path / "a.gif"),
        lambda: animate_torus(moment, tmp_path / "a.gif"),
    ):
        with pytest.raises(ts.ArgumentError, match="`result` must be along times, but it is of one"):
            ask()
