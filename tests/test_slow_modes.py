"""Are slow modes of systems too large for one matrix eigenvalues, with honest errors, and is what is missing told?"""

import numpy as np
import pytest

import torusync as ts
from channels import as_channels
from problems import BATHS, LOWERING, refused
from torusync.densities import DenseDensity
from torusync.dynamics import liouvillian_spectrum, slow, slow_modes


def oscillator(size, *, drive=0.0, kerr=0.0, n=0.0, detuning=0.3, gamma=0.05):
    lower = np.diag(np.sqrt(np.arange(1.0, size)), 1)
    number = lower.T @ lower
    hamiltonian = detuning * number + drive * (lower + lower.T) + kerr * number @ number
    return ts.LindbladSystem(hamiltonian, [(gamma * (1.0 + n), lower), (gamma * n, lower.T)])


def damped(size):
    """−iδ(n − m) − γ(n + m) of a damped oscillator, drive or not, by falling real part."""
    n = np.arange(size)
    values = (-0.3j * (n[:, np.newaxis] - n) - 0.05 * (n[:, np.newaxis] + n)).ravel()
    return values[np.argsort(-values.real, kind="stable")]


def apart(found, known):
    return np.abs(found[:, np.newaxis] - known).min(axis=-1)


def test_a_damped_oscillator_has_all_of_its_slowest_modes():
    """Each difference of quanta is a block, and what mirrors it is its adjoint."""
    found = slow_modes(oscillator(30), count=10)
    assert found.complete
    assert found.blocks == 59
    assert (apart(found.eigenvalues, damped(30)) <= found.error).all()
    np.testing.assert_allclose(np.sort(found.eigenvalues.real), np.sort(damped(30).real[:10]), atol=1e-9)
    assert found.gap_bound == pytest.approx(0.05, abs=1e-8)
    assert found.gap_bound >= 0.05


@pytest.mark.parametrize("size", [24, 40])
def test_a_drive_joins_all_blocks_and_leaves_the_eigenvalues(size):
    found = slow_modes(oscillator(size, drive=0.05))
    assert (found.blocks, found.complete) == (1, False)
    assert (apart(found.eigenvalues, damped(size)) <= found.error).all()
    assert found.error.max() < 1e-4
    assert abs(found.eigenvalues[0]) <= found.error[0]
    assert found.gap_bound >= 0.05


def test_modes_are_modes():
    system = oscillator(25, drive=0.1, kerr=0.01, n=0.2)
    found, generator = slow_modes(system, count=4), system.generator()
    for value, mode, residual in zip(found.eigenvalues, found.modes, found.residual, strict=True):
        assert np.linalg.norm(mode) == pytest.approx(1.0, abs=1e-12)
        left = np.linalg.norm(generator.change(DenseDensity(mode)) - value * mode)
        assert left == pytest.approx(residual, abs=1e-13)
        assert residual < 1e-11
    stationary = found.modes[0] / np.trace(found.modes[0])
    np.testing.assert_allclose(stationary, ts.steady_state(system).rho, atol=1e-10)


def test_iterations_find_eigenvalues_of_the_whole(monkeypatch):
    """Next to the shift, and conditions are those of whole matrices: 1/|y†x|."""
    system = oscillator(12, drive=0.1, kerr=0.02, n=0.4)
    monkeypatch.setattr(slow, "_DENSE_ROWS", 10)
    found = slow_modes(system, count=5)
    whole = liouvillian_spectrum(system)
    assert not found.complete
    assert (apart(found.eigenvalues, whole.eigenvalues) <= found.error + whole.error).all()
    assert found.error.max() < 1e-10
    monkeypatch.undo()
    again = slow_modes(system, count=144)
    assert again.complete
    near = np.abs(found.eigenvalues[:, np.newaxis] - again.eigenvalues).argmin(axis=-1)
    np.testing.assert_allclose(found.condition, again.condition[near], rtol=1e-6)
    assert again.condition.min() >= 1.0 - 1e-12


def test_the_error_of_eigenvalues_is_no_better_than_the_truth():
    """A Jordan chain: the drift of a machine at its exceptional point."""
    maser = ts.ThermalMaser([0.5 * (0.3 - 0.15)], n_hot=2.0, **BATHS)
    found = slow_modes(ts.LindbladSystem(*as_channels(maser)[:2]), count=9)
    exact = -0.5 * (0.3 + 0.15) - 0.5 * (2 * 0.2 * 0.5 + 2 * 0.05 * 2.0)
    ground = np.abs(found.eigenvalues.imag) > 1.0
    assert ground.sum() == 4
    off = np.abs(found.eigenvalues[ground].real - exact)
    assert off.max() > 1e-12
    assert (off <= found.error[ground]).all()
    assert found.condition.max() > 1e6


REFUSED = {
    "machine": (lambda: slow_modes(ts.ThermalMaser([0.1], n_hot=2.0, **BATHS)), "ask for its liouvillian_gap"),
    "batch": (
        lambda: slow_modes(ts.LindbladSystem(np.zeros((3, 2, 2)), [(0.1, LOWERING)])),
        "`system` must be one system",
    ),
    "many": (lambda: slow_modes(oscillator(101)), "at most 100 levels"),
    "count": (lambda: slow_modes(oscillator(4), count=0), "`count`"),
    "kind": (lambda: slow_modes(ts.LindbladSystem), "`system`"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_answer_is_refused(case):
    call, *words = REFUSED[case]
    refused(call, *words)


def test_an_iteration_that_does_not_end_is_told(monkeypatch):
    def endless(*_, **__):
        raise slow.ArpackNoConvergence("no", np.zeros(0), np.zeros((0, 0)))

    monkeypatch.setattr(slow, "eigs", endless)
    refused(lambda: slow_modes(oscillator(24, drive=0.05)), "did not converge")
