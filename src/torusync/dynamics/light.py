"""The light of a machine's driven transition: what part of it is coherent, and where the rest of it is seen.

With d = Σ_j |1><j| the steady state radiates a line exactly at the drive, of weight |<d>|², at any detuning, which says
nothing of a locked frequency.  What is left of d†d is spread over the incoherent spectrum, whose highest point is the
frequency that is observed beside the drive, and that one is never locked strictly.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._batch import flattened
from torusync._checks import Boolean, Complex, Integer, Real, scalar
from torusync._frozen import Frozen
from torusync._lapack import singular_values
from torusync._threads import one_blas_thread
from torusync.conventions import EPS
from torusync.densities import Density
from torusync.dynamics.bright import drift_modes
from torusync.dynamics.resolved import WORST, Resolved
from torusync.generators import PumpedManifold
from torusync.generators.base import dagger

_LOOKED: Final = 400
"""Poles next to which the highest point of a spectrum is looked for, those of the largest part in it first."""

_EQUAL: Final = 1e-9
"""Relative difference of two lines that are equally high, as at resonance: rounding is not to choose."""

_TOPS: Final = 8
"""Local maxima among the points that are looked at, the highest of them, that are climbed before one is chosen: what is
the highest of a few points is not always the highest of the lines that they lie on."""

_ASIDE: Final = np.array([0.0, 1.0, -1.0])
"""Where to look beside a pole, in units of its decay: poles interfere, and a line of complex weight peaks aside."""

_CLIMBS: Final = 6
_ZOOMS: Final = 16
_HALVINGS: Final = 60
_STEPS: Final = 400
"""How often a bracket is made a third, or twice as wide where its end is the highest, before a line is chosen and after
it, halved, and how many steps are taken to half of the height."""

_SHARE: Final = 0.4
"""Step on the way there, of the distance to the nearest pole: a spectrum is smooth on the scale of that, so that no
dip is narrower, and what of it has turned from one step to the next is looked at closely."""

_FAINT: Final = 1e-6
"""Part of a pole in each sum, of the largest one, below which it is not slowed down for."""

_NUMBERS: Final = 2**20
"""Complex numbers that are alive at once."""


@final
@dataclass(frozen=True, eq=False)
class CoherentLight(Frozen):
    """What part of the light of d = Σ_j |1><j| is coherent.

    Parameters
    ----------
    weight, weight_error : (...) |<d>|², and how far it may be off
    fraction, fraction_error : (...) |<d>|²/<d†d>; nan where what is emitted is not known to be more than nothing
    """

    weight: Real
    weight_error: Real
    fraction: Real
    fraction_error: Real


def coherent_light(density: Density, error: Real, coherence_error: Real) -> CoherentLight:
    """Return the coherent part of the light of a machine's states, from bounds of the trace norms of their errors."""
    levels = density.dimension - 2
    bright = np.zeros(density.dimension)
    bright[2:] = 1.0
    mean = np.abs(density.row(1)[..., 2:].sum(axis=-1))
    total = (density.matvec(np.broadcast_to(bright, (*density.batch_shape, len(bright)))) * bright).sum(axis=-1).real
    # |tr(dΔ)| = max_θ tr[½(e^{iθ}d + h.c.)Δ] ≤ ½√N ‖Δ‖_1 of Hermitian Δ, ‖d†d‖ = N, and rounding of the sums
    off = 0.5 * np.sqrt(levels) * coherence_error + (levels + 4.0) * EPS * mean
    weight, weight_error = mean**2, off * (2.0 * mean + off)
    unsure = levels * error + (2.0 * levels + 8.0) * EPS * np.abs(total)
    known = np.asarray(total > unsure)
    whole = np.where(known, total, 1.0)
    fraction = np.where(known, weight / whole, np.nan)
    wrong = (weight_error + fraction * unsure) / np.where(known, total - unsure, 1.0)
    return CoherentLight(weight, weight_error, scalar(fraction), scalar(np.where(known, wrong, np.nan)))


@final
@dataclass(frozen=True, eq=False)
class Line(Frozen):
    """The highest line of the incoherent spectrum of d = Σ_j |1><j|.

    Parameters
    ----------
    frequency, frequency_error : (...) where it is highest, in the frame of the drive
    width, width_error : (...) full width at half of its height, to the nearest points to both sides that are so low

    All are nan where nothing is emitted, or the drift has no basis of eigenvectors.  Errors are to first order in what
    rounding and the error of the state make of slopes and heights; a higher line beside none of the poles is not seen.
    Of two that are equally high the upper one is told.
    """

    frequency: Real
    frequency_error: Real
    width: Real
    width_error: Real


@one_blas_thread
def highest_line(generator: PumpedManifold, density: Density, error: Real) -> Line:
    """Return the highest line that machines emit in their steady states."""
    batch, size = generator.batch_shape, generator.dimension
    rho, off = flattened(density.to_array(), 2, batch), flattened(np.broadcast_to(error, batch), 0, batch)
    flat, found = generator.flat(), np.full((4, len(rho)), np.nan)
    good = np.flatnonzero(_has_modes(flat) & np.isfinite(rho).all(axis=(-2, -1)) & np.isfinite(off))
    step = max(1, _NUMBERS // (16 * size**4))
    for begin in range(0, len(good), step):
        rows = good[begin : begin + step]
        found[:, rows] = _lines(flat.part(rows), rho[rows], off[rows])
    return Line(*(scalar(one.reshape(batch)) for one in found))


def _has_modes(block: PumpedManifold) -> Boolean:
    spectral, _ = singular_values(drift_modes(block, block.drift())[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(spectral[:, 0] <= WORST * spectral[:, -1])


def _lines(block: PumpedManifold, rho: Complex, off: Real) -> Real:
    """Return frequencies, widths and their errors, ``(4, points)``."""
    light = _Light.of(block, rho, off)
    tops, scales = light.tops()
    tops, scales = _climbed(light, tops, scales, _CLIMBS, wide=True)
    tops = _newton(light, tops, scales)
    height = light.at(tops)[0]
    equal = height >= (1.0 - _EQUAL) * height.max(axis=-1, keepdims=True)
    best = np.where(equal, tops, -np.inf).argmax(axis=-1)[:, np.newaxis]
    at, scale = (np.take_along_axis(one, best, axis=-1) for one in (tops, scales))
    at, scale = _climbed(light, at, scale, _ZOOMS, wide=False)
    at = _newton(light, at, scale)[:, 0]
    top, slope, bend = (one[:, 0] for one in light.at(at[:, np.newaxis]))
    noise = light.noise(top)
    with np.errstate(divide="ignore", invalid="ignore"):
        # four times the first order: on a top that is flat to the third order a third of the way would be told
        unsure = 4.0 * (np.abs(slope) + noise / light.narrowest) / np.abs(bend)
    sides = [light.half(at, top, side) for side in (-1.0, 1.0)]
    width, wrong = np.zeros(len(at)), np.zeros(len(at))
    for side in sides:
        width += np.abs(side - at)
        with np.errstate(divide="ignore", invalid="ignore"):
            wrong += 1.5 * noise / np.abs(light.at(side[:, np.newaxis])[1][:, 0])
    emits = (top > noise) & np.isfinite(unsure)
    rounded = 8.0 * EPS * (np.abs(at) + width)
    return np.where(emits, np.stack([at, unsure + rounded, width, wrong + rounded]), np.nan)


def _climbed(light: "_Light", at: Real, scale: Real, rounds: int, *, wide: bool) -> tuple[Real, Real]:
    """Return higher points next to ``at`` ``(points, K)``, and what is left of the brackets around them.

    A narrow pole that cuts into a wide line starts beside its top with a bracket that does not reach it.
    """
    for number in range(rounds):
        tried = at[..., np.newaxis] + scale[..., np.newaxis] * np.linspace(1.0, -1.0, 7)
        height = light.at(tried.reshape(len(at), -1))[0].reshape(tried.shape)
        # on top of a line all are nearly equal
        enough = (1.0 - _EQUAL * (number == 0)) * height.max(axis=-1, keepdims=True)
        best = (height >= enough).argmax(axis=-1)
        at = np.take_along_axis(tried, best[..., np.newaxis], axis=-1)[..., 0]
        scale = np.where(wide & ((best == 0) | (best == 6)), 2.0, 1.0 / 3.0) * scale
    return at, scale


def _newton(light: "_Light", at: Real, scale: Real) -> Real:
    for _ in range(4):
        _, slope, bend = light.at(at)
        with np.errstate(divide="ignore", invalid="ignore"):
            move = -slope / bend
        near = np.abs(move) <= 1e3 * scale + 1e-6 * light.narrowest[:, np.newaxis]
        at = at + np.where((bend < 0.0) & near, move, 0.0)
    return at


@final
@dataclass(frozen=True, eq=False)
class _Light:
    """Spectra of flat machines as sums over poles, S = 2 Re[C − A D/(1 + B)] of four such sums.

    Parameters
    ----------
    poles : (points, M²) μ
    weights : (points, 4, M²) what each pole has part in A, B, C and D
    narrowest : (points) smallest decay of a pole
    rounding, unsure : (points)
        What rounding makes of S, relative to its height, and what the error of a state adds to it.
    """

    poles: Complex
    weights: Complex
    narrowest: Real
    rounding: Real
    unsure: Real

    @classmethod
    def of(cls, block: PumpedManifold, rho: Complex, off: Real) -> "_Light":
        found, points, size = Resolved.of(block), len(rho), rho.shape[-1]
        lowering = np.zeros((size, size), dtype=np.complex128)
        lowering[1, 2:] = 1.0
        mean = np.einsum("ij,pji->p", lowering, rho)
        start = lowering @ rho - mean[:, np.newaxis, np.newaxis] * rho
        begin = (found.inverse @ start[:, 1:, 1:] @ dagger(found.inverse)).reshape(points, -1)
        asked = dagger(found.vectors) @ lowering[1:, 1:].T @ found.vectors
        asked = np.swapaxes(asked, -1, -2).reshape(points, -1)
        pairs = ((found.traces, begin), (found.traces, found.pumped), (asked, begin), (asked, found.pumped))
        narrowest = -found.poles.real.max(axis=-1)
        # d† times what a state is off by, and by |<d>| ‖ρ‖, over the slowest decay
        unsure = 4.0 * (size - 2) * off * found.condition**2 / narrowest
        rounding = 256.0 * EPS * found.condition**2
        return cls(found.poles, np.stack([one * other for one, other in pairs], axis=1), narrowest, rounding, unsure)

    def at(self, frequencies: Real) -> tuple[Real, Real, Real]:
        """Return S and its first two derivatives at ω ``(points, F)``."""
        points, count = frequencies.shape
        sums = np.empty((3, points, count, 4), dtype=np.complex128)
        step = max(1, _NUMBERS // self.poles.size)
        for begin in range(0, count, step):
            some = slice(begin, begin + step)
            lines = 1.0 / (1j * frequencies[:, some, np.newaxis] - self.poles[:, np.newaxis])
            power = lines
            for order in range(3):
                # d/dω of 1/(iω − μ) is −i/(iω − μ)², and of that −2/(iω − μ)³
                factor = (1.0, -1j, -2.0)[order]
                sums[order][:, some] = factor * (power @ np.swapaxes(self.weights, -1, -2))
                power = power * lines
        (a, b, c, d), (a1, b1, c1, d1), (a2, b2, c2, d2) = (np.moveaxis(one, -1, 0) for one in sums)
        ground = -a / (1.0 + b)
        ground1 = -(a1 + ground * b1) / (1.0 + b)
        ground2 = -(a2 + 2.0 * ground1 * b1 + ground * b2) / (1.0 + b)
        return (
            2.0 * (c + ground * d).real,
            2.0 * (c1 + ground1 * d + ground * d1).real,
            2.0 * (c2 + ground2 * d + 2.0 * ground1 * d1 + ground * d2).real,
        )

    def tops(self) -> tuple[Real, Real]:
        """Return where S is highest next to poles, ``(points, K)``, and how fast these decay: starts for a climb."""
        part = np.abs(self.weights[:, 2]) / -self.poles.real
        tried = np.argsort(-part, axis=-1, kind="stable")[:, :_LOOKED]
        poles = np.take_along_axis(self.poles, tried, axis=-1)
        decay = np.repeat(-poles.real, len(_ASIDE), axis=-1)
        lines = (poles.imag[..., np.newaxis] - poles.real[..., np.newaxis] * _ASIDE).reshape(decay.shape)
        order = np.argsort(lines, axis=-1, kind="stable")
        lines, decay = (np.take_along_axis(one, order, axis=-1) for one in (lines, decay))
        height = self.at(lines)[0]
        # rounding is not to hide one of two points that are equally high
        beside = np.pad((1.0 - _EQUAL) * height, ((0, 0), (1, 1)), constant_values=-np.inf)
        local = (height >= beside[:, :-2]) & (height >= beside[:, 2:])
        best = np.argsort(-np.where(local, height, -np.inf), axis=-1, kind="stable")[:, :_TOPS]
        return np.take_along_axis(lines, best, axis=-1), np.take_along_axis(decay, best, axis=-1)

    def noise(self, height: Real) -> Real:
        """Return how far S may be off."""
        return np.asarray(self.rounding * np.abs(height) + self.unsure)

    def half(self, at: Real, height: Real, side: float) -> Real:
        """Return where to one side S has fallen to half of its height first."""
        inside, outside, falling = at.copy(), np.full(len(at), np.nan), np.ones(len(at), dtype=np.bool_)
        rows = np.arange(len(at))
        for _ in range(_STEPS):
            some = self.part(rows)
            tried = inside[rows] + side * _SHARE * some.nearest(inside[rows])
            value, slope, _ = (one[:, 0] for one in some.at(tried[:, np.newaxis]))
            low, rising = value < 0.5 * height[rows], side * slope > 0.0
            dips = np.flatnonzero(rising & falling[rows] & ~low)
            if len(dips):
                bottom = some.part(dips).bottom(inside[rows[dips]], tried[dips], side, 0.5 * height[rows[dips]])
                low[dips] = np.isfinite(bottom)
                tried[dips] = np.where(low[dips], bottom, tried[dips])
            outside[rows[low]] = tried[low]
            rows, tried, rising = rows[~low], tried[~low], rising[~low]
            inside[rows], falling[rows] = tried, ~rising
            if not len(rows):
                break
        for _ in range(_HALVINGS):
            middle = 0.5 * (inside + outside)
            low = self.at(np.nan_to_num(middle)[:, np.newaxis])[0][:, 0] < 0.5 * height
            inside, outside = np.where(low, inside, middle), np.where(low, middle, outside)
        return np.asarray(0.5 * (inside + outside))

    def part(self, rows: Integer) -> "_Light":
        """Return some of the points."""
        narrowest, rounding, unsure = (one[rows] for one in (self.narrowest, self.rounding, self.unsure))
        return _Light(self.poles[rows], self.weights[rows], narrowest, rounding, unsure)

    def nearest(self, frequencies: Real) -> Real:
        """Return how far the nearest pole is that is seen in any of the sums, from ω ``(points)``."""
        part = np.abs(self.weights) / -self.poles.real[:, np.newaxis]
        seen = (part > _FAINT * part.max(axis=-1, keepdims=True)).any(axis=1)
        far = np.abs(1j * frequencies[:, np.newaxis] - self.poles)
        return np.asarray(np.where(seen, far, np.inf).min(axis=-1))

    def bottom(self, inside: Real, outside: Real, side: float, half: Real) -> Real:
        """Return a point lower than ``half`` between two, where S falls at one and rises at the other; nan without."""
        found = np.full(len(half), np.nan)
        for _ in range(_HALVINGS):
            middle = 0.5 * (inside + outside)
            height, slope, _ = (one[:, 0] for one in self.at(middle[:, np.newaxis]))
            found = np.where((height < half) & np.isnan(found), middle, found)
            # by its tangent there, S is no lower anywhere between them
            if (np.isfinite(found) | (height - np.abs(slope * (outside - inside)) >= half)).all():
                break
            rising = side * slope > 0.0
            inside, outside = np.where(rising, inside, middle), np.where(rising, middle, outside)
        return found
