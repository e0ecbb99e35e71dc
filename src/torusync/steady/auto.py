"""The automatic choice, and the one function that solves, judges and refuses."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import ArgumentError, Integer, requirement
from torusync.generators import LindbladSystem
from torusync.models import ThermalMaser
from torusync.steady.block import Block
from torusync.steady.cauchy import Cauchy
from torusync.steady.collective import Collective
from torusync.steady.dense import Dense
from torusync.steady.lowrank import LowRank, even_ratios
from torusync.steady.solution import Answer, Solver, Status, SteadyState, SteadyStateError, System

_CROSSOVER: Final = 150
"""Manifold levels from which the low-rank solver is the faster one at spreads up to the damping."""


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

    Where the level spread is so far beyond the damping that `LowRank` does not converge, `Cauchy` takes over; the
    state names the solver that found it.  The choice holds for the whole batch: one near-degenerate point sends all of
    it to `LowRank` or `Cauchy`.
    """

    def choose(self, system: System) -> Solver:
        """Return the solver that would be used."""
        if not isinstance(system, ThermalMaser):
            return Dense()
        block = system.manifold()
        if not block.damped_arrow:
            return Block()
        if block.collective:
            return Collective()
        return LowRank() if block.levels >= _CROSSOVER and even_ratios(block) else Cauchy()

    def solve(self, system: System) -> Answer:
        """Solve by the chosen solver."""
        return self.choose(system).solve(system)


def steady_state(system: System, *, solver: Solver | None = None, throw: bool = True) -> SteadyState:
    """Return the steady state of a thermal maser or a Lindblad system, with its evidence.

    Parameters
    ----------
    system
        A `ThermalMaser` or `LindbladSystem`, or a batch of them along leading axes.
    solver
        `Auto()` by default; or `Collective()`, `Cauchy()`, `LowRank()`, `Block()`, `Dense()`.
    throw
        Raise where there is no unique, positive, converged state.  ``throw=False`` gives status codes instead, and
        nan for the states that were refused: the choice for maps.

    Raises
    ------
    SteadyStateError
        If ``throw`` and a state was refused; the message says where, why and what to do.
    ArgumentError
        If the solver does not fit the system, or memory would not suffice.
    """
    if not isinstance(system, ThermalMaser | LindbladSystem):
        raise requirement("system", "be a ThermalMaser or a LindbladSystem", f"it is {type(system).__name__}")
    chosen = Auto() if solver is None else solver
    if isinstance(chosen, type) or not callable(getattr(chosen, "solve", None)):
        raise requirement("solver", "be a solver such as Auto() or Block()", f"it is {chosen!r}")
    automatic = isinstance(chosen, Auto)
    if isinstance(chosen, Auto):
        chosen = chosen.choose(system)
    answer = chosen.solve(system)
    codes = answer.status()
    if automatic and isinstance(chosen, LowRank) and (codes == Status.NOT_CONVERGED).any():
        # a spread far beyond the damping: low rank does not pay, and the state says which solver found it
        with suppress(ArgumentError):  # unless that many levels do not fit into memory: then low rank has to answer
            answer = Cauchy().solve(system)
            chosen, codes = Cauchy(), answer.status()
    failed = codes != Status.SUCCESS
    if throw and failed.any():
        raise _refusal(answer, codes)
    return SteadyState(
        system=system,
        density=answer.density.erased(failed) if failed.any() else answer.density,
        residual=answer.residual,
        min_eigenvalue=answer.min_eigenvalue,
        nullity=answer.nullity,
        codes=codes,
        solver=chosen,
    )


def _refusal(answer: Answer, codes: Integer) -> SteadyStateError:
    index = tuple(int(i) for i in np.argwhere(codes != Status.SUCCESS)[0])
    status = Status(int(codes[index]))
    found = {
        Status.NOT_UNIQUE: f"{int(answer.nullity[index])} independent stationary matrices",
        Status.ILL_CONDITIONED: f"fastest over slowest rate {answer.conditioning[index]:.1e}",
        Status.NOT_POSITIVE: f"smallest eigenvalue {answer.min_eigenvalue[index]:.3g}",
        Status.NOT_CONVERGED: f"residual {answer.residual[index]:.3g}",
    }[status]
    where = (
        f" at {int((codes != Status.SUCCESS).sum())} of {codes.size} points, first at {list(index)}" if index else ""
    )
    return SteadyStateError(f"{status.advice} ({found}{where}).", status)
