"""S_max of many machines of many levels at once: one climb each, and its proof, as operations on stacks of points.

With 20 levels a Newton step of one machine is a few microseconds of arithmetic and thirty of Python.  Here a stack of
machines takes each step together: the steps of `fields.climb`, with Hessians from the few columns that a machine's
block consists of, R̂ = ±W W†, by pivoted Cholesky, and solved by Woodbury's formula.  W only shows the way: the last
steps follow the fields of the state itself, and a Cholesky factorisation of diag μ − R, with what they reached taken
out, proves that it is the only maximum, however it was found.  What is open then, not single, or not of that form is
left to the climbs one by one of `singly`.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Self, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._lapack import definite
from torusync._limits import STACK_BYTES
from torusync._stacks import signed, substitute
from torusync._threads import chunks, span_of
from torusync.conventions import CERTIFIED_GAP, EPS, unit
from torusync.maxima.certificate import multipliers
from torusync.maxima.fields import (
    ARRIVED,
    CORRECTIONS,
    FIRST_SHIFT,
    LEAST_SHIFT,
    LOWER_NEAR,
    MOST_SHIFT,
    NEAR,
    NOISE,
    RAISE,
    STRAIGHT,
)
from torusync.maxima.peak import NO_LOWER, SETTLED
from torusync.maxima.ridges import NULL
from torusync.maxima.stacked import turned_by
from torusync.maxima.starts import pushed

_STEPS: Final = 100, 12
"""Steps along W, and of the state itself: one or two are enough, and who takes more is better off by himself."""

_LOWER: Final = 0.5
_LONGEST_STEP: Final = 1.0
"""How the shift falls after a good step, and radians that a phase may turn: of 500 engines of 20 to 100 levels hardly
one ends on a lower maximum, where one in eighty to one in six do with the tenth and the 0.7 of `fields`."""

_THERE: Final = 1e-4
"""Radians of the last step along W: then the fields of the state take over, of which W leaves out a part of 1e-9."""

_CROWD: Final = 0.75
"""Part of a stack that is on its way, below which the others leave it: to move points costs as much as a step."""

_BENDING: Final = 1e-9
"""Part of the largest deviation from which on no more columns of W are made."""

_COLUMNS: Final = 16
"""Columns of W up to which Woodbury's formula is worth its while."""

_ONE_SIGN: Final = 1e-6
"""Part of the largest deviation that W may leave of any: where it leaves more, R̂ is not of one sign."""

_PRODUCT: Final = 2.0
"""Rounding of (diag μ − R) v, and of v† times that, in units of (n + 8) ε ‖A‖: √2 for complex sums of n products, of
which |R| 1 is no longer than √n ‖R‖, and ½ for the sum over levels."""

_SUMMED: Final = 2.0
"""Rounding of a sum, in units of ε, terms, and moduli."""

_BESIDE: Final = 2.0
"""What a factorisation proves of the second eigenvalue, in units of 1e-8 ‖A‖: one of it is left to its rounding."""


class Reached(NamedTuple):
    """What a stack of climbs came to: phasors ``(points, n)``, and ``(points)`` height, bound, whether that settles it.

    A point is settled where its bound proves the height and nothing else is as high.
    """

    phasors: Complex
    value: Real
    bound: Real
    settled: Boolean


@final
@dataclass(frozen=True, eq=False)
class _Forms:
    """f(z) = Re u·z + ½ z† R̂ z: u ``(points, n)``, w ``(points, r, n)`` the columns of W, sign ``(points, r)`` theirs.

    ``whole`` ``(points, n + 1, n + 1)`` are the coherences with the level of phase 0 before the others, and ``natural``
    ``(points, n)`` the diagonal of R̂; without them the fields are those of W.
    """

    u: Complex
    w: Complex
    sign: Real
    natural: Real | None = None
    whole: Complex | None = None

    def rows(self, kept: Boolean | Integer | slice) -> Self:
        """Return the same of some points."""
        return replace(self, **{name: values[kept] for name, values in vars(self).items() if values is not None})

    def field(self, z: Complex) -> Complex:
        """Return y = u* + R̂ z."""
        if self.whole is None or self.natural is None:
            inner = self.sign * np.conj(self.w @ np.conj(z)[..., np.newaxis])[..., 0]
            return np.asarray(np.conj(self.u) + (inner[:, np.newaxis] @ self.w)[:, 0])
        every = np.concatenate([np.ones((len(z), 1)), z], axis=-1)
        return np.asarray((self.whole @ every[..., np.newaxis])[:, 1:, 0] + self.natural * z)

    def height(self, z: Complex, y: Complex) -> Real:
        """Return f from the field y at z."""
        pulled = self.u.real * z.real - self.u.imag * z.imag
        return np.asarray(0.5 * (pulled + z.real * y.real + z.imag * y.imag).sum(axis=-1))


@final
@dataclass(frozen=True, eq=False)
class _Inverse:
    """The inverse of diag(diagonal) − Re(z* R̂ z) by Woodbury's formula, and where that matrix is positive."""

    diagonal: Real
    columns: Real
    factors: Real
    positive: Boolean

    @classmethod
    def of(cls, forms: _Forms, z: Complex, diagonal: Real) -> Self:
        """Return it at phasors z."""
        seen, rank = np.conj(z)[:, np.newaxis] * forms.w, forms.w.shape[1]
        columns = np.empty((len(z), 2 * rank, z.shape[-1]))
        columns[:, :rank], columns[:, rank:] = seen.real, seen.imag
        gram = (columns / -diagonal[:, np.newaxis]) @ np.swapaxes(columns, -1, -2)
        factors, index = np.moveaxis(gram, 0, -1).copy(), np.arange(2 * rank)
        factors[index, index] += np.concatenate([forms.sign, forms.sign], axis=-1).T
        negative, sound = signed(factors)
        negative += (diagonal < 0.0).sum(axis=-1)
        return cls(diagonal, columns, factors, sound & (negative == 2 * (forms.sign < 0.0).sum(axis=-1)))

    def step(self, slope: Real) -> Real:
        """Return what it makes of a slope, no phase turned too far; 0 where there is no step."""
        first = slope / self.diagonal
        weights = substitute(self.factors, (self.columns @ first[..., np.newaxis])[..., 0].T.copy())
        first += (weights.T[:, np.newaxis] @ self.columns)[:, 0] / self.diagonal
        return np.where(self.positive[:, np.newaxis], first.clip(-_LONGEST_STEP, _LONGEST_STEP), 0.0)


def first_climbs(coherences: Complex, natural: Real) -> Reached:
    """Climb once on connected parts ``(points, n, n)`` whose natural diagonals are known, ``(points, n)``.

    They should be Hermitian, of zero diagonal, in units of their largest coherence.
    """
    start = pushed(unit(coherences[:, :, 0], 1.0 + 0.0j))
    z = start * np.conj(start[:, :1])
    value, bound = np.full(len(z), -np.inf), np.full(len(z), np.inf)
    forms, able = _formed(coherences, natural[:, 1:])
    settled = able.copy()
    rows, driven = np.flatnonzero(able), forms if able.all() else forms.rows(able)
    pulled, begin = driven.sign[:, 0] > 0.0, z[rows, 1:]
    # where all pulls, aligned phases are near the maximum, and half the cost of a Newton step brings them nearer
    begin = np.where(pulled[:, np.newaxis], unit(driven.field(begin), begin), begin) if pulled.any() else begin
    z[rows, 1:] = _ascend(driven, begin, np.where(pulled, 0.0, FIRST_SHIFT), enough=_THERE, steps=_STEPS[0])[0]
    for chunk in chunks(len(rows), max(1, STACK_BYTES // coherences[0].nbytes)):
        some = span_of(rows[chunk])
        whole = coherences[some]
        here = replace(forms.rows(some), whole=whole)
        reached, arrived = _ascend(here, z[some, 1:], np.zeros(len(whole)), enough=ARRIVED, steps=_STEPS[1])
        # many turns leave a phasor off its circle by a rounding or two
        z[some, 1:] = reached / np.abs(reached)
        mu = multipliers(whole, z[some])
        value[some], bound[some] = 0.5 * mu.sum(axis=-1), _proven(whole, z[some], mu)
        settled[some] = arrived
    settled &= np.isfinite(bound) & (bound - value <= SETTLED * CERTIFIED_GAP * bound) & (value >= NO_LOWER)
    return Reached(z, value, bound, settled)


def climbs_along(u: Complex, w: Complex, sign: Real, *, aligned: int) -> Complex:
    """Climb on R̂ = W Σ W†, mostly positive: u ``(points, n)``, w ``(points, r, n)``, sign ``(points, r)``.

    ``aligned`` is how often levels are set to the fields they see before Newton steps.
    """
    forms, z = _Forms(u, w, sign), unit(np.conj(u), 1.0 + 0.0j)
    for _ in range(aligned):
        z = unit(forms.field(z), z)
    z = _ascend(forms, z, np.zeros(len(z)), enough=ARRIVED, steps=_STEPS[0])[0]
    return np.asarray(z / np.abs(z))


def _formed(coherences: Complex, natural: Real) -> tuple[_Forms, Boolean]:
    """Return what is climbed, in the gauge where the first level has the phase 0, and for which points W is all."""
    points, size = natural.shape
    every, total = np.arange(points), natural.sum(axis=-1)
    sign = np.where(total < 0.0, -1.0, 1.0)
    left = sign[:, np.newaxis] * natural
    top, w = np.abs(left).max(axis=-1), np.zeros((points, min(_COLUMNS, size), size), dtype=np.complex128)
    count = 0
    while count < w.shape[1]:
        pivot = left.argmax(axis=-1)
        rest = left[every, pivot]
        live = rest > _BENDING * top
        if not live.any():
            break
        column = np.conj(coherences[every, 1 + pivot, 1:])
        column[every, pivot] = natural[every, pivot]
        column *= sign[:, np.newaxis]
        column -= (np.conj(w[every, :count, pivot])[:, np.newaxis] @ w[:, :count])[:, 0]
        w[:, count] = column * (live / np.sqrt(np.where(live, rest, 1.0)))[:, np.newaxis]
        left -= w[:, count].real ** 2 + w[:, count].imag ** 2
        count += 1
    able = (np.abs(left).max(axis=-1) <= _ONE_SIGN * top) & (top > 0.0)
    w = np.ascontiguousarray(w[:, : max(count, 1)])
    return _Forms(coherences[:, 0, 1:], w, np.broadcast_to(sign[:, np.newaxis], w.shape[:2]), natural), able


class _Climbs(NamedTuple):
    """Where climbs are: phasors and their fields ``(points, n)``, heights and shifts ``(points)``."""

    z: Complex
    y: Complex
    top: Real
    shift: Real

    def rows(self, kept: Boolean) -> "_Climbs":
        """Return some of them."""
        return _Climbs(self.z[kept], self.y[kept], self.top[kept], self.shift[kept])


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # where a diagonal was too small
def _ascend(forms: _Forms, z: Complex, shift: Real, *, enough: float, steps: int) -> tuple[Complex, Boolean]:
    """Return phasors reached uphill, by steps until one is no longer than ``enough``, and where one was."""
    result, rows, arrived = z.copy(), np.arange(len(z)), np.zeros(len(z), dtype=np.bool_)
    y = forms.field(z)
    climbs = _Climbs(z, y, forms.height(z, y), shift)
    for _ in range(steps):
        climbs, done = _stepped(forms, climbs, enough)
        # of a point that has arrived before, the steps that it takes until it leaves do not count
        done &= ~arrived[rows]
        result[rows[done]] = climbs.z[done]
        arrived[rows[done]] = True
        live = ~arrived[rows]
        if live.sum() < _CROWD * len(live):
            if not live.any():
                return result, arrived
            forms, rows, climbs = forms.rows(live), rows[live], climbs.rows(live)
    live = ~arrived[rows]
    result[rows[live]] = climbs.z[live]
    return result, arrived


def _stepped(forms: _Forms, at: _Climbs, enough: float) -> tuple[_Climbs, Boolean]:
    """Take one step, with a Hessian shifted in units of the fields; return where it led, and what is done."""
    h = np.conj(at.z) * at.y
    modulus, slope = np.abs(h), h.imag
    mean = modulus.mean(axis=-1)
    inverse = _Inverse.of(forms, at.z, h.real + at.shift[:, np.newaxis] * (modulus + 1e-3 * mean[:, np.newaxis]))
    step = inverse.step(slope)
    longest = np.abs(step).max(axis=-1)
    trial = turned_by(at.z, step)
    ahead = forms.field(trial)
    # the ridge of a near-continuum is curved: a straight step along it falls off its side
    curved = longest > STRAIGHT
    last = longest
    for _ in range(CORRECTIONS if curved.any() else 0):
        # that of a point, not of the stack that it is in
        back = np.where(curved[:, np.newaxis], inverse.step((np.conj(trial) * ahead).imag), 0.0)
        trial = turned_by(trial, back)
        ahead = forms.field(trial)
        # along W, what is missing after it is for the fields of the state
        last = np.where(curved & (enough >= STRAIGHT), np.abs(back).max(axis=-1), longest)
    gain, foretold = forms.height(trial, ahead) - at.top, 0.5 * (slope * step).sum(axis=-1)
    rounding = 8.0 * EPS * mean * h.shape[-1]
    # too little for heights to tell: what is left is told by the slope, until that is rounding, too
    size = np.abs(at.top) + np.abs(forms.u).sum(axis=-1)
    untold = (foretold <= NOISE * size) & (at.shift <= FIRST_SHIFT)
    flatter = np.abs((np.conj(trial) * ahead).imag).sum(axis=-1) < 0.5 * np.abs(slope).sum(axis=-1)
    accepted = inverse.positive & np.where(untold, flatter, gain >= -rounding)
    good = (gain > 0.5 * foretold) | (foretold <= rounding)
    followed = np.where(good, np.where(longest <= NEAR, LOWER_NEAR, _LOWER), 2.0) * at.shift
    followed = np.where(followed < LEAST_SHIFT, 0.0, followed)
    shift = np.where(accepted, followed, np.maximum(RAISE * at.shift, 1e-3))
    done = np.where(accepted, (last <= enough) & (at.shift <= enough), inverse.positive & untold)
    z, y = (np.where(accepted[:, np.newaxis], new, old) for new, old in ((trial, at.z), (ahead, at.y)))
    moved = _Climbs(z, y, np.where(accepted, at.top + gain, at.top), shift)
    return moved, done | ~(shift <= MOST_SHIFT) | ~(mean > 0.0)


def _proven(coherences: Complex, z: Complex, mu: Real) -> Real:
    """Return bounds from multipliers, infinite where they prove nothing or another optimum may be as high.

    With v = z/|z|, A = diag μ − R, h = v†Av and ρ ≥ |Av|: where A ⪰ δ beside v, no eigenvalue of A is below one of the
    matrix (h, −ρ; −ρ, δ), and none of that is below −|h| − ρ²/δ.  So one factorisation proves both that the height is
    the largest and that it is so once, that of M = A + c z z† − 2 δ: where it ends, M ⪰ −‖ΔM‖, and ΔM is at most
    γ |L| |L†| entry by entry (Demmel 1989; Rump, BIT 46, 433), of norm up to γ tr M, γ = 2 (n + 8) ε that of complex
    sums of n + 1 products, each of a few roundings.  With tr M ≤ 2 √n ‖A‖ that is less than δ up to 10⁴ levels.
    """
    size, index = z.shape[-1], np.arange(z.shape[-1])
    rest = mu * z - (coherences @ z[..., np.newaxis])[..., 0]
    parts = np.ascontiguousarray(coherences).reshape(len(mu), -1).view(np.float64)
    norm = np.sqrt(np.einsum("pi,pi->p", parts, parts) + (mu * mu).sum(axis=-1))
    along = np.abs((z.real * rest.real + z.imag * rest.imag).sum(axis=-1)) / size
    across = np.sqrt((rest.real**2 + rest.imag**2).sum(axis=-1) / size)
    rounding = _PRODUCT * (size + 8) * EPS * norm
    raised = along + rounding + (across + rounding) ** 2 / (NULL * norm)
    bound = 0.5 * (mu.sum(axis=-1) + size * raised + _SUMMED * size * EPS * np.abs(mu).sum(axis=-1))
    matrix = (z * (norm / size)[:, np.newaxis])[:, :, np.newaxis] * np.conj(z)[:, np.newaxis]
    matrix -= coherences
    matrix[:, index, index] += mu - (_BESIDE * NULL * norm)[:, np.newaxis]
    return np.where(definite(matrix), bound, np.inf)
