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
from torusync.generators.listed import Listed
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.steady.answer import Answer, unfit
from torusync.steady.bordering import judged
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

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    @one_blas_thread
    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, point by point."""
        if not isinstance(generator, LindbladGenerator):
            raise unfit("Charged() needs a LindbladSystem; use Auto() or Dense()")
        batch, points, size = generator.batch_shape, generator.points, generator.dimension
        if len(self.charge) != size:
            raise requirement("charge", f"act on the {size} levels of the system", f"it acts on {len(self.charge)}")
        require_memory("system", 16.0 * points * size**2, what=f"Charged() for {points} points of {size} levels")
        values, basis = np.linalg.eigh(self.charge)
        pairs, flat = Pairs(classes(values)), generator.flat()
        rho, evidence = np.empty((points, size, size), dtype=np.complex128), np.empty((6, points))
        for point in range(points):
            stop_if_told()
            one = flat.part(point)
            turned = _turned(one, values, basis, pairs.groups)
            block = turned.real_form(pairs)
            if point == 0 and pairs.size > DIRECT_ROWS:
                room_for(block, Layout.of(block), size)
            inside, strength, nullity, _ = solved(turned, block, pairs)
            rho[point] = basis @ inside @ np.conj(basis.T)
            whole = np.zeros(size, dtype=np.int64)
            evidence[:, point] = judged(one.sparse(), rho[point], strength, nullity=nullity, groups=whole)
        return Answer.of_matrices(rho, evidence, batch, solver=self)


def _turned(one: LindbladGenerator, values: Real, basis: Complex, groups: Integer) -> SparseLindblad:
    """Return the equation of one point in the eigenbasis of its charge, without what rounding breaks of that."""
    steps = values[:, np.newaxis] - values
    energies = _within(np.conj(basis.T) @ one.hamiltonian @ basis, groups[:, np.newaxis] == groups, "commute with H")
    jumps = []
    for rate, jump in zip(one.rates, one.operators, strict=True):
        turned = np.conj(basis.T) @ jump @ basis
        amount = steps.flat[np.abs(turned).argmax()]
        same = np.abs(steps - amount) <= 1e-9 * max(1.0, float(np.abs(values).max()))
        kept = _within(turned, same, "be changed by every jump by one amount")
        jumps += [np.sqrt(2.0 * rate) * kept] if rate > 0.0 else []
    return SparseLindblad(Listed.of([energies], len(values)), Listed.of(jumps, len(values)))


def _within(matrix: Complex, kept: Any, must: str) -> Complex:
    """Return the entries that keep a charge; refuse the matrix where the others are more than rounding."""
    broken, whole = float(np.linalg.norm(matrix[~kept])), float(np.linalg.norm(matrix))
    if broken > _BROKEN * len(matrix) * whole:
        raise requirement("charge", must, f"a part of norm {broken:.3g} of an operator of norm {whole:.3g} breaks it")
    return np.asarray(np.where(kept & (np.abs(matrix) > 1e-15 * whole), matrix, 0.0))
