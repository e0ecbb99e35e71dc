"""Claims about the measure and about two levels: C01, C02, C06 to C12."""

import numpy as np

from torusync._checks import Complex
from torusync.claims.common import (
    Findings,
    absolute,
    agreement,
    both,
    crest,
    excess,
    relative,
    solved,
    their_excess,
    value,
)
from torusync.claims.reference import Machine, bound, factor, integrated_q, maximum, root
from torusync.papers.letter.parameters import BATHS, DRIVE
from torusync.phases import phase_distribution, synchronization


def random_state(size: int, rng: np.random.Generator, rank: int | None = None) -> Complex:
    """Return a random density matrix."""
    amplitudes = rng.normal(size=(size, rank or size)) + 1j * rng.normal(size=(size, rank or size))
    rho = amplitudes @ amplitudes.conj().T
    return np.asarray(rho / np.trace(rho).real)


def c01(quick: bool, tolerance: float) -> Findings:
    """Eq. (3) against direct quadrature of Eq. (1)."""
    rng = np.random.default_rng(1)
    checks, values = [], []
    for size in (3, 4):
        # of two levels in equal superposition S(0) is the prefactor
        flat = np.zeros((size, size), dtype=np.complex128)
        flat[:2, :2] = 0.5
        prefactor = float(phase_distribution(flat, np.zeros(size)))
        theirs = integrated_q(flat, np.zeros(size))
        checks.append(relative(f"prefactor at D = {size}", prefactor, theirs, tolerance))
        values.append(value(f"prefactor of Eq. (3) at D = {size}", prefactor, factor(size)))
        for index in range(1 if quick else 3):
            rho, phases = random_state(size, rng), rng.uniform(0.0, 2.0 * np.pi, size)
            ours = float(phase_distribution(rho, phases))
            # S is at most one over the torus volume: that is its natural scale
            scale = (2.0 * np.pi) ** (1 - size)
            theirs = integrated_q(rho, phases)
            checks.append(absolute(f"S at D = {size}, state {index}", ours, theirs, tolerance * scale))
    return Findings(agreement(checks), "Quadrature of Q over the polar angles, D = 3 and 4.", checks, values)


def c02(quick: bool, tolerance: float) -> Findings:
    """Diagonal states against all others."""
    rng = np.random.default_rng(2)
    checks, values = [], []
    for size in (3, 4, 5) if quick else (3, 4, 5, 6, 8):
        diagonal = np.diag(rng.dirichlet(np.ones(size))).astype(np.complex128)
        phases = rng.uniform(0.0, 2.0 * np.pi, (50, size))
        largest = float(np.abs(phase_distribution(diagonal, phases)).max())
        checks.append(absolute(f"largest |S| of a diagonal state, D = {size}", largest, 0.0, 1e-15 * factor(size)))
        checks.append(absolute(f"its S_max, D = {size}", synchronization(diagonal).s_max, 0.0, 1e-15 * factor(size)))
        values.append(value(f"largest |S| of a diagonal state, D = {size}", largest, 0.0))
        for amount in (1e-3, 1e-9):
            single = diagonal.copy()
            single[0, 1], single[1, 0] = 1j * amount * diagonal[0, 0].real, -1j * amount * diagonal[0, 0].real
            ours = float(synchronization(single).s_max)
            expected = maximum(single, starts=2)[0]
            checks.append(relative(f"S_max with one coherence of {amount:g}, D = {size}", ours, expected, tolerance))
    how = "Random diagonal states, then one coherence added."
    return Findings("0 for diagonal states, > 0 otherwise", how, checks, values)


def _two_levels(ratio: float) -> Machine:
    return Machine([DRIVE, DRIVE], ratio * BATHS["n_cold"])


def _printed_two_levels(rho: Complex, machine: Machine, k: float) -> float:
    """Return Eq. (11) evaluated with given coherences."""
    r12, r13, r23 = abs(rho[1, 2]), abs(rho[1, 3]), abs(rho[2, 3])
    engine = r12 + r13 - r23 if k > 2.0 else (1.0 + 0.5 * k**2) * r23
    return float((r12 + r13 + r23 if machine.n_hot < machine.n_cold else engine) / (16.0 * np.pi**2))


def c06(quick: bool, tolerance: float) -> Findings:
    """Eq. (11) against the certified maximum."""
    checks, values = [], []
    for ratio in (0.1, 0.4, 2.0, 10.0) if quick else (0.01, 0.1, 0.4, 0.9, 1.5, 2.0, 3.0, 6.0, 6.5, 10.0, 30.0, 100.0):
        machine = _two_levels(ratio)
        _, sync, rho = both(machine)
        k = machine.gamma_hot * (1.0 + machine.n_hot) / DRIVE
        expected = _printed_two_levels(rho, machine, k)
        checks.append(relative(f"S_max at n_h/n_c = {ratio:g}", sync.s_max, expected, tolerance))
        values.append(value(f"S_max at n_h/n_c = {ratio:g}", sync.s_max, expected))
        checks.append(absolute(f"certified gap at {ratio:g}", sync.relative_gap, 0.0, 1e-9))
        # an upper bound by the reference's own dual proves that Eq. (11) is the global maximum
        proven = bound(rho, maximum(rho)[1])
        # (the reference's phases are good to 1e-8, and the dual bound is linear in that error)
        checks.append(relative(f"dual bound at {ratio:g}", sync.s_max_bound, proven, 100.0 * tolerance))
    how = "Certified maxima against Eq. (11) with coherences of Eq. (8)."
    return Findings(f"all three branches: {agreement(checks)}", how, checks, values)


def c07(quick: bool, tolerance: float) -> Findings:
    """Eq. (12): optimal phases."""
    checks, values = [], []
    for ratio in (0.4, 2.0, 10.0) if quick else (0.1, 0.4, 0.8, 2.0, 4.0, 6.0, 10.0, 50.0):
        machine = _two_levels(ratio)
        k = machine.gamma_hot * (1.0 + machine.n_hot) / DRIVE
        _, sync = solved(machine)
        pair = np.sort(np.asarray(sync.phases)[2:])
        chi = 1.5 * np.pi if ratio < 1.0 else float(np.arcsin(min(0.5 * k, 1.0)))
        expected = (chi, chi if ratio < 1.0 else np.pi - chi)
        for name, ours, wanted in zip(("φ_21", "φ_31"), pair, expected, strict=True):
            checks.append(absolute(f"{name} at n_h/n_c = {ratio:g}", ours, wanted, tolerance))
            values.append(value(f"{name} at n_h/n_c = {ratio:g}", ours, wanted))
        # at k = 2 the two have met
        number = 2.0 if ratio > 1.0 and k < 2.0 else 1.0
        checks.append(absolute(f"number of optima at {ratio:g}", sync.optima_count, number, 0.05))
    how = "Optimal phases against Eq. (12), the two of its last line sorted."
    return Findings(f"all three branches: {agreement(checks)}", how, checks, values)


def c08(quick: bool, tolerance: float) -> Findings:
    """Point against ring."""
    checks, words, values = [], [], []
    for k, ring in ((3.0, False), (0.75, True)):
        lam, name = 0.05 * 51.0 / k, f"k = {k:g}"
        machine = Machine([lam, lam], 50.0)
        state, _ = solved(machine)
        found, share = crest(machine, state, 60 if quick else 180, name, whole=ring, tolerance=tolerance)
        checks += found
        words.append(f"{name}: {100 * share:.0f} % of the circle above half maximum")
        values.append(value(f"share of the circle above half maximum, {name}", share))
    return Findings("; ".join(words), "S on a grid of common phase and phase difference, both routes.", checks, values)


def c09(quick: bool, tolerance: float) -> Findings:
    """Cooperation above, competition below the entrainment part, and the exact border."""
    lam = 0.5

    def machine_at(k: float) -> Machine:
        return Machine([lam, lam], k * lam / 0.05 - 1.0)

    def ours(k: float) -> float:
        return excess(*solved(machine_at(k)))

    border = root(ours, 0.4, 1.5)
    checks = [absolute("border in k", border, 2.0 - float(np.sqrt(2.0)), tolerance)]
    for k in (0.45, 0.8, 3.0):
        expected = their_excess(machine_at(k).steady(), starts=4)
        checks.append(absolute(f"excess of the engine at k = {k:g}", ours(k), expected, tolerance))
    for ratio in (0.4,) if quick else (0.1, 0.4, 0.9):
        machine = _two_levels(ratio)
        k = machine.gamma_hot * (1.0 + machine.n_hot) / DRIVE
        name = f"excess of the refrigerator at n_h/n_c = {ratio:g}"
        checks.append(absolute(name, excess(*solved(machine)), 0.5 / k, tolerance))
    values = [value("k at which the engine's S_max is its entrainment part", border)]
    return Findings(f"border at k = {border:.9f}", "S_max over its entrainment part, both routes.", checks, values)


def c10(quick: bool, tolerance: float) -> Findings:
    """Unequal drives."""
    checks, extremes = [], {}
    for name, ratio, sign in (("refrigerator", 0.4, 1.0), ("engine", 10.0, -1.0), ("engine of n_h/n_c = 4", 4.0, -1.0)):
        worst = np.inf
        for share in (0.25, 0.75) if quick else (0.05, 0.2, 0.4, 0.6, 0.8, 1.0, -0.5):
            machine = Machine([DRIVE * share, DRIVE], ratio * 0.5)
            ours, expected = excess(*solved(machine)), their_excess(machine.steady(), starts=6)
            checks.append(absolute(f"excess, {name}, λ_2/λ_3 = {share:g}", ours, expected, tolerance))
            worst = min(worst, sign * ours)
        checks.append(absolute(f"verdict sign, {name}", np.sign(worst), 1.0, 0.05))
        extremes[name] = sign * worst
    above, below = 100.0 * extremes["refrigerator"], -100.0 * extremes["engine"]
    text = f"refrigerator above by {above:.2g} % or more, engine below by {below:.2g} % or more"
    values = [value(f"least excess over the entrainment part, {name}", one) for name, one in extremes.items()]
    return Findings(text, "Excess of S_max over its entrainment part for unequal drives.", checks, values)


def c11(quick: bool, tolerance: float) -> Findings:
    """Phases of the drives do not matter."""
    checks, values = [], []
    rng = np.random.default_rng(11)
    for ratio in (0.4, 2.0, 10.0):
        plain = Machine([DRIVE, 0.6 * DRIVE, 0.8 * DRIVE], ratio * 0.5)
        expected = maximum(plain.steady(), starts=8)[0]
        turns = [np.array([1.0, -1.0, 1.0]), np.exp(2j * np.pi * rng.random(3))]
        for name, turn in zip(("one sign turned", "random phases"), turns if not quick else turns[:1], strict=False):
            _, sync = solved(Machine(plain.drive * turn, ratio * 0.5))
            checks.append(relative(f"S_max, {name}, n_h/n_c = {ratio:g}", sync.s_max, expected, tolerance))
            values.append(
                value(f"S_max over that of plain drives, {name}, n_h/n_c = {ratio:g}", sync.s_max / expected, 1.0)
            )
    how = "Turned drives by our route against plain drives by the reference."
    return Findings(f"unchanged: {agreement(checks)}", how, checks, values)


def c12(quick: bool, tolerance: float) -> Findings:
    """Where S_max vanishes."""
    checks, values = [], []
    for name, machine in (("λ = 0", Machine([0.0, 0.0], 5.0)), ("n_h = n_c", Machine([DRIVE, DRIVE], 0.5))):
        checks.append(absolute(f"S_max at {name}", solved(machine)[1].s_max, 0.0, 1e-17))
        values.append(value(f"S_max at {name}", checks[-1].ours, 0.0))
    near = [
        (f"λ = {lam:g}, n_h/n_c = {ratio:g}", Machine([lam, lam], ratio * 0.5))
        for lam in (1e-3, 10.0)
        for ratio in ((0.4, 10.0) if quick else (0.01, 0.4, 10.0, 100.0))
    ]
    near += [(f"n_h/n_c = {ratio:g}", Machine([DRIVE, DRIVE], ratio * 0.5)) for ratio in (0.999, 1.001)]
    lowest = np.inf
    for name, machine in near:
        ours, expected = float(solved(machine)[1].s_max), maximum(machine.steady(), starts=4)[0]
        checks.append(relative(f"S_max at {name}", ours, expected, tolerance))
        lowest = min(lowest, ours)
    values.append(value("smallest S_max elsewhere", lowest))
    how = "Zeros, and their neighbourhoods by both routes."
    return Findings(f"smallest elsewhere {lowest:.2g}", how, checks, values)
