"""Claims about the exact split of a phase velocity: P01 to P04."""

import numpy as np

from torusync._checks import Complex, Real
from torusync.claims.common import Findings, absolute, maser, value
from torusync.claims.motion import (
    channels,
    lindblad,
    maser_terms,
    moved,
    phase_terms,
    random_lindblad,
    random_state,
    traceless,
)
from torusync.claims.reference import Machine, Matrix
from torusync.dynamics import TERMS, phase_model
from torusync.models import LindbladSystem

_SEED = 801
_COUPLED, _PULLED = TERMS.index("dissipative coupling"), TERMS.index("pull of populations")


def _ours(model: object, rho: Complex) -> Complex:
    """Return our six terms as parts of ρ̇_nm/ρ_nm, nan on the diagonal."""
    found = phase_model(model).terms(rho)  # type: ignore[arg-type]
    return np.asarray(found["modulus_rate"].to_numpy() + 1j * found["phase_velocity"].to_numpy())


def _system(hamiltonian: Matrix, jumps: list[Matrix]) -> LindbladSystem:
    return LindbladSystem(hamiltonian, [(0.5, jump) for jump in jumps])


def _off(ours: Complex, theirs: Complex) -> tuple[float, float]:
    """Return the entries that are furthest apart off the diagonal, real parts or imaginary ones."""
    flat = np.stack([one[..., ~np.eye(one.shape[-1], dtype=bool)].ravel() for one in (ours, theirs)])
    parts = np.concatenate([flat.real, flat.imag], axis=1)
    worst = int(np.abs(parts[0] - parts[1]).argmax())
    return float(parts[0, worst]), float(parts[1, worst])


def p01(quick: bool, tolerance: float) -> Findings:
    """Six terms of random equations, each and in sum."""
    checks, rng, largest = [], np.random.default_rng(_SEED), 0.0
    for number in range(4 if quick else 12):
        size = 3 + number % 2
        hamiltonian, jumps = random_lindblad(rng, size, 2)
        rho = random_state(rng, size)
        ours = _ours(_system(hamiltonian, jumps), rho)
        theirs = phase_terms(*traceless(hamiltonian, jumps), rho)
        name = f"equation {number}, D = {size}"
        for place, term in enumerate(TERMS):
            one, other = _off(ours[place], theirs[place])
            checks.append(absolute(f"{term}, {name}", one, other, tolerance))
            largest = max(largest, abs(one - other))
        change = (lindblad(hamiltonian, jumps) @ rho.ravel(order="F")).reshape(size, size, order="F")
        one, other = _off(ours.sum(axis=0), change / rho)
        checks.append(absolute(f"sum, {name}", one, other, tolerance))
    how = "Sums over all indices, one by one, and the Kronecker product of the whole equation for their sum."
    return Findings(
        f"six terms and their sum to {largest:.1e} ω_1", how, checks, [value("largest deviation", largest, 0.0)]
    )


def p02(quick: bool, tolerance: float) -> Findings:
    """Move the channels by constants: the equation stays, the terms of a printed split do not, ours do."""
    checks, values, rng = [], [], np.random.default_rng(_SEED + 1)
    least = np.inf
    for number in range(2 if quick else 6):
        size = 3 + number % 2
        hamiltonian, jumps = random_lindblad(rng, size, 2)
        rho = random_state(rng, size)
        shifts = [complex(*rng.normal(size=2)) for _ in jumps]
        other = moved(hamiltonian, jumps, shifts)
        name = f"equation {number}, D = {size}"
        apart = float(np.abs(lindblad(hamiltonian, jumps) - lindblad(*other)).max())
        checks.append(absolute(f"change of the equation, {name}", apart, 0.0, tolerance))
        here, there = phase_terms(hamiltonian, jumps, rho), phase_terms(*other, rho)
        off = ~np.eye(size, dtype=bool)
        change = float(np.nanmax(np.abs(here - there)[:, off]))
        least = min(least, change)
        checks.append(absolute(f"a term moves by more than a tenth, {name}", change > 0.1, True, 0.05))
        one, two = _off(here.sum(axis=0), there.sum(axis=0))
        checks.append(absolute(f"sum of the moved terms, {name}", one, two, tolerance))
        one, two = _off(_ours(_system(*other), rho), phase_terms(*traceless(hamiltonian, jumps), rho))
        checks.append(absolute(f"ours of the moved equation, {name}", one, two, tolerance))
    values.append(value("largest change of a term, smallest over equations, in ω_1", least))
    how = "The printed split before and after C → C + c, H → H − (i/2)(c*C − cC†), and ours from the moved channels."
    return Findings(f"terms move by {least:.2g} ω_1 or more, ours do not", how, checks, values)


def _machine(rng: np.random.Generator, count: int, *, correlated: bool, apart: bool = False) -> Machine:
    """Return a detuned machine of random complex drives and levels; ``apart``: of an occupation for each level."""
    drive = rng.uniform(0.05, 0.4, count) * np.exp(2j * np.pi * rng.random(count))
    n_hot = float(rng.choice([0.2, 2.0, 5.0]))
    return Machine(
        drive,
        n_hot,
        manifold=3.0 + rng.uniform(0.0, 0.3, count),
        omega_drive=2.0 + float(rng.normal(0.0, 0.2)),
        occupations=n_hot * rng.uniform(0.8, 1.2, count) if apart else None,
        dipoles=float(rng.uniform(0.2, 0.6)) if correlated else 0.0,
    )


def _turned(rng: np.random.Generator, machine: Machine) -> Matrix:
    """Return the steady state with its levels turned, and so moving."""
    turn = np.exp(2j * np.pi * rng.random(machine.size))
    return np.asarray(turn[:, np.newaxis] * machine.steady() * turn.conj())


def p03(quick: bool, tolerance: float) -> Findings:
    """Terms of the machine by the lines written for it, independent and correlated dipoles."""
    checks, rng, largest = [], np.random.default_rng(_SEED + 2), 0.0
    names = ("detuning", "drive on populations", "coherent coupling", "dissipative coupling", "pull of populations")
    for number in range(4 if quick else 16):
        count, correlated = 2 + number % 3, number % 2 == 1
        machine = _machine(rng, count, correlated=correlated, apart=number % 4 > 1)
        rho = _turned(rng, machine)
        ours = _ours(maser(machine), rho).imag
        kind = "correlated" if correlated else "independent"
        lines = maser_terms(machine, rho)
        for place, term in enumerate(names):
            pairs = [(float(ours[TERMS.index(term)][pair]), float(line[place])) for pair, line in lines.items()]
            one, other = max(pairs, key=lambda both: abs(both[0] - both[1]))
            largest = max(largest, abs(one - other))
            checks.append(absolute(f"{term}, N = {count}, {kind} dipoles, machine {number}", one, other, tolerance))
        change = (machine.generator() @ rho.ravel(order="F")).reshape(machine.size, machine.size, order="F")
        pairs = [(float(np.nansum(ours[:, *pair])), float((change[pair] / rho[pair]).imag)) for pair in lines]
        one, other = max(pairs, key=lambda both: abs(both[0] - both[1]))
        checks.append(absolute(f"sum, N = {count}, {kind} dipoles, machine {number}", one, other, tolerance))
    how = (
        "dΦ_1j/dt and dΦ_jl/dt as written out for it: complex drives, detuned, levels apart, occupations of their own."
    )
    found = [value("largest deviation", largest, 0.0)]
    return Findings(f"five terms and their sum to {largest:.1e} ω_1", how, checks, found)


def _dissipative(machine: Machine, rho: Matrix) -> tuple[Real, Real]:
    """Return our dissipative coupling of every pair of excited levels, and that of the printed split."""
    ours = _ours(maser(machine), rho).imag[[_COUPLED, _PULLED]]
    theirs = phase_terms(*traceless(machine.rotating(), channels(machine)), rho).imag[[_COUPLED, _PULLED]]
    inside = np.zeros((machine.size, machine.size), dtype=bool)
    inside[1:, 1:] = ~np.eye(machine.size - 1, dtype=bool)
    return np.asarray(ours[:, inside]), np.asarray(theirs[:, inside])


def p04(quick: bool, tolerance: float) -> Findings:
    """Dissipative coupling against the correlation of the dipoles."""
    checks, values = [], []
    rng = np.random.default_rng(_SEED + 3)
    for number in range(2 if quick else 6):
        plain = _machine(rng, 3, correlated=False)
        for dipoles in (0.0, -0.3, 0.5):
            machine = Machine(
                plain.drive, plain.n_hot, manifold=plain.manifold, omega_drive=plain.omega_drive, dipoles=dipoles
            )
            rho = _turned(rng, machine)
            ours, theirs = _dissipative(machine, rho)
            name = f"p = {dipoles:g}, machine {number}"
            for row, term in enumerate(("dissipative coupling", "pull of populations")):
                worst = int(np.abs(ours[row] - theirs[row]).argmax())
                checks.append(absolute(f"{term}, {name}", ours[row, worst], theirs[row, worst], tolerance))
                largest = float(np.abs(ours[row]).max())
                there = dipoles != 0.0
                checks.append(absolute(f"any {term}, {name}", largest > 1e-6, there, 0.05))
                if number == 0:
                    printed = 0.0 if dipoles == 0.0 else None
                    values.append(value(f"largest {term}, p = {dipoles:g}, in ω_1", largest, printed))
    words = ", ".join(f"{one.ours:.3g} ({one.name.split(', ')[1]})" for one in values if "dissipative" in one.name)
    how = "The printed split from channels, of correlated dipoles those of the modes of P, at states that move."
    return Findings(f"largest dissipative coupling in ω_1: {words}", how, checks, values)
