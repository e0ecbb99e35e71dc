"""Does a picture of a sweep show its numbers, what failed and what is not proven, and can its files be read again?"""

import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.contour import QuadContourSet

import torusync as ts
from command import refused, run
from sweeping import BATHS, TONGUE, tongue
from test_own_models import Qubit
from torusync.models import ThermalMaser
from torusync.plots import plot_map, plot_tongue
from torusync.plots.shown import logarithmic, shown, symbol_of, unit_text
from torusync.sweeps import Draw, Realisations, Study, open_sweep, sweep
from torusync.sweeps import run as work
from torusync.sweeps.exports import with_evidence, write_data

pytestmark = pytest.mark.usefixtures("nothing_left_open")
MAP = sweep(ThermalMaser, TONGUE["axes"], ["s_max", "power", "regime", "shares", "phases"], fixed=TONGUE["fixed"])
RATIOS = sweep(
    ThermalMaser,
    {"occupation_ratio": np.geomspace(0.01, 100.0, 20), "drive": np.geomspace(0.003, 0.3, 14)},
    ["s_max", "power", "regime"],
    fixed={"manifold_levels": 2, **BATHS, "splittings": [0.0, 0.05]},
)
DRAWN = sweep(
    ThermalMaser,
    {"width": [0.0, 0.02, 0.04], "manifold_levels": [2, 3, 5, 10]},
    ["scaled"],
    fixed={"drive": 0.1, "n_hot": 5.0, **BATHS, "splittings": Draw("normal", 0.0, "width")},
    realisations=Realisations(12, seed=1),
)


def heights(ax):
    """The numbers that a map shows, as an array."""
    (mesh,) = [*ax.images, *(one for one in ax.collections if isinstance(one, QuadMesh))]
    return np.ma.filled(mesh.get_array(), np.nan)


def damaged():
    ds = RATIOS.copy(deep=True)
    ds["s_max"][3:9, 4:8] = np.nan
    ds["status"][3:9, 4:8] = 1
    ds["s_max"][:, 0] = np.nan
    ds["status"][:, 0] = -1
    ds["s_max_bound"][15:, 6:] *= 1.1
    return ds


def said(ax):
    """What stands above the picture."""
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_map_shows_the_numbers_over_both_axes(ax):
    assert plot_map(MAP, "s_max", ax) is ax
    np.testing.assert_allclose(heights(ax) * 1e-4, MAP["s_max"])
    assert ax.get_xlabel() == r"Ω − (ω̄ − ω_1) ($\omega_{1}$)" or "omega" in ax.get_xlabel()
    assert "10^{-4}" in ax.child_axes[0].get_ylabel()
    assert (ax.get_xlim(), ax.get_ylim()) == ((-1.0, 1.0), (0.01, 0.3))
    assert ax.get_legend() is None  # nothing failed, all is proven


def test_axes_by_ratios_are_logarithmic(ax):
    plot_map(RATIOS, "s_max", ax)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    (mesh,) = (one for one in ax.collections if isinstance(one, QuadMesh))
    edges = mesh.get_coordinates()[0, :, 0]
    drive = RATIOS["drive"].to_numpy()
    np.testing.assert_allclose(edges[1:-1], np.sqrt(drive[1:] * drive[:-1]))
    assert not logarithmic(np.linspace(0.01, 0.3, 30))
    assert logarithmic(np.array([2.0, 5.0, 10.0, 20.0, 50.0, 100.0]))
    assert not logarithmic(np.arange(2.0, 21.0))
    assert not logarithmic(np.array([0.0, 1.0, 10.0, 100.0]))


def test_what_failed_is_missing_or_unproven_is_marked_and_counted(ax):
    ds = damaged()
    plot_map(ds, "s_max", ax)
    assert said(ax) == ["failed (24)", "not worked out yet (20)", "not proven (40)"]
    marks = {tuple(one.hatches): one for one in ax.collections if isinstance(one, QuadContourSet) and one.filled}
    marks = {hatch[0]: one for hatch, one in marks.items() if hatch[0]}
    assert set(marks) == {"xxxx", "----", "...."}
    drive, ratio = (ds[name].to_numpy() for name in ("drive", "occupation_ratio"))
    box = marks["xxxx"].get_paths()[0].get_extents()
    assert drive[3] < box.x0 < drive[4]
    assert drive[7] < box.x1 < drive[8]
    assert ratio[2] < box.y0 < ratio[3]
    assert ratio[8] < box.y1 < ratio[9]
    np.testing.assert_array_equal(np.isnan(heights(ax)), np.isnan(ds["s_max"]))
    assert {patch.get_hatch() for patch in ax.get_legend().get_patches()} == {"xxxx", "----", "...."}


def test_an_infinite_bound_or_error_proves_nothing():
    for name, index in (("s_max_bound", 3), ("s_max_error", 5)):
        ds = RATIOS.copy(deep=True)
        ds[name][index, 2] = np.inf
        ds[name][index, 4] = np.nan
        assert np.argwhere(shown(ds, "s_max").unproven).tolist() == [[index, 2], [index, 4]]
    assert not shown(RATIOS, "s_max").unproven.any()
    assert not shown(RATIOS, "power").unproven.any()


def test_a_real_failure_is_hatched_in_a_line(ax):
    ds = sweep(
        ThermalMaser, {"dipole_correlation": np.linspace(0.0, 1.0, 21)}, ["s_max"],
        fixed={"manifold_levels": 3, "drive": 0.1, "n_hot": 0.2, **BATHS},
    )  # fmt: skip
    assert int((ds["status"] > 0).sum()) == 1
    plot_map(ds, "s_max", ax)
    assert said(ax) == ["failed (1)"]
    assert [patch.get_hatch() for patch in ax.patches] == ["xxxx"]
    box = ax.patches[0].get_bbox()
    assert (box.x0, box.x1) == pytest.approx((0.975, 1.025))
    (line,) = (one for one in ax.lines if one.get_xdata().size == 21)
    np.testing.assert_allclose(line.get_ydata() * 1e-5, ds["s_max"])


def test_what_is_not_proven_is_an_open_dot_in_a_line(ax):
    plot_map(damaged().isel(occupation_ratio=17), "s_max", ax)
    dots = [line for line in ax.lines if line.get_marker() == "o" and line.get_markerfacecolor() == "white"]
    np.testing.assert_allclose(dots[0].get_xdata(), RATIOS["drive"][6:])
    assert said(ax) == ["not worked out yet (1)", "not proven (8)"]


def test_few_values_of_an_axis_are_lines_that_differ_without_colour(ax):
    plot_map(MAP.isel(drive=[1, 4, 7]), "s_max", ax)
    looks = {(line.get_linestyle(), line.get_marker()) for line in ax.lines}
    assert len(looks) == len(ax.lines) == 3
    assert said(ax)[0].endswith("= 0.05143")
    np.testing.assert_allclose(ax.lines[2].get_ydata() * 1e-4, MAP["s_max"].isel(drive=7))


def test_names_along_an_axis_are_lines(ax):
    plot_map(MAP.isel(detuning=12), "shares", ax)
    assert said(ax) == ["entrainment", "mutual"]
    np.testing.assert_allclose(ax.lines[1].get_ydata() * 1e-4, MAP["shares"].isel(detuning=12).sel(set="mutual"))


def test_both_signs_have_dashed_contours_below_zero_and_a_bold_zero(ax):
    plot_map(RATIOS, "power", ax)
    (lines,) = (one for one in ax.collections if isinstance(one, QuadContourSet) and not one.filled)
    styles = dict(zip(lines.levels, lines.get_linestyles(), strict=True))
    assert all((style[1] is not None) is bool(level < 0.0) for level, style in styles.items())
    widths = dict(zip(lines.levels, lines.get_linewidths(), strict=True))
    assert widths[0.0] > max(width for level, width in widths.items() if level)
    assert r"\hbar" in ax.child_axes[0].get_ylabel()


def test_codes_have_their_names_and_their_greys(ax):
    plot_map(RATIOS, "regime", ax)
    bar = ax.child_axes[0]
    assert {text.get_text() for text in bar.get_yticklabels()} >= {"engine", "refrigerator"}
    (mesh,) = (one for one in ax.collections if isinstance(one, QuadMesh))
    greys = sorted(float(np.dot([0.2126, 0.7152, 0.0722], to_rgb(mesh.cmap(mesh.norm(code))))) for code in (1, 2))
    assert greys[1] - greys[0] > 0.3


def test_realisations_are_averaged_and_their_deviation_is_a_band(ax):
    plot_map(DRAWN, "scaled", ax)
    mean, deviation = DRAWN["scaled"].mean("realisation"), DRAWN["scaled"].std("realisation", ddof=1)
    assert "mean of 12 draws of" in ax.get_ylabel()
    np.testing.assert_allclose(ax.lines[2].get_ydata() * 1e-3, mean.isel(width=2))
    top = ax.collections[2].get_paths()[0].get_extents().y1 * 1e-3
    assert top == pytest.approx(float((mean + deviation).isel(width=2).max()), rel=1e-6)
    part = DRAWN.copy(deep=True)
    part["scaled"][0, 1, 2] = np.nan
    part["status"][0, 1, 2] = 1
    found = shown(part, "scaled")
    assert not found.unproven.any()  # those that are left are
    assert found.incomplete.tolist() == [[False] * 4, [False, False, True, False], [False] * 4]
    expected = float(part["scaled"][1:, 1, 2].mean())
    assert found.values[1, 2] == pytest.approx(expected)


def test_a_third_axis_gives_panels_on_one_scale(ax):
    ds = sweep(
        ThermalMaser,
        {"dipole_correlation": [-0.5, 0.0, 0.9], "drive": np.linspace(0.01, 0.3, 7), "detuning": np.linspace(-1, 1, 9)},
        ["s_max"],
        fixed={"manifold_levels": 2, "n_hot": 0.2, **BATHS, "splittings": [0.0, 0.1]},
    )
    assert plot_map(ds, "s_max", ax) is ax
    panels = [one for one in ax.child_axes if one.images]
    assert [one.get_title() for one in panels] == ["$p$ = -0.5", "$p$ = 0", "$p$ = 0.9"]
    for index, panel in enumerate(panels):
        np.testing.assert_allclose(panel.images[0].get_array() * 1e-4, ds["s_max"].isel(dipole_correlation=index))
    assert len({panel.images[0].get_clim() for panel in panels}) == 1


def test_panels_of_lines_have_one_scale(ax):
    """Heights of some panels span decades, those of others do not."""
    axes = {"case": [0.0, 1.0], "manifold_levels": [2, 5, 20, 50, 200], "width": [0.0, 1.0]}
    fall = np.array([2.0, 5.0, 20.0, 50.0, 200.0])
    values = np.stack([1.0 + 0.0 * fall, 1.0 / fall])[..., np.newaxis] * [1.0, 1.1]
    plot_map(xr.Dataset({"q": (tuple(axes), values)}, axes), "q", ax)
    panels = [one for one in ax.child_axes if one.lines]
    assert len(panels) == 2
    assert {(one.get_xscale(), one.get_yscale()) for one in panels} == {("log", "log")}
    assert len({one.get_ylim() for one in panels}) == 1
    assert [one.get_legend() is not None for one in panels] == [True, False]


def test_a_map_does_not_depend_on_the_order_of_its_points(ax):
    plot_map(MAP.isel(drive=slice(None, None, -1), detuning=np.random.default_rng(0).permutation(25)), "s_max", ax)
    np.testing.assert_allclose(heights(ax) * 1e-4, MAP["s_max"])


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: plot_map(3, "s_max"), "`ds` must be a dataset of sweep, but it is int"),
        (lambda: plot_map(MAP, "s_mx"), "`quantity` must be one of .*s_max"),
        (lambda: plot_map(MAP.isel(drive=0, detuning=0), "s_max"), "one to three axes .* 's_max' has none"),
        (lambda: plot_map(MAP.expand_dims(a=[0, 1], b=[0, 1]), "s_max"), r"as in ds.isel\(a=0\)"),
        (lambda: plot_map(MAP.isel(drive=[0] * 20).expand_dims(a=range(17)), "s_max"), "at most 16 values for panels"),
        (lambda: plot_map(MAP, "s_max", colour="red"), "`style` must be keywords that Matplotlib takes"),
        (lambda: plot_map(MAP, "s_max", 3), "`ax` must be the Axes"),
        (lambda: plot_tongue(MAP, over=("detuning",)), "`over` must be the names of two dimensions"),
        (lambda: plot_tongue(MAP, over=("detuning", "detuning")), "`over` must be the names of two dimensions"),
        (lambda: plot_tongue(MAP, threshold="high"), "`threshold` must hold numbers"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(draw, sentence):
    with pytest.raises(ts.ArgumentError, match=sentence):
        draw()


def test_a_tongue_of_any_model_and_quantity_with_its_locking_range(ax):
    rabi, detuning = np.linspace(0.1, 3.0, 12), np.linspace(-6.0, 6.0, 61)
    ds = sweep(Qubit, {"rabi": rabi, "detuning": detuning}, ["s_max", "populations"])
    threshold = 0.6 * float(ds["s_max"].max())
    plot_tongue(ds, ax, over=("detuning", "rabi"), threshold=threshold)
    found = ds.torusync.locking_range(threshold)
    lines = [line for line in ax.lines if line.get_linestyle() == "--"]
    for line, name in zip(lines, ("lower", "upper"), strict=True):
        closed = found[name].where(np.isfinite(found[f"{name}_error"]))  # where the grid ends is no end
        assert closed.notnull().any()
        np.testing.assert_allclose(line.get_xdata(), closed)
    other = plt.subplots()[1]
    plot_tongue(ds.isel(level=1), other, quantity="populations", over=("detuning", "rabi"))
    np.testing.assert_allclose(heights(other), ds["populations"].isel(level=1))
    assert other.child_axes[0].get_ylabel() == "$ρ_{ii}$"


def test_symbols_and_units_are_mathematics_where_they_can_be():
    assert symbol_of("S_max") == r"$S_{\max}$"
    assert symbol_of("λ") == "$λ$"
    assert symbol_of("Q_h") == "$Q_{h}$"
    assert symbol_of("|P| ≤ κ_P S_max") == ""
    assert unit_text("hbar omega_1^2") == r"$\hbar\,\omega_{1}^2$"
    assert unit_text("omega_1") == r"$\omega_{1}$"
    assert unit_text("W") == "W"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("stores") / "map.zarr"
    work(tongue(quantities=["s_max", "power", "shares"]), store=path)
    return path


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_picture_is_written_by_its_suffix_and_alike_twice(store, suffix, tmp_path):
    done = run("plot", store, "s_max", "--out", tmp_path / f"a{suffix}", "--out", tmp_path / f"b{suffix}")
    assert done.exit_code == 0, done.output
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert first == second
    assert first.startswith({".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix])


def test_a_picture_has_a_name_where_none_is_given(store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("plot", store, "power", "--at", "detuning=0.01")
    assert done.stdout == "detuning = 0 is the nearest to 0.01\n'map-power.png'\n"
    assert (tmp_path / "map-power.png").is_file()


def test_a_threshold_draws_the_locking_range_and_says_it(store, tmp_path):
    done = run("plot", store, "s_max", "--threshold", "1e-4", "--out", tmp_path / "a.png")
    assert done.exit_code == 0, done.output
    found = open_sweep(store).torusync.locking_range(1e-4)
    reached, closed = np.isfinite(found["width"]), np.isfinite(found["width_error"])
    assert f"at {int(reached.sum())} of 8 values of drive; at {int((reached & ~closed).sum())} of them" in done.stdout
    widest = float(found["width"].where(closed).max())
    assert f"Widest closed range: {widest:.6g} ± " in done.stdout


def test_netcdf_holds_all_of_it_and_what_made_it(store, tmp_path):
    assert run("plot", store, "--out", tmp_path / "all.nc").exit_code == 0
    whole = open_sweep(store)
    with xr.open_dataset(tmp_path / "all.nc", engine="h5netcdf") as found:
        for name in whole.variables:
            np.testing.assert_array_equal(found[name], whole[name])
            assert found[name].attrs.get("units") == whole[name].attrs.get("units")
        assert found.attrs["study_sha256"] == tongue(quantities=["s_max", "power", "shares"]).digest
        assert found.attrs["made_by"].startswith(f"torusync {ts.__version__} (")
        assert found.attrs["runs"] == 1
        assert found.attrs["seconds"] > 0.0
        assert found.attrs["written"].endswith("+00:00")
        assert not [text for text in map(str, found.attrs.values()) if str(tmp_path.parent) in text]


def test_csv_holds_a_quantity_with_its_evidence(store, tmp_path):
    assert run("plot", store, "s_max", "--out", tmp_path / "a.csv").exit_code == 0
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert f"# study_sha256: {tongue(quantities=['s_max', 'power', 'shares']).digest}\n" in text
    assert "# units of drive: omega_1\n" in text
    table = pd.read_csv(io.StringIO(text), comment="#")
    assert list(table) == ["drive", "detuning", "s_max", "s_max_bound", "s_max_error", "proof", "status"]
    whole = open_sweep(store)
    np.testing.assert_array_equal(table["s_max"], whole["s_max"].to_numpy().ravel())  # to the last bit
    np.testing.assert_array_equal(table["detuning"][:25], whole["detuning"])


def test_complex_numbers_are_written_as_two(tmp_path):
    study = Study(
        ThermalMaser,
        {"case": {"drive": [[0.1, 0.1j], [0.05, 0.15]]}},
        ["drive_coherences"],
        fixed={"n_hot": 5.0, **BATHS},
    )
    ds = work(study)
    for name in ("a.nc", "a.csv"):
        write_data(with_evidence(ds, "drive_coherences"), tmp_path / name)
    table = pd.read_csv(tmp_path / "a.csv", comment="#")
    np.testing.assert_array_equal(table["drive_im_1"][::2], [0.1, 0.0])
    np.testing.assert_array_equal(table["drive_re_1"][1::2], [0.0, 0.15])
    np.testing.assert_array_equal(table["drive_coherences_re"], ds["drive_coherences"].real.to_numpy().ravel())
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as found:
        np.testing.assert_array_equal(
            found["drive_coherences_re"] + 1j * found["drive_coherences_im"], ds["drive_coherences"]
        )
        np.testing.assert_array_equal(found["drive_im"], ds["drive"].imag)
        assert "seed" not in found.attrs
    write_data(DRAWN, tmp_path / "b.nc")
    with xr.open_dataset(tmp_path / "b.nc", engine="h5netcdf") as found:
        assert found.attrs["seed"] == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["foo"], "`quantity` must be one of"),
        (["s_max", "--out", "x.jpg"], "`--out` must end in .png, .svg, .pdf"),
        (["--out", "x.png"], "`quantity` must be named for a picture"),
        (["s_max", "--out", "nowhere/x.png"], "`--out` must lie in an existing folder"),
        (["s_max", "--at", "foo=3"], "`--at` must be NAME=VALUE of"),
        (["s_max", "--at", "drive=x"], "`--at` must be a number for drive"),
        (["shares", "--at", "set=x"], "`--at` must be one of entrainment, mutual for set"),
        (["s_max", "--at", "drive=0.1", "--threshold", "1e-4"], "`--threshold` must be given for a map of two axes"),
    ],
    ids=str,
)
def test_what_cannot_be_written_is_one_sentence(words, sentence, store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sentence in refused("plot", store, *words)
    assert not list(tmp_path.iterdir())


def test_quantities_over_different_axes_are_no_table(tmp_path):
    with pytest.raises(ts.ArgumentError, match=r"`path` must be \.nc for quantities over different axes"):
        write_data(MAP, tmp_path / "a.csv")
    write_data(MAP, tmp_path / "a.nc")
    with pytest.raises(ts.ArgumentError, match=r"`path` must end in \.nc or \.csv"):
        write_data(MAP, tmp_path / "a.txt")


def test_what_is_no_store_is_one_sentence(tmp_path):
    assert "`store` must name a store of a sweep" in refused("plot", tmp_path / "none.zarr", "s_max")
    (tmp_path / "empty.zarr").mkdir()
    assert "is no Zarr store" in refused("plot", tmp_path / "empty.zarr", "s_max")
    work(tongue(), store=tmp_path / "cut.zarr")
    for file in (tmp_path / "cut.zarr" / "s_max").rglob("0"):
        if file.is_file():
            file.write_bytes(file.read_bytes()[:10])
    assert "`store` must be a whole store of a sweep" in refused("plot", tmp_path / "cut.zarr", "s_max")
