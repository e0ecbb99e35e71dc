"""Reading a saved state back; apart from ``storage`` because it must know every solver by name."""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from torusync._checks import POSITIVE_TOLERANCE, TRACE_TOLERANCE, requirement
from torusync.steady.auto import Auto
from torusync.steady.block import Block
from torusync.steady.cauchy import Cauchy
from torusync.steady.collective import Collective
from torusync.steady.dense import Dense
from torusync.steady.lowrank import LowRank
from torusync.steady.recheck import recheck
from torusync.steady.solution import Solver, Status, SteadyState
from torusync.steady.states import EVIDENCE, SOLVERS, read_state

_SOLVERS: Final[dict[str, Any]] = dict(zip(SOLVERS, (Auto, Block, Cauchy, Collective, Dense, LowRank), strict=True))

_BALANCED: Final = 1e-6
"""Residual over the norm of the generator that no state found to six digits can have."""


def load_state(path: str | Path) -> SteadyState:
    """Read a state that `SteadyState.save` wrote.

    The residual is worked out anew from the system and the state that were read, and must be what the file says.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, truncated, changed since it was written, of another format, or holds parts that
        do not fit together.
    """
    system, density, evidence, solver = read_state(path)
    try:
        state = SteadyState(system=system, density=density, solver=_solver(solver), **evidence)
        _check_contents(state)
        _check_balance(state)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise requirement("path", "hold a state that fits its system", f"{str(path)!r} does not ({error})") from None
    return state


def _solver(text: str) -> Solver:
    content = json.loads(text)
    kind, knobs = _SOLVERS[content["name"]], content["knobs"]
    solver: Solver = kind(**knobs)
    numbers = all(isinstance(knob, int | float) and not isinstance(knob, bool) for knob in knobs.values())
    if set(content) != {"name", "knobs"} or not numbers or vars(solver) != knobs:
        raise ValueError("its solver has other knobs")
    return solver


def _check_contents(state: SteadyState) -> None:
    """Refuse parts that do not belong together, and a density that is none where the codes say that there is one."""
    batch, levels = state.batch_shape, state.dimension
    shapes = {getattr(state, name).shape for name in EVIDENCE}
    if shapes != {batch} or levels != state.system.dimension or state.populations.shape != (*batch, levels):
        raise ValueError("shapes differ")
    if not set(np.unique(state.codes).tolist()) <= set(Status):
        raise ValueError("status codes are none")
    if not np.isnan(state.populations[~state.succeeded]).all():
        raise ValueError("it has a state where its codes say that there is none")
    populations = state.populations[state.succeeded]
    coherences = np.abs(state.density.row(levels - 1)[state.succeeded])
    bounded = (populations >= -POSITIVE_TOLERANCE).all() and (coherences <= 0.5 + POSITIVE_TOLERANCE)[..., :-1].all()
    if not bounded or not (np.abs(populations.sum(axis=-1) - 1.0) <= TRACE_TOLERANCE).all():
        raise ValueError("populations or coherences are not those of a density matrix")


def _check_balance(state: SteadyState) -> None:
    """Refuse a state that does not balance in its system as well as it says."""
    found, judged = recheck(state.system, state.density), state.succeeded
    said = found.residual <= state.residual + found.rounding
    if not (said & (found.residual <= _BALANCED * found.scale))[judged].all():
        worst = float(np.max(np.nan_to_num(found.residual[judged], nan=np.inf)))
        raise ValueError(f"its residual is {worst:.2g}, more than it says")
