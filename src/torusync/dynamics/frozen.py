"""The phase model with frozen amplitudes, and beside it, always, the evolution from the same start.

Populations and moduli are held at those of a state, and one phase for every coherence is left to itself, as in a
classical model of coupled oscillators.  What it does need not happen: the master equation is linear, and where its
steady state is unique every phase locks.  Stability is reported, and never taken for granted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Boolean, Complex, Integer, Real, as_count, as_number, as_real, requirement, scalar
from torusync._lapack import rates
from torusync._memory import require_memory
from torusync._results import Result
from torusync._show import size_in_words, span
from torusync._threads import one_blas_thread, stop_if_told
from torusync.densities import DenseDensity, density_of
from torusync.dynamics.evolution import as_times, evolve
from torusync.dynamics.patience import require_patience
from torusync.generators import Generator
from torusync.models import System

_TOLERANCE: Final = 1e-9
"""Of the integration, relative and absolute: phases are asked for whether they turn, which takes few digits."""

_KEPT: Final = 401
"""Times that are kept of a run."""

_SAMPLES: Final = 2.0
"""Samples in which a coherence turns by 1: an angle that is followed from one to the next must not turn by π."""

_CALL: Final = 1.2e-5
_PAIR: Final = 2.5e-9
_SAMPLE: Final = 1e-5
"""Seconds of a velocity, for each pair of its coherences and start, and of a sample of the master equation: a guess."""

_STIFF: Final = 3e4
"""Calls of an explicit method beyond which an implicit one, with the Jacobian, takes fewer seconds."""

_NEWTON: Final = 40
_SAME: Final = 1e-6
_SETTLED: Final = 1e-10


@final
@dataclass(frozen=True, eq=False, repr=False)
class FrozenModel(Result):
    """Phases Φ_ij of the coherences of one system, with everything else held.

    Parameters
    ----------
    system
    generator : the equation of motion
    rho : (D, D) the state whose populations and moduli are held
    pairs : (P, 2) levels i < j of the coherences there are
    """

    system: System
    generator: Generator
    rho: Complex
    pairs: Integer

    AXES: ClassVar = {"rho": 2, "pairs": 2}

    @classmethod
    def of(cls, system: System, state: object) -> "FrozenModel":
        """Read one system and one of its states."""
        generator, density = system.generator(), density_of(state)
        if generator.batch_shape or density.batch_shape:
            raise requirement("system", "be one system with one state", "it is a batch; take one of its points")
        if density.dimension != generator.dimension:
            but = f"it has {density.dimension}"
            raise requirement("state", f"have the {generator.dimension} levels of the system", but)
        rho = np.array(density.to_array())
        error = float(getattr(state, "coherence_error", 0.0))
        upper = np.argwhere(np.triu(np.abs(rho) > error, 1))
        if not len(upper):
            raise requirement("state", "have coherences", "it has none that is larger than its error")
        rho.setflags(write=False)
        return cls(system, generator, rho, upper)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """No batch axes: one system."""
        return ()

    @cached_property
    def phases(self) -> Real:
        """Φ_ij of the state, ``(P,)``: a fixed point where it is stationary."""
        return np.angle(self.rho[self._upper])

    @property
    def _upper(self) -> tuple[Integer, Integer]:
        return self.pairs[:, 0], self.pairs[:, 1]

    def velocity(self, phases: ArrayLike) -> Real:
        """Return dΦ_ij/dt for phases ``(..., P)``."""
        found = self._checked(phases)
        return self._velocity(found)

    def _velocity(self, phases: Real) -> Real:
        return np.asarray(self._relative(phases).imag)

    def _relative(self, phases: Real) -> Complex:
        """Return ρ̇_a/ρ_a, ``(..., P)``."""
        ahead, back, held = self._linear
        one = self._moduli * np.exp(1j * phases)
        return np.asarray((one @ ahead.T + np.conj(one) @ back.T + held) / one)

    @cached_property
    def _moduli(self) -> Real:
        return np.abs(self.rho[self._upper])

    @cached_property
    def _linear(self) -> tuple[Complex, Complex, Complex]:
        """What coherences, their conjugates, and populations make of the change of each coherence."""
        size, (i, j) = len(self.rho), self._upper
        require_memory("system", 64.0 * size**4, what=f"the generator of {size} levels as a matrix")
        matrix = self.generator.liouvillian()
        ahead, back = i * size + j, j * size + i
        populations = np.diagonal(self.rho) @ matrix[np.ix_(ahead, np.arange(size) * (size + 1))].T
        return matrix[np.ix_(ahead, ahead)], matrix[np.ix_(ahead, back)], populations

    def jacobian(self, phases: ArrayLike | None = None) -> Real:
        """Return ∂(dΦ_a/dt)/∂Φ_b at phases ``(..., P)``, those of the state where none are given, ``(..., P, P)``.

        J_ab = Re(L_ab ρ_b/ρ_a) − Re(L_ab* ρ_b*/ρ_a) − δ_ab Re(ρ̇_a/ρ_a), with b* the transposed pair of b.
        """
        found = self.phases if phases is None else self._checked(phases)
        ahead, back, _ = self._linear
        one = self._moduli * np.exp(1j * found)
        ratio, index = 1.0 / one[..., :, np.newaxis], np.arange(len(self.pairs))
        total = (ahead * one[..., np.newaxis, :] * ratio).real
        total = total - (back * np.conj(one)[..., np.newaxis, :] * ratio).real
        total[..., index, index] -= self._relative(found).real
        return np.asarray(total)

    @property
    def stability(self) -> Real:
        """Largest real part of the Jacobian's eigenvalues at the phases of the state, negative where stable."""
        return scalar(np.asarray(rates(self.jacobian().astype(np.complex128)).real.max()))

    def _checked(self, phases: ArrayLike) -> Real:
        found = as_real("phases", phases)
        if not found.ndim or found.shape[-1] != len(self.pairs):
            raise requirement("phases", f"have shape (..., {len(self.pairs)})", f"their shape is {found.shape}")
        return found

    @one_blas_thread
    def fixed_points(self, starts: int = 32, *, seed: int = 0) -> "FixedPoints":
        """Return the fixed points that Newton's iteration finds from the phases of the state and from random ones.

        There may be others.  Which of them are stable is told for each.
        """
        count = as_count("starts", starts, minimum=1)
        drawn = np.random.default_rng(as_count("seed", seed)).uniform(0.0, 2.0 * np.pi, (count - 1, len(self.pairs)))
        phases = np.concatenate([self.phases[np.newaxis], drawn])
        for _ in range(_NEWTON):
            jacobian = self.jacobian(phases)
            step = (np.linalg.pinv(jacobian) @ self._velocity(phases)[..., np.newaxis])[..., 0]
            # a step beyond half a radian leaves what the derivative says
            phases = phases - step * np.minimum(1.0, 0.5 / np.maximum(np.abs(step).max(axis=-1, keepdims=True), 1e-300))
        residual = np.abs(self._velocity(phases)).max(axis=-1)
        kept: list[int] = []
        for number in np.flatnonzero(residual <= _SETTLED):
            apart = [np.abs(np.exp(1j * phases[number]) - np.exp(1j * phases[other])).max() for other in kept]
            if all(one > _SAME for one in apart):
                kept.append(int(number))
        real = rates(self.jacobian(phases[kept]).astype(np.complex128)).real
        return FixedPoints(phases[kept] % (2.0 * np.pi), residual[kept], real.max(axis=-1))

    @one_blas_thread
    def run(self, duration: float, *, starts: int = 16, seed: int = 0) -> "PhaseRuns":
        """Follow random starts, with frozen amplitudes and as the master equation has it.

        A start turns the state by a diagonal unitary, Φ_ij + φ_j − φ_i with random φ: it is a state again.

        Parameters
        ----------
        duration
            How long, in units of 1/ω_1.
        starts, seed
            How many, and of which random numbers.

        Raises
        ------
        ArgumentError
            If it would take more steps of time than a quarter of an hour is enough for.
        """
        length, count = as_number("duration", duration, above=0.0), as_count("starts", starts, minimum=1)
        turned = np.random.default_rng(as_count("seed", seed)).uniform(0.0, 2.0 * np.pi, (count, len(self.rho)))
        times = np.linspace(0.0, length, _KEPT)
        self._require_short(length, count)
        frozen = self._followed(self._turned(turned), times)
        coevolving, error = np.empty(frozen.shape), np.empty(count)
        for one in range(count):
            coevolving[one], error[one] = self._coevolved(np.exp(-1j * turned[one]), times)
        return PhaseRuns(turned, times, frozen, coevolving, error)

    @one_blas_thread
    def follow(self, turned: ArrayLike, times: ArrayLike) -> Real:
        """Return the phases Φ of the frozen model alone at some times, ``(S, T, P)``, not reduced to one turn.

        Beside it belongs the evolution from the same states: ``run`` has both, and so has `torusync.evolve` from
        ``exp(−iφ_i) ρ_ij exp(iφ_j)``.

        Parameters
        ----------
        turned : (S, D)
            φ, by which the levels of the state are turned at the first of the times.
        times : (T,)
            Ascending, in units of 1/ω_1.

        Raises
        ------
        ArgumentError
            If it would take more steps of time than a quarter of an hour is enough for.
        """
        given, moments = as_real("turned", turned), as_times(times)
        if given.ndim != 2 or given.shape[-1] != len(self.rho):
            raise requirement("turned", f"have shape (S, {len(self.rho)})", f"its shape is {given.shape}")
        self._require_short(float(moments[-1] - moments[0]), len(given), alone=True)
        return self._followed(self._turned(given), moments)

    def _turned(self, turned: Real) -> Real:
        """Return Φ_ij + φ_j − φ_i, ``(S, P)``."""
        i, j = self._upper
        return np.asarray(self.phases + turned[:, j] - turned[:, i])

    def _followed(self, begin: Real, times: Real) -> Real:
        """Return the phases of the frozen model, ``(S, T, P)``, from ``(S, P)``."""
        from scipy.integrate import solve_ivp  # noqa: PLC0415  (a fifth of what the library takes to load)

        def derivative(_: float, flat: Real) -> Real:
            stop_if_told()
            return self._velocity(flat.reshape(begin.shape)).reshape(-1)

        span = float(times[0]), float(times[-1])
        if span[0] == span[1]:
            return begin[:, np.newaxis]
        stiff = (span[1] - span[0]) * self._calls > _STIFF
        how: dict[str, Any] = {"method": "BDF", "jac": self._jacobians(begin.shape)} if stiff else {"method": "DOP853"}
        solved = solve_ivp(derivative, span, begin.reshape(-1), t_eval=times, rtol=_TOLERANCE, atol=_TOLERANCE, **how)
        return np.moveaxis(solved.y.reshape(*begin.shape, len(times)), -1, 1)

    def _jacobians(self, shape: tuple[int, ...]) -> Callable[[float, Real], Any]:
        """Return the Jacobian of all starts together, blocks on a diagonal."""
        from scipy.sparse import block_diag  # noqa: PLC0415

        def at(_: float, flat: Real) -> Any:
            return block_diag(list(self.jacobian(flat.reshape(shape))), format="csc")

        return at

    @cached_property
    def _calls(self) -> float:
        """How fast, at most, a phase of the frozen model turns, and so how often an explicit method asks."""
        ahead, back, held = self._linear
        pushed = (np.abs(ahead) + np.abs(back)) @ self._moduli + np.abs(held)
        return float((pushed / self._moduli).max())

    def _require_short(self, length: float, count: int, *, alone: bool = False) -> None:
        """Refuse what takes too many steps, of the frozen phases, or of the master equation to see its phases turn."""
        calls = length * self._calls
        samples = 0.0 if alone else count * max(float(_KEPT), _SAMPLES * length * self._fastest)
        seconds = calls * (_CALL + count * len(self.pairs) ** 2 * _PAIR) + samples * _SAMPLE
        must = f"{calls + samples:.3g} steps of time for phases that turn so fast"
        name, advice = "times" if alone else "duration", "make it shorter, or ask for fewer starts"
        require_patience(name, seconds, what=must, advice=advice)

    def _coevolved(self, turns: Complex, times: Real) -> tuple[Real, float]:
        """Return the phases of the master equation from a state whose levels are turned, and the last error."""
        fine = int(np.ceil(_SAMPLES * times[1] * self._fastest))
        rho = turns[:, np.newaxis] * self.rho * np.conj(turns)
        moments = np.linspace(times[0], times[-1], (len(times) - 1) * fine + 1)
        path, (i, j) = evolve(self.system, DenseDensity(rho), moments), self._upper
        return np.unwrap(np.angle(path.rho[:, i, j]), axis=0)[::fine], float(path.error[-1])

    @cached_property
    def _fastest(self) -> float:
        """How fast, at most, the phase of a coherence turns that is no smaller than any other, ‖L‖ by rows."""
        ahead, back, _ = self._linear
        return float((np.abs(ahead).sum(axis=-1) + np.abs(back).sum(axis=-1)).max())

    def _in_words(self) -> str:
        return f"{size_in_words(self.system)}, {len(self.pairs)} phases"


@final
@dataclass(frozen=True, eq=False, repr=False)
class FixedPoints(Result):
    """Fixed points of a frozen model that were found.

    Parameters
    ----------
    phases : (K, P) in [0, 2π); the first is that of the state, where the state is stationary
    residual : (K) ``largest |dΦ/dt|``
    stability : (K) largest real part of the Jacobian's eigenvalues
    """

    phases: Real
    residual: Real
    stability: Real

    AXES: ClassVar = {"phases": 1}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """One axis, of the fixed points."""
        return np.shape(self.residual)

    @property
    def stable(self) -> Boolean:
        """Which of them attract what is near."""
        return scalar(np.asarray(self.stability < 0.0))

    def _in_words(self) -> str:
        return f"{np.size(self.residual)} found, {int(np.sum(self.stable))} stable, rates {span(self.stability)}"


@final
@dataclass(frozen=True, eq=False, repr=False)
class PhaseRuns(Result):
    """Phases from random starts: with frozen amplitudes, and beside them the master equation from the same states.

    Parameters
    ----------
    starts : (S, D) φ, by which the levels of the state were turned
    times : (T,)
    frozen : (S, T, P) Φ of the frozen model, not reduced to one turn
    coevolving : (S, T, P) Φ of the master equation
    coevolving_error : (S) of its last state, in the trace norm
    """

    starts: Real
    times: Real
    frozen: Real
    coevolving: Real
    coevolving_error: Real

    AXES: ClassVar = {"starts": 1, "times": 1, "frozen": 2, "coevolving": 2}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """One axis, of the starts."""
        return np.shape(self.coevolving_error)

    def _mean(self, phases: Real) -> tuple[Real, Real]:
        """Return the mean velocity in the second half of the time, and its error.

        A phase that swings to and fro ends anywhere within a turn, and quarters that differ have not settled.
        """
        half, middle = len(self.times) // 2, 3 * len(self.times) // 4
        ends = [phases[..., one, :] for one in (half, middle, -1)]
        moments = [self.times[one] for one in (half, middle, -1)]
        first, second = ((ends[k + 1] - ends[k]) / (moments[k + 1] - moments[k]) for k in (0, 1))
        window = moments[2] - moments[0]
        return np.asarray((ends[2] - ends[0]) / window), 2.0 * np.pi / window + 0.5 * np.abs(second - first)

    @property
    def frozen_velocity(self) -> Real:
        """Mean dΦ/dt of the frozen model in the second half of the time, ``(S, P)``."""
        return self._mean(self.frozen)[0]

    @property
    def frozen_velocity_error(self) -> Real:
        """What cannot be told from rest there: a turn in that time, and what its halves differ by."""
        return self._mean(self.frozen)[1]

    @property
    def coevolving_velocity(self) -> Real:
        """Mean dΦ/dt of the master equation in the second half of the time, ``(S, P)``."""
        return self._mean(self.coevolving)[0]

    @property
    def coevolving_velocity_error(self) -> Real:
        """What cannot be told from rest there."""
        return self._mean(self.coevolving)[1]

    @property
    def frozen_drifting(self) -> Boolean:
        """Which phases of the frozen model drift, by more than their error, ``(S, P)``; the others count as locked."""
        return np.asarray(np.abs(self.frozen_velocity) > self.frozen_velocity_error)

    @property
    def coevolving_drifting(self) -> Boolean:
        """Which phases of the master equation drift."""
        return np.asarray(np.abs(self.coevolving_velocity) > self.coevolving_velocity_error)

    def _in_words(self) -> str:
        told = {"frozen": self.frozen_drifting, "co-evolving": self.coevolving_drifting}
        starts, pairs = int(np.prod(self.batch_shape)), self.frozen.shape[-1]
        some = ", ".join(f"{int(one.any(axis=-1).sum())} with drifting phases {name}" for name, one in told.items())
        return f"{starts} starts of {pairs} phases to {self.times[-1]:.6g}: {some}"
