"""How phases lock in time: the evolution from a start, and always beside it the phase model of frozen amplitudes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from torusync._checks import Real, as_count, as_number, requirement, shown
from torusync._limits import EVOLVED_FRAMES, EXPLORED_EVOLVED
from torusync._threads import stop_if_told
from torusync.densities import DenseDensity
from torusync.dynamics import FrozenModel, PhaseRuns, Trajectory, evolve, liouvillian_gap, phase_model
from torusync.explore.asked import system_of
from torusync.explore.studies import Tell
from torusync.explore.wire import number, parts, rows
from torusync.models import Model, ThermalMaser, Truncated
from torusync.phases import synchronization
from torusync.steady import SteadyState, steady_state

TURNED: Final = "turned"
"""The steady state, its levels turned by phases at random: all that is left to happen is that phases lock."""

_LOCKING: Final = 8.0
"""Slowest decays that are shown where nobody says how long."""

_SPECTRAL: Final = 16
"""Levels of a system whose whole spectrum takes a tenth of a second."""

_UNKNOWN: Final = 20.0
"""Units of time that are shown where the slowest decay is not known."""

_SEED: Final = 18
_PIECE: Final = 16
"""Frames whose maxima are searched at once."""


def starts_of(model: type[Model]) -> list[str]:
    """Return where an evolution can start."""
    return [TURNED, "ground", *(["thermal"] if issubclass(model, ThermalMaser) else [])]


@final
@dataclass(frozen=True)
class Evolution:
    """What is followed: a system from its steady state or another start, for how long, in how many frames."""

    system: Model
    state: SteadyState
    gap: float | None
    start: str | int
    duration: float
    frames: int
    seed: int

    @property
    def turned(self) -> Real:
        """Phases by which the levels of the steady state are turned."""
        size = self.state.density.dimension
        return np.asarray(np.random.default_rng(self.seed).uniform(0.0, 2.0 * np.pi, size))

    def begin(self) -> Any:
        """Return the start as `evolve` takes it."""
        if self.start != TURNED:
            return self.start
        turn = np.exp(-1j * self.turned)
        return DenseDensity(turn[:, np.newaxis] * self.state.density.to_array() * np.conj(turn))


def evolution_of(request: Mapping[str, Any]) -> Evolution:
    """Return what is to be followed.

    Raises
    ------
    ArgumentError
        If the system is too large, has no steady state, or the start is none.
    """
    system = system_of(request)
    if system.dimension > EXPLORED_EVOLVED:
        must = f"have at most {EXPLORED_EVOLVED} levels in time, so that the phase model can stand beside it"
        raise requirement("model", must, f"it has {system.dimension}")
    if isinstance(system, Truncated):
        system = system.cut_at(system.dims)
    frames = as_count("frames", request.get("frames", 120), minimum=2, maximum=EVOLVED_FRAMES)
    seed = as_count("seed", request.get("seed", _SEED), maximum=2**32)
    start, known = request.get("start", TURNED), starts_of(type(system))
    is_level = isinstance(start, int) and not isinstance(start, bool) and 0 <= start < system.dimension
    if not is_level and not (isinstance(start, str) and start in known):
        raise requirement("start", f"be one of {', '.join(known)}, or a level", f"it is {shown(start)}")
    state, gap = steady_state(system), _gap(system)
    length = as_number("duration", request.get("duration") or _long_enough(gap), above=0.0)
    return Evolution(system, state, gap, start, length, frames, seed)


def evolved(request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Return states along time, what of them locks, and the frozen phase model beside them.

    Raises
    ------
    ArgumentError
        If the system is too large, or has no steady state or no coherence whose phase could lock.
    """
    asked = evolution_of(request)
    system, state, times = asked.system, asked.state, np.linspace(0.0, asked.duration, asked.frames)
    turned = asked.turned
    frozen = phase_model(system).frozen(state)
    tell(0.02)
    path = evolve(system, asked.begin(), times, progress=lambda share: tell(0.05 + 0.35 * share))
    s_max, bound, optimal = _heights(path, tell)
    return {
        "times": rows(times),
        "unit": f"1/{system.table()[system.UNIT].symbol if system.UNIT else 'ω_1'}",
        "start": asked.start,
        "duration": asked.duration,
        "seed": asked.seed,
        "density": parts(path.rho),
        "populations": rows(path.populations),
        "error": rows(path.error),
        "s_max": rows(s_max),
        "s_max_bound": rows(bound),
        "optimal": rows(optimal),
        "phases": rows(_level_phases(path.rho, _reference(state))),
        "frozen": _beside(frozen, turned, times, _reference(state)),
        "gap": number(asked.gap),
    }


def _gap(system: Model) -> float | None:
    """Return the slowest decay, None where it takes longer than a page waits for."""
    if not isinstance(system, ThermalMaser) and system.dimension > _SPECTRAL:
        return None
    return float(liouvillian_gap(system).gap) or None


def _long_enough(gap: float | None) -> float:
    return _LOCKING / gap if gap else _UNKNOWN


def _reference(state: SteadyState) -> int:
    """Return the level against which phases are told: the system's, or the first that has coherence."""
    found = getattr(state.system, "reference", None)
    if found is not None:
        return int(found)
    carrying = np.abs(state.density.to_array() - np.diag(state.density.populations)).max(axis=-1) > 0.0
    return int(carrying.argmax())


def _level_phases(rho: Any, reference: int) -> Real:
    """Return the phase that the coherence of each level with the reference prefers, ``(T, D)``; nan for none."""
    row = rho[:, reference]
    angles = np.where(row != 0.0, np.mod(-np.angle(row), 2.0 * np.pi), np.nan)
    angles[:, reference] = 0.0
    return np.asarray(angles)


def _heights(path: Trajectory, tell: Tell) -> tuple[Real, Real, Real]:
    """Return S_max, its bound and the optimal phases along time."""
    found = []
    frames = len(path.times)
    for begin in range(0, frames, _PIECE):
        stop_if_told()
        tell(0.4 + 0.4 * begin / frames)
        sync = synchronization(path[begin : begin + _PIECE])
        found.append((sync.s_max, sync.s_max_bound, sync.phases))
    tell(0.8)
    heights, bounds, phases = (np.concatenate(one) for one in zip(*found, strict=True))
    return heights, bounds, phases


def _beside(frozen: FrozenModel, turned: Real, times: Real, reference: int) -> dict[str, Any]:
    """Return the frozen phase model from the steady state with turned levels: which phases lock, and which drift."""
    followed = frozen.follow(turned[np.newaxis], times)
    runs = PhaseRuns(turned[np.newaxis], times, followed, np.full_like(followed, np.nan), np.zeros(1))
    drifting = runs.frozen_drifting[0]
    size = len(frozen.rho)
    levels = np.full((len(times), size), np.nan)
    levels[:, reference] = 0.0
    for place, (i, j) in enumerate(frozen.pairs):
        if reference in (i, j):
            sign, other = (-1.0, j) if i == reference else (1.0, i)
            levels[:, other] = np.mod(sign * followed[0, :, place], 2.0 * np.pi)
    return {
        "phases": rows(levels),
        "pairs": frozen.pairs.tolist(),
        "locked": int((~drifting).sum()),
        "drifting": int(drifting.sum()),
        "velocity": rows(runs.frozen_velocity[0]),
        "velocity_error": rows(runs.frozen_velocity_error[0]),
        "stability": number(frozen.stability),
    }
