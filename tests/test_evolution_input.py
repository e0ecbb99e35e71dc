"""What is no evolution is refused, and what an interrupt leaves is kept."""

import pickle
import tracemalloc

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, LOWERING, letter_maser, refused
from torusync import _memory
from torusync.dynamics import EvolutionInterrupted, Method, PhaseState, emission_spectrum, spectra

MASER = letter_maser(n_hot=2.0, splittings=[0.0, 0.3])
QUBIT = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, LOWERING)])

TIMES = {
    "falling": ([0.0, 2.0, 1.0], "`times` must ascend", "2 is followed by 1"),
    "twice": ([0.0, 1.0, 1.0], "`times` must ascend"),
    "none": ([], "at least one time"),
    "table": ([[0.0, 1.0]], "one row", "(1, 2)"),
    "number": (1.0, "one row"),
    "nan": ([0.0, np.nan], "`times` must be finite"),
    "infinite": ([0.0, np.inf], "`times` must be finite"),
    "complex": ([0.0, 1j], "`times` must be real"),
    "text": ("now", "`times` must hold numbers"),
}


@pytest.mark.parametrize("case", TIMES)
def test_times_must_ascend(case):
    times, *words = TIMES[case]
    refused(lambda: ts.evolve(MASER, "ground", times), *words)


STARTS = {
    "another size": (np.eye(3) / 3, "have the 4 levels", "it has 3"),
    "no state": (np.eye(4), "unit trace"),
    "negative": (np.diag([1.5, -0.5, 0.0, 0.0]), "positive semidefinite"),
    "a level too high": (4, "a level between 0 and 3", "it is 4"),
    "a level below": (-1, "a level between 0 and 3"),
    "a truth": (True, "start"),
    "a name": ("grund", "did you mean ground?"),
    "a system": (MASER, "density matrices"),
    "a class": (PhaseState, "density matrices"),
    "nothing": (None, "start"),
    "few phases": (PhaseState([0.0, 1.0]), "have the 4 levels"),
    "another state": (ts.steady_state(QUBIT), "have the 4 levels"),
    "a batch that does not fit": (np.stack([np.eye(4) / 4] * 3), "broadcast"),
}


@pytest.mark.parametrize("case", STARTS)
def test_a_start_is_a_state_of_the_system(case):
    start, *words = STARTS[case]
    system = ts.ThermalMaser([[0.1, 0.2]] * 2, n_hot=2.0, **BATHS) if "batch" in case else MASER
    refused(lambda: ts.evolve(system, start, [0.0, 1.0]), *words)


def test_a_start_that_a_solver_refused_is_none():
    lost = ts.steady_state(letter_maser(drive=[0.1, 0.1], n_hot=2.0, dipole_correlation=1.0), throw=False)
    refused(lambda: ts.evolve(MASER, lost, [0.0]), "be a state at every point")


def test_only_machines_have_a_thermal_state_and_a_laboratory():
    refused(lambda: ts.evolve(QUBIT, "thermal", [0.0]), "without baths of its own")
    refused(lambda: ts.evolve(QUBIT, "ground", [0.0]).laboratory_rho, "ThermalMaser")


def test_phases_of_a_start_are_numbers_or_missing():
    refused(lambda: PhaseState([np.nan, np.nan]), "give at least one level a phase")
    refused(lambda: PhaseState([0.0, np.inf]), "be finite")
    refused(lambda: PhaseState("abc"), "real numbers")
    refused(lambda: PhaseState(1.0), "(..., D)")
    assert PhaseState([0.0, np.nan]) == PhaseState([0.0, np.nan])


def test_no_system_no_progress():
    refused(lambda: ts.evolve(np.eye(2), "ground", [0.0]), "`system`")
    refused(lambda: ts.evolve(ts.ThermalMaser, "ground", [0.0]), "`system`")
    refused(lambda: ts.evolve(MASER, "ground", [0.0], progress=3), "`progress`")


def test_memory_is_asked_for_before_it_is_taken(monkeypatch):
    monkeypatch.setattr(_memory, "available", lambda: 1e9)
    times = np.linspace(0.0, 1.0, 10**5)
    refused(lambda: ts.evolve(ts.ThermalMaser(np.full(60, 0.1), n_hot=2.0, **BATHS), "ground", times), "22.9 GiB")
    refused(lambda: ts.evolve(QUBIT, np.stack([np.eye(2) / 2] * 200), times * 1e-3), "split the batch")


def test_memory_of_modes_is_asked_for_before_they_are_worked_out(monkeypatch):
    """A spectrum takes no more than what is said, and a machine that is too large is told before it is solved."""
    machine = ts.ThermalMaser(np.linspace(0.05, 0.1, 150), n_hot=2.0, **BATHS)
    tracemalloc.start()
    emission_spectrum(machine, [0.0, 0.1])
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    said = 768.0 * 152**2
    assert said / 4 < taken < said
    monkeypatch.setattr(_memory, "available", lambda: 1e9)
    monkeypatch.setattr(spectra, "steady_state", lambda *_: pytest.fail("it was solved first"))
    refused(lambda: emission_spectrum(ts.ThermalMaser(np.full(3000, 0.1), n_hot=2.0, **BATHS), [0.0]), "GiB")


def test_a_number_is_no_start():
    for start in (1.0, 1j, True):
        refused(lambda start=start: ts.evolve(MASER, start, [0.0]), "a level")


@pytest.mark.parametrize("system", [ts.ThermalMaser([[0.1, 0.2], [0.3, 2.0]], n_hot=2.0, **BATHS), QUBIT])
def test_progress_rises_to_one_and_an_interrupt_keeps_what_is_there(system):
    times, told = np.linspace(0.0, 200.0, 401), []
    whole = ts.evolve(system, "ground", times, progress=told.append)
    assert len(told) > 2
    assert told == sorted(told)
    assert told[-1] == 1.0

    def stop(share):
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(EvolutionInterrupted, match="interrupted after") as caught:
        ts.evolve(system, "ground", times, progress=stop)
    part = caught.value.trajectory
    done = part.computed
    assert 0.3 < done.mean() < 0.9
    np.testing.assert_array_equal(part.rho[done], whole.rho[done])
    assert np.isnan(part.rho[~done]).all()
    assert np.isinf(part.error[~done]).all()
    assert (part.method_codes[~done] == Method.NONE).all()
    assert isinstance(caught.value, KeyboardInterrupt)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert str(again) == str(caught.value)
    assert np.isnan(ts.synchronization(part).s_max[~done]).all()


def test_what_is_handed_out_is_frozen_and_says_what_it_is():
    path = ts.evolve(MASER, "ground", [0.0, 1.0, 3.0])
    with pytest.raises(ValueError, match="read-only"):
        path.rho[0, 0, 0] = 2.0
    assert repr(path).startswith("<Trajectory: N = 2, batch (3,), times 0 … 3, PANELS, error ")
    assert "PANELS" in path._repr_html_()
    assert path[1].method is Method.PANELS
    assert path.min_eigenvalue[0] == pytest.approx(0.0, abs=1e-14)
    assert path.coherence(1, 2).shape == (3,)
    assert path.coherence_error is path.error
    assert len(path) == 3
