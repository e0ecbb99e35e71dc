"""States that work against whoever bounds them: is the semidefinite bound a bound, and the lowest of its kind?

Rings with a flux, random signs and repulsions, which contradict themselves; states of low rank, where the dual is
degenerate; bare engines, flat along a manifold; levels over decades, and two halves that hang by a thread.  Three
judges share no code with the library: an eigenvalue test of the multipliers, with a margin of its own; the height of
vectors made feasible from the Gram matrix, which no bound of this kind can undercut; and clarabel, up to 60 levels.

    python -m tests.hunts.adversarial 176
"""

import numpy as np
from benchmarks.clarabel_peer import relax
from tests.hunts.tally import Tally, command

import torusync as ts
from torusync.maxima.relaxation import dual_path

EPS = float(np.finfo(float).eps)
SIZES = (3, 4, 6, 9, 12, 18, 24, 40, 60, 100, 200)
REFEREED = 60
"""Levels up to which clarabel is asked: there it takes half a minute."""

LONG = 176


def _signs(rng, size):
    return np.triu(rng.choice([-1.0, 1.0], size=(size, size)), 1)


def _equal(rng, size):
    """Every pair repels every other: the optimum is a continuum, the dual has a null space of size − 1."""
    turn = np.exp(2j * np.pi * rng.random(size))
    return np.triu(-turn[:, np.newaxis] * turn.conj(), 1)


def _repulsions(rng, size):
    return np.triu(-np.abs(rng.normal(size=(size, size))), 1)


def _ring(rng, size):
    weights = rng.choice([np.ones(size), rng.uniform(0.1, 1.0, size)])
    ring = np.zeros((size, size), dtype=complex)
    at = np.arange(size)
    ring[at, (at + 1) % size] = weights * np.exp(1j * rng.choice([np.pi, rng.uniform(0.0, 6.0)]) / size)
    return np.triu(ring + ring.conj().T, 1)


def _low_rank(rng, size):
    root = rng.normal(size=(size, 2)) + 1j * rng.normal(size=(size, 2))
    return np.triu(root @ root.conj().T, 1)


def _engine(rng, size):
    maser = ts.ThermalMaser(
        0.1 * rng.uniform(0.2, 1.0, size - 1), n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2,
        splittings=10.0 ** rng.uniform(-6.0, -1.0) * rng.random(size - 1), dipole_correlation=rng.choice([0.0, 0.6]),
    )  # fmt: skip
    return np.triu(ts.steady_state(maser).rho[1:, 1:], 1)


def _decades(rng, size):
    scale = 10.0 ** rng.uniform(-4.0, 0.0, size)
    return np.triu((rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))) * np.outer(scale, scale), 1)


def _thread(rng, size):
    """Two halves of random signs, and little between them."""
    signs, half = _signs(rng, size), size // 2
    signs[:half, half:] *= 10.0 ** rng.uniform(-12.0, -3.0)
    return signs


FAMILIES = (_signs, _equal, _repulsions, _ring, _low_rank, _engine, _decades, _thread)


def state(seed: int) -> tuple[str, np.ndarray]:
    """Return what one seed stands for and a density matrix: mixed with the identity as far as positivity needs it."""
    rng = np.random.default_rng([12, seed])
    family, size = FAMILIES[seed % len(FAMILIES)], SIZES[seed // len(FAMILIES) % len(SIZES)]
    upper = family(rng, size)
    coherences = upper + upper.conj().T
    rho = coherences - min(0.0, 1.01 * float(np.linalg.eigvalsh(coherences)[0])) * np.eye(size)
    return f"{family.__name__[1:]}, {size} levels, seed {seed}", rho / np.trace(rho).real


def proven(coherences: np.ndarray, nu: np.ndarray) -> float:
    """Return what ν prove: ½ Σ ν and a shift that makes diag ν − R positive, by an eigenvalue less its rounding."""
    size, shifted = len(nu), np.diag(nu) - coherences
    margin = 8.0 * size * EPS * float(np.linalg.norm(shifted))
    missing = max(0.0, margin - float(np.linalg.eigvalsh(shifted)[0]))
    return 0.5 * float(nu.sum() + size * missing)


def feasible(coherences: np.ndarray, gram: np.ndarray) -> float:
    """Return the height of unit vectors whose Gram matrix is as near as rounding allows: no dual bound is lower."""
    values, axes = np.linalg.eigh(0.5 * (gram + gram.conj().T))
    rows = axes * np.sqrt(np.maximum(values, 0.0))
    rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
    return 0.5 * float(np.real(np.sum(coherences.conj() * (rows @ rows.conj().T))))


def look(tally: Tally, seed: int) -> None:
    """Hold one state against all judges."""
    name, rho = state(seed)
    coherences = rho - np.diag(np.diag(rho))
    unit = float(np.abs(coherences).max())
    (nu,), (gram,) = dual_path((coherences / unit)[np.newaxis])
    tested, attained = unit * proven(coherences / unit, nu), unit * feasible(coherences / unit, gram)
    sync = ts.synchronization(rho)
    value, bound = float(sync.pair_sum), float(sync.pair_sum_bound)

    def words() -> str:
        return f"{name}: value {value!r}, bound {bound!r}, tested {tested!r}, vectors reach {attained!r}"

    tally.sample("tested bound over height of vectors, less 1", tested / attained - 1.0)
    tally.law("no bound lies below the height of feasible vectors", tested >= attained * (1.0 - 1e-13), words)
    tally.law("primal and dual meet", tested <= attained * (1.0 + 1e-9), words)
    tally.law("no value lies above the tested bound", value <= tested, words)
    tally.law("an open bound is as low", bool(sync.certified) or bound <= tested * (1.0 + 1e-11), words)
    tally.law("an open bound is no lower", bool(sync.certified) or bound >= attained * (1.0 - 1e-13), words)
    if len(rho) <= REFEREED:
        claimed, theirs = relax(coherences)
        tally.law("clarabel proves no lower bound", tested <= theirs * (1.0 + 1e-10), words)
        tally.law("clarabel claims the same", abs(claimed / tested - 1.0) <= 1e-6, words)
    tally.counts["certified"] += bool(sync.certified)


def hunt(count: int) -> Tally:
    """Look at the states of the first seeds."""
    tally = Tally()
    for seed in range(count):
        look(tally, seed)
    return tally


if __name__ == "__main__":
    command(hunt, LONG)
