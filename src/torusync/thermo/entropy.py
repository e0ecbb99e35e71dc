"""Entropy production −Σ Q_a/T_a with its error, from quanta and from what each of them is worth.

A quantum from a bath with the ratio r = n/(1 + n) takes −ln r of entropy with it.  The difference of two logarithms
has no digits left between hot baths or baths nearly in balance, while ln(r_j/r_c) from occupations has all of them;
and as no more quanta leave the manifold than enter it, such differences are all that bare energies need:

    σ = J ln(r_2/r_c) + Σ_j J_j ln(r_j/r_2).

An empty bath has T = 0: what flows into it produces infinite entropy.  Whether anything does is a sign, and no sign is
taken from a number that is not larger than its error: then the rest is given, with an infinite error.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Real
from torusync.conventions import EPS
from torusync.generators import points_last
from torusync.steady.accuracy import TINY
from torusync.thermo.interaction import Interaction

Known = tuple[Real, Real]
"""A number and its error, both ``(points)``."""

_LOGARITHM: Final = 6.0 * EPS
"""Relative rounding of a logarithm from occupations, of its product with a flow, and of what that is added to."""


def shared(values: Any, batch: tuple[int, ...]) -> Any:
    """Return values ``(..., n)`` of a batch as ``(n, points)``, or as one column where they belong to every point."""
    return values[:, np.newaxis] if values.ndim == 1 else points_last(values, batch)


def some(values: Any, chunk: slice) -> Any:
    """Return some of the points."""
    return values if values.shape[1] == 1 else values[:, chunk]


@final
@dataclass(frozen=True, eq=False)
class Forces:
    """What quanta are worth, points last.

    Parameters
    ----------
    affinity : (1, points) ln(r_2/r_c)
    size, least : (1, points) its modulus, and the smallest error of what it is multiplied with
    uneven : (N, points) ln(r_j/r_2), None where all are 0
    hot, cold : (N, points) or (1, points), and (1, points)
        −ln r of each bath, one row where that is one of all levels; None where differences are enough
    """

    affinity: Real
    size: Real
    least: Real
    uneven: Real | None = None
    hot: Real | None = None
    cold: Real | None = None

    @classmethod
    def of(cls, n_hot: Real, n_cold: Real, batch: tuple[int, ...], *, driven: bool) -> "Forces":
        """Return the forces of flat batches; where interactions count, with each bath's own."""
        n_cold, first = n_cold[..., np.newaxis], n_hot[..., :1]
        with np.errstate(all="ignore"):
            affinity, uneven = _affinity(first, n_cold), _affinity(n_hot, first) if n_hot.shape[-1] > 1 else None
            if uneven is not None and not uneven.any():
                uneven = None
            finite = np.isfinite(affinity).all() and (uneven is None or np.isfinite(uneven).all())
            size = np.abs(affinity)
            parts = {"affinity": affinity, "size": size, "least": TINY * (size > 0.0), "uneven": uneven}
            if driven or not finite:
                parts |= {"hot": _surprise(first if uneven is None else n_hot), "cold": _surprise(n_cold)}
        known = {name: values for name, values in parts.items() if values is not None}
        return cls(**{name: shared(values, batch) for name, values in known.items()})

    def part(self, chunk: slice) -> "Forces":
        """Return some of the points."""
        parts = {name: some(values, chunk) for name, values in vars(self).items() if values is not None}
        return replace(self, **parts)

    @property
    def finite(self) -> bool:
        """Whether no bath is empty beside one that is not."""
        known = bool(np.isfinite(self.affinity).all())
        return known and (self.uneven is None or bool(np.isfinite(self.uneven).all()))

    @property
    def balanced(self) -> Boolean:
        """Where all occupations are one, so that nothing flows whatever the drive does."""
        still = self.affinity[0] == 0.0
        return np.asarray(still if self.uneven is None else still & ~self.uneven.any(axis=0))


def _affinity(one: Real, other: Real) -> Real:
    """Return ln(r_one/r_other) of occupations, to a few ε of itself."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    apart = (high - low) / (1.0 + high)
    ratio = apart / low
    # below 1e-308 the quotient may be too large for a double where its logarithm is not
    size = np.where(np.isinf(ratio) & (low > 0.0), np.log(apart) - np.log(low), np.log1p(ratio))
    return np.asarray(np.where(high == low, 0.0, np.where(one < other, -size, size)))


def _surprise(occupation: Real) -> Real:
    """Return −ln r = ln(1 + 1/n), infinite where the bath is empty."""
    inverse = 1.0 / occupation
    return np.asarray(np.where(np.isinf(inverse), -np.log(occupation), np.log1p(inverse)))


@final
@dataclass(frozen=True, eq=False)
class Exchange:
    """What flows, points last.

    Parameters
    ----------
    flux : J and its error
    quanta : J_j ``(N, points)``, and what any Σ_j w_j J_j with moduli up to 1 may be off by
    drive : (N, points) λ_j
    damping : (N, points) or (1, points), and (points), of the hot bath and of the cold one
    independent
        Whether the dipoles are.
    """

    flux: Known
    quanta: Known
    drive: Complex
    damping: tuple[Real, Real]
    independent: bool

    @property
    def blocked(self) -> Boolean:
        """Where J is 0 exactly: nothing drives the machine, or a bath is not coupled."""
        hot, cold = self.damping
        return np.asarray(~self.drive.any(axis=0) | (cold == 0.0) | ~hot.any(axis=0))

    @property
    def isolated(self) -> Boolean:
        """Of which levels J_j is 0 exactly, ``(N, points)``."""
        alone = (self.drive == 0.0) & self.independent
        return np.asarray(alone | (self.damping[0] == 0.0))


def production(forces: Forces, exchange: Exchange, interaction: "Given | None") -> Known:
    """Return σ of bare energies or, with what the baths give to the interaction, of driven ones."""
    with np.errstate(all="ignore"):
        (value, error), none = _bare(forces, exchange.flux, exchange.quanta), np.zeros(1)
        sign = none, none
        if not forces.finite:
            known = np.isfinite(value) | np.isnan(exchange.flux[0])
            (rest, rest_error), sign = _by_bath(forces, exchange)
            value, error = np.where(known, value, rest), np.where(known, error, rest_error)
        if interaction is not None:
            assert forces.hot is not None
            assert forces.cold is not None
            warm = (np.where(np.isinf(one), 0.0, one) for one in (forces.hot, forces.cold[0]))
            value, error = _plus((value, error), interaction.worth(*warm))
            if not forces.finite:
                sign = _plus(sign, interaction.worth(1.0 * np.isinf(forces.hot), 1.0 * np.isinf(forces.cold[0])))
        if not forces.finite:
            value, error = _judged((value, error), sign)
        if interaction is not None or not np.isfinite(error).all():
            # with one occupation the state is thermal, and nothing flows; else nothing is known where no flow is
            still, wrong = forces.balanced & np.isfinite(value), np.isinf(exchange.flux[1])
            value, error = np.where(still, 0.0, value), np.where(still, 0.0, np.where(wrong, np.inf, error))
        return value, error


def _bare(forces: Forces, flux: Known, quanta: Known) -> Known:
    flow, flow_error = flux
    # (0.0 +, because a machine at rest would otherwise be reported as −0)
    value = 0.0 + forces.affinity[0] * flow
    error = np.abs(flow)
    error *= _LOGARITHM
    error += flow_error
    error *= forces.size[0]
    error += forces.least[0]
    if forces.uneven is not None:
        entered, wrong = quanta
        largest = np.abs(forces.uneven).max(axis=0)
        value = value + (forces.uneven * entered).sum(axis=0)
        error = error + largest * (wrong + _LOGARITHM * np.abs(entered).sum(axis=0)) + EPS * np.abs(value)
    return value, error


def _by_bath(forces: Forces, exchange: Exchange) -> tuple[Known, Known]:
    """Return the same where one bath is empty beside one that is not: what the others produce, and what decides.

    Levels at T = 0 and |1> there count together.  As many quanta leave as enter, so that only those count that enter
    or leave at other temperatures.
    """
    assert forces.hot is not None
    assert forces.cold is not None
    (flow, flow_error), (entered, wrong) = exchange.flux, exchange.quanta
    empty, bottom = np.broadcast_to(np.isinf(forces.hot), entered.shape), np.isinf(forces.cold[0])
    every, no = empty.all(axis=0), ~empty.any(axis=0)
    whole = np.where(no & bottom, 1.0, np.where(every & ~bottom, -1.0, 0.0))
    some = np.where(every | no, 0.0, np.where(bottom, 1.0 * ~empty, -1.0 * empty))
    still = (exchange.isolated & (entered == 0.0)) | (some == 0.0)
    doubt = np.abs(whole) * np.where(exchange.blocked & (flow == 0.0), 0.0, flow_error)
    doubt = doubt + np.where(still.all(axis=0), 0.0, wrong)
    hot, cold = np.where(empty, 0.0, forces.hot), np.where(bottom, 0.0, forces.cold[0])
    # one temperature of all levels needs J alone, whatever rounding has done to the flow into each
    single = len(forces.hot) == 1
    heat, size = (flow * hot[0], np.abs(flow) * hot[0]) if single else (hot * entered, hot * np.abs(entered))
    heat, size = (one if single else one.sum(axis=0) for one in (heat, size))
    error = cold * flow_error + hot.max(axis=0) * (flow_error if single else wrong) + TINY
    error += (_LOGARITHM + len(entered) * EPS) * (np.abs(flow) * cold + size)
    return (flow * cold - heat, error), (whole * flow + (some * entered).sum(axis=0), doubt)


def _plus(one: Known, other: Known) -> Known:
    value = one[0] + other[0]
    return value, one[1] + other[1] + EPS * np.abs(value)


def _judged(rest: Known, sign: Known) -> Known:
    """Return infinity where the sign of what decides is certain, and the rest where it is nothing for certain."""
    (value, error), (decides, doubt) = rest, sign
    sure, none = np.abs(decides) > doubt, (decides == 0.0) & (doubt == 0.0)
    known = none | np.isnan(decides)
    return np.where(sure, np.copysign(np.inf, decides), value), np.where(sure, 0.0, np.where(known, error, np.inf))


@final
@dataclass(frozen=True, eq=False)
class Given:
    """What baths give to the interaction, as a production of entropy; energies ``(N, points)``, ``(1, points)``."""

    interaction: Interaction
    hot_energy: Real
    cold_energy: Real

    def worth(self, hot: Real, cold: Real) -> Known:
        """Return minus what is given times −ln r over the energy of each level, and the error of that."""
        value, error = self.interaction.weighted(hot / self.hot_energy)
        base = (cold / self.cold_energy)[0]
        given = self.interaction.cold * base
        error = error + base * self.interaction.cold_error + _LOGARITHM * (np.abs(value) + np.abs(given))
        return 0.0 - value - given, error
