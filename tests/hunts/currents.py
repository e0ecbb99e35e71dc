"""Are power, heats and regime ever better than the truth?

Families of machines, each with what theory says of it, against currents in ball arithmetic.  Laws, at SUCCESS:

* power, flux, both heats, efficiency and COP are off by at most the error that stands beside them;
* an engine or refrigerator is one: J and P have that sign; and a sign that the errors leave no doubt of is told;
* where theory says J = P = 0 the machine is IDLE, without efficiency, and both laws hold;
* where nothing but the size of a number is small (tiny drives, aligned dipoles, far detuning) digits are not lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from flint import arb, ctx
from tests.hunts import balls
from tests.hunts.flows import CURRENTS, RATIOS, Flows, driven_flows, flows, regime
from tests.hunts.library import answered, solved
from tests.hunts.machines import Machine, batches, draw, machine, ordinary
from tests.hunts.tally import Tally, command

import torusync as ts
from torusync.steady import Status
from torusync.thermo import Bookkeeping, Regime

DIGITS = 1 + 1e-12
WORKING = (Regime.ENGINE, Regime.REFRIGERATOR)


@dataclass(frozen=True)
class Family:
    """Machines of one kind: whether they idle, are diagonal, and how many digits of power and ratios must be right."""

    draw: Callable[[np.random.Generator], Machine]
    share: float
    idle: bool = False
    diagonal: bool = False
    relative: float = np.inf
    ratios: float = np.inf
    told: bool = False


def _size(rng: np.random.Generator, low: float, high: float) -> float:
    return float(10 ** rng.uniform(low, high))


def _baths(rng: np.random.Generator) -> dict[str, float]:
    return {
        "n_hot": _size(rng, -1.5, 1.2),
        "n_cold": _size(rng, -1.5, 1.2),
        "gamma_hot": _size(rng, -2, 1),
        "gamma_cold": _size(rng, -2, 1),
    }


def _drive(rng: np.random.Generator, levels: int) -> np.ndarray:
    return _size(rng, -2, 0.5) * rng.uniform(0.2, 1.0, levels) * np.exp(2j * np.pi * rng.uniform(size=levels))


def uncoupled_cold(rng: np.random.Generator) -> Machine:
    """No cold bath, one occupation: every excited level has the hot ratio, whatever drive and splittings do."""
    levels = int(rng.integers(1, 4))
    drive = rng.uniform(0.2, 1.0, levels) if rng.uniform() < 0.5 else _drive(rng, levels)
    split = float(rng.choice([0.0, 1e-8, 0.3])) * rng.normal(size=levels)
    p = float(rng.uniform(-1 / (levels - 1), 1)) if levels > 1 and rng.uniform() < 0.3 else 0.0
    others = _baths(rng) | {"gamma_cold": 0.0}
    return machine(drive, splittings=split, detuning=rng.normal(), dipole_correlation=p, **others)


def uncoupled_unequal(rng: np.random.Generator) -> Machine:
    """No cold bath and unequal occupations: quanta go round among the levels, none to the cold bath."""
    base = uncoupled_cold(rng)
    keys = ("n_cold", "gamma_hot", "gamma_cold", "detuning")
    others = {key: getattr(base, key) for key in keys}
    n_hot = base.n_hot * rng.uniform(0.5, 1.5, base.manifold_levels)
    return machine(base.drive, n_hot=n_hot, splittings=base.splittings, **others)


def one_level_uncoupled_hot(rng: np.random.Generator) -> Machine:
    """No hot bath, N = 1: unique, both levels take the cold ratio, and nothing flows."""
    others = _baths(rng) | {"gamma_hot": 0.0}
    return machine(_drive(rng, 1), detuning=rng.normal(), **others)


def undamped_bright(rng: np.random.Generator) -> Machine:
    """Dipoles that cancel in the state which the drive reaches: P λ = 0 exactly."""
    others = _baths(rng)
    others["detuning"] = float(rng.choice([0.0, 1.0])) * rng.normal()
    size = _size(rng, -2, 0.5) * np.exp(2j * np.pi * rng.uniform() * rng.integers(2))
    if rng.uniform() < 0.3:
        return machine(size * np.array([1.0, -1.0]), dipole_correlation=1.0, **others)
    levels = int(rng.integers(2, 4))
    return machine(np.full(levels, size), dipole_correlation=-1.0 / (levels - 1), **others)


def near_undamped(rng: np.random.Generator) -> Machine:
    """Splittings of 1e-12 to 1e-6 beside it, so that there is a flux, and it is tiny."""
    base = undamped_bright(rng)
    return machine(
        base.drive,
        n_hot=base.n_hot,
        splittings=_size(rng, -12, -6) * rng.normal(size=base.manifold_levels),
        **{key: getattr(base, key) for key in ("n_cold", "gamma_hot", "gamma_cold", "detuning", "dipole_correlation")},
    )


def no_reason(rng: np.random.Generator) -> Machine:
    """n_h = n_c, or no drive at all: equilibrium or two baths that do not meet."""
    levels, others = int(rng.integers(1, 4)), _baths(rng)
    split = float(rng.choice([0.0, 1e-9, 0.3])) * rng.normal(size=levels)
    if rng.uniform() < 0.5:
        return machine(np.zeros(levels), splittings=split, detuning=rng.normal(), **others)
    others["n_cold"] = others["n_hot"]
    p = float(rng.uniform(-1 / (levels - 1), 1)) if levels > 1 and rng.uniform() < 0.5 else 0.0
    return machine(_drive(rng, levels), splittings=split, detuning=rng.normal(), dipole_correlation=p, **others)


def nearly_balanced(rng: np.random.Generator) -> Machine:
    """Occupations that agree to 4 … 15 digits: the sign of their difference is the regime."""
    base = no_reason(rng)
    n_hot = base.n_hot * (1 + float(rng.choice([-1, 1])) * _size(rng, -15, -4))
    return replace(base, drive=_drive(rng, base.manifold_levels), n_cold=float(base.n_hot[0]), n_hot=n_hot)


def nearly_uncoupled(rng: np.random.Generator) -> Machine:
    """A cold bath coupled by 1e-30 … 1e-5: a small current, and an engine or a refrigerator all the same."""
    levels, others = int(rng.integers(1, 4)), _baths(rng)
    others["gamma_cold"] = _size(rng, -30, -5)
    return machine(_drive(rng, levels), detuning=float(rng.integers(2)) * rng.normal(), **others)


def tiny_drive(rng: np.random.Generator) -> Machine:
    """Drives down to 1e-14, where the flux goes with their square."""
    levels = int(rng.integers(1, 4))
    drive = _size(rng, -14, -5) * _drive(rng, levels)
    split = float(rng.choice([0.0, 0.0, 1e-9, 0.3])) * rng.normal(size=levels)
    return machine(drive, splittings=split, detuning=float(rng.integers(2)) * rng.normal(), **_baths(rng))


def aligned(rng: np.random.Generator) -> Machine:
    """|p| = 1, two levels, drives that differ by at least a fifth: the heats cancel, the flux does not."""
    drive = _size(rng, -2, 0.5) * np.array([1.0, float(rng.choice([-1, 1])) * rng.uniform(0.1, 0.8)])
    p = float(rng.choice([-1.0, 1.0]))
    return machine(drive, dipole_correlation=p, detuning=float(rng.integers(2)) * rng.normal(), **_baths(rng))


def far_detuned(rng: np.random.Generator) -> Machine:
    """|δ| up to 1e8 Γ with complex drives."""
    levels = int(rng.integers(1, 4))
    others = _baths(rng)
    detuning = float(rng.choice([-1, 1])) * _size(rng, 2, 8) * max(others["gamma_hot"], others["gamma_cold"])
    return machine(_drive(rng, levels), detuning=detuning, **others)


def far_detuned_split(rng: np.random.Generator) -> Machine:
    """The same with split levels, where digits may be lost but not unsaid."""
    base = far_detuned(rng)
    return replace(base, splittings=0.3 * rng.normal(size=base.manifold_levels))


def empty_baths(rng: np.random.Generator) -> Machine:
    """One bath at T = 0, or some levels of the hot one with or without the cold one: σ = ±∞, or another's alone."""
    levels, others = int(rng.integers(1, 4)), _baths(rng)
    kind, n_hot = rng.integers(3), np.full(levels, others.pop("n_hot"))
    if kind != 1:
        others["n_cold"] = 0.0
    if kind != 0:
        n_hot[: int(rng.integers(1, levels + 1))] = 0.0
    split = float(rng.choice([0.0, 1e-9, 0.3])) * rng.normal(size=levels)
    drive = _size(rng, -5, 0) * _drive(rng, levels) * (rng.uniform(size=levels) < 0.8)
    return machine(drive, n_hot=n_hot, splittings=split, detuning=float(rng.integers(2)) * rng.normal(), **others)


def tiny_unequal(rng: np.random.Generator) -> Machine:
    """Tiny drives between levels of unequal occupations: the entropy of each level's quanta, with all its digits."""
    base = tiny_drive(rng)
    return replace(base, n_hot=base.n_hot * rng.uniform(0.5, 1.5, base.manifold_levels))


FAMILIES = {
    "ordinary": Family(ordinary, 4000),
    "cold bath uncoupled": Family(uncoupled_cold, 4000, idle=True, diagonal=True),
    "unequal, cold bath uncoupled": Family(uncoupled_unequal, 400),
    "hot bath uncoupled": Family(one_level_uncoupled_hot, 200, idle=True, diagonal=True),
    "bright state undamped": Family(undamped_bright, 400, idle=True),
    "nearly undamped": Family(near_undamped, 400),
    "equilibrium or undriven": Family(no_reason, 1000, idle=True, diagonal=True),
    "nearly in balance": Family(nearly_balanced, 400),
    "cold bath nearly uncoupled": Family(nearly_uncoupled, 400, relative=1e-10, ratios=1e-10, told=True),
    "tiny drives": Family(tiny_drive, 1000, relative=1e-10, ratios=1e-10, told=True),
    "aligned dipoles": Family(aligned, 1000, relative=1e-8, ratios=1e-10, told=True),
    "far detuned": Family(far_detuned, 1000, relative=1e-10, ratios=1e-10, told=True),
    "far detuned, split": Family(far_detuned_split, 600),
    "empty baths": Family(empty_baths, 600),
    "tiny drives, unequal": Family(tiny_unequal, 400),
}


@dataclass(frozen=True)
class Case:
    """A machine of a family, and its true state."""

    name: str
    family: Family
    truth: balls.Truth

    @cached_property
    def true(self) -> Flows:
        return flows(self.truth.machine, self.truth.rho)

    @cached_property
    def driven(self) -> Flows:
        return driven_flows(self.truth.machine, self.truth.rho)

    def words(self, value: float, error: float, true: float) -> str:
        return f"{self.name}: {value!r} +- {error:.3e}, true {true!r}, {self.truth.machine.code}"


def apart_from(value: float, true: arb) -> float:
    """Return how far the value is from the ball at least: nothing where the ball holds it, or both are one infinity."""
    if not true.is_finite():
        return 0.0 if value == float(true) else np.inf
    return float((arb(value) - true).abs_lower())


def _currents(tally: Tally, case: Case, found: ts.Thermodynamics, k: int) -> None:
    """Every current within its error, and what that error is beside the true one."""
    for key in CURRENTS:
        value, error = float(getattr(found, key)[k]), float(getattr(found, f"{key}_error")[k])
        truth = getattr(case.true, key)
        apart = apart_from(value, truth)
        words = case.words(value, error, float(truth))
        tally.law(f"{key} error", apart <= error * DIGITS, lambda words=words: words)
        real = apart + 1e-16 * abs(float(truth))
        if key in {"power", "heat_hot"} and not truth.contains(0) and real > 0:
            tally.sample(f"{key} error / (true error + rounding), {case.name}", error / real)


def _driven(tally: Tally, case: Case, found: ts.Thermodynamics, k: int) -> None:
    """The same with driven energies."""
    for key in CURRENTS:
        value, error = float(getattr(found, key)[k]), float(getattr(found, f"{key}_error")[k])
        truth = getattr(case.driven, key)
        words = case.words(value, error, float(truth))
        holds = apart_from(value, truth) <= error * DIGITS
        tally.law(f"driven {key} error", holds, lambda words=words: words)


def _ratios(tally: Tally, case: Case, found: ts.Thermodynamics, k: int) -> None:
    """Efficiency and COP within their errors, and only where the machine is one that has them."""
    said = Regime(int(found.regime_codes[k]))
    for key, mode in zip(RATIOS, WORKING, strict=True):
        value, error = float(getattr(found, key)[k]), float(getattr(found, f"{key}_error")[k])
        words = case.words(value, error, np.nan)
        if said is not mode:
            tally.law(f"no {key}", np.isnan(value), lambda words=words: words)
            continue
        if np.isnan(value):
            tally.counts[f"{case.name}: {key} nan"] += 1
            continue
        truth = getattr(case.true, key)
        apart = apart_from(value, truth)
        words = case.words(value, error, float(truth))
        tally.law(f"{key} error", apart <= error * DIGITS, lambda words=words: words)
        digits = max(apart, error) <= case.family.ratios * abs(float(truth))
        tally.law(f"{key} has its digits", digits or np.isinf(case.family.ratios), lambda words=words: words)


def _mode(tally: Tally, case: Case, found: ts.Thermodynamics, k: int) -> None:
    """The regime: never one that is not, and the right one where the errors leave no doubt."""
    said, family = Regime(int(found.regime_codes[k])), case.family
    mode = regime(case.truth.machine, case.true, idle=family.idle)
    flux, power = float(found.flux[k]), float(found.power[k])
    sure = abs(flux) > found.flux_error[k] and abs(power) > found.power_error[k]
    words = f"{said.name}, true {mode.name}, J " + case.words(flux, found.flux_error[k], float(case.true.flux))
    tally.counts[f"{case.name}: {said.name}"] += 1
    claimed = said in WORKING or (said is Regime.MIXED and mode in WORKING)
    tally.law("regime is true", not claimed or said is mode, lambda: words)
    tally.law("first law", bool(found.first_law_holds[k]), lambda: words)
    if family.idle or case.truth.machine.independent:
        tally.law("second law", bool(found.second_law_holds[k]), lambda: words)
    if family.idle:
        tally.law("idle is told", said is Regime.IDLE, lambda: words)
    elif sure or family.told:
        tally.law("regime is told", said is mode, lambda: words)


def examine(tally: Tally, case: Case, found: ts.Thermodynamics, k: int) -> None:
    """Hold the currents of point k against the true ones."""
    with ctx.workprec(case.truth.bits):
        _currents(tally, case, found, k)
        _ratios(tally, case, found, k)
        _mode(tally, case, found, k)
        if np.isfinite(case.family.relative):
            value, error, true = float(found.power[k]), float(found.power_error[k]), case.true.power
            apart, size = apart_from(value, true), abs(float(true))
            words = case.words(value, error, float(true))
            tally.law("power has its digits", max(apart, error) <= case.family.relative * size, lambda: words)
            tally.sample(f"relative error of power, {case.name}", apart / size)
            value, error, true = (
                float(found.entropy_production[k]),
                float(found.entropy_production_error[k]),
                case.true.entropy_production,
            )
            worst, words = max(apart_from(value, true), error), case.words(value, error, float(true))
            holds = worst <= case.family.relative * abs(float(true))
            tally.law("entropy production has its digits", holds, lambda: words)


def _unsynchronized(tally: Tally, name: str, some: Sequence[Machine], state: ts.SteadyState) -> None:
    """A diagonal truth has S_max = 0 and no phases."""
    sync = ts.synchronization(state)
    for k, item in enumerate(some):
        words = f"{name}: S_max {sync.s_max[k]!r} +- {sync.s_max_error[k]:.2e}, {item.code}"
        tally.law("no coherence", abs(sync.pair_sum[k]) <= sync.pair_sum_error[k], lambda words=words: words)
        if item.gamma_cold * item.gamma_hot == 0 or not np.any(item.drive):
            zero = sync.s_max[k] == 0 and np.isnan(sync.phases[k]).all()
            tally.law("exactly zero", bool(zero), lambda words=words: words)


def not_unique(rng: np.random.Generator) -> Machine:
    """Dark states that nothing damps: no hot bath, or aligned dipoles with as many levels as make them."""
    levels, others, kind = int(rng.integers(2, 4)), _baths(rng), rng.integers(3)
    if kind == 0:
        return machine(_drive(rng, levels), **(others | {"gamma_hot": 0.0}))
    drive = np.full(levels, _size(rng, -2, 0.5)) if kind == 1 else _drive(rng, 3)
    return machine(drive, dipole_correlation=1.0, **others)


def refused(tally: Tally, machines: Sequence[Machine]) -> None:
    """Where there are many steady states, none is given."""
    for places in batches(machines):
        some = [machines[place] for place in places]
        state = solved(None, some, tally)
        for item, code in zip(some, [] if state is None else state.status_codes, strict=state is not None):
            status = Status(int(code))
            tally.counts[f"not unique: {status.name}"] += 1
            tally.law(
                "many states, none given",
                status is Status.NOT_UNIQUE,
                lambda s=status, i=item: f"{s} {i.code}",
            )


def either_way(state: ts.SteadyState) -> tuple[ts.Thermodynamics, ts.Thermodynamics]:
    """Return the currents with bare and with driven energies."""
    return ts.thermodynamics(state), ts.thermodynamics(state, bookkeeping=Bookkeeping.DRIVEN)


def judge(tally: Tally, name: str, family: Family, machines: Sequence[Machine]) -> None:
    """Solve one family and examine it."""
    for places in batches(machines):
        some = [machines[place] for place in places]
        state = solved(None, some, tally)
        both = None if state is None else answered(either_way, state, some, tally)
        if state is None or both is None:
            continue
        found, driven = both
        if family.diagonal:
            _unsynchronized(tally, name, some, state)
        for k, item in enumerate(some):
            status = Status(int(state.status_codes[k]))
            tally.counts[f"{name}: {status.name}"] += 1
            if name != "ordinary":
                tally.law("solved", status is Status.SUCCESS, lambda s=status, i=item: f"{name}: {s.name} {i.code}")
            if status is Status.SUCCESS:
                case = Case(name, family, balls.truth(item))
                examine(tally, case, found, k)
                with ctx.workprec(case.truth.bits):
                    _driven(tally, case, driven, k)


def hunt(count: int) -> Tally:
    """Hold ``count`` machines, shared out among the families, against their true currents."""
    tally, whole = Tally(), sum(family.share for family in FAMILIES.values())
    for place, (name, family) in enumerate(FAMILIES.items()):
        machines = draw(family.draw, max(1, round(count * family.share / whole)), seed=20261129 + place)
        judge(tally, name, family, machines)
    refused(tally, draw(not_unique, max(3, count // 60), seed=20261129))
    return tally


if __name__ == "__main__":
    command(hunt, 15_800)
