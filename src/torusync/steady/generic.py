"""Which solver a Lindblad system gets, and the reason in words."""

from typing import Final

import numpy as np

from torusync._limits import (
    DIRECT_ENTRIES,
    DIRECT_ROWS,
    ENTRY_BYTES,
    FACTORED_ENTRIES,
    INVERTED_LEVELS,
    SINGLE_ENTRIES,
    STRONG_ENTRIES,
)
from torusync._memory import available
from torusync.generators import LindbladGenerator
from torusync.generators.superoperator import widest
from torusync.steady.answer import Solver
from torusync.steady.dense import Dense
from torusync.steady.fill import entries
from torusync.steady.krylov import Krylov
from torusync.steady.matrixfree import MatrixFree
from torusync.steady.sparse import Sparse
from torusync.steady.stacked import Stacked

_STRONG: Final = 5.0
"""Drive over decay from which iteration takes so many steps that factors of some size are the faster way: at 2 and 4 it
was still the faster one, at 14 and 26, of optomechanics, four and seven times the slower one."""


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
        return _of_driven(generator, found, kept)
    if found <= FACTORED_ENTRIES and ENTRY_BYTES * found < available():
        return Sparse(), f"{kept}, and no part of the system has a charge that the rest breaks: sparse factors"
    return MatrixFree(), f"{kept}, no charge, and factors would take {ENTRY_BYTES * found / 2**30:.1f} GiB: no factors"


def _of_driven(generator: LindbladGenerator, found: float, kept: str) -> tuple[Solver, str]:
    """Return what solves a system that has more charges without its drive, and why."""
    times = _strength(generator) if generator.points == 1 and found <= STRONG_ENTRIES else 0.0
    if times > _STRONG:
        drive = f"what breaks the charges of the jumps is {times:.0f} times the mean decay"
        return Sparse(), f"{kept}, factors have some {found:.1e} entries, and {drive}: sparse factors"
    return Krylov(), f"{kept}, factors would have {found:.1e} entries, and without a drive there is a charge"


def _strength(generator: LindbladGenerator) -> float:
    """Return the norm of what iteration leaves to its steps at the first point, over the mean decay of a level."""
    mask, _ = generator.undriven(most=False)
    energies = generator.hamiltonian.reshape(-1, *mask.shape)[0]
    drive = 2.0 * widest(np.abs(np.where(mask, 0.0, energies)))
    return drive / (float(generator.first.decay.mean()) or 1.0)


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
