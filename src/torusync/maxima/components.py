"""Which levels of a state are mutually coherent: S splits into a sum over the connected parts of its coherence graph.

Each part has an overall phase of its own that no coherence sees, so that its maximum can be found, proven and scaled
by itself: what a tiny coherence asks for is not lost beside a large one elsewhere.  A level without coherence is no
part of anything.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from torusync._checks import Boolean, Complex, Integer


class Parts(NamedTuple):
    """Connected parts of ``n`` levels each: ``points`` ``(parts)`` of a batch, ``levels`` ``(parts, n)``, ascending."""

    points: Integer
    levels: Integer

    def of(self, coherences: Complex) -> Complex:
        """Return the coherences of each part, ``(parts, n, n)``, from those of the batch, ``(points, D, D)``."""
        first, last = self.levels[0, 0], self.levels[0, -1]
        whole = len(self.points) == len(coherences) and last - first + 1 == self.levels.shape[1]
        if whole and (self.levels == self.levels[0]).all():
            # one part a point, of the same adjacent levels: the common case, and many times faster as a view
            return coherences[:, first : last + 1, first : last + 1]
        rows = self.levels[:, :, np.newaxis], self.levels[:, np.newaxis, :]
        return np.asarray(coherences[self.points[:, np.newaxis, np.newaxis], rows[0], rows[1]])


def connected_parts(coherences: Complex) -> Iterator[Parts]:
    """Yield the connected parts of Hermitian matrices ``(points, D, D)`` with zero diagonal, by their size."""
    points, size = coherences.shape[:2]
    if points and size > 1 and (coherences[:, 0, 1:] != 0.0).all():
        # a machine's |1> is joined to every level that is driven: to ask only of it spares as much as a step of a climb
        yield Parts(np.arange(points), np.broadcast_to(np.arange(size), (points, size)))
        return
    joined = coherences != 0.0
    degree = joined.sum(axis=-1)
    carrying = degree > 0
    if not carrying.any():
        return
    # mostly one level is joined to all others, and the same levels carry coherence everywhere
    if (carrying == carrying[0]).all() and (degree.max(axis=-1) == carrying[0].sum() - 1).all():
        found = np.flatnonzero(carrying[0])
        yield Parts(np.arange(points), np.broadcast_to(found, (points, len(found))))
        return
    point, row, column = np.nonzero(joined)
    shape = (points * size, points * size)
    graph = csr_array((np.ones(len(point)), (point * size + row, point * size + column)), shape=shape)
    # sorting by the number of the part puts its levels side by side
    names, where = connected_components(graph, directed=False)[1][carrying.ravel()], np.argwhere(carrying)
    order = np.argsort(names, kind="stable")
    names, where = names[order], where[order]
    first = np.flatnonzero(np.concatenate([[True], names[1:] != names[:-1]]))
    counts = np.diff(np.concatenate([first, [len(names)]]))
    for count in np.unique(counts):
        chosen = first[counts == count]
        yield Parts(where[chosen, 0], where[chosen[:, np.newaxis] + np.arange(count), 1])


def blocks_of(coherences: Complex) -> Iterator[Parts]:
    """Yield the blocks of connected parts ``(points, n, n)`` by their size: no level parts a block in two.

    Two blocks share one level at most, and along shared levels they form a tree.  A bridge is a block of two levels.
    """
    joined = coherences != 0.0
    points, size = joined.shape[:2]
    if points == 0:
        return
    if (joined.sum(axis=-1) == size - 1).all():
        yield Parts(np.arange(points), np.broadcast_to(np.arange(size), (points, size)))
        return
    known: dict[bytes, list[Integer]] = {}
    found: dict[int, tuple[list[int], list[Integer]]] = {}
    for point, graph in enumerate(joined):
        key = graph.tobytes()
        if key not in known:
            known[key] = outward_blocks(graph)
        for levels in known[key]:
            rows, members = found.setdefault(len(levels), ([], []))
            rows.append(point)
            members.append(levels)
    for rows, members in found.values():
        yield Parts(np.array(rows), np.stack(members))


def outward_blocks(joined: Boolean) -> list[Integer]:
    """Return the blocks of one connected graph ``(n, n)``, each but the first sharing one level with those before.

    Depth first search with low points (Hopcroft and Tarjan 1973), without recursion: a chain of a thousand levels is
    deeper than Python's stack.
    """
    size = len(joined)
    neighbours = [np.flatnonzero(row).tolist() for row in joined]
    number, low = [-1] * size, [0] * size
    number[0], count, reached, blocks = 0, 1, [0], []
    path, waiting = [0], [iter(neighbours[0])]
    while path:
        level = path[-1]
        for other in waiting[-1]:
            if number[other] < 0:
                number[other] = low[other] = count
                count += 1
                reached.append(other)
                path.append(other)
                waiting.append(iter(neighbours[other]))
                break
            low[level] = min(low[level], number[other])
        else:
            path.pop()
            waiting.pop()
            if path:
                low[path[-1]] = min(low[path[-1]], low[level])
                if low[level] >= number[path[-1]]:
                    begin = reached.index(level)
                    blocks.append(np.array(sorted([path[-1], *reached[begin:]])))
                    del reached[begin:]
    return blocks[::-1]
