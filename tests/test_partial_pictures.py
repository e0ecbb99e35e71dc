"""Does a picture of an unfinished sweep, or of a part of one, say of how much and of which part it is?"""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import torusync as ts
from command import refused, run
from sweeping import BATHS, tongue
from torusync.models import ThermalMaser
from torusync.plots import plot_map, plot_tongue
from torusync.plots.saved import choose
from torusync.plots.shown import shown
from torusync.sweeps import Draw, Realisations, open_sweep, sweep
from torusync.sweeps import run as work

DRAWN = sweep(
    ThermalMaser,
    {"width": [0.0, 0.02, 0.04], "manifold_levels": [2, 3, 5, 10], "occupation_ratio": [0.4, 10.0]},
    ["scaled", "s_max"],
    fixed={"drive": 0.1, **BATHS, "splittings": Draw("normal", 0.0, "width")},
    realisations=Realisations(6, seed=1),
)
PLANE = sweep(
    ThermalMaser,
    {"width": np.linspace(0.0, 0.05, 6), "drive": np.linspace(0.05, 0.3, 7)},
    ["scaled"],
    fixed={"n_hot": 5.0, "manifold_levels": 2, **BATHS, "splittings": Draw("normal", 0.0, "width")},
    realisations=Realisations(3, seed=1),
)


def cut_off(ds, points):
    """What an interrupted run leaves: its first points, the realisations outermost."""
    ds = ds.copy(deep=True)
    codes = ds["status"].to_numpy()
    codes.reshape(-1)[points:] = -1
    for name in ("scaled", "scaled_error", "s_max", "s_max_bound", "s_max_error"):
        if name in ds:
            ds[name] = ds[name].where(ds["status"] != -1)
    return ds


@pytest.fixture
def ax():
    axes = plt.subplots(layout="constrained")[1]
    yield axes
    plt.close("all")


def said(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def panels_of(ax):
    return [one for one in ax.child_axes if one.lines]


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (24 * 2 + 5, "mean of 2 to 3 of 6 draws"),
        (24 * 2, "mean of 2 of 6 draws"),
        (24 * 6, "mean of 6 draws"),
        (0, "mean of 0 of 6 draws"),
    ],
)
def test_a_mean_says_of_how_many_draws_it_is(points, words, ax):
    plot_map(cut_off(DRAWN, points), "scaled", ax)
    assert panels_of(ax)[0].get_ylabel().startswith(f"{words} of ")


def test_incomplete_is_not_unproven_and_none_of_the_draws_is_missing(ax):
    ds = cut_off(DRAWN, 24 * 2 + 5)
    found = shown(ds, "scaled")
    assert found.incomplete.all()
    assert not found.unproven.any()
    plot_map(ds, "scaled", ax)
    assert said(ax) == ["mean of fewer draws (24)"]
    half = [one for one in panels_of(ax)[0].lines if one.get_fillstyle() == "bottom"]
    assert sum(len(one.get_xdata()) for one in half) == 12
    first = shown(cut_off(DRAWN, 7), "scaled")
    assert (np.count_nonzero(first.missing), np.count_nonzero(first.incomplete)) == (17, 7)
    assert not (first.missing & first.incomplete).any()


def test_of_the_draws_that_are_there_one_without_proof_is_enough(ax):
    ds = cut_off(DRAWN, 24 * 2)
    ds["s_max_bound"][1, 0, 2, 1] = np.inf
    found = shown(ds, "s_max")
    assert np.argwhere(found.unproven).tolist() == [[0, 2, 1]]
    assert found.incomplete.all()
    plot_map(ds, "s_max", ax)
    assert said(ax) == ["mean of fewer draws (24)", "not proven (1)"]


def test_a_map_of_an_unfinished_study_is_marked_where_draws_are_missing(ax):
    plot_map(cut_off(PLANE, 42 + 20), "scaled", ax)
    assert said(ax) == ["mean of fewer draws (42)"]
    assert {patch.get_hatch() for patch in ax.get_legend().get_patches()} == {"////"}
    plot_map(PLANE, "scaled", other := plt.subplots()[1])
    assert other.get_legend() is None


def test_a_line_keeps_its_look_while_the_study_fills():
    """Its look goes by the place of its value on the axis, not by what is there."""

    def looks(ds):
        axes = plt.subplots()[1]
        plot_map(ds, "s_max", axes)
        return [
            [
                (to_hex(one.get_color()), one.get_linestyle(), one.get_marker())
                for one in panel.lines
                if one.get_linestyle() != "None"
            ]
            for panel in panels_of(axes)
        ]

    whole = looks(DRAWN)
    assert len({look for panel in whole for look in panel}) == 3
    unproven = DRAWN.copy(deep=True)
    unproven["s_max_bound"][:] = np.inf
    for partial in (cut_off(DRAWN, 30), cut_off(DRAWN, 7), cut_off(DRAWN, 0), unproven):
        assert looks(partial) == whole


@pytest.mark.parametrize("count", [2, 5])
def test_what_stands_above_panels_stands_close_to_them(count, ax):
    ds = cut_off(DRAWN, 24 * 2 + 5).isel(occupation_ratio=[0] * count)
    ds = ds.assign_coords(occupation_ratio=np.arange(1.0, count + 1.0))
    plot_map(ds.isel(width=slice(2)) if count == 2 else ds, "scaled", ax)
    ax.figure.draw_without_rendering()
    points = 72.0 / ax.figure.dpi
    title = max(panel.title.get_window_extent().y1 for panel in panels_of(ax))
    legend = ax.get_legend().get_window_extent()
    assert 0.0 < (legend.y0 - title) * points < 20.0
    assert (ax.figure.bbox.y1 - legend.y1) * points < 20.0


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("stores") / "tongue.zarr"
    work(tongue(), store=path)
    return path


@pytest.mark.parametrize("place", ["drive=5", "drive=-1", "drive=0.33", "drive=nan", "drive=inf", "detuning=-1.1"])
def test_a_place_off_the_axis_is_refused(place, store, tmp_path):
    sentence = refused("plot", store, "power", "--at", place, "--out", tmp_path / "a.png")
    name, ends = ("drive", "0.01 to 0.3") if place.startswith("drive") else ("detuning", "-1 to 1")
    assert f"Argument `--at` must lie on the axis {name}, from {ends}, but it is '{place}'" in sentence
    assert not list(tmp_path.iterdir())


def test_a_place_near_a_point_is_that_point_and_is_told(store):
    ds = open_sweep(store)
    drive = ds["drive"].to_numpy().tolist()
    step = drive[1] - drive[0]
    for wanted, index in ((drive[-1] + 0.49 * step, -1), (drive[0] - 0.49 * step, 0), (drive[3] + 0.4 * step, 3)):
        part, lines = choose(ds, [f"drive={wanted!r}"])
        assert part["drive"] == drive[index]
        assert lines == [f"drive = {drive[index]:g} is the nearest to {wanted:g}"]
    assert choose(ds, [f"drive={drive[-1]!r}"])[1] == []
    with pytest.raises(ts.ArgumentError, match=r"`at` must lie on the axis drive, from 0\.3 to 0\.3"):
        choose(ds.isel(drive=[-1]), ["drive=0.2"])
    assert choose(ds.isel(drive=[2]), ["drive=0.0929"])[0]["drive"] == drive[2]


def test_a_picture_says_at_which_point_of_the_other_axes_it_is(store, tmp_path, ax):
    done = run("plot", store, "power", "--at", "drive=0.29", "--out", tmp_path / "a.svg")
    assert done.exit_code == 0, done.output
    ds = open_sweep(store)
    plot_map(choose(ds, ["drive=0.29"])[0], "power", ax)
    assert ax.get_title() == "$λ_{j}$ = 0.3"
    plot_map(ds.isel(drive=[0]), "power", ax)  # an axis of one point is none
    assert ax.get_title() == "$λ_{j}$ = 0.01"
    plot_map(ds, "power", other := plt.subplots()[1])
    assert other.get_title() == ""
    plot_tongue(ds.assign_coords(case="a"), other)
    assert other.get_title() == "case: a"


def test_the_point_of_an_axis_stands_between_panels_and_what_is_marked(ax):
    plot_map(cut_off(DRAWN, 30).isel(width=1), "scaled", ax)
    assert ax.get_title() == "width = 0.02"
    ax.figure.draw_without_rendering()
    assert ax.title.get_window_extent().y1 < ax.get_legend().get_window_extent().y0 + 2.0
