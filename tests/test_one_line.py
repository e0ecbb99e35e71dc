"""Do states and systems show themselves in one line, whatever their size, in which one thing is no things?"""

import numpy as np
import pytest

import torusync as ts
from torusync.densities import ThermalPlusBlock, ThermalPlusCollective, ThermalPlusLowRank, density_of, nearest_state
from torusync.measures import triangle_frustration
from torusync.steady import Block, Collective, LowRank

MASER = {"n_hot": 2.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def test_a_matrix_says_how_far_it_was_moved_and_may_be_off():
    assert repr(nearest_state(np.diag([1.001, -0.001]))) == "<DenseDensity: D = 2, moved by 0.00141, error 0.002>"
    assert repr(density_of(np.eye(3) / 3)) == "<DenseDensity: D = 3>"
    single = repr(density_of((np.eye(3) / 3).astype(np.float32)))
    assert single.startswith("<DenseDensity: D = 3, error ")
    assert single.endswith(", single precision>")
    batch = repr(density_of(np.broadcast_to(np.eye(2) / 2, (4, 5, 2, 2))))
    assert batch == "<DenseDensity: D = 2, batch (4, 5)>"


@pytest.mark.parametrize(
    ("solver", "kind"),
    [(Collective(), ThermalPlusCollective), (Block(), ThermalPlusBlock), (LowRank(), ThermalPlusLowRank)],
)
def test_every_density_shows_itself_in_one_line(solver, kind):
    drive = np.full((3, 40), 0.01)
    density = ts.steady_state(ts.ThermalMaser(drive=drive, **MASER), solver=solver).density
    assert isinstance(density, kind)
    assert repr(density) == f"<{kind.__name__}: D = 42, batch (3,)>"


def test_one_thing_is_no_things():
    lowering = np.array([[0.0, 1.0], [0.0, 0.0]])
    assert repr(ts.LindbladSystem(np.eye(2), [(0.1, lowering)])).endswith(", 1 channel>")
    assert repr(ts.LindbladSystem(np.eye(2), [(0.1, lowering)] * 2)).endswith(", 2 channels>")
    assert " 1 triangle, " in repr(triangle_frustration(density_of(np.full((3, 3), 1 / 3))))
