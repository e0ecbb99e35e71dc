"""Is the average of single trajectories the master equation, and are slips of a phase counted as it says?"""

import sys

import numpy as np
import pytest

import torusync as ts
from channels import LOWER, thermal
from problems import BATHS, letter_maser, refused
from torusync.dynamics import PhaseState, Trajectories, Unravelling, unravel

TIMES = np.linspace(0.0, 6.0, 5)
QUBIT = ts.LindbladSystem(0.6 * (LOWER + LOWER.T), thermal(LOWER, 0.2, 0.3))


def follows(found, system, start, sigmas=5.0):
    """Every entry within some standard errors, which are those of a sample: none is smaller than one event makes."""
    expected = ts.evolve(system, start, found.times).rho
    error = np.maximum(found.rho_error, 1.0 / len(found))
    return (np.abs(found.rho - expected) <= sigmas * error).all()


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_jumps_average_to_the_master_equation(correlation):
    """A mixed start, unequal occupations: what of the damping is not Hermitian turns phases, too."""
    maser = ts.ThermalMaser(
        [0.3, 0.2j], n_hot=[2.0, 1.0], splittings=[0.0, 0.2], dipole_correlation=correlation, **BATHS
    )
    found = unravel(maser, "thermal", TIMES, trajectories=150, seed=3)
    assert found.kets.shape == (150, 5, 4)
    np.testing.assert_allclose(np.linalg.norm(found.kets, axis=-1), 1.0, atol=1e-12)
    assert follows(found, maser, "thermal")
    assert found.rho_error.max() < 0.05
    assert found.jumps.max() > 1


def test_channels_of_machines_are_their_equation():
    """Without sampling: H and jumps, put together anew, are the generator."""
    from torusync.dynamics.unravel import _channels

    for correlation in (0.0, 0.5):
        maser = ts.ThermalMaser(
            [0.3, 0.2j], n_hot=[2.0, 1.0], splittings=[0.0, 0.2], dipole_correlation=correlation, **BATHS
        )
        hamiltonian, jumps = _channels(maser.generator())
        again = ts.LindbladSystem(hamiltonian, [(0.5, one) for one in jumps])
        np.testing.assert_allclose(again.generator().liouvillian(), maser.generator().liouvillian(), atol=1e-14)


def test_heterodyne_detection_averages_to_it_too():
    found = unravel(QUBIT, PhaseState([0.0, 1.0]), TIMES, kind=Unravelling.HETERODYNE, trajectories=60, seed=1)
    assert follows(found, QUBIT, PhaseState([0.0, 1.0]))
    assert (found.jumps == 0).all()
    # states that are watched stay pure and differ, those of the average are mixed
    assert np.abs(found.kets[0, -1] - found.kets[1, -1]).max() > 1e-3
    assert np.linalg.eigvalsh(found.rho[-1])[0] > 0.05


def test_snapshots_average_to_the_distribution():
    found = unravel(QUBIT, 0, TIMES, trajectories=100, seed=5)
    phases = np.stack([np.zeros(7), np.linspace(0.0, 2.0 * np.pi, 7)], axis=-1)
    seen = found.snapshots(phases)
    assert seen.shape == (100, 5, 7)
    whole = ts.phase_distribution(found.rho[:, np.newaxis], phases)
    np.testing.assert_allclose(seen.mean(axis=0), whole, atol=1e-13)
    true = ts.phase_distribution(ts.evolve(QUBIT, 0, TIMES).rho[:, np.newaxis], phases)
    error = np.maximum(seen.std(axis=0) / 100**0.5, 1e-3)
    assert (np.abs(seen.mean(axis=0) - true) <= 5.0 * error).all()
    assert found.snapshots(phases[0]).shape == (100, 5)


def test_the_seed_is_the_run():
    one, same, other = (unravel(QUBIT, np.eye(2) / 2, TIMES, trajectories=4, seed=s).kets for s in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3


def turning(angles):
    """Trajectories whose ρ_01 has these angles, nan where it vanishes."""
    angles = np.atleast_2d(angles)
    there = np.isfinite(angles)
    kets = np.stack([np.where(there, 0.5**0.5, 1.0), np.where(there, 0.5**0.5 * np.exp(-1j * angles), 0.0)], axis=-1)
    return Trajectories(kets, np.linspace(0.0, 10.0, angles.shape[-1]), np.zeros(len(angles), int), Unravelling.JUMPS)


def counts(angles, **told):
    found = turning(angles).phase_slips(0, 1, **told)
    return [int(one) for one in (found.forward[0], found.backward[0], found.lost[0], found.unresolved[0])]


def test_turns_are_slips_and_swings_are_none():
    up = np.linspace(0.0, 6.0 * np.pi, 200)
    assert counts(up) == [3, 0, 0, 0]
    assert counts(-up) == [0, 3, 0, 0]
    swing = np.pi + 0.3 * np.sin(np.linspace(0.0, 40.0, 400))
    start = np.linspace(0.0, np.pi, 50)
    assert counts(np.concatenate([start, swing])) == [0, 0, 0, 0]
    assert sum(counts(np.concatenate([start, swing]), hysteresis=0.0)[:2]) > 5
    # on its way back it is no slip, either
    assert counts(np.concatenate([np.linspace(0.0, 4.5, 60), np.linspace(4.5, 0.0, 60)])) == [0, 0, 0, 0]
    assert counts(np.concatenate([np.linspace(0.0, 4.8, 60), np.linspace(4.8, 0.0, 60)])) == [1, 1, 0, 0]
    assert turning(up).phase_slips(0, 1).rate == pytest.approx(0.3)


def test_slips_are_counted_from_where_the_phase_is_locked():
    swing = 2.5 + 1.2 * np.sin(np.linspace(0.0, 20.0, 300))
    assert counts(swing, about=2.5, hysteresis=0.1) == [0, 0, 0, 0]
    assert counts(swing, hysteresis=0.1)[0] > 0


def test_what_cannot_be_followed_is_said():
    assert counts([0.1, 0.2, np.nan, np.nan, 3.0, 3.1]) == [0, 0, 1, 0]
    assert counts([0.0, 2.2, 4.4, 6.6]) == [1, 0, 0, 3]
    assert counts([0.0, 2.0, 4.0, 6.0])[3] == 0


REFUSED = {
    "batch": (lambda: unravel(ts.ThermalMaser([[0.1], [0.2]], n_hot=2.0, **BATHS), 0, TIMES), "be one system"),
    "many": (lambda: unravel(ts.ThermalMaser(np.full(20, 0.1), n_hot=2.0, **BATHS), 0, TIMES), "at most 16 levels"),
    "closed": (lambda: unravel(ts.LindbladSystem(np.eye(2), [(0.0, LOWER)]), 0, TIMES), "have channels"),
    "uneven": (lambda: unravel(QUBIT, 0, [0.0, 1.0, 3.0], kind=Unravelling.HETERODYNE), "equally spaced"),
    "kind": (lambda: unravel(QUBIT, 0, TIMES, kind="jumps"), "`kind`"),
    "starts": (lambda: unravel(QUBIT, np.stack([np.eye(2) / 2] * 2), TIMES), "`start` must be one state"),
    "negative": (
        lambda: unravel(ts.ThermalMaser([0.1, 0.1], n_hot=[0.0, 30.0], dipole_correlation=0.99, **BATHS), 0, TIMES),
        "no negative rates",
    ),
    "level": (lambda: turning([0.0, 1.0]).coherence(0, 2), "`j` must be a level between 0 and 1"),
    "hysteresis": (lambda: turning([0.0, 1.0]).phase_slips(0, 1, hysteresis=4.0), "below π"),
    "phases": (lambda: turning([0.0, 1.0]).snapshots([0.0]), "`phases` must have shape"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_answer_is_refused(case):
    call, *words = REFUSED[case]
    refused(call, *words)


def test_without_qutip_it_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "qutip", None)
    refused(lambda: unravel(QUBIT, 0, TIMES), "qutip is not installed")


def test_a_trajectory_of_rest_has_no_slips():
    state = ts.steady_state(letter_maser(n_hot=2.0))
    found = unravel(letter_maser(n_hot=2.0), state, [0.0], trajectories=3)
    assert np.isnan(found.phase_slips(1, 2).rate)
