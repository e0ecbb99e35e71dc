"""The one function that evolves: it checks, chooses who follows which machines, and keeps what an interrupt leaves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._batch import flattened
from torusync._checks import Complex, Integer, Real, as_real, broadcast_shape, require_progress, requirement
from torusync._indexing import Picked
from torusync._limits import EVOLVED_BYTES, PROPAGATED_LEVELS, STRIDE_LEVELS, UNASKED_BYTES
from torusync._memory import require_memory
from torusync._threads import chunks, one_blas_thread, stop_if_told
from torusync.densities import DenseDensity
from torusync.dynamics.action import USED, Action, act, steps
from torusync.dynamics.panels import (
    NODES,
    WORST_CONDITION,
    conditions,
    follow,
    growth,
    panel_seconds,
    panels,
    speeds,
)
from torusync.dynamics.patience import require_patience
from torusync.dynamics.propagators import PRODUCTS, Superoperator, lengths_of, products, propagate
from torusync.dynamics.starts import starting
from torusync.dynamics.strides import equal_step, machine_bytes, stride, worth
from torusync.dynamics.trajectory import EvolutionInterrupted, Method, Trajectory
from torusync.generators import Generator, PumpedManifold
from torusync.models import System

_GOOD: Final = 1e-9
"""Error beyond which panels are doubted: modes that are nearly none lose the square of their condition."""

_STEPS: Final = 1e4
_AFFORDED: Final = 1e9
"""‖L‖ t, and that times D³, up to which a series follows what panels leave in doubt: some seconds."""

_SHORT: Final = 256
"""Steps that a series is not spared, a tenth of a second for a few levels."""

_MANY: Final = 10_000
"""Panels that small machines are not spared, a second or two: their error is some ten times smaller."""

_PANEL_REACH: Final = 24.0
"""‖L‖t of a panel, about."""

_ENDLESS: Final = 1e15
"""Panels that nobody will wait for."""

_CALL: Final = 2e-5
_EACH: Final = 1e-6
_OPERATIONS: Final = 5e9
"""Seconds of a product of stacks of matrices, of each matrix in them, and operations in a second: a guess."""

_ADVICE: Final = (
    "ask for a shorter time, for its `steady_state` if the end is what matters, or for parts of the time one after the "
    "other, each from the last state of the one before"
)

_FAR: Final = 4
"""Machines that are followed together need panels whose lengths differ by no more than this factor."""


@one_blas_thread
def evolve(
    system: System, start: object, times: ArrayLike, *, progress: Callable[[float], object] | None = None
) -> Trajectory:
    """Return the states of a system along time.

    Parameters
    ----------
    system
        A `ThermalMaser`, a `LindbladSystem` or any other `System`, or a batch of them along leading axes.  It need not
        have a unique steady state: where it has several, the start decides which is reached.
    start
        ``"ground"``, the level |0>; ``"thermal"``, a machine before its drive; the number of a level; a
        `dynamics.PhaseState`; density matrices ``(..., D, D)`` or kets; another state.  A batch of them broadcasts with
        that of the system.  Of a state of another kind its error is carried on.
    times : (T,)
        Ascending, in units of 1/ω_1; the first is that of the start.
    progress
        Called with the share that is done, from 0 to 1, now and then.

    Returns
    -------
    Trajectory
        States in the frame that rotates with the drive, time the last batch axis, each with a bound of its error.
        Machines are followed mode by mode on panels of time; where the drift is so nearly defective that its modes are
        no basis (condition beyond 1e3), and for every other system, by the series of e^{Lt}; at most 32 levels in a
        time that is long by their fastest rate by e^{Lt} as a matrix, squared, and so are machines of up to five
        manifold levels at equally spaced times, all of a batch together: ``method`` says which.

    Raises
    ------
    ArgumentError
        If times do not ascend, the start is no state of the system, memory would not suffice, or more steps of time
        would be needed than a quarter of an hour is enough for.
    EvolutionInterrupted
        At an interrupt; what was computed is its ``trajectory``.
    """
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a ThermalMaser or a LindbladSystem", f"it is {type(system).__name__}")
    require_progress(progress)
    moments, generator = as_times(times), system.generator()
    _require_room(generator, len(moments), generator.points)
    rho, error = starting(generator, start)
    batch = broadcast_shape(system=generator.batch_shape, start=rho.shape[:-2])
    points = int(np.prod(batch))
    _require_room(generator, len(moments), points)
    first, known = flattened(rho, 2, batch), flattened(np.broadcast_to(error, batch), 0, batch)
    work = _Work(first, known, moments, progress)
    try:
        _run(generator.flat(batch), first, moments, work)
    except KeyboardInterrupt:
        work.blank()
        raise EvolutionInterrupted(work.found(_with_time(system), batch)) from None
    return work.found(_with_time(system), batch)


@final
class _Work:
    """States that are being worked out, of flat batches, with what is known of each."""

    def __init__(self, start: Complex, known: Real, times: Real, progress: Any) -> None:
        points, size, _ = start.shape
        self.rho: Final = np.zeros((points, len(times), size, size), dtype=np.complex128)
        self.error: Final = np.full((points, len(times)), np.inf)
        self.codes: Final = np.full((points, len(times)), int(Method.NONE))
        self._start, self._known, self._times = start, known, times
        self._progress, self._done = progress, 0

    def writer(self, rows: Any, method: Method, growth: Real) -> Callable[[slice, Complex, Real], None]:
        """Return what takes states of some points as they are found."""
        elapsed = self._times - self._times[0]

        def write(some: slice, rho: Complex, error: Real) -> None:
            begun = self._known[rows][:, np.newaxis] * np.exp(growth[:, np.newaxis] * elapsed[some])
            error = np.where(np.isnan(error), np.inf, error + begun)
            if some.start == 0:
                # not what has been to another basis and back
                rho[:, 0], error[:, 0] = self._start[rows], self._known[rows]
            # of two who followed the same states the better one is kept
            found = self.codes[rows, some]
            better = ~(self.error[rows, some] <= error) | (found == int(Method.NONE))
            codes: Any = int(method)
            if not better.all():
                rho = np.where(better[..., np.newaxis, np.newaxis], rho, self.rho[rows, some])
                error = np.where(better, error, self.error[rows, some])
                codes = np.where(better, codes, found)
            if not np.may_share_memory(self.rho, rho):
                self.rho[rows, some] = rho
            self.error[rows, some], self.codes[rows, some] = error, codes
            self._done += error.size
            if self._progress is not None:
                self._progress(min(1.0, self._done / self.codes.size))

        return write

    def room(self, rows: Any, some: slice) -> Complex:
        """Return where states of some points at some times can be written: where they stay, if none are there."""
        kept = self.rho[rows, some]
        stays = isinstance(rows, slice) and bool((self.codes[rows, some] == int(Method.NONE)).all())
        return kept if stays else np.empty_like(kept)

    @property
    def asked(self) -> bool:
        """Whether somebody is told how far it is."""
        return self._progress is not None

    def teller(self, points: int) -> Callable[[float], None]:
        """Return what takes the share of their next time that is done for some points."""

        def tell(share: float) -> None:
            if self._progress is not None:
                self._progress(min(1.0, (self._done + points * share) / self.codes.size))

        return tell

    def doubtful(self) -> Integer:
        """Return the points that are followed, but less certain than nine digits, unless their start was not known."""
        found = (self.codes != int(Method.NONE)) & ~(self.error <= _GOOD + self._known[:, np.newaxis])
        return np.flatnonzero(found.any(axis=-1))

    def blank(self) -> None:
        """Make what is not known not a number, and its error infinite."""
        missing = self.codes == int(Method.NONE)
        self.rho[missing], self.error[missing] = np.nan, np.inf

    def found(self, system: System, batch: tuple[int, ...]) -> Trajectory:
        """Return what there is as a batch, to which nobody may write."""
        for array in (self.rho, self.error, self.codes):
            array.setflags(write=False)
        shape = (*batch, len(self._times))
        density = DenseDensity(self.rho.reshape(*shape, *self.rho.shape[2:]))
        return Trajectory(system, density, self._times, self.error.reshape(shape), self.codes.reshape(shape))


@np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore")
def _run(generator: Generator, start: Complex, times: Real, work: _Work) -> None:
    rest: Integer = np.arange(len(start))
    if isinstance(generator, PumpedManifold):
        rest = _on_strides(generator, start, times, work)
        rest = _on_panels(generator, start, times, work, rest)
        rest = np.union1d(rest, _afforded(generator, work.doubtful(), times[-1] - times[0]))
    step = max(1, EVOLVED_BYTES // (16 * 16 * start.shape[-1] ** 2))
    plans = []
    for part in chunks(len(rest), step):
        some = generator.part(rest[part])
        action = Action.of(some, ground=bool(start[rest[part], 0, 1:].any()))
        plans.append((rest[part], some, action, _Plan.of(action, times, start.shape[-1])))
    many = sum(plan.steps for *_, plan in plans)
    seconds = sum(plan.seconds for *_, plan in plans)
    require_patience("times", seconds, what=f"{many:.3g} steps of time for {start.shape[-1]} levels", advice=_ADVICE)
    for rows, some, action, plan in plans:
        if not plan.squared:
            write = work.writer(rows, Method.ACTION, action.growth)
            act(action, start[rows], times, write, work.teller(len(rows)))
            continue
        for part in chunks(len(rows), max(1, EVOLVED_BYTES // (16 * start.shape[-1] ** 4))):
            whole = Superoperator.of(some.part(np.arange(len(rows))[part]), action.growth[part])
            write = work.writer(rows[part], Method.PROPAGATORS, whole.growth)
            propagate(whole, start[rows[part]], times, write)


@final
@dataclass(frozen=True)
class _Plan:
    """Who follows systems that no panels follow, and about how long it takes."""

    squared: bool
    steps: float
    seconds: float

    @classmethod
    def of(cls, action: Action, times: Real, size: int) -> "_Plan":
        norm, lengths = float(action.norm.max(initial=0.0)), np.diff(times)
        many = steps(lengths, norm)
        series = cls(squared=False, steps=many, seconds=many * USED * action.seconds)
        if many <= _SHORT or size > PROPAGATED_LEVELS:
            return series
        # the norm of the matrix is another one, which a squaring more or less does not tell
        number = products(lengths_of(times)[0], norm)
        seconds = number * (_CALL + len(action.norm) * (_EACH + 8.0 * size**6 / _OPERATIONS))
        return cls(squared=True, steps=number, seconds=seconds) if seconds < series.seconds else series


def _afforded(block: PumpedManifold, rows: Integer, span: float) -> Integer:
    """Return those of the machines that a series follows in seconds."""
    some = block.part(rows)
    reach = 4.0 * np.linalg.norm(some.drift(), axis=(-2, -1)) + 2.0 * np.linalg.norm(some.pump(), axis=(-2, -1))
    return np.asarray(rows[reach * span <= min(_STEPS, _AFFORDED / block.dimension**3)])


def _on_strides(block: PumpedManifold, start: Complex, times: Real, work: _Work) -> Integer:
    """Follow machines of few levels over equal steps of time; return those that are left, or less certain."""
    points, size, length = block.points, block.dimension, equal_step(times)
    every = np.arange(points)
    if not length or size > STRIDE_LEVELS:
        return every
    norm = 2.0 * np.linalg.norm(block.drift(), axis=(-2, -1)) + np.linalg.norm(block.pump(), axis=(-2, -1))
    reach, ground = length * norm, bool(start[:, 0, 1:].any())
    many = np.minimum((len(times) - 1) * reach / _PANEL_REACH, _ENDLESS)
    seconds = panel_seconds(size - 1, np.ceil(many))
    if not worth(size, times, float(reach.max()), points, seconds, ground=ground):
        return every
    step = max(1, EVOLVED_BYTES // machine_bytes(size, len(times)))
    for rows in _alike(every, np.maximum(reach, 1.0)):
        for part in chunks(len(rows), step):
            stop_if_told()
            found = _as_slice(rows[part])
            some = block.part(found)
            write = work.writer(found, Method.PROPAGATORS, growth(some))
            room = None if work.asked else work.room(found, slice(0, len(times)))
            stride(some, start[found], times, room, write)
    return work.doubtful()


def _alike(rows: Integer, many: Real | Integer) -> Iterator[Integer]:
    """Yield points that can be followed together, all in one where their steps are not too unlike."""
    if rows.size and many[rows].max() > _FAR * many[rows].min():
        rows = rows[np.argsort(many[rows], kind="stable")]
    while rows.size:
        together = rows[many[rows] <= _FAR * many[rows].min()]
        rows = rows[len(together) :]
        yield together


def _on_panels(block: PumpedManifold, start: Complex, times: Real, work: _Work, asked: Integer) -> Integer:
    """Follow machines whose modes are a basis; return the others."""
    size = block.manifold_levels + 1
    left = []
    step = max(1, EVOLVED_BYTES // _panel_bytes(size))
    for part in chunks(len(asked), step):
        rows = asked[part]
        some = block.part(rows)
        drift, rates, vectors, condition = conditions(some)
        many = panels(times, *speeds(rates, some))
        # few levels in a long time are followed by matrices
        short = (many <= _MANY) | np.full(len(rows), size >= PROPAGATED_LEVELS or not _squared_sooner(many, size))
        good = (condition <= WORST_CONDITION) & short
        left.append(rows[~good])
        _require_short(many[good], size, len(asked) / len(rows))
        # those that need panels of very different lengths would all be given the shortest
        for together in _alike(np.flatnonzero(good), many):
            chosen = some.part(together)
            found, wanted = _as_slice(rows[together]), (drift[together], rates[together], vectors[together])
            write = work.writer(found, Method.PANELS, growth(chosen))
            tell = work.teller(len(together))
            follow(chosen, wanted, start[found], times, write, room=partial(work.room, found), tell=tell)
    return np.concatenate(left) if left else np.arange(0)


def _squared_sooner(many: Integer, size: int) -> bool:
    """Return whether matrices of all levels take less time than the largest number of panels."""
    longest = many.max(initial=1, keepdims=True)
    number = PRODUCTS + np.log2(_PANEL_REACH * longest[0])
    return bool(number * 8.0 * (size + 1) ** 6 / _OPERATIONS < panel_seconds(size, longest))


def _require_short(many: Integer, size: int, parts: float) -> None:
    """Refuse machines that need so many panels that nobody waits for them; other parts of the batch are like these."""
    seconds = panel_seconds(size, many)
    what = f"{float(many.sum()) * parts:.3g} panels of time for {size + 1} levels"
    require_patience("times", seconds * parts, what=what, advice=_ADVICE)


def _as_slice(rows: Integer) -> Any:
    """Return a row of numbers that follow each other as a slice, which needs no list of places."""
    follows = len(rows) == rows[-1] - rows[0] + 1 and bool((np.diff(rows) == 1).all())
    return slice(int(rows[0]), int(rows[-1]) + 1) if follows else rows


def _panel_bytes(size: int) -> int:
    """Return the bytes that a panel of M levels takes, with what it is made of."""
    return 16 * (4 * NODES * size * (size + 1) + 2 * NODES**2 + 12 * size**2)


def as_times(times: ArrayLike) -> Real:
    """Return ascending times."""
    found = as_real("times", times)
    if found.ndim != 1 or not found.size:
        raise requirement("times", "be one row of at least one time", f"its shape is {found.shape}")
    steps = np.diff(found)
    if (steps <= 0.0).any():
        place = int(np.flatnonzero(steps <= 0.0)[0])
        raise requirement("times", "ascend", f"{found[place]:.6g} is followed by {found[place + 1]:.6g}")
    return found


def _require_room(generator: Generator, times: int, points: int) -> None:
    """Refuse what would not fit into memory, before anything is allocated."""
    size = generator.dimension
    kept = 16.0 * points * times * size**2
    if isinstance(generator, PumpedManifold):
        step = min(points, max(1, EVOLVED_BYTES // _panel_bytes(size)))
        kept += 2.0 * step * _panel_bytes(size) + 48.0 * times * size**2
    else:
        kept += 16.0 * 16.0 * size**2
    if kept > UNASKED_BYTES:
        what = f"{points} × {times} states of {size} levels"
        require_memory("times", kept, what=what, advice="ask for fewer times, or split the batch")


def _with_time(system: System) -> System:
    """Return a batch of systems with an axis of length 1 for time."""
    return system[..., np.newaxis] if system.batch_shape and isinstance(system, Picked) else system  # type: ignore[index]
