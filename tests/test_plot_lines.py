"""Do the lines and marks of pictures of one's own say what is so: heights, zeros, units, and every optimum?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS
from torusync.plots import plot_phasors, plot_shares, plot_torus
from torusync.plots.axes import in_unit, round_levels


def machine(drive, n_hot=5.0):
    return ts.steady_state(ts.ThermalMaser(drive, n_hot=n_hot, **BATHS))


def crosses(ax):
    (line,) = [one for one in ax.lines if one.get_label() == "maximum"]
    return np.transpose(line.get_data()) * np.pi


@pytest.mark.parametrize(("drive", "n_hot", "optima"), [(0.3, 5.0, 2), (0.05, 5.0, 1), (0.1, 0.2, 1)])
def test_every_optimum_has_its_cross_and_all_have_the_height(ax, drive, n_hot, optima):
    state = machine(np.full(2, drive), n_hot)
    sync = ts.synchronization(state)
    plot_torus(sync, ax)
    found = crosses(ax)
    assert len(found) == int(sync.optima_count) == optima
    assert len({tuple(np.round(place, 6)) for place in found}) == optima
    for place in found:
        phases = np.nan_to_num(sync.phases) * 0.0
        phases[2:] = place
        assert float(ts.phase_distribution(state, phases)) == pytest.approx(float(sync.s_max), rel=1e-9)


def test_an_optimum_outside_the_plane_is_not_drawn_into_it(ax):
    rng = np.random.default_rng(4)
    found = None
    for _ in range(40):
        amplitudes = rng.normal(size=(4, 2))  # a real state: its optima come in pairs φ and −φ
        rho = amplitudes @ amplitudes.T
        sync = ts.synchronization(rho / np.trace(rho))
        if int(sync.optima_count) > 1 and np.ptp(sync.optima().phases, axis=0)[3] > 0.1:
            found = sync
            break
    assert found is not None
    plot_torus(found, ax, levels=(1, 2))
    assert len(crosses(ax)) == 1


def test_lines_stand_at_the_heights_asked_for_and_on_the_bar(ax):
    plot_torus(machine([0.1, 0.1]), ax, unit=1e-4, heights=(-1.0, 0.5, 1.5))
    assert sorted(level for lines in ax.collections for level in lines.levels) == [-1.0, 0.5, 1.5]
    (bar,) = ax.child_axes
    assert sorted((line.get_ydata()[0], line.get_linestyle()) for line in bar.lines) == [
        (-1.0, "--"),
        (0.5, "-"),
        (1.5, "-"),
    ]


@pytest.mark.parametrize(
    ("unit", "label"),
    [
        (1.0, "$S$"),
        (1e-4, r"$S\;(10^{-4})$"),
        (2.5e-4, r"$S\;(2.5\times 10^{-4})$"),
        (9.9e-4, r"$S\;(9.9\times 10^{-4})$"),
        (3.0, r"$S\;(3)$"),
        (1e3, r"$S\;(10^{3})$"),
    ],
)
def test_an_axis_says_its_unit_power_of_ten_or_not(unit, label):
    assert in_unit("S", unit) == label


def test_shares_in_any_unit_are_what_the_axis_says(ax):
    sync = ts.synchronization(machine([0.1, 0.1]))
    plot_shares(sync, ax, unit=3e-4)
    assert r"3\times 10^{-4}" in ax.get_xlabel()
    assert ax.patches[-1].get_width() * 3e-4 == pytest.approx(float(sync.s_max))


@pytest.mark.parametrize("top", [0.7, 1.0, 2.63, 3.3, 9.99, 123.0])
def test_heights_of_lines_are_round_and_inside(top):
    levels = round_levels(top)
    assert 3 <= len(levels) <= 10
    assert min(levels) > 0.0
    assert max(levels) < top
    for level in levels:
        digits = f"{level:.3e}".partition("e")[0].replace(".", "").rstrip("0")
        assert len(digits) <= 2, level


def test_dots_of_several_draws_keep_their_tint_where_they_meet(ax):
    import xarray as xr

    same = {"phase": (("draw", "level"), np.full((3, 2), 1.0))}
    mean = {name: ("draw", np.zeros(3)) for name in ("mean_x", "mean_y")}
    plot_phasors(xr.Dataset(same | mean, {"level": [2, 3]}), ax, color="red")
    dots = [one for one in ax.collections if len(one.get_facecolor())]
    assert len(dots) == 3
    assert all(one.get_facecolor()[0][3] == 1.0 for one in dots)
    assert dots[-1].get_facecolor()[0][:3] == pytest.approx([1.0, 0.0, 0.0])
    assert [text.get_text() for text in ax.get_legend().get_texts()][-1] == "draws 1 to 3"
