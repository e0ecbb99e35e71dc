"""The automatic choice: which solver fits, and who is asked next where one leaves points in doubt."""

from contextlib import suppress
from dataclasses import dataclass
from typing import final

import numpy as np

from torusync._checks import ArgumentError, Integer, Real
from torusync._limits import CAUCHY_LEVELS, LOW_RANK_LEVELS, REFINED_LEVELS
from torusync._memory import require_memory
from torusync.densities import ThermalPlusBlock, ThermalPlusCollective
from torusync.generators import Generator, PumpedManifold
from torusync.steady.accuracy import GOOD
from torusync.steady.answer import Answer, Solver
from torusync.steady.block import Block
from torusync.steady.cauchy import Cauchy
from torusync.steady.collective import Collective
from torusync.steady.dense import Dense
from torusync.steady.lowrank import LowRank, even_ratios
from torusync.steady.sparse import Sparse


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
    Lindblad system                                                       `Dense`
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
            return Dense() if generator.dimension <= Dense().max_dimension else Sparse()
        if not generator.damped_arrow:
            return Block()
        if generator.collective:
            return Collective()
        return LowRank() if generator.manifold_levels >= LOW_RANK_LEVELS and even_ratios(generator) else Cauchy()

    def solve(self, generator: Generator) -> Answer:
        """Solve by the chosen solver, and what it leaves in doubt by the next."""
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
    evidence = {}
    for name in ("residual", "scale", "min_eigenvalue", "nullity", "error", "coherence_error"):
        values = getattr(answer, name).reshape(-1).copy()
        values[taken] = getattr(other, name)[chosen]
        evidence[name] = values.reshape(batch)
    solver = other.solver if len(taken) == answer.error.size else mixed
    return Answer(density.patched(taken, other.density.part(chosen)).shaped(batch), solver=solver, **evidence)
