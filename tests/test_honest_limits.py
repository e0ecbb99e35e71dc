"""Is the limit of an initial state claimed for ever only where the numbers as stored make it one for ever?

A decay below rounding is no decay to any singular value, and the state that it leads to is another one altogether.
"""

from fractions import Fraction

import flint
import numpy as np
import pytest
from scipy.linalg import expm
from tests.lattices import liouvillian, spin
from tests.test_several_states import rotated, state

import torusync as ts
from torusync.steady import Status, modular, several, stationary_space
from torusync.steady.modular import certain_nullity

LOWER = np.array([[0.0, 1.0], [0.0, 0.0]])
FLIP = LOWER + LOWER.T


def chains(leak, length=7, up=0.5):
    """Return two ladders, and what leads from the top of the second to the bottom of the first."""
    down, across = np.zeros((2 * length, 2 * length)), np.zeros((2 * length, 2 * length))
    step = np.r_[0 : length - 1, length : 2 * length - 1]
    down[step, step + 1], across[0, -1] = 1.0, 1.0
    return ts.LindbladSystem(np.zeros_like(down), [(1.0, down), (up, down.T.copy()), (leak, across)])


@pytest.mark.parametrize("leak", [1e-9, 1e-14, 1e-20])
def test_a_leak_below_rounding_still_leads_on(leak):
    """What dephases beside a slow decay: there is one steady state, whichever one begins with."""
    dephased = ts.LindbladSystem(np.zeros((2, 2)), [(1.0, np.diag([1.0, -1.0])), (leak, LOWER)])
    for start in (None, np.diag([0.0, 1.0])):
        found = ts.steady_state(dephased, initial=start)
        assert found.status is Status.SUCCESS
        assert np.abs(found.rho - np.diag([1.0, 0.0])).max() <= found.error < 1e-12


@pytest.mark.parametrize("leak", [1e-12, 1e-14, 1e-20])
def test_a_limit_that_is_left_in_the_end_has_no_error_that_is_known(leak):
    system, start = chains(leak), np.diag([0.0] * 13 + [1.0])
    found = ts.steady_state(system, initial=start)
    assert (found.status, found.error, found.coherence_error) == (Status.METASTABLE, np.inf, np.inf)
    assert found.succeeded
    assert found.nullity > certain_nullity(system.generator()) == 1
    late = (expm(0.9 * found.holds_until * liouvillian(system)) @ start.reshape(-1)).reshape(14, 14)
    assert np.linalg.svd(found.rho - late, compute_uv=False).sum() <= 1e-6
    space = stationary_space(system)
    assert (space.error, space.certain) == (np.inf, 1)


def test_what_nothing_connects_is_apart_for_ever():
    found = ts.steady_state(chains(0.0), initial=np.diag([0.0] * 13 + [1.0]))
    assert (found.status, found.holds_until) == (Status.SUCCESS, np.inf)
    weights = np.r_[np.zeros(7), 0.5 ** np.arange(7.0)]
    assert np.abs(found.rho - np.diag(weights / weights.sum())).max() <= found.error < 1e-9


def test_how_many_are_stationary_is_counted_exactly():
    """Pumping into two dark states, by branches that no projector tells; a collective spin; the same ones rotated."""
    pumped = np.zeros((3, 3)), [(0.1 * k, np.outer(np.eye(3)[k - 1], [0.0, 0.0, 1.0])) for k in (1, 2)]
    up = sum(np.kron(np.kron(np.eye(2**k), spin(2)[1]), np.eye(2 ** (2 - k))) for k in range(3))
    collective = 0.3 * (up @ up.T), [(0.7, up.T.copy()), (0.2, up)]
    for (energies, channels), count in ((pumped, 4), (collective, 5)):
        size = len(energies)
        assert certain_nullity(ts.LindbladSystem(energies, channels).generator()) == count
        turn = rotated(1, size)
        hidden = ts.LindbladSystem(
            turn @ energies @ turn.conj().T, [(g, turn @ x @ turn.conj().T) for g, x in channels]
        )
        assert certain_nullity(hidden.generator()) < count
        found = ts.steady_state(hidden, initial=state(2, size))
        assert (found.status, found.nullity, found.error) == (Status.METASTABLE, count, np.inf)


def rational(system):
    """Return L in rational numbers: real and imaginary parts of vec(ρ) below each other."""
    size = system.dimension
    total = 0

    def parts(matrix):
        turn = np.vectorize(Fraction, otypes=[object])
        real, imag = turn(matrix.real), turn(matrix.imag)
        return np.block([[real, -imag], [imag, real]])

    def product(left, right):
        """Return A ⊗ B of complex matrices, each by its parts."""
        (a, b), (c, d) = ((one[:size, :size], one[size:, :size]) for one in (left, right))
        real, imag = np.kron(a, c) - np.kron(b, d), np.kron(a, d) + np.kron(b, c)
        return np.block([[real, -imag], [imag, real]])

    def conj(matrix):
        flip = matrix.copy()
        flip[size:, :size], flip[:size, size:] = -matrix[size:, :size], -matrix[:size, size:]
        return flip

    unit, no_jump = parts(np.eye(size, dtype=complex)), parts(-1j * system.hamiltonian)
    for rate, jump in system.channels:
        strength, x = Fraction(float(rate)), parts(jump.astype(complex))
        no_jump = no_jump - strength * x.T.dot(x)
        total = total + 2 * strength * product(x, conj(x))
    return total + product(no_jump, unit) + product(unit, conj(no_jump))


def test_the_count_is_that_of_rational_arithmetic():
    rng = np.random.default_rng(5)
    seen = set()
    for _ in range(40):
        channels = []
        for _ in range(rng.integers(1, 3)):
            jump = np.zeros((3, 3), dtype=complex)
            jump[tuple(rng.integers(3, size=2))] = rng.normal() + 1j * rng.normal()
            channels.append((10.0 ** rng.integers(-20, 3), jump))
        energy = np.diag(rng.integers(0, 2, size=3) * 10.0 ** rng.integers(-20, 3)).astype(complex)
        energy[0, 1] = energy[1, 0] = rng.integers(2) * 1e-9
        system = ts.LindbladSystem(energy, channels)
        entries = rational(system)
        matrix = flint.fmpq_mat(
            18, 18, [flint.fmpq(one.numerator, one.denominator) for one in map(Fraction, entries.flat)]
        )
        count = 9 - matrix.rank() // 2
        assert certain_nullity(system.generator()) == count
        seen.add(count)
    assert len(seen) > 3


def test_what_is_too_large_to_be_counted_is_certain_by_its_parts_alone(monkeypatch):
    system = ts.LindbladSystem(np.zeros((2, 2)), [(0.5, FLIP)])
    assert stationary_space(system).holds_until == np.inf
    monkeypatch.setattr(modular, "EXACT_ROWS", 1)
    assert certain_nullity(system.generator()) == 1
    assert stationary_space(system).holds_until < np.inf
    assert certain_nullity(chains(0.0).generator()) == 2
    monkeypatch.setattr(several, "certain_nullity", lambda _: 2)
    assert stationary_space(system).error < 1e-12


def test_a_batch_says_of_each_point_how_long_it_holds(tmp_path):
    fields = np.array([0.0, 1e-17, 0.5])[:, np.newaxis, np.newaxis] * np.diag([1.0, -1.0])
    found = ts.steady_state(ts.LindbladSystem(fields, [(0.5, FLIP)]), initial=np.full((2, 2), 0.5))
    assert [Status(code) for code in found.status_codes] == [Status.SUCCESS, Status.METASTABLE, Status.SUCCESS]
    assert np.isfinite(found.holds_until).tolist() == [False, True, False]
    assert np.isfinite(found.error).tolist() == [True, False, True]
    assert "1 METASTABLE" in repr(found)
    assert "holds until" in found[1]._repr_html_()
    assert "holds until" not in found[0]._repr_html_()
    assert ts.synchronization(found[1]).s_max_error == np.inf
    assert found[1].status is Status.METASTABLE
    assert found[1].holds_until == found.holds_until[1]
    found.save(tmp_path / "a.npz")
    back = ts.load_state(tmp_path / "a.npz")
    assert back.holds_until.tolist() == found.holds_until.tolist()
    assert back[1].status is Status.METASTABLE


def test_what_is_refused_holds_at_no_time():
    assert ts.steady_state(ts.LindbladSystem(np.zeros((2, 2)), [(0.5, FLIP)]), throw=False).holds_until == 0.0
