"""Is S_max ever further from that of the true state than the result says?

The machines of `steady_errors`, whose true states are known as balls, and the largest pair sum of both the stored and
the true state by exhaustion.  Laws, where the state is SUCCESS:

* the largest pair sums of the two states differ by at most ``pair_sum_error``;
* the value attained, less that error, is not above the true maximum, nor the bound, plus it, below: so ``certified``,
  which is about the state found, is not contradicted by the true one;
* the same of ``s_max`` with its prefactor 2/(2^(D+1) π^(D−2)), and no value is negative.
"""

from collections.abc import Sequence

import numpy as np
from flint import arb, ctx
from tests.hunts import balls, torus
from tests.hunts.library import answered, solved
from tests.hunts.machines import Machine, batches, draw, ordinary
from tests.hunts.tally import Tally, command

import torusync as ts
from torusync.steady import Status

DIGITS = 1 + 1e-12
ROUNDING = 4 * np.finfo(float).eps
"""Of a sum of at most six terms, relative to the sum of their moduli."""


def prefactor(levels: int) -> arb:
    """2/(2^(D+1) π^(D−2)) with D = N + 2."""
    return 2 / (arb(2) ** (levels + 3) * arb.pi() ** levels)


def examine(tally: Tally, truth: balls.Truth, state: ts.SteadyState, sync: ts.Synchronization, k: int) -> None:
    """Hold the optimum of point k against the true one."""
    value, bound = float(sync.pair_sum[k]), float(sync.pair_sum_bound[k])
    error, s_error = float(sync.pair_sum_error[k]), float(sync.s_max_error[k])
    with ctx.workprec(truth.bits):
        true = torus.pair_sum(truth.rho)
        found = torus.pair_sum(balls.exact(state.rho[k]))
        apart = float((found - true).abs_lower())
        true_s = prefactor(truth.machine.manifold_levels) * true
        s_apart = float((arb(float(sync.s_max[k])) - true_s).abs_lower())
        low, high = float(true.lower()), float(true.upper())
    l1 = float(np.abs(np.triu(truth.doubles, 1)).sum())
    slack = ROUNDING * l1

    def words() -> str:
        return f"pair sum {value!r} <= {bound!r}, off by {apart:.3e}, stated {error:.3e}, true {float(true)!r}, " + code

    code = truth.machine.code
    tally.law("pair sum error", apart <= error * DIGITS + 1e-20 * l1, words)
    tally.law("value attained", value - error * DIGITS <= high + slack, words)
    tally.law("bound holds", bound + error * DIGITS >= low - slack / 16, words)
    gap = float(sync.gap[k])
    tally.law("s_max error", s_apart <= s_error * DIGITS + gap + 8 * np.finfo(float).eps * float(true_s), words)
    tally.law("not negative", value >= 0.0, words)
    tally.counts["certified" if sync.certified[k] else "not certified"] += 1
    tally.sample("pair_sum_error / (true + 1e-16)", error / (apart + 1e-16))
    if float(true) > 0:
        tally.sample("pair_sum_error / pair sum", error / float(true))


def judge(machines: Sequence[Machine]) -> Tally:
    """Solve by the default solver and examine every success."""
    tally = Tally()
    for places in batches(machines):
        some = [machines[place] for place in places]
        state = solved(None, some, tally)
        sync = None if state is None else answered(ts.synchronization, state, some, tally)
        if state is None or sync is None:
            continue
        for k, item in enumerate(some):
            if state.status_codes[k] == Status.SUCCESS.value:
                examine(tally, balls.truth(item), state, sync, k)
    return tally


def hunt(count: int) -> Tally:
    """Hold the optima of ``count`` machines against the true ones."""
    return judge(draw(ordinary, count, seed=20261128))


if __name__ == "__main__":
    command(hunt, 20_000)
