"""Large systems by iteration around their undriven part, whose charges make blocks so small that factors cost nothing.

L = L₀ + drive, and L as a whole is one block that no memory holds the factors of.  Points of a batch whose undriven
part is the same share its factors, and each begins with the best combination of the solutions before it.  A point may
depend on those before it in the call, in its last digits, and on no other call.
"""

from dataclasses import dataclass, field
from typing import Final, final

import numpy as np
from scipy.sparse import csr_array

from torusync._checks import Boolean, Complex, Integer, Real, as_count
from torusync._memory import require_memory
from torusync._threads import one_blas_thread, stop_if_told
from torusync.conventions import EPS
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.listed import Listed
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.steady.answer import Answer, unfit
from torusync.steady.bordering import edge, judged, of_unit_trace
from torusync.steady.gmres import gmres
from torusync.steady.probing import DRAWS, LEFT, reach
from torusync.steady.undriven import Undriven

_USUAL: Final = 50
"""Steps that most systems take, each a vector to keep for every right-hand side."""

_REMEMBERED: Final = 6
"""Solutions that the next point begins with."""


@final
@dataclass(frozen=True)
class Krylov:
    """GMRES preconditioned by the factors of the undriven part, for Lindblad systems of many levels.

    All that breaks the charges of the jumps counts as a drive; where that does not converge, as little as leaves one.

    Parameters
    ----------
    max_steps
        Steps at most; where they do not suffice the state is refused.
    """

    max_steps: int = 120

    def __post_init__(self) -> None:
        as_count("max_steps", self.max_steps, minimum=1)

    @np.errstate(all="ignore")
    @one_blas_thread
    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, point by point."""
        if not isinstance(generator, LindbladGenerator):
            raise unfit("Krylov() needs a LindbladSystem; use Auto() or Dense()")
        batch, points, size = generator.batch_shape, generator.points, generator.dimension
        pairs = Pairs(generator.classes)
        vectors = (1 + DRAWS) * (_REMEMBERED * 3.0 + min(self.max_steps, _USUAL))
        require_memory(
            "system",
            16.0 * points * size**2 + 8.0 * pairs.size * vectors,
            what=f"Krylov() for {points} points of {size} levels",
            advice="split the batch, or lower max_steps",
        )
        rho, evidence = np.empty((points, size, size), dtype=np.complex128), np.empty((6, points))
        flat, left = generator.reduced, np.ones(points, dtype=np.bool_)
        for most in (False, True):
            if left.any():
                scan = _Scan(flat, pairs, *generator.undriven(most=most))
                for point in np.flatnonzero(left).tolist():
                    stop_if_told()
                    rho[point], evidence[:, point], left[point] = scan.solve(point, self.max_steps)
        answer = Answer.of_matrices(rho, evidence, batch, solver=self)
        return answer.ended(left.reshape(batch))


@final
@dataclass(eq=False)
class _Scan:
    """Points, one after the other: the factors of the last undriven part, and solutions with what L₀ makes of them."""

    generator: LindbladGenerator
    pairs: Pairs
    kept: Boolean
    groups: Integer
    undriven: Undriven | None = None
    known: list[tuple[Real, Real]] = field(default_factory=list)

    def solve(self, point: int, most: int) -> tuple[Complex, Real, bool]:
        """Return ρ of a point, its rows of evidence, and whether the iteration stalled."""
        one = self.generator.part(point)
        equation = one.sparse()
        kept, driving = np.where(self.kept, one.hamiltonian, 0.0), np.where(self.kept, 0.0, one.hamiltonian)
        undriven = self._undriven(SparseLindblad(Listed.of([kept], one.dimension), equation.jumps))
        none = Listed.of([], one.dimension)
        drive = SparseLindblad(Listed.of([driving], one.dimension), none).real_form(self.pairs)
        drive = csr_array(drive) + edge(self.pairs.size, self.pairs.levels, undriven.border)
        matrix = undriven.image + drive
        right = np.random.default_rng(one.dimension).normal(size=(self.pairs.size, DRAWS + 1))
        right[:, 0] = 0.0
        right[0, 0] = undriven.border
        found, left, reached = self._solutions(matrix, right, drive, goal=EPS * equation.scale(), most=most)
        static = undriven.image @ found
        self.known = [(found, static), *self.known[: _REMEMBERED - 1]]
        strength = reach(found[:, 1:], left[:, 1:], EPS * (one.dimension + 12.0) * equation.scale())
        rho = of_unit_trace(self.pairs.unpacked(found[:, 0]))
        change, rounding = equation.change(rho)
        if reached and np.linalg.norm(change) > rounding:
            rest = -self.pairs.packed(change)[:, np.newaxis]
            goals = np.array([0.5 * rounding])
            step, _ = gmres(lambda columns: matrix @ undriven.invert(columns), rest, goals=goals, most=most)
            rho = of_unit_trace(rho + self.pairs.unpacked(undriven.invert_scaled(step)[:, 0]))
        return rho, judged(equation, rho, strength, nullity=1, groups=self.pairs.groups), not reached

    def _undriven(self, equation: SparseLindblad) -> Undriven:
        """Return the undriven part, the one before where it is the same."""
        if self.undriven is None or not equation.equals(self.undriven.equation):
            border = float(equation.decay.mean()) or 1.0
            self.undriven = Undriven(equation, self.pairs, self.groups, border)
            self.known = []
        return self.undriven

    def _solutions(
        self, matrix: csr_array, right: Real, drive: csr_array, *, goal: float, most: int
    ) -> tuple[Real, Real, bool]:
        """Return the solutions, what they leave, and whether all came to their goals."""
        undriven = self.undriven
        assert undriven is not None
        goals = np.full(DRAWS + 1, LEFT)
        goals[0] = goal
        start, left = self._start(right, drive)
        step, reached = gmres(lambda columns: matrix @ undriven.invert(columns), left, goals=goals, most=most)
        found = start + undriven.invert_scaled(step)
        return found, right - matrix @ found, bool(reached.all())

    def _start(self, right: Real, drive: csr_array) -> tuple[Real, Real]:
        """Return the combination of known solutions that leaves least of each column, and what it leaves."""
        start, left = np.zeros_like(right), right.copy()
        images = [static + drive @ solution for solution, static in self.known]
        for column in range(right.shape[1] if images else 0):
            space = np.stack([one[:, column] for one in images], axis=1)
            weights = np.linalg.lstsq(space, right[:, column], rcond=None)[0]
            start[:, column] = np.stack([one[:, column] for one, _ in self.known], axis=1) @ weights
            left[:, column] -= space @ weights
        return start, left
