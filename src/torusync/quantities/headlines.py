"""The few lines that a person reads first: what was solved, how it runs, how strongly it locks, why, what to mind."""

from typing import Final

import numpy as np

from torusync._show import in_greek
from torusync.analysis.shares import Verdict
from torusync.conventions import CERTIFIED_GAP
from torusync.quantities.entries import CURRENTS, INTERPLAY
from torusync.quantities.quantity import QUANTITIES
from torusync.quantities.solution import Solution
from torusync.steady import SteadyState
from torusync.steady.truncation import TAIL
from torusync.thermo import FirstLaw, HeatFlows, Regime, SecondLaw

_UNCERTAIN: Final = 1e-8
"""Error of a state from which on it is told: S_max and currents have fewer digits than are printed."""


def headlines(solution: Solution, machine: str) -> list[str]:
    """Return one sentence each on the machine, its regime, S_max, the interplay, and what to mind.

    Parameters
    ----------
    solution
        Of one state.
    machine
        What was solved, in a few words.
    """
    lines = [f"{machine}."]
    if CURRENTS.suits(solution):
        lines.append(regime_in_words(solution))
    lines.append(locking_in_words(solution))
    if INTERPLAY.suits(solution) and not INTERPLAY.left_out(solution):
        lines.append(interplay_in_words(solution))
    return [*lines, *(warnings(solution) or ["No warnings."])]


def regime_in_words(solution: Solution) -> str:
    """Return how a system with heat and work runs."""
    flows, factor = solution.thermodynamics, solution.factor(QUANTITIES["power"])
    value = float(flows.power) * factor
    unit = in_greek(solution.unit(QUANTITIES["power"])).replace("hbar", "ħ").replace("^2", "²")
    if isinstance(flows, HeatFlows):
        heats = ", ".join(f"{name} {float(heat) * factor:.6g}" for name, heat in flows.heats.items())
        return f"Power {value:.6g} {unit}, heat from the baths: {heats}."
    regime = Regime(int(flows.regime_codes))
    text = f"{regime.name.capitalize()}: power {value:.6g} {unit}"
    if regime is Regime.ENGINE and np.isfinite(flows.efficiency):
        text += f", efficiency {float(flows.efficiency):.6g}"
    if regime is Regime.REFRIGERATOR and np.isfinite(flows.cop):
        text += f", coefficient of performance {float(flows.cop):.6g}"
    return text + "."


def locking_in_words(solution: Solution) -> str:
    """Return S_max and whether it is proven."""
    sync = solution.synchronization
    if sync.pair_sum == 0.0:
        if sync.s_max_error > 0.0:
            return f"S_max = 0: no coherence is seen, and what may hide reaches {float(sync.s_max_error):.2g} at most."
        return "S_max = 0, exactly: there is no coherence."
    value = f"10^{float(sync.log10_s_max):.6g}" if sync.underflows else f"{float(sync.s_max):.6g}"
    if sync.certified:
        return f"S_max = {value}, proven: no phases reach more, to a relative {CERTIFIED_GAP:g}."
    return f"S_max ≥ {value}, and at most {float(sync.relative_gap):.2g} of the bound more: the certificate is open."


def interplay_in_words(solution: Solution) -> str:
    """Return whether sets of coherences cooperate or compete."""
    found = solution.interplay
    names = " and ".join(found.alone)
    match Verdict(int(found.verdict_codes)):
        case Verdict.COOPERATE:
            return f"{names} cooperate: ΣS is {float(found.gain):.1%} above that of unrelated phase preferences."
        case Verdict.COMPETE:
            return f"{names} compete: ΣS is {-float(found.gain):.1%} below that of unrelated phase preferences."
        case _:
            return f"{names} neither cooperate nor compete: {why_neutral(solution)}."


def why_neutral(solution: Solution) -> str:
    """Return why there is no verdict, in a few words."""
    found = solution.interplay
    if found.pair_sum == 0.0:
        return "there is no coherence"
    if np.isnan(found.rank):
        return "no closed loop of coherences runs through several sets, so there is nothing to agree on"
    return f"the difference from chance is not resolved by {found.draws} draws"


def warnings(solution: Solution) -> list[str]:
    """Return what to mind, a sentence each."""
    found, sync = [], solution.synchronization
    if isinstance(solution.state, SteadyState) and solution.state.error > _UNCERTAIN:
        found.append(f"Mind: the state may be off by {float(solution.state.error):.2g} in the trace norm.")
    if sync.s_max_error > 1e-6 * sync.s_max > 0.0:
        found.append(f"Mind: S_max of the true state may differ by {float(sync.s_max_error):.2g}.")
    if isinstance(solution.state, SteadyState) and (cut := solution.state.truncation) and cut.tail >= TAIL:
        found.append(
            f"Mind: the highest level of a mode holds {float(cut.tail):.2g}: leave the cut-off out, or raise it."
        )
    if sync.underflows:
        found.append("Mind: S_max underflows at so many levels; log10_s_max, scaled and the pair sum do not.")
    return found + _broken_laws(solution) if CURRENTS.suits(solution) else found


def _broken_laws(solution: Solution) -> list[str]:
    """Return what to mind of energy and entropy; what only could not be tested is no fault."""
    flows, found = solution.thermodynamics, []
    if isinstance(flows, HeatFlows):
        first, second = FirstLaw(int(flows.first_law_codes)), SecondLaw(int(flows.second_law_codes))
        broken = (first, first is FirstLaw.BROKEN), (second, second is SecondLaw.BROKEN)
        return [f"Mind: {law.sentence}" for law, is_broken in broken if is_broken]
    if not flows.first_law_holds:
        found.append("Mind: energy is not conserved to rounding.")
    if not flows.second_law_holds:
        found.append("Mind: the entropy production is negative, as correlated dipoles or driven energies can have it.")
    return found
