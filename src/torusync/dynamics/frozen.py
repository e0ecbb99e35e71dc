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

from torusync._checks import Complex, Integer, Real, as_count, as_number, as_real, requirement, scalar
from torusync._lapack import inverses, modes
from torusync._memory import require_memory
from torusync._results import Result
from torusync._show import size_in_words
from torusync._threads import one_blas_thread, stop_if_told
from torusync.conventions import EPS
from torusync.densities import DenseDensity, density_of
from torusync.dynamics.evolution import as_times, evolve
from torusync.dynamics.locking import FixedPoints, PhaseRuns
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
"""What is left of a velocity at rest, of the most it could be: rates are of any unit."""


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
        if not np.isfinite(rho).all():
            raise requirement("state", "be a state", "there is none, which a solver refused")
        error = float(getattr(state, "coherence_error", getattr(density, "coherence_error", 0.0)))
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
        return self._leading(self.phases)[0]

    @property
    def stability_error(self) -> Real:
        """What rounding may make of that, to first order: nearer to 0 nobody can tell stable from unstable."""
        return self._leading(self.phases)[1]

    def _leading(self, phases: Real) -> tuple[Real, Real]:
        """Return the largest real part of the Jacobian's eigenvalues at phases ``(..., P)``, and its rounding.

        Each is off by its condition, ‖x‖ ‖y‖/|y†x| with vectors from the right and the left, times what J is off by.
        """
        values, right = modes(self.jacobian(phases).astype(np.complex128))
        left = inverses(right)
        with np.errstate(invalid="ignore"):
            condition = np.linalg.norm(left, axis=-1) * np.linalg.norm(right, axis=-2)
        off = np.nan_to_num(condition, nan=np.inf, posinf=np.inf) * self._rounding[..., np.newaxis]
        found = values.real.max(axis=-1)
        upper, lower = (values.real + off).max(axis=-1), (values.real - off).max(axis=-1)
        return scalar(found), scalar(np.maximum(upper - found, found - lower))

    @cached_property
    def _rounding(self) -> Real:
        """What the Jacobian, with its eigenvalues, may be off by in the Frobenius norm, wherever the phases are.

        Its entries are those of L, of which products and eigenvalues lose no more than L has lost, times the moduli of
        ρ_b/ρ_a, and on its diagonal is what all of them add up to with the populations.
        """
        ahead, back, held = self._linear
        entries = sum(np.where(one != 0.0, self.generator.liouvillian_rounding(), 0.0) for one in (ahead, back))
        pushed = entries * self._moduli / self._moduli[:, np.newaxis]
        summed = pushed.sum(axis=-1) + len(self.rho) * EPS * np.abs(held) / self._moduli
        return np.asarray(np.linalg.norm(pushed) + np.linalg.norm(summed))

    def _checked(self, phases: ArrayLike) -> Real:
        found = as_real("phases", phases)
        if not found.ndim or found.shape[-1] != len(self.pairs):
            raise requirement("phases", f"have shape (..., {len(self.pairs)})", f"their shape is {found.shape}")
        return found

    @one_blas_thread
    def fixed_points(self, starts: int = 32, *, seed: int = 0) -> FixedPoints:
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
        velocity = np.abs(self._velocity(phases))
        residual, kept = velocity.max(axis=-1), list[int]()
        for number in np.flatnonzero((velocity <= _SETTLED * self._pushed).all(axis=-1)):
            apart = [np.abs(np.exp(1j * phases[number]) - np.exp(1j * phases[other])).max() for other in kept]
            if all(one > _SAME for one in apart):
                kept.append(int(number))
        return FixedPoints(phases[kept] % (2.0 * np.pi), residual[kept], *self._leading(phases[kept]))

    @one_blas_thread
    def run(self, duration: float, *, starts: int = 16, seed: int = 0) -> PhaseRuns:
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
    def _pushed(self) -> Real:
        """How fast, at most, each phase of the frozen model turns, ``(P,)``."""
        ahead, back, held = self._linear
        return np.asarray(((np.abs(ahead) + np.abs(back)) @ self._moduli + np.abs(held)) / self._moduli)

    @cached_property
    def _calls(self) -> float:
        """How fast, at most, any turns, and so how often an explicit method asks."""
        return float(self._pushed.max())

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
