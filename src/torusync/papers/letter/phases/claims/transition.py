"""Claims about the transition: P12 to P18."""

import numpy as np

from torusync._checks import Real
from torusync.claims.common import Findings, absolute, angle, maser, relative, value
from torusync.claims.motion import kuramoto, mean_field_order
from torusync.claims.reference import Machine, collective, factor, maximum, torque
from torusync.dynamics import torus_flow
from torusync.dynamics.torus import hessian
from torusync.models import ThermalMaser
from torusync.papers.letter.parameters import BATHS, DRIVE
from torusync.papers.letter.phases.claims.locking import equal
from torusync.papers.letter.phases.flow import MANIFOLD, in_phase, relaxation
from torusync.papers.letter.phases.parameters import ENGINE, REFRIGERATOR, UNMATCHED
from torusync.phases import synchronization
from torusync.steady import steady_state

_SEED = 821
_ENGINES = {"n_h/n_c = 10": ENGINE, "n_h/n_c = 4": UNMATCHED}


def _engine(levels: int, k: float, n_hot: float, spread: float = 0.0) -> Machine:
    """Return an engine of equal drives λ = γ_h(1 + n_h)/k."""
    return equal(levels, BATHS["gamma_hot"] * (1.0 + n_hot) / k, spread, n_hot)


def _order(phases: Real) -> float:
    """Return |Σe^{iφ_j}|/N over the manifold."""
    return float(np.abs(np.exp(1j * phases[2:]).mean()))


def p12(quick: bool, tolerance: float) -> Findings:
    """Order parameter of proven maxima on both sides of k = N, equal drives and unequal ones."""
    checks, values = [], []
    for name, n_hot in _ENGINES.items():
        for levels in (3,) if quick else (2, 3, 5, 10):
            for share in (0.3, 0.9, 1.0, 1.5):
                machine = _engine(levels, share * levels, n_hot)
                sync = synchronization(steady_state(maser(machine)))
                height, phases = maximum(machine.steady(), starts=8)
                which = f"k/N = {share:g}, N = {levels}, {name}"
                ours, law = float(sync.order_parameter), min(1.0, share)
                checks.append(absolute(f"order parameter, {which}", ours, law, tolerance))
                checks.append(
                    absolute(f"order parameter of the search, {which}", ours, _order(phases), 100.0 * tolerance)
                )
                checks.append(relative(f"S_max, {which}", sync.s_max, height, tolerance))
                checks.append(absolute(f"proven, {which}", bool(sync.certified), True, 0.05))
                if levels == 3:
                    values.append(value(f"order parameter, {which}", ours, law))
        drive = DRIVE * np.array([1.0, 0.7, 0.5])
        for scale in (0.2, 1.0, 6.0):
            found = collective(drive / scale, n_hot)
            sync = synchronization(steady_state(maser(Machine(drive / scale, n_hot))))
            sides = np.abs(drive / scale)
            ours = float(np.abs(np.sum(sides * sync.phasors[2:])))
            law = float(np.clip(abs(found.c) / abs(found.y), max(0.0, 2.0 * sides.max() - sides.sum()), sides.sum()))
            checks.append(relative(f"|Σλ_j e^iφ_j|, unequal drives over {scale:g}, {name}", ours, law, tolerance))
    how = "min(1, k/N) and a restarted search; for unequal drives clip(c/y) of a machine of three levels."
    words = ", ".join(f"{one.ours:.6g}" for one in values[:4])
    return Findings(f"order parameter {words} at k/N = 0.3, 0.9, 1, 1.5", how, checks, values)


def p13(quick: bool, tolerance: float) -> Findings:
    """Follow the torus flow from random starts, and a repulsive Kuramoto model in a field."""
    checks, values = [], []
    rng = np.random.default_rng(_SEED)
    for name, n_hot in _ENGINES.items():
        for levels, k in (
            ((3, 1.0), (3, 5.0)) if quick else ((2, 0.5), (3, 1.0), (5, 3.0), (5, 8.0), (20, 7.0), (50, 10.0))
        ):
            machine = _engine(levels, k, n_hot)
            rho, state = machine.steady() if levels < 30 else None, steady_state(maser(machine))
            found = collective(machine.drive, n_hot)
            c, y = abs(found.c * machine.drive[0]), abs(found.y * machine.drive[0] ** 2)
            pull = float(np.angle(found.c))
            begin = rng.uniform(0.0, 2.0 * np.pi, (2, machine.size))
            duration = 1500.0 / (levels * y)
            ours = torus_flow(state, duration, phases=begin)
            ends = kuramoto(begin[:, 1:], c, y, pull, duration)
            theirs = np.abs(np.exp(1j * ends[:, 1:]).mean(axis=1))
            which = f"N = {levels}, k = {k:g}, {name}"
            for start, (one, other) in enumerate(zip(ours.order_parameter(MANIFOLD)[:, -1], theirs, strict=True)):
                checks.append(absolute(f"order parameter, {which}, start {start}", one, other, tolerance))
                checks.append(absolute(f"min(1, k/N), {which}, start {start}", one, min(1.0, k / levels), tolerance))
            if rho is not None:
                height = maximum(rho, starts=6)[0] / (2.0 * factor(machine.size))
                checks.append(relative(f"pair sum reached, {which}", ours.pair_sum[0, -1], height, tolerance))
            values.append(value(f"order parameter at the end, {which}", one, min(1.0, k / levels)))
    words = ", ".join(f"{one.ours:.5f}" for one in values)
    how = "The same starts under φ̇_j = −c sin(φ_j − ψ) + y Σ sin(φ_j − φ_l), with φ_1 moving, by another integrator."
    return Findings(f"ends at {words}", how, checks, values)


def _slopes(machine: Machine, step: float = 1e-4) -> Real:
    """Return the eigenvalues at the in-phase state of the flow with |1> held, in units of Ny, from its torque."""
    rho = machine.steady()
    phases = np.zeros(machine.size)
    phases[2:] = -np.angle(rho[1, 2:])
    matrix = np.empty((machine.count, machine.count))
    for column in range(machine.count):
        move = np.zeros(machine.size)
        move[2 + column] = step
        matrix[:, column] = (torque(rho, phases + move) - torque(rho, phases - move))[2:] / (2.0 * step)
    return np.asarray(np.linalg.eigvalsh(0.5 * (matrix + matrix.T)) / (machine.count * abs(rho[2, 3])))


def p14(quick: bool, tolerance: float) -> Findings:
    """Rates at the in-phase state of the flow below, at and above k = N."""
    checks, values = [], []
    for name, n_hot in _ENGINES.items():
        for levels in (4,) if quick else (2, 4, 7):
            for share in (0.7, 1.0, 1.3):
                machine = _engine(levels, share * levels, n_hot)
                coherences, phasors = in_phase(steady_state(maser(machine)))
                unit = levels * abs(coherences[1, 2])
                ours = np.linalg.eigvalsh(hessian(coherences, phasors)[1:, 1:]) / unit
                which = f"k/N = {share:g}, N = {levels}, {name}"
                for place, (one, other) in enumerate(zip(ours, _slopes(machine), strict=True)):
                    law = 1.0 - share if place else -share
                    checks.append(absolute(f"rate {place} over Ny, {which}", one, other, tolerance))
                    checks.append(absolute(f"rate {place} as y(N − k) or −c, {which}", one, law, tolerance))
                growing = int((ours > tolerance).sum())
                checks.append(
                    absolute(f"directions that grow, {which}", growing, levels - 1 if share < 1.0 else 0, 0.05)
                )
                if share < 1.0:
                    values.append(value(f"directions that grow, {which}", growing, levels - 1))
    how = "Differences of the torque on each level, with |1> held; −c once and y(N − k) for the other N − 1."
    return Findings(f"{int(values[0].ours)} directions of N = 4 grow below k = N, none above", how, checks, values)


def p15(quick: bool, tolerance: float) -> Findings:
    """Φ_jl of the steady state against the baths, and against k at fixed baths."""
    checks, values = [], []
    turned, between = np.exp(1j * np.array([0.0, 0.4, 1.1])), 0.4
    for ratio in (0.2, 0.99, 1.01, 4.0) if quick else (0.05, 0.2, 0.9, 0.99, 1.01, 1.1, 4.0, 30.0):
        machine = Machine(DRIVE * turned, ratio * BATHS["n_cold"])
        ours, theirs = complex(steady_state(maser(machine)).coherence(2, 3)), machine.steady()[2, 3]
        wanted = between if ratio < 1.0 else between - np.pi
        checks.append(angle(f"Φ_jl, n_h/n_c = {ratio:g}", ours, wanted, tolerance))
        checks.append(angle(f"Φ_jl by Eq. (8), n_h/n_c = {ratio:g}", ours, float(np.angle(theirs)), tolerance))
        values.append(value(f"Φ_jl, n_h/n_c = {ratio:g}", np.angle(ours), wanted))
    still = abs(complex(steady_state(maser(Machine(DRIVE * turned, BATHS["n_cold"]))).coherence(2, 3)))
    checks.append(absolute("|ρ_jl| at n_h = n_c", still, 0.0, 1e-15))
    for name, n_hot in {"refrigerator": REFRIGERATOR, **_ENGINES}.items():
        wanted = between if n_hot < BATHS["n_cold"] else between - np.pi
        for share in (0.1, 0.9, 1.1, 5.0):
            machine = Machine(BATHS["gamma_hot"] * (1.0 + n_hot) / (3.0 * share) * turned, n_hot)
            ours, theirs = complex(steady_state(maser(machine)).coherence(2, 3)), machine.steady()[2, 3]
            checks.append(angle(f"Φ_jl, k/N = {share:g}, {name}", ours, wanted, tolerance))
            checks.append(angle(f"Φ_jl by Eq. (8), k/N = {share:g}, {name}", ours, float(np.angle(theirs)), tolerance))
    how = (
        "arg ρ_23 of Eq. (8) on both sides of n_h = n_c, and of k = N at three baths; N = 3, drives turned so that "
        "Φ_23 is 0.4 in the refrigerator."
    )
    return Findings("Φ_jl jumps by π at n_h = n_c, through |ρ_jl| = 0, and nowhere in k", how, checks, values)


def p16(quick: bool, tolerance: float) -> Findings:
    """Order parameters of proven maxima off degeneracy."""
    checks, values = [], []
    cases = [(5, 3.0, ENGINE, 0.1), (5, 3.0, ENGINE, 1.0), (5, 2.0, UNMATCHED, 0.1)]
    if not quick:
        cases += [(20, 3.0, ENGINE, 0.1), (20, 3.0, ENGINE, 1.0), (5, 3.0, ENGINE, 0.02), (10, 4.0, UNMATCHED, 0.3)]
    for levels, k, n_hot, spread in cases:
        machine = _engine(levels, k, n_hot, spread)
        sync = synchronization(steady_state(maser(machine)))
        height, phases = maximum(machine.steady(), starts=24)
        name = f"N = {levels}, k = {k:g}, spread {spread:g}, n_h/n_c = {n_hot / BATHS['n_cold']:g}"
        ours = float(sync.order_parameter)
        checks.append(absolute(f"order parameter, {name}", ours, _order(phases), 1e3 * tolerance))
        checks.append(relative(f"S_max, {name}", sync.s_max, height, tolerance))
        checks.append(absolute(f"proven, {name}", bool(sync.certified), True, 0.05))
        checks.append(absolute(f"above k/N, {name}", ours > k / levels, True, 0.05))
        values.append(value(f"order parameter, {name}", ours))
    border = synchronization(steady_state(maser(_engine(5, 5.0, UNMATCHED, 1.0))))
    _, phases = maximum(_engine(5, 5.0, UNMATCHED, 1.0).steady(), starts=24)
    checks.append(
        absolute("order parameter at k = N, spread 1", border.order_parameter, _order(phases), 1e3 * tolerance)
    )
    checks.append(absolute("below 1 there", float(border.order_parameter) < 1.0, True, 0.05))
    values.append(value("order parameter at k = N = 5, spread 1, n_h/n_c = 4", border.order_parameter))
    words = ", ".join(f"{one.ours:.4f} ({one.name.removeprefix('order parameter').lstrip(', ')})" for one in values)
    how = "Phases of a restarted search by first derivatives; every maximum proven by its upper bound."
    return Findings(words, how, checks, values)


def p17(quick: bool, tolerance: float) -> Findings:
    """Hold the torus flow of many levels against Kuramoto's mean field."""
    checks, values = [], []
    for levels in (50,) if quick else (50, 200):
        for share in (0.3, 0.5):
            times, ours = relaxation(levels, share, 0.02, 12.0)
            law = mean_field_order(0.02, share, 1.0, times)
            for place in (25, 50, 100, 200):
                name = f"r at Nyt = {times[place]:.3g}, N = {levels}, k/N = {share:g}"
                checks.append(absolute(name, ours[place], law[place], tolerance))
            values.append(value(f"largest distance, N = {levels}, k/N = {share:g}", np.abs(ours - law).max(), 0.0))
    worst = max(one.ours for one in values)
    how = "ṙ = ½(k/N − r)(1 − r²), the mean field of identical repelling phases in a field, by another integrator."
    return Findings(f"flow and mean field agree to {worst:.1e}", how, checks, values)


def p18(quick: bool, tolerance: float) -> Findings:
    """Look at the order parameter at fixed baths and drive as N grows."""
    checks, values = [], []
    for name, n_hot in _ENGINES.items():
        k = BATHS["gamma_hot"] * (1.0 + n_hot) / DRIVE
        for levels in (10, 1000) if quick else (10, 100, 1000, 10_000):
            state = steady_state(ThermalMaser(np.full(levels, DRIVE), n_hot=n_hot, **BATHS))
            sync = synchronization(state)
            found = collective(np.full(levels, DRIVE), n_hot)
            which = f"N = {levels}, {name}"
            top = abs(found.c) / abs(found.y) / DRIVE / levels
            ours = float(sync.order_parameter)
            checks.append(absolute(f"order parameter, {which}", ours, top, tolerance))
            checks.append(relative(f"N times it, {which}", levels * ours, k, levels * tolerance))
            checks.append(relative(f"pair sum, {which}", sync.pair_sum, sum(found.parts()), tolerance))
            values.append(value(f"order parameter, {which}", ours, 0.0 if levels >= 1000 else None))
    last = values[-1]
    how = "A machine of three levels that share their probability; k/N, which tends to zero as the letter says."
    return Findings(f"k/N: {last.ours:.2g} at {last.name.partition(', ')[2]}", how, checks, values)
