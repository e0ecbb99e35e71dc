"""The degenerate quantum thermal maser of PRL 131, 030401, Eqs. (5)–(7), with near-degenerate levels.

A ground level |0>, a first excited level |1> coupled to the cold bath, and a manifold |2> … |N+1> coupled to the
hot bath and, collectively, to a drive on |1> ↔ |j>.  The record holds parameters only; ``generator`` builds the
equation of motion that the solvers see.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np

from torusync._checks import (
    LARGEST,
    Complex,
    Real,
    as_complex,
    as_count,
    as_real,
    broadcast_shape,
    common_shape,
    first_bad,
    requirement,
    some,
)
from torusync._frozen import Frozen
from torusync.conventions import bose
from torusync.densities import CoherenceSet
from torusync.generators import PumpedManifold

_DIPOLE_TOLERANCE: Final = 1e-12
"""Rounding allowed in a typed-in dipole matrix: asymmetry, diagonal, and negative eigenvalue per level."""

_SCALARS = ("n_cold", "gamma_hot", "gamma_cold", "omega_cold", "omega_hot", "detuning", "dipole_correlation")


@final
@dataclass(frozen=True, eq=False, init=False)
class ThermalMaser(Frozen):
    """A driven thermal machine of D = N + 2 levels, or a batch of them.

    Batch axes lead and broadcast.  ``drive``, ``n_hot`` and ``splittings`` are 0-d or end in a level axis of length
    N or 1 (the last axis of ``drive`` sets N); all other arguments carry batch axes only.  Frequencies and rates are
    in units of ω_1.

    Parameters
    ----------
    drive : (..., N)
        λ_j of Eq. (6), complex allowed.
    n_hot, n_cold : (..., N) or 0-d, (...)
        Bose occupations of the hot bath (at each level) and of the cold bath.  Engine: n_h > n_c.
    gamma_hot, gamma_cold : (...)
        γ_h, γ_c of Eq. (7).
    omega_cold, omega_hot : (...)
        ω_1 and ω_2.
    splittings : (..., N) or 0-d
        ω_j − ω_2.
    detuning : (...)
        Ω − (ω̄ − ω_1), with ω̄ the mean of the manifold levels.
    dipole_correlation : (...)
        p: the hot dipoles have P_ij = p for i ≠ j.  0 is the letter.
    dipole_matrix : (..., N, N)
        P itself, real, symmetric, positive semidefinite, with unit diagonal; instead of ``dipole_correlation``.

    Raises
    ------
    ArgumentError
        If a value is not finite, negative where it must not be, or of a shape that does not fit.
    """

    drive: Complex
    n_hot: Real
    n_cold: Real
    gamma_hot: Real
    gamma_cold: Real
    omega_cold: Real
    omega_hot: Real
    splittings: Real
    detuning: Real
    dipole_correlation: Real
    dipole_matrix: Real | None

    def __init__(
        self,
        drive: object,
        *,
        n_hot: object,
        n_cold: object,
        gamma_hot: object,
        gamma_cold: object,
        omega_cold: object = 1.0,
        omega_hot: object = 3.0,
        splittings: object = 0.0,
        detuning: object = 0.0,
        dipole_correlation: object = 0.0,
        dipole_matrix: object = None,
    ) -> None:
        couplings = np.atleast_1d(as_complex("drive", drive))
        if couplings.shape[-1] == 0:
            raise requirement("drive", "couple at least one level", f"its shape is {couplings.shape}, so N = 0")
        values = {
            "drive": couplings,
            "n_hot": as_real("n_hot", n_hot, minimum=0.0),
            "n_cold": as_real("n_cold", n_cold, minimum=0.0),
            "gamma_hot": as_real("gamma_hot", gamma_hot, minimum=0.0),
            "gamma_cold": as_real("gamma_cold", gamma_cold, minimum=0.0),
            "omega_cold": as_real("omega_cold", omega_cold, above=0.0),
            "omega_hot": as_real("omega_hot", omega_hot, above=0.0),
            "splittings": as_real("splittings", splittings),
            "detuning": as_real("detuning", detuning),
            "dipole_correlation": as_real("dipole_correlation", dipole_correlation, minimum=-1.0, maximum=1.0),
            "dipole_matrix": None if dipole_matrix is None else as_real("dipole_matrix", dipole_matrix),
        }
        self._settle(**values)
        for name, rate in (("gamma_hot", self.gamma_hot), ("gamma_cold", self.gamma_cold)):
            if some(rate < 1.0 / LARGEST) and some((rate > 0.0) & (rate < 1.0 / LARGEST)):
                weak = np.asarray((rate > 0.0) & (rate < 1.0 / LARGEST))
                raise requirement(name, f"be 0 or at least {1.0 / LARGEST:g}", first_bad(rate, weak))
        for name in ("n_hot", "splittings"):
            self._check_level_axis(name)
        self._check_dipoles()
        shapes = self._batch_shapes()
        if any(shapes.values()):
            broadcast_shape(**shapes)
        if (self.level_energies <= self.omega_cold[..., np.newaxis]).any():
            raise requirement(
                "omega_hot",
                "put every manifold level above `omega_cold`",
                f"the lowest level lies at {self.level_energies.min():.6g}",
            )

    @classmethod
    def near_degenerate(
        cls,
        *,
        levels: int = 2,
        spread: object = 0.05,
        hot_temperature: object,
        cold_temperature: object,
        drive: object = 0.05,
        gamma_hot: object = 0.05,
        gamma_cold: object = 0.2,
        omega_cold: object = 1.0,
        omega_hot: object = 3.0,
        detuning: object = 0.0,
        dipole_correlation: object = 0.0,
    ) -> "ThermalMaser":
        """Build the near-degenerate machine of the companion paper (PRA 108, 012205) from temperatures.

        Levels ω_{2+i} = ω_2 + i Δ/(N−1), i = 0 … N−1, with total ``spread`` Δ; every level has the Bose occupation
        of its own frequency at the one ``hot_temperature``.  ``drive`` is one λ for all levels, or ``(..., N)``.
        Temperatures are in units of ω_1 (k_B = ħ = 1).
        """
        levels = as_count("levels", levels, minimum=1)
        width = as_real("spread", spread, minimum=0.0)
        splittings = width[..., np.newaxis] * (np.arange(levels) / max(levels - 1, 1))
        lower, lowest = as_real("omega_cold", omega_cold, above=0.0), as_real("omega_hot", omega_hot, above=0.0)
        heat = as_real("hot_temperature", hot_temperature, above=0.0)
        couplings = as_complex("drive", drive)
        if couplings.ndim == 0 or couplings.shape[-1] == 1:
            couplings = np.array(np.broadcast_to(couplings, (*couplings.shape[:-1], levels)))
        if couplings.shape[-1] != levels:
            raise requirement("drive", f"end in a level axis of length {levels}", f"its shape is {couplings.shape}")
        return cls(
            couplings,
            n_hot=bose(lowest[..., np.newaxis] + splittings, heat[..., np.newaxis]),
            n_cold=bose(lower, as_real("cold_temperature", cold_temperature, above=0.0)),
            gamma_hot=gamma_hot,
            gamma_cold=gamma_cold,
            omega_cold=omega_cold,
            omega_hot=lowest,
            splittings=splittings,
            detuning=detuning,
            dipole_correlation=dipole_correlation,
        )

    def _check_level_axis(self, name: str) -> None:
        shape = getattr(self, name).shape
        if shape and shape[-1] not in (1, self.levels):
            raise requirement(
                name,
                f"be 0-d or end in a level axis of length {self.levels} or 1",
                f"its shape is {shape}; for batch axes alone write {name}[..., None]",
            )

    def _check_dipoles(self) -> None:
        matrix = self.dipole_matrix
        if matrix is None:
            if not some(self.dipole_correlation != 0.0):
                return
            smallest = 1.0 + np.minimum(self.dipole_correlation * (self.levels - 1), -self.dipole_correlation)
            if self.levels > 1 and (smallest < -_DIPOLE_TOLERANCE * self.levels).any():
                raise requirement(
                    "dipole_correlation",
                    f"be at least -1/(N-1) = {-1 / (self.levels - 1):.6g}, so that P is positive semidefinite",
                    f"it is {self.dipole_correlation.min():.6g}",
                )
            return
        if self.dipole_correlation.any():
            raise requirement("dipole_correlation", "be left out beside `dipole_matrix`", "both are given")
        if matrix.ndim < 2 or matrix.shape[-2:] != (self.levels, self.levels):
            raise requirement(
                "dipole_matrix",
                f"have shape (..., {self.levels}, {self.levels})",
                f"its shape is {matrix.shape}",
            )
        if (np.abs(matrix - np.swapaxes(matrix, -1, -2)) > _DIPOLE_TOLERANCE).any():
            raise requirement("dipole_matrix", "be symmetric", "it is not")
        diagonal = np.diagonal(matrix, axis1=-2, axis2=-1)
        if (np.abs(diagonal - 1.0) > _DIPOLE_TOLERANCE).any():
            raise requirement("dipole_matrix", "have unit diagonal", f"its diagonal holds {diagonal.flat[0]:.6g}")
        smallest = np.asarray(np.linalg.eigvalsh(matrix)[..., 0], dtype=np.float64)
        if (smallest < -_DIPOLE_TOLERANCE * self.levels).any():
            raise requirement(
                "dipole_matrix",
                "be positive semidefinite",
                f"its smallest eigenvalue is {smallest.min():.3g}",
            )

    def _batch_shapes(self) -> dict[str, tuple[int, ...]]:
        shapes = {name: getattr(self, name).shape[:-1] for name in ("drive", "n_hot", "splittings")}
        shapes |= {name: getattr(self, name).shape for name in _SCALARS}
        if self.dipole_matrix is not None:
            shapes["dipole_matrix"] = self.dipole_matrix.shape[:-2]
        return shapes

    @property
    def levels(self) -> int:
        """Number of manifold levels N."""
        return int(self.drive.shape[-1])

    @property
    def dimension(self) -> int:
        """Number of levels D = N + 2."""
        return self.levels + 2

    @cached_property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes, ``()`` for one machine."""
        return common_shape(*self._batch_shapes().values())

    @property
    def level_energies(self) -> Real:
        """ω_j of the manifold, shape ``(..., N)`` or ``(..., 1)``."""
        return np.asarray(self.omega_hot[..., np.newaxis] + np.atleast_1d(self.splittings))

    @property
    def level_occupations(self) -> Real:
        """Hot occupation n_j of each manifold level, shape ``(..., N)``."""
        occupations = np.atleast_1d(self.n_hot)
        return np.asarray(np.broadcast_to(occupations, (*occupations.shape[:-1], self.levels)))

    @property
    def drive_frequency(self) -> Real:
        """Ω in units of ω_1, shape ``(...)``."""
        return np.asarray(self.level_energies.mean(axis=-1) - self.omega_cold + self.detuning)

    @property
    def dipoles(self) -> Real | None:
        """P of shape ``(..., N, N)``, or None where the dipoles are independent."""
        if self.dipole_matrix is not None:
            independent = (self.dipole_matrix == np.eye(self.levels)).all()
            return None if independent else self.dipole_matrix
        if self.levels == 1 or not some(self.dipole_correlation != 0.0):
            return None
        p = self.dipole_correlation[..., np.newaxis, np.newaxis]
        # not p + (1 − p), which is rounded: near p = −1 the bright state is damped by what is left of 1 + p
        return np.where(np.eye(self.levels, dtype=np.bool_), 1.0, p)

    @property
    def reference(self) -> int:
        """Level |1>, against which phases are given."""
        return 1

    @property
    def coherence_sets(self) -> tuple[CoherenceSet, ...]:
        """Coherences induced by the drive, ρ_1j, and those among the manifold levels, ρ_jl."""
        manifold = slice(2, None)
        return CoherenceSet("entrainment", slice(1, 2), manifold), CoherenceSet("mutual", manifold, manifold)

    def generator(self) -> PumpedManifold:
        """Return the equation of motion, which is all that solvers see."""
        return self._generator

    @cached_property
    def _generator(self) -> PumpedManifold:
        batch, n_cold = self.batch_shape, self.n_cold
        if n_cold.shape != batch:
            # a batch of bare energies or of vanishing correlations is a batch of states, too
            n_cold = np.broadcast_to(n_cold, batch)
        return PumpedManifold(
            drive=self.drive,
            splittings=np.atleast_1d(self.splittings),
            detuning=self.detuning,
            n_hot=np.atleast_1d(self.n_hot),
            n_cold=n_cold,
            gamma_hot=self.gamma_hot,
            gamma_cold=self.gamma_cold,
            omega_cold=self.omega_cold,
            omega_hot=self.omega_hot,
            dipoles=self.dipoles,
        )
