"""How a hunt asks the library: as a map does, without raising for any point, and a warning is not forgiven.

What raises anything but the library's own errors, or warns, breaks a law; what only warned is asked again without, so
that one such point does not hide a batch from the hunt.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from tests.hunts.machines import Machine, stacked
from tests.hunts.tally import Tally

import torusync as ts

T = TypeVar("T")

FOREIGN = (np.linalg.LinAlgError, ArithmeticError, ValueError, RuntimeError, IndexError, Warning)


def name_of(solver: object) -> str:
    return "default" if solver is None else type(solver).__name__


def _asked(ask: Callable[[Sequence[Machine]], T], name: str, machines: Sequence[Machine], tally: Tally) -> T | None:
    """Ask for a batch; None where it raises."""
    for action in ("error", "ignore"):
        with warnings.catch_warnings():
            warnings.simplefilter(action)
            try:
                return ask(machines)
            except ts.ArgumentError:
                raise
            except FOREIGN as fault:
                guilty = next((item.code for item in machines if _raises(ask, item)), f"together: {machines[0].code}")
                words = f"{name}, {fault!r}, {guilty}"
                tally.law("no foreign exception", False, lambda words=words: words)
    return None


def _raises(ask: Callable[[Sequence[Machine]], object], item: Machine) -> bool:
    """Whether this machine alone ends in an exception."""
    try:
        ask([item])
    except FOREIGN:
        return True
    return False


def solved(solver: object, machines: Sequence[Machine], tally: Tally) -> ts.SteadyState | None:
    """Return states, of the default solver for None, or None where the solver is not for such machines, or raised."""

    def solve(some: Sequence[Machine]) -> ts.SteadyState:
        return ts.steady_state(stacked(some), solver=ts.Auto() if solver is None else solver, throw=False)

    try:
        return _asked(solve, name_of(solver), machines, tally)
    except ts.ArgumentError:
        assert solver is not None
        return None


def answered(
    ask: Callable[[ts.SteadyState], T], state: ts.SteadyState, machines: Sequence[Machine], tally: Tally
) -> T | None:
    """Return what is asked of states that were found, or None where it raised."""

    def again(some: Sequence[Machine]) -> T:
        return ask(state if some is machines else ts.steady_state(stacked(some), throw=False))

    return _asked(again, getattr(ask, "__name__", "answer"), machines, tally)
