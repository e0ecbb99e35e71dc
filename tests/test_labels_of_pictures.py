"""Are units mathematics on every picture, powers of ten said once, and colours and lines those of what is there?"""

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure

import torusync as ts
from problems import BATHS
from torusync._show import in_greek, in_latin
from torusync.dynamics import evolve
from torusync.models import SpinOne, VanDerPol
from torusync.plots import plot_map, plot_tongue, plot_trajectory
from torusync.plots.axes import axis_label, settled, time_label, unit_text
from torusync.quantities import QUANTITIES
from torusync.sweeps import sweep

pytestmark = pytest.mark.usefixtures("nothing_left_open")
SIDE = np.linspace(-1.0, 1.0, 41)


def plane(values, **others):
    held = {"q": (("y", "x"), values)} | {name: (("y", "x"), one) for name, one in others.items()}
    if others:
        held["q"] = (("y", "x"), values, {"error": "q_error"})
    return xr.Dataset(held, {"x": np.linspace(0.0, 1.0, values.shape[1]), "y": np.linspace(0.0, 1.0, values.shape[0])})


def lines_of(ax):
    return [one for one in ax.collections if isinstance(one, QuadContourSet) and not one.filled]


def test_a_plateau_is_not_covered_with_lines_of_its_rounding(ax):
    """As an order parameter is 1, up to some last bits, wherever phases are locked."""
    rng = np.random.default_rng(0)
    noise = rng.choice([-1e-15, 0.0, 1e-15], size=(41, 41))
    values = np.where(SIDE > 0.0, 1.0, (1.0 + SIDE) ** 2) * np.ones((41, 1)) + noise
    assert values.max() > 1.0  # so that 1 lies between the smallest and the largest value
    plot_map(plane(values), "q", ax)
    (lines,) = lines_of(ax)
    assert max(lines.levels) < 1.0
    assert len(lines.levels) > 2


def test_a_plateau_between_has_one_line_along_its_edge(ax):
    rng = np.random.default_rng(1)
    steps = np.where(np.abs(SIDE) < 0.5, 0.0, SIDE - 0.5 * np.sign(SIDE))
    values = 1.0 + steps * np.ones((41, 1)) + rng.choice([-2e-16, 2e-16, 0.0], size=(41, 41))
    plot_map(plane(values), "q", ax)
    (lines,) = lines_of(ax)
    (place,) = np.flatnonzero(np.isclose(lines.levels, 1.0))
    across = lines.get_paths()[place].vertices[:, 0]  # a label cuts the line in two
    np.testing.assert_allclose(across, 0.75, atol=1e-9)


def test_what_lies_within_its_error_of_a_level_is_not_crossed_by_it():
    values, levels = np.array([0.99, 1.0, 1.011, 1.4, 2.0]), [1.0, 2.0]
    np.testing.assert_array_equal(settled(values, levels, 0.0105), [1.0, 1.0, 1.011, 1.4, 2.0])
    np.testing.assert_array_equal(settled(values, levels), values)
    np.testing.assert_array_equal(settled(values, levels, 10.0), [1.0, 1.0, 1.0, 1.4, 2.0])  # a quarter of a step


@pytest.mark.parametrize(("error", "crossed"), [(2e-3, False), (1e-6, True)])
def test_a_plateau_that_is_known_to_its_error_has_no_line_within_it(error, crossed, ax):
    noise = np.random.default_rng(3).choice([-1e-3, 0.0, 1e-3], size=(41, 41))
    values = np.where(SIDE > 0.0, 1.0, (1.0 + SIDE) ** 2) * np.ones((41, 1)) + noise
    plot_map(plane(values, q_error=np.full(values.shape, error)), "q", ax)
    (lines,) = lines_of(ax)
    assert np.isclose(lines.levels, 1.0).any() == crossed


def test_a_map_of_one_number_has_one_colour(ax):
    values = 1.0 + np.random.default_rng(2).choice([-2e-16, 2e-16, 0.0], size=(9, 9))
    plot_map(plane(values), "q", ax)
    assert not lines_of(ax)
    (image,) = ax.images
    low, high = image.get_clim()
    assert high - low > 0.1


def test_names_of_codes_stand_in_the_middle_of_their_colours(ax):
    codes = np.tile([0, 1, 5, 7], (6, 3))
    ds = plane(codes)
    ds["q"].attrs.update(flag_values=[0, 1, 5, 7], flag_meanings="none one not_unique other")
    plot_map(ds, "q", ax)
    bar = ax.child_axes[0]
    assert [one.get_text() for one in bar.get_yticklabels()] == ["none", "one", "not unique", "other"]
    low, high = bar.transData.transform([[0.0, one] for one in bar.get_ylim()])[:, 1]
    places = (bar.transData.transform([[0.0, one] for one in bar.get_yticks()])[:, 1] - low) / (high - low)
    assert places == pytest.approx([0.125, 0.375, 0.625, 0.875])
    (mesh,) = (one for one in ax.collections if isinstance(one, QuadMesh))
    assert len({mesh.cmap(mesh.norm(code)) for code in (0, 1, 5, 7)}) == 4


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0])
def test_a_logarithmic_height_has_no_power_of_ten_beside_it(scale, ax):
    x = np.geomspace(1e-3, 10.0, 9)
    plot_map(xr.Dataset({"q": ("x", scale * x)}, {"x": x}), "q", ax)
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == "q"
    np.testing.assert_allclose(ax.lines[0].get_ydata(), scale * x)
    plot_map(xr.Dataset({"q": ("x", scale * x)}, {"x": x}), "q", ax, unit=1e-4)
    assert "10^{-4}" in ax.get_ylabel()


def test_small_heights_over_few_decades_are_read_as_powers(ax):
    x = np.geomspace(1e-6, 1e-4, 9)
    plot_map(xr.Dataset({"q": ("x", x)}, {"x": x}), "q", ax)
    assert all("10^{" in one for one in ax.yaxis.get_major_formatter().format_ticks([2e-6, 5e-5]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kappa_1", r"\kappa _{1}"), ("gamma_g", r"\gamma _{g}"), ("omega_1", r"\omega_{1}"),
        ("kappa", "κ"), ("Gamma", "Γ"), ("omega", "ω"), ("kappa^2", "κ^2"), ("hbar kappa^2", r"\hbar\,\kappa^2"),
        ("hbar nu^2", r"\hbar\,ν^2"), ("Gamma_1", "Γ_{1}"),
        ("hbar kappa_1^2", r"\hbar\,\kappa_{1}^2"), ("hbar gamma_g^-2", r"\hbar\,\gamma_{g}^{-2}"),
    ],
)  # fmt: skip
def test_units_of_any_model_are_mathematics(text, words):
    assert unit_text(text) == f"${words}$"
    assert unit_text("m s^-1") == "m s^-1"


def test_greek_letters_go_into_a_file_by_name_and_come_back():
    letters = "α β γ δ ε ζ η θ ι κ λ μ ν ξ ο π ρ σ τ υ φ χ ψ ω Γ Δ Θ Λ Ξ Π Σ Φ Ψ Ω"
    assert in_greek(in_latin(letters)) == letters
    assert in_latin("λ_1") == "lambda_1"
    assert in_greek("phi, sigma_x, kappas, Gamma2") == "φ, σ_x, kappas, Γ2"


def test_a_symbol_of_one_letter_is_mathematics_and_a_unit_of_one_is_not():
    x = xr.DataArray([0.0], dims="x", attrs={"symbol": "F", "units": "K"})
    assert axis_label(xr.Dataset(coords={"x": x}), "x") == "$F$ (K)"


@pytest.mark.parametrize(
    ("model", "fixed", "unit"),
    [
        (SpinOne, {"gain": 1.0, "damping": 10.0}, r"\gamma _{g}"),
        (VanDerPol, {"gain": 1.0, "loss": 5.0}, r"\kappa _{1}"),
    ],
)
def test_a_map_and_a_tongue_of_any_model_have_the_same_units(model, fixed, unit, ax):
    ds = sweep(model, {"drive": [0.1, 0.2], "detuning": [-1.0, 0.0, 1.0]}, ["s_max"], fixed=fixed)
    for plot in (plot_map, plot_tongue):
        ax.clear()
        plot(ds, ax=ax, quantity="s_max")
        assert unit in ax.get_xlabel(), plot


def test_time_is_in_the_unit_of_the_model(ax):
    plot_trajectory(evolve(SpinOne(1.0, 10.0, 0.1), 0, np.linspace(0.0, 1.0, 5)), ax)
    assert ax.get_xlabel() == "$γ_{g} t$"
    assert time_label(ts.ThermalMaser([0.1, 0.1], n_hot=5.0, **BATHS)) == r"\omega_1 t"


@pytest.mark.parametrize(
    ("long_name", "symbol", "label"),
    [
        ("logarithm of S_max, which does not underflow", "log10 S_max", r"log10 $S_{\max}$"),
        ("upper bound of |P|", "|P| ≤ κ_P S_max", "upper bound of |P|"),
        ("why |P| ≤ κ_P S_max holds or not", "", r"why |P| ≤ $κ_{P}$ $S_{\max}$ holds or not"),
        ("order parameter of the manifold levels", "|Σ_j e^{iφ_j}|/N", "order parameter of the manifold\nlevels"),
        ("gap of a_long_word", "", "gap of a_long_word"),
    ],
)
def test_a_name_is_as_long_as_there_is_room(long_name, symbol, label, ax):
    ds = xr.Dataset({"q": ("x", [1.0, 2.0], {"long_name": long_name, "symbol": symbol})}, {"x": [0.0, 1.0]})
    plot_map(ds, "q", ax)
    assert ax.get_ylabel() == label


@pytest.mark.parametrize("name", ["log10_s_max", *[one for one in QUANTITIES if not QUANTITIES[one].symbol][::7]])
def test_no_name_is_longer_than_a_picture_in_a_column(name):
    attrs = QUANTITIES[name].attributes
    with ts.style():
        figure = Figure(figsize=(3.6, 2.7), layout="constrained")
        axes = figure.subplots()
        attrs = {key: one for key, one in attrs.items() if not key.startswith("flag")}
        plot_map(xr.Dataset({name: ("x", [1.0, 2.0], attrs)}, {"x": [0.0, 1.0]}), name, axes)
        FigureCanvasAgg(figure).draw()
        box = axes.yaxis.label.get_window_extent()
    assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1


def test_the_dashed_line_and_the_hatched_points_of_a_tongue_are_explained(ax):
    values = np.exp(-(np.linspace(-2.0, 2.0, 21) ** 2)) * np.linspace(0.5, 1.0, 6)[:, np.newaxis]
    values[0, :3] = np.nan
    ds = plane(values, q_error=np.zeros(values.shape)).assign_coords(case="a")
    plot_tongue(ds, ax, quantity="q", over=("x", "y"), threshold=0.4)
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["q = 0.4", "no value (3)"]
    ax.figure.draw_without_rendering()
    assert ax.title.get_window_extent().y1 < ax.get_legend().get_window_extent().y0 + 2.0


def test_the_band_of_a_mean_is_explained(ax):
    values = np.random.default_rng(0).normal(size=(4, 5))
    ds = xr.Dataset({"q": (("realisation", "x"), values)}, {"x": np.arange(5.0)})
    plot_map(ds, "q", ax)
    assert ax.get_ylabel() == "mean of 4 draws of q\nband: standard deviation"
    plot_map(ds.isel(realisation=[0]), "q", ax)
    assert "band" not in ax.get_ylabel()
