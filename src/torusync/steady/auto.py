"""The automatic choice: which solver fits, and who is asked next where one leaves points in doubt."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from torusync._checks import ArgumentError, Boolean, Integer, Real
from torusync._limits import CAUCHY_LEVELS, LOW_RANK_LEVELS, REFINED_LEVELS
from torusync._memory import require_memory
from torusync.densities import DenseDensity, ThermalPlusBlock, ThermalPlusCollective
from torusync.generators import Generator, LindbladGenerator, PumpedManifold
from torusync.steady.accuracy import GOOD
from torusync.steady.answer import LARGEST_ERROR, Answer, Solver
from torusync.steady.block import Block
from torusync.steady.cauchy import Cauchy
from torusync.steady.collective import Collective
from torusync.steady.dense import Dense
from torusync.steady.generic import chosen, next_after
from torusync.steady.lowrank import LowRank, even_ratios


@final
@dataclass(frozen=True)
class Auto:
    """The solver that fits.

    ====================================================================  ============
    system                                                                solver
    ====================================================================  ============
    thermal maser, exactly degenerate, equal n_h, independent dipoles     `Collective`
    independent dipoles, from 150 levels on, n/(1+n) of one order         `LowRank`
    independent dipoles otherwise                                         `Cauchy`
    correlated dipoles, or a bath that is not coupled                     `Block`
    Lindblad system of up to 10 levels                                    `Stacked`
    its block of equal charge has small factors                           `Sparse`
    a part of it has more charges than the whole, and the rest is weak    `Krylov`
    factors do not fit                                                    `MatrixFree`
    any other kind of generator                                           `Dense`
    ====================================================================  ============

    Measured on one BLAS thread: below 150 levels `Cauchy` is the faster one, at 150 it and `LowRank` take some 1.5 ms
    at spreads up to the damping (250 levels at five times the damping), at 1000 levels 210 ms and 2 to 13 ms.
    `Cauchy` is 2 to 9 times faster than `Block`, and `Collective` faster than all.

    The choice holds for the whole batch: one near-degenerate point sends all of it to `LowRank` or `Cauchy`.  Where the
    error exceeds 1e-10 (a spread so far beyond the damping that `LowRank` does not converge, rates so slow against the
    drive that rounding counts) the next solver is asked, `Cauchy` after `LowRank` and then `Block` for those points
    alone, and the smaller error is kept.  The state names the solver that found it, and this one where several did.
    """

    def choose(self, generator: Generator) -> Solver:
        """Return the solver that would be used."""
        if not isinstance(generator, PumpedManifold):
            return chosen(generator)[0] if isinstance(generator, LindbladGenerator) else Dense()
        if not generator.damped_arrow:
            return Block()
        if generator.collective:
            return Collective()
        return LowRank() if generator.manifold_levels >= LOW_RANK_LEVELS and even_ratios(generator) else Cauchy()

    def solve(self, generator: Generator) -> Answer:
        """Solve by the chosen solver, and what it leaves in doubt by the next."""
        if isinstance(generator, LindbladGenerator):
            solver, why = chosen(generator)
            answer = self._generic(generator, solver.solve(generator))
            return replace(answer, why=why if answer.solver == solver else f"{why}; others where that left doubts")
        answer = self.choose(generator).solve(generator)
        if not isinstance(generator, PumpedManifold) or isinstance(answer.solver, Block):
            return answer
        if isinstance(answer.solver, LowRank) and _in_doubt(answer).size and generator.manifold_levels <= CAUCHY_LEVELS:
            with suppress(ArgumentError):  # unless that many levels do not fit into memory: then low rank has to answer
                dense = Cauchy().solve(generator)
                # another kind of density, so that one of them answers for all points
                if _known(dense).max(initial=0.0) <= _known(answer).max(initial=0.0):
                    answer = dense
        doubtful = _in_doubt(answer)
        if doubtful.size and generator.manifold_levels <= REFINED_LEVELS and not isinstance(answer.solver, LowRank):
            with suppress(ArgumentError):
                answer = _better(answer, Block().solve(generator.flat().part(doubtful)), doubtful, self)
        return answer

    def why(self, generator: Generator) -> str:
        """Return why the chosen solver is the one that fits."""
        if isinstance(generator, LindbladGenerator):
            return chosen(generator)[1]
        return f"{type(self.choose(generator)).__name__} fits the structure that the system declares"

    def _generic(self, generator: LindbladGenerator, answer: Answer) -> Answer:
        """Ask others about the points of a Lindblad system that are in doubt, or may have several states."""
        solver = answer.solver
        while solver is not None:
            unsure = ~(answer.error <= LARGEST_ERROR) | ~answer.converged | (answer.nullity != 1)
            doubtful = np.flatnonzero(unsure)
            solver = next_after(solver, generator) if doubtful.size else None
            if solver is not None:
                with suppress(ArgumentError):  # unless that does not fit into memory
                    answer = _settled(answer, solver.solve(generator.flat().part(doubtful)), doubtful, self)
        return answer


def _known(answer: Answer) -> Real:
    """Return the errors; infinite where one is not a number or an iteration stalled."""
    return np.where(np.isfinite(answer.error) & ~answer.stalled, answer.error, np.inf)


def _in_doubt(answer: Answer) -> Integer:
    """Return the points, of the flattened batch, whose error is not known to be small."""
    return np.flatnonzero(~(answer.error <= GOOD) | answer.stalled)


def _better(answer: Answer, other: Answer, rows: Integer, mixed: Solver) -> Answer:
    """Return ``answer`` with those of the points ``rows`` that ``other`` knows better."""
    density = answer.density.flat()
    if isinstance(density, ThermalPlusCollective):
        size = density.dimension - 1
        require_memory("system", 32 * density.points * size**2, what="Block()")
        density = density.as_block()
    before = answer.error.reshape(-1)[rows]
    # not "smaller": an error that is not a number is larger than any; what both refuse, the other explains
    chosen = ~(before <= other.error)
    if not chosen.any():
        return answer
    taken, batch = rows[chosen], answer.error.shape
    assert isinstance(density, ThermalPlusBlock)
    assert isinstance(other.density, ThermalPlusBlock)
    evidence = _patched(answer, other, taken, chosen)
    solver = other.solver if len(taken) == answer.error.size else mixed
    return Answer(density.patched(taken, other.density.part(chosen)).shaped(batch), solver=solver, **evidence)


def _settled(answer: Answer, other: Answer, rows: Integer, mixed: Solver) -> Answer:
    """Return ``answer`` with the points ``rows`` of a Lindblad system from ``other``, where that knows more."""
    density, batch = answer.density.flat(), answer.error.shape
    assert isinstance(density, DenseDensity)
    assert isinstance(other.density, DenseDensity)
    before = answer.error.reshape(-1)[rows]
    stalled, short = (np.broadcast_to(one, batch).reshape(-1)[rows] for one in (answer.stalled, ~answer.converged))
    chosen = ~(before <= other.error) | (other.nullity > 1) | stalled | (short & other.converged)
    taken = rows[chosen]
    evidence = _patched(answer, other, taken, chosen)
    matrix = density.matrix.copy()
    matrix[taken] = other.density.matrix[chosen]
    stalled = np.broadcast_to(answer.stalled, batch).reshape(-1).copy()
    stalled[taken] = np.broadcast_to(other.stalled, rows.shape)[chosen]
    matrix.setflags(write=False)
    solver = other.solver if len(taken) == answer.error.size else mixed
    shaped = DenseDensity(matrix).shaped(batch)
    return Answer(shaped, solver=solver, stalled=stalled.reshape(batch), **evidence)


def _patched(answer: Answer, other: Answer, taken: Integer, chosen: Boolean) -> dict[str, Any]:
    """Return the evidence of ``answer`` with that of the points ``taken`` from ``other``."""
    evidence = {}
    for name in ("residual", "scale", "min_eigenvalue", "nullity", "error", "coherence_error"):
        values = getattr(answer, name).reshape(-1).copy()
        values[taken] = getattr(other, name)[chosen]
        evidence[name] = values.reshape(answer.error.shape)
    return evidence
