"""Claims about evolution and decay: P19 to P23."""

import numpy as np

from torusync._checks import Real
from torusync.claims.common import Findings, absolute, maser, relative, value
from torusync.claims.motion import channels, decays_of, propagated, random_state, trace_norm
from torusync.claims.reference import Machine, Matrix, decays
from torusync.dynamics import evolve, liouvillian_gap, liouvillian_spectrum
from torusync.papers.letter.phases.claims.locking import equal
from torusync.papers.letter.phases.parameters import ENGINE, REFRIGERATOR, UNMATCHED
from torusync.papers.letter.phases.relaxation import PAIR_DRIVE, skewness
from torusync.steady import steady_state

_SEED = 831
_REGIMES = {"refrigerator": REFRIGERATOR, "engine": ENGINE, "engine of unmatched damping": UNMATCHED}


def p19(quick: bool, tolerance: float) -> Findings:
    """States in time from random starts, ground coherences and correlated dipoles among them."""
    checks, rng = [], np.random.default_rng(_SEED)
    largest = 0.0
    for number in range(3 if quick else 10):
        count = 1 + number % 4
        drive = rng.uniform(0.05, 0.5, count) * np.exp(2j * np.pi * rng.random(count))
        machine = Machine(
            drive,
            float(rng.choice([0.2, 2.0, 5.0])),
            manifold=3.0 + rng.uniform(0.0, 0.5, count),
            omega_drive=2.0 + float(rng.normal(0.0, 0.2)),
            dipoles=0.4 if number % 2 else 0.0,
        )
        begin, times = random_state(rng, machine.size), np.array([0.0, 0.3, 2.0, 11.0, 60.0])
        path = evolve(maser(machine), begin, times)
        for place, (ours, theirs) in enumerate(
            zip(path.rho, propagated(machine.generator(), begin, times), strict=True)
        ):
            name = (
                f"t = {times[place]:g}, N = {count}, {'correlated' if number % 2 else 'independent'}, machine {number}"
            )
            apart = trace_norm(ours - theirs)
            largest = max(largest, apart)
            checks.append(absolute(f"distance in the trace norm, {name}", apart, 0.0, tolerance))
            # what the exponential itself rounds is not in the bound
            below = apart <= float(path.error[place]) + 1e-12
            checks.append(absolute(f"no more than the bound, {name}", below, True, 0.05))
    how = "Exponentials of the whole generator, each time by itself, from random states with coherences of |0>."
    return Findings(
        f"states agree to {largest:.1e}", how, checks, [value("largest distance in the trace norm", largest, 0.0)]
    )


def p20(quick: bool, tolerance: float) -> Findings:
    """Aligned dipoles have many steady states, and the start decides."""
    checks, values = [], []
    for count in (2,) if quick else (2, 3):
        machine = Machine(np.full(count, 0.1), REFRIGERATOR, dipoles=1.0)
        generator = machine.generator()
        times, ends, limits = np.array([0.0, 400.0]), [], []
        for start in (0, 2):
            begin = np.zeros((machine.size, machine.size), dtype=np.complex128)
            begin[start, start] = 1.0
            path = evolve(maser(machine), start, times)
            theirs = propagated(generator, begin, times)[-1]
            name = f"from level {start}, N = {count}"
            checks.append(absolute(f"end, {name}", trace_norm(path.rho[-1] - theirs), 0.0, tolerance))
            change = (generator @ path.rho[-1].ravel(order="F")).reshape(machine.size, -1)
            checks.append(absolute(f"it rests, {name}", np.abs(change).max(), 0.0, tolerance))
            ends.append(path.rho[-1])
            limits.append(theirs)
        apart = trace_norm(ends[0] - ends[1])
        checks.append(
            relative(f"distance of the two ends, N = {count}", apart, trace_norm(limits[0] - limits[1]), tolerance)
        )
        checks.append(absolute(f"they differ, N = {count}", apart > 0.1, True, 0.05))
        checks.append(absolute(f"stationary matrices, N = {count}", machine.nullity(), 1 + (count - 1) ** 2, 0.05))
        values.append(value(f"distance of the ends from |0> and |2>, N = {count}", apart))
    how = "Exponentials of the whole generator to t = 400, and its singular values."
    return Findings(f"ends from |0> and |2> are {values[0].ours:.4g} apart in the trace norm", how, checks, values)


def _drift(machine: Machine) -> Matrix:
    """Return A of the excited levels."""
    loss = decays([(0.5, jump) for jump in channels(machine)])
    return np.asarray((-1j * machine.rotating() - loss)[1:, 1:])


def _pole(machine: Machine) -> float:
    """Return the slowest decay of the drift alone."""
    slowest = -float(np.linalg.eigvals(_drift(machine)).real.max())
    pumped = 2.0 * machine.gamma_cold * machine.n_cold + 2.0 * machine.gamma_hot * machine.n_hot * machine.count
    return min(2.0 * slowest, slowest + 0.5 * pumped)


def p21(quick: bool, tolerance: float) -> Findings:
    """Gaps by counting zeros, beside whole spectra and slowest poles."""
    checks, values, ratios = [], [], []
    cases = [
        (2, 0.1, 0.0, REFRIGERATOR),
        (3, 0.3, 1.0, REFRIGERATOR),
        (4, 0.3, 1.0, UNMATCHED),
        (4, 1.0, 3.0, REFRIGERATOR),
    ]
    if not quick:
        cases += [(6, 0.3, 1.0, REFRIGERATOR), (8, 0.5, 2.0, UNMATCHED), (20, 0.3, 3.0, REFRIGERATOR)]
    for levels, drive, spread, n_hot in cases:
        machine = equal(levels, drive, spread, n_hot)
        found, theirs = liouvillian_gap(maser(machine)), decays_of(machine.generator())
        gap, name = float(found.gap), f"N = {levels}, λ = {drive:g}, spread {spread:g}, n_h = {n_hot:g}"
        checks.append(relative(f"gap, {name}", gap, -theirs[1].real, tolerance))
        pole = _pole(machine)
        if np.isfinite(found.nearest_pole):
            checks.append(relative(f"slowest pole, {name}", found.nearest_pole, pole, tolerance))
        within = abs(gap + theirs[1].real) <= float(found.error) + 1e-10
        checks.append(absolute(f"no further off than its error, {name}", within, True, 0.05))
        ratios.append(gap / pole)
        values.append(value(f"gap over slowest pole, {name}", ratios[-1]))
    checks.append(
        absolute("some gap is more than 2 % off its pole", max(abs(one - 1.0) for one in ratios) > 0.02, True, 0.05)
    )
    how = "All eigenvalues of the whole generator, and those of the drift."
    return Findings(f"gap over slowest pole {min(ratios):.4f} to {max(ratios):.4f}", how, checks, values)


def p22(quick: bool, tolerance: float) -> Findings:
    """Eigenvalues that stay at −2a_h at exact degeneracy."""
    checks, values = [], []
    for levels in (3, 4) if quick else (3, 4, 5):
        for regime, n_hot in _REGIMES.items():
            machine = equal(levels, 0.1, 0.0, n_hot)
            place = -2.0 * machine.gamma_hot * (1.0 + n_hot)
            ours, theirs = liouvillian_spectrum(maser(machine)).eigenvalues, decays_of(machine.generator())
            name = f"N = {levels}, {regime}"
            counts = [int((np.abs(one - place) < tolerance).sum()) for one in (ours, theirs)]
            matched = abs(machine.gamma_hot * (1.0 + n_hot) - machine.gamma_cold * (1.0 + machine.n_cold)) < 1e-12
            law = (levels - 1) ** 2 - 1 + (2 if matched else 0)
            checks.append(absolute(f"eigenvalues at −2a_h, {name}", counts[0], counts[1], 0.05))
            checks.append(absolute(f"(N − 1)² − 1, two more if the dampings are equal, {name}", counts[0], law, 0.05))
            # every eigenvalue of one list has one of the other beside it
            apart = np.abs(ours[:, np.newaxis] - theirs)
            worst = max(float(apart.min(axis=0).max()), float(apart.min(axis=1).max()))
            checks.append(absolute(f"eigenvalues apart, {name}", worst, 0.0, tolerance))
            values.append(value(f"eigenvalues at −2a_h, {name}", counts[0], law))
    words = ", ".join(f"{one.ours:g} ({one.name.partition(', ')[2]})" for one in values[-3:])
    how = "All eigenvalues of the whole generator, λ = 0.1."
    return Findings(f"at −2a_h: {words}", how, checks, values)


def _left(machine: Machine, begin: Matrix, times: Real) -> Real:
    """Return the distance from the steady state at times, by exponentials."""
    rest = machine.steady()
    return np.array([trace_norm(one - rest) for one in propagated(machine.generator(), begin, times)])


def p23(quick: bool, tolerance: float) -> Findings:
    """Distances fall faster than the gap at first; the drift is normal where its dampings are equal."""
    checks, values = [], []
    machine = equal(2, PAIR_DRIVE, 0.0, REFRIGERATOR)
    model = maser(machine)
    gap, rest = float(liouvillian_gap(model).gap), steady_state(model).rho
    times = np.array([0.0, 1.0, 8.0, 9.0]) / gap
    for start in (0, 1) if quick else (0, 1, 2):
        begin = np.zeros((4, 4), dtype=np.complex128)
        begin[start, start] = 1.0
        ours = np.array([trace_norm(one - rest) for one in evolve(model, start, times).rho])
        theirs = _left(machine, begin, times)
        for place, time in enumerate(times):
            checks.append(
                absolute(f"distance at {time * gap:.0f}/gap, from level {start}", ours[place], theirs[place], tolerance)
            )
        left = float(ours[2] / ours[0] * np.exp(8.0))
        rate = float(np.log(ours[2] / ours[3]))
        checks.append(
            relative(
                f"left in units of e^(−gap t), from level {start}",
                left,
                theirs[2] / theirs[0] * np.exp(8.0),
                1e5 * tolerance,
            )
        )
        checks.append(absolute(f"less than half is left, from level {start}", left < 0.5, True, 0.05))
        checks.append(absolute(f"in the end it falls as the gap, from level {start}", rate, 1.0, 0.005))
        values.append(value(f"left after 8/gap in units of e^(−gap t), from level {start}", left))
    for regime, n_hot in _REGIMES.items():
        one = equal(2, 0.06, 0.0, n_hot)
        skewed, other = float(skewness(maser(one))[0]), float(np.linalg.cond(np.linalg.eig(_drift(one))[1]))
        checks.append(relative(f"condition of the eigenvectors of the drift, {regime}", skewed, other, 1e4 * tolerance))
        checks.append(absolute(f"it is normal, {regime}", skewed < 1.0 + 1e-9, n_hot == ENGINE, 0.05))
        values.append(value(f"condition of the eigenvectors at λ = 0.06, {regime}", skewed))
    words = ", ".join(f"{one.ours:.3f}" for one in values[: 2 if quick else 3])
    how = "Exponentials of the whole generator, N = 2 near the exceptional point; A built from printed operators."
    return Findings(f"left of the distance in units of e^(−gap t): {words}", how, checks, values)
