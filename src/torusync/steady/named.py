"""Solvers by their names, for files and command lines, which cannot hold a solver."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from torusync._checks import as_name, requirement, shown
from torusync.steady.answer import Solver
from torusync.steady.auto import Auto
from torusync.steady.block import Block
from torusync.steady.cauchy import Cauchy
from torusync.steady.collective import Collective
from torusync.steady.dense import Dense
from torusync.steady.krylov import Krylov
from torusync.steady.lowrank import LowRank
from torusync.steady.matrixfree import MatrixFree
from torusync.steady.sparse import Sparse
from torusync.steady.stacked import Stacked

SOLVERS: Final[Mapping[str, Solver]] = MappingProxyType({
    type(one).__name__.lower(): one
    for one in (
        Auto(), Collective(), Cauchy(), LowRank(), Block(), Stacked(), Sparse(), Krylov(), MatrixFree(), Dense(),
    )
})  # fmt: skip
"""Solvers as they come, without knobs turned, by their names in small letters."""


def solver_named(name: object) -> Solver:
    """Return the solver of a name.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    return SOLVERS[as_name("solver", name, SOLVERS)]


def name_of_solver(solver: object) -> str:
    """Return by which name a solver is found again.

    Raises
    ------
    ArgumentError
        If it is no solver, or has a knob turned, which no name says.
    """
    found = next((name for name, one in SOLVERS.items() if type(one) is type(solver)), None)
    if found is not None and solver == SOLVERS[found]:
        return found
    if found is not None:
        raise requirement("solver", "be as it comes, since its name alone is kept", f"it is {shown(solver)}")
    raise requirement(
        "solver", "be a solver that a name stands for, such as Auto() or Block()", f"it is {shown(solver)}"
    )
