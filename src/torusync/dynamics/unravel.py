"""Single trajectories whose average is the master equation: what a phase does when somebody watches.

Phases of the average lock and stay; those of one trajectory wander and slip.  Which trajectories there are depends on
how the channels are watched, and so does the number of slips, while the average is one.  QuTiP runs them, the extra
`qutip`.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Complex, Integer, Real, as_count, as_instance, as_number, as_real, requirement
from torusync._lapack import spectra
from torusync._limits import UNRAVELLED_LEVELS
from torusync._memory import require_memory
from torusync._results import Result
from torusync._show import Code, span
from torusync.conventions import EPS
from torusync.densities import DenseDensity
from torusync.dynamics.evolution import as_times
from torusync.dynamics.patience import require_patience
from torusync.dynamics.starts import starting
from torusync.generators import Generator, LindbladGenerator, PumpedManifold
from torusync.generators.base import dagger
from torusync.interop import unravelled
from torusync.models import System
from torusync.phases import phase_distribution

_STEP: Final = 0.05
"""Step of heterodyne detection in units of the fastest rate: its error is below that of sampling by some hundreds of
trajectories, and each step takes QuTiP nearly a millisecond."""

_JUMPED: Final = 1.2e-5
_DAMPED: Final = 0.1
_DIFFUSED: Final = 2e-5
"""Seconds of QuTiP in which a phase turns by 1 between jumps, how much of that a decay by 1/e takes, and of a step of
continuous detection: a guess."""

_FAST: Final = 2.0 * np.pi / 3.0
"""A phase that moves by more between two times may have gone the other way round."""


class Unravelling(Code):
    """How the channels are watched."""

    JUMPS = 0, "Every jump is seen, and between jumps the state evolves smoothly."
    HETERODYNE = 1, "Each channel is mixed with a strong detuned oscillator, and both quadratures are seen with noise."


@final
@dataclass(frozen=True, eq=False, repr=False)
class Trajectories(Result):
    """Pure states along single trajectories of one system, whose average is the state of the master equation.

    Parameters
    ----------
    kets : (R, T, D) one row a trajectory, of norm 1
    times : (T,)
    jumps : (R) jumps that were seen in each; 0 where detection is continuous
    kind
    """

    kets: Complex
    times: Real
    jumps: Integer
    kind: Unravelling

    AXES: ClassVar = {"kets": 2, "times": 1}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """One axis, of the trajectories."""
        return np.shape(self.jumps)

    @property
    def _projectors(self) -> Complex:
        return np.asarray(self.kets[..., :, np.newaxis] * np.conj(self.kets[..., np.newaxis, :]))

    @property
    def rho(self) -> Complex:
        """The average state, ``(T, D, D)``."""
        return np.asarray(self._projectors.reshape(-1, *self._shape).mean(axis=0))

    @property
    def rho_error(self) -> Real:
        """The standard error of each of its entries, ``(T, D, D)``: of sampling alone, infinite for one trajectory.

        It is told from what was seen: where no trajectory has jumped yet, it is 0, and how rare that is nobody knows.
        """
        each = self._projectors.reshape(-1, *self._shape)
        return np.asarray(each.std(axis=0) / np.sqrt(len(each) - 1)) if len(each) > 1 else np.full(self._shape, np.inf)

    @property
    def _shape(self) -> tuple[int, int, int]:
        size = self.kets.shape[-1]
        return len(self.times), size, size

    def snapshots(self, phases: ArrayLike) -> Real:
        """Return S(φ) of each state on its way at phases ``(..., D)``, shape ``(R, T, ...)``; their mean is that of ρ.

        Raises
        ------
        ArgumentError
            If there is not one phase a level.
        """
        found = as_real("phases", phases)
        size = self.kets.shape[-1]
        if not found.ndim or found.shape[-1] != size:
            raise requirement("phases", f"have shape (..., {size})", f"their shape is {found.shape}")
        matrices = self._projectors
        shape = (*matrices.shape[:-2], *(1 for _ in found.shape[:-1]), size, size)
        return np.asarray(phase_distribution(DenseDensity(matrices.reshape(shape)), found))

    def coherence(self, i: int, j: int) -> Complex:
        """Return ρ_ij of each trajectory, ``(R, T)``."""
        first, second = (as_count(name, one) for name, one in (("i", i), ("j", j)))
        size = self.kets.shape[-1]
        for name, one in (("i", first), ("j", second)):
            if one >= size:
                raise requirement(name, f"be a level between 0 and {size - 1}", f"it is {one}")
        return np.asarray(self.kets[..., first] * np.conj(self.kets[..., second]))

    def phase_slips(self, i: int, j: int, *, about: float = 0.0, hysteresis: float = 0.5 * np.pi) -> "PhaseSlips":
        """Count how often the phase of ρ_ij slips by a turn, relative to where it is locked.

        Parameters
        ----------
        i, j
            Two levels.
        about
            The phase at which it is locked, such as that of the steady state.
        hysteresis
            How far beyond the opposite phase, ``about`` ± π, it must have come for a slip: without it one that dwells
            there would slip at every time.  Between 0 and π, π left out.
        """
        middle, beyond = as_number("about", about), as_number("hysteresis", hysteresis)
        if not 0.0 <= beyond < np.pi:
            raise requirement("hysteresis", "be from 0 to below π", f"it is {beyond:.6g}")
        found = self.coherence(i, j).reshape(-1, len(self.times))
        counted = _slips(found * np.exp(-1j * middle), np.pi + beyond)
        forward, backward, lost, unresolved = (one.reshape(self.batch_shape) for one in counted)
        return PhaseSlips(forward, backward, lost, unresolved, float(self.times[-1] - self.times[0]))

    def _in_words(self) -> str:
        seen = f", {span(self.jumps)} jumps each" if self.kind is Unravelling.JUMPS else ""
        return f"{int(np.prod(self.batch_shape))}, {self.kind.name.lower()}, times {span(self.times)}{seen}"


@final
@dataclass(frozen=True, eq=False, repr=False)
class PhaseSlips(Result):
    """Slips of one phase along each trajectory.

    Parameters
    ----------
    forward, backward : (R) slips by +2π and by −2π
    lost : (R)
        How often the coherence vanished, as after a jump into one level: the phase that comes after is another one, and
        is counted from the turn next to it.
    unresolved : (R) steps of more than 2π/3 between two times, of which the direction is a guess: ask for finer times
    duration
    """

    forward: Integer
    backward: Integer
    lost: Integer
    unresolved: Integer
    duration: float

    @property
    def rate(self) -> float:
        """Slips of either direction per time, over all trajectories."""
        number = max(1, int(np.size(self.forward))) * self.duration
        return float((np.sum(self.forward) + np.sum(self.backward)) / number) if number > 0.0 else np.nan

    def _in_words(self) -> str:
        told = [f"{int(np.sum(getattr(self, one)))} {one}" for one in ("forward", "backward", "lost", "unresolved")]
        return f"{', '.join(told)}, rate {self.rate:.6g}"


def _slips(values: Complex, far: float) -> tuple[Integer, Integer, Integer, Integer]:
    """Count along rows ``(R, T)`` how often the angle gets further than ``far`` from the middle of its turn."""
    forward, backward, lost, unresolved = np.zeros((4, len(values)), dtype=np.int64)
    there = np.abs(values) > 64.0 * EPS
    angles = np.where(there, np.angle(np.where(there, values, 1.0)), np.nan)
    place = angles[:, 0]
    for now in angles.T[1:]:
        step = np.mod(now - place + np.pi, 2.0 * np.pi) - np.pi
        lost += np.isnan(now) & ~np.isnan(place)
        unresolved += np.abs(step) > _FAST
        place = np.where(np.isnan(step), now, place + step)
        up, down = place > far, place < -far
        forward, backward = forward + up, backward + down
        place = place - 2.0 * np.pi * up + 2.0 * np.pi * down
    return forward, backward, lost, unresolved


def unravel(
    system: System,
    start: object,
    times: ArrayLike,
    *,
    kind: Unravelling = Unravelling.JUMPS,
    trajectories: int = 100,
    seed: int = 0,
) -> Trajectories:
    """Return single trajectories of a small system, by QuTiP.

    Parameters
    ----------
    system
        One system of at most 16 levels with channels, or a `ThermalMaser`, whose jumps join |0> with the eigenvectors
        of its damping and of its pump.
    start
        As of `evolve`; a mixed one begins in its eigenstates, drawn with their weights.
    times : (T,)
        Ascending, and equally spaced for heterodyne detection, in units of 1/ω_1.
    kind
        ``Unravelling.JUMPS`` or ``Unravelling.HETERODYNE``, whose steps of time take QuTiP far longer.
    trajectories, seed
        How many, and of which random numbers.

    Raises
    ------
    ArgumentError
        If QuTiP is not installed, the system is a batch, too large or has no channels, a rate of it is negative, or
        more steps would be needed than a quarter of an hour is enough for.
    """
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a ThermalMaser or a LindbladSystem", f"it is {type(system).__name__}")
    as_instance("kind", kind, Unravelling, "Unravelling.JUMPS or Unravelling.HETERODYNE")
    generator, moments = system.generator(), as_times(times)
    count, number = as_count("trajectories", trajectories, minimum=1), as_count("seed", seed)
    if generator.batch_shape:
        raise requirement("system", "be one system", f"its batch shape is {generator.batch_shape}")
    size = generator.dimension
    if size > UNRAVELLED_LEVELS:
        raise requirement("system", f"have at most {UNRAVELLED_LEVELS} levels to be unravelled", f"it has {size}")
    require_memory("trajectories", 32.0 * count * len(moments) * size**2, what=f"{count} × {len(moments)} states")
    hamiltonian, jumps, unit = _in_own_units(*_channels(generator))
    clock = (moments - moments[0]) * unit
    step = _step(clock, hamiltonian, jumps) if kind is Unravelling.HETERODYNE else None
    _require_short(clock, (hamiltonian, jumps), count, step)
    if not jumps:
        raise requirement("system", "have channels, for what is seen comes through them", "it has none that acts")
    rho, _ = starting(generator, start)
    if rho.ndim > 2:
        raise requirement("start", "be one state", f"its batch shape is {rho.shape[:-2]}")
    weights, vectors = spectra(rho)
    share = np.where(weights > 64.0 * EPS, weights, 0.0)
    drawn = np.random.default_rng(number).multinomial(count, share / share.sum())
    kets, jumped = [], []
    for place in np.flatnonzero(drawn):
        begun, branch = (hamiltonian, jumps, vectors[:, place], clock), (number, int(place))
        some, seen = unravelled(*begun, count=int(drawn[place]), seed=branch, step=step)
        kets.append(some / np.linalg.norm(some, axis=-1, keepdims=True))
        jumped += seen
    return Trajectories(np.concatenate(kets), moments, np.array(jumped, dtype=np.int64), kind)


def _require_short(times: Real, channels: tuple[Complex, list[Complex]], count: int, step: float | None) -> None:
    """Refuse what QuTiP would be at for longer than anybody waits."""
    hamiltonian, jumps = channels
    span, energies = float(times[-1] - times[0]), np.linalg.eigvalsh(hamiltonian)
    if step is None:
        fed = sum(float(np.linalg.norm(one, 2)) ** 2 for one in jumps)
        turned = 0.5 * float(energies[-1] - energies[0]) + _DAMPED * fed
        many, each = count * span * turned, _JUMPED
    else:
        many, each = count * span / step, _DIFFUSED
    advice = "ask for a shorter time, or for fewer trajectories at once, each time by another seed"
    require_patience("times", many * each, what=f"{many:.3g} steps of QuTiP for {count} trajectories", advice=advice)


def _step(times: Real, hamiltonian: Complex, jumps: list[Complex]) -> float:
    """Return a step of time that divides the distance of equally spaced times."""
    spaces = np.diff(times)
    if not spaces.size or spaces.max() - spaces.min() > 1e-9 * spaces.max():
        raise requirement("times", "be at least two, equally spaced, for heterodyne detection", "they are not")
    fastest = _fastest(hamiltonian, jumps)
    return float(spaces.mean() / np.ceil(spaces.mean() * fastest / _STEP)) if fastest > 0.0 else float(spaces.mean())


def _fastest(hamiltonian: Complex, jumps: list[Complex]) -> float:
    return float(np.linalg.norm(hamiltonian, 2)) + sum(float(np.linalg.norm(one, 2)) ** 2 for one in jumps)


def _in_own_units(hamiltonian: Complex, jumps: list[Complex]) -> tuple[Complex, list[Complex], float]:
    """Return H, its energies about 0, and jumps in units of the fastest rate, and that unit.

    What is common to all energies turns a phase that nobody sees, and would be followed turn by turn; and QuTiP finds
    the times of jumps to within 1e-6, whatever the rates.
    """
    energies = np.linalg.eigvalsh(hamiltonian)
    inner = hamiltonian - 0.5 * (energies[0] + energies[-1]) * np.eye(len(energies))
    fastest = _fastest(inner, jumps)
    unit = float(np.ldexp(1.0, np.frexp(fastest)[1])) if fastest > 0.0 else 1.0
    return inner / unit, [one / unit**0.5 for one in jumps], unit


def _channels(generator: Generator) -> tuple[Complex, list[Complex]]:
    """Return H and the jumps C, dρ/dt ∋ C ρ C† − {C†C, ρ}/2, that act."""
    if isinstance(generator, PumpedManifold):
        return _of_manifold(generator)
    if not isinstance(generator, LindbladGenerator):
        raise requirement(
            "system", "be a ThermalMaser, or have channels", f"its generator is {type(generator).__name__}"
        )
    jumps = [np.sqrt(2.0 * rate) * one for rate, one in zip(generator.rates, generator.operators, strict=True)]
    return generator.hamiltonian, [one for one in jumps if one.any()]


def _of_manifold(block: PumpedManifold) -> tuple[Complex, list[Complex]]:
    """Read a machine: G and S are sums over jumps from and to |0>, and what of G is not Hermitian turns phases."""
    size, damping, pump = block.dimension, block.damping(), block.pump()
    hamiltonian = np.zeros((size, size), dtype=np.complex128)
    hamiltonian[1:, 1:] = block.hamiltonian() - 0.5j * (damping - dagger(damping))
    hamiltonian[1:, 1:] += block.level_one_energy * np.eye(size - 1)
    jumps = []
    for matrix, down in ((damping + dagger(damping), True), (pump, False)):
        rates, vectors = spectra(matrix)
        if rates[0] < -64.0 * EPS * np.abs(rates).max():
            raise requirement("system", "have no negative rates to be unravelled", f"one is {rates[0]:.3g}")
        for rate, vector in zip(rates, vectors.T, strict=True):
            if rate > 64.0 * EPS * np.abs(rates).max():
                jump = np.zeros((size, size), dtype=np.complex128)
                if down:
                    jump[0, 1:] = np.sqrt(rate) * np.conj(vector)
                else:
                    jump[1:, 0] = np.sqrt(rate) * vector
                jumps.append(jump)
    return hamiltonian, jumps
