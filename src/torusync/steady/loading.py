"""Reading a saved state back; apart from ``storage`` because it must know every solver by name."""

from pathlib import Path

from torusync.steady.auto import Auto
from torusync.steady.block import Block
from torusync.steady.collective import Collective
from torusync.steady.dense import Dense
from torusync.steady.lowrank import LowRank
from torusync.steady.solution import SteadyState
from torusync.steady.storage import read_state

_SOLVERS = {solver.__name__: solver for solver in (Auto, Block, Collective, Dense, LowRank)}


def load_state(path: str | Path) -> SteadyState:
    """Read a state that `SteadyState.save` wrote.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, truncated or of another format.
    """
    system, density, evidence, solver = read_state(Path(path))
    return SteadyState(system=system, density=density, solver=_SOLVERS[solver](), **evidence)
