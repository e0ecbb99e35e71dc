"""What a phase model with frozen amplitudes was found to do: where it rests, and where it goes from random starts.

Rest is not all: a fixed point may attract, repel, or be one of a line along which nothing happens, and a phase that has
not turned yet may still drift.  What cannot be told is said.
"""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from torusync._checks import Boolean, Real, scalar
from torusync._results import Result
from torusync._show import span


@final
@dataclass(frozen=True, eq=False, repr=False)
class FixedPoints(Result):
    """Fixed points of a frozen model that were found.

    Parameters
    ----------
    phases : (K, P) in [0, 2π); the first is that of the state, where the state is stationary
    residual : (K) ``largest |dΦ/dt|``
    stability : (K) largest real part of the Jacobian's eigenvalues
    stability_error : (K) what rounding may make of that, to first order
    """

    phases: Real
    residual: Real
    stability: Real
    stability_error: Real

    AXES: ClassVar = {"phases": 1}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """One axis, of the fixed points."""
        return np.shape(self.residual)

    @property
    def stable(self) -> Boolean:
        """Which of them attract what is near, by more than rounding."""
        return scalar(np.asarray(self.stability < -self.stability_error))

    @property
    def marginal(self) -> Boolean:
        """Of which rounding cannot tell whether they attract or repel, as where a phase of all is free.

        Fixed points are then no single ones, and those that were found are some of many.
        """
        return scalar(np.asarray(np.abs(self.stability) <= self.stability_error))

    def _in_words(self) -> str:
        undecided = int(np.sum(self.marginal))
        told = f", {undecided} marginal" if undecided else ""
        found, stable = np.size(self.residual), int(np.sum(self.stable))
        return f"{found} found, {stable} stable{told}, rates {span(self.stability)}"


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
