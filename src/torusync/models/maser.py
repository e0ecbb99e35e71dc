"""The degenerate quantum thermal maser of PRL 131, 030401, Eqs. (5)–(7), with near-degenerate levels.

A ground level |0>, a first excited level |1> coupled to the cold bath, and a manifold |2> … |N+1> coupled to the
hot bath and, collectively, to a drive on |1> ↔ |j>.  The record holds parameters only; ``generator`` builds the
equation of motion that the solvers see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Complex, Real, requirement, some
from torusync._limits import ROW_LEVELS
from torusync.conventions import bose
from torusync.densities import CoherenceSet
from torusync.generators import PumpedManifold
from torusync.models.lindblad import LindbladSystem
from torusync.models.opened import written_out
from torusync.models.parameters import Kind, Model, Parameter

_DIPOLE_TOLERANCE: Final = 1e-12
"""Rounding allowed in a typed-in dipole matrix: asymmetry, diagonal, and negative eigenvalue per level."""

_MANIFOLD: Final = slice(2, None)
_SETS: Final = CoherenceSet.between("entrainment", slice(1, 2), _MANIFOLD), CoherenceSet.within("mutual", _MANIFOLD)


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class ThermalMaser(Model, name="maser"):
    """A driven thermal machine of D = N + 2 levels, or a batch of them.

    Batch axes lead and broadcast.  ``drive``, ``n_hot`` and ``splittings`` are 0-d or end in a level axis of length
    N or 1 (the last axis of ``drive`` sets N); all other arguments carry batch axes only.  Frequencies and rates are
    in units of ω_1.

    Parameters
    ----------
    drive : (..., N)
        λ_j of Eq. (6), complex allowed.
    n_hot, n_cold : (..., N) or 0-d, (...)
        Bose occupations n_j of the hot bath at each level, n_c of the cold bath.  Engine: n_j > n_c.
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

    PARAMETERS: ClassVar = (
        Parameter("drive", "λ_j", Kind.FREQUENCY, "coupling of level j to the drive", axes=1, complex=True),
        Parameter("n_hot", "n_j", Kind.OCCUPATION, "Bose occupation of the hot bath at level j", axes=1, minimum=0.0),
        Parameter("n_cold", "n_c", Kind.OCCUPATION, "Bose occupation of the cold bath", minimum=0.0),
        Parameter("gamma_hot", "γ_h", Kind.RATE, "coupling to the hot bath", minimum=0.0),
        Parameter("gamma_cold", "γ_c", Kind.RATE, "coupling to the cold bath", minimum=0.0),
        Parameter("omega_cold", "ω_1", Kind.FREQUENCY, "level |1>, the unit of all others", above=0.0, default=1.0),
        Parameter("omega_hot", "ω_2", Kind.FREQUENCY, "lowest level of the manifold", above=0.0, default=3.0),
        Parameter("splittings", "ω_j − ω_2", Kind.FREQUENCY, "levels above the lowest", axes=1, default=0.0),
        Parameter("detuning", "Ω − (ω̄ − ω_1)", Kind.FREQUENCY, "detuning of the drive", default=0.0),
        Parameter(
            "dipole_correlation", "p", Kind.PLAIN, "correlation of the hot dipoles, P_ij = p for i ≠ j",
            minimum=-1.0, maximum=1.0, default=0.0,
        ),
        Parameter("dipole_matrix", "P", Kind.PLAIN, "correlations of the hot dipoles", axes=2, default=None),
    )  # fmt: skip
    SHORTHANDS: ClassVar = (
        Parameter("manifold_levels", "N", Kind.COUNT, "number of manifold levels", minimum=1),
        Parameter("hot_temperature", "T_h", Kind.TEMPERATURE, "k_B T/ħω_1 or in K", above=0.0, instead="n_hot"),
        Parameter("cold_temperature", "T_c", Kind.TEMPERATURE, "k_B T/ħω_1 or in K", above=0.0, instead="n_cold"),
        Parameter("spread", "ω_{N+1} − ω_2", Kind.FREQUENCY, "of equal splittings", minimum=0.0, instead="splittings"),
    )  # fmt: skip
    DERIVED: ClassVar = (
        SHORTHANDS[0],
        Parameter("drive_frequency", "Ω", Kind.FREQUENCY, "frequency of the drive"),
    )
    UNIT: ClassVar = "omega_cold"

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
        drive: ArrayLike,
        *,
        n_hot: ArrayLike,
        n_cold: ArrayLike,
        gamma_hot: ArrayLike,
        gamma_cold: ArrayLike,
        omega_cold: ArrayLike = 1.0,
        omega_hot: ArrayLike = 3.0,
        splittings: ArrayLike = 0.0,
        detuning: ArrayLike = 0.0,
        dipole_correlation: ArrayLike = 0.0,
        dipole_matrix: ArrayLike | None = None,
    ) -> None:
        self._take(locals())
        self._settle(drive=np.atleast_1d(self.drive))
        if self.manifold_levels == 0:
            raise requirement("drive", "couple at least one level", f"its shape is {self.drive.shape}, so N = 0")
        self._check_level_axes()
        self._check_dipoles()
        low = np.asarray(self.level_energies <= self.omega_cold[..., np.newaxis]).any(axis=-1)
        if low.any():
            raise requirement(
                "omega_hot",
                "put every manifold level above `omega_cold`",
                f"the lowest level lies at {self.level_energies.min():.6g}",
                points=np.asarray(low),
            )

    @classmethod
    def near_degenerate(
        cls,
        *,
        manifold_levels: int = 2,
        spread: ArrayLike = 0.05,
        hot_temperature: ArrayLike,
        cold_temperature: ArrayLike,
        drive: ArrayLike = 0.05,
        gamma_hot: ArrayLike = 0.05,
        gamma_cold: ArrayLike = 0.2,
        omega_cold: ArrayLike = 1.0,
        omega_hot: ArrayLike = 3.0,
        detuning: ArrayLike = 0.0,
        dipole_correlation: ArrayLike = 0.0,
    ) -> "ThermalMaser":
        """Build the near-degenerate machine of the companion paper (PRA 108, 012205) from temperatures.

        Levels ω_{2+i} = ω_2 + i Δ/(N−1), i = 0 … N−1, with total ``spread`` Δ; every level has the Bose occupation
        of its own frequency at the one ``hot_temperature``.  ``drive`` is one λ for all levels, or ``(..., N)``.
        Temperatures are in units of ω_1 (k_B = ħ = 1).
        """
        return cls(**cls._spelled_out(dict(locals())))

    @classmethod
    def _spelled_out(cls, values: dict[str, Any]) -> dict[str, Any]:
        table = cls.table()

        def read(name: str) -> Any:
            return table[name].read(values.get(name, table[name].default))

        drive = np.atleast_1d(read("drive"))
        levels = read("manifold_levels") if "manifold_levels" in values else drive.shape[-1]
        if levels > ROW_LEVELS:
            raise requirement(
                "manifold_levels", f"be at most {ROW_LEVELS}, so that a row of them fits in memory", "it is larger"
            )
        if drive.shape[-1] == 1:
            drive = np.broadcast_to(drive, (*drive.shape[:-1], levels))
        if drive.shape[-1] != levels:
            raise requirement("drive", f"end in a level axis of length {levels}", f"its shape is {drive.shape}")
        values["drive"] = drive
        if "spread" in values and levels == 1 and "manifold_levels" not in values and some(read("spread") > 0.0):
            raise requirement("spread", "be of several levels; give `manifold_levels`", "one drive is one level")
        if "spread" in values:
            values["splittings"] = read("spread")[..., np.newaxis] * (np.arange(levels) / max(levels - 1, 1))
        if "hot_temperature" in values:
            energies = read("omega_hot")[..., np.newaxis] + read("splittings")
            values["n_hot"] = bose(energies, read("hot_temperature")[..., np.newaxis])
        if "cold_temperature" in values:
            values["n_cold"] = bose(read("omega_cold"), read("cold_temperature"))
        return {one.name: values[one.name] for one in cls.PARAMETERS if one.name in values}

    def _check_level_axes(self) -> None:
        for one in self.PARAMETERS:
            shape = getattr(self, one.name).shape if one.axes == 1 else ()
            if shape and shape[-1] not in (1, self.manifold_levels):
                raise requirement(
                    one.name,
                    f"be 0-d or end in a level axis of length {self.manifold_levels} or 1",
                    f"its shape is {shape}; for batch axes alone write {one.name}[..., None]",
                )

    def _check_dipoles(self) -> None:
        matrix = self.dipole_matrix
        if matrix is None:
            if not some(self.dipole_correlation != 0.0):
                return
            smallest = 1.0 + np.minimum(self.dipole_correlation * (self.manifold_levels - 1), -self.dipole_correlation)
            negative = np.asarray(smallest < -_DIPOLE_TOLERANCE * self.manifold_levels)
            if self.manifold_levels > 1 and negative.any():
                raise requirement(
                    "dipole_correlation",
                    f"be at least -1/(N-1) = {-1 / (self.manifold_levels - 1):.6g}, so that P is positive semidefinite",
                    f"it is {self.dipole_correlation.min():.6g}",
                    points=negative,
                )
            return
        if self.dipole_correlation.any():
            raise requirement("dipole_correlation", "be left out beside `dipole_matrix`", "both are given")
        if matrix.ndim < 2 or matrix.shape[-2:] != (self.manifold_levels, self.manifold_levels):
            raise requirement(
                "dipole_matrix",
                f"have shape (..., {self.manifold_levels}, {self.manifold_levels})",
                f"its shape is {matrix.shape}",
            )
        if (np.abs(matrix - np.swapaxes(matrix, -1, -2)) > _DIPOLE_TOLERANCE).any():
            raise requirement("dipole_matrix", "be symmetric", "it is not")
        diagonal = np.diagonal(matrix, axis1=-2, axis2=-1)
        if (np.abs(diagonal - 1.0) > _DIPOLE_TOLERANCE).any():
            raise requirement("dipole_matrix", "have unit diagonal", f"its diagonal holds {diagonal.flat[0]:.6g}")
        smallest = np.asarray(np.linalg.eigvalsh(matrix)[..., 0], dtype=np.float64)
        if (smallest < -_DIPOLE_TOLERANCE * self.manifold_levels).any():
            raise requirement(
                "dipole_matrix", "be positive semidefinite", f"its smallest eigenvalue is {smallest.min():.3g}"
            )

    @property
    def manifold_levels(self) -> int:
        """Number of manifold levels N."""
        return int(self.drive.shape[-1])

    @property
    def dimension(self) -> int:
        """Number of levels D = N + 2."""
        return self.manifold_levels + 2

    @property
    def level_energies(self) -> Real:
        """ω_j of the manifold, shape ``(..., N)`` or ``(..., 1)``."""
        return np.asarray(self.omega_hot[..., np.newaxis] + np.atleast_1d(self.splittings))

    @property
    def level_occupations(self) -> Real:
        """Hot occupation n_j of each manifold level, shape ``(..., N)``."""
        occupations = np.atleast_1d(self.n_hot)
        return np.asarray(np.broadcast_to(occupations, (*occupations.shape[:-1], self.manifold_levels)))

    @property
    def drive_frequency(self) -> Real:
        """Ω in units of ω_1, shape ``(...)``."""
        return np.asarray(self.level_energies.mean(axis=-1) - self.omega_cold + self.detuning)

    @property
    def dipoles(self) -> Real | None:
        """P of shape ``(..., N, N)``, or None where the dipoles are independent."""
        if self.dipole_matrix is not None:
            independent = (self.dipole_matrix == np.eye(self.manifold_levels)).all()
            return None if independent else self.dipole_matrix
        if self.manifold_levels == 1 or not some(self.dipole_correlation != 0.0):
            return None
        p = self.dipole_correlation[..., np.newaxis, np.newaxis]
        # not p + (1 − p), which is rounded: near p = −1 the bright state is damped by what is left of 1 + p
        return np.where(np.eye(self.manifold_levels, dtype=np.bool_), 1.0, p)

    @property
    def reference(self) -> int:
        """Level |1>, against which phases are given."""
        return 1

    @property
    def coherence_sets(self) -> tuple[CoherenceSet, ...]:
        """Coherences induced by the drive, ρ_1j, and those among the manifold levels, ρ_jl."""
        return _SETS

    def lindblad(
        self, channels: Sequence[tuple[ArrayLike, ArrayLike]] = (), *, dephasing: ArrayLike = 0.0
    ) -> LindbladSystem:
        """Return the machine as a Lindblad system, with further channels; its baths are named "hot" and "cold".

        Parameters
        ----------
        channels
            Pairs (rate, operator) that come to those of the baths, in the normalisation of Eq. (7).
        dephasing : (...)
            By which every coherence decays besides, in units of ω_1.

        Raises
        ------
        ArgumentError
            If correlated dipoles see unequal occupations, which is no Lindblad equation, or a channel is none.
        """
        ground = np.zeros((*self.batch_shape, 1))
        cold = np.broadcast_to(self.omega_cold[..., np.newaxis], ground.shape)
        levels = np.broadcast_to(self.level_energies, (*self.batch_shape, self.manifold_levels))
        energies = np.concatenate([ground, cold, levels], axis=-1)
        return written_out(self.generator(), energies, channels, dephasing).measured_in(self.hertz)

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
