"""Is a sweep that is handed on told for what it is, with the meaning of its codes, and not for a damaged one?"""

import numpy as np
import pytest

import torusync as ts
from command import refused, run
from torusync.models import Kind, Model, Parameter, parameters

MASER = {"n_hot": 0.2, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2, "manifold_levels": 2}
DETUNINGS = np.array([-0.1, 0.1 + 0.2, 0.5])  # the middle one is not 0.3


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("stores") / "map.zarr"
    axes = {"drive": [0.1, 0.2], "detuning": DETUNINGS, "dipole_correlation": [0.0, 1.0]}
    ts.sweep(ts.ThermalMaser, axes, ["s_max"], fixed={**MASER, "manifold_levels": 3}, store=path)
    return path


@pytest.fixture(scope="module")
def table(store, tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "map.csv"
    assert run("plot", store, "s_max", "--out", path).exit_code == 0
    return path


def test_a_table_says_what_the_codes_in_it_mean(store, table):
    ds = ts.sweeps.open_sweep(store)
    heads = [line for line in table.read_text().splitlines() if line.startswith("# codes of status: ")]
    told = dict(part.split(" ") for part in heads[0].removeprefix("# codes of status: ").split(", "))
    assert set(told) == {str(code) for code in np.unique(ds.status)}
    assert told["0"] == "success"
    for code, word in told.items():
        assert ts.steady.Status(int(code)).name.lower() == word


def test_a_table_of_a_sweep_is_no_density_matrix_whatever_its_shape(table, tmp_path):
    head = [line for line in table.read_text().splitlines() if line.startswith("#")]
    square = tmp_path / "square.csv"
    square.write_text("\n".join([*head, "drive,detuning", "0.5,0.0", "0.0,0.5"]) + "\n")
    for path in (table, square):
        assert "holds the table of a sweep" in refused("analyze", path)


def test_a_number_that_reads_alike_is_not_told_to_be_nearest(store, tmp_path):
    done = run("plot", store, "s_max", "--at", "detuning=0.3", "--out", tmp_path / "a.png")
    assert "nearest" not in done.stdout
    done = run("plot", store, "s_max", "--at", "detuning=0.31", "--out", tmp_path / "a.png")
    assert "detuning = 0.3 is the nearest to 0.31" in done.stdout


def test_a_point_is_no_picture_and_may_be_written(store, tmp_path):
    places = [one for name in ("drive=0.1", "detuning=0.3", "dipole_correlation=0") for one in ("--at", name)]
    assert "write it as .csv" in refused("plot", store, "s_max", *places, "--out", tmp_path / "a.png")
    assert run("plot", store, "s_max", *places, "--out", tmp_path / "a.csv").exit_code == 0
    row = [line for line in (tmp_path / "a.csv").read_text().splitlines() if not line.startswith("#")]
    value = ts.sweeps.open_sweep(store).s_max.sel(drive=0.1, dipole_correlation=0.0).isel(detuning=1).item()
    assert repr(value) in row[-1]


def test_a_store_of_a_model_that_is_not_known_here_is_not_called_damaged(tmp_path, monkeypatch):
    class Passing(Model, name="passing"):
        """A driven qubit, for this test alone."""

        PARAMETERS = (
            Parameter("drive", "Ω", Kind.FREQUENCY, "drive"),
            Parameter("decay", "Γ", Kind.RATE, "decay", minimum=0.0, default=1.0),
        )
        UNIT, dimension = "decay", 2

        def generator(self):
            lower = np.array([[0.0, 1.0], [0.0, 0.0]])
            hamiltonian = np.multiply.outer(self.drive, lower + lower.T)
            return ts.LindbladSystem(hamiltonian, [(self.decay, lower)]).generator()

    path, study = tmp_path / "mine.zarr", tmp_path / "study.toml"
    ts.sweep(Passing, {"drive": [0.1, 0.2]}, ["s_max"], store=path)
    fixed = "".join(f"{name} = {value}\n" for name, value in MASER.items())
    study.write_text(f'quantities = ["s_max"]\n[axes]\ndrive = [0.1]\n[fixed]\n{fixed}')
    monkeypatch.delitem(parameters._KNOWN, "passing")
    said = refused("sweep", study, "--out", path, "--resume")
    assert "must be of a model that is known here" in said
    assert "the study is of 'passing'; import that first" in said
    assert "backup" not in said
