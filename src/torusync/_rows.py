"""Work on matrices of very many rows and few columns, block of rows by block of rows, on all cores.

As whole arrays, a million rows spend their time between memory and processor, and LAPACK's factorisations of them use
neither the cache nor a second core.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, final

import numpy as np

from torusync._checks import Complex
from torusync._limits import BLOCK_ROWS
from torusync._threads import side_by_side

R = TypeVar("R")


def in_blocks(count: int, task: Callable[[slice], R]) -> list[R]:
    """Return what ``task`` gives for each block of ``count`` rows, in their order; blocks run side by side."""
    blocks = [slice(begin, min(begin + BLOCK_ROWS, count)) for begin in range(0, count, BLOCK_ROWS)]
    if len(blocks) == 1:
        return [task(blocks[0])]
    found: dict[int, R] = {}
    side_by_side(lambda block: found.update({block.start: task(block)}), blocks)
    return [found[block.start] for block in blocks]


@final
@dataclass(frozen=True, eq=False)
class TallBasis:
    """An orthonormal basis ``(..., M, k)`` in blocks of rows, each times what joins them, None where there is one."""

    parts: dict[int, tuple[Complex, Complex | None]]

    def rows(self, block: slice) -> Complex:
        """Return the rows of a block of `in_blocks`."""
        local, joint = self.parts[block.start]
        return local if joint is None else np.asarray(local @ joint)


def tall_qr(count: int, rows: Callable[[slice], Complex]) -> tuple[TallBasis, Complex]:
    """Return Q and R of matrices ``(..., M, s)`` with M = ``count``, given by their blocks of rows.

    Every block is reduced by itself, and then the triangles that they leave (Demmel, Grigori, Hoemmen and Langou,
    SIAM J. Sci. Comput. 34, A206): as stable as one factorisation of the whole.
    """

    def reduce(block: slice) -> tuple[int, Complex, Complex]:
        local, triangle = np.linalg.qr(rows(block))
        return block.start, local, triangle

    found = in_blocks(count, reduce)
    if len(found) == 1:
        start, local, upper = found[0]
        return TallBasis({start: (local, None)}), np.asarray(upper)
    starts, locals_, triangles = zip(*found, strict=True)
    joined, upper = np.linalg.qr(np.concatenate(triangles, axis=-2))
    ends = np.cumsum([triangle.shape[-2] for triangle in triangles])[:-1]
    joints = np.split(joined, ends, axis=-2)
    parts: dict[int, tuple[Complex, Complex | None]]
    parts = {start: (local, joint) for start, local, joint in zip(starts, locals_, joints, strict=True)}
    return TallBasis(parts), np.asarray(upper)
