"""Claims about the steady state, its phases, its dynamics and its thermodynamics: C03 to C05, C17 to C20."""

from collections.abc import Callable
from functools import partial

import numpy as np

from torusync.claims.common import (
    Findings,
    absolute,
    agreement,
    angle,
    both,
    excess,
    maser,
    relative,
    solved,
    their_excess,
    value,
)
from torusync.claims.reference import Machine, maximum, printed_coherences, root
from torusync.claims.verdict import Check
from torusync.measures import triangle_frustration
from torusync.papers.letter.parameters import DRIVE
from torusync.steady import Collective, steady_state
from torusync.thermo import thermodynamics


def c03(quick: bool, tolerance: float) -> Findings:
    """Eqs. (9) and (10) for N = 1 to 20."""
    checks, values = [], []
    for ratio in (0.4, 4.0) if quick else (0.4, 4.0, 10.0):
        for count in (1, 2, 3, 5, 8) if quick else range(1, 21):
            machine = Machine(np.full(count, DRIVE), ratio * 0.5)
            rho = machine.steady()
            state = steady_state(maser(machine), solver=Collective())
            printed = printed_coherences(count, n_hot=machine.n_hot, n_cold=0.5, g_h=0.05, g_c=0.2, lam=DRIVE)
            single = complex(state.coherence(1, 2))
            name = f"N = {count}, n_h/n_c = {ratio:g}"
            checks.append(relative(f"Im ρ_12, {name}", single.imag, rho[1, 2].imag, tolerance))
            checks.append(relative(f"Eq. (9), {name}", single.imag, printed[0], tolerance))
            if count == 2:
                values.append(value(f"Im ρ_12, {name}", single.imag, printed[0]))
            if count > 1:
                pair = complex(state.coherence(2, 3))
                checks.append(relative(f"ρ_23, {name}", pair.real, rho[2, 3].real, tolerance))
                checks.append(relative(f"Eq. (10), {name}", pair.real, printed[1], tolerance))
    how = "The closed form against a Kronecker-product solution of Eq. (8) and against F = AN² + BN + C."
    return Findings(f"N = 1 to {8 if quick else 20}: {agreement(checks)}", how, checks, values)


def c04(quick: bool, tolerance: float) -> Findings:
    """Check k as a ratio of coherences."""
    checks, values = [], []
    for ratio in (0.4, 10.0) if quick else (0.1, 0.4, 2.0, 10.0, 100.0):
        for count in (2, 3) if quick else (2, 3, 7):
            machine = Machine(np.full(count, DRIVE), ratio * 0.5)
            state, _, rho = both(machine)
            ours = float(np.abs(state.coherence(1, 2)) / np.abs(state.coherence(2, 3)))
            k = machine.gamma_hot * (1.0 + machine.n_hot) / DRIVE
            checks.append(relative(f"ratio against k, N = {count}, n_h/n_c = {ratio:g}", ours, k, tolerance))
            if count == 2:
                values.append(value(f"|ρ_12|/|ρ_23|, N = 2, n_h/n_c = {ratio:g}", ours, k))
            direct = float(abs(rho[1, 2]) / abs(rho[2, 3]))
            checks.append(relative(f"ratio against Eq. (8), N = {count}, {ratio:g}", ours, direct, tolerance))
    how = "Ratio of coherences by both routes and from the parameters."
    return Findings(f"equal to k: {agreement(checks)}", how, checks, values)


def c05(quick: bool, tolerance: float) -> Findings:
    """Phase preferences and their compatibility."""
    checks, words, values = [], [], []
    cooling, driving = (1.5 * np.pi, 0.0), (0.5 * np.pi, np.pi)
    for regime, ratio, wanted in (("refrigerator", 0.4, cooling), ("engine", 10.0, driving), ("engine", 4.0, driving)):
        name = f"{regime}, n_h/n_c = {ratio:g}"
        for count in (3,) if quick else (2, 3, 6):
            machine = Machine(np.full(count, DRIVE), ratio * 0.5)
            state, _, rho = both(machine)
            for label, pair, printed in (("Φ_21", (2, 1), wanted[0]), ("Φ_23", (2, 3), wanted[1])):
                ours, direct = complex(state.coherence(*pair)), rho[pair]
                solution = float(np.angle(direct))
                checks.append(angle(f"{label} against Eq. (8), {name}, N = {count}", ours, solution, tolerance))
                checks.append(angle(f"{label} against print, {name}, N = {count}", ours, printed, tolerance))
                if count == 3:
                    values.append(value(f"{label}, {name}", checks[-1].ours, printed))
            triangles = triangle_frustration(state)
            open_angle = float(np.abs(triangles.angle[np.isfinite(triangles.angle)]).max())
            expected = 0.0 if regime == "refrigerator" else np.pi
            checks.append(absolute(f"largest frustration, {name}, N = {count}", open_angle, expected, tolerance))
        words.append(f"{name}: frustration {open_angle / np.pi:.3g} π")
    how = "Arguments of the coherences, and Φ_ij + Φ_jk − Φ_ik of every triangle."
    return Findings("; ".join(words), how, checks, values)


def c17(quick: bool, tolerance: float) -> Findings:
    """Laboratory frame: ρ_1j follows the drive, ρ_jl stands."""
    detuning = 0.15
    machine = Machine([DRIVE, 0.7 * DRIVE], 0.2, omega_drive=2.0 + detuning)
    state, _ = solved(machine)
    # from the undriven machine: what rotates in the end has been entrained; the slowest decay is about 0.25 here
    begin = np.diag(solved(Machine([0.0, 0.0], 0.2))[0].populations).astype(np.complex128)
    settled = 120.0
    times = np.concatenate([[0.0], np.linspace(settled, settled + (10.0 if quick else 50.0), 201 if quick else 1001)])
    evolved, times = machine.laboratory(begin, times)[1:], times[1:]
    drive_frequency = float(maser(machine).drive_frequency)
    entrained = np.unwrap(np.angle(evolved[:, 1, 2]))
    mutual = np.unwrap(np.angle(evolved[:, 2, 3]))
    turning, standing = (float(np.polyfit(times, phase, 1)[0]) for phase in (entrained, mutual))
    checks = [
        absolute("Ω against the rotation of ρ_12", drive_frequency, turning, tolerance),
        absolute("rotation of ρ_23", 0.0, standing, tolerance),
        relative("modulus of ρ_12 at the end", np.abs(state.coherence(1, 2)), abs(evolved[-1, 1, 2]), tolerance),
        relative("modulus of ρ_23 at the end", np.abs(state.coherence(2, 3)), abs(evolved[-1, 2, 3]), tolerance),
    ]
    how = (
        "Integration of the laboratory equation from the undriven machine, the drive of Eq. (6) oscillating at "
        f"Ω = {2.0 + detuning:g}."
    )
    values = [
        value("rate at which arg ρ_12 turns, its modulus in ω_1", abs(turning), drive_frequency),
        value("rate at which arg ρ_23 turns, its modulus in ω_1", abs(standing), 0.0),
    ]
    return Findings(f"ρ_12 at +Ω = {drive_frequency:g} ω_1, ρ_23 at 0", how, checks, values)


def _detuned(lam: float, ratio: float, delta: float = 0.0) -> Machine:
    return Machine([lam, lam], ratio * 0.5, omega_drive=2.0 + delta)


def _height(machine: Machine) -> float:
    return float(solved(machine)[1].s_max)


def _their_height(machine: Machine) -> float:
    return maximum(machine.steady(), starts=4)[0]


def _above_half(height: Callable[[Machine], float], build: Callable[[float], Machine], peak: float, x: float) -> float:
    return height(build(x)) - 0.5 * peak


def c18(quick: bool, tolerance: float) -> Findings:
    """Half-width of S_max over detuning, against the drive."""
    checks, words, values = [], [], []
    for ratio in (0.4,) if quick else (0.4, 4.0, 10.0):
        previous, widths = 0.0, []
        for lam in (0.05, 0.2) if quick else (0.05, 0.1, 0.2, 0.4):
            at = partial(_detuned, lam, ratio)
            peak = _height(at(0.0))
            width = root(partial(_above_half, _height, at, peak), 0.0, 20.0)
            # the reference at our width: both its height and the fall to one half
            top, side = (_their_height(at(delta)) for delta in (0.0, width))
            name = f"λ = {lam:g}, n_h/n_c = {ratio:g}"
            checks.append(relative(f"S_max on resonance, {name}", peak, top, tolerance))
            checks.append(absolute(f"fall at the half-width, {name}", _height(at(width)) / peak, side / top, tolerance))
            checks.append(absolute(f"wider than before, {name}", width > previous, 1.0, 0.05))
            previous = width
            widths.append(f"{width:.3f} (λ = {lam:g})")
            values.append(value(f"half-width in ω_1, {name}", width))
        words.append(f"{', '.join(widths)} at n_h/n_c = {ratio:g}")
        checks.append(_tip(ratio, tolerance))
    how = "Detuning at which S_max has fallen to one half, against λ; and the tip of a contour of fixed S_max."
    return Findings(f"half-widths in ω_1: {'; '.join(words)}", how, checks, values)


def _tip(ratio: float, tolerance: float) -> Check:
    """Compare the weakest drive that reaches half the S_max of λ = 0.1 on resonance, the tip of that contour."""
    on_resonance = partial(_detuned, ratio=ratio)
    ours, expected = (
        root(partial(_above_half, height, on_resonance, height(on_resonance(DRIVE))), 0.0, DRIVE)
        for height in (_height, _their_height)
    )
    return relative(f"tip of the tongue, n_h/n_c = {ratio:g}", ours, expected, tolerance)


def c19(quick: bool, tolerance: float) -> Findings:
    """Power leaves the machine exactly if n_h > n_c."""
    checks, values = [], []
    for ratio in (0.4, 10.0) if quick else (0.05, 0.4, 0.95, 1.05, 2.0, 10.0, 100.0):
        for delta in (0.0, 0.2):
            machine = Machine([DRIVE, 0.6 * DRIVE], ratio * 0.5, omega_drive=2.0 + delta)
            rho = machine.steady()
            flows = thermodynamics(solved(machine)[0])
            name = f"n_h/n_c = {ratio:g}, detuning {delta:g}"
            checks.append(relative(f"power, {name}", flows.power, machine.power(rho), tolerance))
            checks.append(relative(f"hot heat, {name}", flows.heat_hot, machine.heat("hot", rho), tolerance))
            checks.append(relative(f"cold heat, {name}", flows.heat_cold, machine.heat("cold", rho), tolerance))
            values.append(value(f"power in ħω_1², {name}", flows.power))
            wanted = 1.0 if ratio > 1.0 else -1.0
            checks.append(absolute(f"sign of the power, {name}", np.sign(flows.power), wanted, 0.05))
        undriven = Machine([0.0, 0.0], ratio * 0.5)
        populations = solved(undriven)[0].populations
        inversion = float(populations[2] / populations[1])
        expected = (undriven.n_hot / (1 + undriven.n_hot)) / (undriven.n_cold / (1 + undriven.n_cold))
        checks.append(relative(f"undriven ρ_22/ρ_11, n_h/n_c = {ratio:g}", inversion, expected, tolerance))
    balanced = thermodynamics(solved(Machine([DRIVE, DRIVE], 0.5))[0])
    checks.append(absolute("power at n_h = n_c", balanced.power, 0.0, 1e-17))
    how = "Tr[H_0 D_a ρ] and the work on the drive, by the reference."
    return Findings(f"power > 0 iff n_h > n_c; power and heats: {agreement(checks)}", how, checks, values)


def c20(quick: bool, tolerance: float) -> Findings:
    """Small splittings: same verdicts, S_max nearly unchanged."""
    checks = []
    drifts: dict[float, float] = {0.001: 0.0, 0.01: 0.0}
    for ratio, sign in ((0.4, 1.0), (4.0, -1.0), (10.0, -1.0)):
        for count in (2,) if quick else (2, 3, 5):
            exact = float(solved(Machine(np.full(count, DRIVE), ratio * 0.5))[1].s_max)
            for spread, before in drifts.items():
                manifold = 3.0 + np.linspace(0.0, spread, count)
                machine = Machine(np.full(count, DRIVE), ratio * 0.5, manifold=manifold)
                state, sync, rho = both(machine)
                name = f"N = {count}, n_h/n_c = {ratio:g}, Δ = {spread:g}"
                ours, height = excess(state, sync), maximum(rho, starts=8)[0]
                checks += [
                    relative(f"S_max, {name}", sync.s_max, height, tolerance),
                    absolute(f"certified gap, {name}", sync.relative_gap, 0.0, 1e-9),
                    absolute(f"excess, {name}", ours, their_excess(rho, starts=8), tolerance),
                    absolute(f"verdict sign, {name}", sign * np.sign(ours), 1.0, 0.05),
                ]
                drifts[spread] = max(before, abs(float(sync.s_max) / exact - 1.0))
    for ratio in (0.4, 10.0):
        for spread in (0.01, 0.1):
            checks += _thermal_levels(ratio, spread, tolerance)
    # of second order where all phases align; where the engine's optimum is a continuum levels apart choose within it,
    # and equal drives of many levels gain 2x = Δ/2λ, x = Σ_j |ω_j − ω̄| λ_j/Σλ² being the most that they can answer
    for spread, drift in drifts.items():
        checks.append(absolute(f"largest change of S_max, Δ = {spread:g}", drift, 0.0, 0.5 * spread / DRIVE))
    how = "Certified S_max by both routes at Δ = 0.001 and 0.01 ω_1 (n_c = 0.5); uneven thermal levels."
    values = [value(f"largest relative change of S_max at Δ = {spread:g} ω_1", one) for spread, one in drifts.items()]
    words = " and ".join(f"{100 * one:.2g} % at Δ = {spread:g} ω_1" for spread, one in drifts.items())
    return Findings(f"S_max changes by at most {words}", how, checks, values)


def _thermal_levels(ratio: float, spread: float, tolerance: float) -> list[Check]:
    """Compare unequal drives on uneven levels, each with the Bose occupation of its own frequency.

    S_max alone cannot tell which level is the upper one: with equal occupations it is even in all the ω_j − ω̄.  The
    phases, the occupations and the power can.
    """
    manifold = 3.0 + spread * np.array([0.0, 0.2, 1.0])
    temperature = 3.0 / np.log1p(1.0 / (ratio * 0.5))
    drive = DRIVE * np.array([1.0, 0.6, 0.3])
    machine = Machine(drive, ratio * 0.5, manifold=manifold, occupations=1.0 / np.expm1(manifold / temperature))
    state, sync, rho = both(machine)
    name = f"thermal levels, n_h/n_c = {ratio:g}, Δ = {spread:g}"
    flows, height = thermodynamics(state), maximum(rho, starts=24)[0]
    return [
        relative(f"S_max, {name}", sync.s_max, height, tolerance),
        relative(f"power, {name}", flows.power, machine.power(rho), tolerance),
        angle(f"Φ_21, {name}", complex(state.coherence(2, 1)), float(np.angle(rho[2, 1])), tolerance),
        angle(f"Φ_41, {name}", complex(state.coherence(4, 1)), float(np.angle(rho[4, 1])), tolerance),
    ]
