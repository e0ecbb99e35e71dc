"""What sparse factors will take, said before they are made: from the width of the graph of L.

Seen from one of its ends, a graph falls into shells, and whatever the order of elimination, what is eliminated last is
about as wide as the widest shell.  Factors of oscillators, chains of spins and their products have 0.5 to 1.7 times
rows times width entries, measured on twenty of them from 70 to 40,000 rows.
"""

from typing import Any, Final

import numpy as np
from scipy.sparse.csgraph import breadth_first_order, connected_components, dijkstra

from torusync.generators.layout import Layout
from torusync.steady import shells

_ENTRIES: Final = 1.8
"""Entries a row and unit of width: none of those measured had more."""


def entries(block: Any, layout: Layout | None) -> float:
    """Return about how many entries the factors of a sparse matrix will have."""
    if layout is not None and layout.is_sheet:
        return _ENTRIES * float(layout.rows) * float(layout.widths.max())
    if layout is not None and shells.fits(layout):
        return shells.entries(layout)
    graph = (abs(block) + abs(block.T)).tocsr()
    count, labels = connected_components(graph, directed=False)
    sizes = np.bincount(labels, minlength=count)
    start = int(np.argmax(labels == sizes.argmax()))
    order, _ = breadth_first_order(graph, start, directed=False)
    order, _ = breadth_first_order(graph, int(order[-1]), directed=False)
    distance = np.asarray(dijkstra(graph, indices=np.asarray([order[0]]), unweighted=True))
    width = int(np.bincount(distance[np.isfinite(distance)].astype(np.int64)).max())
    return _ENTRIES * float(block.shape[0]) * width
