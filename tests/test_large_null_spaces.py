"""Systems with several steady states that are too large for singular values: the same counts, limits and gaps."""

import numpy as np
import pytest
from tests.lattices import at, lindblad, liouvillian, lowering
from tests.problems import refused
from tests.test_several_states import CASES, rotated, state

import torusync as ts
from torusync.steady import Status, several, stationary_space


@pytest.mark.parametrize("name", CASES)
def test_factors_find_what_singular_values_find(name, monkeypatch):
    system = CASES[name][0]()
    whole = stationary_space(system)
    monkeypatch.setattr(several, "SINGULAR_ROWS", 1)
    found = stationary_space(system)
    assert found.nullity == whole.nullity == CASES[name][1]
    assert found.gap <= whole.gap * (1.0 + 1e-9)
    assert found.gap > whole.gap / 300.0
    start = state(6, system.dimension)
    off = np.linalg.svd(found.limit(start) - whole.limit(start), compute_uv=False).sum()
    size = system.dimension**0.5
    assert off <= size * (found.error + whole.error)
    for one in found.matrices:
        assert np.linalg.norm(liouvillian(system) @ one.reshape(-1)) < 1e-12


def test_a_part_of_thousands_of_rows():
    """A qubit that nothing touches, in a rotated basis, beside a driven mode: four stationary matrices."""
    a = at(lowering(22), 1, (2, 22))
    turn = np.kron(np.linalg.qr(np.array([[1.0, 2.0], [3.0, -1.0j]]))[0], np.eye(22))
    split = turn @ at(np.diag([1.0, -1.0]), 0, (2, 22)) @ turn.conj().T
    system = lindblad(0.4 * a.conj().T @ a + 0.3 * (a + a.conj().T) + 0.7 * split, [a])
    space = stationary_space(system)
    assert space.nullity == 2
    assert 1e-4 < space.gap <= 0.5
    start = state(3, 44)
    found = ts.steady_state(system, initial=start)
    assert (found.status, found.nullity) == (Status.METASTABLE, 2)
    assert found.holds_until > 1e3
    mode = ts.steady_state(lindblad(*_driven())).rho
    inside = np.einsum("ikjk->ij", start.reshape(2, 22, 2, 22))
    diagonal = turn[::22, ::22]
    kept = diagonal @ np.diag(np.diagonal(diagonal.conj().T @ inside @ diagonal)) @ diagonal.conj().T
    assert np.linalg.svd(found.rho - np.kron(kept, mode), compute_uv=False).sum() <= 1e-6


def _driven():
    a = lowering(22)
    return 0.4 * a.conj().T @ a + 0.3 * (a + a.conj().T), [a]


def test_more_stationary_matrices_than_are_looked_for_at_first(monkeypatch):
    """Twelve levels that dephase alone, in a basis that hides them."""
    turn, levels = rotated(5, 12), np.arange(12.0)
    energy, jump = (turn @ np.diag(one) @ turn.conj().T for one in (levels**2, np.sqrt(1.0 + levels)))
    system = lindblad(energy, [jump])
    values = np.linalg.svd(liouvillian(system), compute_uv=False)
    monkeypatch.setattr(several, "SINGULAR_ROWS", 1)
    space = stationary_space(system)
    assert space.nullity == 12
    assert values[-13] / 300.0 < space.gap <= values[-13] * (1.0 + 1e-9)
    start = state(2, 12)
    kept = turn @ np.diag(np.diagonal(turn.conj().T @ start @ turn)) @ turn.conj().T
    assert np.linalg.svd(space.limit(start) - kept, compute_uv=False).sum() < 1e-9
    assert (space.error, space.holds_until > 1e3) == (np.inf, True)


def test_a_decay_that_can_be_told_from_none_is_none_of_them(monkeypatch):
    monkeypatch.setattr(several, "SINGULAR_ROWS", 1)
    found = []
    for slow in (0.0, 1e-18, 1e-8, 1e-4):
        one = CASES["hidden"][0]()
        flip = rotated(2, 8) @ at(np.array([[0.0, 1.0], [0.0, 0.0]]), 0, (2, 4)) @ rotated(2, 8).conj().T
        found.append(stationary_space(ts.LindbladSystem(one.hamiltonian, [*one.channels, (slow, flip)])).nullity)
    assert found == [4, 4, 1, 1]


def test_what_takes_too_much_is_refused_with_the_number(monkeypatch):
    monkeypatch.setattr(several, "FACTORED_ENTRIES", 1000.0)
    refused(lambda: stationary_space(lindblad(np.ones((41, 41)), [lowering(41)])), "1.0e+03 entries", "41 levels")
