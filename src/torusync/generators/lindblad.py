"""Any Lindblad equation: a Hamiltonian and channels, in the normalisation of Eq. (7) of the letter.

A channel (Γ, X) contributes Γ (2 X ρ X† − {X†X, ρ}).  Nothing else is known of it, so that it is solved as one matrix.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._limits import INVERTED_LEVELS
from torusync.conventions import EPS
from torusync.densities import DenseDensity, Density
from torusync.generators.base import Generator, both_sides, dagger, left_right
from torusync.generators.driven import undriven
from torusync.generators.grading import Entries, charges, classes
from torusync.generators.layout import Layout
from torusync.generators.listed import Listed
from torusync.generators.reduced import kept, relative_energies
from torusync.generators.superoperator import Assembled, Pairs, SparseLindblad


@final
@dataclass(frozen=True, eq=False)
class LindbladGenerator(Generator):
    """A Lindblad generator.

    Parameters
    ----------
    hamiltonian : (..., D, D) Hermitian, in units of ω_1
    rates : Γ ≥ 0 of each channel, shapes ``(...)``
    operators : X of each channel, shapes ``(..., D, D)``
    """

    hamiltonian: Complex
    rates: tuple[Real, ...]
    operators: tuple[Complex, ...]

    AXES: ClassVar = {"hamiltonian": 2, "rates": 0, "operators": 2}

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.hamiltonian.shape[-1])

    @property
    def numbers(self) -> int:
        """Complex numbers a point that are alive at once: few levels are inverted in stacks, many are sparse."""
        square = self.dimension**2
        return 10 * square + (3 * square**2 if self.dimension <= INVERTED_LEVELS else 6 * square * self.dimension)

    @property
    def workspace(self) -> int:
        """Complex numbers that are alive beside these: what each entry of H adds to L, where points are stacked."""
        return 4 * self.dimension**6 if self.dimension <= INVERTED_LEVELS else 0

    def _channels(self) -> Iterator[tuple[Real, Complex]]:
        return zip(self.rates, self.operators, strict=True)

    def distinct(self) -> "LindbladGenerator":
        """Return the equations with one point along batch axes of which no part of them knows.

        An axis that temperatures alone have is a view of one matrix along it.
        """
        batch = self.batch_shape
        known = [length <= 1 for length in batch]
        for name, axes in self.AXES.items():
            value = getattr(self, name)
            for array in value if type(value) is tuple else (value,):
                own = array.ndim - axes
                for axis in range(own):
                    known[axis - own] |= array.shape[axis] > 1 and array.strides[axis] != 0
        if all(known):
            return self

        def cut(array: Complex, axes: int) -> Complex:
            own = array.ndim - axes
            index = tuple(slice(None) if known[axis - own] else slice(0, 1) for axis in range(own))
            return np.asarray(array[index])

        return LindbladGenerator(**self._each(cut))

    def liouvillian(self) -> Complex:
        """Return the generator on row-major vec(ρ), shape ``(..., D², D²)``."""
        total = both_sides(-1j * self.hamiltonian)
        for rate, jump in self._channels():
            adjoint = dagger(jump)
            kick = 2.0 * left_right(jump, adjoint) - both_sides(adjoint @ jump)
            total = total + rate[..., np.newaxis, np.newaxis] * kick
        return total

    def no_jump(self) -> Complex:
        """Return K = −iH − Σ Γ X†X, by which ρ evolves between jumps, dρ/dt = K ρ + ρ K† + …, ``(..., D, D)``."""
        total = -1j * self.hamiltonian
        for rate, jump in self._channels():
            total = total - rate[..., np.newaxis, np.newaxis] * (dagger(jump) @ jump)
        return np.asarray(total)

    def sparse(self) -> SparseLindblad:
        """Return the equation of one point by its nonzero entries."""
        size, acting = self.dimension, [(rate, jump) for rate, jump in self._channels() if rate > 0.0]
        roots = [float(np.sqrt(2.0 * rate)) for rate, _ in acting]
        jumps = Listed.of([jump for _, jump in acting], size, factors=roots)
        return SparseLindblad(Listed.of([self.hamiltonian], size), jumps)

    def entries(self) -> tuple[Entries, tuple[Entries, ...]]:
        """Return where the Hamiltonian, and where each channel that acts, has entries at any point of the batch."""
        found = []
        for rate, jump in self._channels():
            # of one rate the question is for the channel, and no matrix is made of it
            if rate.ndim == 0 and not rate > 0.0:
                continue
            acting = _anywhere(jump if rate.ndim == 0 else jump * (rate > 0.0)[..., np.newaxis, np.newaxis])
            if len(acting[0]):
                found.append(acting)
        return _anywhere(self.hamiltonian), tuple(found)

    @cached_property
    def classes(self) -> Integer:
        """To which charge each level belongs, ``(D,)``: one class for all where nothing is conserved."""
        energies, jumps = self.entries()
        return classes(charges([energies], jumps, self.dimension))

    @cached_property
    def pairs(self) -> Pairs:
        """The pairs of levels of the same charge, outside of which no stationary matrix has entries."""
        return Pairs(self.classes)

    @cached_property
    def reduced(self) -> "LindbladGenerator":
        """The same equation for matrices that are zero between charges, flat, without what does nothing to them."""
        return self.within(self.classes)

    def within(self, groups: Integer) -> "LindbladGenerator":
        """Return the same for matrices that are zero between ``groups`` of levels, ``(D,)``."""
        channels = kept(self.rates, self.operators, groups)
        rates, operators = zip(*channels, strict=True) if channels else ((), ())
        energies = relative_energies(self.hamiltonian, groups)
        return LindbladGenerator(energies, rates, operators).flat(self.batch_shape)

    @cached_property
    def first(self) -> SparseLindblad:
        """The equation of the first point within charges, by its nonzero entries."""
        return self.reduced.part(0).sparse()

    @cached_property
    def first_assembled(self) -> Assembled:
        """L of the first point in the real numbers of `pairs`: solvers are chosen by it, and it is then solved."""
        return self.first.assembled(self.pairs)

    @property
    def first_block(self) -> Any:
        """The matrix of that."""
        return self.first_assembled.matrix

    @cached_property
    def first_layout(self) -> Layout | None:
        """How the graph of `first_block` looks from the first population."""
        return Layout.of(self.first_block)

    def undriven(self, *, most: bool) -> tuple[Boolean, Integer]:
        """Return which entries of H are kept without its drive, ``(D, D)``, and to which charge levels belong then.

        With ``most`` as many terms are kept as leave a charge; without, none that the charges of the jumps do not.
        """
        energies = self.hamiltonian.reshape(-1, self.dimension, self.dimension)
        return undriven(energies, self.entries()[1], most=most)

    def liouvillian_rounding(self) -> Real:
        """Return a bound of the rounding in `liouvillian` as stored, in the Frobenius norm, shape ``(...)``.

        The terms of a channel may cancel, as for an operator near the identity, so this is no fraction of the result.
        """
        size, total = self.dimension, np.zeros(self.batch_shape)
        for rate, jump in self._channels():
            total = total + rate * _square(jump)
        channels = (len(self.rates) + 2) * (6.0 + 2.0 * (size + 3.0) * size**0.5) * total
        # differences of energies, each in as many rows as there are levels
        return np.asarray(EPS * (channels + (len(self.rates) + 4) * 2.0 * size**0.5 * _square(self.hamiltonian) ** 0.5))

    def change(self, density: Density) -> Complex:
        """Return dρ/dt of matrices, shape ``(..., D, D)``."""
        if not isinstance(density, DenseDensity):
            raise TypeError("the state of a Lindblad system is a matrix")
        rho = density.matrix
        change = -1j * (self.hamiltonian @ rho - rho @ self.hamiltonian)
        for rate, jump in self._channels():
            adjoint = dagger(jump)
            decay = adjoint @ jump
            kick = 2.0 * jump @ rho @ adjoint - decay @ rho - rho @ decay
            change = change + rate[..., np.newaxis, np.newaxis] * kick
        return np.asarray(change)

    def scale(self, density: Density) -> Real:
        """Return the norm of what `change` is made of, shape ``(...)``."""
        del density
        total = 2.0 * _square(self.hamiltonian) ** 0.5
        for rate, jump in self._channels():
            total = total + 4.0 * rate * _square(jump)
        return np.asarray(total)


def _anywhere(matrices: Complex) -> Entries:
    """Return rows and columns of the entries that are not 0 at some point."""
    there = matrices != 0.0
    if there.ndim > 2:
        there = there.reshape(-1, *there.shape[-2:]).any(axis=0)
    rows, columns = np.divmod(np.flatnonzero(there), there.shape[-1])
    return rows, columns


def _square(matrices: Complex) -> Real:
    """Return Σ_ij |X_ij|², shape ``(...)``."""
    if matrices.ndim == 2:
        return np.asarray(np.vdot(matrices, matrices).real)
    parts = np.ascontiguousarray(matrices).view(np.float64)
    return np.asarray(np.einsum("...ij,...ij->...", parts, parts))
