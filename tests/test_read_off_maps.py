"""Are contours, locking ranges and crossings read off a map where they truly are, within the errors that are said?"""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import torusync as ts
from sweeping import TONGUE
from test_own_models import Qubit, excited
from torusync.models import ThermalMaser
from torusync.sweeps import accessor, open_sweep, sweep

BELL = np.linspace(-2.0, 2.0, 41)


def grid(values, bound=None, error=None, **coords):
    """Return a dataset like that of a sweep, with evidence."""
    dims = tuple(coords)
    data = {"q": (dims, values, {"bound": "q_bound", "error": "q_error"})}
    data["q_bound"] = (dims, values if bound is None else bound)
    data["q_error"] = (dims, np.zeros_like(values) if error is None else error)
    return xr.Dataset(data, {name: (name, one, {"units": "omega_1"}) for name, one in coords.items()})


def test_whoever_has_a_dataset_has_the_accessor(tmp_path):
    code = (
        "import torusync as ts, sys\n"
        "assert 'xarray' not in sys.modules\n"
        "ds = ts.sweep(ts.ThermalMaser, {'drive': [0.1, 0.2]}, ['s_max'], fixed=dict(manifold_levels=2, n_hot=0.2,"
        "n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2))\n"
        "assert not ds.torusync.failures()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    sweep(ThermalMaser, {"drive": [0.1]}, ["s_max"], fixed=TONGUE["fixed"], store=tmp_path / "a.zarr")
    assert isinstance(open_sweep(tmp_path / "a.zarr").torusync, accessor.Accessor)


def test_the_locking_range_of_a_qubit_is_that_of_the_bloch_equations():
    """Its coherence is Ω sqrt(1 + δ²)/(2 (1 + δ² + Ω²/2)), and so the width at a height a quadratic equation."""
    rabi, detuning = np.linspace(0.2, 3.0, 15), np.linspace(-6.0, 6.0, 301)
    ds = sweep(Qubit, {"rabi": rabi, "detuning": detuning}, ["s_max", "populations"])
    height = 0.25  # of the coherence; S_max is proportional to it
    threshold = float(ds["s_max"].max()) * height / _coherence(rabi[:, np.newaxis], detuning).max()
    found = ds.torusync.locking_range(threshold)
    assert found["width"].dims == ("rabi",)
    assert found["width"].attrs["units"] == "Omega"
    for drive in rabi:
        there = found.sel(rabi=drive)
        root = np.roots([2.0 * height, -drive, height * drive**2])  # in r = sqrt(1 + δ²)
        upper = root[np.isreal(root) & (root.real >= 1.0)].real
        if not upper.size or _coherence(drive, detuning).max() < height:
            assert np.isnan(there["width"])
            continue
        expected = np.sqrt(upper.max() ** 2 - 1.0)
        assert abs(float(there["upper"]) - expected) <= float(there["upper_error"]) < 0.1
        assert abs(float(there["lower"]) + expected) <= float(there["lower_error"]) < 0.1
        assert abs(float(there["upper"]) - expected) < 2e-3  # the line is better than its error
    assert np.isfinite(found["width"]).sum() > 5
    assert np.isnan(found["width"]).any()


def _coherence(rabi, detuning):
    populated = excited(rabi, 1.0, detuning)
    return populated * 2.0 * np.sqrt(1.0 + detuning**2) / rabi


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.95), st.floats(0.0, 0.2))
def test_the_true_ends_lie_within_the_errors(seed, threshold, noise):
    """Of a bell that is known only up to an error, on a grid of any steps."""
    rng = np.random.default_rng(seed)
    x = np.unique(np.concatenate([rng.uniform(-3.0, 3.0, 40), [-12.0, 12.0]]))
    truth = 1.0 / (1.0 + x**2)
    off = rng.uniform(-noise, noise, x.size)
    shown = truth + off
    ds = grid(shown[np.newaxis], error=np.full((1, x.size), noise), row=[0.0], x=x)
    found = ds.torusync.locking_range(threshold, quantity="q", over="x")
    end = np.sqrt(1.0 / threshold - 1.0)
    if np.isnan(found["lower"]):
        assert shown.max() < threshold
        return
    if np.isfinite(found["upper_error"]):
        assert abs(float(found["upper"][0]) - end) <= float(found["upper_error"][0]) + 1e-12
    if np.isfinite(found["lower_error"]):
        assert abs(float(found["lower"][0]) + end) <= float(found["lower_error"][0]) + 1e-12
    assert float(found["width"][0]) == pytest.approx(float(found["upper"][0] - found["lower"][0]))


def test_an_error_and_a_bound_widen_what_is_left_open():
    values = 1.0 / (1.0 + BELL**2)
    sharp = grid(values, x=BELL).torusync.locking_range(0.5, quantity="q", over="x")
    assert (float(sharp["lower"]), float(sharp["upper"])) == pytest.approx((-1.0, 1.0))
    assert float(sharp["upper_error"]) == pytest.approx(0.1)
    loose = grid(values, bound=1.2 * values, x=BELL).torusync.locking_range(0.5, quantity="q", over="x")
    outermost = BELL[1.2 * values < 0.5]
    assert float(loose["upper"] + loose["upper_error"]) == pytest.approx(outermost[outermost > 0.0].min())
    unsure = grid(values, error=0.2 * values, x=BELL).torusync.locking_range(0.5, quantity="q", over="x")
    innermost = BELL[0.8 * values >= 0.5].max()
    assert float(unsure["upper"] - unsure["upper_error"]) <= innermost
    never = grid(values, error=0.0 * values + 0.6, x=BELL).torusync.locking_range(0.5, quantity="q", over="x")
    assert np.isinf(never["width_error"])


@pytest.mark.parametrize(
    ("values", "lower", "upper"),
    [
        (np.full(41, 0.6), (-2.0, np.inf), (2.0, np.inf)),
        (np.where(BELL > 1.0, np.nan, 0.6 - 0.1 * (BELL < -1.5)), None, (1.0, np.inf)),
        (np.full(41, 0.4), (np.nan, np.nan), (np.nan, np.nan)),
        (np.full(41, np.nan), (np.nan, np.nan), (np.nan, np.nan)),
    ],
    ids=["the grid ends", "a point has no value", "nowhere", "nothing"],
)
def test_what_is_not_closed_says_so(values, lower, upper):
    found = grid(values, x=BELL).torusync.locking_range(0.55, quantity="q", over="x")
    for name, expected in (("lower", lower), ("upper", upper)):
        if expected is not None:
            np.testing.assert_allclose([found[name], found[f"{name}_error"]], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("values", "upper", "error"),
    [
        ([1.0, 0.0, 0.0], 0.5, 0.5),  # it ends at the first step
        ([1.0, 1.0, 0.0], 1.5, 0.5),  # and at the last
        ([1.0, 0.5, 0.0], 1.0, 1.0),  # what reaches the threshold is in it, and surely so
        ([0.5, 0.25, 0.0], 0.0, 1.0),
    ],
    ids=str,
)
def test_ends_at_the_edges_and_at_the_threshold_itself(values, upper, error):
    x = np.array([0.0, 1.0, 2.0])
    found = grid(np.array(values), x=x).torusync.locking_range(0.5, quantity="q", over="x")
    assert (float(found["upper"]), float(found["upper_error"])) == (upper, error)


def test_a_bound_at_the_threshold_is_not_below_it():
    values, bound = np.array([1.0, 0.0, 0.0]), np.array([1.0, 0.5, 0.0])
    found = grid(values, bound=bound, x=np.array([0.0, 1.0, 2.0])).torusync.locking_range(0.5, quantity="q", over="x")
    assert (float(found["upper"]), float(found["upper_error"])) == (0.5, 1.5)


def test_where_nothing_crosses_there_is_no_place():
    ds = grid(np.ones((2, 5)), row=[0.0, 1.0], x=np.arange(5.0))
    ds["zero"] = (("row", "x"), np.zeros((2, 5)))
    assert ds.torusync.crossing("q", "zero", over="x").sizes == {"row": 2, "crossing": 0}


def test_of_two_peaks_the_range_is_around_the_larger():
    values = np.exp(-((BELL - 1.0) ** 2) / 0.05) + 0.9 * np.exp(-((BELL + 1.0) ** 2) / 0.05)
    found = grid(values, x=BELL).torusync.locking_range(0.5, quantity="q", over="x")
    assert 0.7 < float(found["lower"]) < float(found["upper"]) < 1.3
    turned = grid(values[::-1], x=BELL[::-1]).torusync.locking_range(0.5, quantity="q", over="x")
    assert float(turned["lower"]) == pytest.approx(float(found["lower"]))


def test_contours_lie_where_the_quantity_has_the_value():
    y = np.linspace(-1.5, 1.5, 61)
    values = BELL**2 + y[:, np.newaxis] ** 2
    found = grid(values, y=y, x=BELL).torusync.contour("q", 1.0)
    assert set(found["line"].to_numpy()) == {0}
    radius = np.hypot(found["x"], found["y"])
    assert radius.min() > 0.99
    assert radius.max() < 1.001
    assert found["x"].attrs["units"] == "omega_1"
    two = grid(np.abs(BELL) + 0.0 * y[:, np.newaxis], y=y, x=BELL).torusync.contour("q", 1.05)
    assert set(two["line"].to_numpy()) == {0, 1}
    np.testing.assert_allclose(np.abs(two["x"]), 1.05)
    holed = values.copy()
    holed[:, :20] = np.nan
    assert (grid(holed, y=y, x=BELL).torusync.contour("q", 1.0)["x"] >= BELL[20]).all()
    assert grid(values, y=y, x=BELL).torusync.contour("q", 99.0).sizes["point"] == 0


def test_where_two_mechanisms_cross():
    x = np.linspace(0.0, 1.0, 11)
    slopes = np.array([[1.0], [2.0], [0.1]])
    ds = grid(slopes * x, row=[0.0, 1.0, 2.0], x=x)
    ds["other"] = (("row", "x"), 0.5 + 0.0 * slopes * x)
    found = ds.torusync.crossing("q", "other", over="x")
    np.testing.assert_allclose(found["place"][:, 0], [0.5, 0.25, np.nan], atol=1e-12)
    assert (found["place_error"][:2, 0] <= 0.1 + 1e-12).all()
    assert found["place"].dims == ("row", "crossing")
    assert found.attrs["first"] == "q"
    waves = grid(np.sin(7.0 * x)[np.newaxis], row=[0.0], x=x)
    waves["zero"] = (("row", "x"), np.zeros((1, 11)))
    places = waves.torusync.crossing("q", "zero", over="x")
    truth = np.pi * np.arange(1, 3) / 7.0
    inside = places["place"][0].to_numpy()[-2:]
    assert (np.abs(inside - truth) <= places["place_error"][0].to_numpy()[-2:]).all()


def test_a_crossing_that_the_errors_leave_open_says_so():
    x = np.linspace(-1.0, 1.0, 21)
    clear = grid(x + 1e-3, error=np.full(21, 0.25), x=x)
    clear["zero"] = ("x", np.zeros(21))
    found = clear.torusync.crossing("q", "zero", over="x")
    assert 0.2 < float(found["place_error"][0]) < 0.5
    touching = grid(x**2 - 1e-3, error=np.full(21, 0.1), x=x)
    touching["zero"] = ("x", np.zeros(21))
    assert np.isinf(touching.torusync.crossing("q", "zero", over="x")["place_error"]).all()


@pytest.mark.parametrize(("n_hot", "k"), [(0.2, 0.5), (5.0, np.sqrt(2.0 / 3.0))], ids=["refrigerator", "engine"])
def test_entrainment_gives_way_to_mutual_coupling_where_the_closed_form_says(n_hot, k):
    """Two equal degenerate levels on resonance, in units of |ρ_23|, with k = γ_h (1 + n_h)/λ = |ρ_12|/|ρ_23|.

    The refrigerator has the parts 2k and 1.  The engine, of Eq. (11) with |e^{iφ_2} + e^{iφ_3}| = k, has k² and
    1 − k²/2.
    """
    over, baths = "dissipation_ratio", {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    ds = sweep(
        ThermalMaser,
        {over: np.linspace(0.3, 6.0, 120)},
        ["shares"],
        fixed={"manifold_levels": 2, "n_hot": n_hot, **baths},
    )
    parts = [ds["shares"].sel(set=one) for one in ("entrainment", "mutual")]
    found = ds.torusync.crossing(*parts, over=over)
    assert found.sizes == {"crossing": 1}
    assert abs(float(found["place"][0]) - k) < 1e-3
    assert abs(float(found["place"][0]) - k) <= float(found["place_error"][0]) < 0.05


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda ds: ds.torusync.contour("p", 1.0), "`quantity` must be one of q, q_bound, q_error"),
        (lambda ds: ds.torusync.contour("q", "high"), "`threshold` must hold numbers"),
        (lambda ds: ds.torusync.contour("q", [1.0, 2.0]), "`threshold` must be one number"),
        (lambda ds: ds.isel(y=0).torusync.contour("q", 1.0), "`quantity` must have two axes, but 'q' has x"),
        (lambda ds: ds.expand_dims("z").torusync.contour("q", 1.0), r"choose first, as in ds.isel\(z=0\)"),
        (lambda ds: ds.torusync.locking_range(1.0), "`quantity` must be one of"),
        (lambda ds: ds.torusync.locking_range(1.0, quantity="q"), "`over` must be an axis of q, but it is 'detuning'"),
        (lambda ds: ds.torusync.crossing("q", 3, over="x"), "`second` must be the name of a quantity, or an array"),
        (lambda ds: ds.assign_coords(x=list("abc")).torusync.locking_range(1.0, quantity="q", over="x"), "of numbers"),
    ],
)
def test_what_cannot_be_read_off_is_one_sentence(ask, sentence):
    ds = grid(np.arange(6.0).reshape(2, 3), y=[0.0, 1.0], x=[0.0, 1.0, 2.0])
    with pytest.raises(ts.ArgumentError, match=sentence):
        ask(ds)
