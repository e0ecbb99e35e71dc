"""Which optima are partners?  Every exchange of levels is tried here, one after the other."""

from itertools import permutations

import numpy as np
import pytest

from torusync.maxima.optima import _exchangeable, orbits

ROOTS = np.array([1, 1j, -1, -1j])


def by_trial(coherences, optima):
    """For each the first one whose matrix z_i^* R_ij z_j is its own, or the conjugate of it, with levels exchanged."""
    size = len(coherences)
    exchanges = [np.ix_(one, one) for one in map(np.array, permutations(range(size)))]
    seen = [z.conj()[:, np.newaxis] * coherences * z for z in optima]
    first = []
    for index, one in enumerate(seen):
        images = np.array([image[exchange] for image in (one, one.conj()) for exchange in exchanges])
        partners = (np.abs(images - other).max(axis=(1, 2)).min() < 1e-9 for other in seen[:index])
        first.append(next((first[number] for number, same in enumerate(partners) if same), index))
    return first


def couplings(rng, kind, size):
    """Matrices of much symmetry, of some, and of little, with all moduli equal: only phases tell levels apart."""
    if kind == "all":
        return (np.ones((size, size)) - np.eye(size)).astype(complex)
    if kind == "ring":
        row = ROOTS[rng.integers(4, size=size)]
        matrix = row[(np.arange(size) - np.arange(size)[:, np.newaxis]) % size]
    else:
        matrix = ROOTS[rng.integers(4, size=(size, size))]
    upper = np.triu(matrix, 1)
    return upper + upper.conj().T


@pytest.mark.parametrize("kind", ["all", "ring", "random"])
def test_orbits_are_those_of_all_exchanges(kind):
    rng = np.random.default_rng(8)
    joined = 0
    for _ in range(12):
        coherences = couplings(rng, kind, 5)
        optima = ROOTS[rng.integers(4, size=(4, 5))]
        moved = [np.roll(optima[0], 1), optima[1].conj(), rng.permutation(optima[2]), 1j * optima[3]]
        optima = np.concatenate([optima, moved])
        expected = by_trial(coherences, optima)
        assert orbits(coherences, optima).tolist() == expected
        joined += len(expected) - len(set(expected))
    assert joined > 12


def test_orbits_are_those_of_all_exchanges_where_moduli_differ():
    rng = np.random.default_rng(9)
    for _ in range(12):
        moduli = rng.choice([1.0, 2.0], size=(5, 5))
        upper = np.triu(moduli * ROOTS[rng.integers(4, size=(5, 5))], 1)
        optima = ROOTS[rng.integers(4, size=(8, 5))]
        coherences = upper + upper.conj().T
        assert orbits(coherences, optima).tolist() == by_trial(coherences, optima)


def test_partners_far_from_the_first_guess_are_found():
    """Twelve levels that only their phases tell apart: the right exchange is one of 12!/(3!)⁴."""
    rng = np.random.default_rng(10)
    coherences = couplings(rng, "all", 12)
    z = np.repeat(ROOTS, 3)
    found = orbits(coherences, np.array([z, rng.permutation(z), np.exp(0.3j) * rng.permutation(z).conj()]))
    assert found.tolist() == [0, 0, 0]


def tournament(size, steps, order=None):
    """i for every pair where the second lies a step ahead of the first: regular, so that row sums tell nothing."""
    ahead = (np.arange(size) - np.arange(size)[:, np.newaxis]) % size
    matrix = np.where(np.isin(ahead, steps), 1j, -1j) * (1.0 - np.eye(size))
    return matrix if order is None else matrix[np.ix_(order, order)]


@pytest.mark.parametrize("seed", range(6))
def test_exchanges_are_found_by_going_back_on_wrong_guesses(seed):
    """Quadratic residues of 7, 11 and 23, and circles of 9 and 25, with their levels shuffled."""
    rng = np.random.default_rng(seed)
    for size, steps in ((7, [1, 2, 4]), (11, [1, 3, 4, 5, 9]), (9, [1, 2, 3, 4]), (25, range(1, 13))):
        one, other = tournament(size, list(steps)), tournament(size, list(steps), rng.permutation(size))
        assert _exchangeable(one, other, np.ones(size))


def test_different_tournaments_are_no_partners():
    """On seven levels the quadratic residues and the circle have equal moduli and sums, and are not joined."""
    assert not _exchangeable(tournament(7, [1, 2, 4]), tournament(7, [1, 2, 3]), np.ones(7))


def test_an_exchange_sends_no_two_levels_to_one():
    """Leaves of a star at ±i, ±i against ±i, ±1: each of the first has a likeness, and two the same."""
    coherences = np.zeros((5, 5))
    coherences[0, 1:] = coherences[1:, 0] = 1.0
    z = np.array([[1, 1j, -1j, 1j, -1j], [1, 1j, -1j, 1, -1]])
    assert orbits(coherences, z).tolist() == by_trial(coherences, z) == [0, 1]


def test_phases_known_to_the_square_root_of_rounding_are_enough():
    rng = np.random.default_rng(11)
    coherences = couplings(rng, "all", 6)
    z = np.exp(2j * np.pi * rng.random(6))
    near = rng.permutation(z) * np.exp(1e-7j * rng.normal(size=6))
    assert orbits(coherences, np.array([z, near, near * np.exp(1e-3j * np.arange(6))])).tolist() == [0, 0, 2]
