"""Which part of a Hamiltonian drives: what breaks the charges that the rest of it and the jumps have.

The jumps alone shift numbers of levels, and every term of H shifts them by some amount.  What shifts nothing is kept;
the rest may all count as a drive, and then blocks are small.  Or terms are kept, those of one amount together, as long
as a charge is left: first those that are the same at all points of a batch, so that a scan of a drive keeps its
undriven part, and of these the strongest first, since what is left out is what a solver has to iterate for.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from torusync._checks import Boolean, Complex, Integer
from torusync.generators.grading import Entries, charges, classes

_TRIED: Final = 64
"""Amounts that are tried; a Hamiltonian of more has no few terms that drive."""


def undriven(energies: Complex, jumps: Sequence[Entries], *, most: bool) -> tuple[Boolean, Integer]:
    """Return which entries of H ``(points, D, D)`` are kept, ``(D, D)``, and to which charge levels then belong.

    With ``most`` as many as leave a charge; without, those alone that the charges of the jumps leave.
    """
    levels = energies.shape[-1]
    rows, columns = np.nonzero((energies != 0.0).any(axis=0))
    free = charges([], jumps, levels)
    groups = classes(free)
    mask = np.zeros((levels, levels), dtype=np.bool_)
    still = groups[rows] == groups[columns]
    mask[rows[still], columns[still]] = True
    if not most or still.all():
        return mask, groups
    rows, columns = rows[~still], columns[~still]
    amount = classes(np.abs(free[rows] - free[columns]))
    values = energies[:, rows, columns]
    strength = np.bincount(amount, (np.abs(values) ** 2).max(axis=0))
    varies = np.bincount(amount, (values != values[:1]).any(axis=0)) > 0.0
    kept = np.zeros(len(strength), dtype=np.bool_)
    for one in np.lexsort((-strength, varies))[:_TRIED]:
        tried = kept.copy()
        tried[one] = True
        mine = tried[amount]
        found = classes(charges([(rows[mine], columns[mine])], jumps, levels))
        if found.max(initial=0) > 0:
            kept, groups = tried, found
    mask[rows[kept[amount]], columns[kept[amount]]] = True
    return mask, groups
