"""Are slow modes that turn fast listed, and spectra of many levels that charges cut into small blocks all there?"""

import numpy as np
import pytest

import torusync as ts
from problems import refused
from torusync.dynamics import liouvillian_gap, liouvillian_spectrum, sectors, slow, slow_modes


def oscillator(size, *, drive=0.0, kerr=0.0, n=0.0, detuning=3.0, gamma=0.05):
    lower = np.diag(np.sqrt(np.arange(1.0, size)), 1)
    number = lower.T @ lower
    hamiltonian = detuning * number + drive * (lower + lower.T) + kerr * number @ number
    return ts.LindbladSystem(hamiltonian, [(gamma * (1.0 + n), lower), (gamma * n, lower.T)])


def damped(size, detuning=3.0):
    """−iδ(n − m) − γ(n + m) of a damped oscillator, drive or not, by falling real part."""
    n = np.arange(size)
    values = (-1j * detuning * (n[:, np.newaxis] - n) - 0.05 * (n[:, np.newaxis] + n)).ravel()
    return values[np.argsort(-values.real, kind="stable")]


def matched(found, known, error):
    """Whether each value found has a known one of its own within its error."""
    left = list(known)
    for value, off in zip(found, np.broadcast_to(error, found.shape), strict=True):
        near = int(np.argmin(np.abs(np.array(left) - value)))
        if abs(left.pop(near) - value) > off:
            return False
    return True


@pytest.mark.parametrize("detuning", [0.3, 3.0, 12.0])
def test_modes_that_turn_are_listed_however_fast(detuning):
    """A drive joins all blocks; next to the origin, turning at 0, only those of equal quanta are."""
    found = slow_modes(oscillator(15, drive=0.05, detuning=detuning))
    assert (found.blocks, found.complete, found.turning) == (1, False, True)
    assert matched(found.eigenvalues, damped(15, detuning)[:6], found.error)
    assert found.error.max() < 1e-6
    np.testing.assert_allclose(np.sort(found.eigenvalues.real), np.sort(damped(15).real[:6]), atol=1e-8)


def test_they_are_those_of_the_whole_where_nothing_is_known_in_closed_form():
    system = oscillator(16, drive=0.1, kerr=0.1, n=0.2)
    found, whole = slow_modes(system, count=7), liouvillian_spectrum(system)
    assert matched(found.eigenvalues, whole.eigenvalues[:7], found.error + whole.error)
    assert np.abs(found.eigenvalues.imag).max() > 6.0
    generator = system.generator().liouvillian()
    for value, mode in zip(found.eigenvalues, found.modes, strict=True):
        assert np.linalg.norm(generator @ mode.ravel() - value * mode.ravel()) < 1e-11


def test_where_that_takes_long_it_is_told(monkeypatch):
    monkeypatch.setattr(slow, "_SECONDS", 0.0)
    found = slow_modes(oscillator(15, drive=0.05))
    assert not found.turning
    assert not found.complete
    assert np.abs(found.eigenvalues.imag).max() < 1.0
    assert slow_modes(oscillator(12)).turning


def test_what_the_iteration_did_not_end_on_is_looked_for_all_the_same(monkeypatch):
    true = slow.eigs

    def impatient(operator, **keywords):
        values, vectors = true(operator, **keywords)
        if keywords.get("tol"):
            raise slow.ArpackNoConvergence("no", values[:5], vectors[:, :5])
        return values, vectors

    monkeypatch.setattr(slow, "eigs", impatient)
    found = slow_modes(oscillator(15, drive=0.05), count=3)
    assert matched(found.eigenvalues, damped(15)[:3], found.error)
    assert found.turning

    def weary(operator, **keywords):
        values, vectors = true(operator, **keywords)
        if keywords.get("tol"):
            # what it ended on is no mode
            raise slow.ArpackNoConvergence("no", values, np.random.default_rng(1).normal(size=vectors.shape) + 0j)
        return values, vectors

    monkeypatch.setattr(slow, "eigs", weary)
    assert not slow_modes(oscillator(15, drive=0.05), count=3).turning


def test_equal_eigenvalues_of_independent_modes_are_both_kept_and_equal_modes_once():
    modes = np.eye(4, dtype=complex)
    one = (np.array([1.0, 2.0 + 0j]), modes[:, :2], np.ones(2))
    again = (np.array([2.0, 2.0, 3.0 + 0j]), modes[:, 1:], np.ones(3))
    values, vectors, conditions = slow._merged(one, again)
    np.testing.assert_array_equal(values, [1.0, 2.0, 2.0, 3.0])
    np.testing.assert_array_equal(vectors, modes)
    assert conditions.shape == (4,)


@pytest.mark.parametrize("size", [21, 40])
def test_the_spectrum_of_many_levels_is_that_of_its_sectors(size):
    found = liouvillian_spectrum(oscillator(size))
    assert found.eigenvalues.shape == (size**2,)
    known = damped(size)
    # sums of exact entries: each value by its own frequency and decay
    order = np.lexsort((np.round(known.imag, 6), np.round(known.real, 6)))
    mine = np.lexsort((np.round(found.eigenvalues.imag, 6), np.round(found.eigenvalues.real, 6)))
    off = np.abs(found.eigenvalues[mine] - known[order])
    assert off.max() <= found.error
    assert off.max() < 1e-9


def test_the_gap_of_many_levels_follows_where_charges_cut():
    """A thermal oscillator: the slowest mode is a coherence, at γ, of which the error tells how sensitive modes are."""
    found = liouvillian_gap(oscillator(22, n=0.05))
    whole = liouvillian_spectrum(oscillator(22, n=0.05))
    assert abs(found.gap - 0.05) <= found.error + 1e-9
    assert found.error == whole.error
    assert found.error < 0.1 * found.gap


def test_a_mistake_between_blocks_is_in_the_error():
    """Bauer and Fike: what rounding took from the matrix, anywhere, times the condition of all modes together."""
    system = oscillator(21, n=0.1)
    cut = sectors.Sectors.of(system.generator())
    _, error, condition = cut.spectrum()
    assert error >= condition * cut.rounding > 0.0
    worst = [np.linalg.svd(np.linalg.eig(block.toarray())[1])[1][[0, -1]] for block, *_ in cut.blocks()]
    largest, smallest = np.array(worst).T
    assert condition == pytest.approx(largest.max() / smallest.min(), rel=1e-3)


def test_modes_of_blocks_that_are_none_are_in_the_error(monkeypatch):
    true = sectors.modes

    def spoilt(stack):
        values, vectors = true(stack)
        return values + 1e-6, vectors

    monkeypatch.setattr(sectors, "modes", spoilt)
    found = liouvillian_spectrum(ts.LindbladSystem(np.diag(np.arange(21.0)), [(0.1, np.diag(np.arange(21.0)))]))
    assert np.abs(found.eigenvalues[0]) > 0.9e-6
    assert found.error > 0.9e-6


REFUSED = {
    "large blocks": (lambda: liouvillian_spectrum(oscillator(24, drive=0.1)), "at most 20 levels", "slow_modes"),
    "gap of large blocks": (lambda: liouvillian_gap(oscillator(24, drive=0.1)), "slow_modes"),
    "too many": (lambda: liouvillian_spectrum(oscillator(101)), "at most 20 levels"),
    "batch": (
        lambda: liouvillian_spectrum(ts.LindbladSystem(np.zeros((2, 24, 24)), [(0.1, np.eye(24))])),
        "at most 20 levels",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_answer_is_refused(case):
    call, *words = REFUSED[case]
    refused(call, *words)
