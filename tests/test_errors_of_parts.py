"""Do crossings and locking ranges know the errors and bounds of what they are given, or refuse it?"""

import numpy as np
import pytest
import xarray as xr

import torusync as ts
from problems import refused
from sweeping import BATHS
from torusync.sweeps import sweep

K = "dissipation_ratio"
MAP = sweep(
    ts.ThermalMaser,
    {"n_hot": [0.2, 3.0], K: np.linspace(0.3, 2.0, 8)},
    ["s_max", "shares"],
    fixed={"manifold_levels": 2, **BATHS},
)
NONE = MAP.assign(s_max_error=0.0 * MAP.s_max_error, s_max_bound=MAP.s_max.drop_attrs())


def with_level(ds, level):
    return ds.assign(level=xr.DataArray(level))


def parts(ds, name="s_max"):
    return ds[name].sel(n_hot=0.2), ds[name].sel(n_hot=3.0)


def read(ds):
    found = ds.torusync.crossing(*parts(ds), over=K)
    return found.place.item(), found.place_error.item()


def test_a_part_has_the_error_and_the_bound_of_its_place():
    """An error of one is more than any value; the grid alone gives 0.2."""
    place, error = read(MAP)
    assert place == pytest.approx(0.826, abs=2e-3)
    assert 0.0 < error < 2.0 / 7.0
    for name, value in (("s_max_error", 1.0), ("s_max_bound", 2.0), ("s_max_error", np.nan), ("s_max_bound", np.nan)):
        wide = NONE.assign({name: MAP[name] * 0.0 + value})
        assert read(wide) == (place, np.inf), name
        one = NONE.assign({name: MAP[name].where(MAP.n_hot < 1.0, value)})  # of one of both alone
        assert read(one) == (place, np.inf), name
    elsewhere = MAP.reindex(n_hot=[0.2, 3.0, 4.0])
    assert read(elsewhere) == (place, error)  # what is not known at 4.0 does not matter at 3.0


def test_an_error_widens_by_as_much_as_it_leaves_open():
    """x and 1/2 - x, each known to 0.1, the first up to 0.2 too low: where their difference is surely of one sign."""
    x = np.linspace(-1.0, 1.0, 201)
    values = np.stack([x, 0.5 - x])
    data = {
        "q": (("side", "x"), values, {"error": "q_error", "bound": "q_bound"}),
        "q_error": (("side", "x"), np.full((2, 201), 0.1)),
        "q_bound": (("side", "x"), values + np.array([[0.2], [0.0]])),
    }
    ds = xr.Dataset(data, {"side": ["up", "down"], "x": x})
    found = ds.torusync.crossing(ds.q.sel(side="up"), ds.q.sel(side="down"), over="x")
    assert found.place.item() == pytest.approx(0.25)
    # the true difference lies from 2x - 1/2 - 0.2 to 2x - 1/2 + 0.4, and so is surely negative below x = 0.05
    assert found.place_error.item() == pytest.approx(0.2, abs=0.0101)
    assert found.place_error.item() >= 0.2 - 1e-9
    turned = ds.torusync.crossing(ds.q.sel(side="down"), ds.q.sel(side="up"), over="x")
    assert turned.place_error.item() == pytest.approx(found.place_error.item())


@pytest.mark.parametrize(("error", "bound"), [(0.0, None), (0.0, 2.0), (1.0, None), (2e-5, None), (0.0, 3e-4)], ids=str)
def test_a_crossing_of_a_level_has_the_error_of_the_locking_range(error, bound):
    """By name and as a part, with the same bounds."""
    level = 2.0e-4
    top = MAP.s_max.drop_attrs() if bound is None else 0.0 * MAP.s_max_bound + bound
    ds = with_level(MAP.assign(s_max_error=0.0 * MAP.s_max_error + error, s_max_bound=top), level).isel(n_hot=0)
    expected = ds.torusync.locking_range(level, over=K)
    by_name = ds.torusync.crossing("s_max", "level", over=K)
    found = ds.torusync.crossing(ds.s_max, ds.level, over=K)
    for one in (by_name, found):
        assert one.place.item() == pytest.approx(expected.upper.item())
        assert one.place_error.item() == pytest.approx(expected.upper_error.item())
    assert np.isinf(expected.upper_error) == (error == 1.0 or bound is not None)


@pytest.mark.parametrize(
    "select",
    [
        lambda array: array.isel(n_hot=1),
        lambda array: array.sel(n_hot=2.9, method="nearest"),
        lambda array: array.isel(n_hot=[1]).squeeze(),
        lambda array: array.sel(n_hot=3.0).isel({K: slice(None, None, -1)}),
        lambda array: array.transpose().isel(n_hot=-1),
    ],
    ids=["isel", "nearest", "squeezed", "turned", "transposed"],
)
def test_however_a_part_was_chosen_its_error_is_found(select):
    wide = MAP.assign(s_max_error=MAP.s_max_error.where(MAP.n_hot < 1.0, 1.0))
    first = MAP.s_max.sel(n_hot=0.2)
    assert MAP.torusync.crossing(first, select(MAP.s_max), over=K).place_error.item() == pytest.approx(read(MAP)[1])
    assert np.isinf(wide.torusync.crossing(first, select(wide.s_max), over=K).place_error.item())


def test_what_is_known_is_said():
    found = MAP.torusync.crossing("s_max", MAP.shares.sel(set="mutual"), over=K)
    assert found.attrs["first_limits"] == "s_max_error, s_max_bound"
    assert found.attrs["second_limits"] == "no error or bound of shares is in the map"
    assert MAP.torusync.locking_range(2e-4, over=K).attrs["limits"] == "s_max_error, s_max_bound"


def ask(second, ds=MAP):
    return lambda: ds.torusync.crossing("s_max", second(), over=K)


@pytest.mark.parametrize(
    ("call", "words"),
    {
        "twice": (ask(lambda: MAP.s_max * 2.0), "its values are not those of 's_max'"),
        "without attributes": (ask((0.5 * MAP.s_max).drop_attrs), "its values are not those of 's_max'"),
        "a difference": (ask(lambda: MAP.s_max - MAP.s_max_bound), "there is no None in it"),
        "a mean": (ask(lambda: MAP.s_max.mean("n_hot")), "it has lost 'n_hot'"),
        "renamed": (ask(lambda: MAP.s_max.rename("S")), "there is no 'S' in it"),
        "dropped": (ask(lambda: MAP.s_max.isel(n_hot=0, drop=True)), "leave `drop` out"),
        "other labels": (ask(lambda: MAP.s_max.sel(n_hot=3.0).assign_coords(n_hot=7.0)), "at other labels"),
        "of another part": (ask(lambda: MAP.s_max.sel(n_hot=3.0), MAP.sel(n_hot=0.2)), "'n_hot' at another value"),
        "error left out": (ask(lambda: "s_max", MAP[["s_max", "s_max_bound"]]), "have its error in the map"),
        "bound left out": (ask(lambda: "s_max", MAP[["s_max", "s_max_error"]]), "have its bound in the map"),
        "an error of another": (
            ask(lambda: "double", MAP.assign(double=(2.0 * MAP.s_max).assign_attrs(MAP.s_max.attrs))),
            "have its own error",
        ),
    }.values(),
)
def test_an_error_that_is_not_known_is_not_none(call, words):
    refused(call, words)


def test_what_was_worked_out_is_put_into_the_map_with_its_error():
    half = (0.5 * MAP.s_max).drop_attrs().assign_attrs(error="half_error")
    ds = MAP.assign(half=half, half_error=0.5 * MAP.s_max_error + 1.0)
    assert np.isinf(ds.torusync.crossing(ds.half.sel(n_hot=0.2), ds.s_max.sel(n_hot=3.0), over=K).place_error).all()


def test_a_locking_range_without_its_error_is_refused():
    ds = MAP[["s_max", "s_max_bound"]]
    refused(lambda: ds.torusync.locking_range(2e-4, over=K), "`quantity` must have its error in the map")
