"""Machines as plain doubles, one a record, and how a pile of them becomes a few calls of the library.

The reference reads the doubles themselves, so the machine that is judged is exactly the one that was asked for.  The
library gets them stacked by shape, as a map would, which is what makes a hunt of thousands affordable.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

import torusync as ts

Structure = tuple[int, bool, bool, bool, bool]
SCALARS = ("n_cold", "gamma_hot", "gamma_cold", "omega_cold", "omega_hot", "detuning", "dipole_correlation")


@dataclass(frozen=True)
class Machine:
    """One maser in doubles: ``drive``, ``n_hot`` and ``splittings`` of shape (N,), everything else numbers."""

    drive: np.ndarray
    n_hot: np.ndarray
    n_cold: float
    gamma_hot: float
    gamma_cold: float
    splittings: np.ndarray
    detuning: float = 0.0
    dipole_correlation: float = 0.0
    omega_cold: float = 1.0
    omega_hot: float = 3.0
    dipole_matrix: np.ndarray | None = None

    @property
    def manifold_levels(self) -> int:
        return len(self.drive)

    @property
    def equal(self) -> bool:
        """Whether all levels have one occupation."""
        return bool(np.all(self.n_hot == self.n_hot[0]))

    @property
    def independent(self) -> bool:
        """Whether the dipoles are independent, as in the letter."""
        return self.dipole_matrix is None and self.dipole_correlation == 0

    @property
    def degenerate(self) -> bool:
        return not np.any(self.splittings - self.splittings[0])

    @property
    def structure(self) -> Structure:
        """What decides which solvers take the machine: it may stand in one batch with others of the same."""
        matrix = self.dipole_matrix is not None
        return self.manifold_levels, self.equal, self.degenerate, self.dipole_correlation == 0, matrix

    @property
    def code(self) -> str:
        """The line that makes this machine."""
        lists = {"n_hot": self.n_hot.tolist(), "splittings": self.splittings.tolist()}
        words = [f"{key}={value!r}" for key, value in lists.items()]
        words += [f"{key}={getattr(self, key)!r}" for key in SCALARS]
        if self.dipole_matrix is not None:
            words[-1] = f"dipole_matrix={self.dipole_matrix.tolist()!r}"
        return re.sub(r"np\.float64\(([^)]*)\)", r"\1", f"ts.ThermalMaser({self.drive.tolist()!r}, {', '.join(words)})")


def machine(drive: object, *, n_hot: object, splittings: object = 0.0, **others: float) -> Machine:
    """Return a machine with its level arrays filled up."""
    lam = np.atleast_1d(np.asarray(drive, dtype=complex))
    return Machine(
        drive=lam,
        n_hot=np.broadcast_to(np.asarray(n_hot, dtype=float), lam.shape).copy(),
        splittings=np.broadcast_to(np.asarray(splittings, dtype=float), lam.shape).copy(),
        **{key: float(value) for key, value in others.items()},
    )


def stacked(machines: Sequence[Machine]) -> ts.ThermalMaser:
    """Return machines of one structure as one batch."""
    equal, degenerate = machines[0].equal, machines[0].degenerate
    scalars = {key: np.array([getattr(m, key) for m in machines]) for key in SCALARS}
    if machines[0].dipole_matrix is not None:
        scalars["dipole_matrix"] = np.array([m.dipole_matrix for m in machines])
    if not scalars["dipole_correlation"].any():
        del scalars["dipole_correlation"]
    return ts.ThermalMaser(
        np.array([m.drive for m in machines]),
        n_hot=np.array([m.n_hot[:1] if equal else m.n_hot for m in machines]),
        splittings=np.array([m.splittings[:1] if degenerate else m.splittings for m in machines]),
        **scalars,
    )


def batches(machines: Sequence[Machine], size: int = 400) -> Iterator[list[int]]:
    """Yield the places of machines that fit into one batch, of every structure."""
    places: dict[Structure, list[int]] = {}
    for place, item in enumerate(machines):
        places.setdefault(item.structure, []).append(place)
    for found in places.values():
        yield from (found[start : start + size] for start in range(0, len(found), size))


def dipoles_in_space(rng: np.random.Generator, levels: int) -> np.ndarray:
    """P of dipoles that are unit vectors in space, or in a plane, where three of them are dependent."""
    arrows = rng.normal(size=(levels, int(rng.integers(2, 4))))
    arrows /= np.linalg.norm(arrows, axis=-1, keepdims=True)
    P = arrows @ arrows.T
    np.fill_diagonal(P, 1.0)
    return (P + P.T) / 2


def _decades(rng: np.random.Generator, low: float, high: float) -> float:
    return float(10 ** rng.uniform(low, high))


def _amplitudes(rng: np.random.Generator, levels: int, scale: float) -> np.ndarray:
    """Equal, unequal, one a hundred times the others, or complex."""
    kind = rng.integers(4)
    size = np.ones(levels) if kind == 0 else rng.uniform(0.05, 1.0, levels)
    if kind == 2:
        size[rng.integers(levels)] *= 100.0
    phase = np.exp(2j * np.pi * rng.uniform(size=levels)) if kind == 3 else np.ones(levels)
    return scale * size * phase


def ordinary(rng: np.random.Generator) -> Machine:
    """Draw a machine with rates from 1e-10 to 1e4 of the drive, of up to three levels, in any regime."""
    levels, scale = int(rng.integers(1, 4)), _decades(rng, -1.5, 0.5)
    gamma_hot = scale * _decades(rng, -10, 4)
    gamma_cold = gamma_hot if rng.uniform() < 0.4 else scale * _decades(rng, -10, 4)
    n_hot = np.full(levels, _decades(rng, -2, 1.3))
    if rng.uniform() < 0.25:
        n_hot = n_hot * rng.uniform(0.5, 1.5, levels)
    kind = rng.integers(4)
    sizes = (0.0, _decades(rng, -10, -6), gamma_hot, scale)
    splittings = sizes[kind] * rng.normal(size=levels)
    detuning = 0.0 if rng.uniform() < 0.4 else float(rng.choice([-1, 1])) * _decades(rng, -3, 0)
    correlation, matrix = 0.0, None
    if levels > 1 and rng.uniform() < 0.3:
        correlation = float(rng.uniform(-1 / (levels - 1), 1.0))
    elif levels > 1 and rng.uniform() < 0.15:
        matrix = dipoles_in_space(rng, levels)
    drawn = machine(
        _amplitudes(rng, levels, scale),
        n_hot=n_hot,
        n_cold=_decades(rng, -2, 1.3),
        gamma_hot=gamma_hot,
        gamma_cold=gamma_cold,
        splittings=splittings,
        detuning=detuning,
        dipole_correlation=correlation,
        omega_hot=3.0 - min(0.0, float(splittings.min())),
    )
    return replace(drawn, dipole_matrix=matrix)


def draw(kind: Callable[[np.random.Generator], Machine], count: int, seed: int) -> list[Machine]:
    """Return ``count`` machines, each from a stream of its own, so that one can be made again alone."""
    return [kind(np.random.default_rng([seed, place])) for place in range(count)]
