"""Claims about the steady state, its phases, its dynamics and its thermodynamics: C03 to C05, C17 to C20."""

from collections.abc import Callable
from functools import partial

import numpy as np

from torusync.claims.common import Findings, absolute, agreement, both, excess, maser, relative, solved, their_excess
from torusync.claims.reference import Machine, maximum, printed_coherences, root
from torusync.claims.verdict import Check
from torusync.measures import triangle_frustration
from torusync.papers.letter.parameters import DRIVE
from torusync.steady import Collective, steady_state
from torusync.thermo import thermodynamics


def c03(quick: bool, tolerance: float) -> Findings:
    """Eqs. (9) and (10) for N = 1 to 20."""
    checks = []
    for ratio in (0.4,) if quick else (0.4, 10.0):
        for count in (1, 2, 3, 5, 8) if quick else range(1, 21):
            machine = Machine(np.full(count, DRIVE), ratio * 0.5)
            rho = machine.steady()
            state = steady_state(maser(machine), solver=Collective())
            printed = printed_coherences(count, n_hot=machine.n_hot, n_cold=0.5, g_h=0.05, g_c=0.2, lam=DRIVE)
            single = complex(state.coherence(1, 2))
            name = f"N = {count}, n_h/n_c = {ratio:g}"
            checks.append(relative(f"Im ρ_12, {name}", single.imag, rho[1, 2].imag, tolerance))
            checks.append(relative(f"Eq. (9), {name}", single.imag, printed[0], tolerance))
            if count > 1:
                pair = complex(state.coherence(2, 3))
                checks.append(relative(f"ρ_23, {name}", pair.real, rho[2, 3].real, tolerance))
                checks.append(relative(f"Eq. (10), {name}", pair.real, printed[1], tolerance))
    how = "The closed form against a Kronecker-product solution of Eq. (8) and against F = AN² + BN + C."
    return Findings(f"N = 1 to {8 if quick else 20}: {agreement(checks)}", how, checks)


def c04(quick: bool, tolerance: float) -> Findings:
    """Check k as a ratio of coherences."""
    checks = []
    for ratio in (0.4, 10.0) if quick else (0.1, 0.4, 2.0, 10.0, 100.0):
        for count in (2, 3) if quick else (2, 3, 7):
            machine = Machine(np.full(count, DRIVE), ratio * 0.5)
            state, _, rho = both(machine)
            ours = float(np.abs(state.coherence(1, 2)) / np.abs(state.coherence(2, 3)))
            k = machine.gamma_hot * (1.0 + machine.n_hot) / DRIVE
            checks.append(relative(f"ratio against k, N = {count}, n_h/n_c = {ratio:g}", ours, k, tolerance))
            direct = float(abs(rho[1, 2]) / abs(rho[2, 3]))
            checks.append(relative(f"ratio against Eq. (8), N = {count}, {ratio:g}", ours, direct, tolerance))
    how = "Ratio of coherences by both routes and from the parameters."
    return Findings(f"equal to k: {agreement(checks)}", how, checks)


def c05(quick: bool, tolerance: float) -> Findings:
    """Phase preferences and their compatibility."""
    checks, words = [], []
    for name, ratio, wanted in (("refrigerator", 0.4, (1.5 * np.pi, 0.0)), ("engine", 10.0, (0.5 * np.pi, np.pi))):
        for count in (3,) if quick else (2, 3, 6):
            machine = Machine(np.full(count, DRIVE), ratio * 0.5)
            state, _, rho = both(machine)
            for label, pair, printed in (("Φ_21", (2, 1), wanted[0]), ("Φ_23", (2, 3), wanted[1])):
                ours, direct = complex(state.coherence(*pair)), rho[pair]
                solution = float(np.angle(direct))
                checks.append(_angle(f"{label} against Eq. (8), {name}, N = {count}", ours, solution, tolerance))
                checks.append(_angle(f"{label} against print, {name}, N = {count}", ours, printed, tolerance))
            triangles = triangle_frustration(state)
            angle = np.abs(triangles.angle[np.isfinite(triangles.angle)])
            expected = 0.0 if name == "refrigerator" else np.pi
            checks.append(absolute(f"largest frustration, {name}, N = {count}", angle.max(), expected, tolerance))
        words.append(f"{name}: frustration {angle.max() / np.pi:.3g} π")
    return Findings("; ".join(words), "Arguments of the coherences, and Φ_ij + Φ_jk − Φ_ik of every triangle.", checks)


def _angle(name: str, ours: complex, reference: float, tolerance: float) -> Check:
    """Compare the argument of ``ours``, on the branch nearest to ``reference``: 2π and 0 are one angle."""
    apart = float(np.angle(ours * np.exp(-1j * reference)))
    return absolute(name, reference + apart, reference, tolerance)


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
    checks = [
        absolute("Ω against the rotation of ρ_12", drive_frequency, np.polyfit(times, entrained, 1)[0], tolerance),
        absolute("rotation of ρ_23", 0.0, np.polyfit(times, mutual, 1)[0], tolerance),
        relative("modulus of ρ_12 at the end", np.abs(state.coherence(1, 2)), abs(evolved[-1, 1, 2]), tolerance),
        relative("modulus of ρ_23 at the end", np.abs(state.coherence(2, 3)), abs(evolved[-1, 2, 3]), tolerance),
    ]
    how = (
        "Integration of the laboratory equation from the undriven machine, the drive of Eq. (6) oscillating at "
        f"Ω = {2.0 + detuning:g}."
    )
    return Findings(f"+Ω = {drive_frequency:g}, and 0", how, checks)


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
    checks, widths = [], []
    for ratio in (0.4,) if quick else (0.4, 10.0):
        previous = 0.0
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
            widths.append(f"{width:.3f}")
        checks.append(_tip(ratio, tolerance))
    how = "Detuning at which S_max has fallen to one half, against λ; and the tip of a contour of fixed S_max."
    return Findings(f"half-widths {', '.join(widths)} ω_1", how, checks)


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
    checks = []
    for ratio in (0.4, 10.0) if quick else (0.05, 0.4, 0.95, 1.05, 2.0, 10.0, 100.0):
        for delta in (0.0, 0.2):
            machine = Machine([DRIVE, 0.6 * DRIVE], ratio * 0.5, omega_drive=2.0 + delta)
            rho = machine.steady()
            flows = thermodynamics(solved(machine)[0])
            name = f"n_h/n_c = {ratio:g}, detuning {delta:g}"
            checks.append(relative(f"power, {name}", flows.power, machine.power(rho), tolerance))
            checks.append(relative(f"hot heat, {name}", flows.heat_hot, machine.heat("hot", rho), tolerance))
            checks.append(relative(f"cold heat, {name}", flows.heat_cold, machine.heat("cold", rho), tolerance))
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
    return Findings(f"power > 0 iff n_h > n_c; power and heats: {agreement(checks)}", how, checks)


def c20(quick: bool, tolerance: float) -> Findings:
    """Small splittings: same verdicts, S_max nearly unchanged."""
    checks, drifts = [], []
    for ratio, sign in ((0.4, 1.0), (10.0, -1.0)):
        for count in (2,) if quick else (2, 3, 5):
            exact = float(solved(Machine(np.full(count, DRIVE), ratio * 0.5))[1].s_max)
            for spread in (0.001, 0.01):
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
                drifts.append(abs(float(sync.s_max) / exact - 1.0))
    for ratio in (0.4, 10.0):
        for spread in (0.01, 0.1):
            checks += _thermal_levels(ratio, spread, tolerance)
    # Γ = 0.125 … 0.6: a spread of 0.01 is a few per cent of it, and effects are of second order
    checks.append(absolute("largest change of S_max up to Δ = 0.01", max(drifts), 0.0, 0.01))
    how = "Certified S_max by both routes at Δ = 0.001 and 0.01 ω_1 (n_c = 0.5); uneven thermal levels."
    return Findings(f"S_max changes by at most {100 * max(drifts):.2g} % up to Δ = 0.01 ω_1", how, checks)


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
        _angle(f"Φ_21, {name}", complex(state.coherence(2, 1)), float(np.angle(rho[2, 1])), tolerance),
        _angle(f"Φ_41, {name}", complex(state.coherence(4, 1)), float(np.angle(rho[4, 1])), tolerance),
    ]
