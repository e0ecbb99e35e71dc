"""Steady states with their evidence: one solver a file, and one automatic choice that can be inspected."""

from torusync.steady.answer import Status, SteadyState, SteadyStateError
from torusync.steady.auto import Auto
from torusync.steady.block import Block
from torusync.steady.cauchy import Cauchy
from torusync.steady.charged import Charged
from torusync.steady.collective import Collective
from torusync.steady.dense import Dense
from torusync.steady.krylov import Krylov
from torusync.steady.lowrank import LowRank
from torusync.steady.matrixfree import MatrixFree
from torusync.steady.several import StationarySpace, stationary_space
from torusync.steady.solve import steady_state
from torusync.steady.sparse import Sparse
from torusync.steady.stacked import Stacked
from torusync.steady.states import load_state
from torusync.steady.truncation import Truncation

__all__ = [
    "Auto",
    "Block",
    "Cauchy",
    "Charged",
    "Collective",
    "Dense",
    "Krylov",
    "LowRank",
    "MatrixFree",
    "Sparse",
    "Stacked",
    "StationarySpace",
    "Status",
    "SteadyState",
    "SteadyStateError",
    "Truncation",
    "load_state",
    "stationary_space",
    "steady_state",
]
