"""Can each picture of the papers be read by itself: in grey, by its legends, and by the words that stand for it?"""

import re
from colorsys import rgb_to_hsv

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb, to_rgba

from reproduced import legends, panels
from torusync import papers
from torusync.plots.journal import COLOURS, DASHES, MARKERS
from torusync.plots.torus import MAP

LETTER = list(papers.load("letter").figures)
COMPANION = list(papers.load("companion").figures)
PHASES = list(papers.load("phases").figures)
MAPS = ["fig2a", "fig2b", "point", "ring", "cold-point", "cold-ring"]


def grey(colour):
    """Return the lightness of a colour in a print without colour, 0 to 1."""
    return float(np.dot([0.299, 0.587, 0.114], to_rgb(colour)))


def contrast(colour):
    """Return that of WCAG 2 against white paper: 3 is its least for lines."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return 1.05 / (float(np.dot([0.2126, 0.7152, 0.0722], linear)) + 0.05)


def visible(ax):
    """Return the lines that carry data or a bound, not those around others in white."""
    return [line for line in ax.lines if line.get_visible() and to_rgb(line.get_color()) != (1.0, 1.0, 1.0)]


def test_the_regimes_differ_in_grey_in_marker_and_in_dashes():
    lightness = [grey(colour) for colour in COLOURS.values()]
    assert abs(lightness[0] - lightness[1]) > 0.2
    for look in (MARKERS, DASHES):
        assert len(set(look.values())) == len(COLOURS)
    assert all(contrast(colour) > 3.0 for colour in COLOURS.values())


@pytest.mark.parametrize("name", [*LETTER, *COMPANION, *PHASES])
def test_no_line_is_too_light_for_paper(picture, name):
    for ax in panels(picture(name)[0]):
        for line in visible(ax):
            shown = [line.get_color()] if line.get_linestyle() not in {"None", ""} else [line.get_markeredgecolor()]
            if shown == ["white"]:
                shown = [line.get_markerfacecolor()]
            assert all(contrast(colour) >= 3.0 for colour in shown), (name, shown)


@pytest.mark.parametrize("name", MAPS)
def test_maps_of_the_torus_share_one_scale_of_colours_and_keep_within_it(picture, name):
    ax = picture(name)[0].axes[0]
    (image,) = ax.images
    assert (image.norm.vmin, image.norm.vcenter, image.norm.vmax) == (-2.0, 0.0, 1.0)
    assert image.cmap.name == MAP
    values = image.get_array()
    assert values.min() >= -2.0
    assert 0.99 < values.max() <= 1.0 + 1e-9


@pytest.mark.parametrize("k", [0.1, 0.75, 1.0, 1.9, 2.0, 3.0, 50.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_s_of_two_levels_is_never_below_twice_its_maximum(k, sign):
    """The lower end of that scale: S ∝ k (sin φ_21 + sin φ_31) ± cos(φ_21 − φ_31)."""
    angle = np.linspace(0.0, 2.0 * np.pi, 721)
    x, y = np.meshgrid(angle, angle)
    s = k * (np.sin(x) + np.sin(y)) - sign * np.cos(x - y)
    assert s.min() >= -2.0 * s.max() * (1.0 + 1e-9)


@pytest.mark.parametrize(("name", "optima"), [(name, 2 if name == "fig2b" else 1) for name in MAPS])
def test_every_optimum_is_marked_and_all_alike(picture, name, optima):
    figure, data, _ = picture(name)
    marks = {line.get_marker(): line for line in visible(figure.axes[0]) if line.get_marker() != "None"}
    assert set(marks) == ({"x", "o"} if name in LETTER else {"x"})
    for line in marks.values():
        found = np.array(sorted(np.transpose(line.get_data()).tolist()))
        assert len(found) == optima
        if "optima_printed" in data:
            printed = np.array(sorted((data["optima_printed"].to_numpy() / np.pi).tolist()))
            assert found == pytest.approx(printed, abs=1e-6)


def test_a_line_of_equal_height_goes_around_the_ring(picture):
    figure, data, _ = picture("fig2b")
    levels = [level for lines in figure.axes[0].collections for level in lines.levels]
    s = data["s"].to_numpy() / float(data["s_max"])
    half = len(s) // 2
    ring = np.array([s[(place + half) % (len(s) - 1), place] for place in range(len(s) - 1)])
    off = np.array([s[place, place] for place in range(len(s) - 1)])
    between = [level for level in levels if off.max() < level < ring.min()]
    assert between


@pytest.mark.parametrize("name", [*MAPS, "tongue"])
def test_the_bar_shows_the_lines_of_the_map(picture, name):
    for ax in panels(picture(name)[0]):
        levels = sorted(level for lines in ax.collections if hasattr(lines, "levels") for level in lines.levels)
        (bar,) = ax.child_axes
        shown = sorted(line.get_ydata()[0] for line in bar.lines)
        assert shown == pytest.approx(levels)
        assert len(shown) >= 4
        for line in bar.lines:
            assert line.get_linestyle() == ("--" if line.get_ydata()[0] < 0.0 else "-")


def test_lines_of_the_tongue_are_labelled_and_both_panels_have_one_scale(picture):
    figure, data, _ = picture("tongue")
    limits = set()
    for ax in panels(figure):
        (lines,) = [one for one in ax.collections if hasattr(one, "levels")]
        labels = {float(text.get_text()) for text in lines.labelTexts}
        assert labels == {round(float(level), 10) for level in lines.levels}
        limits.add(ax.images[0].get_clim())
    assert len(limits) == 1
    assert float(data["detuning"].min()) + data.attrs["omega_hot"] - data.attrs["omega_cold"] > 0.0


def test_the_flat_top_of_the_tongue_is_explained_by_what_is_true_of_it(picture):
    figure, data, _ = picture("tongue")
    (_, ax) = panels(figure)
    assert "gamma_h(1+n_h)=" in " ".join(text.get_text() for text in ax.texts)
    engine = data["s_max"].sel(regime="engine")
    inside = engine.where(data["drive"] > data["branch"]).to_numpy()
    assert np.nanmax(inside) == pytest.approx(np.nanmin(inside), rel=1e-9)
    a = data.attrs
    hot = a["ratio_engine"] * a["n_cold"]
    assert a["gamma_hot"] * (1.0 + hot) == pytest.approx(a["gamma_cold"] * (1.0 + a["n_cold"]))


def test_equation_11_lies_upon_few_enough_dots_and_the_branch_is_named(picture):
    figure, _, _ = picture("fig2c")
    (ax,) = panels(figure)
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any("Eq. (11)" in text for text in legend)
    assert any("k=2" in text and "branches" in text for text in legend)
    lines = list(ax.lines)
    law = next(line for line in lines if line.get_label() == "Eq. (11)")
    dots = [line for line in lines if line.get_marker() in MARKERS.values()]
    assert {line.get_marker() for line in dots} == set(MARKERS.values())
    assert all(lines.index(line) < lines.index(law) and line.get_zorder() <= law.get_zorder() for line in dots)
    assert sum(len(line.get_xdata()) for line in dots) <= 30


def test_the_held_drive_is_named_and_no_line_crosses_the_cusp(picture):
    (ax,) = panels(picture("fig2d")[0])
    assert ax.get_title() == r"$\lambda_3=0.1\,\omega_1$ held"
    for line in ax.lines:
        x = line.get_xdata()
        assert (np.asarray(x) < 0.0).all() or (np.asarray(x) > 0.0).all()
    assert (
        len({line.get_linestyle() if line.get_marker() != "None" else line._unscaled_dash_pattern for line in ax.lines})
        == 3
    )


def test_the_panels_of_figure_3_have_their_legends_at_one_place_and_their_bars_apart(letter_run):
    composite = next(one for one in papers.load("letter").composites if one.id == "fig3")
    figure = composite.draw(letter_run.datasets)
    figure.canvas.draw()
    places = []
    for ax in panels(figure)[:2]:
        box = ax.get_window_extent()
        texts = [text.get_window_extent() for one in legends(ax) for text in one.get_texts()]
        places.append([(text.x0 - box.x0, text.y0 - box.y0) for text in texts])
        bars = [np.array(one.get_segments())[:, 0, 0] for one in ax.collections]
        assert len(bars) == 2
        assert (np.abs(bars[0] / bars[1] - 1.0) > 0.03).all()
        assert {2.0, 3.0, 4.0} <= set(ax.get_xticks())
    assert np.array(places[0])[:, 0] == pytest.approx(np.array(places[1])[:, 0], abs=1.0)
    # a line is 38 dots high, and brackets hang 5 below it
    assert np.array(places[0])[:, 1] == pytest.approx(np.array(places[1])[:, 1], abs=6.0)


@pytest.mark.parametrize("name", ["fig3c", "fig3d"])
def test_the_circle_names_its_axes_and_has_a_key_to_the_draws(picture, name):
    (ax,) = panels(picture(name)[0])
    text = " ".join(one.get_text() for one in ax.texts)
    assert "Re" in text
    assert "Im" in text
    assert r"\varphi=0" in text
    legend = ax.get_legend()
    assert [one.get_text() for one in legend.get_texts()][-1] == "draws 1 to 8"
    dots = [one for one in ax.collections if isinstance(one, PathCollection) and len(one.get_facecolor())]
    tints = [one.get_facecolor()[0] for one in dots]
    assert len(tints) == 8
    assert (np.diff([grey(tint[:3]) for tint in tints]) < 0.0).all()
    assert all(tint[3] == 1.0 for tint in tints)  # where dots overlap they keep the tint of the key
    keyed = {
        tuple(to_rgba(line.get_markerfacecolor())) for line in legend.findobj(lambda one: hasattr(one, "get_marker"))
    }
    assert {tuple(tint) for tint in tints} <= keyed


def test_the_factor_of_the_extrapolation_says_over_what_and_no_decade_is_empty(picture):
    figure, data, _ = picture("limit")
    for ax, regime in zip(panels(figure), ("engine", "refrigerator"), strict=False):
        part = data.sel(regime=regime)
        (text,) = [one.get_text() for one in ax.texts if "times" in one.get_text()]
        assert "filled symbols" in text
        factor = float(re.search(r"times\\,([\d.]+)", text)[1])
        assert factor == pytest.approx(float(part["fit"][-1] / part["scaled"][-1]), rel=0.05)
    for ax in panels(figure):
        low, high = ax.get_xlim()
        assert 1.0 < float(data["levels"][0]) / low < 2.0
        assert 1.0 < high / float(data["levels"][-1]) < 2.0


def lines_through(values, count):
    """Return what an array holds along each of its axes of this length."""
    along = [axis for axis in range(values.ndim) if values.shape[axis] == count]
    return np.concatenate(
        [np.moveaxis(values, axis, -1).reshape(-1, count) for axis in along] or [np.empty((0, count))]
    )


@pytest.mark.parametrize("name", [*LETTER, *COMPANION, *PHASES])
def test_what_changes_sign_is_drawn_on_a_linear_axis(picture, name):
    """A modulus on a logarithmic axis shows a sign change as a dip whose depth is an accident of the grid."""
    figure, data, _ = picture(name)
    for ax in (one for one in panels(figure) if one.get_yscale() == "log"):
        for line in visible(ax):
            drawn = np.asarray(line.get_ydata(), dtype=float)
            for one in data.data_vars.values():
                if one.dtype.kind != "f":
                    continue
                rows = lines_through(one.to_numpy(), drawn.size)
                for row in rows[(rows > 0.0).any(axis=-1) & (rows < 0.0).any(axis=-1)]:
                    assert np.ptp(np.divide(drawn, np.abs(row), where=row != 0.0, out=np.ones_like(row))) > 1e-6


def test_the_coherent_heat_passes_through_zero_within_a_band_of_its_bound(picture):
    figure, data, _ = picture("heat")
    cases = [("across_", "held", "ratio", 1.0), ("", "regime", "correlation", 0.0)]
    for ax, (prefix, series, along, zero) in zip(panels(figure), cases, strict=True):
        x, unit = data[along].to_numpy(), 1e-3
        drawn = [np.asarray(line.get_ydata()) * unit for line in ax.lines if len(line.get_xdata()) == x.size]
        for value in data[series].to_numpy():
            part = data.sel({series: value})
            heat, bound = part[f"{prefix}coherent"], part[f"{prefix}kappa_heat"] * part[f"{prefix}s_max"]
            for one in (heat, bound, -bound):
                assert sum(np.allclose(line, one, rtol=1e-9, atol=0.0) for line in drawn) == 1
            left, right = np.flatnonzero(x < zero)[-1], np.flatnonzero(x > zero)[0]
            assert float(heat[left]) * float(heat[right]) < 0.0
            assert (np.abs(heat) <= bound).all()


def test_spreads_that_are_rounding_are_said_to_be_and_have_no_decades(picture):
    figure, data, _ = picture("damping")
    (_, ax) = panels(figure)
    spread = data["spread"].to_numpy()
    lowest, _ = ax.get_ylim()
    real = spread[spread > 1e-12]
    assert 1.0 < real.min() / lowest < 10.0
    (mark,) = [line for line in ax.lines if "rounding" in str(line.get_label())]
    gone = data["levels"].to_numpy()[(spread < 1e-12).any(axis=0)]
    assert np.array_equal(mark.get_xdata(), gone)
    assert mark in [line for line in ax.lines if (np.asarray(line.get_ydata()) > lowest).all()]


@pytest.mark.parametrize("name", [one for one in COMPANION if one not in MAPS])
def test_every_panel_has_a_legend_that_knows_all_its_colours(picture, name):
    for ax in panels(picture(name)[0]):
        if ax.collections and ax.child_axes:
            continue  # a map
        handles = ax.get_legend().findobj(lambda one: hasattr(one, "get_marker"))
        known = {to_rgb(one.get_color()) for one in handles} | {to_rgb(text.get_color()) for text in ax.texts}
        drawn = {to_rgb(line.get_color()) for line in visible(ax)}
        assert drawn <= known, (name, drawn - known)


def looks(handle):
    """Return what of an entry of a legend is seen in grey: line, width, marker, its filling, and how dark it is."""
    line = handle.get_linestyle() if handle.get_linestyle() != "None" else ""
    dash = handle._unscaled_dash_pattern[1] if line == "--" else None
    marker = handle.get_marker() if handle.get_marker() not in {"None", ""} else ""
    hollow = (
        bool(marker) and to_rgba(handle.get_markerfacecolor())[3] * (1.0 - grey(handle.get_markerfacecolor())) < 0.1
    )
    colour = handle.get_color() if line else handle.get_markeredgecolor()
    return (line, dash and tuple(dash), marker, hollow), handle.get_linewidth() if line else 1.0, grey(colour)


@pytest.mark.parametrize(
    "name", sorted({*LETTER, *COMPANION, *PHASES} - {"fig3c", "fig3d"})
)  # a key of tints is one entry
def test_no_two_entries_of_a_legend_look_alike_in_grey(picture, name):
    for ax in panels(picture(name)[0]):
        entries = [one for legend in legends(ax) for one in legend.get_lines()]
        for index, (kind, width, dark) in enumerate(map(looks, entries)):
            for other, other_width, other_dark in map(looks, entries[:index]):
                apart = max(width, other_width) / min(width, other_width) > 1.5 or abs(dark - other_dark) > 0.15
                assert kind != other or apart, (name, kind)


def named(colour):
    """Return the words for a colour that an alternative text may use."""
    hue, saturation, value = rgb_to_hsv(*to_rgb(colour))
    if saturation < 0.2:
        return {"black"} if value < 0.25 else {"grey"} if value < 0.75 else {"white"}
    if 0.03 <= hue <= 0.12:
        return {"orange", "brown"}
    if 0.5 <= hue <= 0.7:
        return {"blue", "dark blue"}
    return {"red"} if hue < 0.03 or hue > 0.95 else set()


WORDS = ("dark blue", "black", "grey", "orange", "brown", "blue", "red", "yellow", "green", "purple", "white")
IN_MAPS = {"RdBu_r": {"red", "blue", "white"}, "viridis": {"dark blue", "blue", "green", "yellow"}}


@pytest.mark.parametrize("name", [*LETTER, *COMPANION, *PHASES])
def test_the_words_for_a_picture_name_the_colours_that_are_in_it(picture, name):
    figure, _, spec = picture(name)
    there = set()
    for ax in panels(figure):
        for line in visible(ax):
            there |= named(line.get_color()) | named(line.get_markeredgecolor())
        for one in (*ax.collections, *ax.images):
            there |= IN_MAPS.get(one.cmap.name, set()) if one.get_array() is not None else set()
            if isinstance(one, PathCollection):
                there |= {word for colour in (*one.get_facecolor(), *one.get_edgecolor()) for word in named(colour[:3])}
    left, said = spec.alt, set()
    for word in WORDS:
        if re.search(rf"\b{word}\b", left):
            said.add(word)
            left = left.replace(word, "")
    assert said
    assert said <= there, said - there
    regimes = {word for colour in COLOURS.values() for word in named(colour)} & there
    if name not in MAPS and "blue" in regimes and "orange" in regimes:
        assert "orange" in said
        assert said & {"blue", "dark blue"}
