"""Is a frozen phase that is free told from one that is held, in any unit, and what is no coherence from one?"""

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from problems import LOWERING, letter_maser, refused
from torusync.dynamics import FrozenModel, phase_model


def mixed(ket, share=0.6):
    ket = np.asarray(ket) / np.linalg.norm(ket)
    return share * np.outer(ket, ket) + (1.0 - share) * np.eye(len(ket)) / len(ket)


def free_ladders():
    """Levels that only jumps join, the same up and down: a phase for each unit of charge stays as it is."""
    rng = np.random.default_rng(4)
    for size in (2, 2, 2, 3, 3, 3, 4):
        lower = np.diag(rng.uniform(0.5, 1.0, size - 1), 1)
        system = ts.LindbladSystem(np.zeros((size, size)), [(rng.uniform(0.1, 1.0), lower), (0.4, lower.T)])
        yield phase_model(system).frozen(mixed(rng.uniform(0.5, 1.0, size)))


def test_a_phase_that_is_free_neither_attracts_nor_repels():
    """The Jacobian has an eigenvalue 0, of which rounding makes any sign."""
    signs, marginal = set(), 0
    for model in free_ladders():
        found = model.fixed_points(12)
        assert not found.stable.any()
        there = found.marginal
        marginal += int(there.sum())
        signs |= set(np.sign(found.stability[there]).tolist())
        assert (there | (found.stability > 0.1)).all()
        assert f"{int(there.sum())} marginal" in repr(found)
    assert marginal > 40
    assert signs == {-1.0, 0.0, 1.0}


def exact_stability(system, model):
    """The largest real part of the eigenvalues of ∂Φ̇/∂Φ, in forty digits, from the equation of motion."""
    size, pairs = system.dimension, [tuple(map(int, pair)) for pair in model.pairs]
    energies, jumps = mp.matrix(system.hamiltonian.tolist()), system.channels
    jumps = [(mp.mpf(float(rate)), mp.matrix(jump.tolist())) for rate, jump in jumps]

    def change(rho):
        out = -1j * (energies * rho - rho * energies)
        for rate, jump in jumps:
            out += rate * (2 * jump * rho * jump.H - jump.H * jump * rho - rho * jump.H * jump)
        return out

    rho, jacobian = mp.matrix(size, size), mp.matrix(len(pairs), len(pairs))
    for k in range(size):
        rho[k, k] = mp.mpf(float(model.rho[k, k].real))
    for (i, j), phase in zip(pairs, model.phases, strict=True):
        rho[i, j] = mp.fabs(mp.mpc(complex(model.rho[i, j]))) * mp.expj(mp.mpf(float(phase)))
        rho[j, i] = mp.conj(rho[i, j])
    base = change(rho)
    for column, (k, m) in enumerate(pairs):
        turned = mp.matrix(size, size)
        turned[k, m] = 1j * rho[k, m]
        turned[m, k] = mp.conj(turned[k, m])
        moved = change(turned)
        for row, (i, j) in enumerate(pairs):
            own = 1j * base[i, j] if row == column else 0
            jacobian[row, column] = mp.im((moved[i, j] - own) / rho[i, j])
    return max(mp.re(one) for one in mp.eig(jacobian, left=False, right=False))


def cancelling(draw):
    """A channel near the identity, whose terms cancel to 1e-4 of each."""
    half = draw()
    return 1e8, np.eye(3) + 1e-4 * (half + half.conj().T)


@pytest.mark.parametrize("seed", range(9))
def test_the_error_of_a_stability_is_above_the_truth(seed):
    """Of rates far apart; of a channel that cancels; and of coherences far smaller than the populations that push."""
    rng = np.random.default_rng(seed)

    def draw():
        return rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))

    half, jumps = draw(), [(10.0 ** rng.uniform(-4.0, 0.0), draw()), (1.0, draw())]
    if seed % 3 == 1:
        jumps.append(cancelling(draw))
    system, root = ts.LindbladSystem(half + half.conj().T, jumps), draw()
    rho = root @ root.conj().T / np.linalg.norm(root) ** 2
    if seed % 3 == 2:
        rho = np.diag(np.diagonal(rho)) + 1e-9 * (rho - np.diag(np.diagonal(rho)))
    model = phase_model(system).frozen(rho)
    with mp.workdps(40):
        off = abs(float(exact_stability(system, model) - mp.mpf(float(model.stability))))
    assert off <= model.stability_error <= (1e-4 if seed % 3 == 1 else 1e-9) * abs(model.stability)


def test_two_eigenvalues_that_meet_are_off_by_more_than_the_matrix(monkeypatch):
    """Of [[-a, 1], [-d², -a]] they are -a ± id, and 1e-16 in the corner moves them by 1e-8."""
    model = phase_model(letter_maser()).frozen()
    meeting = np.array([[-1e-9, 1.0], [-1e-16, -1e-9]])
    monkeypatch.setattr(FrozenModel, "jacobian", lambda *_: meeting)
    assert -model.stability_error < model.stability < 0.0
    monkeypatch.setattr(FrozenModel, "jacobian", lambda *_: np.diag([-1e-9, -1.0]))
    assert model.stability < -model.stability_error


def test_what_is_stable_by_more_than_rounding_is_said_to_be():
    model = phase_model(letter_maser(splittings=[0.0, 0.2])).frozen()
    assert model.stability < -1e10 * model.stability_error < 0.0
    found = model.fixed_points(8)
    assert found.stable[0]
    assert not found.marginal.any()


@pytest.mark.parametrize("unit", [1e-13, 1e6, 1e12])
def test_fixed_points_are_the_same_in_any_unit(unit):
    rng = np.random.default_rng(1)
    half, jumps = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)), rng.normal(size=(2, 3, 3))

    def points(scale):
        channels = [(rate * scale, jump) for rate, jump in zip((0.3, 0.1), jumps, strict=True)]
        return phase_model(ts.LindbladSystem((half + half.conj().T) * scale, channels)).frozen().fixed_points(12)

    usual, other = points(1.0), points(unit)
    assert len(usual) > 3
    np.testing.assert_allclose(np.exp(1j * other.phases), np.exp(1j * usual.phases), atol=1e-9)
    np.testing.assert_allclose(other.stability / unit, usual.stability, rtol=1e-9)


def test_a_phase_that_turns_slowly_does_not_rest():
    """Detuned by 3e-11, with nothing that holds it."""
    system = ts.LindbladSystem(np.diag([0.0, 3e-11]), [(2e-12, LOWERING)])
    assert len(phase_model(system).frozen(mixed([1.0, 0.7])).fixed_points(6)) == 0


def test_a_coherence_within_the_error_of_a_matrix_has_no_phase():
    """Of single precision 1e-9 is rounding, and its phase would turn by chance."""
    maser = letter_maser(splittings=[0.0, 0.2])
    rho = ts.steady_state(maser).rho.copy()
    rho[0, 1] = rho[1, 0] = 1e-9
    model = phase_model(maser)
    assert [0, 1] not in model.frozen(rho.astype(np.complex64)).pairs.tolist()
    assert [0, 1] in model.frozen(rho).pairs.tolist()


def test_a_state_that_was_refused_is_none():
    maser = letter_maser(drive=[0.1, 0.1], n_hot=2.0, dipole_correlation=1.0)
    refused(
        lambda: phase_model(maser).frozen(ts.steady_state(maser, throw=False)), "`state` must be a state", "refused"
    )
