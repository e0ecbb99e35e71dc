"""What turns the phase of a coherence: the exact split of dΦ_nm/dt and d ln R_nm/dt of any Lindblad equation.

With ρ_nm = R e^{iΦ} both are the imaginary and the real part of ρ̇_nm/ρ_nm, and ρ̇ comes in six parts: by where it is
from (the Hamiltonian or the channels) and on what it acts (populations, other coherences, or the coherence itself).
Parts move under C → C + c, H → H − (i/2)(c*C − cC†), which leaves the equation alone; with traceless channels they are
unique, in one basis and in one frame.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from torusync._checks import Complex, Real, broadcast_shape, requirement
from torusync._frozen import Frozen
from torusync._show import size_in_words
from torusync.densities import density_of, off_diagonal
from torusync.dynamics.frozen import FrozenModel
from torusync.generators import Generator, LindbladGenerator, PumpedManifold
from torusync.generators.base import dagger
from torusync.models import System, Truncated
from torusync.steady import steady_state

if TYPE_CHECKING:
    import xarray as xr

TERMS: Final = (
    "detuning", "shift", "drive on populations", "coherent coupling", "dissipative coupling", "pull of populations",
)  # fmt: skip
"""Names of the six parts, in their order."""

_LETTER: Final = ("", "", "entrainment", "mutual coupling, coherent", "mutual coupling, dissipative", "")
"""The letter's words for them in its machine: its mutual coupling goes through the drive; a dissipative one is there
for correlated dipoles alone."""


@final
@dataclass(frozen=True, eq=False)
class _Parts:
    """A generator in the gauge of traceless channels: H, what the channels make of ρ, and of a coherence of itself."""

    hamiltonian: Complex
    dissipated: Callable[[Complex], Complex]
    """What the channels make of ρ off the diagonal, but for what their decay takes from each coherence itself."""
    own: Complex
    """σ_nm, ``(..., D, D)``."""
    returned: Complex | Real
    """Of that Σ C_nn C_mm*, ``(..., D, D)``, which `dissipated` has, too."""


def split(generator: Generator, rho: Complex) -> Complex:
    """Return the six parts of ρ̇ off the diagonal, shape ``(..., 6, D, D)``; their sum is ρ̇ there."""
    parts = _parts(generator)
    index = np.arange(rho.shape[-1])
    level = np.real(parts.hamiltonian[..., index, index])
    coupling = parts.hamiltonian.copy()
    coupling[..., index, index] = 0.0
    populations, coherences = np.zeros_like(rho), rho.copy()
    populations[..., index, index] = rho[..., index, index]
    coherences[..., index, index] = 0.0

    def turned(part: Complex) -> Complex:
        return np.asarray(-1j * (coupling @ part - part @ coupling))

    found = (
        -1j * (level[..., :, np.newaxis] - level[..., np.newaxis, :]) * rho,
        parts.own * coherences,
        turned(populations),
        turned(coherences),
        parts.dissipated(coherences) - parts.returned * coherences,
        parts.dissipated(populations),
    )
    batch = np.broadcast_shapes(*(one.shape for one in found))
    out = np.stack([np.broadcast_to(one, batch) for one in found], axis=-3)
    out[..., index, index] = 0.0
    return out


def _parts(generator: Generator) -> _Parts:
    if isinstance(generator, PumpedManifold):
        return _of_manifold(generator)
    if isinstance(generator, LindbladGenerator):
        return _of_channels(generator)
    raise requirement("system", "be a ThermalMaser, or have channels", f"its generator is {type(generator).__name__}")


def _of_channels(generator: LindbladGenerator) -> _Parts:
    energies, size = generator.hamiltonian, generator.dimension
    jumps, own, decay = [], np.zeros((size, size)), np.zeros((size, size))
    one = np.eye(size)
    for rate, operator in zip(generator.rates, generator.operators, strict=True):
        jump = np.sqrt(2.0 * rate)[..., np.newaxis, np.newaxis] * operator
        shift = -np.trace(jump, axis1=-2, axis2=-1)[..., np.newaxis, np.newaxis] / size
        energies = energies - 0.5j * (np.conj(shift) * jump - shift * dagger(jump))
        jump = jump + shift * one
        diagonal = np.diagonal(jump, axis1=-2, axis2=-1)
        own = own + diagonal[..., :, np.newaxis] * np.conj(diagonal[..., np.newaxis, :])
        decay = decay + 0.5 * dagger(jump) @ jump
        jumps.append(jump)
    lost = np.diagonal(decay, axis1=-2, axis2=-1)
    across = off_diagonal(np.asarray(decay, dtype=np.complex128))

    def dissipated(rho: Complex) -> Complex:
        out = -(across @ rho) - rho @ across
        for jump in jumps:
            out = out + jump @ rho @ dagger(jump)
        return np.asarray(out)

    whole = own - lost[..., :, np.newaxis] - np.conj(lost[..., np.newaxis, :])
    return _Parts(np.asarray(energies), dissipated, np.asarray(whole), np.asarray(own))


def _of_manifold(block: PumpedManifold) -> _Parts:
    """Read a machine: jumps join |0> with other levels, so that they are traceless as they are."""
    size, batch = block.dimension, block.batch_shape
    energies, decay = np.zeros((2, *batch, size, size), dtype=np.complex128)
    energies[..., 1:, 1:] = block.hamiltonian()
    index = np.arange(1, size)
    energies[..., index, index] += block.level_one_energy[..., np.newaxis]
    pump = block.pump()
    decay[..., 1:, 1:] = block.damping()
    decay[..., 0, 0] = 0.5 * np.trace(pump, axis1=-2, axis2=-1)
    lost = np.diagonal(decay, axis1=-2, axis2=-1)
    own = -lost[..., :, np.newaxis] - np.conj(lost[..., np.newaxis, :])
    across = off_diagonal(decay)

    def dissipated(rho: Complex) -> Complex:
        out = -(across @ rho) - rho @ dagger(across)
        out[..., 1:, 1:] += rho[..., :1, :1] * pump
        return np.asarray(out)

    return _Parts(energies, dissipated, own, np.zeros(()))


@final
@dataclass(frozen=True, eq=False, repr=False)
class PhaseModel(Frozen):
    """How the phases of the coherences of a system, or of a batch, push each other.

    Parameters
    ----------
    system : a `ThermalMaser`, or any system with channels
    """

    system: System

    def terms(self, state: object) -> "xr.Dataset":
        """Return the six terms of dΦ_ij/dt and of d ln R_ij/dt at a state of the system.

        Parameters
        ----------
        state
            A state of the system, stationary or not, or matrices ``(..., D, D)``.

        Returns
        -------
        xarray.Dataset
            ``phase_velocity`` and ``modulus_rate``, dims ``(..., term, level_i, level_j)``, in units of ω_1; nan where
            a coherence vanishes or is smaller than its error.  The sum over terms is exact.  In the frame that rotates
            with the drive, the basis of the levels, and the gauge of traceless channels, which its attributes say.

        Raises
        ------
        ArgumentError
            If the state is none, or has another number of levels.
        """
        import xarray as xr  # noqa: PLC0415  (needed by labelled results alone)

        density, generator = density_of(state), self.system.generator()
        if density.dimension != generator.dimension:
            but = f"it has {density.dimension}"
            raise requirement("state", f"have the {generator.dimension} levels of the system", but)
        rho, timed = density.to_array(), bool(getattr(state, "transient", False)) and bool(density.batch_shape)
        own = self.system[..., np.newaxis] if timed and self.system.batch_shape else self.system  # type: ignore[index]
        broadcast_shape(state=density.batch_shape, system=own.batch_shape)
        error = np.asarray(getattr(state, "coherence_error", getattr(density, "coherence_error", 0.0)))
        known = (np.abs(rho) > error[..., np.newaxis, np.newaxis])[..., np.newaxis, :, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = split(own.generator(), rho) / rho[..., np.newaxis, :, :]
        ratios = np.where(known & ~np.eye(density.dimension, dtype=np.bool_), ratios, complex(np.nan, np.nan))
        names = [f"axis_{number}" for number in range(ratios.ndim - 3)]
        coords: dict[str, Any] = {"term": list(TERMS)}
        coords |= {axis: np.arange(density.dimension) for axis in ("level_i", "level_j")}
        if timed:
            names[-1] = "time"
            if np.ndim(state.times) == 1:  # type: ignore[attr-defined]
                coords["time"] = state.times  # type: ignore[attr-defined]
        if isinstance(generator, PumpedManifold):
            coords["in_the_letter"] = ("term", list(_LETTER))
        dims = (*names, "term", "level_i", "level_j")
        told = {"units": "omega_1"}
        return xr.Dataset(
            {
                "phase_velocity": (dims, ratios.imag, {**told, "long_name": "terms of dPhi_ij/dt"}),
                "modulus_rate": (dims, ratios.real, {**told, "long_name": "terms of d ln R_ij/dt"}),
            },
            coords,
            {
                "gauge": "traceless channels",
                "basis": "levels of the system",
                "frame": "rotating with the drive" if isinstance(generator, PumpedManifold) else "of the Hamiltonian",
            },
        )

    def frozen(self, state: object = None) -> FrozenModel:
        """Return the model whose populations and moduli stay those of a state, the steady one where none is given.

        It is no quantum evolution; `FrozenModel.run` shows the one from the same start beside it.

        Raises
        ------
        ArgumentError
            If the system is a batch, or the state is not one state of its levels.
        """
        return FrozenModel.of(self.system, steady_state(self.system) if state is None else state)

    def __repr__(self) -> str:
        return f"<PhaseModel: {size_in_words(self.system)}>"


def phase_model(system: System) -> PhaseModel:
    """Return how the phases of the coherences of a system push each other.

    Parameters
    ----------
    system
        A `ThermalMaser`, a `LindbladSystem`, or another system with channels; a batch along leading axes.

    Raises
    ------
    ArgumentError
        If it is none of these.
    """
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a ThermalMaser or a LindbladSystem", f"it is {type(system).__name__}")
    if isinstance(system, Truncated):
        system = system.cut_at(system.dims)  # else the steady state might be found to need more levels
    _parts(system.generator())
    return PhaseModel(system)
