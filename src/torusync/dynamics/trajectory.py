"""States along time: a state whose last batch axis is time, so that whatever takes a state takes a trajectory.

Its error is a proven bound of what separates it from the true evolution, and grows along the way.  It is no steady
state: heat and work are those of the moment, and what they do not balance is what the machine stores.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real, as_instance, requirement, scalar
from torusync._indexing import Pick, Picked
from torusync._lapack import eigenvalues
from torusync._results import Result
from torusync._show import Code, batch_in_words, codes_in_words, html_table, size_in_words, span
from torusync.densities import Density
from torusync.interop import qobj
from torusync.models import System, ThermalMaser
from torusync.models.handed import require_one
from torusync.models.system import dims_of


class Method(Code):
    """Who found a state of a trajectory."""

    PANELS = 0, "Each mode of the machine's drift exactly, ρ_00 as a polynomial on panels of time."
    ACTION = 1, "Taylor series of the exponential of the whole generator, step by step."
    NONE = 2, "The evolution was interrupted before."
    PROPAGATORS = 3, "The exponential of the whole generator as a matrix, one for each distance of times."


@final
@dataclass(frozen=True, eq=False, repr=False)
class Trajectory(Result):
    """Evolved states of a batch of systems; the last batch axis is time.

    Parameters
    ----------
    system
        The system that evolved; of a batch with an axis of length 1 for time.
    density : entries, populations, products
    times : (T,) the first is that of the start
    error : (..., T)
        Bound of the trace norm ‖ρ̂ − ρ‖_1 of the difference from the true state at that time, that of the start
        included; infinite where an interrupt came before.
    method_codes : (..., T) codes of `Method`
    """

    system: System
    density: Density
    times: Real
    error: Real
    method_codes: Integer

    transient: ClassVar[bool] = True
    """That states change: what is known of stationary ones alone must not be asked."""

    @property
    def method(self) -> Method | Integer:
        """Who found the states: a `Method`, or an array of its codes."""
        return Method(int(self.method_codes)) if np.ndim(self.method_codes) == 0 else self.method_codes

    @property
    def computed(self) -> Boolean:
        """Where there is a state, shape ``(..., T)``: everywhere, unless an interrupt came before."""
        return scalar(self.method_codes != Method.NONE)

    @property
    def coherence_error(self) -> Real:
        """The error, by the name that steady states have for that of what a drive adds."""
        return self.error

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes, time the last."""
        return self.density.batch_shape

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return self.density.dimension

    @property
    def rho(self) -> Complex:
        """ρ as an array ``(..., T, D, D)``, in the rotating frame of the system."""
        return self.density.to_array()

    @property
    def populations(self) -> Real:
        """ρ_ii, shape ``(..., T, D)``."""
        return self.density.populations

    @property
    def min_eigenvalue(self) -> Real:
        """Smallest eigenvalue of ρ as stored, shape ``(..., T)``; that of the true state may be lower by ``error``."""
        return scalar(eigenvalues(self.rho)[..., 0])

    @property
    def laboratory_rho(self) -> Complex:
        """ρ in the laboratory frame, ``(..., T, D, D)``: ρ_1j turns with e^{+iΩt}, ρ_0j with its half (Eq. 6).

        Raises
        ------
        ArgumentError
            If the system is not a `ThermalMaser`, whose drive says how its frame rotates.
        """
        if not isinstance(self.system, ThermalMaser):
            raise requirement("system", "be a ThermalMaser, whose drive says how its frame rotates", "it is none")
        turn = 0.5j * self.system.drive_frequency * self.times
        factors = np.ones((*np.shape(turn), self.dimension), dtype=np.complex128)
        factors[..., 1] = np.exp(turn)
        factors[..., 2:] = np.exp(-turn)[..., np.newaxis]
        return np.asarray(factors[..., :, np.newaxis] * self.rho * np.conj(factors[..., np.newaxis, :]))

    def coherence(self, i: int, j: int) -> Complex:
        """Return ρ_ij, shape ``(..., T)``."""
        return scalar(self.density.coherence(i, j))

    @property
    def dims(self) -> tuple[int, ...]:
        """Levels of the parts that the system is a tensor product of, ``(D,)`` where it is one."""
        return dims_of(self.system)

    def to_qutip(self) -> Any:
        """Return ρ at one time of one system as a density matrix of QuTiP; ``[one.to_qutip() for one in path]`` is all.

        Raises
        ------
        ArgumentError
            If it is of several times or systems, or an interrupt came before the state was computed.
        """
        require_one("path", self.batch_shape)
        if not self.computed:
            raise requirement("path", "be computed at this time", Method.NONE.sentence.lower().rstrip("."))
        return qobj("path", self.rho, self.dims)

    def _picked(self, pick: Pick) -> "Trajectory":
        if not isinstance(self.system, Picked):
            advice = f"{type(self.system).__name__} has no points to pick: make it a models.Model"
            raise requirement("system", "be indexed together with its states", advice)
        return super()._picked(pick)

    def _in_words(self) -> str:
        return (
            f"{size_in_words(self.system)}, {batch_in_words(self.batch_shape)}times {span(self.times)}, "
            f"{codes_in_words(self.method_codes, Method)}, error {np.max(self.error, initial=0.0):.1e}"
        )

    def _repr_html_(self) -> str:
        """Return a table of what was evolved, with its evidence."""
        kinds = [Method(int(code)) for code in np.unique(self.method_codes)]
        rows = [
            ("system", repr(self.system)[1:-1], ""),
            ("times", span(self.times), "in units of 1/ω_1"),
            ("method", codes_in_words(self.method_codes, Method), " ".join(one.sentence for one in kinds)),
            ("error", span(self.error, 2), "of the trace norm"),
        ]
        return html_table(f"Trajectory: {batch_in_words(self.batch_shape)}D = {self.dimension}", rows)


class EvolutionInterrupted(KeyboardInterrupt):
    """An interrupt while states evolved; ``trajectory`` holds what was computed, nan where nothing was."""

    def __init__(self, trajectory: Trajectory) -> None:
        super().__init__(as_instance("trajectory", trajectory, Trajectory, "a Trajectory"))
        self.trajectory: Final = trajectory

    def __str__(self) -> str:
        done = np.asarray(self.trajectory.computed)
        return f"interrupted after {int(done.sum())} of {done.size} states, which are in .trajectory"
