"""The one function that solves, judges and refuses; whom it asks is the solver's business."""

from typing import Any, Final

import numpy as np

from torusync._checks import Integer, as_flag, requirement, shown
from torusync.generators import Generator
from torusync.models import System, Truncated
from torusync.steady.answer import Answer, Solver, Status, SteadyState, SteadyStateError, advice
from torusync.steady.auto import Auto
from torusync.steady.truncation import settled

_AUTO: Final = Auto()


def steady_state(system: System, *, solver: Solver = _AUTO, throw: bool = True) -> SteadyState:
    """Return the steady state of a system, with its evidence.

    Parameters
    ----------
    system
        A `ThermalMaser`, a `LindbladSystem` or any other `System`, or a batch of them along leading axes.
    solver
        `Auto()` by default; or `Collective()`, `Cauchy()`, `LowRank()`, `Block()`, `Dense()`.
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
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a ThermalMaser or a LindbladSystem", f"it is {type(system).__name__}")
    # asked of the type: a class in place of an instance has a `solve`, and so has the package itself
    if not callable(getattr(type(solver), "solve", None)):
        raise requirement("solver", "be a solver such as Auto() or Block()", f"it is {shown(solver)}")
    throw = as_flag("throw", throw)
    if isinstance(system, Truncated):
        return _of_modes(system, solver, throw=throw)
    generator = system.generator()
    answer = solver.solve(generator)
    codes = answer.status()
    if throw and (codes != Status.SUCCESS).any():
        raise _refusal(answer, codes, generator)
    return _handed(system, answer, solver, codes)


def _of_modes(system: Truncated, solver: Solver, *, throw: bool) -> SteadyState:
    """Return the steady state of a system of modes, with the cut-off that was taken in place of none."""
    cut: Any
    cut, answer, short, tail = settled(system, solver, _handed)
    codes = answer.status()
    codes = np.where((codes == Status.SUCCESS) & short, int(Status.TRUNCATED), codes)
    if throw and (codes != Status.SUCCESS).any():
        worst = np.max(tail[short], initial=0.0)
        raise _refusal(
            answer,
            codes,
            cut.generator(),
            lost=f"of {' and '.join(map(str, cut.dims))} levels the highest holds {worst:.2g}",
        )
    return _handed(cut, answer, solver, codes)


def _handed(system: System, answer: Answer, solver: Solver, codes: Integer | None = None) -> SteadyState:
    codes = answer.status() if codes is None else codes
    failed = codes != Status.SUCCESS
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


def _refusal(answer: Answer, codes: Integer, generator: Generator, *, lost: str = "") -> SteadyStateError:
    index = tuple(int(i) for i in np.argwhere(codes != Status.SUCCESS)[0])
    status = Status(int(codes[index]))
    found = {
        Status.NOT_UNIQUE: f"{int(answer.nullity[index])} independent stationary matrices",
        Status.ILL_CONDITIONED: f"its error may be {answer.error[index]:.1e}",
        Status.NOT_POSITIVE: f"smallest eigenvalue {answer.min_eigenvalue[index]:.3g}",
        Status.NOT_CONVERGED: f"residual {answer.residual[index]:.3g}",
        Status.TRUNCATED: lost,
    }[status]
    where = (
        f" at {int((codes != Status.SUCCESS).sum())} of {codes.size} points, first at {list(index)}" if index else ""
    )
    return SteadyStateError(f"{advice(status, generator)} ({found}{where}).", status)
