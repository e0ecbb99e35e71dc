"""Reading a saved state back; apart from ``storage`` because it must know every solver by name."""

import json
from pathlib import Path

import numpy as np

from torusync._checks import POSITIVE_TOLERANCE, TRACE_TOLERANCE, requirement
from torusync.steady.auto import Auto
from torusync.steady.block import Block
from torusync.steady.cauchy import Cauchy
from torusync.steady.collective import Collective
from torusync.steady.dense import Dense
from torusync.steady.lowrank import LowRank
from torusync.steady.solution import Solver, Status, SteadyState
from torusync.steady.storage import read_state

_SOLVERS = {solver.__name__: solver for solver in (Auto, Block, Cauchy, Collective, Dense, LowRank)}


def load_state(path: str | Path) -> SteadyState:
    """Read a state that `SteadyState.save` wrote.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, truncated, of another format, or holds parts that do not fit together.
    """
    system, density, evidence, solver = read_state(path)
    try:
        state = SteadyState(system=system, density=density, solver=_solver(solver), **evidence)
        _check_contents(state)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise requirement("path", "hold a state that fits its system", f"{str(path)!r} does not ({error})") from None
    return state


def _solver(text: str) -> Solver:
    content = json.loads(text)
    solver: Solver = _SOLVERS[content["name"]](**content["knobs"])
    return solver


def _check_contents(state: SteadyState) -> None:
    """Refuse parts that do not belong together, and a density that is none where the codes say that there is one."""
    batch, levels = state.batch_shape, state.dimension
    shapes = {state.codes.shape, state.residual.shape, state.min_eigenvalue.shape, state.nullity.shape}
    if shapes != {batch} or levels != state.system.dimension or state.populations.shape != (*batch, levels):
        raise ValueError("shapes differ")
    if state.codes.dtype.kind != "i" or not set(np.unique(state.codes).tolist()) <= set(Status):
        raise ValueError("status codes are none")
    populations = state.populations[state.succeeded]
    coherences = np.abs(state.density.row(levels - 1)[state.succeeded])
    bounded = (populations >= -POSITIVE_TOLERANCE).all() and (coherences <= 0.5 + POSITIVE_TOLERANCE)[..., :-1].all()
    if not bounded or not (np.abs(populations.sum(axis=-1) - 1.0) <= TRACE_TOLERANCE).all():
        raise ValueError("populations or coherences are not those of a density matrix")
