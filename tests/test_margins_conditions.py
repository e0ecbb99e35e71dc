"""Is every condition of |P| ≤ κ_P S_max met exactly where it is said to be, on either side of its border?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, ENGINE, REFRIGERATOR
from torusync.thermo import Regime
from torusync.thermo.conditions import Condition, power_conditions

EPS = np.finfo(float).eps
PROVEN, TESTED, CAN_FAIL = Condition.PROVEN, Condition.TESTED, Condition.CAN_FAIL
SPLIT = {"splittings": [0.0, 0.1]}


def condition(drive, n_hot, regime=None, **kwargs):
    maser = ts.ThermalMaser(drive, n_hot=n_hot, **(BATHS | kwargs))
    engine = np.max(np.atleast_1d(n_hot)) > 0.5
    code = (Regime.ENGINE if engine else Regime.REFRIGERATOR) if regime is None else regime
    return Condition(int(power_conditions(maser, np.asarray(code))))


@pytest.mark.parametrize(
    ("drive", "kwargs", "expected"),
    [
        # one level, whatever else
        ([0.1], {"detuning": 3.0}, PROVEN),
        # two levels with independent dipoles, whatever else; three are tested only
        ([0.1, 0.3j], SPLIT, PROVEN),
        ([0.1, 0.3j], SPLIT | {"dipole_correlation": 0.0}, PROVEN),
        ([0.1, 0.3j], SPLIT | {"dipole_matrix": np.eye(2)}, PROVEN),
        ([0.1, 0.3j, 0.2], {"splittings": [0.0, 0.1, 0.2]}, TESTED),
        # correlated dipoles: equal drives, one p up to 3/4, and for a proof two levels of one occupation
        ([0.1, 0.1], SPLIT | {"dipole_correlation": 0.75}, PROVEN),
        ([0.1j, 0.1j], SPLIT | {"dipole_correlation": -0.99}, PROVEN),
        ([0.1, 0.1], SPLIT | {"dipole_correlation": np.nextafter(0.75, 1.0)}, CAN_FAIL),
        ([0.1, 0.1 * (1.0 + 12.0 * EPS)], SPLIT | {"dipole_correlation": 0.5}, PROVEN),
        ([0.1, 0.1 * (1.0 + 100.0 * EPS)], SPLIT | {"dipole_correlation": 0.5}, CAN_FAIL),
        ([0.1, -0.1], SPLIT | {"dipole_correlation": 0.5}, CAN_FAIL),
        ([0.1, 0.1, 0.1], {"splittings": [0.0, 0.1, 0.2], "dipole_correlation": 0.75}, TESTED),
        ([0.1, 0.1, 0.1], {"splittings": [0.0, 0.1, 0.2], "dipole_correlation": 0.76}, CAN_FAIL),
        (
            [0.1, 0.1, 0.1],
            {"splittings": [0.0, 0.1, 0.2], "dipole_matrix": [[1.0, 0.5, 0.5], [0.5, 1.0, 0.4], [0.5, 0.4, 1.0]]},
            CAN_FAIL,
        ),
        # exact degeneracy: any eigenvector of the dipole matrix, also of nearly aligned dipoles
        ([0.1, 0.1, 0.1], {"dipole_correlation": 0.99}, PROVEN),
        ([0.1, -0.1], {"dipole_correlation": 0.99}, PROVEN),
        ([0.1, 0.1, -0.2], {"dipole_correlation": 0.9}, PROVEN),
        ([0.1, 0.2, 0.3j], {}, PROVEN),
        ([0.1, -0.1 * (1.0 + 4.0 * EPS)], {"dipole_correlation": 0.99}, PROVEN),
        ([0.1, -0.1 * (1.0 + 200.0 * EPS)], {"dipole_correlation": 0.99}, CAN_FAIL),
        ([1e-3, -1e-3 * (1.0 + 200.0 * EPS)], {"dipole_correlation": 0.99}, CAN_FAIL),
        ([0.1, 0.2], {"dipole_correlation": 0.9}, CAN_FAIL),
        ([0.1, 0.3, 0.0], {"dipole_matrix": [[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]]}, CAN_FAIL),
        # what is not exactly degenerate is not: the smallest splitting
        ([0.1, 0.1], {"dipole_correlation": 0.99, "splittings": [0.0, 1e-15]}, CAN_FAIL),
    ],
)
def test_refrigerators(drive, kwargs, expected):
    assert condition(drive, REFRIGERATOR, **kwargs) is expected


def test_refrigerators_whose_occupations_differ():
    """Exact degeneracy and the proof for correlated dipoles need one occupation, the others do not."""
    unlike = [REFRIGERATOR, np.nextafter(REFRIGERATOR, 1.0)]
    assert condition([0.1, 0.1], unlike, dipole_correlation=0.5) is TESTED
    assert condition([0.1, 0.1], unlike, dipole_correlation=0.9) is CAN_FAIL
    assert condition([0.1, 0.1], [REFRIGERATOR, REFRIGERATOR], dipole_correlation=0.9) is PROVEN
    assert condition([0.1, 0.3], unlike) is PROVEN
    assert condition([0.1, 0.3, 0.1], [*unlike, REFRIGERATOR]) is TESTED


@pytest.mark.parametrize("levels", [2, 3, 6])
@pytest.mark.parametrize("p", [0.0, 0.4])
def test_engines_exceed_the_bound_inside_the_window_and_nowhere_else(levels, p):
    """N − sqrt(N² − N) < k on resonance, k = (1 + (N−1)p) a_h/λ; off it 1 < competition, from the closed form."""
    factor = 1.0 + (levels - 1) * p
    edge = levels - np.sqrt(levels**2 - levels)
    drive = factor * 0.05 * (1.0 + ENGINE) / edge
    kwargs = {"dipole_correlation": p} if p else {}
    for phase in (1.0, 1j) if p == 0.0 else (1.0,):
        turned = np.where(np.arange(levels) == 1, phase, 1.0)
        assert condition(drive * (1.0 + 1e-9) * turned, ENGINE, **kwargs) is PROVEN
        assert condition(drive * (1.0 - 1e-9) * turned, ENGINE, **kwargs) is Condition.COMPETITION
    # at x² = N − 1 the window closes, wherever k is; x = δ/(π a_h + a_c)
    width = factor * 0.05 * (1.0 + ENGINE) + 0.2 * 1.5
    close = width * np.sqrt(levels - 1.0)
    for k in (0.3, 1.0, 3.0):
        assert condition(np.full(levels, factor * 0.3 / k), ENGINE, detuning=close * (1.0 + 1e-9), **kwargs) is PROVEN
    # just before it, a window about k = N/(1 + x²) = 1
    assert condition(np.full(levels, factor * 0.3), ENGINE, detuning=close * 0.999, **kwargs) is Condition.COMPETITION


@pytest.mark.parametrize(
    ("drive", "kwargs", "expected"),
    [
        ([3.0, 3.0 * (1.0 + 4.0 * EPS)], {}, PROVEN),
        ([3.0, 3.0 * (1.0 + 100.0 * EPS)], {}, CAN_FAIL),
        ([3.0, 3.0], SPLIT, CAN_FAIL),
        ([3.0, 2.0], {"dipole_correlation": 0.5}, CAN_FAIL),
        ([3.0], {"detuning": 0.1}, PROVEN),
        # one level reaches the bound on resonance and does not exceed it
        ([3.0], {}, PROVEN),
    ],
)
def test_engines(drive, kwargs, expected):
    assert condition(drive, ENGINE, **kwargs) is expected


def test_other_regimes_have_their_own_words():
    drive = [0.1, 0.3]
    assert condition(drive, REFRIGERATOR, regime=Regime.IDLE) is PROVEN
    assert condition(drive, REFRIGERATOR, regime=Regime.MIXED) is Condition.MIXED
    assert condition(drive, REFRIGERATOR, regime=Regime.UNDEFINED) is Condition.UNDEFINED


def test_a_batch_has_the_condition_of_each_of_its_points():
    maser = ts.ThermalMaser(
        [[0.1, 0.1], [0.1, 0.2], [0.1, 0.1]],
        n_hot=[[REFRIGERATOR], [REFRIGERATOR], [ENGINE]],
        dipole_correlation=[0.9, 0.9, 0.1],
        **BATHS,
    )
    codes = power_conditions(maser, np.array([Regime.REFRIGERATOR, Regime.REFRIGERATOR, Regime.ENGINE]))
    assert codes.tolist() == [PROVEN, CAN_FAIL, Condition.COMPETITION]


def test_points_without_a_ratio_of_damping_and_drive_are_no_error():
    """Nothing that drives, nothing that damps the bright state, no hot bath: such machines rest."""
    idle, engine = Regime.IDLE, Regime.ENGINE
    undriven = ts.ThermalMaser([[0.1, 0.1], [0.0, 0.0]], n_hot=ENGINE, **BATHS)
    assert power_conditions(undriven, np.array([engine, idle])).tolist() == [Condition.COMPETITION, PROVEN]
    dark = ts.ThermalMaser([[0.1, 0.1], [0.1, -0.1]], n_hot=ENGINE, dipole_correlation=-1.0, **BATHS)
    assert power_conditions(dark, np.array([idle, engine]))[0] == PROVEN
    uncoupled = ts.ThermalMaser([0.1, 0.1], n_hot=ENGINE, **(BATHS | {"gamma_hot": [0.0, 0.05]}))
    assert power_conditions(uncoupled, np.array([idle, engine])).tolist() == [PROVEN, Condition.COMPETITION]


def test_codes_stay_what_they_are_where_they_are_stored():
    """Proven and tested lie below all others, which is how `Inequality.holds` reads them."""
    names = "PROVEN TESTED CAN_FAIL COMPETITION OTHER_REGIME MIXED WEAK_POWER UNDEFINED"
    assert {one.name: int(one) for one in Condition} == {name: code for code, name in enumerate(names.split())}
