"""Entropy production −Σ Q_a/T_a with its error, from quanta and from what each of them is worth.

As no more quanta leave the manifold than enter it, differences of logarithms are all that bare energies need:

    σ = J ln(r_2/r_c) + Σ_j J_j ln(r_j/r_2).

An empty bath has T = 0: what flows into it produces infinite entropy.  Whether anything does is a sign, and no sign is
taken from a number that is not larger than its error: then the rest is given, with an infinite error.
"""

from typing import Final

import numpy as np

from torusync._checks import Real
from torusync.conventions import EPS
from torusync.steady.accuracy import TINY
from torusync.thermo.interaction import Interaction
from torusync.thermo.machines import Machines

Known = tuple[Real, Real]
"""A number and its error, both ``(points)``; of J_j ``(N, points)`` that of any Σ_j w_j J_j with moduli up to 1."""

LOGARITHM: Final = 6.0 * EPS
"""Relative rounding of a logarithm from occupations, of its product with a flow, and of what that is added to."""


def production(machines: Machines, flux: Known, quanta: Known, interaction: Interaction | None) -> Known:
    """Return σ from J and J_j of bare energies or, with what the baths give to the interaction, of driven ones."""
    with np.errstate(all="ignore"):
        none, finite = np.zeros(1), machines.finite
        sign = none, none
        if not finite:
            (value, error), sign = _by_bath(machines, flux, quanta)
        if finite or not np.isinf(machines.affinity).all():
            bare, bare_error = _bare(machines, flux, quanta)
            known = finite or np.isfinite(bare) | np.isnan(flux[0])
            value, error = (
                (bare, bare_error) if finite else (np.where(known, bare, value), np.where(known, bare_error, error))
            )
        if interaction is not None:
            hot, cold = _own(machines)
            warm = np.where(np.isinf(hot), 0.0, hot), np.where(np.isinf(cold), 0.0, cold)
            value, error = _plus((value, error), _given(machines, interaction, *warm))
            if not finite:
                sign = _plus(sign, _given(machines, interaction, 1.0 * np.isinf(hot), 1.0 * np.isinf(cold)))
        if not finite:
            value, error = _judged((value, error), sign)
        if interaction is not None or not np.isfinite(error).all():
            # with one occupation the state is thermal, and nothing flows; else nothing is known where no flow is
            still, wrong = machines.balanced & np.isfinite(value), np.isinf(flux[1])
            value, error = np.where(still, 0.0, value), np.where(still, 0.0, np.where(wrong, np.inf, error))
        return value, error


def _own(machines: Machines) -> Known:
    """Return −ln r of the baths, ``(N, points)`` or ``(1, points)`` and ``(points)``."""
    assert machines.hot_surprise is not None
    assert machines.cold_surprise is not None
    return machines.hot_surprise, machines.cold_surprise[0]


def _given(machines: Machines, interaction: Interaction, hot: Real, cold: Real) -> Known:
    """Return what σ loses to the interaction, which takes −ln r over the energy of each level, and its error."""
    value, error = interaction.weighted(hot / machines.hot_energy)
    base = cold / machines.cold_energy[0]
    given = interaction.cold * base
    error = error + base * interaction.cold_error + LOGARITHM * (np.abs(value) + np.abs(given))
    return 0.0 - value - given, error


def _bare(machines: Machines, flux: Known, quanta: Known) -> Known:
    (flow, flow_error), size = flux, np.abs(machines.affinity[0])
    # (0.0 +, because a machine at rest would otherwise be reported as −0)
    value = 0.0 + machines.affinity[0] * flow
    error = np.abs(flow)
    error *= LOGARITHM
    error += flow_error
    error *= size
    error += TINY * (size > 0.0)
    if machines.uneven is not None:
        entered, wrong = quanta
        largest = np.abs(machines.uneven).max(axis=0)
        value = value + (machines.uneven * entered).sum(axis=0)
        error = error + largest * (wrong + LOGARITHM * np.abs(entered).sum(axis=0)) + EPS * np.abs(value)
    return value, error


def _by_bath(machines: Machines, flux: Known, quanta: Known) -> tuple[Known, Known]:
    """Return the same where one bath is empty beside one that is not: what the others produce, and what decides.

    Levels at T = 0 and |1> there count together.  As many quanta leave as enter, so that only those count that enter
    or leave at other temperatures.
    """
    (flow, flow_error), (entered, wrong), (hot, cold) = flux, quanta, _own(machines)
    if len(hot) == 1:
        return _by_bath_of_one(machines, flux, hot[0], cold)
    empty, bottom = np.isinf(hot), np.isinf(cold)
    every, no = empty.all(axis=0), ~empty.any(axis=0)
    whole = np.where(no & bottom, 1.0, np.where(every & ~bottom, -1.0, 0.0))
    some = np.where(every | no, 0.0, np.where(bottom, 1.0 * ~empty, -1.0 * empty))
    still, nothing = some == 0.0, entered == 0.0
    if nothing.any():
        # nothing flows for certain into levels that are alone or without a bath
        isolated = (machines.drive == 0.0) & (machines.dipoles is None) | (machines.hot_damping == 0.0)
        still = still | isolated & nothing
    doubt = np.abs(whole) * _doubted(machines, flux) + np.where(still.all(axis=0), 0.0, wrong)
    hot, cold = np.where(empty, 0.0, hot), np.where(bottom, 0.0, cold)
    heat, size = (hot * entered).sum(axis=0), (hot * np.abs(entered)).sum(axis=0)
    error = cold * flow_error + hot.max(axis=0) * wrong + TINY
    error += (LOGARITHM + len(entered) * EPS) * (np.abs(flow) * cold + size)
    return (flow * cold - heat, error), (whole * flow + (some * entered).sum(axis=0), doubt)


def _by_bath_of_one(machines: Machines, flux: Known, hot: Real, cold: Real) -> tuple[Known, Known]:
    """Return the same of one temperature of all levels: it needs J alone, whatever rounding has done to each J_j."""
    (flow, flow_error), empty, bottom = flux, np.isinf(hot), np.isinf(cold)
    whole = 1.0 * bottom - 1.0 * empty
    warm = np.where(empty, 0.0, hot), np.where(bottom, 0.0, cold)
    both = warm[0] + warm[1]
    error = both * (flow_error + (LOGARITHM + len(machines.drive) * EPS) * np.abs(flow)) + TINY
    return (flow * (warm[1] - warm[0]), error), (whole * flow, np.abs(whole) * _doubted(machines, flux))


def _doubted(machines: Machines, flux: Known) -> Real:
    """Return the error of J, which through a machine without a drive or either bath is certain."""
    flow_error, still = flux[1], flux[0] == 0.0
    if not still.any():
        return flow_error
    alone = ~(machines.drive != 0.0).any(axis=0) | ~(machines.hot_damping != 0.0).any(axis=0)
    return np.where((alone | (machines.cold_damping[0] == 0.0)) & still, 0.0, flow_error)


def _plus(one: Known, other: Known) -> Known:
    value = one[0] + other[0]
    return value, one[1] + other[1] + EPS * np.abs(value)


def _judged(rest: Known, sign: Known) -> Known:
    """Return infinity where the sign of what decides is certain, and the rest where it is nothing for certain."""
    (value, error), (decides, doubt) = rest, sign
    sure, none = np.abs(decides) > doubt, (decides == 0.0) & (doubt == 0.0)
    known = none | np.isnan(decides)
    return np.where(sure, np.copysign(np.inf, decides), value), np.where(sure, 0.0, np.where(known, error, np.inf))
