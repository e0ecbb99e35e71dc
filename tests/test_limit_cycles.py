"""Is a limit cycle seen where there is one, by functions of QuTiP's own, and nowhere else?"""

import numpy as np
import pytest
import qutip

from torusync.analysis.cycles import Cycle, cycle_of, ring_of_mode, ring_of_spin
from torusync.densities import density_of
from torusync.models.truncated import limit_cycle
from torusync.phases import SU2, SUD, Fock, Relative


def contrast(ring, rest):
    return max(0.0, (ring - rest) / (abs(ring) + abs(rest)))


@pytest.mark.parametrize("seed", range(4))
def test_the_ring_of_a_mode_is_that_of_its_wigner_function(seed):
    rng = np.random.default_rng(seed)
    row = rng.dirichlet(np.ones(3 + 3 * seed))
    radius = np.linspace(0.0, np.sqrt(len(row) + 2.0), 600)
    # QuTiP's axes are of a = (x + iy)/√2
    wigner = qutip.wigner(qutip.Qobj(np.diag(row)), radius * 2.0**0.5, np.zeros(1))[0]
    assert ring_of_mode(row) == pytest.approx(contrast(wigner[1:].max(), wigner[0]), abs=2e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_ring_of_a_spin_is_that_of_its_husimi_function(seed):
    rng = np.random.default_rng(seed)
    row = rng.dirichlet(np.ones(2 + seed))
    theta = np.linspace(0.0, np.pi, 801)
    husimi, *_ = qutip.spin_q_function(qutip.Qobj(np.diag(row)), theta, np.zeros(1))
    husimi = husimi.reshape(-1)
    assert ring_of_spin(row) == pytest.approx(contrast(husimi[1:-1].max(), max(husimi[0], husimi[-1])), abs=2e-4)


@pytest.mark.parametrize("ratio", [1e-3, 0.1, 1.0, 5.0, 20.0])
def test_a_van_der_pol_mode_has_a_ring_at_any_ratio(ratio):
    assert ring_of_mode(limit_cycle(ratio, 80)) > 0.05


@pytest.mark.parametrize("mean", [0.0, 0.1, 1.0, 3.0])
def test_a_thermal_mode_has_none(mean):
    row = (mean / (1.0 + mean)) ** np.arange(400)
    assert ring_of_mode(row / row.sum()) < 1e-6


@pytest.mark.parametrize("up", [0.0, 0.2, 0.5, 1.0])
def test_no_state_of_a_qubit_has_one(up):
    state = density_of(np.diag([up, 1.0 - up]))
    assert ring_of_spin(np.array([up, 1.0 - up])) < 1e-6
    assert cycle_of(state, SU2(0.5)).cycle is Cycle.REST
    assert cycle_of(state, SUD()).cycle is Cycle.REST
    # however they are read, parts may have a limit cycle together
    assert cycle_of(density_of(np.diag([0.1, 0.2, 0.3, 0.4])), Relative(SU2(0.5), SU2(0.5))).cycle is Cycle.PARTS


@pytest.mark.parametrize("levels", range(2, 12))
def test_a_spin_in_no_level_more_than_in_another_has_none(levels):
    """Its Husimi function is flat but for rounding."""
    state = density_of(np.eye(levels) / levels)
    assert cycle_of(state, SU2(0.5 * (levels - 1))).cycle is Cycle.REST


def test_a_spin_in_its_middle_level_is_all_ring():
    assert ring_of_spin(np.array([0.0, 1.0, 0.0])) == pytest.approx(1.0)
    assert cycle_of(density_of(np.diag([0.0, 1.0, 0.0])), SU2(1)).cycle is Cycle.RING
    assert cycle_of(density_of(np.diag([0.0, 1.0, 0.0])), SUD()).cycle is Cycle.UNORDERED
    assert cycle_of(density_of(np.diag([0.0, 1.0, 0.0])), Fock()).cycle is Cycle.RING
    assert cycle_of(None, SU2(1)).cycle is Cycle.SEVERAL
