"""Does every state that can be found come back from a file, with until when it lasts and who found it?"""

import numpy as np
import pytest
from tests.lattices import pair
from tests.problems import refused
from tests.statefiles import assert_same, rewrite

import torusync as ts
from torusync.steady import Charged, Status

FLIP = np.array([[0.0, 1.0], [1.0, 0.0]])
NUMBERS = np.diag([float(n + m) for n in range(4) for m in range(4)])


def passing(fields=1e-17):
    """Return a qubit whose decay to equal populations is next to none."""
    energy = np.multiply.outer(np.asarray(fields), np.diag([1.0, -1.0]))
    return ts.steady_state(ts.LindbladSystem(energy, [(0.5, FLIP)]), initial=np.full((2, 2), 0.5))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.npz"


def test_a_state_that_does_not_last_says_until_when_after_the_disk(path):
    for found in (passing(), passing([0.0, 1e-17, 0.5])):
        found.save(path)
        back = ts.load_state(path)
        assert_same(back, found)
        assert np.array_equal(back.holds_until, found.holds_until)
        assert np.array_equal(back.error, found.error)
        assert repr(back) == repr(found)
        back.save(path)
        assert_same(ts.load_state(path), found)


def test_a_state_that_is_none_holds_at_no_time_after_the_disk(path):
    found = ts.steady_state(ts.LindbladSystem(np.zeros((2, 2, 2)), [([0.5, 0.0], FLIP)]), throw=False)
    found.save(path)
    assert ts.load_state(path).holds_until.tolist() == found.holds_until.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence.holds_until": None},
        {"evidence.holds_until": np.float64(0.0)},
        {"evidence.holds_until": np.float64(np.inf)},
        {"evidence.holds_until": np.float64(-1.0)},
        {"evidence.holds_until": np.float64(np.nan)},
        {"evidence.holds_until": np.ones(2)},
        {"evidence.holds_until": np.int64(3)},
        {"evidence.error": np.float64(1e-12)},
        {"evidence.status_codes": np.int64(Status.SUCCESS)},
        {"solver.charge": np.eye(2, dtype=np.complex128)},
    ],
)
def test_what_does_not_fit_a_passing_state_is_refused(changes, path):
    passing().save(path)
    rewrite(path, **changes)
    refused(lambda: ts.load_state(path), "path", "does not")


def test_a_state_of_a_named_charge_comes_back_with_it(path):
    found = ts.steady_state(pair(4), solver=Charged(NUMBERS))
    found.save(path)
    back = ts.load_state(path)
    assert_same(back, found)
    assert back.solver == Charged(NUMBERS) != Charged(2.0 * NUMBERS)
    assert np.array_equal(ts.steady_state(back.system, solver=back.solver).rho, found.rho)


@pytest.mark.parametrize(
    "charge",
    [None, NUMBERS[:9, :9].astype(complex), NUMBERS, np.eye(16, k=1, dtype=complex), np.full((16, 16), np.nan + 0j)],
    ids=["none", "of other levels", "real", "not Hermitian", "no number"],
)
def test_a_charge_that_does_not_fit_is_refused(charge, path):
    ts.steady_state(pair(4), solver=Charged(NUMBERS)).save(path)
    rewrite(path, **{"solver.charge": charge})
    refused(lambda: ts.load_state(path), "`")
