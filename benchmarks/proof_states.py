"""One state and everybody's answer to it, none of them believed: a bound that lies below a value stops the run."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar, final

import numpy as np

import torusync as ts
from benchmarks.best_known import SAME, Values, best_kept
from benchmarks.clarabel_peer import relax
from benchmarks.families import Family, State, coherences, density_matrix
from benchmarks.lbfgs_peer import climb, pair_moduli
from benchmarks.results import DisagreementError
from benchmarks.timing import THREADS, limited

TRIES: Final = 5
"""Single starts of L-BFGS on every state, each judged by itself."""

_ROUNDING: Final = 1e-12
"""Part of Σ|R| by which a value may exceed a bound when both are computed here."""

_T = TypeVar("_T")


@final
@dataclass(frozen=True)
class Answer:
    """One answer of ours, with the seconds it took."""

    value: float
    bound: float
    certified: bool
    seconds: float

    @property
    def gap(self) -> float:
        """(bound − value)/bound."""
        return (self.bound - self.value) / self.bound if self.bound > 0.0 else 0.0


@final
@dataclass(frozen=True)
class Relaxed:
    """What clarabel claims for a state, what of it is proven, and the seconds it took."""

    claimed: float
    tested: float
    seconds: float


@final
@dataclass(frozen=True)
class Measured:
    """Everything about one state.

    Parameters
    ----------
    where : which state, for messages
    matrix : its coherences R
    ours, bare : our answer, and for a solved maser that to its bare density matrix, which knows nothing of the machine
    climbs : value and seconds of single starts of L-BFGS
    kept : the best value kept, None where there is none
    """

    where: str
    matrix: np.ndarray
    ours: Answer
    bare: Answer | None
    climbs: tuple[tuple[float, float], ...]
    kept: float | None

    @property
    def best(self) -> float:
        """The best value known."""
        answers = [one.value for one in (self.ours, self.bare) if one is not None]
        return max(*answers, *(value for value, _ in self.climbs), -np.inf if self.kept is None else self.kept)

    def shortfall(self, value: float) -> float:
        """Return how far a value stays behind the best, relatively."""
        return (self.best - value) / self.best if self.best > 0.0 else 0.0


def measure(family: Family, index: int, values: Values) -> Measured:
    """Solve a state of a family outside the timing, and ask ourselves and L-BFGS for its maximum."""
    state = family.state(index)
    matrix = coherences(state)
    rng = np.random.default_rng([index, family.levels])
    with limited(THREADS[0]):
        found = Measured(
            where=f"state {index} of '{family.name}'",
            matrix=matrix,
            ours=_answer(state),
            bare=None if isinstance(state, np.ndarray) else _answer(density_matrix(state)),
            climbs=tuple(_timed(lambda: climb(matrix, rng)) for _ in range(TRIES)),
            kept=best_kept(values, family, index, matrix),
        )
    moduli = pair_moduli(matrix)
    for answer in (found.ours, found.bare):
        if answer is not None:
            for value, _ in found.climbs:
                _below(value, answer.bound + _ROUNDING * moduli, f"Our bound on {found.where}")
            if found.kept is not None:
                _below(found.kept, answer.bound + SAME * moduli, f"Our bound on {found.where}")
    return found


def bounded(found: Measured) -> Relaxed:
    """Return clarabel's bound on a state."""
    with limited(THREADS[0]):
        (claimed, tested), seconds = _timed(lambda: relax(found.matrix))
    _below(found.best, tested + SAME * pair_moduli(found.matrix), f"The tested bound of clarabel on {found.where}")
    return Relaxed(claimed, tested, seconds)


def _below(value: float, bound: float, what: str) -> None:
    if not value <= bound:
        raise DisagreementError(f"{what} is no bound: {bound:.17g} is less than a value found, {value:.17g}.")


def _answer(state: State) -> Answer:
    sync, seconds = _timed(lambda: ts.synchronization(state))
    return Answer(float(sync.pair_sum), float(sync.pair_sum_bound), bool(sync.certified), seconds)


def _timed(run: Callable[[], _T]) -> tuple[_T, float]:
    start = time.perf_counter()
    answer = run()
    return answer, time.perf_counter() - start
