"""Noise of counted jumps against QuTiP's countstat, both given the same steady state, generators built inside.

A driven mode in two baths: what each lets in, net, is counted, with the covariance of both.
"""

import warnings
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import qutip

import torusync as ts
from benchmarks.results import DisagreementError, Result, ratio
from benchmarks.timing import Contender, Plan, race, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from torusync.steady import SteadyState

LEVELS: Final = 30
TARGET: Final = 3.0
AGREEMENT: Final = 1e-8
"""Largest difference of a noise relative to the largest."""

NET: Final = {"hot": [-1.0, 1.0, 0.0, 0.0], "cold": [0.0, 0.0, -1.0, 1.0]}


def counted_noise(plan: Plan) -> list[Result]:
    """Time mean and noise of two currents of one system, building included."""
    levels = 6 if plan.quick else LEVELS
    state = _solved(levels)
    ours = ts.counting_statistics(state, counted=NET)
    ways: dict[str, Callable[[], np.ndarray]] = {
        "countstat_current_noise": partial(_theirs, state, {"sparse": True}),
        "countstat_current_noise, dense": partial(_theirs, state, {"sparse": False}),
    }
    for name, run in ways.items():
        apart = np.abs(np.diagonal(run()) - ours.noise).max()
        if not apart <= AGREEMENT * ours.noise.max():
            raise DisagreementError(f"{name} of QuTiP and we differ by {apart:.2g}.")
    way = min(ways, key=lambda one: seconds(ways[one], 1))
    sides = race(
        [
            Contender("torusync", partial(ts.counting_statistics, state, counted=NET)),
            Contender(f"QuTiP: {way}", ways[way]),
        ],
        plan,
    )
    name = f"two currents of {levels} levels"
    return [ratio("counting", name, *sides, target=plan.judged(TARGET), notes=("both are given the steady state",))]


def _mode(levels: int) -> tuple[np.ndarray, list[tuple[float, np.ndarray]]]:
    lower = np.diag(np.sqrt(np.arange(1.0, levels)), 1)
    hamiltonian = 0.3 * lower.T @ lower + 0.2 * (lower + lower.T)
    return hamiltonian, [(0.1, lower), (0.03, lower.T), (0.2, lower), (0.01, lower.T)]


def _solved(levels: int) -> "SteadyState":
    return ts.steady_state(ts.LindbladSystem(*_mode(levels)))


def _theirs(state: "SteadyState", how: dict[str, bool]) -> np.ndarray:
    hamiltonian, channels = _mode(state.dimension)
    jumps = [qutip.Qobj(np.sqrt(2.0 * rate) * operator) for rate, operator in channels]
    generator = qutip.liouvillian(qutip.Qobj(hamiltonian), jumps)
    kicks = [qutip.sprepost(jump, jump.dag()) for jump in jumps]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sparse matrices that are not in its favourite format
        _, noise, _ = qutip.countstat_current_noise(
            generator, [], rhoss=qutip.Qobj(state.rho), J_ops=[kicks[0] + kicks[1], kicks[2] + kicks[3]],
            I_ops=[kicks[1] - kicks[0], kicks[3] - kicks[2]], **how,
        )  # fmt: skip
    return np.asarray(noise)[:, :, 0]
