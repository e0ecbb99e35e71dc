"""The charges of a Lindblad equation: numbers of levels that the Hamiltonian keeps and every jump shifts by one amount.

A charge is a real number q_i of each level with q_i = q_j wherever H_ij ≠ 0 and q_i − q_j = s_k wherever the k-th jump
has an entry.  exp(iθq) then turns the states of the equation into each other for every real θ, and those turns are a
connected group.  That is worth more than blocks: stationary matrices are ⊕_k M_(n_k) ⊗ ρ_k (Baumgartner and Narnhofer,
J. Phys. A 41, 395303), a connected group cannot exchange the terms of the sum, and it keeps n_k states of the k-th, so
that where one matrix alone is stationary among those that the group keeps, it is the only one at all.  No weaker
symmetry does that: the jump σ_x alone keeps 1 in one block of parity and σ_x in the other.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from torusync._checks import Integer, Real

_SAME: Final = 1e-9
"""Charges this close, of a random one of some size, are the same: rounding is a millionth of that."""

_KEPT: Final = 1e-9
"""Eigenvalues, relative to the largest, below which a combination of shifts is free: they belong to whole numbers."""

Entries = tuple[Integer, Integer]


def charges(kept: Sequence[Entries], shifted: Sequence[Entries], levels: int) -> Real:
    """Return one charge that tells apart all that any charge does, ``(levels,)``.

    Parameters
    ----------
    kept : rows and columns of the entries that must not change the charge
    shifted : the same of each operator that may shift it, by one amount each
    """
    none = np.zeros(0, dtype=np.int64)
    rows = np.concatenate([none, *(one[0] for one in (*kept, *shifted))])
    columns = np.concatenate([none, *(one[1] for one in (*kept, *shifted))])
    kinds = len(shifted)
    owner = np.repeat(
        np.arange(-len(kept), kinds), np.array([len(one[0]) for one in (*kept, *shifted)], dtype=np.int64)
    )  # below 0: of nobody's shift
    beside = np.flatnonzero(rows != columns)
    rng = np.random.default_rng(0)
    offset, potential = _potentials(rows[beside], columns[beside], owner[beside], levels=levels, kinds=kinds)
    steps = potential[rows] - potential[columns]
    mine = np.flatnonzero(owner >= 0)
    steps[mine, owner[mine]] -= 1.0
    # whole numbers, so that relations among shifts are told from none
    values, vectors = np.linalg.eigh(steps.T @ steps) if kinds else (np.zeros(0), np.zeros((0, 0)))
    free = vectors[:, values <= _KEPT * max(1.0, values.max(initial=0.0))]
    amounts = free @ rng.normal(size=free.shape[1])
    return np.asarray(potential @ amounts + rng.normal(size=levels)[offset] * (1.0 + np.abs(amounts).max(initial=0.0)))


def classes(values: Real) -> Integer:
    """Return to which of the different values each belongs, ``(levels,)``, numbered from 0 upwards."""
    order = np.argsort(values, kind="stable")
    size = max(1.0, float(np.abs(values).max(initial=0.0)))
    steps = np.diff(values[order]) > _SAME * size
    found = np.empty(len(values), dtype=np.int64)
    found[order] = np.concatenate([[0], np.cumsum(steps)])
    return found


def _potentials(rows: Integer, columns: Integer, owner: Integer, *, levels: int, kinds: int) -> tuple[Integer, Real]:
    """Return the parts that the levels fall into, and how often each shift leads from the first level of a part."""
    # a bond may be of several kinds: any of them leads on, and the others are relations
    begin, end = np.concatenate([rows, columns]), np.concatenate([columns, rows])
    order = np.argsort(begin, kind="stable")
    end, kind = end[order], np.concatenate([owner, owner])[order]
    sign = np.concatenate([np.ones(len(rows), dtype=np.int64), np.full(len(rows), -1)])[order]
    starts = np.searchsorted(begin[order], np.arange(levels + 1)).tolist()
    # level by level, since a tree hands on from one to the next: lists are faster than a call for each of them
    part, potential = [-1] * levels, [[0] * kinds for _ in range(levels)]
    left = levels
    for first in range(levels):
        if part[first] >= 0:
            continue
        part[first] = first
        left -= 1
        queue = [first]
        for source in queue:
            if not left:
                break
            for bond, level in enumerate(end[starts[source] : starts[source + 1]].tolist(), starts[source]):
                if part[level] >= 0:
                    continue
                part[level] = first
                left -= 1
                found = potential[level] = potential[source].copy()
                if kind[bond] >= 0:
                    found[kind[bond]] -= sign[bond]
                queue.append(level)
    return np.array(part, dtype=np.int64), np.array(potential, dtype=np.float64).reshape(levels, kinds)
