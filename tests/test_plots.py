"""Do pictures show the result's own numbers, where they are told to, and can they be read without colour?"""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.contour import QuadContourSet

import torusync as ts
from problems import BATHS, ENGINE_BATHS
from torusync.plots import panel_letter, plot_levels, plot_phasors, plot_shares, plot_tongue, plot_torus

pytestmark = pytest.mark.usefixtures("nothing_left_open")
ENGINE = ts.steady_state(ts.ThermalMaser([0.1, 0.06, 0.08], n_hot=5.0, splittings=[0.0, 0.1, 0.2], **BATHS))
BATCH = ts.steady_state(ts.ThermalMaser(np.full((2, 3, 2), 0.1), n_hot=5.0, **BATHS))
QUBIT = np.array([[0.5, 0.2], [0.2, 0.5]])
POINT = {plot_torus: ENGINE, plot_phasors: ENGINE, plot_shares: ENGINE, plot_levels: ENGINE}


def luminance(colour):
    return float(np.dot([0.2126, 0.7152, 0.0722], to_rgb(colour)))


def random_state(rng, size=5):
    amplitudes = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    rho = amplitudes @ amplitudes.conj().T
    return rho / np.trace(rho).real


def tongue(values=None):
    detuning, drive = np.linspace(-1.0, 1.0, 9), np.linspace(0.01, 0.3, 5)
    maser = ts.ThermalMaser(np.repeat(drive[:, None, None], 2, axis=-1), n_hot=5.0, detuning=detuning, **BATHS)
    s_max = ts.synchronization(ts.steady_state(maser)).s_max if values is None else values
    coords = {
        "drive": ("drive", drive, {"units": "omega_1", "symbol": "λ"}),
        "detuning": ("detuning", detuning, {"units": "GHz"}),
    }
    return xr.Dataset({"s_max": (("drive", "detuning"), s_max)}, coords)


def test_the_torus_shows_s_and_its_maximum(ax):
    sync = ts.synchronization(ENGINE)
    assert plot_torus(sync, ax, levels=(2, 4)) is ax
    (image,) = ax.images
    values = image.get_array()
    exponent = np.floor(np.log10(sync.s_max))
    assert values.max() * 10.0**exponent == pytest.approx(float(sync.s_max), rel=1e-3)
    assert values.max() * 10.0**exponent <= sync.s_max_bound
    angles = np.linspace(0.0, 2.0 * np.pi, len(values))
    for row, column in ((0, 0), (20, 130), (77, 3)):
        phases = np.nan_to_num(sync.phases.copy())
        phases[2], phases[4] = angles[column], angles[row]
        assert values[row, column] * 10.0**exponent == pytest.approx(float(ts.phase_distribution(ENGINE, phases)))
    marks = [line for line in ax.lines if line.get_label() == "maximum"]
    assert np.ravel(marks[0].get_data()) == pytest.approx(np.mod(sync.phases[[2, 4]], 2.0 * np.pi) / np.pi)
    assert ax.get_xlabel() == r"$\varphi_{21}/\pi$"
    assert ax.get_ylabel() == r"$\varphi_{41}/\pi$"
    bar = ax.child_axes[0].get_ylabel()
    assert f"10^{{{exponent:.0f}}}" in bar


def test_above_and_below_the_uniform_distribution_differ_in_line_style(ax):
    """Red and blue are one grey: the lines of equal height tell them apart."""
    plot_torus(random_state(np.random.default_rng(1)), ax)
    solid, dashed = ax.collections
    assert min(solid.levels) > 0.0 > max(dashed.levels)
    assert solid.get_linestyle()[0][1] is None
    assert dashed.get_linestyle()[0][1] is not None


def test_phasors_stand_at_the_optimal_phases_and_their_mean_weighs_coherence(ax):
    sync = ts.synchronization(ENGINE)
    assert plot_phasors(ENGINE, ax) is ax
    dots, mean = (np.asarray(found.get_offsets()) for found in ax.collections)
    phases = sync.phases[2:]
    np.testing.assert_allclose(dots, np.stack([np.cos(phases), np.sin(phases)], axis=-1), atol=1e-12)
    weight = np.abs(ENGINE.rho[1, 2:])
    expected = np.sum(weight * np.exp(1j * phases)) / weight.sum()
    np.testing.assert_allclose(mean, [[expected.real, expected.imag]], atol=1e-12)
    assert {"2", "3", "4"} <= set(", ".join(text.get_text() for text in ax.texts).split(", "))


def test_levels_that_stand_together_are_named_together(ax):
    plot_phasors(ts.steady_state(ts.ThermalMaser(np.full(3, 0.1), n_hot=0.2, **BATHS)), ax)
    assert "2, 3, 4" in [text.get_text() for text in ax.texts]


def test_the_bars_are_the_shares_and_add_up_to_s_max(ax):
    sync = ts.synchronization(ENGINE)
    assert plot_shares(sync, ax) is ax
    unit = 10.0 ** float(ax.get_xlabel().split("10^{")[1].split("}")[0])
    widths = unit * np.array([bar.get_width() for bar in ax.patches])
    assert widths == pytest.approx([float(sync.entrainment), float(sync.mutual), float(sync.s_max)])
    assert widths[:2].sum() == pytest.approx(widths[2])
    assert [text.get_text() for text in ax.get_yticklabels()] == ["entrainment", "mutual", r"$S_{\max}$"]
    assert widths[1] < 0.0
    assert ax.patches[1].get_hatch()
    assert not ax.patches[0].get_hatch()
    assert ax.texts[1].get_text() == f"{100.0 * widths[1] / widths[2]:.3g} %".replace("-", "−")


@pytest.mark.parametrize(("size", "bars"), [(3, 3), (5, 10), (6, 11)])
def test_a_matrix_has_a_bar_a_pair_and_those_add_up_too(ax, size, bars):
    rho = random_state(np.random.default_rng(size), size)
    plot_shares(rho, ax, unit=1.0)
    widths = [bar.get_width() for bar in ax.patches]
    assert len(widths) == bars + 1
    assert widths[-1] == float(ts.synchronization(rho).s_max)
    assert sum(widths[:-1]) == pytest.approx(widths[-1])


def test_shares_over_a_parameter_are_lines_that_differ(ax):
    drive = np.linspace(0.01, 0.2, 7)
    sync = ts.synchronization(
        ts.steady_state(ts.ThermalMaser(np.stack([drive, 0.1 + 0 * drive], -1), n_hot=5.0, **BATHS))
    )
    names = ("s_max", "entrainment", "mutual")
    data = xr.Dataset({name: ("drive", getattr(sync, name)) for name in names}, {"drive": drive})
    plot_shares(data, ax, unit=1e-4, color="k")
    looks = {(line.get_linestyle(), line.get_marker()) for line in ax.lines}
    assert len(looks) == len(ax.lines) == 3
    shown = {line.get_label().split()[0]: line.get_ydata() * 1e-4 for line in ax.lines}
    np.testing.assert_allclose(shown["entrainment"], sync.entrainment)
    np.testing.assert_allclose(shown["mutual"], sync.mutual)
    np.testing.assert_allclose(shown[r"$S_{\max}$"], sync.s_max)


def test_the_tongue_shows_the_dataset_in_either_order(ax):
    data = tongue()
    assert plot_tongue(data.transpose(), ax, unit=1e-4) is ax
    np.testing.assert_allclose(ax.images[0].get_array() * 1e-4, data["s_max"].to_numpy())
    assert ax.get_xlim() == (-1.0, 1.0)
    assert ax.get_ylim() == (0.01, 0.3)
    assert ax.get_xlabel() == "detuning (GHz)"
    assert ax.get_ylabel() == r"$λ$ ($\omega_{1}$)"
    assert ax.child_axes[0].get_ylabel() == r"$S_{\max}\;(10^{-4})$"


def test_the_tongue_is_brighter_where_s_max_is_larger(ax):
    plot_tongue(tongue(), ax)
    colours = ax.images[0].cmap(np.linspace(0.0, 1.0, 64))
    assert (np.diff([luminance(colour[:3]) for colour in colours]) > 0.0).all()


def test_an_uneven_grid_keeps_its_places_and_what_failed_is_hatched(ax):
    values = np.linspace(1.0, 2.0, 45).reshape(5, 9)
    values[1, 2] = np.nan
    data = tongue(values).assign_coords(drive=np.geomspace(0.01, 0.3, 5))
    plot_tongue(data, ax)
    (mesh,) = [one for one in ax.collections if hasattr(one, "get_coordinates")]
    assert np.ma.masked_invalid(mesh.get_array()).mask.sum() == 1
    drive = data["drive"].to_numpy()
    np.testing.assert_allclose(mesh.get_coordinates()[1:-1, 0, 1], 0.5 * (drive[1:] + drive[:-1]))
    (marked,) = [one for one in ax.collections if isinstance(one, QuadContourSet) and one.filled and any(one.hatches)]
    box = marked.get_paths()[0].get_extents()
    assert drive[0] < box.y0 < drive[1] < box.y1 < drive[2]


def test_the_level_diagram_shows_energies_populations_and_the_ways_of_the_currents(ax):
    flows = ts.thermodynamics(ENGINE)
    assert plot_levels(ENGINE, ax) is ax
    dots = [found for found in ax.collections if hasattr(found, "get_sizes")]
    energies = sorted(float(found.get_offsets()[0][1]) for found in dots)
    assert energies == pytest.approx([0.0, 1.0, 3.0, 3.1, 3.2])
    areas = {round(float(found.get_offsets()[0][1]), 6): float(found.get_sizes()[0]) for found in dots}
    shares = np.array([areas[round(one, 6)] for one in energies])
    assert shares / shares.sum() == pytest.approx(ENGINE.populations)
    text = " ".join(one.get_text() for one in ax.texts)
    for symbol, value in (("Q_h", flows.heat_hot), ("Q_c", flows.heat_cold), ("P", flows.power)):
        assert f"${symbol}={value:.3g}$".replace("-", "−") in text
    assert ax.get_title() == "engine"
    assert r"\hbar" in ax.get_ylabel()
    assert r"\hbar" in ax.get_xlabel()


def ways(ax):
    """Return +1 for an arrow that lifts the machine and −1 for one that lowers it, by what it belongs to."""
    found = {}
    for one in (text for text in ax.texts if getattr(text, "arrow_patch", None)):
        lower = min(one.xy[1], one.xyann[1])
        name = "hot" if one.xy[0] < 0.5 else "cold" if lower == 0.0 else "drive"
        found[name] = int(np.sign(one.xy[1] - one.xyann[1]))
    return found


@pytest.mark.parametrize(("n_hot", "turn"), [(5.0, 1), (0.2, -1)])
def test_arrows_turn_with_the_regime(ax, n_hot, turn):
    plot_levels(ts.steady_state(ts.ThermalMaser([0.1, 0.1], n_hot=n_hot, **BATHS)), ax)
    assert ways(ax) == {"hot": turn, "drive": -turn, "cold": -turn}


def test_a_machine_at_rest_has_no_arrows_and_many_levels_are_one_band(ax):
    plot_levels(ts.steady_state(ts.ThermalMaser(np.full(20, 0.1), n_hot=0.5, **BATHS)), ax)
    assert ways(ax) == {}
    text = " ".join(one.get_text() for one in ax.texts)
    assert "20 levels" in text
    assert "$Q_h=0$" in text
    assert ax.get_title() == "idle"


def test_other_units_do_not_change_the_level_diagram(ax):
    texts = []
    for unit in (1.0, 5.0):
        rates = {"gamma_hot": 0.05 * unit, "gamma_cold": 0.2 * unit, "omega_cold": unit, "omega_hot": 3.0 * unit}
        ax.clear()
        plot_levels(ts.steady_state(ts.ThermalMaser([0.1 * unit] * 2, n_hot=5.0, n_cold=0.5, **rates)), ax)
        texts.append([one.get_text() for one in ax.texts])
    assert texts[0] == texts[1]


@pytest.mark.parametrize("draw", POINT)
def test_a_batch_is_refused_with_the_way_to_one_point(draw):
    name = "state" if draw is plot_levels else "result"
    message = rf"`{name}` must be one point, but it is a batch of shape \(2, 3\); take one, as in {name}\[0, 0\]\."
    with pytest.raises(ts.ArgumentError, match=message):
        draw(BATCH)
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot_torus(QUBIT), "`result` must have three levels that carry coherence"),
        (lambda: plot_torus(ENGINE, levels=(1, 2)), r"`levels` must be two of 2, 3, 4, but it is \(1, 2\)"),
        (lambda: plot_torus(ENGINE, levels=(2, 2)), "`levels` must be two of 2, 3, 4"),
        (lambda: plot_torus(ENGINE, "mine"), "`ax` must be the Axes to draw on, or be left out, but it is 'mine'"),
        (lambda: plot_phasors(np.diag([0.5, 0.5])), "`result` must carry coherence"),
        (
            lambda: plot_tongue(ENGINE),
            "`result` must be a dataset with s_max over detuning and drive, but it is Steady",
        ),
        (lambda: plot_tongue(tongue().rename(s_max="s")), "`result` must hold the variable s_max, but it holds s"),
        (lambda: plot_tongue(tongue().expand_dims("n_hot")), r"choose first, as in result.isel\(n_hot=0\)"),
        (
            lambda: plot_tongue(tongue().isel(drive=0)),
            "s_max over drive and detuning alone, but it has detuning",
        ),
        (lambda: plot_shares(tongue()), "`result` must have s_max over one dimension, but it has drive, detuning"),
        (lambda: plot_levels(np.eye(4) / 4), "`state` must be the steady state of a thermal maser"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(draw, message):
    with pytest.raises(ts.ArgumentError, match=message):
        draw()


@pytest.mark.parametrize("draw", POINT)
def test_new_axes_are_made_where_none_are_given(draw):
    axes = draw(POINT[draw])
    assert plt.gcf() is axes.get_figure()


@pytest.mark.parametrize("draw", POINT)
def test_no_text_is_cut_off_or_covers_another_in_a_column(draw):
    with ts.style():
        axes = draw(POINT[draw])
        panel_letter(axes, "a")
        figure = axes.get_figure()
        figure.canvas.draw()
        boxes = [
            text.get_window_extent() for text in (*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label)
            if text.get_text()
        ]  # fmt: skip
        for index, box in enumerate(boxes):
            assert figure.bbox.x0 - 1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1
            assert figure.bbox.y0 - 1 <= box.y0 <= box.y1 <= figure.bbox.y1 + 1
            assert not box.count_overlaps(boxes[index + 1 :])


def test_the_style_is_local():
    with mpl.rc_context({"font.size": 23.0, "lines.linewidth": 7.0}):
        before = dict(mpl.rcParams)
        with ts.style():
            assert mpl.rcParams["font.size"] == 9.0
            assert mpl.rcParams["xtick.direction"] == "in"
        assert dict(mpl.rcParams) == before
        with pytest.raises(KeyError), ts.style():
            raise KeyError
        assert dict(mpl.rcParams) == before


def test_style_keywords_reach_the_artists(ax):
    plot_torus(ENGINE, ax, cmap="cividis")
    assert ax.images[0].cmap.name == "cividis"
    plot_phasors(ENGINE, ax, color="k", s=50)
    assert ax.collections[-2].get_sizes() == [50]


def test_matplotlib_waits_for_the_first_picture():
    code = (
        "import sys, torusync; from torusync.plots import plot_torus; torusync.style;"
        "sys.exit(bool({'matplotlib', 'xarray'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("plot", [plot_torus, plot_phasors, plot_shares, plot_levels])
def test_a_refused_state_is_no_picture(plot):
    solved = ts.solve(ts.ThermalMaser([0.1, 0.1], **(ENGINE_BATHS | {"gamma_hot": 0.0})), throw=False)
    with pytest.raises(ts.ArgumentError, match="there was none"):
        plot(solved)


def test_a_solution_is_drawn_as_its_state_is():
    solved = ts.solve(ts.ThermalMaser([0.1, 0.1], **ENGINE_BATHS))
    texts = [[one.get_text() for one in plot_levels(what).texts] for what in (solved, solved.state)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("plot", [plot_torus, plot_shares])
def test_a_height_that_underflows_is_not_drawn_as_none(plot):
    sync = ts.synchronization(ts.steady_state(ts.ThermalMaser(np.full(500, 0.1), **ENGINE_BATHS)))
    assert sync.pair_sum > 0.0 == sync.s_max
    with pytest.raises(ts.ArgumentError, match=r"no underflow, but it is 10\^-"):
        plot(sync)


@pytest.mark.parametrize("unit", [0.0, -1.0, np.nan, np.inf, "a", [1.0, 2.0]], ids=repr)
def test_a_unit_is_one_positive_number(unit):
    with pytest.raises(ts.ArgumentError, match="`unit` must "):
        plot_shares(ts.synchronization(ts.steady_state(ts.ThermalMaser([0.1, 0.1], **ENGINE_BATHS))), unit=unit)


@pytest.mark.parametrize(
    "draw",
    [
        *(lambda plot=plot, point=point, **words: plot(point, **words) for plot, point in POINT.items()),
        lambda **words: plot_tongue(tongue(), **words),
        lambda **words: plot_shares(tongue().isel(drive=-1), **words),
    ],
    ids=["torus", "phasors", "shares", "levels", "tongue", "lines"],
)
def test_keywords_of_an_odd_kind_are_refused_in_one_sentence(draw):
    figure, axes = plt.subplots(2)
    for other, told in ((plt, "is <module"), (figure, "is <Figure"), (axes, "holds several; take one"), (0, "is 0")):
        with pytest.raises(ts.ArgumentError, match=rf"^Argument `ax` must be the Axes .*, but it {told}"):
            draw(ax=other)
    for word in ({"colour": "red"}, {"alpha": "dense"}, {"alpha": 7.0}):
        (name,) = word
        with pytest.raises(ts.ArgumentError, match=rf"^Argument `style` must be keywords .* of {name}=.* it says: "):
            draw(**word)


@pytest.mark.parametrize("levels", [2, 2.5, "23", (2,), (2, 2), (2, 9), [2, 3, 4], (2.0, 3.0), object()])
def test_levels_that_are_no_pair_are_refused(levels):
    with pytest.raises(ts.ArgumentError, match="Argument `levels` must be "):
        plot_torus(ENGINE, levels=levels)


def test_currents_and_panels_of_an_odd_kind_are_refused():
    with pytest.raises(ts.ArgumentError, match="`flows` must be the state's Thermodynamics, but it is a float"):
        plot_levels(ENGINE, flows=1.0)
    with pytest.raises(ts.ArgumentError, match="Argument `ax` must be Axes, but it is None"):
        panel_letter(None, "a")
