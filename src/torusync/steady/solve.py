"""The one function that solves, judges and refuses; whom it asks is the solver's business."""

from typing import Any, Final, Never, TypeVar

import numpy as np

from torusync._checks import Integer, as_flag, requirement, shown
from torusync._threads import one_blas_thread
from torusync.densities import Density
from torusync.densities.dense import named_density
from torusync.generators import Generator, LindbladGenerator
from torusync.interop import OF_OPERATORS, is_operator
from torusync.models import System, Truncated
from torusync.steady.answer import Answer, Solver, Status, SteadyState, SteadyStateError, advice
from torusync.steady.auto import Auto
from torusync.steady.dense import Dense
from torusync.steady.limits import chosen_by
from torusync.steady.truncation import settled
from torusync.steady.units import in_own_units

S = TypeVar("S", bound=System)

_AUTO: Final = Auto()

_UNKNOWN: Final = (
    "How many steady states there are is not known, since the iteration came to no bound of the slowest decay: there "
    "may be several; ask Sparse(), or Dense() for their number, or raise max_steps"
)
"""What to say where a solver that iterates leaves it open whether there is one state alone."""


@one_blas_thread
def steady_state(
    system: S, *operators: Never, solver: Solver = _AUTO, initial: object = None, throw: bool = True
) -> SteadyState[S]:
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
        ``nullity`` goes on saying how many there are.  Without it such points are refused.  Where some of them may
        decay too slowly to be told from none, the status is METASTABLE: ``holds_until`` says how long the state lasts,
        and ``error``, that of the limit of all times, is infinite.
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
    whole: Any = system
    if operators:
        raise requirement(
            "system",
            "be one system that knows its channels",
            "something stands beside it; LindbladSystem.from_qutip(H, c_ops) makes one of collapse operators as well",
        )
    if isinstance(whole, type) or not callable(getattr(whole, "generator", None)):
        given = f"it is {type(whole).__name__}"
        if is_operator(whole):
            given += f"; {OF_OPERATORS}"
        elif callable(getattr(getattr(whole, "system", None), "generator", None)):
            given += "; solve its `system`, or hand it to what takes a state"
        raise requirement("system", "be a ThermalMaser or a LindbladSystem", given)
    # asked of the type: a class in place of an instance has a `solve`, and so has the package itself
    if not callable(getattr(type(solver), "solve", None)):
        raise requirement("solver", "be a solver such as Auto() or Block()", f"it is {shown(solver)}")
    throw = as_flag("throw", throw)
    start = None if initial is None else named_density("initial", initial)
    lost = ""
    if isinstance(whole, Truncated):
        if start is not None and whole.cutoff is None:
            raise requirement("cutoff", "be given beside `initial`, which has so many levels", "it is not")
        found = settled(whole, lambda one: _answer(one.generator(), solver, start), solver)
        whole, answer, codes, lost = found.system, found.answer, found.codes, found.in_words()
    else:
        answer = _answer(whole.generator(), solver, start)
        codes = answer.status()
    if throw and ((codes != Status.SUCCESS) & (codes != Status.METASTABLE)).any():
        raise _refusal(answer, codes, whole.generator(), lost=lost)
    return answer.handed(whole, solver, codes)


def _answer(generator: Generator, solver: Solver, start: Density | None) -> Answer:
    own = generator.distinct() if isinstance(generator, LindbladGenerator) and start is None else generator
    answer = in_own_units(own, solver.solve)
    if own is not generator:  # baths may have batch axes that the equation of motion has not
        answer = answer.over(generator.batch_shape)
    return answer if start is None else chosen_by(answer, generator, start)


def _slowest(answer: Answer, index: tuple[int, ...], generator: Generator) -> str:
    """Return how slow the slowest decay of a Lindblad system may be, which its error is the residual over."""
    error, residual = float(answer.error[index]), float(answer.residual[index])
    if not (isinstance(generator, LindbladGenerator) and 0.0 < error < np.inf):
        return ""
    return f", with a gap of {generator.dimension**0.5 * residual / error:.1e} or more"


def _how_many(answer: Answer, index: tuple[int, ...], generator: Generator) -> str:
    """Return how many stationary matrices there are; of many levels, where nobody counts them, how many at least."""
    found, few = int(answer.nullity[index]), Dense().max_dimension // 2
    asked = isinstance(answer.solver, Dense) or (isinstance(answer.solver, Auto) and generator.dimension <= few)
    counted = asked or not isinstance(generator, LindbladGenerator)
    told = f"{found} independent stationary matrices"
    # nothing proves the second: a decay below rounding looks like none
    return told if counted else f"at least {told} as far as rounding tells; steady.stationary_space counts them"


def _refusal(answer: Answer, codes: Integer, generator: Generator, *, lost: str = "") -> SteadyStateError:
    refused = (codes != Status.SUCCESS) & (codes != Status.METASTABLE)
    index = tuple(int(i) for i in np.argwhere(refused)[0])
    status = Status(int(codes[index]))
    found = {
        Status.NOT_UNIQUE: _how_many(answer, index, generator),
        Status.ILL_CONDITIONED: f"its error may be {answer.error[index]:.1e}{_slowest(answer, index, generator)}",
        Status.NOT_POSITIVE: f"smallest eigenvalue {answer.min_eigenvalue[index]:.3g}",
        Status.NOT_CONVERGED: f"residual {answer.residual[index]:.3g}",
        Status.TRUNCATED: lost,
    }[status]
    sentence = _UNKNOWN if int(answer.nullity[index]) == 0 else advice(status, generator)
    where = f" at {int(refused.sum())} of {codes.size} points, first at {list(index)}" if index else ""
    return SteadyStateError(f"{sentence} ({found}{where}).", status)
