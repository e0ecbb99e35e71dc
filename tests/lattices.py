"""Systems of many levels for tests: spins and oscillators with collapse operators in the usual convention."""

import numpy as np

import torusync as ts


def lowering(levels):
    """Return the lowering operator of an oscillator."""
    return np.diag(np.sqrt(np.arange(1.0, levels)), 1).astype(np.complex128)


def spin(levels):
    """Return S_z and S_+ of a spin with that many levels, the highest first."""
    m = (levels - 1) / 2 - np.arange(levels)
    s = (levels - 1) / 2
    return np.diag(m).astype(np.complex128), np.diag(np.sqrt(s * (s + 1) - m[1:] * (m[1:] + 1)), 1).astype(complex)


def at(operator, place, sizes):
    """Return an operator of one of several parts."""
    parts = [np.eye(size) for size in sizes]
    parts[place] = operator
    total = np.eye(1)
    for part in parts:
        total = np.kron(total, part)
    return total


def lindblad(hamiltonian, collapse):
    """Return the system of a Hamiltonian and collapse operators."""
    return ts.LindbladSystem(hamiltonian, [(0.5, one) for one in collapse])


def pair(levels, *, drive=0.0, exchange=0.2, detuning=0.3, kappa=0.36):
    """Return two van der Pol oscillators with exchange, one driven."""
    a, b = (at(lowering(levels), place, (levels, levels)) for place in (0, 1))
    hop = exchange * a.conj().T @ b
    energy = hop + hop.conj().T + detuning * b.conj().T @ b + 1j * drive * (a - a.conj().T)
    return lindblad(energy, [a.conj().T, b.conj().T, kappa**0.5 * a @ a, kappa**0.5 * b @ b])


def spins(drive=0.0, exchange=0.5, rates=(1.0, 1.0, 1.0)):
    """Return a chain of three spin-1 with gain and damping, the first driven."""
    z, plus = spin(3)
    up = [at(plus, place, (3, 3, 3)) for place in range(3)]
    energy = sum(0.5 * exchange * up[k] @ up[k + 1].conj().T for k in range(2)) + 0.5 * drive * up[0]
    jumps = [
        np.sqrt(rate / 2.0) * at(one @ z, place, (3, 3, 3))
        for place, rate in enumerate(rates)
        for one in (plus, plus.conj().T)
    ]
    return lindblad(energy + energy.conj().T, jumps)


def liouvillian(system):
    """Return L on row-major vec(ρ), from the definition and by no code of the library."""
    energy, levels = system.hamiltonian, system.dimension
    one = np.eye(levels)
    total = -1j * (np.kron(energy, one) - np.kron(one, energy.T))
    for rate, jump in system.channels:
        decay = jump.conj().T @ jump
        total = total + rate * (2.0 * np.kron(jump, jump.conj()) - np.kron(decay, one) - np.kron(one, decay.T))
    return total
