"""Systems with several steady states: their number, what is conserved, and the one that an initial state tends to."""

import numpy as np
import pytest
from scipy.linalg import expm
from tests.lattices import at, lindblad, liouvillian, lowering, spin
from tests.problems import refused

import torusync as ts
from torusync.steady import Status, stationary_space


def rotated(seed, levels):
    """Return a random unitary."""
    rng = np.random.default_rng(seed)
    return np.linalg.qr(rng.normal(size=(levels, 2 * levels)).view(np.complex128))[0]


def state(seed, levels):
    """Return a random density matrix."""
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(levels, 2 * levels)).view(np.complex128)
    rho = half @ half.conj().T
    return rho / np.trace(rho).real


def beside(hidden):
    """Return a qubit that nothing touches beside an oscillator that decays (QuTiP's test_prop_ss_degen)."""
    a, turn = lowering(4), rotated(2, 8) if hidden else np.eye(8)
    energy = at(a.conj().T @ a, 1, (2, 4))
    return lindblad(turn @ energy @ turn.conj().T, [turn @ at(a, 1, (2, 4)) @ turn.conj().T])


def flips():
    """Return a qubit whose σ_x is conserved, in one block of parity."""
    _, plus = spin(2)
    return lindblad(np.zeros((2, 2)), [plus + plus.T])


def halves():
    """Return a chain of levels in two halves that decay by themselves."""
    jumps = [np.zeros((5, 5)) for _ in range(3)]
    jumps[0][0, 1] = jumps[1][1, 2] = jumps[2][3, 4] = 1.0
    return lindblad(np.diag([0.0, 1.0, 2.5, 0.3, 0.7]), jumps)


CASES = {
    "beside": (lambda: beside(False), 4),
    "hidden": (lambda: beside(True), 4),
    "flips": (flips, 2),
    "halves": (halves, 2),
}


@pytest.mark.parametrize("name", CASES)
def test_an_initial_state_chooses_the_state_that_it_tends_to(name):
    build, count = CASES[name]
    system = build()
    assert ts.steady_state(system, throw=False).status is Status.NOT_UNIQUE
    start = state(4, system.dimension)
    found = ts.steady_state(system, initial=start)
    later = (expm(80.0 * liouvillian(system)) @ start.reshape(-1)).reshape(start.shape)
    if name == "halves":
        later[0, 3] = later[3, 0] = 0.0  # turns for ever, about 0
    off = np.linalg.svd(found.rho - later, compute_uv=False).sum()
    assert off <= min(found.error, 1e-6) + 1e-12
    if name == "hidden":  # rounding has broken the symmetry of the numbers as they are stored
        assert (found.status, found.error) == (Status.METASTABLE, np.inf)
        assert 1e5 < found.holds_until < 1e12
    else:
        assert (found.status, found.holds_until) == (Status.SUCCESS, np.inf)
        assert found.error < 1e-9
    assert found.nullity == count
    space = stationary_space(system)
    assert space.nullity == count
    for matrix, charge in zip(space.matrices, space.conserved, strict=True):
        assert np.abs(liouvillian(system) @ matrix.reshape(-1)).max() < 1e-13
        assert np.trace(charge @ start) == pytest.approx(np.trace(charge @ found.rho), abs=1e-13)


def test_the_gap_is_the_slowest_decay_of_what_decays():
    space = stationary_space(beside(True))
    values = np.linalg.svd(liouvillian(beside(True)), compute_uv=False)
    assert space.gap == pytest.approx(values[-5], rel=1e-10)


def test_one_state_alone_needs_no_initial_one():
    z, plus = spin(3)
    system = lindblad(z, [plus, 0.3 * plus.T])
    np.testing.assert_array_equal(ts.steady_state(system).rho, ts.steady_state(system, initial=state(1, 3)).rho)


def test_a_batch_is_chosen_point_by_point():
    _, plus = spin(2)
    fields = np.array([0.0, 0.5])[:, np.newaxis, np.newaxis] * np.diag([1.0, -1.0])
    system = ts.LindbladSystem(fields, [(0.5, plus + plus.T)])
    found = ts.steady_state(system, initial=np.full((2, 2), 0.5))
    np.testing.assert_array_equal(found.nullity, [2, 1])
    np.testing.assert_allclose(found.rho, [np.full((2, 2), 0.5), np.eye(2) / 2], atol=1e-12)


def test_what_does_not_fit_is_refused():
    refused(lambda: ts.steady_state(flips(), initial=np.eye(3) / 3), "initial", "2 levels")
    refused(lambda: ts.steady_state(flips(), initial=np.full((4, 2, 2), 0.5)), "initial", "batch like the system")
    refused(lambda: ts.steady_state(flips(), initial=np.eye(2)), "unit trace")
    refused(lambda: stationary_space(3), "LindbladSystem")
    refused(lambda: stationary_space(ts.LindbladSystem(np.zeros((3, 2, 2)), [])), "one point")


def test_a_refusal_says_how_many_there_are_or_that_there_are_more():
    """Five levels that keep what they have, beside a mode of many levels or of few."""
    for levels, said in ((9, "at least"), (4, "25 independent")):
        a, none = lowering(levels), np.zeros((5 * levels, 5 * levels))
        system = lindblad(none, [at(a, 0, (levels, 5))])
        with pytest.raises(ts.SteadyStateError, match=said) as refusal:
            ts.steady_state(system)
        assert ("stationary_space counts" in str(refusal.value)) == (levels > 4)
        assert stationary_space(system).nullity == 25


def test_a_channel_that_does_nothing_takes_none_of_the_states_away():
    """Of residues that are counted with, a product with a matrix of zeros must not make doubles."""
    rng, apart = np.random.default_rng(4), np.zeros((8, 8))
    apart[:3, :3] = apart[3:, 3:] = 1.0
    parts = [apart * rng.normal(size=(8, 16)).view(np.complex128) for _ in range(3)]
    channels = [(0.3, parts[1]), (0.7, parts[2]), (0.5, np.zeros((8, 8)))]
    system = ts.LindbladSystem(parts[0] + parts[0].conj().T, channels)
    space = stationary_space(system)
    assert space.certain == space.nullity == 2
    assert space.error < 1e-10
    start = np.diag(np.repeat([1.0, 0.0], [1, 7]))
    assert ts.steady_state(system, initial=start).status == Status.SUCCESS
