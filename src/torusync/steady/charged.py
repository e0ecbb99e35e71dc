"""Sparse factors with a charge that the user names, where the basis hides it.

In a permuted basis the entries of H and of the jumps show their charges all the same, but rotated levels are all
coupled to each other.  In the eigenbasis of a charge Q the blocks are back: H commutes with Q, and a jump shifts it by
one amount.  What breaks that by no more than rounding is left out; what breaks it by more is refused.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from torusync._checks import Complex, Integer, Real, requirement
from torusync._frozen import ByValue
from torusync._limits import DIRECT_ROWS
from torusync._memory import require_memory
from torusync._operators import as_hermitian
from torusync._threads import one_blas_thread, stop_if_told
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.grading import classes
from torusync.generators.layout import Layout
from torusync.generators.superoperator import Pairs
from torusync.steady.answer import Answer, unfit
from torusync.steady.bordering import judged, judged_by
from torusync.steady.sparse import room_for, solved

_BROKEN: Final = 1e-12
"""Part of an operator's norm that may break a charge: what a rotation of some hundred levels leaves."""


@final
@dataclass(frozen=True, eq=False)
class Charged(ByValue):
    """Sparse factorisation of the block of equal charge, for a charge that is named.

    Parameters
    ----------
    charge : (D, D) Hermitian
        It commutes with H, and each jump changes its value by one amount, such as the number of excitations.
    """

    charge: Any

    def __post_init__(self) -> None:
        charge = as_hermitian("charge", self.charge, unit=1.0)
        if charge.ndim != 2:
            raise requirement("charge", "be one matrix (D, D)", f"its shape is {charge.shape}")
        charge.setflags(write=False)
        object.__setattr__(self, "charge", charge)

    @np.errstate(all="ignore")
    @one_blas_thread
    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, point by point."""
        if not isinstance(generator, LindbladGenerator):
            raise unfit("Charged() needs a LindbladSystem; use Auto() or Dense()")
        batch, points, size = generator.batch_shape, generator.points, generator.dimension
        if len(self.charge) != size:
            raise requirement("charge", f"act on the {size} levels of the system", f"it acts on {len(self.charge)}")
        require_memory("system", 16.0 * points * size**2, what=f"Charged() for {points} points of {size} levels")
        # a charge that the levels have needs no other basis, and in theirs nothing is rounded
        plain = np.count_nonzero(self.charge) == np.count_nonzero(np.diagonal(self.charge))
        one_each = np.eye(size, dtype=np.complex128)
        values, basis = (np.diagonal(self.charge).real, one_each) if plain else np.linalg.eigh(self.charge)
        pairs, flat = Pairs(classes(values)), generator.flat()
        rho, evidence = np.empty((points, size, size), dtype=np.complex128), np.empty((6, points))
        for point in range(points):
            stop_if_told()
            one = flat.part(point)
            turned = _turned(one, values, basis, pairs.groups, plain=plain)
            # of what is as it was given, that is left out which does nothing to what keeps the charge
            same = plain and turned is one
            equation = one.within(pairs.groups).part(0).sparse() if same else turned.sparse()
            block = equation.assembled(pairs)
            if point == 0 and pairs.size > DIRECT_ROWS:
                room_for(block.matrix, Layout.of(block.matrix), size)
            inside, strength, nullity, _ = solved(equation, block.matrix, pairs)
            if same:
                rho[point], left = inside, sum(block.change(pairs.packed(inside)))
                evidence[:, point] = judged_by(
                    left, equation.scale(), inside, strength, nullity=nullity, groups=pairs.groups
                )
                continue
            rho[point] = basis @ inside @ np.conj(basis.T)
            whole = np.zeros(size, dtype=np.int64)
            evidence[:, point] = judged(one.sparse(), rho[point], strength, nullity=nullity, groups=whole)
        return Answer.of_matrices(rho, evidence, batch, solver=self)


def _turned(one: LindbladGenerator, values: Real, basis: Complex, groups: Integer, *, plain: bool) -> LindbladGenerator:
    """Return the equation of one point in the eigenbasis of its charge, without what rounding breaks of that.

    Itself, where with a ``plain`` basis nothing is broken.
    """
    steps = values[:, np.newaxis] - values
    energies = _within(np.conj(basis.T) @ one.hamiltonian @ basis, groups[:, np.newaxis] == groups, "commute with H")
    jumps, broken = [], []
    for rate, jump in zip(one.rates, one.operators, strict=True):
        turned = np.conj(basis.T) @ jump @ basis
        amount = steps.flat[np.abs(turned).argmax()]
        same = np.abs(steps - amount) <= 1e-9 * max(1.0, float(np.abs(values).max()))
        kept = _within(turned, same, "be changed by every jump by one amount")
        jumps += [(rate, kept)] if rate > 0.0 else []
        broken.append(bool(turned[~same].any()))
    broken.append(bool(one.hamiltonian[groups[:, np.newaxis] != groups].any()))
    if plain and not any(broken):
        return one
    rates, operators = zip(*jumps, strict=True) if jumps else ((), ())
    return LindbladGenerator(energies, rates, operators)


def _within(matrix: Complex, kept: Any, must: str) -> Complex:
    """Return the entries that keep a charge; refuse the matrix where the others are more than rounding."""
    broken, whole = float(np.linalg.norm(matrix[~kept])), float(np.linalg.norm(matrix))
    if broken > _BROKEN * len(matrix) * whole:
        raise requirement("charge", must, f"a part of norm {broken:.3g} of an operator of norm {whole:.3g} breaks it")
    return np.asarray(np.where(kept & (np.abs(matrix) > 1e-15 * whole), matrix, 0.0))
