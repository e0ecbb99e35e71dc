"""Claims about the companion's machine itself, its correlated dipoles and split levels: K07 to K12."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from torusync._checks import Complex, Real
from torusync.claims.common import Findings, absolute, agreement, both, crest, maser, relative, value
from torusync.claims.reference import Machine, maximum
from torusync.papers.companion.claims.common import (
    DRAWN,
    LAMBDA,
    N_HOT,
    between,
    currents,
    our_power,
    pictured,
    temperature,
)
from torusync.papers.companion.parameters import DRIVE, N_COLD, damping, power_maxima, told, tops
from torusync.steady import Status, steady_state
from torusync.thermo import thermodynamics


def bright(machine: Machine, pull: float) -> tuple[complex, float]:
    """Return ρ_12 and ρ_23 of equally driven degenerate levels in closed form, a_h multiplied by π = ``pull``."""
    count, lam = machine.count, complex(machine.drive[0])
    r_h, r_c = machine.n_hot / (1.0 + machine.n_hot), machine.n_cold / (1.0 + machine.n_cold)
    a_h = pull * machine.gamma_hot * (1.0 + machine.n_hot)
    a_c = machine.gamma_cold * (1.0 + machine.n_cold)
    offset = machine.manifold[0] - machine.omega_one - machine.omega_drive
    width = a_h + a_c
    w = count * abs(lam) ** 2 * width / (width**2 + offset**2)
    q = (r_c - r_h) / (1.0 + w * (1.0 / a_c + 1.0 / a_h))
    ground = 1.0 / (1.0 + r_c + count * r_h + w * q * (1.0 / a_h - 1.0 / a_c))
    d = q * ground
    return 1j * lam * d / (width - 1j * offset), float(w * d / (a_h * count))


def k07(quick: bool, tolerance: float) -> Findings:
    """Check the replacement of a_h and the split of the hot heat it makes."""
    checks, values = [], []
    for n_hot in N_HOT.values():
        for count, p in ((2, -0.7), (3, 0.4)) if quick else ((2, -0.9), (2, 0.5), (3, -0.4), (3, 0.9), (6, 0.3)):
            machine = Machine(np.full(count, DRIVE), n_hot, N_COLD, omega_drive=2.15, dipoles=p, **DRAWN)
            pull = 1.0 + (count - 1) * p
            state, _, rho = both(machine)
            single, pair = bright(machine, pull)
            flows = thermodynamics(state)
            name = f"N = {count}, p = {p:g}, n_h = {n_hot:g}"
            for label, ours, reference, printed in (
                ("|ρ_12|", state.coherence(1, 2), rho[1, 2], single),
                ("|ρ_23|", state.coherence(2, 3), rho[2, 3], pair),
            ):
                modulus = float(np.abs(ours))
                checks.append(relative(f"{label}, {name}", modulus, abs(reference), tolerance))
                checks.append(relative(f"{label} in closed form, {name}", modulus, abs(printed), tolerance))
            coherent, incoherent = float(flows.heat_hot_coherent), float(flows.heat_hot_incoherent)
            checks.append(absolute(f"Q_coh/Q_inc, {name}", coherent / incoherent, pull - 1.0, tolerance))
            values.append(value(f"Q_coh/Q_inc, {name}", coherent / incoherent))
            checks.append(relative(f"Q_coh, {name}", coherent, machine.coherent_heat(rho), tolerance))
    how = "Coherences against the closed form with π a_h and against the reference, at a detuning of 0.15 ω_1."
    return Findings(f"Q_coh = (π − 1) Q_inc; coherences: {agreement(checks)}", how, checks, values)


class _Pair(NamedTuple):
    """Two equally driven degenerate levels, all but the correlation of their dipoles."""

    drive: float
    gamma_hot: float
    n_cold: float
    n_hot: float
    gamma_cold: float = 0.2

    def machine(self, p: float) -> Machine:
        """Return the machine with correlation ``p``."""
        rates = {"gamma_hot": self.gamma_hot, "gamma_cold": self.gamma_cold}
        return Machine([self.drive] * 2, self.n_hot, self.n_cold, dipoles=p, **rates)

    def ours(self, p: float) -> float:
        """Return −|P| by our route."""
        return -abs(our_power(self.machine(p)))

    def theirs(self, p: float) -> float:
        """Return −|P| of the reference."""
        machine = self.machine(p)
        return -abs(machine.power(machine.steady()))

    def best(self) -> float:
        """Return the correlation of largest power in closed form."""
        product = 4.0 * self.n_cold * self.n_hot
        ratio = (1.0 + 3.0 * self.n_cold + 2.0 * self.n_hot + product) / (
            1.0 + 2.0 * self.n_cold + 3.0 * self.n_hot + product
        )
        return float(-1.0 + self.drive / (self.gamma_hot * (1.0 + self.n_hot)) * np.sqrt(2.0 * ratio))


def k08(quick: bool, tolerance: float) -> Findings:
    """Check where the power is largest, and that it rises to the end where that lies outside."""
    checks, found, values = [], [], []
    pairs = (
        _Pair(DRIVE, DRAWN["gamma_hot"], N_COLD, N_HOT["engine"], DRAWN["gamma_cold"]),
        _Pair(DRIVE, DRAWN["gamma_hot"], N_COLD, N_HOT["refrigerator"], DRAWN["gamma_cold"]),
        _Pair(0.1, 0.05, 0.5, 5.0),
        _Pair(0.02, 0.05, 0.5, 0.2),
        _Pair(0.1, 0.3, 1.0, 0.1),
        _Pair(0.05, 0.05, 0.5, 2.0),
    )
    for pair in pairs[:2] if quick else pairs:
        here, there = (
            minimize_scalar(route, bounds=(-0.999, 0.999), method="bounded", options={"xatol": 1e-10})
            for route in (pair.ours, pair.theirs)
        )
        best, name = float(here.x), ", ".join(f"{key} = {value:g}" for key, value in pair._asdict().items())
        checks.append(absolute(f"p of largest power in closed form, {name}", best, pair.best(), tolerance))
        checks.append(absolute(f"the same by a search of the reference, {name}", best, there.x, tolerance))
        checks.append(relative(f"largest power, {name}", -float(here.fun), -float(there.fun), 1e-3 * tolerance))
        found.append(f"{best:.4f}")
        values.append(value(f"p of largest power, {name}", best))
    for pair in (_Pair(0.2, 0.05, 0.5, 0.2), _Pair(0.5, 0.05, 0.5, 5.0)):
        name = f"λ = {pair.drive:g}, n_h = {pair.n_hot:g}, closed form {pair.best():.2f}"
        for label, route in (("ours", pair.ours), ("reference", pair.theirs)):
            rises = float(np.mean(np.diff([route(p) for p in np.linspace(-0.99, 0.99, 15)]) < 0.0))
            checks.append(absolute(f"share of rising steps, {label}, {name}", rises, 1.0, 0.05))
    text = f"p = {found[0]} in the engine and {found[1]} in the refrigerator of the figures"
    return Findings(text, "Search over p by both routes, against the closed form.", checks, values)


def k09(quick: bool, tolerance: float) -> Findings:
    """Count stationary matrices."""
    equal, uneven = np.full(5, LAMBDA), LAMBDA * np.array([1.0, 0.7, 0.4, 0.9, 0.55])
    counts = (2, 3) if quick else (2, 3, 4, 5)
    cases = [("aligned, equal drives", equal[:count], 1.0, 0.0, 1 + (count - 1) ** 2) for count in counts]
    cases += [("aligned, unequal drives", uneven[:count], 1.0, 0.0, 1 + (count - 2) ** 2) for count in counts]
    cases += [("aligned, equal drives, Δ = 0.1", equal[:count], 1.0, 0.1, 1) for count in counts]
    cases += [
        ("p = −1, equal drives", equal[:2], -1.0, 0.0, 1),
        ("p = −1, opposite drives", equal[:2] * [1.0, -1.0], -1.0, 0.0, 2),
        ("p = 0.9, equal drives", equal[:3], 0.9, 0.0, 1),
    ]
    checks, values = [], []
    numbers: dict[str, list[str]] = {}
    for kind, drive, p, spread, expected in cases:
        machine = Machine(drive, 2.0, manifold=3.0 + np.linspace(0.0, spread, len(drive)), dipoles=p)
        state = steady_state(maser(machine), throw=False)
        number, name = int(state.nullity), f"{kind}, N = {len(drive)}"
        checks.append(absolute(f"against 1 + m², {name}", number, expected, tolerance))
        checks.append(absolute(f"against the reference, {name}", number, machine.nullity(), tolerance))
        refused = float(state.status is Status.NOT_UNIQUE)
        checks.append(absolute(f"refused, {name}", refused, expected > 1, 0.05))
        numbers.setdefault(kind, []).append(str(number))
        values.append(value(f"stationary matrices, {name}", number))
    words = [f"{', '.join(found)} ({kind})" for kind, found in list(numbers.items())[:2]]
    how = f"Nullity of the generator by both routes, N = 2 to {counts[-1]}."
    return Findings("; ".join(words), how, checks, values)


def k10(quick: bool, tolerance: float) -> Findings:
    """Check point against ring in both regimes, degenerate and split."""
    checks, words, values = [], [], []
    for regime, n_hot in N_HOT.items():
        for p in (0.5, -0.99):
            for spread in (0.0, 0.1):
                machine = pictured(n_hot, spread=spread, dipoles=p)
                state, sync, rho = both(machine)
                name, count = f"{regime}, p = {p:g}, Δ = {spread:g}", 48 if quick else 120
                found, share = crest(machine, state, count, name, whole=p < 0.0, tolerance=tolerance)
                checks += found
                apart, reference = _apart(sync.phases), _apart(maximum(rho, starts=8)[1])
                checks.append(absolute(f"phase difference, {name}", apart, reference, tolerance))
                values.append(value(f"phase difference of the maximum, {name}", apart))
                values.append(value(f"share of the circle above half maximum, {name}", share))
                if spread == 0.0:
                    k = (1.0 + p) * DRAWN["gamma_hot"] * (1.0 + n_hot) / DRIVE
                    split = regime == "engine" and k < 2.0
                    best = np.pi - 2.0 * np.arcsin(0.5 * k) if split else 0.0
                    checks.append(absolute(f"phase difference in closed form, {name}", apart, best, tolerance))
                words.append(f"{name}: {100 * share:.0f} % of the circle, {apart / np.pi:.2f} π apart")
    how = (
        "Share of the circle of common phases on which S rises above half its maximum, and φ_21 − φ_31 at the maximum."
    )
    return Findings("; ".join(words), how, checks, values)


def _apart(phases: Real) -> float:
    """Return the distance between the phases of levels 2 and 3 on the circle."""
    return float(np.abs(np.angle(np.exp(1j * (phases[2] - phases[3])))))


MAXIMA = {
    (0.8, 0.05): {"refrigerator": 1, "engine": 1},
    (0.8, 0.2): {"refrigerator": 1, "engine": 2},
    (0.0, 0.2): {"refrigerator": 1, "engine": 1},
    (0.0, 0.6): {"refrigerator": 2, "engine": 2},
}
"""By p and Δ in units of ω_1: how many maxima the power has."""


def k11(quick: bool, tolerance: float) -> Findings:
    """Count the maxima of the power over detuning."""
    checks, words, values = [], [], []
    detunings = np.linspace(-0.5, 0.5, 51 if quick else 121)
    for (p, spread), counts in MAXIMA.items():
        for regime, expected in counts.items():
            n_hot = N_HOT[regime]
            machines = [pictured(n_hot, spread=spread, detuning=float(x), dipoles=p) for x in detunings]
            ours = np.array([abs(our_power(one)) for one in machines])
            theirs = np.array([abs(one.power(one.steady())) for one in machines])
            name = f"{regime}, p = {p:g}, Δ = {spread:g} = {spread / damping(p, n_hot):.2f} Γ"
            scale = float(theirs.max())
            checks.append(absolute(f"largest deviation, {name}", np.abs(ours - theirs).max(), 0.0, tolerance * scale))
            checks.append(absolute(f"number by the reference, {name}", len(tops(ours)), len(tops(theirs)), 0.05))
            places = power_maxima(n_hot, spread, p)
            checks.append(absolute(f"number of maxima, {name}", len(places), expected, 0.05))
            # a quadratic maximum is located to the square root of the rounding of its height
            for index, place in enumerate(places):
                checks.append(
                    absolute(f"maximum {index}, {name}", place, _their_maximum(n_hot, spread, p, place), 1e-6)
                )
            if expected == 2:
                # within the pull of the other line
                checks.append(absolute(f"distance of the maxima, {name}", np.ptp(places), spread, 0.2 * spread))
            words.append(f"{name}: {told(places)}")
            values.append(value(f"maxima of the power, {name}", len(places)))
            values += [value(f"detuning of maximum {i}, {name}", place) for i, place in enumerate(places)]
    how = "Maxima of |P| over detuning, γ_h = γ_c = 0.1, λ = 0.05, n_c = 0.1, by both routes."
    return Findings("detunings of the maxima, in ω_1: " + "; ".join(words), how, checks, values)


def _their_maximum(n_hot: float, spread: float, p: float, near: float) -> float:
    """Return where the reference's |P| is largest, near a detuning: where its slope, a difference, changes sign."""

    def slope(x: float) -> float:
        step = 1e-4
        pair = [pictured(n_hot, spread=spread, detuning=x + one, dipoles=p) for one in (-step, step)]
        low, high = (abs(one.power(one.steady())) for one in pair)
        return high - low

    return float(brentq(slope, near - 0.01, near + 0.01, xtol=1e-9))


def _entropy(machine: Machine, rho: Complex, hot: float, cold: float) -> float:
    """Return −Q_h/T_h − Q_c/T_c of the reference."""
    _, incoherent, coherent, cold_heat = currents(machine, rho)
    return -(incoherent + coherent) / hot - cold_heat / cold


def k12(quick: bool, tolerance: float) -> Findings:
    """Show a negative entropy production and a matrix that is no state, and their cure."""
    del quick
    checks = []
    hot, cold = temperature(0.002), temperature(0.02, 1.0)
    for p, sign in ((0.9, -1.0), (0.0, 1.0)):
        machine = Machine.thermal([0.3, 0.15], hot, cold, spread=3.0, gamma_hot=0.5, gamma_cold=0.01, dipoles=p)
        state, rho = steady_state(maser(machine)), machine.steady()
        ours, theirs = float(thermodynamics(state).entropy_production), _entropy(machine, rho, hot, cold)
        checks.append(relative(f"entropy production, p = {p:g}", ours, theirs, tolerance))
        checks.append(absolute(f"its sign, p = {p:g}", np.sign(ours), sign, 0.05))
        lowest = float(np.linalg.eigvalsh(rho)[0])
        checks.append(absolute(f"a state, p = {p:g}", lowest > 0.0, 1.0, 0.05))
        if p:
            produced = ours
    for p, refused in ((0.999, 1.0), (0.0, 0.0)):
        machine = between([1.0, 1.0], 0.2, 0.03, spread=0.2, gamma_hot=0.1, gamma_cold=0.02, detuning=0.6, dipoles=p)
        state = steady_state(maser(machine), throw=False)
        lowest = float(np.linalg.eigvalsh(machine.steady())[0])
        name = f"strong drive, p = {p:g}"
        checks.append(absolute(f"refused, {name}", state.status is Status.NOT_POSITIVE, refused, 0.05))
        checks.append(absolute(f"negative by the reference, {name}", lowest < 0.0, refused, 0.05))
        if refused:
            checks.append(relative(f"smallest eigenvalue, {name}", state.min_eigenvalue, lowest, tolerance))
            smallest = lowest
    text = (
        f"entropy production {produced:.3g} at p = 0.9, Δ = 3; smallest eigenvalue {smallest:.3g} at p = 0.999, Δ = 0.2"
    )
    how = "−Q_h/T_h − Q_c/T_c of bare heats, and the spectrum of the matrix, by the reference; both mend at p = 0."
    values = [
        value("entropy production at p = 0.9, Δ = 3, in ω_1", produced),
        value("smallest eigenvalue at p = 0.999, Δ = 0.2", smallest),
    ]
    return Findings(text, how, checks, values)
