"""Do the figures about phases in time show what is true, and the frozen model never alone?"""

import numpy as np
import pytest
import xarray as xr
from scipy.integrate import solve_ivp

import torusync as ts
from problems import BATHS
from reproduced import panels
from torusync import __version__
from torusync.dynamics import EmissionSpectrum, liouvillian_gap
from torusync.figures import to_svg
from torusync.papers import load
from torusync.papers.letter.phases import flow
from torusync.papers.letter.phases.light import peak_of
from torusync.plots.journal import ENGINE, REFRIGERATOR

PAPER = load("phases")
IDS = ["terms", "locking", "transition", "chimera", "relaxation", "frequency"]


@pytest.fixture
def data(phases_run):
    return phases_run.datasets


def machine(levels, drive, spread, n_hot, **others):
    known = {"n_hot": n_hot, "splittings": np.linspace(0.0, spread, levels), **BATHS, **others}
    return ts.ThermalMaser(np.full(levels, drive), **known)


def test_every_figure_explains_itself(data):
    assert list(PAPER.figures) == IDS
    for name in IDS:
        spec, found = PAPER.figures[name], data[name]
        assert spec.title
        assert spec.said
        assert spec.alt
        assert spec.departures
        for variable in found.variables.values():
            assert {"long_name", "units", "symbol", "source"} <= set(variable.attrs), variable.name
            assert all(isinstance(text, str) and text for text in variable.attrs.values())
        assert found.attrs["torusync_version"] == __version__
        assert found.attrs["finding"].endswith(".")
        assert found.attrs["evidence"].endswith(".")
        assert {"gamma_hot", "gamma_cold", "n_cold"} <= set(found.attrs)
        assert not any(isinstance(value, bool | np.bool_) for value in found.attrs.values())


@pytest.mark.parametrize("name", IDS)
def test_a_stored_dataset_draws_the_same_picture(phases_run, name):
    xr.testing.assert_identical(phases_run.stored(name), phases_run.datasets[name])
    figure = phases_run.drawn(name)
    assert to_svg(figure) == (phases_run.folder / f"{name}.svg").read_bytes()
    assert [ax.get_title(loc="left") for ax in panels(figure)] == ["(a)", "(b)", "(c)", "(d)"]


def test_the_page_calls_the_paper_by_its_name_and_says_what_is_known(phases_run):
    page = (phases_run.folder / "report.html").read_text(encoding="utf-8")
    assert "What the letter says" in page
    assert "What the phases" not in page
    assert "Where we had to read the letter differently" in page
    for name in IDS:
        article = page[page.index(f'<article id="{name}"') :].split("</article>")[0]
        assert ("Proven global by an upper bound" in article) == (name == "transition")
    assert "0 of 0 maxima" not in page


def test_terms_move_the_phases_as_the_states_move(data):
    """Their sum is the slope of the phase along the path, and zero at rest; the dissipative one is zero at p = 0."""
    found = data["terms"]
    whole = found["moving"].sum("term", skipna=False).to_numpy()
    assert np.abs(found["resting"].sum("term").to_numpy()).max() < 1e-12
    times = found["time"].to_numpy()
    maser = machine(3, 0.1, 0.1, 2.0, detuning=0.05)
    turn = np.exp(-1j * np.array([0.0, 0.0, 1.5, -1.0, 0.4]))
    path = ts.evolve(maser, turn[:, np.newaxis] * ts.steady_state(maser).rho * turn.conj(), times)
    for row, pair in enumerate(((1, 2), (2, 3))):
        turned = np.unwrap(np.angle(path.coherence(*pair)))
        integral = np.concatenate([[0.0], np.cumsum(0.5 * np.diff(times) * (whole[row, 1:] + whole[row, :-1]))])
        np.testing.assert_allclose(turned - turned[0], integral, atol=0.02)
    coupled = found["resting"].sel(term="dissipative coupling")
    assert (coupled.sel(correlation=0.0) == 0.0).all()
    assert float(np.abs(coupled).max()) > 0.05
    assert (found["moving"].sel(term="dissipative coupling") == 0.0).all()


def test_frozen_amplitudes_are_never_drawn_alone(phases_run):
    for name in ("locking", "chimera"):
        found = phases_run.datasets[name]
        assert list(found["model"].to_numpy()) == ["frozen", "master equation"]
        for ax in panels(phases_run.drawn(name)):
            counts = [sum(line.get_color() == colour for line in ax.lines) for colour in (ENGINE, REFRIGERATOR)]
            assert counts[0] == counts[1] > 0
            sizes = [
                {np.size(line.get_xdata()) for line in ax.lines if line.get_color() == colour}
                for colour in (ENGINE, REFRIGERATOR)
            ]
            assert sizes[0] == sizes[1]
    start = phases_run.datasets["locking"]["phases"].isel(time=0)
    apart = start.sel(model="frozen") - start.sel(model="master equation")
    assert float(np.abs(apart).max()) < 1e-9


def test_all_lock_in_the_master_equation_and_the_frozen_model_drifts_under_a_strong_drive(data):
    found = data["locking"]
    starts = found.attrs["starts"]
    assert found["drifting"].sel(model="master equation").to_numpy().tolist() == [0, 0]
    assert found["drifting"].sel(model="frozen").to_numpy().tolist() == [0, starts]
    last = found["apart"].isel(time=-1)
    assert float(last.sel(model="master equation", kind="apart").max()) < 1e-4
    assert float(last.sel(model="frozen", kind="apart").min()) > 0.1
    late = found["apart"].sel(model="master equation", kind="apart").max("start")
    half = late.sizes["time"] // 2
    rate = float(np.log(late[half] / late[-1]) / (late["time"][-1] - late["time"][half]))
    assert rate == pytest.approx(float(found["gap"].sel(kind="apart")), rel=0.1)


def test_edges_drift_with_frozen_amplitudes_and_nothing_else_anywhere(data):
    found = data["chimera"]
    drifts = np.abs(found["velocity"]) > found["velocity_error"]
    frozen = drifts.sel(kind="apart", model="frozen").to_numpy()
    assert (frozen == np.isin(found["level"].to_numpy(), [2, 21])).all()
    assert not drifts.sel(kind="identical").to_numpy().any()
    assert not drifts.sel(model="master equation").to_numpy().any()
    assert (found["drifting_pairs"].sel(kind="apart", model="frozen") > 2).all()
    assert (found["kept"].sel(model="master equation") > 1.0 - 1e-6).all()
    assert (found["kept"].sel(kind="identical") > 1.0 - 1e-6).all()


def test_the_transition_is_where_it_is_said_and_nothing_is_elsewhere(data):
    found = data["transition"]
    law = np.minimum(1.0, found["share"])
    assert float(np.abs(found["order_exact"] - law).max()) < 1e-9
    away = np.abs(found["flowed"] - np.minimum(1.0, found["flow_share"]))
    assert float(away.where(np.abs(found["flow_share"] - 1.0) > 0.01).max()) < 1e-6
    assert found.attrs["certified"] == found.attrs["machines"] > 0
    for name in ("exact", "apart"):
        assert (found[f"s_max_{name}_bound"] >= found[f"s_max_{name}"]).all()
    well_below = found["order_apart"].where(found["share"] < 0.8, drop=True)
    assert (well_below > well_below["share"]).all()
    at_border = found["order_apart"].sel(share=1.0, method="nearest")
    assert (at_border < 1.0).all()
    share = found["rate_share"].to_numpy()
    np.testing.assert_allclose(found["flow_rates"][:, 1:], np.repeat(1.0 - share[:, np.newaxis], 4, 1), atol=1e-12)
    np.testing.assert_allclose(found["frozen_rate"], -1.0, atol=1e-6)
    mutual, driven = found["mutual_phase"].to_numpy(), found["driven_phase"].to_numpy()
    cooling = found["ratio"].to_numpy() < 1.0
    np.testing.assert_allclose(mutual, np.where(cooling, 0.0, np.pi), atol=1e-12)
    np.testing.assert_allclose(driven, np.where(cooling, 1.5, 0.5) * np.pi, atol=1e-12)
    assert float(np.abs(found["flow_order"] - found["mean_field"]).max()) < 1e-7


def test_starts_of_the_flow_have_the_moments_of_their_kernel():
    for levels, order in ((30, 0.1), (50, 0.4)):
        z = np.exp(1j * flow.poisson(levels, order))
        for power in (1, 2, 3):
            assert np.mean(z**power) == pytest.approx(order**power, abs=1e-11)


@pytest.mark.parametrize(("share", "order"), [(0.3, 0.02), (0.7, 0.1)])
def test_the_mean_field_in_closed_form_obeys_its_equation(share, order):
    times = np.linspace(0.0, 12.0, 25)
    solved = solve_ivp(lambda _, r: 0.5 * (share - r) * (1.0 - r**2), (0.0, 12.0), [order], "DOP853", times,
                       rtol=1e-12, atol=1e-13)  # fmt: skip
    np.testing.assert_allclose(flow.mean_field(times, share, order), solved.y[0], atol=1e-8)


def test_decay_is_that_of_its_spectrum_and_distances_fall_faster_at_first(data):
    found = data["relaxation"]
    assert found.attrs["gap_of_spectrum"] == pytest.approx(-float(found["decay"][1]), rel=2e-6)
    assert found.attrs["gap_of_courses"] == pytest.approx(float(liouvillian_gap(machine(2, 0.084, 0.0, 0.2)).gap))
    ratio = found["gap"] / found["pole"]
    assert float(ratio.min()) < 0.95
    assert (found["gap_error"] < 1e-5 * found["gap"]).all()
    np.testing.assert_allclose(found["left"][:, 0], 1.0, atol=1e-12)
    assert (found["left"][:, -1] < 0.5).all()
    settled = found["left"][:, -10:].to_numpy()
    assert np.ptp(settled, axis=1).max() < 0.01
    skew = found["skewness"]
    np.testing.assert_allclose(skew.sel(ratio=10.0), 1.0, atol=1e-9)
    # a_h and a_c differ by twice √N λ at the exceptional point
    for ratio, apart in ((0.4, 0.24), (4.0, 0.15)):
        top = float(found["drive"][np.argmax(skew.sel(ratio=ratio).to_numpy())])
        assert top == pytest.approx(apart / np.sqrt(8.0), abs=0.005)


def test_light_is_coherent_at_the_drive_and_peaks_elsewhere(data):
    found = data["frequency"]
    detuning = found["detuning"].to_numpy()
    weak, middle, strong = (found["peak"].sel(drive=one).to_numpy() for one in (0.02, 0.1, 0.3))
    np.testing.assert_allclose(weak, -detuning, atol=0.01)
    np.testing.assert_allclose(found["width"].sel(drive=0.02), found.attrs["weak_width"], rtol=0.02)
    off = np.abs(detuning) > 1e-9
    assert (np.sign(middle[off]) == -np.sign(detuning[off])).all()
    assert (np.abs(middle[off]) >= np.abs(detuning[off]) - 1e-3).all()
    assert (np.abs(strong[off]) > 1e-3).all()
    assert float(found["coherent_fraction"].max()) < 0.005
    assert (np.diff(found["coherent_fraction"].max("detuning")) > 0.0).all()


def test_peak_and_width_of_a_line_that_is_known():
    """Between two points of the grid, by some of their distance: neither is the height of a point that of the peak."""
    lines = np.linspace(-4.0, 4.0, 321)
    step = lines[1] - lines[0]
    centres, widths = lines[[169, 107]] + np.array([0.37, -0.31]) * step, np.array([0.4, 0.7])
    density = 1.0 / ((lines - centres[:, np.newaxis]) ** 2 + (0.5 * widths[:, np.newaxis]) ** 2)
    where, wide = peak_of(EmissionSpectrum(lines, density, np.zeros(2), np.ones(2), np.zeros(2)))
    np.testing.assert_allclose(where, centres, atol=1e-4)
    np.testing.assert_allclose(wide, widths, atol=1e-3)
