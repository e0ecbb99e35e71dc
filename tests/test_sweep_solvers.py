"""Can a sweep be by a solver of one's choice: in its numbers, its text, its store and its file?"""

import json

import numpy as np
import pytest

import torusync as ts
from sweeping import TONGUE, tongue
from torusync.cli import _SOLVERS
from torusync.models import ThermalMaser
from torusync.steady import Auto, Block, Cauchy, Collective, Dense, LowRank, MatrixFree
from torusync.steady.named import SOLVERS, name_of_solver, solver_named
from torusync.sweeps import Study, failures, run, sweep
from torusync.sweeps.studyfile import read_study, study_of
from torusync.sweeps.studytext import as_toml, write_study

AXES = {"drive": [0.1, 0.2], "detuning": [0.0, 0.3]}


@pytest.mark.parametrize("solver", [Auto(), Collective(), Cauchy(), Block(), Dense(), LowRank()])
def test_its_numbers_are_those_of_the_solver(solver):
    found = sweep(ThermalMaser, AXES, ["s_max", "power"], fixed=TONGUE["fixed"], solver=solver)
    drive, detuning = np.meshgrid(AXES["drive"], AXES["detuning"], indexing="ij")
    fixed = {name: one for name, one in TONGUE["fixed"].items() if name != "manifold_levels"}
    alone = ts.solve(ThermalMaser(np.stack([drive, drive], -1), detuning=detuning, **fixed), solver=solver)
    for name in ("s_max", "power", "residual", "error"):
        np.testing.assert_allclose(found[name], alone[name], rtol=1e-12, atol=1e-17)
    assert found.attrs["solver"] == type(solver).__name__
    assert Study.from_text(found.attrs["study"]).solver == solver


def test_a_study_without_one_says_what_it_said_before():
    """Its text, and so its digest and its stores, know of no solver."""
    plain = tongue()
    assert "solver" not in json.loads(plain.text)
    assert tongue(solver=Auto()) == plain
    assert plain.solver == Auto()
    other = tongue(solver=Dense())
    assert other != plain
    assert other.digest != plain.digest
    assert Study.from_text(other.text) == other


def test_a_store_is_gone_on_with_by_its_own_solver_alone(tmp_path):
    run(tongue(solver=Block()), store=tmp_path / "a.zarr", workers=1)
    with pytest.raises(ts.ArgumentError, match="the solver is Block; begin another store"):
        run(tongue(), store=tmp_path / "a.zarr", workers=1)
    again = run(tongue(solver=Block()), store=tmp_path / "a.zarr", workers=1)
    assert again.attrs["workers"] == "none: nothing was missing"
    assert again.attrs["solver"] == "Block"


def test_a_file_names_it_in_small_letters(tmp_path):
    for name, solver in SOLVERS.items():
        study = tongue(solver=solver)
        write_study(study, tmp_path / "a.toml")
        assert read_study(tmp_path / "a.toml") == study
        assert ('solver = "' + name + '"' in as_toml(study)) == (name != "auto")
    with pytest.raises(ts.ArgumentError, match="`solver` must be one of auto, collective"):
        study_of({"quantities": "s_max", "solver": "dence"})
    with pytest.raises(ts.ArgumentError, match="`solver` must be"):
        study_of({"quantities": "s_max", "solver": 3})


def test_names_are_those_of_the_command_line():
    assert set(_SOLVERS) <= set(SOLVERS)
    for name, solver in SOLVERS.items():
        assert solver_named(name) is solver
        assert name_of_solver(solver) == name


@pytest.mark.parametrize("wrong", ["dense", Dense, None, 3, [], np.zeros(3), object()])
def test_what_is_no_solver_is_refused(wrong):
    with pytest.raises(ts.ArgumentError, match="`solver` must be a solver that a name stands for"):
        tongue(solver=wrong)


def test_a_turned_knob_is_refused_since_no_name_says_it():
    assert MatrixFree() != MatrixFree(max_steps=10)
    with pytest.raises(ts.ArgumentError, match="`solver` must be as it comes"):
        tongue(solver=MatrixFree(max_steps=10))


def test_a_solver_that_does_not_fit_says_so():
    with pytest.raises(ts.ArgumentError, match=r"Collective\(\) needs a ThermalMaser with equal level energies"):
        sweep(ThermalMaser, {"drive": [0.1]}, "s_max", fixed={**TONGUE["fixed"], "spread": 0.1}, solver=Collective())
    mixed = sweep(
        ThermalMaser, {"spread": [0.0, 0.1]}, "s_max", fixed={**TONGUE["fixed"], "drive": 0.1}, solver=Collective()
    )
    assert mixed["status"].to_numpy().tolist() == [0, 101]
    (one,) = failures(mixed)
    assert "Collective()" in one.sentence


def test_complex_values_without_imaginary_parts_are_the_study_of_real_ones():
    """One study, one digest: a store of real drives goes on where the same drives come as complex numbers."""
    drives = np.linspace(0.1, 0.2, 3)
    real, complex_ = (
        Study(ThermalMaser, {"drive": one}, ["s_max"], fixed=TONGUE["fixed"]) for one in (drives, drives + 0j)
    )
    assert complex_.axes[0].labels.dtype == np.float64
    assert complex_.digest == real.digest
    assert Study(ThermalMaser, {"drive": drives + 0.1j}, ["s_max"], fixed=TONGUE["fixed"]).digest != real.digest
