"""Do margins of the tilted generator, and of what makes a bath thermal, do what they are there for?

Norms of inverses are held against singular values of fifty digits.
"""

import mpmath as mp
import numpy as np

from channels import LOWER, Pair, occupation, unit
from torusync.generators import LindbladGenerator
from torusync.thermo import thermal as baths
from torusync.thermo import tilted
from torusync.thermo.tilted import Bordered, Tilted


def generator(hamiltonian, channels):
    rates = tuple(np.array([rate]) for rate, _ in channels)
    operators = tuple(np.asarray(jump, dtype=complex)[np.newaxis] for _, jump in channels)
    return LindbladGenerator(np.asarray(hamiltonian, dtype=complex)[np.newaxis], rates, operators)


def gains(flat):
    held = Tilted.of(flat)
    return {"dense": Bordered.dense(held).gain[0], "sparse": Bordered.factorised(held, flat).gain[0]}


def true_gain(hamiltonian, channels):
    """‖M⁻¹‖_2 of M = L + s |00><<1|, s the largest entry of L, by the smallest singular value in 50 digits."""
    with mp.workdps(50):
        size = len(hamiltonian)

        def exact(matrix):
            return mp.matrix([[mp.mpc(complex(x)) for x in row] for row in np.asarray(matrix)])

        def left_right(left, right):
            out = mp.zeros(size**2)
            for i in range(size**2):
                for j in range(size**2):
                    out[i, j] = left[i // size, j // size] * right[j % size, i % size]
            return out

        one, h = mp.eye(size), exact(hamiltonian)
        whole = -1j * (left_right(h, one) - left_right(one, h))
        for rate, jump in channels:
            x = exact(jump)
            decay = x.H * x
            whole += mp.mpf(rate) * (2 * left_right(x, x.H) - left_right(decay, one) - left_right(one, decay))
        border = max(abs(entry) for entry in whole)
        for k in range(size):
            whole[0, k * (size + 1)] += border
        return float(1 / min(mp.svd_c(whole, compute_uv=False)))


def stiff(rng, size):
    """Decay downwards, rates and couplings of any size: some so far apart that nothing is left."""
    h = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    h = (h + h.conj().T) * 10.0 ** rng.uniform(-8, 8)
    steps = [unit(size, k, k + 1) for k in range(size - 1)]
    return h, [(10.0 ** rng.uniform(-9, 3), x) for step in steps for x in (step, step.T)]


def test_norms_of_inverses_are_no_smaller_than_the_true_ones(monkeypatch):
    rng, family = np.random.default_rng(3), []
    for _ in range(60):
        system = stiff(rng, 2)
        family.append((generator(*system), true_gain(*system)))

    def short():
        return sum(not gain >= true * (1.0 - 1e-9) for flat, true in family for gain in gains(flat).values())

    assert short() == 0
    found = np.array([list(gains(flat).values()) for flat, _ in family])
    # where something is known, it is as large as it is
    known = np.isfinite(found)
    assert known.sum() > 60
    assert (~known).sum() > 5
    assert (found / np.array([[true] for _, true in family]))[known].max() < 30.0
    monkeypatch.setattr(tilted, "_DOUBTFUL", np.inf)
    assert short() > 0


def test_an_operator_near_the_identity_is_rounded_as_what_cancels_in_it():
    """X = c + σ shifts the Hamiltonian by some c σ; c² cancels, and what c² is rounded by does not."""
    for large in (1e2, 1e7, 1e9):
        system = np.diag([0.0, 1.0]), [(0.3, large * np.eye(2) + LOWER), (0.1, LOWER.T)]
        for gain in gains(generator(*system)).values():
            assert gain >= true_gain(*system) * (1.0 - 1e-9)
            assert np.isinf(gain) == (large > 1e6)


def test_an_estimate_that_misses_two_thirds_is_made_up_for(monkeypatch):
    """Slow exchange of two populations: ‖M⁻¹‖_2² is the largest sum of a column times that of a row."""
    system = np.diag([0.0, 1.0]), [(1.0, unit(2, 0, 0)), (1e-6, LOWER), (1e-6, LOWER.T)]
    true, estimate = true_gain(*system), tilted.onenormest
    monkeypatch.setattr(tilted, "onenormest", lambda inverse: estimate(inverse) / 3.0)
    assert true * (1.0 - 1e-9) <= gains(generator(*system))["sparse"] <= 3.0 * true
    monkeypatch.setattr(tilted, "_ESTIMATED", 1.0)
    assert gains(generator(*system))["sparse"] < true


def rotated(rng, matrices):
    size = len(matrices[0])
    turn = np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))[0]
    return [(turn @ one @ turn.conj().T)[np.newaxis] for one in matrices]


def test_what_leaves_the_mixed_state_alone_does_so_up_to_rounding(rng, monkeypatch):
    """Dephasing, and jumps there and back at one rate, in a basis of any direction; not at rates 1e-9 apart."""

    def judged(apart):
        found = []
        for _ in range(20):
            lower = np.diag(np.sqrt(np.arange(1.0, 5.0)), 1)
            jumps = rotated(rng, [np.diag(rng.normal(size=5)), lower, lower.T])
            rates = [np.array([0.3]), np.array([0.7]), np.array([0.7 * (1.0 + apart)])]
            found.append(bool(baths.unital(list(zip(jumps, rates, strict=True)), 1, 5)[0]))
        return found

    assert all(judged(0.0))
    assert not any(judged(1e-9))
    monkeypatch.setattr(baths, "_ROUNDED", 0.0)
    assert not all(judged(0.0))


def test_what_leaves_the_thermal_state_alone_does_so_up_to_rounding(rng, monkeypatch):
    def judged(apart):
        found = []
        for _ in range(20):
            lower = np.diag(np.sqrt(np.arange(1.0, 5.0)), 1)
            energies, down, up = rotated(rng, [np.diag(1.3 * np.arange(5.0)), lower, lower.T])
            n = occupation(1.3, 2.0) * (1.0 + apart)
            rates = [np.array([0.4 * (1.0 + n)]), np.array([0.4 * n])]
            found.append(bool(baths.leaves_thermal(baths.Levels.of(energies), np.array([2.0]), [down, up], rates)[0]))
        return found

    assert all(judged(0.0))
    assert not any(judged(1e-9))
    monkeypatch.setattr(baths, "_ROUNDED", 0.0)
    assert not all(judged(0.0))


def test_jumps_that_are_meant_to_undo_each_other_are_parallel_up_to_rounding(rng, monkeypatch):
    def paired(apart):
        found = []
        for _ in range(20):
            lower = np.diag(np.sqrt(np.arange(1.0, 5.0)), 1)
            jumps = rotated(rng, [lower, lower.T + apart * lower])
            found.append(baths.partners(jumps, np.array([[-1.0, 1.0]])) is not None)
        return found

    assert all(paired(0.0))
    assert not any(paired(1e-9))
    monkeypatch.setattr(baths, "_ROUNDED", 0.0)
    assert not all(paired(0.0))


def test_one_generator_is_built_for_every_way_of_solving(rng):
    for system in (stiff(rng, 3), (Pair(coupling=0.3).hamiltonian, Pair().channels)):
        flat = generator(*system)
        whole = flat.liouvillian()[0]
        close = {"rtol": 1e-12, "atol": 1e-13 * np.abs(whole).max()}
        np.testing.assert_allclose(flat.shaped(()).sparse().on_vectors().toarray(), whole, **close)
        np.testing.assert_allclose(Tilted.of(flat).stacked()[0], whole, **close)
