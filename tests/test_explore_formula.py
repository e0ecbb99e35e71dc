"""Is S(φ) of the page, the only physics in it, that of the library, and does what is let go of climb it?"""

import numpy as np
import pytest

import torusync as ts
from pagescripts import in_browser, in_node, said
from torusync.dynamics import torus_flow
from torusync.explore.answers import of_a_solution
from torusync.models import MaserPair, QubitPair, SpinChain, SpinOne, SpinPair, VanDerPol, VanDerPolPair
from torusync.phases import SU2, Joint, phase_gradient, phase_pair_sum

PHASES = 1000

S = {"views/s.js": "grid, maker"}
READING = {"views/reading.js": "readingOf"}

ROUNDING = 1e-13
"""Of a sum of up to 1300 terms, in parts of the sum of their moduli."""


def maser(levels, n_hot, spread=0.1):
    drive = 0.1 * np.exp(1j * np.linspace(0.0, 2.0, levels)) * np.linspace(1.0, 0.4, levels)
    rates = {"gamma_hot": 0.05, "gamma_cold": 0.2, "n_cold": 0.5}
    return ts.ThermalMaser(drive=drive, n_hot=n_hot, splittings=np.linspace(0.0, spread, levels), **rates)


MACHINES = {
    "engine 2": maser(2, 5.0),
    "refrigerator 2": maser(2, 0.2),
    "engine 5": maser(5, 2.0),
    "engine 20": maser(20, 5.0),
    "refrigerator 20": maser(20, 0.2),
}

MODELS = {
    "maser pair": MaserPair(n_hot_a=5.0, n_cold_a=0.5, n_hot_b=0.2, n_cold_b=0.5, exchange=0.1),
    "spin one": SpinOne(gain=1.0, damping=10.0, drive=0.5, detuning=0.3),
    "spin pair": SpinPair(gain_a=1.0, damping_a=10.0, gain_b=10.0, damping_b=2.0, coupling=0.5),
    "spin chain": SpinChain(exchange=0.5, drive=0.3, spins=3),
    "van der Pol": VanDerPol(gain=1.0, loss=1.0, drive=0.5, detuning=0.2),
    "van der Pol pair": VanDerPolPair(gain_a=1.0, loss_a=5.0, gain_b=1.0, loss_b=4.0, dissipative=1.0),
    "qubit pair": QubitPair(gain_a=0.4, decay_a=0.6, gain_b=0.75, decay_b=0.25, exchange=0.5, drive=0.3),
}

EVALUATE = """
const { point, phases } = given;
const heights = maker(point);
return {
  sums: phases.map((one) => heights.pairSum(one)),
  heights: phases.map((one) => heights.S(one)),
  gradients: phases.map((one) => Array.from(heights.gradient(one))),
};
"""


def drawn(count, points=PHASES):
    return np.random.default_rng(5).uniform(-9.0, 9.0, (points, count))


def evaluated(folder, point, phases):
    found = said(folder, S, EVALUATE, {"point": point, "phases": phases.tolist()})
    return (np.array(found[name]) for name in ("sums", "heights", "gradients"))


@pytest.mark.parametrize("name", MACHINES)
def test_sums_over_pairs_and_their_slope(name, tmp_path):
    solution = ts.solve(MACHINES[name])
    density, sync = solution.density, solution.synchronization
    phases = drawn(sync.dimension)
    sums, heights, gradients = evaluated(tmp_path, of_a_solution(solution), phases)
    off = ROUNDING * float(sync.l1_coherence)
    np.testing.assert_allclose(sums, phase_pair_sum(density, phases), rtol=0.0, atol=off)
    per_sum = float(sync.s_max / sync.pair_sum)
    np.testing.assert_allclose(heights, ts.phase_distribution(density, phases), rtol=0.0, atol=off * per_sum)
    np.testing.assert_allclose(gradients, phase_gradient(density, phases), rtol=0.0, atol=off * per_sum)


@pytest.mark.parametrize("name", MODELS)
def test_harmonics_and_their_slope(name, tmp_path):
    solution = ts.solve(MODELS[name])
    check_harmonics(tmp_path, solution.synchronization, of_a_solution(solution))


def test_harmonics_of_two_phases(tmp_path):
    """No model reads two by default; a user of the library may, and a page may be shown it."""
    solution = ts.solve(MODELS["spin pair"])
    sync = ts.synchronization(solution.state, distribution=Joint(SU2(1), SU2(1)))
    harmonics = sync.distribution.harmonics(sync.density)
    read = {
        "levels": False, "phases": ["A", "B"], "factor": float(sync.distribution.factor(9).times(np.float64(1.0))),
        "orders": harmonics.orders.tolist(),
        "coefficients": {"re": harmonics.coefficients.real.tolist(), "im": harmonics.coefficients.imag.tolist()},
    }  # fmt: skip
    check_harmonics(tmp_path, sync, {"dimension": 9, "distribution": read})


def check_harmonics(tmp_path, sync, point):
    density, read = sync.density, sync.distribution
    harmonics, factor = read.harmonics(density), read.factor(sync.dimension)
    phases = drawn(sync.phases.shape[-1])
    _, heights, gradients = evaluated(tmp_path, point, phases)
    terms = harmonics.coefficients * np.exp(1j * phases @ harmonics.orders.T)
    off = ROUNDING * float(factor.times(np.abs(harmonics.coefficients).sum() * max(1, np.abs(harmonics.orders).max())))
    np.testing.assert_allclose(heights, read.at(density, phases), rtol=0.0, atol=off)
    np.testing.assert_allclose(gradients, factor.times((1j * terms @ harmonics.orders).real), rtol=0.0, atol=off)


SECTION = """
const { point, held, axes, cells } = given;
return Array.from(grid(maker(point).section(held, axes[0], axes[1]), cells));
"""


@pytest.mark.parametrize(("name", "axes"), [("engine 2", (2, 3)), ("engine 5", (6, 3)), ("refrigerator 20", (1, 9))])
def test_a_map_is_s_with_all_other_phases_held(name, axes, tmp_path):
    solution = ts.solve(MACHINES[name])
    held = drawn(solution.synchronization.dimension, 1)[0]
    cells = 12
    found = said(
        tmp_path, S, SECTION, {"point": of_a_solution(solution), "held": held.tolist(), "axes": axes, "cells": cells}
    )
    angle = 2.0 * np.pi * np.arange(cells + 1) / cells
    phases = np.tile(held, (cells + 1, cells + 1, 1))
    phases[..., axes[0]] = angle  # along a row
    phases[..., axes[1]] = angle[:, np.newaxis]
    truth = phase_pair_sum(solution.density, phases)
    off = ROUNDING * float(solution.synchronization.l1_coherence)
    np.testing.assert_allclose(np.reshape(found, truth.shape), truth, rtol=0.0, atol=off)


CLIMB = """
const { point, start, times, held } = given;
const heights = maker(point);
// steps grew long on a flat top before: they may not be taken on a slope
heights.climb(Array.from(heights.top(start, held), (one, k) => (k === 2 ? one + 1e-5 : one)), 1e5, held);
let at = start;
const way = times.map((time, k) => {
  at = Array.from(heights.climb(at, (time - (k ? times[k - 1] : 0)) * heights.scale, held));
  return { phases: at, sum: heights.pairSum(at) };
});
const top = Array.from(heights.top(at, held));
return { way, top, sum: heights.pairSum(top), start: heights.pairSum(start) };
"""


def climbed(folder, solution, start, times, held=-1):
    told = {"point": of_a_solution(solution), "start": start.tolist(), "times": times.tolist(), "held": held}
    found = said(folder, S, CLIMB, told)
    return found, np.array([one["phases"] for one in found["way"]]), np.array([one["sum"] for one in found["way"]])


@pytest.mark.parametrize("name", ["engine 2", "engine 5", "refrigerator 20"])
def test_phases_follow_the_torus_flow(name, tmp_path):
    """To what an eye can see, a hundredth of a radian: the flow is shown and not measured."""
    solution = ts.solve(MACHINES[name])
    sync = solution.synchronization
    start = drawn(sync.dimension, 1)[0]
    duration = 60.0 / float(sync.l1_coherence)
    flow = torus_flow(solution.state, duration, phases=start)
    _, phases, sums = climbed(tmp_path, solution, start, np.asarray(flow.times[40::40]))
    truth = flow.phases[0, 40::40]
    carrying = np.isfinite(truth[0])
    assert np.abs(phases - truth)[:, carrying].max() < 0.01
    assert np.abs(truth[-1] - start)[carrying].max() > 0.3
    np.testing.assert_allclose(sums, flow.pair_sum[0, 40::40], rtol=0.01)


@pytest.mark.parametrize("name", [*MACHINES, *MODELS])
def test_what_is_let_go_never_falls_and_ends_at_the_maximum(name, tmp_path):
    """Of these states every hill is the highest; the reference, where there is one, stays where it is."""
    solution = ts.solve((MACHINES | MODELS)[name])
    sync = solution.synchronization
    held = sync.reference if sync.distribution.levels else -1
    start = drawn(sync.phases.shape[-1], 1)[0]
    # long after it seems to rest, too: steps are longest there, and a method that swings about the top falls
    times = np.concatenate([np.linspace(0.0, 8.0, 40)[1:], np.linspace(10.0, 3000.0, 60)]) / float(sync.pair_sum)
    found, phases, sums = climbed(tmp_path, solution, start, times, held)
    steps = np.diff([found["start"], *sums, found["sum"]])
    assert steps.min() >= -1e-12 * float(sync.pair_sum)
    assert found["sum"] == pytest.approx(float(sync.pair_sum), rel=1e-9)
    if held >= 0:
        assert (phases[:, held] == start[held]).all()
        assert found["top"][held] == start[held]


NOTHING = """
return given.map((point) => {
const heights = maker(point);
const at = new Array(heights.count).fill(0.5);
return {
  numbers: [heights.S(at), heights.pairSum(at), ...heights.gradient(at), ...heights.top(at), ...heights.climb(at, 1)],
  free: readingOf(point).free,
};
});
"""


def test_what_is_no_number_is_no_coherence(tmp_path):
    """A refused state comes as nulls, a single level has no pair: nothing is thrown, and nothing is drawn."""
    levels = {"name": "SUD", "levels": True, "phases": [], "factor": None, "orders": None, "coefficients": None}
    empty = [[None, None], [None, None]]
    own = {"name": "Fock", "levels": False, "phases": ["φ"], "factor": 0.3}
    points = [
        {"dimension": 1, "density": {"re": [[1.0]], "im": [[0.0]]}, "distribution": levels | {"factor": 1.0}},
        {"dimension": 2, "density": {"re": empty, "im": empty}, "distribution": levels},
        {"dimension": 2, "density": None, "distribution": levels},
        {"dimension": 2, "distribution": own | {"orders": None, "coefficients": None}},
        {"dimension": 2, "distribution": own | {"orders": [[1]], "coefficients": {"re": [None], "im": [None]}}},
    ]
    for found in said(tmp_path, S | READING, NOTHING, points):
        assert found["free"] == []
        assert all(np.isfinite(found["numbers"]))


def test_browser_and_node_say_the_same(tmp_path):
    """Each stands in for the other, so neither may say more than the other."""
    solution = ts.solve(MACHINES["engine 5"])
    given = {"point": of_a_solution(solution), "phases": drawn(solution.synchronization.dimension, 5).tolist()}
    node, browser = (run(tmp_path, S, EVALUATE, given) for run in (in_node, in_browser))
    for name, numbers in node.items():
        np.testing.assert_allclose(browser[name], numbers, rtol=1e-12)
