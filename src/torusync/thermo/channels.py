"""Counting statistics of any Lindblad system: currents of chosen jumps, their noise and covariances, with errors.

Every jump of a channel counts by a weight of its own: 1 and −1 for net quanta, ω_k for energy, whatever is chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np

from torusync._batch import flattened
from torusync._checks import ArgumentError, Complex, Real, as_count, as_instance, as_real, requirement, scalar, shown
from torusync._lapack import eigenvalues
from torusync._limits import CHANNEL_LEVELS, CHUNK_BYTES
from torusync._memory import require_memory
from torusync._results import Result
from torusync._show import batch_in_words, span
from torusync._threads import chunks, one_blas_thread, side_by_side
from torusync.conventions import EPS
from torusync.generators import LindbladGenerator
from torusync.generators.base import dagger
from torusync.models import Baths
from torusync.thermo.exchange import SolvedState, require_stationary, solved_generator
from torusync.thermo.tilted import Bordered, Tilted

Counted = Mapping[str, Mapping[int, float] | Sequence[float]]
"""Weights of channels by the name of what they are counted for: by their indices, or one for each channel."""

_MATRICES: Final = 12
"""D × D matrices alive at once a point and counter."""

_FILL: Final = 32.0
"""Entries of sparse factors over those of the generator, for the memory that is asked for beforehand and nothing else:
some ten were found up to 60 levels."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class ChannelStatistics(Result):
    """Long-time mean and covariance of weighted numbers of jumps, divided by time, in units of ω_1 per weight.

    Errors bound how far a number may be from that of the true system, and are infinite where nothing is known.

    Parameters
    ----------
    mean, mean_error : (..., n)
        I_a = Σ_k w_ak tr(2Γ_k X_k†X_k ρ).
    covariance, covariance_error : (..., n, n)
        S_ab = lim <<n_a n_b>>/t.
    counted
        Names of what is counted.
    """

    AXES: ClassVar = {"mean": 1, "mean_error": 1, "covariance": 2, "covariance_error": 2}

    mean: Real
    mean_error: Real
    covariance: Real
    covariance_error: Real
    counted: tuple[str, ...]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return np.shape(self.mean)[:-1]

    @property
    def noise(self) -> Real:
        """S_aa, ``(..., n)``: the variance over time of each number."""
        return _diagonal(self.covariance)

    @property
    def noise_error(self) -> Real:
        """How far the noise may be from that of the true system, ``(..., n)``."""
        return _diagonal(self.covariance_error)

    @property
    def fano_factor(self) -> Real:
        """``Noise/|mean|``, ``(..., n)``; nan where the mean is not larger than its error."""
        size = np.abs(self.mean)
        return scalar(np.where(size > self.mean_error, self.noise / np.where(size > 0.0, size, 1.0), np.nan))

    @property
    def fano_factor_error(self) -> Real:
        """How far the Fano factor may be from that of the true system, ``(..., n)``; nan where there is none."""
        with np.errstate(all="ignore"):
            room = np.abs(self.mean) - self.mean_error
            spread = (self.noise_error + np.abs(self.fano_factor) * self.mean_error) / room
            return scalar(spread + 4.0 * EPS * np.abs(self.fano_factor))

    def _in_words(self) -> str:
        told = [
            f"{name} {span(self.mean[..., i])}, noise {span(self.noise[..., i])} ± {span(self.noise_error[..., i], 2)}"
            for i, name in enumerate(self.counted)
        ]
        return f"{batch_in_words(self.batch_shape)}{'; '.join(told)}"


def channel_statistics(state: SolvedState, counted: Counted | None = None) -> ChannelStatistics:
    """Return mean and noise of weighted jumps of a solved system, one or a batch."""
    require_stationary(state)
    generator, baths = solved_generator(state)
    weights = _weights(counted, baths, len(generator.rates), state)
    batch, points, size = state.density.batch_shape, state.density.points, generator.dimension
    count, small = len(weights), size <= CHANNEL_LEVELS
    flat, rho = generator.flat(batch), flattened(state.density.to_array(), 2, batch)
    bytes_each = 16.0 * (_MATRICES * count + len(generator.rates) + 4) * size**2
    entries = sum(np.count_nonzero(_pattern(one)) ** 2 for one in (*generator.operators, generator.hamiltonian))
    bytes_each += 64.0 * size**4 if small else min(16.0 * size**4, 16.0 * _FILL * (entries + 2 * size**3))
    step = max(1, int(CHUNK_BYTES // bytes_each)) if small else 1
    require_memory(
        "state",
        8.0 * points * 2 * (count + count**2) + step * bytes_each,
        what=f"counting at {points} points of {size} levels",
        advice="take fewer levels, or count at fewer points",
    )
    mean, mean_error = np.full((2, points, count), np.nan)
    noise, noise_error = np.full((2, points, count, count), np.nan)
    listed = np.stack(np.broadcast_arrays(*weights.values()), axis=1)
    solved = np.flatnonzero(np.isfinite(rho).all(axis=(-2, -1)))

    @one_blas_thread
    def solve(chunk: slice) -> None:
        some = solved[chunk]
        with np.errstate(all="ignore"):  # rates so far apart that nothing is known
            found = _Counting(flat.part(some), rho[some], listed if len(listed) == 1 else listed[some])
            mean[some], mean_error[some] = found.mean()
            noise[some], noise_error[some] = found.covariance()

    side_by_side(solve, chunks(len(solved), step))
    return ChannelStatistics(
        mean=mean.reshape((*batch, count)),
        mean_error=mean_error.reshape((*batch, count)),
        covariance=noise.reshape((*batch, count, count)),
        covariance_error=noise_error.reshape((*batch, count, count)),
        counted=tuple(weights),
    )


class _Counting:
    """One chunk of points: the equations of every counter, their residuals, and what these leave open.

    The state is refined once with what it is worked out from here, and its own residual weighed like the others: its
    error in the trace norm would be felt by the largest entry of an operator, which may have no part in it.
    """

    def __init__(self, flat: LindbladGenerator, rho: Complex, weights: Real) -> None:
        self._tilted, self._weights, self._size = Tilted.of(flat), weights, flat.dimension
        self._digits = self._tilted.digits
        small = self._size <= CHANNEL_LEVELS
        self._bordered = Bordered.dense(self._tilted) if small else Bordered.factorised(self._tilted, flat)
        self._gain = self._bordered.gain[:, np.newaxis]
        self._one = np.broadcast_to(np.eye(self._size, dtype=np.complex128), (len(rho), 1, self._size, self._size))
        self._state = self._refined(rho[:, np.newaxis])
        self._unbalanced, self._blur = self._tilted.forward(self._state), self._tilted.rounding(self._state)
        self._aside = self._size**0.5 * (_norm(self._unbalanced) + _norm(self._blur))
        """‖dρ/dt‖_1 at most; the state itself is off by no more than its product with the gain."""
        self._pulled, kicked = self._pull(weights, self._one), self._tilted.jumped(weights, self._state)
        self._sizes = self._pull(np.abs(weights), self._one)
        self._level = _trace(self._pulled, self._state)[..., np.newaxis, np.newaxis]
        self._left, self._right = self._pulled - self._level * self._one, kicked - self._level * self._state
        self._beside, self._adjoint = self._forward(self._right), self._backward(self._left)
        self._astray = self._missed(self._left, self._adjoint, np.abs(self._sizes) + np.abs(self._level) * self._one)
        products = np.einsum("pak,pbk->pabk", weights, weights)
        self._products = products.reshape(len(weights), -1, weights.shape[-1])

    def _pull(self, weights: Real, matrices: Complex) -> Complex:
        return self._tilted.pulled(weights, matrices)

    def _refined(self, state: Complex) -> Complex:
        better = state - self._bordered.forward(self._tilted.forward(state))
        better = 0.5 * (better + dagger(better))
        return np.asarray(better / _trace(better, self._one)[..., np.newaxis, np.newaxis])

    def _forward(self, right: Complex) -> Complex:
        """Return the traceless y of L y = ``right``, refined once."""
        found = self._bordered.forward(right)
        found = found + self._bordered.forward(right - self._tilted.forward(found))
        return np.asarray(found - _trace(found, self._one)[..., np.newaxis, np.newaxis] * self._state)

    def _backward(self, left: Complex) -> Complex:
        """Return the z of no mean of L†z = ``left``, refined once."""
        found = self._bordered.backward(left)
        found = found + self._bordered.backward(left - self._tilted.backward(found))
        return np.asarray(found - _trace(found, self._state)[..., np.newaxis, np.newaxis] * self._one)

    def _missed(self, left: Complex, found: Complex, size: Any) -> Real:
        """Return how far z may be from that of the true equation, up to a multiple of 1: a bound of its norm."""
        slack = self._tilted.rounding(found, adjoint=True) + self._digits * np.abs(size)
        mean = self._size**0.5 * self._gain * self._aside * _norm(left)
        rest = _norm(left - self._tilted.backward(found)) + _norm(slack)
        return np.asarray(self._gain * (rest + mean) + self._digits * _norm(found))

    def mean(self) -> tuple[Real, Real]:
        """Return I_a and its error."""
        value = self._level[..., 0, 0] - _trace(self._adjoint, self._unbalanced)
        wrong = _trace(np.abs(self._adjoint), self._blur) + self._astray * self._aside
        wrong = wrong + 2.0 * self._digits * _trace(np.abs(self._sizes), np.abs(self._state))
        return value, np.where(np.isfinite(wrong) & np.isfinite(value), wrong, np.inf)

    def covariance(self) -> tuple[Real, Real]:
        """Return S_ab and its error."""
        both = self._pull(self._products, self._one)
        rest = self._right - self._tilted.forward(self._beside)
        cross = -_pairs(self._left, self._beside) - _pairs(self._adjoint, rest)
        shot = _trace(both, self._state).reshape(cross.shape)
        gross = _trace(np.abs(self._pull(np.abs(self._products), self._one)), np.abs(self._state)).reshape(cross.shape)
        moved, felt = self._felt(both)
        spread = self._spread(rest)
        wrong = spread + np.swapaxes(spread, -1, -2) + felt + 2.0 * self._digits * gross
        found = shot + cross + np.swapaxes(cross, -1, -2) - moved
        return found, np.where(np.isfinite(wrong) & np.isfinite(found), wrong, np.inf)

    def _spread(self, rest: Complex) -> Real:
        """Return how far tr[j_a y_b] may be off: what the residuals are rounded by, and what z_a misses."""
        kicked = np.abs(self._tilted.jumped(np.abs(self._weights), np.abs(self._state)))
        blur = kicked + np.abs(self._level) * np.abs(self._state) + np.abs(rest)
        blur = self._tilted.rounding(self._beside) + self._digits * blur
        sizes = np.abs(self._sizes) + np.abs(self._level) * self._one
        found = _pairs(np.abs(self._adjoint), blur) + self._digits * _pairs(sizes, np.abs(self._beside))
        seen = self._size**0.5 * (_norm(rest) + _norm(blur))
        seen = seen + 4.0 * _largest(self._sizes) * self._gain * self._aside
        return np.asarray(found + self._astray[:, :, np.newaxis] * seen[:, np.newaxis, :])

    def _felt(self, both: Complex) -> tuple[Real, Real]:
        """Return what the residual of the state makes of the noise, and how far that may be off, ``(points, n, n)``.

        With z_a of no mean, δS_ab = tr[G_ab δρ], G_ab = d_ab − J_b†z_a + I_b z_a − J_a†z_b + I_a z_b.
        """
        count = self._weights.shape[1]
        through = np.stack([self._pull(self._weights, self._adjoint[:, a : a + 1]) for a in range(count)], axis=1)
        through = through - self._level[:, np.newaxis] * self._adjoint[:, :, np.newaxis]
        operator = both.reshape(through.shape) - through - np.swapaxes(through, 1, 2)
        operator = operator.reshape(len(operator), count**2, *operator.shape[-2:])
        operator = operator - _trace(operator, self._state)[..., np.newaxis, np.newaxis] * self._one
        pulled = self._backward(operator)
        astray = self._missed(operator, pulled, operator)
        value = _trace(pulled, self._unbalanced)
        wrong = _trace(np.abs(pulled), self._blur) + astray * self._aside
        return value.reshape(-1, count, count), wrong.reshape(-1, count, count)


def _trace(left: Any, right: Any) -> Real:
    """Return Re tr[A B] of stacked matrices."""
    return np.asarray(np.einsum("...ij,...ji->...", left, right).real)


def _pairs(left: Any, right: Any) -> Real:
    """Return Re tr[A_a B_b], ``(points, n, n)``."""
    return np.asarray(np.einsum("paij,pbji->pab", left, right).real)


def _norm(matrices: Any) -> Real:
    return np.asarray(np.linalg.norm(matrices, axis=(-2, -1)))


def _largest(matrices: Complex) -> Real:
    """Return the largest modulus of an eigenvalue of Hermitian matrices, their rounding included."""
    found = eigenvalues(0.5 * (matrices + dagger(matrices)))
    rounding = matrices.shape[-1] * EPS * _norm(matrices)
    return np.asarray(np.maximum(np.abs(found[..., 0]), np.abs(found[..., -1])) + rounding)


def _diagonal(matrices: Real) -> Real:
    return scalar(np.diagonal(matrices, axis1=-2, axis2=-1))


def _pattern(operators: Complex) -> Any:
    return (operators != 0.0).reshape(-1, *operators.shape[-2:]).any(axis=0)


def _weights(counted: object, baths: Baths | None, channels: int, state: SolvedState) -> dict[str, Real]:
    """Return weights ``(points, K)`` or ``(1, K)`` of every channel by the name of what is counted."""
    if counted is None:
        return _energies(baths, channels, state)
    as_instance("counted", counted, Mapping, "weights of channels by the name of what is counted")
    assert isinstance(counted, Mapping)
    if not counted:
        raise requirement("counted", "name something to count", "it is empty")
    found = {}
    for name, told in counted.items():
        if not isinstance(name, str) or not name.strip():
            raise requirement("counted", "name what is counted", f"it names {shown(name)}")
        what, row = f"counted[{name!r}]", np.zeros(channels)
        if isinstance(told, Mapping):
            for channel, weight in told.items():
                place = as_count(what, channel)
                if place >= channels:
                    raise requirement(what, f"name some of the {channels} channels, from 0", f"it names {place}")
                value = as_real(what, weight)
                if value.ndim:
                    raise requirement(what, "have one weight a channel", f"that of channel {place} is {shown(weight)}")
                row[place] = value
        else:
            row = np.array(as_real(what, told))
            if row.shape != (channels,):
                raise requirement(what, f"have one weight for each of {channels} channels", f"its shape is {row.shape}")
        found[name] = row[np.newaxis]
    return found


def _energies(baths: Baths | None, channels: int, state: SolvedState) -> dict[str, Real]:
    """Return what jumps of each bath bring in, where that is told."""
    kind, batch = type(state.system).__name__, state.density.batch_shape
    must = "be that of a ThermalMaser, or come with `counted`, weights of channels by name"

    def without(what: str) -> ArgumentError:
        return requirement("state", must, f"it is that of a {kind} {what}")

    if baths is None:
        raise without("without baths")
    found = {}
    for one in baths.members:
        if one.frequencies is None:
            raise without(f"whose bath {one.name!r} has no frequencies")
        carried = one.frequencies[np.newaxis] if one.frequencies.ndim == 1 else flattened(one.frequencies, 1, batch)
        found[one.name] = np.zeros((len(carried), channels))
        found[one.name][:, list(one.channels)] = carried
    return found
