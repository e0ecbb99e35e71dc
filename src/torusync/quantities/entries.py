"""The quantities of a thermal machine and of any state: names, symbols, units, sources, and where each comes from.

A row a quantity, in the order of the tables.  How a number is worked out stands where it is worked out; nothing here
computes.
"""

from collections.abc import Callable
from functools import partial
from itertools import combinations
from operator import attrgetter
from typing import Any, Final

import numpy as np

from torusync._limits import (
    CHANNEL_LEVELS,
    COMPARED_LEVELS,
    COUNTED_LEVELS,
    TRIANGLE_LEVELS,
    WRITTEN,
    WRITTEN_LEVELS,
    WRITTEN_TRIANGLES,
)
from torusync.analysis.shares import Verdict
from torusync.densities import ThermalPlusCollective
from torusync.models import ThermalMaser, Truncated
from torusync.phases import SUD, Optimum, Proof
from torusync.quantities.quantity import Part, Quantity, Unit, register
from torusync.quantities.solution import Solution
from torusync.steady import Status, SteadyState
from torusync.thermo import Bookkeeping, Condition, FirstLaw, Regime, SecondLaw
from torusync.thermo.exchange import changes

LETTER: Final = "PRL 131, 030401"
COMPANION: Final = "PRA 108, 012205"


def _is_solved(solution: Solution) -> bool:
    return isinstance(solution.state, SteadyState)


def _has_modes(solution: Solution) -> bool:
    return isinstance(solution.system, Truncated)


def _is_cut_off(solution: Solution) -> bool:
    return _is_solved(solution) and _has_modes(solution)


def _is_maser(solution: Solution) -> bool:
    return isinstance(solution.system, ThermalMaser)


def _is_steady_maser(solution: Solution) -> bool:
    return _is_maser(solution) and not changes(solution.state)


def _has_baths(solution: Solution) -> bool:
    return getattr(solution.system, "baths", None) is not None


def _exchanges(solution: Solution) -> bool:
    return _is_maser(solution) or _has_baths(solution)


def _has_temperatures(solution: Solution) -> bool:
    """Whether entropy follows: a bath without a temperature may still have pairs of channels, which tell it."""
    baths = getattr(solution.system, "baths", None)
    return baths is None or all(one.temperature is not None or one.frequencies is not None for one in baths.members)


def _flows_entropy(solution: Solution) -> bool:
    return _has_baths(solution) and _has_temperatures(solution)


def _uncounted(solution: Solution) -> str:
    manifold = solution.density.dimension - 2
    closed = isinstance(solution.density, ThermalPlusCollective)
    return "" if closed or manifold <= COUNTED_LEVELS else f"not worked out above {COUNTED_LEVELS} manifold levels"


def _counts_heat(solution: Solution) -> bool:
    """Whether jumps of every bath carry a frequency each."""
    return _has_baths(solution) and all(one.frequencies is not None for one in solution.system.baths.members)


def _many_channels(solution: Solution) -> str:
    fits = solution.density.dimension <= CHANNEL_LEVELS
    return "" if fits else f"not worked out above {CHANNEL_LEVELS} levels"


def _not_compared(solution: Solution) -> str:
    if solution.batch_shape:
        return "worked out for one state, and for a batch when asked by name"
    if solution.sets is not None:
        return ""
    if not getattr(solution.system, "coherence_sets", ()):
        return "neither the system nor the user names sets of coherences"
    fits = solution.density.dimension <= COMPARED_LEVELS
    return "" if fits else f"not worked out above {COMPARED_LEVELS} levels"


def _not_listed(solution: Solution) -> str:
    if solution.batch_shape:
        return "listed for one state, not for a batch"
    if solution.density.dimension > TRIANGLE_LEVELS:
        return f"not listed above {TRIANGLE_LEVELS} levels"
    return ""


STATE: Final = Part("steady_state", "steady state", _is_solved)
CUTOFF: Final = Part("truncation", "cut-off of modes", _is_cut_off, lambda _: "asked by name, it is solved once more")
DENSITY: Final = Part("density", "density matrix")
PHASES: Final = Part("synchronization", "synchronization")
CURRENTS: Final = Part("thermodynamics", "thermodynamics", _exchanges)
BOUNDS: Final = Part("bounds", "bounds by S_max, bare energies", _is_steady_maser)
COUNTING: Final = Part("fluctuations", "fluctuations, quanta from the hot bath", _is_steady_maser, _uncounted)
HEATS: Final = Part("heat_fluctuations", "fluctuations of heat, quanta of the baths", _counts_heat, _many_channels)
INTERPLAY: Final = Part("interplay", "interplay of sets of coherences, in pair sums", left_out=_not_compared)
TRIANGLES: Final = Part("frustration", "frustration of phase preferences", left_out=_not_listed)


def _coherences(solution: Solution) -> Any:
    density = solution.density
    pairs = combinations(range(density.dimension), 2)
    return np.stack([density.coherence(i, j) for i, j in pairs], axis=-1)


def _sums_pairs(solution: Solution) -> bool:
    return solution.reading.levels


def _knows_errors(solution: Solution) -> bool:
    return bool(np.isfinite(solution.reading.error(solution.density.dimension, np.zeros(()))))


def _has_few_levels(solution: Solution) -> bool:
    return 2 <= solution.density.dimension <= WRITTEN_LEVELS


def _by_set(rows: Callable[[Solution], Any]) -> Callable[[Solution], Any]:
    """Return what stacks a mapping by set along a last axis."""
    return lambda solution: np.stack([np.asarray(row) for row in rows(solution).values()], axis=-1)


def _fractions(solution: Solution) -> Any:
    sync = solution.synchronization
    whole = np.where(sync.pair_sum > 0.0, sync.pair_sum, np.nan)
    return np.stack([share / whole for share in sync.pair_shares.values()], axis=-1)


def _names_sets(solution: Solution) -> bool:
    return _sums_pairs(solution) and bool(solution.synchronization.coherence_sets)


def _is_one(solution: Solution) -> bool:
    return not solution.batch_shape


def _lists_optima(solution: Solution) -> bool:
    if solution.batch_shape:
        return False
    sync = solution.synchronization
    carrying = int(np.isfinite(sync.phasors).sum()) if 1 < sync.optima_count <= WRITTEN else 0
    return 0 < carrying <= WRITTEN


def _worst(solution: Solution) -> Any:
    """Return which triangles are the most frustrated, the weightiest first among equals."""
    found = solution.triangles
    carrying = np.flatnonzero(np.isfinite(found.angle))
    order = np.lexsort((-found.weight[carrying], -np.round(np.abs(found.angle[carrying]), 9)))
    return carrying[order[:WRITTEN_TRIANGLES]]


def _is_driven(solution: Solution) -> bool:
    return _is_maser(solution) and solution.bookkeeping is Bookkeeping.DRIVEN


def _rows(part: Part, root: str) -> Callable[..., Quantity]:
    """Return what makes a row: its number is the attribute of its name under ``root``, or under ``root`` ``at``."""

    def row(name: str, symbol: str, long_name: str, source: str, *, at: str = "", **more: Any) -> Quantity:
        return Quantity(name, symbol, long_name, attrgetter(f"{root}.{at or name}"), part, source=source, **more)

    return row


def _inequality(name: str, symbol: str, long_name: str, at: str, units: Unit = Unit.ONE) -> tuple[Quantity, ...]:
    """Return the rows of one inequality: the bound, and the condition on which it holds."""
    return (
        Quantity(name, symbol, long_name, attrgetter(f"bounds.{at}.bound"), BOUNDS, units, f"after {COMPANION}"),
        Quantity(
            f"{name}_condition", "", f"why {symbol} holds or not", attrgetter(f"bounds.{at}.condition_codes"), BOUNDS,
            source="conditions of the bounds", codes=Condition,
        ),
    )  # fmt: skip


_SETS: Final = ("set",)
_EQ4: Final = SUD.source
_PROOF: Final = "certificate of the maximum"
_NORM: Final = "residual times the norm of the inverse generator"
_ERROR: Final = "error of the state"
_BARE: Final = "energies of H_0, or of H_0 + V"
_HEAT: Final = "tr(H_0 D_b ρ), or quanta counted"
_BATHS: Final = ("bath",)
_COUNT: Final = "full counting statistics"
_BOUND: Final = "the cumulants once more, in twice the precision"
_TILTED: Final = "tilted generator"
_CHANCE: Final = "unrelated phase preferences"

_state, _phase = _rows(STATE, "state"), _rows(PHASES, "synchronization")
_mode, _cutoff = partial(_state, when=_has_modes), _rows(CUTOFF, "state")
_pairs = partial(_phase, when=_sums_pairs)
_current, _count = _rows(CURRENTS, "thermodynamics"), _rows(COUNTING, "fluctuations")
_machine, _produced = partial(_current, when=_is_maser), partial(_current, when=_has_temperatures)
_bath = partial(_current, when=_has_baths)
_flow = partial(_current, when=_flows_entropy, units=Unit.RATE, dims=_BATHS)
_heated = partial(_rows(HEATS, "fluctuations"), units=Unit.NOISE, dims=_BATHS)
_together = _rows(INTERPLAY, "interplay")

register(
    _state("status", "", "how the solve ended", "evidence below", at="status_codes", codes=Status),
    _state("error", "||Δρ||_1", "trace norm of what the state may be off by, at most", _NORM),
    _state("coherence_error", "||ΔX||_1", "the same for what the drive adds, its coherences", _NORM),
    _state("residual", "||dρ/dt||_F", "residual, its rounding included", f"Eq. (8) of {LETTER}", units=Unit.RATE),
    _state("min_eigenvalue", "", "smallest eigenvalue, at least", "spectrum, or a proven bound"),
    _mode("cutoff_levels", "n", "levels kept of the mode with the most", "chosen or given", at="truncation.levels"),
    _mode("cutoff_tail", "p_{n−1}", "population of a mode's highest level", "p_{n−1} < 1e-12", at="truncation.tail"),
    _cutoff(
        "cutoff_shift", "|ΔS_max|", "by how much S_max moves with four levels more", "|ΔS_max| < 1e-10",
        at="truncation.shift",
    ),
    _state("nullity", "", "independent stationary matrices", "null space of the generator"),
    Quantity(
        "populations", "ρ_ii", "populations", attrgetter("density.populations"), DENSITY, source="diagonal of ρ",
        dims=("level",),
    ),
    Quantity(
        "drive_coherences", "ρ_1j", "coherences that the drive induces", lambda one: one.density.row(1)[..., 2:],
        DENSITY, source=f"Eq. (6) of {LETTER}", dims=("manifold_level",), when=_is_maser,
    ),
    Quantity(
        "coherences", "ρ_ij", "coherences", _coherences, DENSITY, source="entries of ρ", dims=("pair",),
        when=_has_few_levels,
    ),
    _phase("s_max", "S_max", "synchronization, the peak of S(φ)", _EQ4, bound="s_max_bound", error="s_max_error"),
    _phase("s_max_bound", "S_max^+", "upper bound of S_max, proven", _PROOF),
    _phase("s_max_error", "ΔS_max", "how far S_max may be from that of the true state", _ERROR, when=_knows_errors),
    _phase("log10_s_max", "log10 S_max", "logarithm of S_max, which does not underflow", _EQ4),
    _phase("gap", "", "bound minus value, in units of S_max", _PROOF),
    _phase("relative_gap", "", "gap over bound", _PROOF),
    _phase("certified", "", "whether the relative gap is at most 1e-9", _PROOF),
    _phase("proof", "", "which proof gave the bound", _PROOF, at="proof_codes", codes=Proof),
    _pairs("pair_sum", "ΣS", "pair sum at the optimal phases", _EQ4, bound="pair_sum_bound", error="pair_sum_error"),
    _pairs("pair_sum_bound", "ΣS^+", "upper bound of the pair sum, proven", _PROOF),
    _pairs("pair_sum_error", "ΔΣS", "how far the pair sum may be from that of the true state", _ERROR),
    _pairs("scaled", "𝕊_max", "scaled synchronization (2π)^N S_max", f"Fig. 3 of {LETTER}"),
    _pairs("l1_coherence", "Σ|ρ_ij|", "sum of the moduli of coherences, i < j", "definition"),
    _pairs("frustration", "", "1 − ΣS/Σ|ρ_ij|", "definition"),
    _phase("optimum", "", "what the optima look like", "second-order search", at="optimum_codes", codes=Optimum),
    _phase("optima_count", "", "isolated optima known", "second-order search"),
    _phase("optima_dimension", "", "dimension of the set of optima", "directions that were walked"),
    _phase("optima_complete", "", "whether it is proven that there are no more", _PROOF),
    _pairs("order_parameter", "|Σ_j e^{iφ_j}|/N", "order parameter of the manifold levels", "definition"),
    _phase("phases", "φ_i", "optimal phases, relative to the reference level", _EQ4, dims=("phase",)),
    Quantity(
        "optima_phases", "φ_i", "phases of the optima known", lambda one: one.synchronization.optima().phases, PHASES,
        source="second-order search", dims=("listed", "phase"), when=_lists_optima,
    ),
    Quantity(
        "optima_orbits", "", "which optima are partners under a symmetry of the state",
        lambda one: one.synchronization.optima().orbits, PHASES, source="symmetries of the moduli",
        dims=("listed",), when=_lists_optima,
    ),
    Quantity(
        "shares", "", "part of S_max in each set of coherences", _by_set(attrgetter("synchronization.shares")), PHASES,
        source=_EQ4, dims=_SETS, when=_names_sets,
    ),
    Quantity(
        "share_fractions", "", "fraction of the pair sum in each set", _fractions, PHASES, source=_EQ4, dims=_SETS,
        when=_names_sets,
    ),
    _machine("regime", "", "engine, refrigerator or neither", "signs of J and P", at="regime_codes", codes=Regime),
    _current("power", "P", "power, positive out of the machine", _BARE, units=Unit.POWER, error="power_error"),
    _current("power_error", "ΔP", "how far the power may be off", _ERROR, units=Unit.POWER),
    _machine("flux", "J", "quanta from hot to cold", "currents", units=Unit.RATE, error="flux_error"),
    _machine("flux_error", "ΔJ", "how far the flux may be off", _ERROR, units=Unit.RATE),
    _machine("heat_hot", "Q_h", "heat from the hot bath", _BARE, units=Unit.POWER, error="heat_hot_error"),
    _machine("heat_hot_error", "ΔQ_h", "how far that heat may be off", _ERROR, units=Unit.POWER),
    _machine("heat_hot_incoherent", "Q_inc", "hot heat without coherences", _BARE, units=Unit.POWER),
    _machine("heat_hot_coherent", "Q_coh", "hot heat through coherences", _BARE, units=Unit.POWER),
    _machine("heat_cold", "Q_c", "heat from the cold bath", _BARE, units=Unit.POWER, error="heat_cold_error"),
    _machine("heat_cold_error", "ΔQ_c", "how far that heat may be off", _ERROR, units=Unit.POWER),
    _current(
        "interaction_hot", "Tr[V D_h ρ]", "what the hot bath gives to V", _BARE, units=Unit.POWER,
        error="interaction_hot_error", when=_is_driven,
    ),
    _current(
        "interaction_hot_error", "", "how far that may be off", _ERROR, units=Unit.POWER, when=_is_driven
    ),
    _current(
        "interaction_cold", "Tr[V D_c ρ]", "what the cold bath gives to V", _BARE, units=Unit.POWER,
        error="interaction_cold_error", when=_is_driven,
    ),
    _current(
        "interaction_cold_error", "", "how far that may be off", _ERROR, at="interaction_error", units=Unit.POWER,
        when=_is_driven,
    ),
    _current("efficiency", "η", "efficiency of an engine", "P/Q_h", error="efficiency_error"),
    _current("efficiency_error", "Δη", "how far the efficiency may be off", _ERROR),
    _current("cop", "COP", "coefficient of performance of a refrigerator", "Q_c/|P|", error="cop_error"),
    _current("cop_error", "ΔCOP", "how far the coefficient may be off", _ERROR),
    _produced(
        "entropy_production", "σ", "entropy production", "−Σ Q_a/T_a", units=Unit.RATE, error="entropy_production_error"
    ),
    _produced("entropy_production_error", "Δσ", "how far it may be off", _ERROR, units=Unit.RATE),
    _current("first_law_residual", "", "Q_h + Q_c − P", "first law", units=Unit.POWER),
    _current("first_law_holds", "", "whether energy is conserved, to rounding and error", "first law"),
    _produced(
        "second_law_holds", "", "whether σ ≥ 0 for certain; of a maser, not below minus its error",
        "second law",
    ),
    Quantity(
        "bookkeeping", "", "whose energies the currents are in",
        lambda one: np.full(one.batch_shape, one.bookkeeping), CURRENTS, source="what was asked for", codes=Bookkeeping,
        when=_is_maser,
    ),
    _bath("heat", "Q_b", "heat from each bath", _HEAT, units=Unit.POWER, dims=_BATHS, error="heat_error"),
    _bath("heat_error", "ΔQ_b", "how far that heat may be off", _ERROR, units=Unit.POWER, dims=_BATHS),
    _bath(
        "heat_elsewhere", "", "energy from channels of no bath", "tr(H_0 D ρ)", at="elsewhere", units=Unit.POWER,
        error="heat_elsewhere_error",
    ),
    _bath("heat_elsewhere_error", "", "how far that may be off", _ERROR, at="elsewhere_error", units=Unit.POWER),
    _flow("entropy_flow", "−Q_b/T_b", "entropy that each bath gains", _HEAT, error="entropy_flow_error"),
    _flow("entropy_flow_error", "", "how far that may be off", _ERROR),
    _bath("first_law", "", "how the first law stands", "first law", at="first_law_codes", codes=FirstLaw),
    _bath("second_law", "", "how the second law stands", "second law", at="second_law_codes", codes=SecondLaw),
    *_inequality("power_bound", "|P| ≤ κ_P S_max", "upper bound of |P|", "power", Unit.POWER),
    *_inequality("power_bound_always", "|P| ≤ √N κ_P S_max", "upper bound of |P|", "power_always", Unit.POWER),
    *_inequality("coherent_heat_bound", "|Q_coh| ≤ κ_Q S_max", "upper bound of it", "coherent_heat", Unit.POWER),
    *_inequality("cop_bound", "COP ≥ Q_c/(κ_P S_max)", "lower bound of the COP", "cop"),
    *_inequality("efficiency_bound", "η ≥ κ_P S_max/(Q_inc + κ_Q S_max)", "lower bound of η", "efficiency"),
    _count(
        "counted_mean", "<<n>>/t", "mean flux of hot quanta", _COUNT, at="hot.mean", units=Unit.RATE,
        error="counted_mean_error",
    ),
    _count("counted_mean_error", "", "difference of two routes to the mean", _COUNT, at="mean_error", units=Unit.RATE),
    _count(
        "counted_noise", "<<n²>>/t", "noise of hot quanta", _COUNT, at="hot.noise", units=Unit.RATE,
        error="counted_noise_error",
    ),
    _count("counted_noise_error", "", "how far the noise may be off", _BOUND, at="noise_error", units=Unit.RATE),
    _count(
        "counted_third", "<<n³>>/t", "third cumulant of hot quanta", _COUNT, at="hot.third", units=Unit.RATE,
        error="counted_third_error",
    ),
    _count("counted_third_error", "", "how far that may be off", _BOUND, at="third_error", units=Unit.RATE),
    _count("fano_factor", "F", "noise over modulus of the mean", _COUNT, error="fano_factor_error"),
    _count("fano_factor_error", "", "how far that may be off", _BOUND),
    _count("uncertainty_ratio", "Q", "noise times σ over J²", "PRL 114, 158101", error="uncertainty_ratio_error"),
    _count("uncertainty_ratio_error", "ΔQ", "how far that may be off", _BOUND),
    _count("counted_residual", "", "largest relative residual of the counting", _COUNT, at="residual"),
    _heated("heat_noise", "<<Q_b²>>/t", "noise of heat from each bath", _TILTED, at="noise", error="heat_noise_error"),
    _heated("heat_noise_error", "", "how far that noise may be off", _TILTED, at="noise_error"),
    _together("verdict", "", "whether the sets cooperate or compete", _CHANCE, at="verdict_codes", codes=Verdict),
    _together("gain", "ΣS/<ΣS> − 1", "what agreement brings over chance", _CHANCE),
    _together("cost", "1 − ΣS/Σ_s ΣS_s", "what disagreement costs", "sets alone"),
    _together(
        "chance", "<ΣS>", "mean pair sum of unrelated preferences", _CHANCE, bound="chance_bound", error="chance_error"
    ),
    _together("chance_error", "", "standard error of that mean", _CHANCE),
    _together("chance_bound", "<ΣS^+>", "mean of the proven bounds on the draws", _PROOF),
    _together("rank", "", "fraction of the draws below the state", _CHANCE),
    Quantity(
        "alone", "ΣS_s", "pair sum of each set alone", _by_set(attrgetter("interplay.alone")), INTERPLAY,
        source="sets alone", dims=("compared",),
    ),
    Quantity(
        "pair_shares", "", "part of the pair sum in each set", _by_set(attrgetter("interplay.pair_shares")), INTERPLAY,
        source="definition", dims=("compared",),
    ),
    Quantity(
        "triangle_levels", "i, j, k", "levels of the most frustrated triangles",
        lambda one: one.triangles.levels[_worst(one)], TRIANGLES, source="definition", dims=("triangle", "corner"),
        when=_is_one,
    ),
    Quantity(
        "triangle_angle", "Φ_ij + Φ_jk − Φ_ik", "misfit of their preferred phases",
        lambda one: one.triangles.angle[_worst(one)], TRIANGLES, source="definition", dims=("triangle",), when=_is_one,
    ),
    Quantity(
        "triangle_weight", "", "smallest coherence of each of them",
        lambda one: one.triangles.weight[_worst(one)], TRIANGLES, source="definition", dims=("triangle",), when=_is_one,
    ),
)  # fmt: skip
