"""Rows of disorder averages: certified S_max of many draws of one machine, in stacks, and one draw after the other.

The peer is this library as it was before there were such stacks, which is still how a handful of machines is worked
off.  Both run on one thread, so that the ratio is one of processor time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import numpy as np

import torusync as ts
from benchmarks.machines import HOT, near_degenerate
from benchmarks.results import DisagreementError, Result, ratio
from benchmarks.timing import Contender, Plan, race
from torusync._threads import one_after_another
from torusync.densities import Density
from torusync.maxima import Peak, orderparameters, search
from torusync.maxima.peak import is_proven
from torusync.maxima.routes import density_peak

TARGETS: Final = {20: 8.0, 50: 5.0, 200: 2.0}
"""Levels, and how many times as long the draws are to take one after the other."""

DRAWS: Final = 1000

AGREEMENT: Final = 1e-11
"""Largest relative difference of two heights, which are proven to 1e-9: by itself one engine of 50 levels in a thousand
comes to rest 3e-12 lower."""

_NEVER: Final = 10**9


def disorder(levels: int, plan: Plan) -> list[Result]:
    """Time S_max of draws in either regime, their steady states apart; proofs and heights are to be the same."""
    draws = 40 if plan.quick else DRAWS
    rows = []
    for regime in HOT:
        density = ts.steady_state(ts.ThermalMaser(**near_degenerate(levels, regime, draws))).density
        ours, peer = race(
            [
                Contender("torusync", partial(_stacked, density), draws),
                Contender("torusync, one draw after the other", partial(_one_by_one, density), draws),
            ],
            plan,
        )
        together, alone = _stacked(density), _one_by_one(density)
        proven = is_proven(together.value, together.bound)
        difference = float(np.abs(together.value / alone.value - 1.0).max())
        if not (difference <= AGREEMENT and (proven == is_proven(alone.value, alone.bound)).all()):
            raise DisagreementError(f"Draws in stacks and one after the other differ by {difference:.2g}.")
        notes = (f"{int(proven.sum())} of {draws} draws certified", "S_max alone, on one thread")
        name = f"{draws} draws, N = {levels}, {regime}"
        rows.append(ratio("disorder", name, ours, peer, target=plan.judged(TARGETS[levels]), notes=notes))
    return rows


def _stacked(density: Density) -> Peak:
    with one_after_another():
        return density_peak(density)


def _one_by_one(density: Density) -> Peak:
    with one_after_another(), _without_stacks():
        return density_peak(density)


@contextmanager
def _without_stacks() -> Iterator[None]:
    """Have no number of machines be enough for a stack."""
    names = (search, "STACKED_MACHINES"), (orderparameters, "STACKED_ENGINES")
    before = [getattr(module, name) for module, name in names]
    for module, name in names:
        setattr(module, name, _NEVER)
    try:
        yield
    finally:
        for (module, name), value in zip(names, before, strict=True):
            setattr(module, name, value)
