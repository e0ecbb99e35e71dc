"""Claims about the first law and the bounds by S_max of the companion's machine: K01 to K06."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy.optimize import minimize_scalar

from torusync.claims.common import Findings, absolute, relative, solved, value
from torusync.claims.reference import Machine, factor, root
from torusync.claims.verdict import Check
from torusync.models import ThermalMaser
from torusync.papers.companion.claims.common import (
    between,
    compared,
    count_above,
    currents,
    drawn,
    our_flows,
    pictured,
    routes,
    temperature,
)
from torusync.papers.companion.parameters import N_COLD
from torusync.phases import phase_distribution
from torusync.steady import steady_state
from torusync.thermo import thermodynamics


def k01(quick: bool, tolerance: float) -> Findings:
    """Check each current of machines built from two temperatures, and their balance."""
    checks, worst = [], 0.0
    for name, n_hot in (("refrigerator", 0.2), ("engine", 5.0)):
        hot, cold = temperature(n_hot), temperature(0.5, 1.0)
        for spread, p in ((0.05, 0.5), (0.3, -0.6)) if quick else ((0.0, 0.3), (0.05, 0.5), (0.3, -0.6), (0.3, 0.9)):
            machine = Machine.thermal([0.1, 0.06], hot, cold, spread=spread, detuning=0.07, dipoles=p)
            maser = ThermalMaser.near_degenerate(
                spread=spread,
                hot_temperature=hot,
                cold_temperature=cold,
                drive=[0.1, 0.06],
                detuning=0.07,
                dipole_correlation=p,
            )
            flows = thermodynamics(steady_state(maser))
            terms = flows.power, flows.heat_hot_incoherent, flows.heat_hot_coherent, flows.heat_cold
            ours, reference = [float(term) for term in terms], currents(machine, machine.steady())
            scale = max(map(abs, reference))
            label = f"{name}, Δ = {spread:g}, p = {p:g}"
            for term, found, expected in zip(("P", "Q_inc", "Q_coh", "Q_c"), ours, reference, strict=True):
                checks.append(absolute(f"{term}, {label}", found, expected, tolerance * scale))
                worst = max(worst, abs(found - expected) / scale)
            balance = sum(ours[1:]) - ours[0]
            checks.append(absolute(f"Q_inc + Q_coh + Q_c − P, {label}", balance, 0.0, tolerance * scale))
    how = "Tr[H_0 D_a ρ] of the bath's terms of one level and of two, and the work on the drive, by the reference."
    values = [value("largest deviation of a term, by the largest of the four", worst)]
    return Findings(f"each term agrees to {worst:.1e} of the largest", how, checks, values)


def _shares(machines: Sequence[Machine]) -> tuple[list[float], list[float]]:
    """Return |P|/(κ_P S_max) of machines by both routes."""
    ours, theirs = ([one.share for one in flows] for flows in routes(machines))
    return ours, theirs


def _even(rng: np.random.Generator) -> Machine:
    """Return a refrigerator of equal drives and occupations on split levels, p up to 3/4."""
    return Machine(
        np.full(2, 10.0 ** rng.uniform(-2.0, 0.0)),
        0.5 / 10.0 ** rng.uniform(0.3, 1.3),
        gamma_hot=10.0 ** rng.uniform(-1.7, -0.3),
        manifold=3.0 + np.array([0.0, 10.0 ** rng.uniform(-2.5, -0.5)]),
        dipoles=rng.uniform(-0.95, 0.75),
    )


def _cooling(count: int, seed: int) -> list[Machine]:
    """Return refrigerators that the bound of the power covers, ``count`` of each kind."""
    rng = np.random.default_rng(seed)
    machines = [drawn(rng, engine=False) for _ in range(count)]
    machines += [drawn(rng, engine=False, correlated=True, equal=True, split=False) for _ in range(count)]
    return machines + [_even(rng) for _ in range(count)]


def k02(quick: bool, tolerance: float) -> Findings:
    """Check refrigerators below the bound, and one above it that the conditions exclude."""
    machines = _cooling(3 if quick else 15, seed=102)
    ours, theirs = _shares(machines)
    checks = compared("|P|/(κ_P S_max)", ours, theirs, tolerance)
    checks.append(count_above("machines above the bound", ours, 1.0))
    # split levels with nearly aligned dipoles share a state that hardly decays
    (above,), (expected,) = _shares([between([0.2, 0.2], 0.1, spread=0.1, dipoles=0.99)])
    checks.append(relative("|P|/(κ_P S_max), correlated on split levels", above, expected, tolerance))
    checks.append(count_above("such machines above the bound", [above], 1.0, expected=1))
    joined = between([0.2, 0.2], 0.1, dipoles=0.99)
    k = 1.99 * 0.05 * 1.1 / 0.2
    share, law = our_flows(joined).share, 2.0 * k / (2.0 * k + 1.0)
    checks.append(relative("the same on coinciding levels, against 2k/(2k + 1)", share, law, tolerance))
    text = f"at most {max(ours):.4f} in {len(machines)} refrigerators; {above:.4f} at p = 0.99, Δ = 0.1, equal drives"
    values = [
        value("largest |P|/(κ_P S_max) of refrigerators within the conditions", max(ours)),
        value("|P|/(κ_P S_max) at p = 0.99, Δ = 0.1, equal drives", above),
    ]
    return Findings(text, "|P|/(κ_P S_max) of random refrigerators by both routes.", checks, values)


def _degenerate(k: float, x: float = 0.0, count: int = 2, p: float = 0.0) -> Machine:
    """Return equally driven degenerate levels with (1 + (N−1)p) γ_h(1+n_h)/λ = k, off resonance by x Γ."""
    strong, pull = 0.5, 1.0 + (count - 1) * p
    damping = k * strong
    detuning = x * (damping + 0.3)
    return Machine(np.full(count, strong), damping / (0.05 * pull) - 1.0, omega_drive=2.0 + detuning, dipoles=p)


def _excess(x: float, k: float) -> float:
    """Return |P|/(κ_P S_max) − 1 by our route, at a detuning of x Γ."""
    return our_flows(_degenerate(k, x)).share - 1.0


def k03(quick: bool, tolerance: float) -> Findings:
    """Check the peak, the window and the bound that no state exceeds."""
    peak = minimize_scalar(lambda k: -_excess(0.0, k), bounds=(1.0, 1.9), method="bounded", options={"xatol": 1e-9})
    # a maximum is located to the square root of its height's rounding
    checks = [absolute("k of the largest ratio", peak.x, 2.0**0.5, tolerance**0.5)]
    cases = ((2, 0.0), (2, 0.5), (3, 0.0), (2, -0.9), (5, 0.0), (8, 0.3))
    for count, p in cases[:3] if quick else cases:
        (ours,), (reference,) = _shares([_degenerate(count**0.5, count=count, p=p)])
        checks.append(relative(f"largest ratio, N = {count}, p = {p:g}", ours, count**0.5, tolerance))
        checks.append(relative(f"the same by both routes, N = {count}, p = {p:g}", ours, reference, tolerance))
    checks += _window(quick, tolerance)
    rng = np.random.default_rng(103)
    machines = [drawn(rng, engine=index % 3 > 0, correlated=True) for index in range(6 if quick else 30)]
    shares, expected = _shares(machines)
    checks += compared("|P|/(κ_P S_max)", shares, expected, tolerance)
    checks.append(count_above("machines above √2", shares, 2.0**0.5))
    checks += [_average(rng, count, tolerance) for count in (2, 3, 4, 7)]
    height, place = 1.0 - float(peak.fun), float(peak.x)
    text = f"{height:.9f} at k = {place:.6f}; above 1 for every k > 2 − √2 on resonance"
    values = [value("largest P/(κ_P S_max) of two levels", height), value("k of the largest", place)]
    gaps = (0.05, 0.12, 0.2)
    lifted, expected = _shares([pictured(2.0 * N_COLD, spread=gap) for gap in gaps])
    checks += compared("P/(κ_P S_max) at n_h/n_c = 2", lifted, expected, tolerance)
    values += [value(f"P/(κ_P S_max) at n_h/n_c = 2, Δ = {gap:g}", one) for gap, one in zip(gaps, lifted, strict=True)]
    how = (
        "Peak and edges of the ratio against k; random machines; and the mean of S over N sets of phases, which is "
        "(S_max/ΣS) Σ|ρ_1j|/√N for every state, so that S_max is no less."
    )
    return Findings(text, how, checks, values)


def _window(quick: bool, tolerance: float) -> list[Check]:
    """Compare the edges in k between which the ratio exceeds 1, at detunings x = δ/Γ."""
    (ours,), (reference,) = _shares([_degenerate(60.0)])
    checks = [
        relative("ratio at k = 60 on resonance, no upper edge", ours, 120.0 / 119.0, tolerance),
        relative("the same by both routes", ours, reference, tolerance),
    ]
    for x in (0.0, 0.5) if quick else (0.0, 0.3, 0.5, 0.8, 0.9, 0.97):
        square, split = 1.0 + x * x, (2.0 - 2.0 * x * x) ** 0.5
        inside = (2.0 / square) ** 0.5
        lower, upper = (2.0 - split) / square, (2.0 + split) / square
        found = root(partial(_excess, x), 0.3 * lower, inside)
        checks.append(absolute(f"lower edge of the window, δ = {x:g} Γ", found, lower, tolerance))
        if x > 0.0:
            # beyond k sqrt(1+x²) = 2 all phases align, and the other branch ends the window
            edge = upper if upper**2 * square < 4.0 else 0.5 / (square**0.5 - 1.0)
            found = root(partial(_excess, x), inside, 2.0 * edge)
            checks.append(relative(f"upper edge of the window, δ = {x:g} Γ", found, edge, 10.0 * tolerance))
    beyond = [_excess(1.02, float(k)) for k in np.geomspace(0.2, 20.0, 15)]
    checks.append(count_above("ratios above 1 at δ = 1.02 Γ", beyond, 0.0))
    return checks


def _average(rng: np.random.Generator, count: int, tolerance: float) -> Check:
    """Compare the mean of S over N sets of phases with what the coherences of the drive alone give.

    The phasors of level j over the sets are orthogonal to those of every other level, and all overlap with 1 by 1/√N in
    modulus: chirps do that for any N.  So pairs of manifold levels drop out of the mean, and S_max is no less than it.
    """
    machine = Machine(rng.uniform(0.05, 0.2, count), 3.0, dipoles=0.4, omega_drive=2.1)
    rho = machine.steady()
    index = np.arange(count)
    turn = np.pi * (index[:, np.newaxis] * (index[:, np.newaxis] + count % 2) + 2.0 * np.outer(index, index)) / count
    phases = np.zeros((count, count + 2))
    phases[:, 2:] = turn - np.angle(np.exp(1j * turn).mean(axis=0)) - np.angle(rho[1, 2:])
    ours = float(phase_distribution(solved(machine)[0], phases).mean())
    expected = 2.0 * factor(count + 2) * float(np.abs(rho[1, 2:]).sum()) / count**0.5
    return relative(f"mean of S over {count} sets of phases, N = {count}", ours, expected, tolerance)


def k04(quick: bool, tolerance: float) -> Findings:
    """Check the coherent heat against its bound, and how closely it comes."""
    rng = np.random.default_rng(104)
    machines = [drawn(rng, engine=index % 2 > 0, correlated=True) for index in range(8 if quick else 40)]
    machines.append(Machine([0.1, 0.1], 5.0, dipoles=-0.99))
    ours, theirs = ([abs(one.coherent) / (one.kappa_heat * one.s_max) for one in flows] for flows in routes(machines))
    checks = compared("|Q_coh|/(κ_Q S_max)", ours, theirs, tolerance)
    checks.append(count_above("machines above the bound", ours, 1.0))
    # at Δ = 0 the coherence of the manifold is ΣS/(1 + k²/2), k with its correlation
    checks.append(relative("the last in closed form", ours[-1], 1.0 / (1.0 + 0.5 * (0.01 * 3.0) ** 2), tolerance))
    text = f"at most {max(ours[:-1]):.4f} in {len(ours) - 1} machines, and {ours[-1]:.5f} at p = −0.99, Δ = 0"
    values = [
        value("largest |Q_coh|/(κ_Q S_max) of random machines", max(ours[:-1])),
        value("|Q_coh|/(κ_Q S_max) at p = −0.99, Δ = 0", ours[-1]),
    ]
    return Findings(text, "|Q_coh|/(κ_Q S_max) of random machines by both routes.", checks, values)


def k05(quick: bool, tolerance: float) -> Findings:
    """Check coefficients of performance against their lower bounds."""
    machines = _cooling(3 if quick else 15, seed=105)
    both = routes(machines)
    cop, cop_expected = ([-one.cold / one.power for one in flows] for flows in both)
    bound, bound_expected = ([one.cold / (one.kappa_power * one.s_max) for one in flows] for flows in both)
    checks = compared("COP", cop, cop_expected, tolerance) + compared("its bound", bound, bound_expected, tolerance)
    parts = [low / high for low, high in zip(bound, cop, strict=True)]
    checks.append(count_above("machines below the bound", parts, 1.0))
    text = f"bound at {min(parts):.3f} to {max(parts):.3f} of the COP in {len(parts)} refrigerators"
    values = [value("least bound by the COP", min(parts)), value("largest bound by the COP", max(parts))]
    return Findings(text, "COP and its bound of random refrigerators by both routes.", checks, values)


def _competing(rng: np.random.Generator) -> Machine:
    """Return an engine in the window of claim K03: equal drives, small splitting and detuning, 0.8 < (1+p)k < 3."""
    p, n_hot, gamma_hot = rng.uniform(-0.8, 0.8), rng.uniform(2.0, 10.0), rng.uniform(0.02, 0.2)
    drive = np.full(2, (1.0 + p) * gamma_hot * (1.0 + n_hot) / rng.uniform(0.8, 3.0))
    return between(drive, n_hot, spread=rng.uniform(0.0, 0.02), gamma_hot=gamma_hot, dipoles=p)


def k06(quick: bool, tolerance: float) -> Findings:
    """Check efficiencies where the premise holds, and one where neither premise nor inequality does."""
    rng = np.random.default_rng(106)
    machines = [_competing(rng) for _ in range(6 if quick else 40)]
    # strongly driven: (1+p)k = 0.2
    machines.append(between([0.75, 0.75], 1.0, dipoles=0.5))
    both = routes(machines)
    efficiency, expected = ([one.power / (one.incoherent + one.coherent) for one in flows] for flows in both)
    checks = compared("η", efficiency, expected, tolerance)
    bound, expected = (
        [one.kappa_power * one.s_max / (one.incoherent + one.kappa_heat * one.s_max) for one in flows] for flows in both
    )
    checks += compared("its bound", bound, expected, tolerance)
    premise, expected = ([one.share for one in flows] for flows in both)
    checks += compared("P/(κ_P S_max)", premise, expected, tolerance)
    parts = [low / high for low, high in zip(bound, efficiency, strict=True)]
    checks.append(count_above("engines with P ≥ κ_P S_max", premise[:-1], 1.0, expected=len(parts) - 1))
    checks.append(count_above("these below the bound of η", parts[:-1], 1.0))
    checks.append(count_above("strongly driven engines with P ≥ κ_P S_max", premise[-1:], 1.0))
    checks.append(count_above("strongly driven engines below the bound of η", parts[-1:], 1.0, expected=1))
    text = (
        f"bound at {min(parts[:-1]):.3f} to {max(parts[:-1]):.3f} of η in {len(parts) - 1} engines; where "
        f"P = {premise[-1]:.3f} κ_P S_max it lies {parts[-1]:.2f} times above η"
    )
    values = [
        value("largest bound by η where P ≥ κ_P S_max", max(parts[:-1])),
        value("bound by η of the strongly driven engine", parts[-1]),
    ]
    return Findings(text, "η, its bound and its premise by both routes.", checks, values)
