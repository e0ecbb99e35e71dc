"""Full counting statistics of a thermal maser: how the exchanged quanta fluctuate, not only how many there are.

Quanta are positive into the machine, as heat is.  A cycle takes one from the hot bath, one from the drive or gives
it one, and one from the cold bath or gives it one.  Where they are counted does not matter in the long run: generators
that count elsewhere are similar (docs/derivations.md), θ depends on ξ_h − ξ_c − ξ_d alone, and cumulants of order n at
the cold bath and the drive are (−1)^n times those at the hot bath.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, final, overload

import numpy as np

from torusync._checks import Boolean, Real, as_real, requirement, scalar
from torusync._limits import CHUNK_BYTES, CUBIC_LEVELS
from torusync._memory import require_memory
from torusync._results import Result
from torusync._show import batch_in_words, span
from torusync._threads import cores, one_blas_thread, over_points, side_by_side
from torusync.conventions import EPS
from torusync.generators import PumpedManifold
from torusync.models import Model, ThermalMaser
from torusync.steady import steady_state
from torusync.thermo.channels import ChannelStatistics, Counted, channel_statistics
from torusync.thermo.currents import MaserState, SolvedMachine, bare_flows
from torusync.thermo.exchange import BathState, SolvedState
from torusync.thermo.flows import Thermodynamics
from torusync.thermo.renewal import BlockCycle, BrightCycle, Equation
from torusync.thermo.uncertain import spread
from torusync.thermo.verified import cumulant_errors

_COPIES: Final = 16
"""M × M complex matrices alive at once a point."""

_CLASSICAL: Final = 2.0
"""Least noise × σ/J² of classical Markov processes."""

_ROWS: Final = 4
"""Numbers a machine: three cumulants and a residual."""

_STEPS: Final = 400
"""Steps of Newton's iteration and of the bisection that guards it; some ten are taken."""

_LARGEST_FIELD: Final = 20.0
"""Largest counting field of a Schur form, whose errors grow as ε e^|ξ|: below 1e-11 of θ at 10, 1e-7 at 20."""

_LARGEST_CLOSED: Final = 100.0
"""Largest counting field of the closed form, which has no such errors: e^100 is beyond any number of quanta."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class Cumulants(Result):
    """Long-time cumulants of a number of quanta divided by time, arrays of the batch shape, in units of ω_1.

    Parameters
    ----------
    mean, noise, third
        First, second and third cumulant of the quanta into the machine, lim <<n^k>>/t.
    """

    mean: Real
    noise: Real
    third: Real

    def _in_words(self) -> str:
        numbers = f"mean {span(self.mean)}, noise {span(self.noise)}, third {span(self.third)}"
        return f"{batch_in_words(self.batch_shape)}{numbers}"

    @property
    def fano_factor(self) -> Real:
        """``Noise/|mean|``, 1 for independent single quanta one way; nan where the mean vanishes."""
        return _ratio(self.noise, np.abs(self.mean))

    @property
    def skewness(self) -> Real:
        """Third/noise^{3/2}: the skewness of the number counted in a time t is this over sqrt(t); nan without noise.

        In units of ω_1^{−1/2}.
        """
        return _ratio(_ratio(self.third, self.noise), np.sqrt(self.noise))

    @property
    def reversed(self) -> "Cumulants":
        """The cumulants of the quanta out of the machine."""
        return Cumulants(0.0 - self.mean, self.noise, 0.0 - self.third)


@final
@dataclass(frozen=True, eq=False, repr=False)
class CountingStatistics(Result):
    """Counting statistics of the hot bath, the cold bath and the drive, arrays of the batch shape; nan where refused.

    Parameters
    ----------
    hot
        Cumulants of the quanta from the hot bath into the machine; ``hot.mean`` is the flux J.
    entropy_production
        σ of `thermodynamics`, from the occupations; for one occupation n_h of all levels it is J times the affinity
        ln[(1 + 1/n_c)/(1 + 1/n_h)].
    entropy_production_error
        How far σ may be from that of the true machine.
    flux
        J' that `thermodynamics` reads off the state: another route to the mean.
    residual
        Largest relative residual of the Schur form and the Lyapunov equations, or, in closed form, of the renewal
        equation's first three powers of the counting field.
    machines
        The equations that were solved, from which errors are worked out where one is asked for.
    """

    hot: Cumulants
    entropy_production: Real
    entropy_production_error: Real
    flux: Real
    residual: Real
    machines: PumpedManifold

    @cached_property
    def _errors(self) -> tuple[Real, Real, Real, Real]:
        """How far the three cumulants and σ may be from those of the true machines."""
        hot, produced = self.hot, self.entropy_production
        found = np.stack([np.ravel(one) for one in (hot.mean, hot.noise, hot.third, produced)])
        mean, noise, third, sigma = cumulant_errors(self.machines, found).reshape(4, *self.batch_shape)
        return scalar(mean), scalar(noise), scalar(third), scalar(sigma)

    @property
    def mean_error(self) -> Real:
        """How far the mean may be from that of the true machine, and no less than what two routes to it differ by.

        The other is J', with rounding of all that is counted either way beside, which is there also where both agree to
        the last digit; in units of ω_1.
        """
        apart = np.abs(self.hot.mean - self.flux) + EPS * (np.abs(self.hot.mean) + self.hot.noise)
        return scalar(np.maximum(apart, self._errors[0]))

    @property
    def noise_error(self) -> Real:
        """How far the noise may be from that of the true machine, infinite where nothing is known, in units of ω_1.

        The cumulants are worked out again in twice the precision when this is first asked for.
        """
        return self._errors[1]

    @property
    def third_error(self) -> Real:
        """How far the third cumulant may be from that of the true machine, likewise."""
        return self._errors[2]

    @property
    def cold(self) -> Cumulants:
        """Cumulants of the quanta from the cold bath into the machine."""
        return self.hot.reversed

    @property
    def drive(self) -> Cumulants:
        """Cumulants of the quanta from the drive into the machine, net transitions from level 1 to the manifold."""
        return self.hot.reversed

    @property
    def fano_factor(self) -> Real:
        """``Noise/|J|``, the same at both baths and the drive; nan where the flux vanishes."""
        return self.hot.fano_factor

    @property
    def skewness(self) -> Real:
        """Skewness of the hot quanta, in units of ω_1^{−1/2}; the opposite at the cold bath and the drive."""
        return self.hot.skewness

    @property
    def uncertainty_ratio(self) -> Real:
        """Noise × σ/J², dimensionless, the same at both baths and the drive; nan where the flux vanishes.

        At least 2 for classical Markov processes (Barato and Seifert, PRL 114, 158101); with coherence a machine can
        be below (Kalaee, Wacker and Potts, PRE 104, L012103).  In balance it tends to 2, and a bath of occupation 0
        makes it infinite.  It is negative where σ is, for correlated dipoles with unequal occupations.
        """
        return scalar(self.fano_factor * _ratio(self.entropy_production, np.abs(self.hot.mean)))

    @property
    def fano_factor_error(self) -> Real:
        """How far the Fano factor may be from that of the true machine; nan where the flux vanishes."""
        return spread(self.fano_factor, (self.hot.noise, self._errors[1]), (self.hot.mean, self._errors[0]))

    @property
    def uncertainty_ratio_error(self) -> Real:
        """How far the uncertainty ratio may be from that of the true machine; nan where the flux vanishes."""
        flux, noise = (self.hot.mean, self._errors[0]), (self.hot.noise, self._errors[1])
        # where the state leaves σ open, the equations of the cumulants need not
        produced = self.entropy_production, np.fmin(self.entropy_production_error, self._errors[3])
        return spread(self.uncertainty_ratio, noise, flux, produced, flux)

    @property
    def beats_classical(self) -> Boolean:
        """Where noise × σ/J² is for certain below the 2 of classical processes: by more than its error."""
        return scalar(self.uncertainty_ratio + self.uncertainty_ratio_error < _CLASSICAL)

    def _in_words(self) -> str:
        return (
            f"{batch_in_words(self.batch_shape)}flux {span(self.hot.mean)}, noise {span(self.hot.noise)}, "
            f"third {span(self.hot.third)}, Fano factor {span(self.fano_factor)}, "
            f"uncertainty ratio {span(self.uncertainty_ratio)}, residual {span(self.residual, 2)}"
        )


@overload
def counting_statistics(state: MaserState, *, flows: Thermodynamics | None = ...) -> CountingStatistics: ...
@overload
def counting_statistics(state: BathState, *, counted: Counted | None = ...) -> ChannelStatistics: ...
@overload
def counting_statistics(state: SolvedState, *, counted: Counted) -> ChannelStatistics: ...
@overload
def counting_statistics(
    state: SolvedMachine, *, flows: Thermodynamics | None = ..., counted: Counted | None = ...
) -> CountingStatistics | ChannelStatistics: ...
def counting_statistics(
    state: Any, *, flows: Thermodynamics | None = None, counted: Counted | None = None
) -> CountingStatistics | ChannelStatistics:
    """Return how exchanged quanta fluctuate: three cumulants of a thermal maser, mean and covariances of any channels.

    Of a maser, quanta exchanged with its baths and its drive.  Exactly degenerate machines with independent dipoles are
    answered in closed form, at any N; all others by one Schur form and five Lyapunov equations, O(N³) a machine,
    whatever their dipoles, occupations, splittings and detuning.  Of any Lindblad equation, jumps of its channels: the
    tilted generator, inverted in stacks up to eight levels and sparse beyond.

    Parameters
    ----------
    state
        The `SteadyState` of a `ThermalMaser`, or of any Lindblad equation, one or a batch.
    flows
        Of a maser, its `Thermodynamics` with energies of the bare levels, if there is one already; else it is worked
        out.
    counted
        Of any other system, weights of channels by the name of what they are counted for: ``{"hot": {0: -1, 1: 1}}``,
        or one weight for each channel.  Without, the energy that jumps of each bath bring in by its frequencies.

    Raises
    ------
    ArgumentError
        If the state is not that of a thermal maser or a Lindblad equation, has more than 1000 manifold levels and no
        closed form, or memory would not suffice; if there is nothing to count, or a weight is given to no channel.
    """
    if counted is not None or (isinstance(getattr(state, "system", None), Model) and not _has_maser(state)):
        if flows is not None:
            raise requirement("flows", "be left out where channels are counted", f"it is {type(flows).__name__}")
        return channel_statistics(state, counted)
    flows = bare_flows(state, flows)
    maser = state.system
    assert isinstance(maser, ThermalMaser)
    batch = state.density.batch_shape
    solved = np.isfinite(np.broadcast_to(state.density.ground_population, batch)).reshape(-1)
    machines = maser.generator()
    mean, noise, third, residual = (row.reshape(batch) for row in _cumulants(machines, solved))
    return CountingStatistics(
        hot=Cumulants(mean, noise, third),
        entropy_production=flows.entropy_production,
        entropy_production_error=flows.entropy_production_error,
        flux=flows.flux,
        residual=residual,
        machines=machines,
    )


def _has_maser(state: Any) -> bool:
    return isinstance(state.system, ThermalMaser)


@one_blas_thread
def scaled_generating_function(maser: ThermalMaser, counting_field: object) -> Real:
    """Return θ(ξ) = lim ln<e^{ξ n}>/t with n the net quanta from the hot bath into one machine.

    θ is the generator's largest eigenvalue with e^ξ on each of these quanta, and its derivatives at ξ = 0 are the
    cumulants.  At the cold bath and the drive it is θ(−ξ).

    For one occupation n_h of all levels θ(ξ) = θ(A − ξ) with A = ln[(1 + 1/n_h)/(1 + 1/n_c)], minus the affinity of
    the flux from hot to cold (Gallavotti and Cohen): quanta against the affinity are rarer by e^{−A} each.  It needs a
    drift that a diagonal unitary makes symmetric.  Independent dipoles always have one; correlated dipoles where the
    phases of all λ_j are equal up to signs, and otherwise only θ(ξ; λ) = θ(A − ξ; λ^*) holds.

    Parameters
    ----------
    maser
        One `ThermalMaser`, with a unique steady state.
    counting_field : (...)
        ξ, real, at most 20 in modulus, or 100 where there is a closed form.

    Returns
    -------
    (...) θ in units of ω_1.

    Raises
    ------
    ArgumentError
        If ``maser`` is a batch or too large, or a counting field does not fit.
    SteadyStateError
        If the machine has no unique, positive steady state.
    """
    if not isinstance(maser, ThermalMaser):
        raise requirement("maser", "be a ThermalMaser", f"it is {type(maser).__name__}")
    if maser.batch_shape:
        raise requirement("maser", "be one machine", f"its batch shape is {maser.batch_shape}; loop over its points")
    block = maser.generator()
    limit = _LARGEST_CLOSED if block.collective else _LARGEST_FIELD
    tilts = as_real("counting_field", counting_field, minimum=-limit, maximum=limit)
    if not block.collective:
        _require_few_levels("maser", block.manifold_levels)
    steady_state(maser)
    renewal = (BrightCycle if block.collective else BlockCycle).of(block.flat())
    pole, unit = renewal.pole, float(renewal.unit[0])
    out = np.empty(tilts.size)

    def find(point: int) -> None:
        out[point] = unit * _largest_root(renewal.equation(float(tilts.flat[point])), pole)

    side_by_side(find, range(tilts.size))
    if np.isnan(out).any():
        worst = tilts.flat[int(np.flatnonzero(np.isnan(out))[0])]
        raise requirement(
            "counting_field",
            "leave θ above twice the slowest decay of the excited levels",
            f"at {worst:.6g} it is not, because the levels that decay most slowly are never filled",
        )
    return out.reshape(tilts.shape)


def _ratio(values: Real, positive: Real) -> Real:
    """Return values/positive, and nan where the divisor vanishes."""
    return scalar(np.where(positive > 0.0, values / np.where(positive > 0.0, positive, 1.0), np.nan))


def _cumulants(block: PumpedManifold, solved: Boolean) -> Real:
    """Return mean, noise, third cumulant and residual, rows ``(4, points)``; nan where ``solved`` is false."""
    flat, points = block.flat(), solved.size
    out = np.full((_ROWS, points), np.nan)
    if block.collective:

        def read(chunk: slice) -> None:
            # rates a hundred orders of magnitude apart leave nan, not a warning
            with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
                out[:, chunk] = BrightCycle.of(flat.part(chunk)).cumulants()

        over_points(read, points, levels=block.manifold_levels)
        out[:, ~solved] = np.nan
        return out
    _require_few_levels("state", block.manifold_levels)
    index = np.flatnonzero(solved)
    bytes_each = 16 * _COPIES * (block.manifold_levels + 1) ** 2
    step = max(1, CHUNK_BYTES // bytes_each)
    require_memory(
        "state",
        8 * _ROWS * points + min(step * cores(), points) * bytes_each,
        what=f"the counting statistics of {points} machines of {block.manifold_levels} levels",
    )

    def solve(begin: int) -> None:
        some = index[begin : begin + step]
        out[:, some] = BlockCycle.of(flat.part(some)).cumulants()

    side_by_side(solve, range(0, len(index), step))
    return out


def _require_few_levels(name: str, levels: int) -> None:
    """Refuse machines too large for a Schur form."""
    if levels > CUBIC_LEVELS:
        raise requirement(
            name,
            f"have at most {CUBIC_LEVELS} manifold levels, or independent dipoles, one occupation and no splittings",
            f"it has {levels} levels; count the quanta of a machine with fewer of them",
        )


def _largest_root(equation: Equation, pole: float) -> float:
    """Return the zero of an increasing function above ``pole``, by Newton's iteration; nan where there is none.

    Emission is a sum of decaying exponentials in time, so the renewal equation is concave in θ: from the left Newton's
    steps never pass the root.  Bisection takes over where a step would leave the interval that is left.
    """
    low, high, point = pole, math.inf, 0.0
    for _ in range(_STEPS):
        value, slope = equation(point)
        if value < 0.0:
            low = point
        elif value > 0.0:
            high = point
        else:
            return point if value == 0.0 else math.nan
        step = point - value / slope if slope > 0.0 else math.nan
        if high == math.inf:
            # for large counting fields θ grows like their exponential, which Newton's steps approach slowly
            step = max(step, 2.0 * point) if step > low else 2.0 * max(point, 1.0)
        elif not low < step < high:
            step = 0.5 * (low + high)
        if abs(step - point) <= 4.0 * EPS * abs(step):
            return step if step - pole > 64.0 * EPS * abs(pole) else math.nan
        point = step
    return math.nan
