"""Large systems without a charge and without factors: iteration around what happens between jumps.

K ρ + ρ K† = Q is solved for any Q in the Schur basis of K, D × D numbers that always fit where ρ does.  As a
preconditioner it leaves the jumps to the iteration, some 150 steps whatever the drive and the number of levels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.linalg import schur

from torusync._checks import Complex, Real, as_count
from torusync._limits import HALVED_ROWS
from torusync._memory import require_memory
from torusync._threads import one_blas_thread, stop_if_told
from torusync.conventions import EPS
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.lyapunov import triangular
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.steady.answer import Answer, unfit
from torusync.steady.bordering import judged, of_unit_trace
from torusync.steady.gmres import gmres
from torusync.steady.probing import DRAWS, LEFT, reach

_USUAL: Final = 150
"""Steps that most systems take, each a vector to keep."""

_DAMPED: Final = 1e-3
"""Of the mean decay, added to every level: one that nothing leaves would make the equation singular."""


@final
@dataclass(frozen=True)
class MatrixFree:
    """GMRES preconditioned by the part of L without jumps, for Lindblad systems of any kind.

    Parameters
    ----------
    max_steps
        Steps at most; where they do not suffice the state is refused.
    """

    max_steps: int = 400

    def __post_init__(self) -> None:
        as_count("max_steps", self.max_steps, minimum=1)

    @np.errstate(all="ignore")
    @one_blas_thread
    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, point by point."""
        if not isinstance(generator, LindbladGenerator):
            raise unfit("MatrixFree() needs a LindbladSystem; use Auto() or Dense()")
        batch, points, size = generator.batch_shape, generator.points, generator.dimension
        require_memory(
            "system",
            8.0 * size**2 * (2.0 * points + (1 + DRAWS) * min(self.max_steps, _USUAL, 2 * size**2)),
            what=f"MatrixFree() for {points} points of {size} levels",
            advice="lower max_steps or split the batch",
        )
        rho, evidence = np.empty((points, size, size), dtype=np.complex128), np.empty((6, points))
        pairs = Pairs(np.zeros(size, dtype=np.int64))
        stalled, flat = np.zeros(points, dtype=np.bool_), generator.within(pairs.groups)
        for point in range(points):
            stop_if_told()
            rho[point], evidence[:, point], stalled[point] = _solve(flat.part(point).sparse(), pairs, self.max_steps)
        answer = Answer.of_matrices(rho, evidence, batch, solver=self)
        return answer.ended(stalled.reshape(batch))


def _solve(equation: SparseLindblad, pairs: Pairs, most: int) -> tuple[Complex, Real, bool]:
    """Return ρ, its rows of evidence, and whether the iteration stalled."""
    size, scale = equation.levels, equation.scale()
    invert, border = _without_jumps(equation, pairs)

    def image(columns: Real) -> Real:
        found = np.stack([pairs.packed(equation.image(pairs.unpacked(one))) for one in columns.T], axis=1)
        found[0] += border * columns[:size].sum(axis=0)
        return found

    right = np.random.default_rng(size).normal(size=(pairs.size, DRAWS + 1))
    right[:, 0] = 0.0
    right[0, 0] = border
    goals = np.full(DRAWS + 1, LEFT)
    goals[0] = EPS * scale
    step, reached = gmres(lambda columns: image(invert(columns)), right, goals=goals, most=most)
    found = invert(step)
    left = right - image(found)
    strength = reach(found[:, 1:], left[:, 1:], EPS * (size + 12.0) * scale)
    rho = of_unit_trace(pairs.unpacked(found[:, 0]))
    change, rounding = equation.change(rho)
    if reached.all() and np.linalg.norm(change) > rounding:
        rest, goal = -pairs.packed(change)[:, np.newaxis], np.array([0.5 * rounding])
        step, _ = gmres(lambda columns: image(invert(columns)), rest, goals=goal, most=most)
        rho = of_unit_trace(rho + pairs.unpacked(invert(step)[:, 0]))
    evidence = judged(equation, rho, strength, nullity=1, groups=pairs.groups)
    return rho, evidence, not bool(reached.all())


def _without_jumps(equation: SparseLindblad, pairs: Pairs) -> tuple[Callable[[Real], Real], float]:
    """Return what solves K ρ + ρ K† = Q of columns Q, and the mean decay of a population."""
    no_jump = equation.no_jump.toarray()
    decay = -2.0 * float(np.diagonal(no_jump).real.mean()) or 1.0
    triangle, basis = schur(no_jump - _DAMPED * decay * np.eye(len(no_jump)), output="complex")

    def invert(columns: Real) -> Real:
        sources = np.stack([pairs.unpacked(one) for one in columns.T])
        turned = np.conj(basis.T) @ sources @ basis
        stacked = np.broadcast_to(triangle, turned.shape)
        found = basis @ triangular(stacked, -turned, HALVED_ROWS) @ np.conj(basis.T)
        return np.stack([pairs.packed(one) for one in found], axis=1)

    return invert, decay
