"""Does a picture tell what has no value from what failed and from what is not proven, and on which line it is?"""

import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.contour import QuadContourSet

from problems import BATHS
from torusync.models import ThermalMaser
from torusync.plots import plot_map, plot_tongue
from torusync.plots.shown import shown
from torusync.sweeps import sweep

pytestmark = pytest.mark.usefixtures("nothing_left_open")
COOLING = sweep(
    ThermalMaser,
    {"dipole_correlation": np.linspace(-0.9, 0.9, 7), "n_hot": np.geomspace(0.01, 10.0, 9)},
    ["efficiency"],
    fixed={"drive": 0.1, "manifold_levels": 2, **BATHS},
)
DRIVE = np.geomspace(1e-3, 1.0, 7)
HALF = np.where(DRIVE < 0.02, DRIVE, np.nan)


def said(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def made(values, **others):
    """A dataset of lines over the drive, or of one."""
    dims = ("kind", "drive")[2 - np.ndim(values) :]
    coords = {"drive": DRIVE, "kind": [1.0, 2.0, 3.0]}
    held = {"q": (dims, values)}
    held |= {name: (dims, one) for name, one in others.items()}
    return xr.Dataset(held, {name: coords[name] for name in dims})


def test_a_refrigerator_has_no_efficiency_which_is_not_to_say_that_it_is_not_proven(ax):
    """At a small n_h the machine cools; its solution is fine."""
    none = int(np.isnan(COOLING["efficiency"]).sum())
    assert 0 < none < COOLING["efficiency"].size
    assert not COOLING["status"].any()
    plot_map(COOLING, "efficiency", ax)
    assert said(ax) == [f"no value ({none})"]
    hatches = {one.hatches[0] for one in ax.collections if isinstance(one, QuadContourSet) and one.filled}
    assert hatches == {"||||"}


def test_a_tongue_tells_what_failed_from_what_is_not_there_and_from_what_is_not_proven(ax):
    """As a map does, each by a hatch of its own."""
    values = np.linspace(1.0, 2.0, 42).reshape(6, 7)
    status = np.zeros((6, 7), dtype=int)
    status[0, :2], status[0, 5:] = 1, -1
    values[0, :2] = values[0, 5:] = values[5, 0] = np.nan
    bound = values * np.where(np.arange(7) == 3, 1.1, 1.0)
    dims = ("drive", "detuning")
    ds = xr.Dataset(
        {"s_max": (dims, values, {"bound": "s_max_bound"}), "s_max_bound": (dims, bound), "status": (dims, status)},
        {"drive": np.arange(6.0), "detuning": np.arange(7.0)},
    )
    for one in (ds, ds.transpose("detuning", "drive")):
        ax.clear()
        plot_tongue(one, ax)
        assert said(ax) == ["failed (2)", "not worked out yet (2)", "no value (1)", "not proven (6)"]
        marks = {one.hatches[0] for one in ax.collections if isinstance(one, QuadContourSet) and one.filled}
        assert marks == {"xxxx", "----", "||||", "...."}
        # what is drawn smooth would have holes larger than what has no value
        (mesh,) = (one for one in ax.collections if isinstance(one, QuadMesh))
        assert np.ma.getmaskarray(np.ma.masked_invalid(mesh.get_array())).sum() == 5


def test_a_line_without_any_value_is_ruled_over_the_whole_axis(ax):
    ds = COOLING.isel(n_hot=0)
    plot_map(ds, "efficiency", ax)
    assert said(ax) == ["no value (7)"]
    assert [one.get_hatch() for one in ax.patches] == ["||||"]
    low, high = ax.get_xlim()
    assert low <= -0.9 < 0.9 <= high


@pytest.mark.parametrize("values", [HALF, HALF * np.nan, HALF[::-1]], ids=["half", "none", "other half"])
def test_the_axis_goes_as_far_as_its_points_whatever_has_a_value(ax, values):
    plot_map(made(values), "q", ax)
    low, high = ax.get_xlim()
    assert ax.get_xscale() == "log"
    assert 1e-4 < low <= DRIVE[0]
    assert DRIVE[-1] <= high < 10.0
    assert said(ax) == [f"no value ({np.isnan(values).sum()})"]


def test_what_is_infinite_is_not_drawn_as_the_lowest_value_nor_left_out_silently(ax):
    """As log10 S_max is where there is no coherence."""
    plot_map(made(np.where(DRIVE < 0.02, -np.inf, np.log10(DRIVE))), "q", ax)
    assert said(ax) == [f"no value ({(DRIVE < 0.02).sum()})"]
    low, high = ax.get_ylim()
    assert -3.0 < low < 0.0 <= high < 1.0


def test_of_draws_none_of_which_has_a_value_there_is_no_mean_and_one_that_has_is_enough():
    values = np.array([[np.nan, 1.0, np.nan, np.nan], [np.nan, np.nan, np.nan, np.nan]])
    status = np.array([[0, 0, 1, -1], [0, 0, 0, 0]])
    dims = ("realisation", "drive")
    ds = xr.Dataset({"q": (dims, values), "status": (dims, status)}, {"drive": [1.0, 2.0, 3.0, 4.0]})
    found = shown(ds, "q")
    assert found.absent.tolist() == [True, False, False, True]
    assert found.incomplete.tolist() == [False, True, False, False]
    assert found.failed.tolist() == [False, False, True, False]


def test_what_one_line_lacks_is_a_strip_of_its_colour_and_what_all_lack_is_the_frame(ax):
    values = np.stack([DRIVE, 2.0 * DRIVE, 3.0 * DRIVE])
    status = np.zeros(values.shape, dtype=int)
    status[1, 2:4] = status[:, 6] = 1
    plot_map(made(np.where(status, np.nan, values), status=status), "q", ax)
    frame = [one for one in ax.patches if one.get_height() == 1.0]
    strips = [one for one in ax.patches if one.get_height() < 0.05]
    assert len(frame) == len(strips) == 1
    assert frame[0].get_x() > DRIVE[5]
    assert DRIVE[1] < strips[0].get_x() < DRIVE[2]
    assert to_hex(strips[0].get_edgecolor()) == to_hex(ax.lines[1].get_color())
    assert said(ax) == ["failed (5)"]


def test_the_legend_says_which_lines_have_no_points(ax):
    values = np.stack([DRIVE, np.nan * DRIVE, 3.0 * DRIVE])
    plot_map(made(values), "q", ax)
    (entries,) = ([text.get_text() for text in one.get_texts()] for one in ax.artists)
    assert entries == ["kind = 1", "kind = 2 (no points)", "kind = 3"]
