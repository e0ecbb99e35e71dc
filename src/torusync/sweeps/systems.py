"""The systems at points of a study: what runs, what is drawn and what stands for others, as the model takes it.

A model wants batch axes in front of level axes, and knows neither draws nor ratios; whoever sweeps it thinks of none of
this.  Points that the model refuses are found here, before anything is solved.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from torusync._checks import ArgumentError, Boolean, Integer, Real, requirement
from torusync.models import Kind, Model
from torusync.sweeps.named import uniforms
from torusync.sweeps.study import Study


@final
@dataclass(frozen=True)
class Systems:
    """What a batch of systems is built from: values that run, ``(points, …)``, and those that stand still."""

    model: type[Model]
    running: Mapping[str, npt.NDArray[Any]]
    still: Mapping[str, Any]
    points: int

    def build(self) -> Model:
        """Return the batch, or refuse it."""
        return self.model.from_shorthands({**self.still, **self.running})

    def at(self, rows: Integer | slice) -> "Systems":
        """Return some of them."""
        # as many need not be all of them: one of two may be asked for twice
        if not isinstance(rows, slice) and np.array_equal(rows, np.arange(self.points)):
            return self
        running = {name: one[rows] for name, one in self.running.items()}
        return Systems(self.model, running, self.still, len(next(iter(running.values()))))

    def allowed(self) -> Boolean:
        """Return which of them the model builds; bounds are looked up, conditions are tried."""
        good = np.ones(self.points, dtype=np.bool_)
        table = self.model.table()
        for name, one in self.running.items():
            parameter, numbers = table[name], one.reshape(self.points, -1)
            bad = ~np.isfinite(numbers)
            for limit, beyond in (
                (parameter.minimum, np.less), (parameter.above, np.less_equal), (parameter.maximum, np.greater)
            ):  # fmt: skip
                bad |= False if limit is None else beyond(numbers.real, limit)
            good &= ~bad.any(axis=-1)
        rows = np.flatnonzero(good)
        good[rows] = _tried(self.at(rows)) if len(rows) else False
        return good


def _tried(systems: Systems) -> Boolean:
    """Return which of them the model builds: it may say which it does not, else they are halved."""
    good = np.ones(systems.points, dtype=np.bool_)
    try:
        systems.build()
    except ArgumentError as error:
        told = error.points
        if systems.points == 1:
            return ~good
        if told is None or told.shape != good.shape or not told.any():
            half = systems.points // 2
            return np.concatenate([_tried(systems.at(part)) for part in (slice(half), slice(half, None))])
        rows = np.flatnonzero(~told)
        good[told] = False
        good[rows] = _tried(systems.at(rows)) if len(rows) else False
    return good


def groups(study: Study, points: Integer) -> Iterator[tuple[Integer, Systems]]:
    """Yield rows of a chunk that have one number of levels, and their systems."""
    running, numbers = study.running(points)
    table = study.model.table()
    counts = [name for name in running if name in table and table[name].kind is Kind.COUNT]
    keys = np.stack([running.pop(name) for name in counts], axis=-1) if counts else np.zeros((len(points), 0), np.int64)
    different, which = np.unique(keys, axis=0, return_inverse=True)
    for number, one in enumerate(different if counts else different[:1] if len(points) else []):
        rows = np.flatnonzero(which.reshape(-1) == number) if counts else np.arange(len(points))
        still = {**study.fixed, **{name: int(count) for name, count in zip(counts, one, strict=True)}}
        own = {name: column[rows] for name, column in running.items()}
        yield rows, _Built(study, own, still, numbers[rows]).systems()


@final
class _Built:
    """Systems of one number of levels in the making."""

    def __init__(self, study: Study, running: dict[str, Any], still: dict[str, Any], numbers: Integer) -> None:
        self._study, self._table, self._numbers = study, study.model.table(), numbers
        self._running = running
        self._still = {name: one for name, one in still.items() if name not in study.draws}

    def systems(self) -> Systems:
        """Return them: what is drawn is drawn, what stands for others worked out."""
        for name, draw in self._study.draws.items():
            levels = self._levels() if name in self._table and self._table[name].axes else 1
            arguments = [self._column(one) if isinstance(one, str) else one for one in draw.arguments]
            self._put(name, draw.at(self._uniforms(name, levels), *arguments), runs=True)
        for one in self._study.derived:
            if one.gives in {*self._running, *self._still}:
                raise requirement(one.gives, f"be left out beside `{one.name}`", "both are given")
            with np.errstate(all="ignore"):  # what comes out as no number is refused point by point
                values = one.of(self._column(one.name), *map(self._column, one.needs))
            self._put(one.gives, values, runs=not self._running.keys().isdisjoint((one.name, *one.needs)))
        running = {name: self._column(name) if self._has_levels(name) else one for name, one in self._running.items()}
        running = {name: one for name, one in running.items() if name in self._table}
        still = {name: one for name, one in self._still.items() if name in self._table}
        told = self._study.told
        if not running:  # a batch has a batch axis, in one of its values at least
            name = min(filter(self._is_number, still), key=lambda one: self._table[one].axes, default="")
            if not name and not self._study.axes and not self._study.fixed:
                raise requirement("axes", "be given, or `fixed`", "neither holds a parameter of the model")
            if not name:
                raise requirement("fixed", "hold at least one number", "it holds none")
            value = np.asarray(still.pop(name))
            own = value.shape or (1,) * self._table[name].axes
            running[name] = np.broadcast_to(value, (len(self._numbers), *own))
        return Systems(self._study.model, running, {**still, **told}, len(self._numbers))

    def _has_levels(self, name: str) -> bool:
        return name in self._table and self._table[name].axes == 1

    def _is_number(self, name: str) -> bool:
        one = self._still[name]
        return self._table[name].kind is not Kind.COUNT and isinstance(one, float | complex | int | list | np.ndarray)

    def _column(self, name: str) -> Any:
        """Return values that broadcast to ``(points, levels)``."""
        if name in self._running:
            one = self._running[name]
            return one[:, np.newaxis] if one.ndim == 1 else one
        if name not in self._still:
            raise requirement(name, "be given, since something else follows from it", "it is not")
        return np.asarray(self._still[name])

    def _put(self, name: str, values: Any, *, runs: bool) -> None:
        """Keep values ``(points, levels)``, or ``(levels)`` where they stand still, as the model takes them."""
        if not self._has_levels(name):
            values = np.broadcast_to(values, (len(self._numbers), 1))[:, 0] if runs else np.reshape(values, -1)[0]
        elif runs:
            values = np.broadcast_to(values, (len(self._numbers), np.shape(values)[-1]))
        (self._running if runs else self._still)[name] = values

    def _levels(self) -> int:
        """Return the number of levels that there is a value for, where there is one a level."""
        counts = [
            int(one)
            for name, one in self._still.items()
            if name in self._table and self._table[name].kind is Kind.COUNT
        ]
        rows = [one.shape[-1] for name, one in self._running.items() if self._has_levels(name) and one.ndim > 1]
        rows += [np.shape(one)[-1] for name, one in self._still.items() if self._has_levels(name) and np.ndim(one)]
        return max(counts or rows or [1])

    def _uniforms(self, name: str, levels: int) -> Real:
        assert self._study.realisations is not None
        found, which = np.unique(self._numbers, return_inverse=True)
        rows = [uniforms(self._study.realisations.seed, int(number), name, levels) for number in found]
        return np.stack(rows)[which.reshape(-1)]
