"""What a solver hands back: a state together with the evidence for it.

A status is a sentence with advice.  Where the status is neither SUCCESS nor METASTABLE there is no state: the density
is nan there, never a plausible-looking matrix, while residual, smallest eigenvalue and nullity say what was found.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, final

import numpy as np

from torusync._checks import ArgumentError, Boolean, Complex, Integer, Real, requirement, scalar
from torusync._indexing import Pick, Picked
from torusync._results import Result
from torusync._show import Code, batch_in_words, codes_in_words, html_table, size_in_words, span
from torusync.densities import DenseDensity, Density
from torusync.generators import Generator
from torusync.interop import qobj
from torusync.models import System, Truncated
from torusync.models.handed import require_one
from torusync.models.system import dims_of

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from torusync.steady.truncation import Truncation

    S_co = TypeVar("S_co", bound=System, default=System, covariant=True)
else:
    from typing import TypeVar

    S_co = TypeVar("S_co", bound=System, covariant=True)  # a default, which only a checker needs, is not of Python 3.11

RESIDUAL_TOLERANCE: Final = 1e-11
"""Largest ‖dρ/dt‖ relative to the norm of the generator: with its own rounding below 1e-13 at a hundred levels, where a
solve went well."""

NEGATIVE_TOLERANCE: Final = 1e-12
"""A state with a smaller eigenvalue than minus this is refused, not warned about."""

LARGEST_ERROR: Final = 1e-6
"""Bound of ‖ρ̂ − ρ‖_1 above which a state is refused: six digits of any expectation value."""


ALONE: Final = (0.0, 0.0, 1.0, 0.0, 0.0, 1.0)
"""Evidence of one level: residual, scale, smallest eigenvalue, both errors, nullity."""


class Status(Code):
    """How a solve ended; ``advice`` is the sentence for people."""

    SUCCESS = 0, "The steady state is unique and was found, with the error that stands beside it."
    NOT_UNIQUE = 1, Generator.NOT_UNIQUE
    ILL_CONDITIONED = 2, Generator.TOO_SLOW
    NOT_POSITIVE = (
        3,
        (
            "The stationary matrix has a negative eigenvalue: correlated dipoles with unequal occupations obey a "
            "Redfield equation that is not valid here; reduce the level spread or the dipole correlation"
        ),
    )
    NOT_CONVERGED = 4, Generator.NOT_CONVERGED
    TRUNCATED = (
        5,
        (
            "Too few levels of a mode are kept, since the highest of them is not empty or S_max still moves with more: "
            "leave `cutoff` out, or raise it"
        ),
    )
    METASTABLE = (
        6,
        (
            "The state is the one that `initial` tends to for all times up to `holds_until`; a decay slower than that, "
            "which rounding cannot tell from none, may lead on, so that `error` is infinite"
        ),
    )

    @property
    def advice(self) -> str:
        """One sentence on what it means and what to do."""
        return self.sentence


def advice(status: Status, generator: Generator) -> str:
    """Return the sentence for people, fitting the system at hand."""
    fitting = {
        Status.NOT_UNIQUE: generator.NOT_UNIQUE,
        Status.ILL_CONDITIONED: generator.TOO_SLOW,
        Status.NOT_CONVERGED: generator.NOT_CONVERGED,
    }
    return fitting.get(status, status.advice)


class SteadyStateError(RuntimeError):
    """No steady state can be given; ``status`` says why, ``nullity`` how many independent ones there are."""

    def __init__(self, message: str, status: Status) -> None:
        # an exception is rebuilt elsewhere from its arguments: all of them, or a pool waits for it for ever
        super().__init__(message, status)
        self.status = status

    def __str__(self) -> str:
        return str(self.args[0])


@final
@dataclass(frozen=True, eq=False)
class Answer:
    """What a solver found, before it is judged.

    Most of it is that of a `SteadyState`, arrays of the batch shape; errors are infinite where there is no bound.

    Parameters
    ----------
    scale : Frobenius norm of the generator's matrices, against which the residual is judged
    stalled : where an iteration ended before its goal
    solver : who found it, where that is not the one that was asked
    chosen : where an initial state chose among several
    holds_until : until when what it chose is known to last
    why : why that solver was taken, where nobody asked for it
    """

    density: Density
    residual: Real
    scale: Real
    min_eigenvalue: Real
    nullity: Integer
    error: Real
    coherence_error: Real
    stalled: Boolean = field(default_factory=lambda: np.zeros((), dtype=np.bool_))
    solver: "Solver | None" = None
    chosen: Boolean = field(default_factory=lambda: np.zeros((), dtype=np.bool_))
    holds_until: Real = field(default_factory=lambda: np.full((), np.inf))
    why: str = ""

    @classmethod
    def of(cls, density: Density, rows: Real, *, solver: "Solver", nullity: Integer | None = None) -> "Answer":
        """Return the answer with rows of evidence ``(5, points)``; one stationary matrix each unless told otherwise.

        The rows are residual, scale, smallest eigenvalue, error, error of the coherences.
        """
        batch = density.ground_population.shape
        residual, scale, smallest, error, coherence = rows.reshape(5, *batch)
        count = np.ones(batch, dtype=np.int64) if nullity is None else nullity.reshape(batch)
        return cls(density, residual, scale, smallest, count, error, coherence, solver=solver)

    @classmethod
    def of_matrices(cls, rho: Complex, rows: Real, batch: tuple[int, ...], *, solver: "Solver") -> "Answer":
        """Return the answer of points ``(points, D, D)``, which it freezes; the sixth row of evidence is nullity."""
        rho.setflags(write=False)
        density = DenseDensity(rho.reshape(*batch, *rho.shape[-2:]))
        return cls.of(density, rows[:5], solver=solver, nullity=rows[5].astype(np.int64))

    def chosen_from(self, before: "Answer", lasting: Real) -> "Answer":
        """Return the answer in which an initial state chose every point that was not unique ``before``, until when."""
        stalled = np.broadcast_to(before.stalled, self.error.shape) & (before.nullity == 1)
        return replace(
            self, stalled=stalled, chosen=np.asarray(before.nullity != 1), holds_until=lasting, why=before.why
        )

    def over(self, batch: tuple[int, ...]) -> "Answer":
        """Return the answer with batch axes along which it is the same, of a state that is a matrix."""
        assert isinstance(self.density, DenseDensity)
        matrix, held = self.density.matrix, vars(self).items()
        whole = replace(self.density, matrix=np.broadcast_to(matrix, batch + matrix.shape[-2:]))
        arrays = {name: value for name, value in held if isinstance(value, np.ndarray)}
        spread: dict[str, Any] = {name: np.broadcast_to(value, batch) for name, value in arrays.items()}
        return replace(self, density=whole, **spread)

    def ended(self, stalled: Boolean) -> "Answer":
        """Return the answer with where an iteration ended before its goal."""
        return replace(self, stalled=stalled)

    def handed(self, system: Any, solver: "Solver", codes: Integer) -> "SteadyState[Any]":
        """Return the state that leaves the room, nan where its codes refuse it."""
        failed, lasting = ~_is_state(codes), np.broadcast_to(self.holds_until, codes.shape)
        return SteadyState(
            system=system,
            density=self.density.erased(failed) if failed.any() else self.density,
            residual=self.residual,
            error=self.error,
            coherence_error=self.coherence_error,
            min_eigenvalue=self.min_eigenvalue,
            nullity=self.nullity,
            status_codes=codes,
            solver=self.solver or solver,
            why=self.why,
            holds_until=np.where(failed, 0.0, lasting) if failed.any() else lasting,
        )

    @property
    def converged(self) -> Boolean:
        """Where the residual is that of rounding, shape ``(...)``."""
        # a comparison with nan is false: what is not known is not good
        return np.asarray((self.residual <= RESIDUAL_TOLERANCE * self.scale) & ~self.stalled)

    def status(self) -> Integer:
        """Judge the evidence, gravest finding first."""
        converged = self.converged
        certain = self.error <= LARGEST_ERROR
        single = (self.nullity == 1) | self.chosen
        good = converged & certain & (self.min_eigenvalue >= -NEGATIVE_TOLERANCE) & single
        codes = np.zeros(good.shape, dtype=np.int64)
        if not good.all():
            codes[~certain] = Status.ILL_CONDITIONED
            codes[~converged] = Status.NOT_CONVERGED
            # what the error may have made negative is not known well enough; what it cannot have is no state
            negative = self.min_eigenvalue < -NEGATIVE_TOLERANCE
            codes[negative & converged] = Status.ILL_CONDITIONED
            codes[self.min_eigenvalue < -NEGATIVE_TOLERANCE - self.error] = Status.NOT_POSITIVE
            codes[self.min_eigenvalue == -np.inf] = Status.NOT_POSITIVE
            codes[(self.nullity == 0) & (codes == Status.SUCCESS)] = Status.ILL_CONDITIONED
            codes[(self.nullity > 1) & ~self.chosen] = Status.NOT_UNIQUE
            lasting = (self.holds_until > 0.0) & (self.holds_until < np.inf)
            codes[lasting & self.chosen & converged & ~negative] = Status.METASTABLE
        return codes


def _is_state(codes: Integer) -> Boolean:
    return np.asarray((codes == Status.SUCCESS) | (codes == Status.METASTABLE))


def unfit(needs: str) -> ArgumentError:
    """Return the error of a solver that is asked for a system of another kind."""
    return requirement("solver", "fit the system", needs)


class Solver(Protocol):
    """A frozen object with its own knobs that finds the steady states of a batch in one call."""

    def solve(self, generator: Generator) -> Answer:
        """Return the state and its evidence."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class SteadyState(Result, Generic[S_co]):
    """Steady states of a batch of systems, with evidence.

    Parameters
    ----------
    system : the system that was solved
    density : entries, populations, products
    residual : (...)
        Bound of ‖dρ/dt‖_F of the state as stored, in units of ω_1, its own rounding included.
    error : (...)
        Bound of the trace norm ‖ρ̂ − ρ‖_1 of the difference from the true state: no expectation value of an operator is
        farther off than this times the operator's largest eigenvalue in modulus.
    coherence_error : (...)
        The same for what is beside the thermal part ρ_00 diag(n/(1 + n)) of a maser, so for its coherences: relative to
        them, and thus far below ``error`` where the drive is weak.
    min_eigenvalue : (...)
        Smallest eigenvalue of ρ as stored; from `Cauchy` and `LowRank` a proven lower bound on it, ρ_00 times the
        smallest thermal ratio where the residual is rounding.  That of the true state may be lower by ``error``.
    nullity : (...)
        Dimension of the space of stationary matrices, as far as rounding tells: 1 where the steady state is known to be
        unique, 0 where nothing is known.  Several are counted by `Dense` and `Block`, and by `Auto` up to 20 levels;
        other solvers say how many there are at least, and `stationary_space` counts.
    status_codes : (...) codes of `Status`
    solver : the solver that was used
    why : why `Auto` took it; empty where it was asked for, and of a state from a file
    holds_until : (...)
        Infinite where ρ is stationary for ever.  Where it is METASTABLE, the time in units of 1/ω_1 up to which a
        system that has come to this state is within 10⁻⁶ of it in the trace norm; 0 where there is no state.
    """

    system: S_co
    density: Density
    residual: Real
    error: Real
    coherence_error: Real
    min_eigenvalue: Real
    nullity: Integer
    status_codes: Integer
    solver: Solver
    why: str = ""
    holds_until: Real = field(default_factory=lambda: np.full((), np.inf))

    @property
    def status(self) -> Status | Integer:
        """How the solve ended: a `Status`, or an array of its codes in a batch."""
        return Status(int(self.status_codes)) if self.status_codes.ndim == 0 else self.status_codes

    @property
    def succeeded(self) -> Boolean:
        """Where there is a state, shape ``(...)``."""
        return scalar(_is_state(np.asarray(self.status_codes)))

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return self.density.batch_shape

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return self.density.dimension

    @property
    def rho(self) -> Complex:
        """ρ as an array ``(..., D, D)``; refused where it would take more than 2 GiB, with the way round it."""
        return self.density.to_array()

    @property
    def populations(self) -> Real:
        """ρ_ii, shape ``(..., D)``."""
        return self.density.populations

    def coherence(self, i: int, j: int) -> Complex:
        """Return ρ_ij, shape ``(...)``."""
        return scalar(self.density.coherence(i, j))

    @property
    def dims(self) -> tuple[int, ...]:
        """Levels of the parts that the system is a tensor product of, ``(D,)`` where it is one."""
        return dims_of(self.system)

    @property
    def truncation(self) -> "Truncation | None":
        """The evidence that enough levels of its modes were kept; None of a system that has no modes."""
        system: object = self.system
        if not isinstance(system, Truncated):
            return None
        from torusync.steady.truncation import Truncation  # noqa: PLC0415 - it solves, which needs this file

        return Truncation(self)

    def to_qutip(self) -> Any:
        """Return ρ of one point as a density matrix of QuTiP; a batch, or what is no state, is refused."""
        require_one("state", self.batch_shape)
        if not self.succeeded:
            found = codes_in_words(self.status_codes, Status)
            raise requirement("state", "be one that was found", f"its status is {found}")
        return qobj("state", self.rho, self.dims)

    def save(self, path: str | Path) -> None:
        """Write the state with its system and evidence to ``path`` (NumPy ``.npz``), whole or not at all."""
        from torusync.steady.states import save_state  # noqa: PLC0415 - it knows the solvers, which know this file

        save_state(self, path)

    def _picked(self, pick: Pick) -> "SteadyState[S_co]":
        system: object = self.system
        if not isinstance(system, Picked):
            advice = f"{type(system).__name__} has no points to pick: make it a models.Model"
            raise requirement("system", "be indexed together with its states", advice)
        return super()._picked(pick)

    def _in_words(self) -> str:
        return (
            f"{size_in_words(self.system)}, {batch_in_words(self.batch_shape)}{type(self.solver).__name__}, "
            f"{codes_in_words(self.status_codes, Status)}, {self._tail()}error {self._worst(self.error)}, "
            f"smallest eigenvalue at least {np.min(self.min_eigenvalue, initial=1.0):.3g}"
        )

    def _tail(self) -> str:
        found = self.truncation
        return "" if found is None else f"tail {self._worst(found.tail)}, "

    def _worst(self, values: Real) -> str:
        return f"{np.max(values, initial=0.0):.1e}"

    def _repr_html_(self) -> str:
        """Return a table of how the solve ended, with its evidence."""
        kinds = [Status(int(code)) for code in np.unique(self.status_codes)]
        rows = [
            ("system", repr(self.system)[1:-1], ""),
            ("solver", type(self.solver).__name__, self.why),
            ("status", codes_in_words(self.status_codes, Status), " ".join(one.advice for one in kinds)),
            ("error", self._worst(self.error), f"of the coherences {self._worst(self.coherence_error)}"),
            ("residual", self._worst(self.residual), "‖dρ/dt‖ in units of ω_1"),
            ("smallest eigenvalue", f"at least {np.min(self.min_eigenvalue, initial=1.0):.3g}", ""),
            ("stationary matrices", span(self.nullity), ""),
        ]
        if (np.asarray(self.status_codes) == Status.METASTABLE).any():
            rows.append(("holds until", f"{np.min(self.holds_until):.1e}", "in units of 1/ω_1, to 10⁻⁶"))
        if (found := self.truncation) is not None:
            levels = " and ".join(f"{one} levels" for one in found.dims)
            rows.append(("cut-off", levels, f"the highest holds {self._worst(found.tail)}"))
        return html_table(f"SteadyState: {batch_in_words(self.batch_shape)}D = {self.dimension}", rows)
