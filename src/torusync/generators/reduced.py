"""What of a Lindblad equation acts within its blocks of equal charge: the rest is exactly nothing there.

A frame that turns with an optical frequency, or a dephasing that is fast beside all else, moves no population of
levels that no charge tells apart from themselves alone.  Kept, it would cancel in floating point only to rounding of
its own size, and hide rates sixteen orders below it.  So only what is exactly nothing is left out: energies that a
whole class has, where taking them away rounds nothing, and diagonal jumps that are one number on each class.
"""

import numpy as np

from torusync._checks import Complex, Integer, Real
from torusync._twofold import two_sum


def relative_energies(hamiltonian: Complex, groups: Integer) -> Complex:
    """Return H ``(..., D, D)`` less one energy of each class, of those classes where the differences are doubles."""
    level = np.arange(len(groups))
    energies = np.diagonal(hamiltonian, axis1=-2, axis2=-1).real
    if not energies.any():
        return hamiltonian
    _, first = np.unique(groups, return_index=True)
    difference = two_sum(energies, -energies[..., first[groups]])
    # a sum beyond the range of doubles is not a number, and not equal to 0
    exact = (difference.low == 0.0).reshape(-1, len(groups)).all(axis=0)
    whole = np.bincount(groups, ~exact) == 0
    found = hamiltonian.copy()
    found[..., level, level] = np.where(whole[groups], difference.high, energies)
    return found


def acts(jump: Complex, groups: Integer) -> bool:
    """Tell whether a jump ``(..., D, D)`` does anything to ρ within classes."""
    diagonal = np.diagonal(jump, axis1=-2, axis2=-1)
    if np.count_nonzero(jump) > np.count_nonzero(diagonal):
        return True
    _, first = np.unique(groups, return_index=True)
    return bool((diagonal != diagonal[..., first[groups]]).any())


def kept(rates: tuple[Real, ...], jumps: tuple[Complex, ...], groups: Integer) -> tuple[tuple[Real, Complex], ...]:
    """Return the channels that do anything to ρ within classes."""
    return tuple((rate, jump) for rate, jump in zip(rates, jumps, strict=True) if acts(jump, groups))
