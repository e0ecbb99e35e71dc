"""Which solver a Lindblad system gets, and the reason in words."""

import numpy as np

from torusync._limits import DIRECT_ENTRIES, DIRECT_ROWS, ENTRY_BYTES, FACTORED_ENTRIES, INVERTED_LEVELS, SINGLE_ENTRIES
from torusync._memory import available
from torusync.generators import LindbladGenerator
from torusync.steady.answer import Solver
from torusync.steady.dense import Dense
from torusync.steady.fill import entries
from torusync.steady.krylov import Krylov
from torusync.steady.matrixfree import MatrixFree
from torusync.steady.sparse import Sparse
from torusync.steady.stacked import Stacked


def chosen(generator: LindbladGenerator) -> tuple[Solver, str]:
    """Return the solver that fits, and why."""
    levels = generator.dimension
    if levels <= INVERTED_LEVELS:
        return Stacked(), f"{levels} levels: stacked inverses"
    pairs = generator.pairs
    kept = f"{pairs.size} of {levels**2} numbers are of equal charge"
    if pairs.size <= DIRECT_ROWS:
        return Sparse(), f"{kept}: sparse factors"
    layout = generator.first_layout if generator.points else None
    found = entries(generator.first_block, layout) if generator.points else 0.0
    small = found <= (SINGLE_ENTRIES if generator.points == 1 else DIRECT_ENTRIES) or (
        layout is not None and layout.is_sheet
    )
    if small and found <= FACTORED_ENTRIES:
        return Sparse(), f"{kept}, and factors have some {found:.1e} entries: sparse factors"
    if len(np.unique(generator.undriven(most=True)[1])) > len(np.unique(generator.classes)):
        return Krylov(), f"{kept}, factors would have {found:.1e} entries, and without a drive there is a charge"
    if found <= FACTORED_ENTRIES and ENTRY_BYTES * found < available():
        return Sparse(), f"{kept}, and no part of the system has a charge that the rest breaks: sparse factors"
    return MatrixFree(), f"{kept}, no charge, and factors would take {ENTRY_BYTES * found / 2**30:.1f} GiB: no factors"


def next_after(solver: Solver, generator: LindbladGenerator) -> Solver | None:
    """Return who is asked where a solver left points in doubt."""
    if isinstance(solver, Krylov):
        found = entries(generator.first_block, generator.first_layout)
        return Sparse() if found <= FACTORED_ENTRIES and ENTRY_BYTES * found < available() else MatrixFree()
    if isinstance(solver, Stacked):
        # its bound takes every level for filled, and the highest of a mode have the fastest rates and are empty
        return Sparse()
    if generator.dimension <= Dense().max_dimension // 2 and not isinstance(solver, Dense):
        return Dense()
    return None
