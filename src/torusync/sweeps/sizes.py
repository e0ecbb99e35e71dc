"""How many points make a chunk: as many as its memory allows, by what the generators of a study declare.

An estimate below the truth ends in a kill without a message, and one far above it in chunks of one point, which take
several times as long.  What a point takes depends on its structure, not on its levels alone: a closed form holds
some rows of numbers, a solver of any Lindblad equation matrices of D⁴.  Points of different sizes are solved one size
after the other, so that of a chunk that runs over sizes the heaviest alone counts.

Nothing here may rest on what came out of a solve: chunks are the same whoever cuts them, on any processor.
"""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Final

import numpy as np

from torusync._checks import Integer
from torusync._limits import ASKED_LEVELS, DRAWN_BYTES, DRAWN_LEVELS, SWEPT_BYTES, SWEPT_POINTS
from torusync.generators import Generator
from torusync.models import Kind, Truncated
from torusync.quantities import QUANTITIES
from torusync.steady import Auto, Collective, Dense
from torusync.sweeps.engine import schema
from torusync.sweeps.study import Axis, Study, require_study
from torusync.sweeps.systems import groups

_DRAWN: Final = 256, 12
"""Matrices of the size of a state a point, where preferences are drawn, and batches of them that are searched."""

_COUNTED: Final = 3
"""How many times as much is alive where quanta are counted, with the errors of their noise."""

_COPIES: Final = 12
"""Arrays of the size of what comes out: rows that are read off, errors on the way, what is put in its place."""

_BESIDE: Final = 1024
"""Bytes of numbers that are one a point."""

_LOOKED_AT: Final = 64
"""Points of each size whose structure is asked for, those at the ends of all axes among them."""


_Size = tuple[int, ...]
_Alive = Callable[[int], float]


def point_bytes(study: Study) -> int:
    """Return the bytes of memory that a point takes while it is worked out with others, the heaviest point."""
    return max(_sizes(study)[0].values())


def workspace_bytes(study: Study) -> int:
    """Return the bytes that are taken beside, however many points there are."""
    return _sizes(study)[1] + (_DRAWN[1] * DRAWN_BYTES if _asks(study, "verdict") else 0)


def chunk_bytes(study: Study) -> int:
    """Return the bytes of memory that a chunk takes at most while it is worked out."""
    shape, at = block_shape(study), _counting(study)
    heaviest = point_bytes(study)
    if at is None:
        return math.prod(shape) * heaviest + workspace_bytes(study)
    around = math.prod(shape) // shape[at]
    return math.ceil(around * _alive(study, at)(shape[at]) * heaviest) + workspace_bytes(study)


def result_bytes(study: Study) -> int:
    """Return the bytes of what comes out of a chunk."""
    return math.prod(block_shape(study)) * sum(one.bytes for one in schema(study).variables.values())


def block_shape(study: Study) -> tuple[int, ...]:
    """Return the lengths of a chunk along the axes of a study, as many points as its memory allows.

    Chunks are alike whoever works them off: numbers then are, to the last bit.  The last axes are whole, so that the
    points of a chunk follow each other.
    """
    require_study(study)
    most, at = max(SWEPT_BYTES / point_bytes(study), 1.0), _counting(study)
    return cut(study.shape, SWEPT_POINTS, most, {} if at is None else {at: _alive(study, at)})


def cut(
    lengths: tuple[int, ...], points: int, weight: float = math.inf, alive: dict[int, _Alive] | None = None
) -> tuple[int, ...]:
    """Return the lengths of chunks of some points at most, whose points follow each other.

    Parameters
    ----------
    lengths
        Of the axes.
    points
        How many a chunk has at most.
    weight
        What it weighs at most, a point along most axes being one.
    alive
        Weight of a part of an axis, by its length, along axes of which that is something else.
    """
    left, room, shape = points, weight, []
    for axis in reversed(range(len(lengths))):
        length, own = lengths[axis], (alive or {}).get(axis, float)
        parts = math.ceil(length / max(1, min(left, length)))
        part = math.ceil(length / parts)
        while part > 1 and own(part) > room:
            # a part that has to be shorter is so by at least one point
            parts = max(math.ceil(length / (part - 1)), math.ceil(parts * min(2.0, own(part) / room)))
            part = math.ceil(length / min(parts, length))
        shape.append(part)
        left, room = (left // part, room / own(part)) if part == length else (1, 1.0)
    return tuple(reversed(shape))


def _counting(study: Study) -> int | None:
    """Return which axis runs over numbers of levels, if one alone does."""
    first = len(study.shape) - len(study.axes)
    found = [first + number for number, axis in enumerate(study.axes) if _counts(study, axis)]
    return found[0] if len(found) == 1 else None


def _counts(study: Study, axis: Axis) -> list[str]:
    table = study.model.table()
    return [name for name in axis.columns if name in table and table[name].kind is Kind.COUNT]


def _alive(study: Study, at: int) -> _Alive:
    """Return what a part of the axis of sizes weighs in heaviest points: its points of one size, of the heaviest."""
    axis, sizes = study.axes[at - len(study.shape)], _sizes(study)[0]
    keys = list(zip(*(axis.columns[name].tolist() for name in _counts(study, axis)), strict=True))
    names = sorted(sizes)
    which = np.array([names.index(key) for key in keys])
    own = np.array([sizes[key] for key in names]) / max(sizes.values())

    def alive(part: int) -> float:
        if part == 1:
            return 1.0
        cells = np.arange(len(which)) // part * len(own) + which
        return float((np.bincount(cells).reshape(-1) * np.resize(own, int(cells.max()) + 1)).max())

    return alive


@lru_cache(maxsize=16)
def _sizes(study: Study) -> "tuple[MappingProxyType[_Size, int], int]":
    """Return the bytes a point takes, by its numbers of levels, and those taken whatever the points."""
    plan, found = schema(study), dict[_Size, int]()
    beside = _COPIES * sum(one.bytes for one in plan.variables.values()) + _BESIDE
    worst, workspace, refused = 0, 0, []
    for size, rows in _looked_at(study):
        numbers, more = _numbers(study, rows, max(size, default=plan.dimension))
        worst, workspace = max(worst, numbers), max(workspace, more)
        found[size] = 16 * numbers + beside
        refused += [] if numbers else [size]
    for size in refused:  # of which no point that was looked at is allowed
        found[size] = 16 * max(worst, 16 * plan.dimension**2) + beside
    return MappingProxyType(found), 16 * workspace


def _looked_at(study: Study) -> Iterator[tuple[_Size, Integer]]:
    """Yield, for each size, points at the ends of all axes, those of all smallest and of all largest values outside."""
    kinds = [_by_size(axis, _counts(study, axis)) for axis in study.axes]
    for chosen in product(*kinds):
        ends = [_ends(axis, rows) for axis, (_, rows) in zip(study.axes, chosen, strict=True)]
        if study.realisations is not None:
            ends.insert(0, np.unique([0, study.realisations.count - 1]))
        lengths = [len(one) for one in ends]
        some = np.unique(np.linspace(0, math.prod(lengths) - 1, _LOOKED_AT).round().astype(np.int64))
        place = [one[at] for one, at in zip(ends, np.unravel_index(some, lengths), strict=True)] if ends else []
        yield sum((size for size, _ in chosen), ()), np.ravel_multi_index(place, study.shape) if place else some


def _by_size(axis: Axis, counts: list[str]) -> list[tuple[_Size, Integer]]:
    """Return the sizes along an axis, and which of its points are of each."""
    if not counts:
        return [((), np.arange(len(axis)))]
    columns = np.stack([axis.columns[name] for name in counts], axis=-1)
    sizes, which = np.unique(columns, axis=0, return_inverse=True)
    return [(tuple(size.tolist()), np.flatnonzero(which.reshape(-1) == number)) for number, size in enumerate(sizes)]


def _ends(axis: Axis, rows: Integer) -> Integer:
    """Return where along an axis, among some of its points, each column is smallest and largest, or differs most."""
    flat = [np.abs(one[rows].reshape(len(rows), -1)) for one in axis.columns.values()]
    norms = [np.linalg.norm(one, axis=-1) for one in flat] + [np.ptp(one, axis=-1) for one in flat if one.shape[-1] > 1]
    low, high = ([find(one) for one in norms] for find in (np.argmin, np.argmax))
    return rows[list(dict.fromkeys([*low, *high]))]


def _numbers(study: Study, rows: Integer, levels: int) -> tuple[int, int]:
    """Return the complex numbers a point of one size, the most that some of its points ask for, and those beside.

    Two are asked first: where they have no structure, no other asks for more.  None are found if all are refused.
    """
    found = workspace = 0
    for part in (rows[[0, -1]], rows[: max(2, ASKED_LEVELS // levels)]):
        for _, systems in groups(study, np.unique(part)):
            allowed = np.flatnonzero(systems.allowed())
            if len(allowed):
                generator = systems.at(allowed).build().generator()
                # modes are cut off batch by batch, higher ones where a batch has the fullest of them
                most = levels if issubclass(study.model, Truncated) else generator.dimension
                more = max(1.0, most / generator.dimension) ** 4
                found = max(found, math.ceil(more * numbers_of(study, generator)))
                workspace = max(workspace, generator.workspace)
                if found >= generator.dimension**2:
                    return found, workspace
    return found, workspace


def numbers_of(study: Study, generator: Generator) -> int:
    """Return the complex numbers a point that a generator asks for, by whom it is solved and what is read off it."""
    levels, found = generator.dimension, generator.numbers
    if isinstance(study.solver, Dense):
        found = 6 * levels**4
    elif not isinstance(study.solver, Auto | Collective):
        found = max(found, 24 * levels**2)
    found *= _COUNTED if _asks(study, "fano_factor") else 1
    return max(found, _DRAWN[0] * min(levels, DRAWN_LEVELS) ** 2) if _asks(study, "verdict") else found


def _asks(study: Study, example: str) -> bool:
    """Return whether a quantity is asked for of the part that an example is of."""
    return any(QUANTITIES[name].part is QUANTITIES[example].part for name in schema(study).variables)
