"""Is a sweep the numbers of direct calls, labelled, whatever its axes are, and does a point that fails fail alone?"""

import json
import pickle

import numpy as np
import pytest
import xarray as xr

import torusync as ts
from sweeping import BATHS, TONGUE, tongue
from test_own_models import Ladder
from torusync._checks import requirement
from torusync.models import LindbladSystem, ThermalMaser
from torusync.quantities import QUANTITIES, Quantity
from torusync.quantities import quantity as registered
from torusync.sweeps import (
    Derived,
    Draw,
    Outcome,
    Realisations,
    Study,
    chunk,
    failures,
    register_derived,
    schema,
    sizes,
    sweep,
)
from torusync.sweeps.named import uniforms


def direct(quantities=("s_max", "power"), **values):
    """Return quantities of one system, by the library's own call."""
    solution = ts.solve(ThermalMaser.from_shorthands(values))
    return {name: float(np.asarray(solution.to_dataset([name])[name])) for name in quantities}


def close(found, expected):
    """Whether a number is that of a direct call, to rounding: BLAS rounds a batch as it likes."""
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-18)


def test_the_example_is_labelled():
    ds = sweep(ThermalMaser, TONGUE["axes"], TONGUE["quantities"], fixed=TONGUE["fixed"])
    assert ds["s_max"].dims == ("drive", "detuning")
    assert ds["s_max"].attrs["units"] == "1"
    assert ds["power"].attrs["units"] == "hbar omega_1^2"
    assert ds["power"].attrs["long_name"] == "power, positive out of the machine"
    assert ds["s_max"].attrs["source"].startswith("Eq. (4)")
    assert ds["s_max"].attrs["bound"] == "s_max_bound"
    assert ds["detuning"].attrs["units"] == "omega_1"
    assert ds["drive"].attrs["symbol"] == "λ_j"
    assert {"status", "residual", "error", "s_max_bound", "s_max_error", "proof", "power_error"} <= set(ds)
    assert (ds["status"] == Outcome.SUCCESS).all()
    assert (ds["s_max"] <= ds["s_max_bound"]).all()
    assert "success" in ds["status"].attrs["flag_meanings"]
    assert ds.attrs["torusync_version"] == ts.__version__
    assert json.loads(ds.attrs["study"])["model"] == "maser"


def test_the_example_is_one_batched_call():
    ds = sweep(ThermalMaser, TONGUE["axes"], TONGUE["quantities"], fixed=TONGUE["fixed"])
    axes = TONGUE["axes"]
    fixed = {name: one for name, one in TONGUE["fixed"].items() if name != "manifold_levels"}
    drive = np.repeat(axes["drive"][:, np.newaxis, np.newaxis], 2, axis=-1)
    solution = ts.solve(ThermalMaser(drive, detuning=axes["detuning"], **fixed))
    np.testing.assert_allclose(ds["s_max"], solution.synchronization.s_max, rtol=1e-13, atol=0.0)
    np.testing.assert_allclose(ds["s_max_bound"], solution.synchronization.s_max_bound, rtol=1e-13, atol=0.0)
    np.testing.assert_allclose(ds["power"], solution.thermodynamics.power, rtol=1e-12, atol=1e-18)


AXES = {
    "a scalar": ({"n_cold": [0.5, 0.7]}, {"manifold_levels": 3, "drive": 0.1, "n_hot": 0.2}),
    "a value a level": ({"n_hot": [0.2, 4.0]}, {"manifold_levels": 3, "drive": 0.1}),
    "of as many points as there are levels": ({"detuning": [0.0, 0.1, 0.2]}, {"drive": [0.1, 0.2, 0.3], "n_hot": 0.2}),
    "temperatures": (
        {"hot_temperature": [1.5, 3.0], "cold_temperature": [0.5, 1.0]}, {"manifold_levels": 2, "drive": 0.1}
    ),
    "spread": ({"spread": [0.0, 0.02]}, {"manifold_levels": 4, "drive": 0.1, "hot_temperature": 2.0}),
    "levels": ({"manifold_levels": [2, 5, 3]}, {"drive": 0.1, "n_hot": 4.0}),
    "levels alone": ({"manifold_levels": [2]}, {"drive": 0.1, "n_hot": 4.0}),
    "levels, inside": ({"detuning": [0.0, 0.1], "manifold_levels": [2, 3]}, {"drive": 0.1, "n_hot": 4.0}),
    "dipoles": ({"dipole_correlation": [0.0, 0.5]}, {"manifold_levels": 2, "drive": 0.1, "n_hot": 4.0}),
    "complex": ({"drive": [0.1j, 0.2]}, {"manifold_levels": 2, "n_hot": 4.0}),
    "none": ({}, {"drive": [0.1, 0.2], "n_hot": 0.3}),
}  # fmt: skip


@pytest.mark.parametrize("what", AXES)
def test_every_axis_is_direct_calls_point_by_point(what):
    axes, fixed = AXES[what]
    baths = {name: one for name, one in BATHS.items() if name not in axes}
    baths.pop("n_cold", None) if "cold_temperature" in axes else None
    ds = sweep(ThermalMaser, axes, ["s_max", "power"], fixed={**baths, **fixed})
    assert ds["s_max"].dims == tuple(axes)
    for index in np.ndindex(ds["s_max"].shape):
        point = ds.isel(dict(zip(axes, index, strict=True)))
        expected = direct(
            **baths, **fixed, **{name: values[at] for (name, values), at in zip(axes.items(), index, strict=True)}
        )
        close(float(point["s_max"]), expected["s_max"])
        close(float(point["power"]), expected["power"])


def test_parameters_that_run_together_and_rows_of_levels():
    rows = np.array([[0.1, 0.2], [0.2, 0.1], [0.1, 0.1]])
    axes = {"path": {"drive": rows, "detuning": [0.0, 0.1, 0.2]}, "n_hot": [0.2, 4.0]}
    ds = sweep(ThermalMaser, axes, ["s_max"], fixed=BATHS)
    assert ds["s_max"].dims == ("path", "n_hot")
    assert ds["detuning"].dims == ("path",)
    np.testing.assert_array_equal(ds["drive"], rows)
    for at, n_hot in np.ndindex(3, 2):
        expected = direct(
            ["s_max"], drive=rows[at], detuning=axes["path"]["detuning"][at], n_hot=axes["n_hot"][n_hot], **BATHS
        )
        close(float(ds["s_max"][at, n_hot]), expected["s_max"])


def test_ratios_stand_for_parameters():
    axes = {"occupation_ratio": [0.4, 10.0], "dissipation_ratio": [0.75, 3.0]}
    ds = sweep(ThermalMaser, axes, ["s_max"], fixed={"manifold_levels": 2, **BATHS})
    for ratio, k in np.ndindex(2, 2):
        n_hot = axes["occupation_ratio"][ratio] * BATHS["n_cold"]
        drive = BATHS["gamma_hot"] * (1.0 + n_hot) / axes["dissipation_ratio"][k]
        close(float(ds["s_max"][ratio, k]), direct(["s_max"], drive=[drive, drive], n_hot=n_hot, **BATHS)["s_max"])
    with pytest.raises(ts.ArgumentError, match="`n_hot` must be left out beside `occupation_ratio`"):
        sweep(ThermalMaser, axes, ["s_max"], fixed={"manifold_levels": 2, "n_hot": 1.0, **BATHS})
    with pytest.raises(ts.ArgumentError, match="`n_cold` must be given"):
        sweep(
            ThermalMaser,
            {"occupation_ratio": [1.0]},
            ["s_max"],
            fixed={"drive": 0.1, "gamma_hot": 0.1, "gamma_cold": 0.1},
        )


def test_a_ratio_of_ones_own(request):
    register_derived(
        ThermalMaser,
        Derived("damping", "γ", "of both baths", "gamma_hot", ("gamma_cold",), lambda one, cold: one * cold),
    )
    request.addfinalizer(lambda: __import__("torusync.sweeps.named", fromlist=["_"])._DERIVED["maser"].pop("damping"))
    ds = sweep(
        ThermalMaser,
        {"damping": [0.25]},
        ["power"],
        fixed={"drive": 0.1, "n_hot": 4.0, "n_cold": 0.5, "gamma_cold": 0.2},
    )
    close(float(ds["power"][0]), direct(["power"], drive=0.1, n_hot=4.0, **BATHS)["power"])
    for wrong in ("damping", "drive"):
        with pytest.raises(ts.ArgumentError, match="names of their own"):
            register_derived(ThermalMaser, Derived(wrong, "", "", "drive", (), lambda one: one))
    with pytest.raises(ts.ArgumentError, match="give a parameter"):
        register_derived(ThermalMaser, Derived("other", "", "", "other", (), lambda one: one))


def test_smaller_systems_are_padded_by_label():
    axes = {"manifold_levels": [2, 3]}
    ds = sweep(ThermalMaser, axes, ["populations", "coherences", "phases"], fixed={"drive": 0.1, "n_hot": 4.0, **BATHS})
    assert ds["populations"].shape == (2, 5)
    assert np.isnan(ds["populations"][0, 4])
    assert "padding" in ds.attrs
    for at, levels in enumerate(axes["manifold_levels"]):
        rho = ts.steady_state(
            ThermalMaser.from_shorthands({"manifold_levels": levels, "drive": 0.1, "n_hot": 4.0, **BATHS})
        ).rho
        for i, j in ((1, 2), (2, 3), (0, 1)):
            assert complex(ds["coherences"].sel(pair=f"{i}-{j}")[at]) == pytest.approx(complex(rho[i, j]), abs=1e-15)
    assert np.isnan(ds["coherences"].sel(pair="2-4")[0])
    assert not np.isnan(ds["coherences"].sel(pair="2-4")[1])


def test_a_model_that_counts_and_has_rows_of_its_own():
    ds = sweep(Ladder, {"levels": [2, 4], "energies": [0.0, 0.5]}, ["populations", "s_max"], fixed={"decay": 0.3})
    assert ds["populations"].shape == (2, 2, 4)
    np.testing.assert_allclose(ds["populations"].isel(level=0), 1.0, rtol=1e-12)
    assert np.isnan(ds["populations"].sel(levels=2).isel(level=2)).all()
    assert "padding" in ds.attrs


def test_a_million_points_are_one_call():
    axes = {"drive": np.linspace(0.01, 0.3, 1000), "detuning": np.linspace(-1.0, 1.0, 1000)}
    ds = sweep(ThermalMaser, axes, ["s_max"], fixed=TONGUE["fixed"], workers=1)
    fixed = {name: one for name, one in TONGUE["fixed"].items() if name != "manifold_levels"}
    whole = ThermalMaser(
        np.repeat(axes["drive"][:, np.newaxis, np.newaxis], 2, axis=-1), detuning=axes["detuning"], **fixed
    )
    np.testing.assert_allclose(ds["s_max"], ts.solve(whole).synchronization.s_max, rtol=1e-13, atol=0.0)
    assert (ds["status"] == 0).all()


def test_a_model_of_matrices_is_swept():
    lower = np.array([[0.0, 1.0], [0.0, 0.0]])
    matrices = np.array([[[0.0, 0.1], [0.1, one]] for one in (0.0, 0.5)])
    channels = [(0.1, lower), (0.05, lower.T)]
    ds = sweep(LindbladSystem, {"case": {"hamiltonian": matrices}}, ["s_max"], fixed={"channels": channels})
    for at in range(2):
        close(float(ds["s_max"][at]), float(ts.solve(LindbladSystem(matrices[at], channels)).synchronization.s_max))
    assert Study.from_text(ds.attrs["study"]).text == ds.attrs["study"]


# -- disorder ----------------------------------------------------------------------------------------------------------

DISORDER = {
    "axes": {"width": [0.0, 0.01, 0.02], "detuning": [0.0, 0.1]},
    "quantities": ["s_max"],
    "fixed": {"drive": 0.1, "n_hot": 4.0, "manifold_levels": 3, "splittings": Draw("normal", 0.0, "width"), **BATHS},
}


def test_disorder_is_drawn_level_by_level_from_the_seed_of_its_realisation():
    ds = sweep(ThermalMaser, DISORDER["axes"], ["s_max"], fixed=DISORDER["fixed"], realisations=Realisations(4, seed=3))
    assert ds["s_max"].dims == ("realisation", "width", "detuning")
    assert ds["realisation"].attrs["seed"] == 3
    assert (ds["s_max"].sel(width=0.0).std("realisation") < 1e-15).all()
    assert (ds["s_max"].sel(width=0.02).std("realisation") > 1e-9).all()
    from scipy.stats import norm

    for number, width in np.ndindex(4, 3):
        drawn = norm.ppf(uniforms(3, number, "splittings", 3)) * DISORDER["axes"]["width"][width]
        values = {**DISORDER["fixed"], "splittings": drawn, "detuning": 0.1}
        close(float(ds["s_max"][number, width, 1]), direct(["s_max"], **values)["s_max"])


def test_draws_are_the_same_however_many_and_whatever_the_chunking(monkeypatch):
    few = sweep(
        ThermalMaser, DISORDER["axes"], ["s_max"], fixed=DISORDER["fixed"], realisations=Realisations(2, seed=3)
    )
    monkeypatch.setattr(sizes, "SWEPT_POINTS", 3)
    many = sweep(
        ThermalMaser, DISORDER["axes"], ["s_max"], fixed=DISORDER["fixed"], realisations=Realisations(5, seed=3)
    )
    np.testing.assert_allclose(many["s_max"][:2], few["s_max"], rtol=1e-12)
    other = sweep(
        ThermalMaser, DISORDER["axes"], ["s_max"], fixed=DISORDER["fixed"], realisations=Realisations(2, seed=4)
    )
    assert (other["s_max"].sel(width=0.02) != few["s_max"].sel(width=0.02)).all()
    np.testing.assert_array_equal(uniforms(1, 2, "drive", 3), uniforms(1, 2, "drive", 9)[:3])


def test_the_bits_that_are_drawn_stay():
    """Typed once: no release of NumPy, and no machine, may change what a seed stands for."""
    assert uniforms(7, 2, "splittings", 2).tolist() == [0.977662685803828, 0.09959032552020347]


def test_a_number_that_belongs_to_no_level_is_drawn_once():
    fixed = {
        "drive": 0.1, "n_hot": Draw("uniform", 1.0, 2.0), "n_cold": Draw("exponential", 0.5), "gamma_hot": 0.05,
        "gamma_cold": Draw("lognormal", 0.2, 0.1), "detuning": Draw("cauchy", 0.0, 0.1), "manifold_levels": 2,
    }  # fmt: skip
    ds = sweep(ThermalMaser, {}, ["power"], fixed=fixed, realisations=3)
    u = {name: uniforms(0, 1, name, 1)[0] for name in ("n_cold", "gamma_cold", "detuning")}
    from scipy.stats import cauchy, expon, lognorm

    values = {
        "n_hot": 1.0 + uniforms(0, 1, "n_hot", 2), "n_cold": 0.5 * expon.ppf(u["n_cold"]), "gamma_hot": 0.05,
        "gamma_cold": lognorm.ppf(u["gamma_cold"], 0.1, scale=0.2), "detuning": cauchy.ppf(u["detuning"], scale=0.1),
    }  # fmt: skip
    close(float(ds["power"][1]), direct(["power"], drive=[0.1, 0.1], **values)["power"])


# -- points that fail --------------------------------------------------------------------------------------------------


def test_a_point_that_fails_fails_alone_and_says_why():
    axes = {"dipole_correlation": [-0.9, 0.0, 1.0, 0.5], "gamma_cold": [0.2, 0.3]}
    fixed = {"drive": [0.1, 0.1, 0.1], "n_hot": 4.0, "n_cold": 0.5, "gamma_hot": 0.05}
    ds = sweep(ThermalMaser, axes, ["s_max", "power"], fixed=fixed)
    expected = [[Outcome.REFUSED] * 2, [0, 0], [Outcome.NOT_UNIQUE] * 2, [0, 0]]
    np.testing.assert_array_equal(ds["status"], expected)
    np.testing.assert_array_equal(np.isnan(ds["s_max"]), np.array(expected) != 0)
    close(float(ds["power"][3, 1]), direct(["power"], **fixed, dipole_correlation=0.5, gamma_cold=0.3)["power"])
    found = failures(ds)
    assert [dict(one.parameters) for one in found[:2]] == [
        {"dipole_correlation": -0.9, "gamma_cold": 0.2}, {"dipole_correlation": -0.9, "gamma_cold": 0.3}
    ]  # fmt: skip
    assert "positive semidefinite" in found[0].sentence
    assert found[2].status is Outcome.NOT_UNIQUE
    assert "not unique" in found[2].sentence
    assert len(failures(ds, most=1)) == 1
    part = failures(ds.isel(dipole_correlation=slice(2, 3)).sel(gamma_cold=0.3))
    assert [dict(one.parameters) for one in part] == [{"dipole_correlation": 1.0, "gamma_cold": 0.3}]
    with pytest.raises(ts.ArgumentError, match="dataset of sweep"):
        failures(xr.Dataset())


def test_conditions_that_no_model_locates_are_found_by_halving():
    """A negative occupation is told by its bound, a coupling that is too small by nobody: it is tried."""
    values = [-0.5, 0.2, 1.0, 2.0, -1.0]
    ds = sweep(
        ThermalMaser,
        {"n_cold": values},
        ["power"],
        fixed={"drive": 0.1, "n_hot": 1.0, "gamma_hot": 0.1, "gamma_cold": 0.1},
    )
    np.testing.assert_array_equal(ds["status"], [100, 0, 0, 0, 100])
    ds = sweep(
        ThermalMaser,
        {"gamma_hot": [0.1, 1e-200, 0.2]},
        ["power"],
        fixed={"drive": 0.1, "n_hot": 1.0, "n_cold": 0.5, "gamma_cold": 0.1},
    )
    np.testing.assert_array_equal(ds["status"], [0, 100, 0])
    assert "reciprocal" in failures(ds)[0].sentence or "at least 1e-100" in failures(ds)[0].sentence


def test_a_quantity_that_cannot_be_worked_out_at_a_point_loses_no_other(monkeypatch):
    def strong(solution):
        if (solution.system.n_cold > 1.0).any():
            raise requirement("n_cold", "be at most 1", "it is more")
        return solution.thermodynamics.power

    fragile = Quantity("fragile", "", "", strong, QUANTITIES["power"].part)
    monkeypatch.setitem(registered._REGISTERED, "fragile", fragile)
    fixed = {"drive": 0.1, "n_hot": 1.0, "gamma_hot": 0.1, "gamma_cold": 0.1}
    ds = sweep(ThermalMaser, {"n_cold": [0.1, 2.0, 0.3, 0.4, 3.0]}, ["fragile", "s_max"], fixed=fixed)
    np.testing.assert_array_equal(ds["status"], [0, 101, 0, 0, 101])
    np.testing.assert_array_equal(np.isnan(ds["fragile"]), [False, True, False, False, True])
    close(float(ds["fragile"][3]), direct(["power"], n_cold=0.4, **fixed)["power"])
    assert failures(ds)[1].status is Outcome.NOT_WORKED_OUT
    assert failures(ds)[1].sentence == "Argument `n_cold` must be at most 1, but it is more."


def test_a_study_without_a_point_is_refused_with_the_reason():
    with pytest.raises(ts.ArgumentError, match="`n_cold` must be at least 0"):
        sweep(
            ThermalMaser,
            {"n_cold": [-1.0, -2.0]},
            ["power"],
            fixed={"drive": 0.1, "n_hot": 1.0, "gamma_hot": 0.1, "gamma_cold": 0.1},
        )


def test_chunks_are_pure_and_together_the_whole():
    study = tongue()
    whole = chunk(study, slice(None))
    assert set(whole) == set(schema(study).variables)
    parts = [chunk(study, slice(begin, begin + 7)) for begin in range(0, study.points, 7)]
    for name, values in whole.items():
        joined = np.concatenate([part[name] for part in parts])
        np.testing.assert_allclose(joined, values, rtol=1e-12, atol=1e-18)
    again = chunk(study, np.array([5, 3]))
    np.testing.assert_allclose(again["s_max"], whole["s_max"][[5, 3]], rtol=1e-12)
    assert set(chunk(study, slice(1), ["power"])) == {"status", "residual", "error", "power"}


def test_a_study_is_its_text():
    study = tongue(axes={"path": {"drive": [0.1j, 0.2], "detuning": [0.0, 0.1]}}, realisations=Realisations(2, seed=5),
                   fixed={**TONGUE["fixed"], "splittings": Draw("normal", 0.0, 0.1)})  # fmt: skip
    again = Study.from_text(study.text)
    assert again == study
    assert pickle.loads(pickle.dumps(study)) == study  # noqa: S301  (our own)
    assert hash(again) == hash(study)
    assert again.digest == study.digest
    assert tongue().digest == tongue(fixed=dict(reversed(TONGUE["fixed"].items()))).digest
    assert tongue().digest != tongue(axes={"drive": [0.1], "detuning": [0.0]}).digest
    assert "realisation 2 × path 2" in repr(study)
    for wrong in ("", "{}", study.text.replace('"maser"', '"other"')):
        with pytest.raises(ts.ArgumentError, match="`study`"):
            Study.from_text(wrong)


def test_one_of_two_points_may_be_refused():
    fixed = {"drive": 0.1, "manifold_levels": 2, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    for values in ([-1.0, 5.0], [5.0, -1.0]):
        found = ts.sweep(ts.ThermalMaser, {"n_hot": values}, ["s_max"], fixed=fixed, workers=1)
        assert (np.isfinite(found.s_max) == (np.array(values) > 0.0)).all()
