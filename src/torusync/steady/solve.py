"""The one function that solves, judges and refuses; whom it asks is the solver's business."""

from typing import Final, TypeVar

import numpy as np

from torusync._checks import Integer, as_flag, requirement, shown
from torusync.densities.dense import density_of
from torusync.generators import Generator, LindbladGenerator
from torusync.models import System
from torusync.steady.answer import Answer, Solver, Status, SteadyState, SteadyStateError, advice
from torusync.steady.auto import Auto
from torusync.steady.limits import chosen_by

S = TypeVar("S", bound=System)

_AUTO: Final = Auto()


def steady_state(system: S, *, solver: Solver = _AUTO, initial: object = None, throw: bool = True) -> SteadyState[S]:
    """Return the steady state of a system, with its evidence.

    Parameters
    ----------
    system
        A `ThermalMaser`, a `LindbladSystem` or any other `System`, or a batch of them along leading axes.
    solver
        `Auto()` by default; or `Collective()`, `Cauchy()`, `LowRank()`, `Block()`, `Dense()`, and for Lindblad systems
        `Stacked()`, `Sparse()`, `Krylov()`, `MatrixFree()`.
    initial
        A density matrix ``(..., D, D)`` that chooses where there are several steady states: the one that it tends to.
        ``nullity`` goes on saying how many there are.  Without it such points are refused.
    throw
        Raise where there is no unique, positive, converged state.  ``throw=False`` gives status codes instead, and
        nan for the states that were refused: the choice for maps.

    Raises
    ------
    SteadyStateError
        If ``throw`` and a state was refused; the message says where, why and what to do.
    ArgumentError
        If the solver does not fit the system, or memory would not suffice.
    """
    given: object = system
    if isinstance(given, type) or not callable(getattr(given, "generator", None)):
        raise requirement("system", "be a ThermalMaser or a LindbladSystem", f"it is {type(system).__name__}")
    # asked of the type: a class in place of an instance has a `solve`, and so has the package itself
    if not callable(getattr(type(solver), "solve", None)):
        raise requirement("solver", "be a solver such as Auto() or Block()", f"it is {shown(solver)}")
    throw = as_flag("throw", throw)
    generator = system.generator()
    start = None if initial is None else density_of(initial)
    own = generator.distinct() if isinstance(generator, LindbladGenerator) and start is None else generator
    answer = solver.solve(own)
    if own is not generator:
        answer = answer.over(generator.batch_shape)
    if start is not None:
        answer = chosen_by(answer, generator, start)
    codes = answer.status()
    failed = codes != Status.SUCCESS
    if throw and failed.any():
        raise _refusal(answer, codes, generator)
    return SteadyState(
        system=system,
        density=answer.density.erased(failed) if failed.any() else answer.density,
        residual=answer.residual,
        error=answer.error,
        coherence_error=answer.coherence_error,
        min_eigenvalue=answer.min_eigenvalue,
        nullity=answer.nullity,
        status_codes=codes,
        solver=answer.solver or solver,
    )


def _slowest(answer: Answer, index: tuple[int, ...], generator: Generator) -> str:
    """Return how slow the slowest decay of a Lindblad system may be, which its error is the residual over."""
    error, residual = float(answer.error[index]), float(answer.residual[index])
    if not (isinstance(generator, LindbladGenerator) and 0.0 < error < np.inf):
        return ""
    return f", with a gap of {generator.dimension**0.5 * residual / error:.1e} or more"


def _refusal(answer: Answer, codes: Integer, generator: Generator) -> SteadyStateError:
    index = tuple(int(i) for i in np.argwhere(codes != Status.SUCCESS)[0])
    status = Status(int(codes[index]))
    found = {
        Status.NOT_UNIQUE: f"{int(answer.nullity[index])} independent stationary matrices",
        Status.ILL_CONDITIONED: f"its error may be {answer.error[index]:.1e}{_slowest(answer, index, generator)}",
        Status.NOT_POSITIVE: f"smallest eigenvalue {answer.min_eigenvalue[index]:.3g}",
        Status.NOT_CONVERGED: f"residual {answer.residual[index]:.3g}",
    }[status]
    where = (
        f" at {int((codes != Status.SUCCESS).sum())} of {codes.size} points, first at {list(index)}" if index else ""
    )
    return SteadyStateError(f"{advice(status, generator)} ({found}{where}).", status)
