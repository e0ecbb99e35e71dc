"""Claims about locking, in the master equation and with frozen amplitudes: P05 to P11."""

import numpy as np

from torusync._checks import Boolean, Complex
from torusync.claims.common import Findings, absolute, maser, relative, value
from torusync.claims.motion import Frozen, drifting, lindblad, propagated
from torusync.claims.reference import Machine
from torusync.dynamics import FrozenModel, evolve, phase_model
from torusync.models import LindbladSystem
from torusync.papers.letter.phases.locking import off
from torusync.papers.letter.phases.parameters import ENGINE, REFRIGERATOR, UNMATCHED

_SEED = 811
_REGIMES = {"refrigerator": REFRIGERATOR, "engine": ENGINE, "engine of unmatched damping": UNMATCHED}


def equal(levels: int, drive: float, spread: float, n_hot: float) -> Machine:
    """Return a machine of equally spaced, equally driven levels."""
    return Machine(np.full(levels, drive), n_hot, manifold=3.0 + np.linspace(0.0, spread, levels))


def _model(machine: Machine) -> FrozenModel:
    return phase_model(maser(machine)).frozen()


def _theirs(machine: Machine) -> Frozen:
    return Frozen(machine.generator(), machine.steady())


def p05(quick: bool, tolerance: float) -> Findings:
    """How far the phases of the master equation are from where they rest, along time."""
    checks, values, words = [], [], []
    levels = 6 if quick else 20
    rng = np.random.default_rng(_SEED)
    for regime, n_hot in _REGIMES.items():
        machine = equal(levels, 0.3, 3.0, n_hot)
        rest, generator = machine.steady(), machine.generator()
        turn = np.exp(2j * np.pi * rng.random(machine.size))
        begin = turn[:, np.newaxis] * rest * turn.conj()
        times = np.array([0.0, 20.0, 50.0, 200.0])
        upper = np.triu_indices(levels + 1, 1)
        inside = upper[0] + 1, upper[1] + 1
        path = evolve(maser(machine), begin, times).rho
        ours = off(np.angle(path[:, *inside]), np.angle(rest[inside]))
        theirs = off(np.angle(propagated(generator, begin, times)[:, *inside]), np.angle(rest[inside]))
        for time, one, other in zip(times, ours, theirs, strict=True):
            checks.append(absolute(f"largest phase error at t = {time:g}, {regime}", one, other, tolerance))
        checks.append(absolute(f"all locked at t = {times[-1]:g}, {regime}", ours[-1] < 1e-6, True, 0.05))
        values.append(value(f"largest |e^iΦ − e^iΦ_ss| at t = {times[-1]:g}, {regime}", ours[-1], 0.0))
        words.append(f"{ours[1]:.2g}, {ours[2]:.2g}, {ours[3]:.2g} ({regime})")
    how = (
        f"Exponentials of the whole generator, N = {levels}, λ = 0.3, spread 3, from steady states with levels turned."
    )
    return Findings(f"phases off by, at t = 20, 50, 200: {'; '.join(words)}", how, checks, values)


def _random(rng: np.random.Generator, number: int) -> Machine:
    """Return a random machine: degenerate or not, driven weakly or strongly, dipoles correlated or not."""
    count = int(rng.integers(2, 5))
    drive = 10.0 ** rng.uniform(-1.5, 0.5) * rng.uniform(0.2, 1.0, count) * np.exp(2j * np.pi * rng.random(count))
    manifold = 3.0 + (10.0 ** rng.uniform(-2.0, 0.3) * rng.random(count) if number % 3 else np.zeros(count))
    return Machine(
        drive,
        float(rng.choice([0.1, 0.2, 2.0, 5.0])),
        manifold=manifold,
        omega_drive=2.0 + float(rng.normal(0.0, 0.2)),
        dipoles=float(rng.uniform(0.05, 0.6)) if number % 4 == 3 else 0.0,
    )


def p06(quick: bool, tolerance: float) -> Findings:
    """Look whether the steady phases rest and attract in random machines."""
    checks, rng = [], np.random.default_rng(_SEED + 1)
    count, least, stable = 12 if quick else 100, -np.inf, 0
    for number in range(count):
        machine = _random(rng, number)
        model, theirs = _model(machine), _theirs(machine)
        rate = float(model.stability)
        checks.append(absolute(f"velocity at the steady phases, machine {number}",
                               np.abs(model.velocity(model.phases)).max(), 0.0, tolerance))  # fmt: skip
        checks.append(absolute(f"their velocity by the reference, machine {number}",
                               np.abs(theirs.velocity(model.phases[np.newaxis])).max(), 0.0, tolerance))  # fmt: skip
        checks.append(relative(f"slowest return, machine {number}", rate, theirs.stability(), tolerance))
        stable += rate < 0.0
        least = max(least, rate)
    checks.append(absolute("machines whose steady phases attract", stable, count, 0.05))
    how = "Eigenvalues of a Jacobian by differences of a velocity that sets the phases into whole matrices."
    values = [value(f"machines whose steady phases attract, of {count}", stable), value("largest Re J, in ω_1", least)]
    return Findings(f"{stable} of {count} attract, the slowest at {least:.2g} ω_1", how, checks, values)


def p07(quick: bool, tolerance: float) -> Findings:
    """Stability of the steady phases of degenerate levels, on both sides of k = N."""
    checks, values = [], []
    for regime, n_hot in _REGIMES.items():
        damping = 0.05 * (1.0 + n_hot)
        expected = -min(2.0 * damping, damping + 0.3)
        for count in (3,) if quick else (3, 5):
            rates = []
            for share in (0.1, 0.9, 1.0, 1.1, 3.0):
                machine = equal(count, damping / (share * count), 0.0, n_hot)
                rate, name = float(_model(machine).stability), f"k/N = {share:g}, N = {count}, {regime}"
                checks.append(relative(f"slowest return, {name}", rate, _theirs(machine).stability(), tolerance))
                checks.append(relative(f"−min(2a_h, Γ), {name}", rate, expected, tolerance))
                rates.append(rate)
            checks.append(absolute(f"change across k = N, N = {count}, {regime}", np.ptp(rates), 0.0, tolerance))
        values.append(value(f"slowest return at k = N = {count}, {regime}", rates[2], expected))
    words = ", ".join(f"{one.ours:.4g}" for one in values)
    how = "Eigenvalues of a Jacobian by differences, at k/N = 0.1, 0.9, 1, 1.1 and 3."
    return Findings(f"slowest return {words} ω_1 at every k", how, checks, values)


def _followed(machine: Machine, duration: float, starts: int) -> tuple[FrozenModel, Boolean, Boolean, Boolean]:
    """Return our model, and what drifts from the same starts: by us, by the reference, in our master equation."""
    model, theirs = _model(machine), _theirs(machine)
    runs = model.run(duration, starts=starts, seed=_SEED)
    if (model.pairs != theirs.pairs).any():
        raise ValueError("the pairs of the two routes differ")
    along = theirs.follow(theirs.turned(runs.starts), runs.times)
    return model, runs.frozen_drifting, drifting(along, runs.times), runs.coevolving_drifting


def p08(quick: bool, tolerance: float) -> Findings:
    """Count starts that drift with frozen amplitudes under a strong drive, and in the master equation."""
    del tolerance
    checks, values = [], []
    starts = 6 if quick else 22
    cases = (
        ("refrigerator, N = 2, λ = spread = 1", equal(2, 1.0, 1.0, REFRIGERATOR)),
        ("refrigerator, N = 3, λ = 1, spread 3", equal(3, 1.0, 3.0, REFRIGERATOR)),
        ("engine, N = 2, λ = 1, spread 3", equal(2, 1.0, 3.0, ENGINE)),
    )
    for name, machine in cases:
        model, ours, theirs, true = _followed(machine, 120.0, starts)
        drifted = int(ours.any(axis=1).sum())
        checks.append(absolute(f"starts that drift, {name}", drifted, int(theirs.any(axis=1).sum()), 0.05))
        checks.append(absolute(f"phases that drift, {name}", int(ours.sum()), int(theirs.sum()), 0.05))
        checks.append(absolute(f"phases that drift in the master equation, {name}", int(true.sum()), 0.0, 0.05))
        checks.append(absolute(f"steady phases attract, {name}", float(model.stability) < 0.0, True, 0.05))
        checks.append(absolute(f"some start drifts, {name}", drifted > 0, True, 0.05))
        values.append(value(f"starts that drift of {starts}, {name}", drifted))
    words = ", ".join(f"{one.ours:g} ({one.name.partition(', ')[2]})" for one in values)
    how = f"The same {starts} starts followed to t = 120 by another integrator, phases set into whole matrices."
    return Findings(f"of {starts} starts drift: {words}; in the master equation none", how, checks, values)


def p09(quick: bool, tolerance: float) -> Findings:
    """Partly locked states of twenty levels with frozen amplitudes, none in the master equation."""
    del tolerance
    starts, duration = (1, 120.0) if quick else (3, 240.0)
    model, ours, theirs, true = _followed(equal(20, 0.3, 3.0, REFRIGERATOR), duration, starts)
    driven = model.pairs[:, 0] == 1
    edges = np.zeros(20, dtype=bool)
    edges[[0, -1]] = True
    checks = []
    for start in range(starts):
        for place in np.flatnonzero(driven):
            level = int(model.pairs[place, 1])
            name = f"Φ_1,{level} drifts, start {start}"
            checks.append(absolute(name, ours[start, place], theirs[start, place], 0.05))
            checks.append(absolute(f"{name}, as an edge", ours[start, place], edges[level - 2], 0.05))
        checks.append(
            absolute(f"phases that drift in the master equation, start {start}", int(true[start].sum()), 0, 0.05)
        )
        partly = 0 < int(ours[start].sum()) < ours.shape[1]
        checks.append(absolute(f"some drift and some lock, start {start}", partly, True, 0.05))
    most = int(ours.sum(axis=1).max())
    values = [
        value("levels whose Φ_1j drifts with frozen amplitudes", int(ours[0, driven].sum())),
        value("phases of 210 that drift with frozen amplitudes, most", most),
        value("phases that drift in the master equation", int(true.sum()), 0.0),
    ]
    how = (
        f"The same starts followed to t = {duration:g} by another integrator; N = 20, λ = 0.3, spread 3, refrigerator."
    )
    text = f"Φ_1j of the edge levels drift, the other 18 lock, {most} of 210 pairs drift at most; master equation: none"
    return Findings(text, how, checks, values)


def p10(quick: bool, tolerance: float) -> Findings:
    """Identical levels from random starts: no chimera."""
    checks, values, total = [], [], 0
    starts = 3 if quick else 12
    for regime, n_hot in _REGIMES.items():
        damping = 0.05 * (1.0 + n_hot)
        for count in (4,) if quick else (3, 8):
            for k in (0.05, 3.0, 20.0):
                machine = equal(count, damping / k, 0.0, n_hot)
                model = _model(machine)
                duration = 60.0 / damping
                runs = model.run(duration, starts=starts, seed=_SEED)
                theirs = _theirs(machine)
                along = theirs.follow(theirs.turned(runs.starts), runs.times)
                name = f"k = {k:g}, N = {count}, {regime}"
                ours = int(runs.frozen_drifting.sum())
                checks.append(
                    absolute(f"phases that drift, {name}", ours, int(drifting(along, runs.times).sum()), 0.05)
                )
                checks.append(absolute(f"none drifts, {name}", ours, 0.0, 0.05))
                way, other = (off(one[:, 10], model.phases).max() for one in (runs.frozen, along))
                checks.append(absolute(f"distance on the way, {name}", way, other, 1e2 * tolerance))
                end = off(runs.frozen[:, -1], model.phases).max()
                checks.append(absolute(f"distance from the steady phases, {name}", end, 0.0, tolerance))
                total += starts
    values.append(value(f"starts of identical levels with a drifting phase, of {total}", 0.0))
    how = "The same starts by another integrator; k from 0.05 to 20, all three baths."
    return Findings(f"none of {total} starts drifts, all come back to the steady phases", how, checks, values)


REPELLING = [
    0.1, -0.7, -0.7, -0.5, -0.8, 1.8, 2.9, 2.3, -1.2, -2.0, -2.0, -0.4, -1.0, 0.3, 0.7, -3.0, -3.1, -2.0,
    0.7, -0.2, 0.3, 2.2, -1.0, 0.6, 2.6, -0.0, -0.5, -1.4, 0.1, -0.1, -0.9, 0.5, -0.2, 2.0, -0.4, 1.0,
]  # fmt: skip
"""Real and imaginary parts of half a Hamiltonian and of one channel of three levels, found by climbing."""


def _repelling() -> tuple[Complex, Complex]:
    numbers = np.array(REPELLING).reshape(2, 2, 3, 3)
    half, jump = numbers[:, 0] + 1j * numbers[:, 1]
    return half + half.conj().T, jump


def p11(quick: bool, tolerance: float) -> Findings:
    """Look at three levels and one channel whose steady phases repel."""
    del quick
    hamiltonian, jump = _repelling()
    system = LindbladSystem(hamiltonian, [(0.5, jump)])
    model = phase_model(system).frozen()
    generator = lindblad(hamiltonian, [jump])
    # the null vector, by one row of the trace
    matrix = generator.copy()
    matrix[0] = np.eye(3).ravel()
    rho = np.asarray(np.linalg.solve(matrix, np.eye(9)[0]), dtype=np.complex128).reshape(3, 3, order="F")
    theirs = Frozen(generator, rho, pairs=np.array([[0, 1], [0, 2], [1, 2]]))
    ours = float(model.stability)
    runs = model.run(60.0, starts=2, seed=_SEED)
    along = theirs.follow(theirs.turned(runs.starts), runs.times)
    back = off(runs.coevolving[:, -1], model.phases).max()
    checks = [
        relative("fastest escape from the steady phases", ours, theirs.stability(), tolerance),
        absolute("they repel", ours > 0.0, True, 0.05),
        absolute("velocity there", np.abs(model.velocity(model.phases)).max(), 0.0, tolerance),
        absolute("steady state has no zero eigenvalue", np.linalg.eigvalsh(rho)[0] > 1e-3, True, 0.05),
        absolute("frozen phases stay away", off(runs.frozen[:, -1], model.phases).min() > 0.1, True, 0.05),
        absolute("and so by the reference", off(along[:, -1], theirs.phases).min() > 0.1, True, 0.05),
        absolute("distance of the master equation's phases at the end", back, 0.0, tolerance),
    ]
    how = "Jacobian by differences, and the same two starts followed by another integrator to t = 60."
    return Findings(
        f"escape at {ours:.4g}, and the master equation comes back", how, checks, [value("largest Re J", ours)]
    )
