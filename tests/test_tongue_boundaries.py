"""Is the boundary of a tongue to first order that of the printed formulas, and of the map at weak drives?"""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import torusync as ts
from problems import BATHS, refused
from torusync.models import SpinOne, VanDerPol
from torusync.plots import plot_tongue
from torusync.sweeps import boundary

DETUNING = np.array([-0.8, -0.1, 0.0, 0.5])
MASER = {"manifold_levels": 2, "n_hot": 0.2, **BATHS}


def tongue(**changes):
    asked = {
        "model": ts.ThermalMaser, "axes": {"drive": [0.01, 0.1, 0.3], "detuning": DETUNING}, "quantities": ["s_max"],
        "fixed": MASER,
    }  # fmt: skip
    return ts.sweep(**{**asked, **changes})


def test_a_machine_has_the_boundary_of_its_coherences_to_first_order():
    """|ρ_1j| = λ|p_1 − p_j|/|Γ + iΔ| with Γ = a_c + a_h, of N independent levels, times 2/(2^{D+1} π^{D−2})."""
    ds, level = tongue(), 1e-4
    found = ds.torusync.first_order(level)
    weights = np.array([1.0, 0.5 / 1.5, 0.2 / 1.2, 0.2 / 1.2])
    p = weights / weights.sum()
    width = 0.2 * 1.5 + 0.05 * 1.2
    slope = 2.0 / (2**5 * np.pi**2) * 2.0 * abs(p[1] - p[2]) / np.hypot(width, DETUNING)
    assert found.strength.dims == ("detuning",)
    assert (np.abs(found.slope - slope) <= found.slope_error + 1e-16).all()
    assert (np.abs(found.strength - level / slope) <= found.strength_error).all()
    assert found.strength_error.max() < 1e-9
    assert found.strength.attrs["units"] == "omega_1"
    assert found.attrs["threshold"] == level


@pytest.mark.parametrize("level", [1e-6, 1e-7])
def test_the_map_comes_to_it_as_drives_become_weak(level):
    """The next order relative to it is that of the drive over its width."""
    found = tongue().torusync.first_order(level)
    strengths = found.strength.to_numpy()
    there = ts.synchronization(
        ts.steady_state(ts.ThermalMaser(strengths[:, np.newaxis] * np.ones(2), n_hot=np.full((4, 1), 0.2),
                                        detuning=DETUNING, **BATHS))
    ).s_max  # fmt: skip
    assert (np.abs(there / level - 1.0) <= 10.0 * strengths).all()
    assert strengths.max() < 1e-2


def test_a_spin_one_has_that_of_the_formula_and_none_where_it_is_blockaded():
    """S_max = (3ε/16)|1/(γ_g/2 + iΔ) − 1/(γ_d/2 + iΔ)|, nothing where γ_g = γ_d."""
    ds = ts.sweep(
        SpinOne, {"damping": [0.5, 1.0, 10.0], "drive": [0.1, 0.2], "detuning": [-1.0, 0.0, 0.3]}, ["s_max"],
        fixed={"gain": 1.0},
    )  # fmt: skip
    found = ds.torusync.first_order(0.01)
    assert found.strength.dims == ("damping", "detuning")
    for damping in (0.5, 10.0):
        delta = found.detuning.to_numpy()
        exact = 3.0 / 16.0 * np.abs(1.0 / (0.5 + 1j * delta) - 1.0 / (damping / 2 + 1j * delta))
        np.testing.assert_allclose(found.slope.sel(damping=damping), exact, rtol=1e-9)
        np.testing.assert_allclose(found.strength.sel(damping=damping), 0.01 / exact, rtol=1e-9)
    assert np.isnan(found.strength.sel(damping=1.0)).all()


def test_a_mode_has_one_where_its_cutoff_is_given():
    axes = {"drive": [0.1, 0.2], "detuning": [0.0, 0.4]}
    fixed = {"gain": 1.0, "loss": 5.0}
    ds = ts.sweep(VanDerPol, axes, ["s_max"], fixed=fixed | {"cutoff": 12})
    found = ds.torusync.first_order(1e-4)
    for delta, strength in zip(axes["detuning"], found.strength.to_numpy(), strict=True):
        mode = VanDerPol(1.0, 5.0, strength, delta, cutoff=12)
        assert ts.synchronization(ts.steady_state(mode)).s_max == pytest.approx(1e-4, rel=1e-3)
    chosen = ts.sweep(VanDerPol, axes, ["s_max"], fixed=fixed)
    refused(lambda: chosen.torusync.first_order(1e-4), "`cutoff`", "be fixed in the study")


def test_parts_of_a_map_have_parts_of_its_boundary():
    ds = ts.sweep(
        ts.ThermalMaser, {"drive": [0.0, 0.1], "detuning": DETUNING, "n_cold": [0.3, 0.5]}, ["s_max"],
        fixed={name: one for name, one in MASER.items() if name != "n_cold"},
    )  # fmt: skip
    whole = ds.torusync.first_order(1e-4)
    assert whole.strength.dims == ("detuning", "n_cold")
    part = ds.isel(detuning=[3, 1], drive=0).sel(n_cold=0.5).torusync.first_order(1e-4)
    np.testing.assert_array_equal(part.strength, whole.strength.isel(detuning=[3, 1]).sel(n_cold=0.5))
    assert float(part.n_cold) == 0.5


def test_what_has_no_undriven_phase_has_no_boundary():
    """Swept over a detuning, the drive that stays has made its coherences already; a refused point has no state."""
    ds = ts.sweep(
        ts.ThermalMaser, {"detuning": [0.1, 0.2], "n_cold": [0.5, -1.0]}, ["s_max"],
        fixed={"drive": 0.1, **{name: one for name, one in MASER.items() if name != "n_cold"}},
    )  # fmt: skip
    assert np.isnan(ds.torusync.first_order(1e-4, over="detuning").strength).all()
    ds = ts.sweep(
        ts.ThermalMaser, {"drive": [0.1, 0.2], "n_cold": [0.5, -1.0]}, ["s_max"],
        fixed={name: one for name, one in MASER.items() if name != "n_cold"},
    )  # fmt: skip
    assert np.isnan(ds.torusync.first_order(1e-4).strength.to_numpy()).tolist() == [False, True]


REFUSED = {
    "no axis": (lambda ds: ds.torusync.first_order(1e-4, over="n_hot"), "`over`", "'n_hot'"),
    "no number": (lambda ds: ds.torusync.first_order("a"), "`threshold`"),
    "negative": (lambda ds: ds.torusync.first_order(-1.0), "be positive"),
    "no study": (lambda ds: ds.assign_attrs(study="").drop_attrs().torusync.first_order(1e-4), "has no study"),
    "no label": (lambda ds: ds.isel(detuning=0, drop=True).torusync.first_order(1e-4), "lost 'detuning'"),
    "other labels": (lambda ds: ds.assign_coords(detuning=DETUNING + 0.01).torusync.first_order(1e-4), "are others"),
    "no drive": (
        lambda _: ts.sweep(ts.ThermalMaser, {"gamma_cold": [0.1, 0.2]}, ["s_max"], fixed={
            **{name: one for name, one in MASER.items() if name != "gamma_cold"}, "drive": 0.1,
        }).torusync.first_order(1e-4, over="gamma_cold"), "linear in",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def small():
    return tongue()


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_drive_is_refused(case, small):
    call, *words = REFUSED[case]
    refused(lambda: call(small), *words)


def test_a_drive_is_linear_and_changes_nothing_else():
    lower = np.array([[0.0, 1.0], [0.0, 0.0]])

    def generator(strength, rate=0.1):
        return ts.LindbladSystem(strength * (lower + lower.T), [(rate, lower)]).generator()

    np.testing.assert_allclose(boundary._drive(*map(generator, (0.0, 0.5, 1.0)))[0], lower + lower.T)
    for half, full in ((generator(0.25), generator(1.0)), (generator(0.5), generator(1.0, 0.2))):
        refused(lambda half=half, full=full: boundary._drive(generator(0.0), half, full), "`over`", "linear in")


def test_a_tongue_is_drawn_with_it():
    ds = tongue(axes={"drive": np.linspace(0.01, 0.3, 8), "detuning": np.linspace(-1.0, 1.0, 9)})
    ax = plot_tongue(ds, threshold=1.5e-4, first_order=True)
    (line,) = [one for one in ax.get_lines() if one.get_label() == "to first order"]
    np.testing.assert_array_equal(line.get_ydata(), ds.torusync.first_order(1.5e-4).strength)
    assert "to first order" in {one.get_text() for one in ax.get_legend().get_texts()}
    assert ax.get_ylim()[1] < 0.4
    before = plt.get_fignums()
    refused(lambda: plot_tongue(ds, first_order=True), "`first_order`", "beside a threshold")
    assert plt.get_fignums() == before
    refused(lambda: plot_tongue(ds, threshold=1.0, first_order=1), "`first_order`")
