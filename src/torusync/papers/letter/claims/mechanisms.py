"""Claims about the two mechanisms, their signs and their limits: C21 to C24.

At many levels the reference is a machine of three: exact degeneracy leaves one driven superposition, so a million
levels cost it no more than one.
"""

import numpy as np

from torusync._checks import Complex, Real
from torusync.claims.common import Findings, absolute, angle, both, maser, relative, value
from torusync.claims.reference import Machine, collective, distribution, factor, maximum, torque
from torusync.claims.verdict import Check, Value
from torusync.conventions import EPS
from torusync.models import ThermalMaser
from torusync.papers.letter.parameters import BATHS, DRIVE, N_HOT
from torusync.phases import phase_distribution, synchronization
from torusync.steady import SteadyState, steady_state
from torusync.thermo import thermodynamics

UNMATCHED: dict[str, float] = N_HOT | {"engine of unmatched damping": 4.0 * BATHS["n_cold"]}
"""n_h of the letter's regimes, and of an engine whose two dampings differ."""


def _mutual_share(rho: Complex, phases: Real) -> float:
    """Return the part of S at these phases that the coherences among the manifold give."""
    among = rho.copy()
    among[:2], among[:, :2] = 0.0, 0.0
    part, whole = (distribution(one, phases[np.newaxis])[0] for one in (among, rho))
    return float(part / whole)


def c21(quick: bool, tolerance: float) -> Findings:
    """Share of the mutual coupling in S_max, from two levels to its limit."""
    checks, words, values = [], [], []
    last = 10**5 if quick else 10**6
    random = DRIVE * np.random.default_rng(21).random(last)
    for regime, n_hot in UNMATCHED.items():
        k = BATHS["gamma_hot"] * (1.0 + n_hot) / DRIVE
        for count in (2, 6) if quick else (2, 3, 6, 12):
            _, sync, rho = both(Machine(DRIVE * np.linspace(1.0, 0.5, count), n_hot))
            expected = _mutual_share(rho, maximum(rho, starts=8)[1])
            checks.append(
                absolute(f"mutual share, N = {count}, {regime}", sync.mutual / sync.s_max, expected, tolerance)
            )
        for kind, drive in (("equal", np.full(last, DRIVE)), ("random", random)):
            sync = synchronization(steady_state(ThermalMaser(drive, n_hot=n_hot, **BATHS)))
            direct, mutual = collective(drive, n_hot).parts()
            # S_max itself underflows here, its pair sum does not
            pulled, share = (float(sync.pair_shares[name] / sync.pair_sum) for name in ("entrainment", "mutual"))
            name = f"N = {last}, {kind} drives, {regime}"
            checks.append(absolute(f"mutual share, {name}", share, mutual / (direct + mutual), tolerance))
            # the height is flat about the best |Σλe^{iφ}|, which is known to the square root of N roundings
            flat = 4.0 * (last * EPS) ** 0.5
            checks.append(relative(f"entrained share, {name}", pulled, direct / (direct + mutual), flat))
            if kind == "equal":
                # 2k/(N − 1 + 2k) where all phases align, 2k²/(N + k²) in the engine; 1/N is left of either
                rest = 2.0 * k if n_hot < BATHS["n_cold"] else 2.0 * k**2
                checks.append(relative(f"N times the entrained share, {name}", last * pulled, rest, 100.0 / last))
                values.append(value(f"mutual share of S_max, {name}", share, 1.0))
                words.append(f"1 − {pulled:.2g} ({regime})")
    how = (
        "Shares at the maxima of the reference for unequal drives, N = 2 to 12; a machine of three levels for many; "
        "and the limits 2k/N (refrigerator) and 2k²/N (engine) of what entrainment keeps."
    )
    return Findings(f"mutual share at N = {last}: {', '.join(words)}", how, checks, values)


def _preferences(state: SteadyState) -> tuple[complex, complex]:
    """Return e^{i(φ_2 − φ_3)} as the drive prefers it, up to a positive factor, and as the mutual coupling does."""
    drive = complex(state.coherence(2, 1)) * complex(state.coherence(1, 3))
    return drive, complex(state.coherence(2, 3))


def c22(quick: bool, tolerance: float) -> Findings:
    """Preferred phase differences before and after one drive is turned."""
    checks: list[Check] = []
    values: list[Value] = []
    words, single = [], "λ_2 turned"
    for regime, n_hot in UNMATCHED.items():
        frustrated = n_hot > BATHS["n_cold"]
        for count in (2,) if quick else (2, 3, 5):
            plain = DRIVE * np.linspace(1.0, 0.7, count)
            turned = np.where(np.arange(count) == 0, -plain, plain)
            for kind, drive, turn in (
                ("none turned", plain, 0.0),
                (single, turned, np.pi),
                ("all turned", -plain, 0.0),
            ):
                state, sync, rho = both(Machine(drive, n_hot))
                name = (
                    f"λ_2 {kind}, {regime}, N = {count}" if kind != "all turned" else f"{kind}, {regime}, N = {count}"
                )
                # in phase by the drive always; the manifold agrees in the refrigerator; one turned sign turns both
                wanted = turn, (np.pi if frustrated else 0.0) - turn
                theirs = rho[2, 1] * rho[1, 3], rho[2, 3]
                for label, ours, solution, printed in zip(
                    ("entrainment", "mutual coupling"), _preferences(state), theirs, wanted, strict=True
                ):
                    checks.append(angle(f"{label}, {name}", ours, printed, tolerance))
                    checks.append(angle(f"{label} by Eq. (8), {name}", ours, float(np.angle(solution)), tolerance))
                    if kind == single and count == 2:
                        preferred = abs(float(np.angle(ours)))
                        values.append(value(f"φ_2 − φ_3 preferred by {label}, {regime}", preferred, abs(printed)))
                        words.append(f"{label} {preferred / np.pi:.3g} π ({regime})")
                checks.append(relative(f"S_max, {name}", sync.s_max, maximum(rho, starts=8)[0], tolerance))
                if count > 2:
                    other = complex(state.coherence(3, 4))
                    left = np.pi if frustrated else 0.0
                    checks.append(angle(f"pair of unturned levels, {name}", other, left, tolerance))
    how = (
        "arg ρ_21 ρ_13 and arg ρ_23 by both routes and as the text has them, with one drive turned, with none, and "
        "with all; pairs without the turned level stay."
    )
    return Findings(f"φ_2 − φ_3 with λ_2 turned: {', '.join(words)}", how, checks, values)


def _height(drive: Real, n_hot: float, detuning: float) -> tuple[float, float]:
    """Return (2π)^N S_max and the power by our route."""
    state = steady_state(ThermalMaser(drive, n_hot=n_hot, detuning=detuning, **BATHS))
    return float(synchronization(state).scaled), float(thermodynamics(state).power)


def c23(quick: bool, tolerance: float) -> Findings:
    """Where the scaled S_max stays finite, and who works on whom."""
    checks: list[Check] = []
    values: list[Value] = []
    few, many = (10**4, 10**5) if quick else (10**5, 10**6)
    rng = np.random.default_rng(23)
    n_c = BATHS["n_cold"]
    for ratio in (0.4, 4.0, 10.0) if quick else (0.1, 0.4, 0.9, 1.1, 4.0, 10.0):
        n_hot = ratio * n_c
        finite = ratio < 1.0
        for kind, detuning in (("equal", 0.0), ("equal", 0.2), ("random", 0.0)):
            heights, name = [], f"n_h/n_c = {ratio:g}, {kind} drives, detuning {detuning:g}"
            for count in (few, many):
                drive = DRIVE * (rng.random(count) if kind == "random" else np.ones(count))
                ours, power = _height(drive, n_hot, detuning)
                theirs = collective(drive, n_hot, omega_drive=2.0 + detuning)
                checks.append(relative(f"𝕊_max, N = {count}, {name}", ours, 0.25 * sum(theirs.parts()), tolerance))
                checks.append(relative(f"power, N = {count}, {name}", power, theirs.power, tolerance))
                heights.append(ours)
            kept = heights[1] / heights[0]
            # ten times the levels: all of it is left, or a tenth; 1/N is left of either, and draws scatter by 1/sqrt(N)
            off = 4.0 / few**0.5 if kind == "random" else 100.0 / few
            checks.append(relative(f"𝕊_max left at ten times N, {name}", kept, 1.0 if finite else 0.1, off))
            checks.append(absolute(f"finite iff work is done on the machine, {name}", kept > 0.5, power < 0.0, 0.05))
            if kind == "equal" and not detuning:
                limit = _printed_limit(n_hot) if finite else 0.0
                values.append(value(f"𝕊_max at N = {many}, n_h/n_c = {ratio:g}", heights[1], limit))
    still = _height(np.full(few, DRIVE), n_c, 0.0)
    checks += [
        absolute(f"{name} at n_h = n_c", one, 0.0, 1e-15) for name, one in zip(("𝕊_max", "power"), still, strict=True)
    ]
    low, high = (next(one.ours for one in values if one.name.endswith(f"= {ratio}")) for ratio in ("0.4", "10"))
    text = (
        f"at N = {many}: {low:.6f} where the drive works on the machine, {high:.2g} where the machine works, 0 between"
    )
    how = (
        f"N = {few} and {many}, equal and random drives, on resonance and off it; the reference is a machine of three "
        "levels and the work on its drive."
    )
    return Findings(text, how, checks, values)


def _printed_limit(n_hot: float) -> float:
    """Return Eq. (13)."""
    n_c, g_c, g_h = BATHS["n_cold"], BATHS["gamma_cold"], BATHS["gamma_hot"]
    return g_c * (n_c - n_hot) / (8.0 * n_hot * (g_c * (1.0 + n_c) + g_h * (1.0 + n_hot)))


def _pair_sum(state: SteadyState, phases: Real) -> Real:
    return np.asarray(phase_distribution(state, phases)) / (2.0 * factor(state.dimension))


def _pushes(state: SteadyState, phases: Real) -> Real:
    """Return the gradient of the pair sum by our route: S is of first degree in each phase, quarter turns are exact."""
    quarter = 0.5 * np.pi * np.eye(state.dimension)
    return np.asarray(0.5 * (_pair_sum(state, phases + quarter) - _pair_sum(state, phases - quarter)))


def _couplings(state: SteadyState) -> tuple[float, float]:
    """Return how strongly the drive pulls level 2 to the phase it gives, and levels 2 and 3 each other.

    Of κ cos(φ_2 − φ_3) two quarter turns leave 4κ, whatever else the sum holds of either phase alone.  The pull is the
    amplitude of the pair sum in φ_1, all other phases held; shared by the levels where these are in phase.
    """
    turns = np.zeros((2, 2, state.dimension))
    turns[0, :, 2], turns[1, :, 2] = 0.5 * np.pi, -0.5 * np.pi
    turns[:, 0, 3], turns[:, 1, 3] = 0.5 * np.pi, -0.5 * np.pi
    corner = _pair_sum(state, turns)
    first = np.zeros((4, state.dimension))
    first[:, 1] = 0.5 * np.pi * np.arange(4)
    sums = _pair_sum(state, first)
    pull = 0.5 * np.hypot(sums[0] - sums[2], sums[1] - sums[3]) / (state.dimension - 2)
    return float(pull), float(0.25 * (corner[0, 0] - corner[0, 1] - corner[1, 0] + corner[1, 1]))


def c24(quick: bool, tolerance: float) -> Findings:
    """Signs of the two mechanisms in the gradient of the pair sum."""
    checks: list[Check] = []
    values: list[Value] = []
    words = []
    rng = np.random.default_rng(24)
    for regime, n_hot in UNMATCHED.items():
        sign = 1.0 if n_hot < BATHS["n_cold"] else -1.0
        for count in (2,) if quick else (2, 3, 6):
            machine = Machine(np.full(count, DRIVE), n_hot)
            rho, state = machine.steady(), steady_state(maser(machine))
            name, scale = f"{regime}, N = {count}", float(np.abs(rho[1, 2:]).sum())
            phases = rng.uniform(0.0, 2.0 * np.pi, count + 2)
            for level, (ours, theirs) in enumerate(zip(_pushes(state, phases), torque(rho, phases), strict=True)):
                checks.append(absolute(f"push on level {level}, {name}", ours, theirs, tolerance * scale))
            pull, mutual = _couplings(state)
            checks.append(relative(f"pull of the drive, {name}", pull, abs(rho[1, 2]), tolerance))
            checks.append(relative(f"mutual coupling, {name}", mutual, rho[2, 3].real, tolerance))
            checks.append(absolute(f"sign of the mutual coupling, {name}", np.sign(mutual), sign, 0.05))
            checks += _apart(state, rho, name, sign, tolerance)
            k = BATHS["gamma_hot"] * (1.0 + n_hot) / DRIVE
            checks.append(relative(f"mutual coupling over pull, {name}", mutual / pull, sign / k, tolerance))
            if count == 2:
                values.append(value(f"mutual coupling over pull of the drive, {regime}", mutual / pull, sign / k))
                words.append(f"{mutual / pull:+.4g} ({regime})")
    how = (
        "Gradient of S by exact differences against that of the coherences of Eq. (8); two levels half a radian off "
        "the phase of the drive, to either side."
    )
    return Findings(f"mutual coupling over the pull of the drive: {', '.join(words)}", how, checks, values)


def _apart(state: SteadyState, rho: Complex, name: str, sign: float, tolerance: float) -> list[Check]:
    """Set level 2 ahead of the drive's phase and level 3 as much behind: what pushes them, and which way.

    Half a turn of level 1 turns the drive's part of a push and nothing else, so sum and difference tell them apart.
    """
    phases, half = np.zeros(state.dimension), np.zeros(state.dimension)
    phases[2:], half[1] = float(np.angle(rho[2, 1])), np.pi
    phases[2] += 0.5
    phases[3] -= 0.5
    here, there = _pushes(state, phases)[2], _pushes(state, phases + half)[2]
    drive, mutual = 0.5 * (here - there), 0.5 * (here + there)
    others = np.arange(2, state.dimension) != 2
    lag = phases[2] - phases[2:][others]
    expected = float(-np.sum(rho[2, 3].real * np.sin(lag)))
    return [
        relative(f"push of the drive on a level ahead, {name}", drive, -abs(rho[1, 2]) * np.sin(0.5), tolerance),
        absolute(f"the drive pulls it back, {name}", np.sign(drive), -1.0, 0.05),
        relative(f"push of the others on it, {name}", mutual, expected, tolerance),
        absolute(f"they pull (−) or repel (+), {name}", np.sign(mutual), -sign, 0.05),
    ]
