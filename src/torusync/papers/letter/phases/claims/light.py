"""Claims about light and frequencies: P24 to P28."""

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from torusync.claims.common import Findings, absolute, maser, relative, value
from torusync.claims.motion import correlation, emitting, light, random_state
from torusync.claims.reference import Machine
from torusync.dynamics import emission_spectrum, evolve
from torusync.papers.letter.parameters import BATHS, DRIVE
from torusync.papers.letter.phases.light import peak_of
from torusync.papers.letter.phases.parameters import ENGINE, REFRIGERATOR, UNMATCHED

_SEED = 841
_REGIMES = {"refrigerator": REFRIGERATOR, "engine": ENGINE, "engine of unmatched damping": UNMATCHED}


def _machine(count: int, n_hot: float, drive: float = DRIVE, detuning: float = 0.0) -> Machine:
    return Machine(np.full(count, drive), n_hot, omega_drive=2.0 + detuning)


def p24(quick: bool, tolerance: float) -> Findings:
    """Compare the incoherent spectrum with a linear solve a frequency."""
    checks, largest = [], 0.0
    for regime, n_hot in _REGIMES.items():
        for count in (2,) if quick else (1, 2, 4):
            drive = 0.2 * np.exp(1j * np.arange(count)) * np.linspace(1.0, 0.6, count)
            machine = Machine(drive, n_hot, manifold=3.0 + 0.2 * np.arange(count), omega_drive=2.1)
            lines = np.array([-1.3, -0.4, 0.0, 0.25, 1.1])
            ours = emission_spectrum(maser(machine), lines).density
            theirs = light(machine.generator(), machine.steady(), emitting(machine), lines)
            for line, one, other in zip(lines, ours, theirs, strict=True):
                checks.append(absolute(f"S({line:g}), N = {count}, {regime}", one, other, tolerance))
                largest = max(largest, abs(one - other))
    how = "2 Re tr[d† (iω − L)⁻¹ (dρ − <d>ρ)] with the whole generator, complex unequal drives off resonance."
    return Findings(f"agrees to {largest:.1e}", how, checks, [value("largest deviation", largest, 0.0)])


def _integral(machine: Machine, nodes: int = 400) -> float:
    """Return ∫S dω/2π of our spectrum: trapezoids in an angle, ω = tan, which is exact for what decays as 1/ω²."""
    angle = (np.arange(nodes) + 0.5) * np.pi / nodes - 0.5 * np.pi
    density = emission_spectrum(maser(machine), np.tan(angle)).density
    return float(np.sum(density / np.cos(angle) ** 2) / (2.0 * nodes))


def p25(quick: bool, tolerance: float) -> Findings:
    """Integrate the incoherent part over all frequencies."""
    checks, values = [], []
    for regime, n_hot in _REGIMES.items():
        for detuning in (0.2,) if quick else (0.0, 0.2, 1.0):
            machine = _machine(2, n_hot, 0.2, detuning)
            rho, operator = machine.steady(), emitting(machine)
            total = float(np.trace(operator.conj().T @ operator @ rho).real)
            weight = abs(complex(np.trace(operator @ rho))) ** 2
            name = f"detuning {detuning:g}, {regime}"
            integral = _integral(machine)
            checks.append(relative(f"∫S dω/2π, {name}", integral, total - weight, tolerance))
            found = emission_spectrum(maser(machine), [0.0])
            checks.append(relative(f"<d†d>, {name}", found.total_weight, total, tolerance))
            checks.append(relative(f"|<d>|², {name}", found.coherent_weight, weight, tolerance))
            values.append(value(f"∫S dω/2π over <d†d> − |<d>|², {name}", integral / (total - weight), 1.0))
    how = "The integral over all frequencies against two averages in the steady state of Eq. (8)."
    return Findings(f"ratio 1 within {max(abs(one.ours - 1.0) for one in values):.1e}", how, checks, values)


def p26(quick: bool, tolerance: float) -> Findings:
    """Look at what is left of the correlation of the light after long delays, at several detunings."""
    checks, values = [], []
    for detuning in (-0.7, 0.3) if quick else (-1.2, -0.7, 0.0, 0.3, 1.0):
        machine = _machine(2, UNMATCHED, 0.2, detuning)
        rho, operator = machine.steady(), emitting(machine)
        found = emission_spectrum(maser(machine), [0.0])
        delays = np.array([100.0, 100.7, 113.0])
        late = correlation(machine.generator(), rho, operator, delays)
        for delay, one in zip(delays, late, strict=True):
            name = f"detuning {detuning:g}, delay {delay:g}"
            # it stands still in the frame of the drive: one number, real, whatever the delay
            checks.append(absolute(f"coherent weight, {name}", found.coherent_weight, one.real, tolerance))
            checks.append(absolute(f"it does not turn against the drive, {name}", 0.0, np.angle(one), 1e4 * tolerance))
        times = np.concatenate([[0.0], np.linspace(60.0, 75.0, 61)])
        along = machine.laboratory(rho, times)[1:, 1, 2]
        turning = float(np.polyfit(times[1:], np.unwrap(np.angle(along)), 1)[0])
        drive_frequency = float(maser(machine).drive_frequency)
        checks.append(
            absolute(f"Ω against the rotation of ρ_12, detuning {detuning:g}", drive_frequency, turning, 1e-7)
        )
        values.append(
            value(f"rate at which arg ρ_12 turns over Ω, detuning {detuning:g}", turning / drive_frequency, 1.0)
        )
    how = "<d†(τ)d(0)> by exponentials at long delays, and the laboratory equation with its drive oscillating."
    return Findings("the coherent part turns at Ω at every detuning", how, checks, values)


def _peak(machine: Machine) -> tuple[float, float]:
    """Return where the reference's spectrum is highest, and its full width at half height."""
    generator, rho, operator = machine.generator(), machine.steady(), emitting(machine)

    def height(line: float) -> float:
        return float(light(generator, rho, operator, np.array([line]))[0])

    grid = np.linspace(-3.0, 3.0, 241)
    values = light(generator, rho, operator, grid)
    near = float(grid[values.argmax()])
    found = minimize_scalar(lambda line: -height(line), bounds=(near - 0.05, near + 0.05), method="bounded",
                            options={"xatol": 1e-8})  # fmt: skip
    half = 0.5 * height(float(found.x))
    inside = np.flatnonzero(values >= half)
    ends = [
        brentq(lambda line: height(line) - half, grid[outer], grid[inner])
        for outer, inner in ((inside[0] - 1, inside[0]), (inside[-1] + 1, inside[-1]))
    ]
    return float(found.x), float(ends[1] - ends[0])


def p27(quick: bool, tolerance: float) -> Findings:
    """Observed frequency, linewidth and coherent fraction against detuning."""
    checks, values = [], []
    width = 2.0 * (BATHS["gamma_hot"] * (1.0 + UNMATCHED) + BATHS["gamma_cold"] * (1.0 + BATHS["n_cold"]))
    lines = np.linspace(-4.0, 4.0, 8001)
    for drive in (0.02, 0.1) if quick else (0.02, 0.1, 0.3):
        for detuning in (-0.5, 1.0) if quick else (-1.0, -0.5, 0.2, 1.0):
            machine = _machine(2, UNMATCHED, drive, detuning)
            found = emission_spectrum(maser(machine), lines)
            where, wide = (float(one) for one in peak_of(found))
            theirs, their_width = _peak(machine)
            name = f"detuning {detuning:g}, λ = {drive:g}"
            checks.append(absolute(f"peak, {name}", where, theirs, tolerance))
            checks.append(absolute(f"linewidth, {name}", wide, their_width, tolerance))
            rho, operator = machine.steady(), emitting(machine)
            share = abs(complex(np.trace(operator @ rho))) ** 2 / np.trace(operator.conj().T @ operator @ rho).real
            checks.append(relative(f"coherent fraction, {name}", found.coherent_fraction, share, tolerance))
            checks.append(absolute(f"peak off the drive, {name}", abs(where) > 1e-3, True, 0.05))
            if drive == 0.02:
                checks.append(absolute(f"peak at the transition, {name}", where, -detuning, 40.0 * drive**2))
                checks.append(absolute(f"linewidth 2Γ, {name}", wide, width, 40.0 * drive**2))
            values.append(value(f"peak from the drive, {name}, in ω_1", where))
            values.append(value(f"coherent fraction, {name}", found.coherent_fraction))
    highest = max(one.ours for one in values if one.name.startswith("coherent"))
    how = "A bounded search and roots in a spectrum by linear solves; to second order in the drive −δ and 2Γ."
    return Findings(f"peak never at the drive, coherent fraction {highest:.2g} at most", how, checks, values)


def p28(quick: bool, tolerance: float) -> Findings:
    """Follow coherences in the laboratory frame, those of |0> among them."""
    checks, rng, largest = [], np.random.default_rng(_SEED), 0.0
    for detuning in (0.15,) if quick else (-0.3, 0.0, 0.15):
        machine = Machine([DRIVE, 0.7 * DRIVE], UNMATCHED, omega_drive=2.0 + detuning)
        begin, times = random_state(rng, machine.size), np.array([0.0, 0.8, 5.0, 17.0])
        ours = evolve(maser(machine), begin, times).laboratory_rho
        theirs = machine.laboratory(begin, times)
        for place, time in enumerate(times):
            for name, pair in (("ρ_12", (1, 2)), ("ρ_23", (2, 3)), ("ρ_02", (0, 2)), ("ρ_01", (0, 1))):
                one, other = ours[place][pair], theirs[place][pair]
                for part, a, b in (("real part", one.real, other.real), ("imaginary part", one.imag, other.imag)):
                    checks.append(absolute(f"{part} of {name} at t = {time:g}, detuning {detuning:g}", a, b, tolerance))
                largest = max(largest, abs(one - other))
    how = "The laboratory equation with the drive of Eq. (6) oscillating, from a random state with coherences of |0>."
    return Findings(f"agrees to {largest:.1e}", how, checks, [value("largest deviation of a coherence", largest, 0.0)])
