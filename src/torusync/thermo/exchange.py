"""What each bath of a Lindblad system exchanges, from the state, its error, and operators alone.

Every current is the expectation value of one Hermitian operator, A_b = Σ_k Γ_k (C_k + C_k†) with C_k = X_k†[H_0, X_k]
for the heat of a bath, i[H_0, H] for the work, 2Γ_k X_k†X_k for the jumps of a channel.  So the state's error, which is
in the trace norm, bounds that of a current by the operator's norm, and a law's by the norm of the sum of operators, in
which what cancels has cancelled.  H_0 enters through commutators only: a constant in it costs no digit.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol, final

import numpy as np

from torusync._batch import flattened
from torusync._checks import Boolean, Complex, Real, broadcast_shape, requirement
from torusync._limits import CHUNK_BYTES
from torusync._memory import require_memory
from torusync._threads import chunks, one_blas_thread, side_by_side
from torusync.conventions import EPS
from torusync.densities import Density, HasDensity
from torusync.generators import LindbladGenerator
from torusync.generators.base import dagger
from torusync.models import Baths, Model, State, System
from torusync.thermo.heat import HeatFlows
from torusync.thermo.known import Known, centred, judged, norm
from torusync.thermo.laws import first_codes, second_codes
from torusync.thermo.stored import entropy_change
from torusync.thermo.thermal import Levels, in_balance, leaves_thermal, partners, surprises, unital

_COPIES: Final = 24
"""D × D complex matrices alive at once a point, beside two a bath."""

Found = dict[str, Any]


class SolvedState(State, Protocol):
    """A state that says how well it is known."""

    @property
    def error(self) -> Real:
        """How far it may be from the truth, in the trace norm."""


class WithBaths(System, Protocol):
    """A system whose channels belong to baths, if it names them."""

    @property
    def baths(self) -> Baths | None:
        """Its baths."""


class BathState(HasDensity, Protocol):
    """A steady state of a system with baths."""

    @property
    def system(self) -> WithBaths:
        """The system whose state it is."""

    @property
    def error(self) -> Real:
        """How far it may be from the truth, in the trace norm."""


def require_stationary(state: object) -> None:
    """Refuse a trajectory where only what no longer changes has an answer."""
    if changes(state):
        raise requirement("state", "be a steady state", f"it is a {type(state).__name__}, whose states change")


def changes(state: object) -> bool:
    """Whether states are on their way, as those of a trajectory."""
    return bool(getattr(state, "transient", False))


def solved_generator(state: SolvedState) -> tuple[LindbladGenerator, Baths | None]:
    """Return generator and baths of a steady state of a Lindblad equation.

    Raises
    ------
    ArgumentError
        If it is none, or its baths do not fit its channels.
    """
    system = getattr(state, "system", None)
    if system is None or not isinstance(getattr(state, "density", None), Density) or not hasattr(state, "error"):
        found = f"it is a {type(state).__name__}"
        if callable(getattr(state, "generator", None)):
            found += "; solve it first, with steady_state(...)"
        raise requirement("state", "be the steady state of a system with channels", found)
    baths, generator = getattr(system, "baths", None), system.generator()
    if not isinstance(generator, LindbladGenerator):
        raise requirement(
            "state", "be that of a ThermalMaser or a Lindblad equation", f"it is that of a {type(system).__name__}"
        )
    if baths is not None:
        baths.require(channels=len(generator.rates), dimension=generator.dimension)
        shape = state.density.batch_shape
        own = broadcast_shape(state=shape, **baths.batch_shapes())
        if own != shape:
            raise requirement("baths", f"have the batch axes of their system, {shape}", f"they have {own}")
    return generator, baths


@one_blas_thread
def heat_flows(state: SolvedState) -> HeatFlows:
    """Return heats, power and entropy production of a system with baths, a chunk of points at a time.

    Of a state that changes dU/dt is part of the first law, and dS/dt of the second.
    """
    generator, baths = solved_generator(state)
    if baths is None:
        advice = "give its channels to baths, with baths={...} or with_baths({...})"
        raise requirement(
            "state", "be that of a system with baths", f"{type(state.system).__name__} has none; {advice}"
        )
    batch, points, size = state.density.batch_shape, state.density.points, generator.dimension
    inside = {index for one in baths.members for index in one.channels}
    outside = [index for index in range(len(generator.rates)) if index not in inside]
    taken = baths.energies is None and any(one.frequencies is not None for one in baths.members)
    if taken and changes(state):
        raise requirement(
            "energies",
            "be given where heat is counted by frequencies and the states change",
            "what a system stores on its way is not known without them",
        )
    if outside and taken:
        raise requirement(
            "energies",
            "be given where heat is counted by frequencies and some channels belong to no bath",
            f"channel {outside[0]} belongs to none, and what it does to the energies is not known",
        )
    bytes_each = 16 * (_COPIES + 2 * len(baths.members)) * size**2
    step = max(1, CHUNK_BYTES // bytes_each)
    require_memory("state", points * (16 * size**2 + 256) + step * bytes_each, what=f"the currents of {points} points")
    flat, rho = generator.flat(batch), flattened(state.density.to_array(), 2, batch)
    error = np.broadcast_to(state.error, batch).reshape(points)
    told = _Told.of(baths, batch)
    found: Found = {}

    def solve(chunk: slice) -> None:
        with np.errstate(all="ignore"):  # points without a state, baths at zero temperature
            part = _Part(flat.part(chunk), told.part(chunk), outside, error[chunk], moving=changes(state))
            for name, values in part.currents(rho[chunk]).items():
                found.setdefault(name, np.empty((points, *values.shape[1:]), dtype=values.dtype))[chunk] = values

    if points <= step:
        solve(slice(0, points))
    else:
        first, *rest = chunks(points, step)
        solve(first)
        side_by_side(solve, rest)
    shaped: Found = {name: values.reshape((*batch, *values.shape[1:])) for name, values in found.items()}
    model = state.system
    if isinstance(model, Model) and model.UNIT is not None:
        shaped["unit"] = model.table()[model.UNIT].symbol
    return HeatFlows(**shaped, baths=baths.names, stationary=not changes(state))


@final
@dataclass(frozen=True)
class _Told:
    """What is told of the baths, with one batch axis: energies, then temperatures and frequencies of each."""

    baths: Baths
    energies: Complex | None
    temperatures: tuple[Real | None, ...]
    frequencies: tuple[Real | None, ...]

    @classmethod
    def of(cls, baths: Baths, batch: tuple[int, ...]) -> "_Told":
        def flat(value: Any, axes: int) -> Any:
            return None if value is None else flattened(value, axes, batch)

        warm = tuple(flat(one.temperature, 0) for one in baths.members)
        carried = tuple(flat(one.frequencies, 1) for one in baths.members)
        return cls(baths, flat(baths.energies, 2), warm, carried)

    def part(self, chunk: slice) -> "_Told":
        def cut(value: Any) -> Any:
            return None if value is None else value[chunk]

        warm, carried = (tuple(map(cut, values)) for values in (self.temperatures, self.frequencies))
        return _Told(self.baths, cut(self.energies), warm, carried)


@final
class _Part:
    """One chunk of points in the making."""

    def __init__(self, flat: LindbladGenerator, told: _Told, outside: list[int], error: Real, *, moving: bool) -> None:
        self._told, self._outside, self._error = told, outside, error
        self._flat, self._moving = flat, moving
        self._points, self._size = len(error), flat.dimension
        self._rates = [np.broadcast_to(rate, self._points) for rate in flat.rates]
        self._jumps = list(flat.operators)
        self._hamiltonian = centred(flat.hamiltonian)
        self._bare = self._hamiltonian if told.energies is None else centred(told.energies)
        self._digits = 4.0 * (self._size + 4) * EPS
        self._squares = [norm(jump) ** 2 for jump in self._jumps]

    @cached_property
    def _levels(self) -> Levels:
        return Levels.of(self._bare)

    def currents(self, rho: Complex) -> Found:
        """Return the fields of the result, points first."""
        heats = [self._heat(index) for index in range(len(self._told.baths.members))]
        elsewhere = Known(self._points, self._size)
        for channel in self._outside:
            elsewhere.add(*self._energy(channel))
        whole = Known(self._points, self._size)
        for one in (*heats, elsewhere):
            whole.add(one.operator, one.rounding)
        taken = self._told.energies is None and any(one is not None for one in self._told.frequencies)
        work = whole if taken else self._work()
        rest = Known(self._points, self._size)
        rest.add(whole.operator - work.operator, whole.rounding + work.rounding)
        stored = self._stored()
        rest.add(stored.operator, stored.rounding, -1.0)
        (power, power_error), (other, other_error) = (one.value(rho, self._error) for one in (work, elsewhere))
        pairs = [one.value(rho, self._error) for one in heats]
        heat, heat_error = (np.stack(values, axis=-1) for values in zip(*pairs, strict=True))
        residual, slack = rest.value(rho, self._error)
        gone = np.isnan(heat).any(axis=-1)
        if taken:
            residual, slack = np.full((2, self._points), np.nan)
        if self._moving:
            change, wrong = stored.value(rho, self._error)
            found: Found = {"energy_change": change, "energy_change_error": wrong}
        else:
            found = {}
        found |= {
            "power": power, "power_error": power_error, "heat": heat, "heat_error": heat_error,
            "elsewhere": other, "elsewhere_error": other_error,
            "first_law_residual": residual, "first_law_error": slack,
            "first_law_codes": first_codes(residual, slack, self._fits(), gone),
        }  # fmt: skip
        return found | self._entropy(rho, heats, gone)

    def _energy(self, channel: int) -> tuple[Complex, Real]:
        """Return Γ (C + C†) of a channel, C = X†[H_0, X], and its rounding."""
        jump, rate = self._jumps[channel], self._rates[channel]
        inner = dagger(jump) @ (self._bare @ jump - jump @ self._bare)
        scale = 4.0 * rate * self._squares[channel] * norm(self._bare)
        return rate[:, np.newaxis, np.newaxis] * (inner + dagger(inner)), self._digits * scale

    def _fits(self) -> Boolean:
        """Return where what is counted of every jump is what it changes the energies by, each beside its own size."""
        fits, size = np.ones(self._points, dtype=np.bool_), norm(self._bare)
        if self._told.energies is None:
            return fits
        for one, carried in zip(self._told.baths.members, self._told.frequencies, strict=True):
            if carried is None:
                continue
            for place, channel in enumerate(one.channels):
                (energy, _), (counted, _) = self._energy(channel), self._quanta(channel)
                quantum = carried[:, place]
                apart = norm(energy - quantum[:, np.newaxis, np.newaxis] * counted)
                scale = 4.0 * self._rates[channel] * self._squares[channel] * (size + np.abs(quantum))
                fits &= apart <= self._digits * scale
        return fits

    def _quanta(self, channel: int) -> tuple[Complex, Real]:
        """Return 2Γ X†X of a channel, the rate of its jumps, and its rounding."""
        jump, rate = self._jumps[channel], self._rates[channel]
        counted = 2.0 * rate[:, np.newaxis, np.newaxis] * (dagger(jump) @ jump)
        return counted, self._digits * 2.0 * rate * self._squares[channel]

    def _heat(self, bath: int) -> Known:
        total, carried = Known(self._points, self._size), self._told.frequencies[bath]
        for place, channel in enumerate(self._told.baths.members[bath].channels):
            if carried is None:
                total.add(*self._energy(channel))
            else:
                total.add(*self._quanta(channel), carried[:, place])
        return total

    def _work(self) -> Known:
        """Return i[H_0, H]: the Hamiltonian does no work on its own energy."""
        total = Known(self._points, self._size)
        if self._told.energies is not None:
            product = self._bare @ self._hamiltonian
            scale = 4.0 * norm(self._bare) * norm(self._hamiltonian)
            total.add(1j * (product - dagger(product)), self._digits * scale)
        return total

    def _stored(self) -> Known:
        """Return what the whole equation makes of the energies, the operator of dU/dt, where states change."""
        total = Known(self._points, self._size)
        if not self._moving:
            return total
        loss = self._flat.no_jump()
        inner = self._bare @ loss
        total.add(inner + dagger(inner), self._digits * 2.0 * norm(self._bare) * norm(loss))
        for jump, rate, square in zip(self._jumps, self._rates, self._squares, strict=True):
            kept = dagger(jump) @ self._bare @ jump
            total.add(kept, self._digits * square * norm(self._bare), 2.0 * rate)
        return total

    def _entropy(self, rho: Complex, heats: list[Known], gone: Boolean) -> Found:
        """Return what the baths gain in entropy, their sum, and what is known of the second law."""
        count = len(heats)
        flow, doubt = np.empty((2, self._points, count))
        warm = np.full((self._points, count), np.nan)
        whole, proven = Known(self._points, self._size), np.ones(self._points, dtype=np.bool_)
        for bath, heat in enumerate(heats):
            told = self._told.temperatures[bath]
            one, decides, sure = self._gain(bath, heat)
            warm[:, bath] = self._told_by_pairs(bath) if told is None else told
            whole.add(one.operator, one.rounding)
            flow[:, bath], doubt[:, bath] = judged(one.value(rho, self._error), decides.value(rho, self._error))
            proven &= sure
        known = ~np.isnan(flow).any(axis=-1)
        total, error = whole.value(rho, self._error)
        if self._moving:
            own, wrong = entropy_change(self._flat, rho, self._error)
            total, error = total + own, error + wrong
            # two infinities of either sign leave nothing known
            doubt = np.where(np.isinf(own)[:, np.newaxis] & np.isinf(flow), np.inf, doubt)
        endless = ~np.isfinite(flow).all(axis=-1) & known
        total = np.where(known, np.where(endless, flow.sum(axis=-1), total), np.nan)
        error = np.where(np.isinf(doubt).any(axis=-1), np.inf, np.where(endless, 0.0, error))
        error = np.where(known, error, np.nan)
        flat = [(self._jumps[k], self._rates[k]) for k in self._outside]
        closed = unital(flat, self._points, self._size)
        return {
            "entropy_flow": flow, "entropy_flow_error": np.where(np.isnan(flow), np.nan, doubt),
            "entropy_production": total, "entropy_production_error": error,
            "temperatures": warm, "second_law_codes": second_codes((total, error), proven, closed, gone),
        }  # fmt: skip

    def _told_by_pairs(self, bath: int) -> Real:
        """Return the temperature that all pairs of a bath have by their rates; nan where they have none in common."""
        carried, listed = self._told.frequencies[bath], self._told.baths.members[bath].channels
        jumps = [self._jumps[k] for k in listed]
        pairs = None if carried is None else partners(jumps, carried)
        if carried is None or pairs is None:
            return np.full(self._points, np.nan)
        spread = surprises(pairs, jumps, [self._rates[k] for k in listed])
        # rates that are equal are those of an infinite temperature, of either sign by what is divided
        each = np.where(carried == 0.0, np.nan, np.where(spread == 0.0, np.inf, -carried / spread))
        least, most = np.nanmin(each, axis=-1), np.nanmax(each, axis=-1)
        alike = (least == most) | (most - least <= 64.0 * EPS * most)
        return np.where((least >= 0.0) & alike, least, np.nan)

    def _gain(self, bath: int, heat: Known) -> tuple[Known, Known, Boolean]:
        """Return what a bath gains in entropy, what decides whether that is infinite, and whether the law follows."""
        warm, carried = self._told.temperatures[bath], self._told.frequencies[bath]
        gain, decides = Known(self._points, self._size), Known(self._points, self._size)
        listed = self._told.baths.members[bath].channels
        jumps, rates = [self._jumps[k] for k in listed], [self._rates[k] for k in listed]
        pairs = None if carried is None else partners(jumps, carried)
        spread = None if pairs is None else surprises(pairs, jumps, rates)
        if warm is not None:
            empty = warm == 0.0
            inverse = np.where(empty, 0.0, 1.0 / np.where(empty, 1.0, warm))
            gain.add(heat.operator, heat.rounding + 4.0 * EPS * norm(heat.operator), -inverse)
            decides.add(heat.operator, heat.rounding, -1.0 * empty)
            if carried is None:
                return gain, decides, leaves_thermal(self._levels, warm, jumps, rates)
            if spread is None:
                return gain, decides, np.zeros(self._points, dtype=np.bool_)
            return gain, decides, in_balance(spread, carried, warm)
        if spread is None:
            gain.rounding = np.full(self._points, np.nan)
            gain.operator = np.full_like(gain.operator, np.nan)
            return gain, decides, np.zeros(self._points, dtype=np.bool_)
        for place, channel in enumerate(listed):
            weight, (counted, rounding) = spread[:, place], self._quanta(channel)
            endless = np.isinf(weight)
            # a channel without a rate does not jump; ratios of rates are rounded, too
            gain.add(counted, rounding, np.where(endless, 0.0, weight))
            gain.add(0.0 * counted, 16.0 * EPS * norm(counted))
            decides.add(counted, rounding, 1.0 * (endless & (weight > 0.0)))
        return gain, decides, np.ones(self._points, dtype=np.bool_)
