"""Do the shapes carry a system, a distribution and a quantity of one's own, with no file of the package touched?

A toy of each, in some ten lines, and then all that shows anything: `solve` in Python and on the command line, JSON,
save and load, machine files, datasets and notebooks.  Their numbers are held against the Bloch equations.
"""

import inspect
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import torusync as ts
from command import as_json, refused, run
from problems import refused as refused_here
from torusync import plots
from torusync.analysis import bootstrap_counts, interplay
from torusync.models import Kind, Model, Parameter
from torusync.phases import SUD
from torusync.quantities import QUANTITIES, Quantity, Unit, register
from torusync.quantities import quantity as registry
from torusync.thermo import synchronization_bounds
from toys import Equator

LOWERING = np.array([[0.0, 1.0], [0.0, 0.0]])


# The three toys


class Atom(Model, name="atom"):
    """A driven atom that decays: H = Δ|1><1| + (Ω/2)(|0><1| + h.c.), and the channel (Γ, |0><1|)."""

    PARAMETERS = (
        Parameter("rabi", "Ω", Kind.FREQUENCY, "Rabi frequency", above=0.0),
        Parameter("decay", "Γ", Kind.RATE, "decay rate", minimum=0.0, default=1.0),
        Parameter("offset", "Δ", Kind.FREQUENCY, "detuning of the drive", default=0.0),
    )
    UNIT, dimension, distribution = "rabi", 2, Equator()

    def generator(self):
        hamiltonian = np.multiply.outer(self.rabi / 2, LOWERING + LOWERING.T)
        hamiltonian = hamiltonian + np.multiply.outer(self.offset, np.diag([0.0, 1.0]))
        return ts.LindbladSystem(hamiltonian, [(self.decay, LOWERING)]).generator()


SCATTERING = Quantity(
    "scattering", "2Γρ_11", "photons that leave", lambda one: 2.0 * one.system.decay * one.density.populations[..., 1],
    QUANTITIES["populations"].part, Unit.RATE, "Bloch equations", when=lambda one: isinstance(one.system, Atom),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _registered():
    register(SCATTERING)
    yield
    registry._REGISTERED.pop("scattering")


def excited(rabi, decay=1.0, offset=0.0):
    """ρ_11 of the Bloch equations, with the decay 2Γ of the population and Γ of the coherence."""
    return rabi**2 / 4 / (decay**2 + offset**2 + rabi**2 / 2)


def height(rabi, decay=1.0, offset=0.0):
    """|ρ_01|/π, with |ρ_01|² = (Γ² + Δ²) (2ρ_11/Ω)² of the same equations."""
    return np.hypot(decay, offset) * 2.0 * excited(rabi, decay, offset) / rabi / np.pi


MACHINE = 'model = "atom"\nrabi = 0.5\ndecay = 0.3\noffset = "0.2"\n'
POINT = {"rabi": 0.5, "decay": 0.3, "offset": 0.2}
PAIR_SUMS = {"pair_sum", "pair_sum_bound", "pair_sum_error", "scaled", "l1_coherence", "frustration",
             "order_parameter", "s_max_error", "shares", "share_fractions"}  # fmt: skip


@pytest.fixture
def machine(tmp_path):
    path = tmp_path / "atom.toml"
    path.write_text(MACHINE, encoding="utf-8")
    return path


# What shows them


def test_python_solves_them_with_the_distribution_that_the_model_names():
    rabi = np.array([0.5, 2.0, 7.0])
    solved = ts.solve(Atom(rabi=rabi, offset=0.4))
    sync = solved.synchronization
    assert sync.distribution == Equator()
    np.testing.assert_allclose(sync.s_max, height(rabi, offset=0.4), rtol=1e-13)
    assert sync.certified.all()
    np.testing.assert_allclose(solved["scattering"], 2.0 * excited(rabi, offset=0.4), rtol=1e-13)
    reached = sync.distribution.at(solved.density, sync.phases)
    np.testing.assert_allclose(reached, sync.s_max, rtol=1e-13)
    again = ts.synchronization(ts.steady_state(Atom(rabi=rabi, offset=0.4)))
    np.testing.assert_array_equal(again.s_max, sync.s_max)
    # who asks for another distribution gets it, of a state and of a matrix
    assert ts.solve(Atom(rabi=0.5), distribution=SUD()).synchronization.distribution == SUD()
    matrix = ts.Solution(ts.steady_state(Atom(rabi=0.5)).rho, distribution=Equator())
    assert matrix["s_max"] == pytest.approx(height(0.5), rel=1e-13)


def test_json_gives_what_python_gives_and_no_part_that_they_have_not(machine):
    content, solved = as_json("solve", machine), ts.solve(Atom(**POINT))
    assert set(content) == {"summary", "system", "steady_state", "density", "synchronization", "interplay",
                            "frustration", "units"}  # fmt: skip
    assert content["system"] == {"model": "Atom", "dimension": 2, **POINT}
    assert content["synchronization"]["s_max"] == pytest.approx(height(**POINT), rel=1e-13)
    assert content["synchronization"]["phases"] == solved["phases"].tolist()
    assert content["density"]["scattering"] == float(solved["scattering"])
    assert not PAIR_SUMS & set(content["synchronization"])
    assert content["units"] == dict.fromkeys(("rabi", "decay", "offset", "residual", "scattering"), "Omega")


def test_the_command_line_says_it_in_words(machine):
    lines = run("solve", machine).stdout.splitlines()
    assert lines == [
        "Atom of 2 levels, in the unit that Ω = 0.5 is given in: rabi 0.5, decay 0.3, offset 0.2.",
        f"S_max = {height(**POINT):.6g}, proven: no phases reach more, to a relative 1e-09.",
        "No warnings.",
    ]
    full = run("solve", machine, "--full").stdout
    assert "scattering" in full
    assert "nan" not in full
    assert "thermodynamics" not in full
    assert "`--driven` must be left out for a system without heat and work" in refused("solve", machine, "--driven")
    assert "`--drive` must be one of rabi, decay, offset" in refused("solve", machine, "--drive", "0.1")


def test_the_command_line_of_a_process_that_imports_them_knows_them(machine, tmp_path):
    """As the documentation has it: nothing but the import makes a model known."""
    source = inspect.getsource(Atom).replace("2, Equator()", "2, SUD()")
    names = "LOWERING = np.array([[0.0, 1.0], [0.0, 0.0]])"
    imports = "import numpy as np\nimport torusync as ts\nfrom torusync.models import Kind, Model, Parameter\n"
    text = f"{imports}from torusync.phases import SUD\n{names}\n\n{source}"
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import mine; from torusync.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "solve", str(machine)],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.stdout.startswith("Atom of 2 levels, in the unit that Ω = 0.5 is given in"), done.stderr
    unknown = tmp_path / "unknown.toml"
    unknown.write_text('model = "molecule"\n', encoding="utf-8")
    assert "it is 'molecule'; import what defines it first" in refused("solve", unknown)


def test_what_came_in_hertz_leaves_in_si(tmp_path):
    path = tmp_path / "atom.toml"
    path.write_text('model = "atom"\nrabi = "5 MHz"\ndecay = "3 MHz"\n', encoding="utf-8")
    content = as_json("solve", path)
    assert content["summary"][0] == "Atom of 2 levels, Ω = 2π × 5 MHz: rabi 5 MHz, decay 3 MHz."
    assert content["units"]["scattering"] == "1/s"
    expected = 2.0 * 0.6 * excited(1.0, 0.6) * 2.0 * np.pi * 5e6
    assert content["density"]["scattering"] == pytest.approx(expected, rel=1e-13)
    dataset = ts.solve(Atom(rabi=1.0, decay=0.6).measured_in(5e6)).to_dataset(["scattering"])
    assert float(dataset.scattering) == pytest.approx(expected, rel=1e-13)
    assert dataset.attrs["Omega_in_hertz"] == 5e6


def test_a_saved_state_is_analyzed_as_it_was_solved(machine, tmp_path):
    path = tmp_path / "state.npz"
    solved = as_json("solve", machine, "--save", path)
    state = ts.load_state(path)
    assert state.system == Atom(**POINT)
    assert ts.synchronization(state).distribution == Equator()
    content = as_json("analyze", path)
    assert content["summary"] == ["Atom state of 2 levels.", *solved["summary"][1:]]
    for part in ("density", "synchronization", "steady_state"):
        assert content[part] == solved[part]
    assert content["units"] == {name: solved["units"][name] for name in ("residual", "scattering")}
    assert "with sums over pairs of levels" in refused("analyze", path, "--counts", 100)


def test_a_dataset_holds_a_map_of_them(tmp_path):
    solved = ts.solve(Atom(rabi=[0.5, 2.0, 7.0], offset=[[0.0], [0.4]]))
    dataset = solved.to_dataset(dims=["offset", "rabi"])
    assert dataset.scattering.dims == ("offset", "rabi")
    assert dataset.scattering.attrs == {
        "long_name": "photons that leave", "units": "Omega", "symbol": "2Γρ_11", "source": "Bloch equations"
    }  # fmt: skip
    # one phase beside two levels: an axis of its own
    assert (dataset.phases.dims, dataset.phases.shape) == (("offset", "rabi", "phase"), (2, 3, 1))
    assert dataset.populations.dims == ("offset", "rabi", "level")
    assert not PAIR_SUMS & set(dataset)
    assert "error" not in dataset.s_max.attrs
    # no number is said to be the letter's that is not
    assert {dataset[name].attrs["source"] for name in ("s_max", "log10_s_max", "phases")} == {Equator.source}
    assert all(dataset[role] is not None for one in dataset.values() for role in (one.attrs.get("bound"),) if role)
    assert (dataset.attrs["system"], dataset.attrs["distribution"]) == ("Atom", "Equator")
    assert list(solved.to_dataset(["s_max"])) == ["s_max", "s_max_bound"]
    dataset.to_netcdf(tmp_path / "map.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "map.nc", engine="h5netcdf") as back:
        xr.testing.assert_identical(back.load(), dataset)
    assert SUD().levels
    assert ts.solve(Atom(rabi=1.0), distribution=SUD()).to_dataset().phases.dims == ("level",)


def test_a_notebook_shows_them():
    html = ts.solve(Atom(**POINT))._repr_html_()
    assert f"<td>{2.0 * 0.3 * excited(**POINT):.6g} Omega</td>" in html
    assert "scattering (2Γρ_11)" in html
    assert f"<td>{height(**POINT):.6g}</td><td>at most {height(**POINT):.6g}</td>" in html
    assert "nan" not in html
    assert "pair_sum" not in html


# What is about pair sums stays about them


def test_sums_over_pairs_are_not_taken_from_another_distribution():
    solved = ts.solve(Atom(**POINT))
    for call, further in ((interplay, {"one": [(0, 1)]}), (bootstrap_counts, 10)):
        refused_here(
            lambda call=call, further=further: call(solved.state, further, sync=solved.synchronization),
            "`sync`",
            "SUD()",
        )
    refused_here(lambda: solved["pair_sum"], "`quantities`", "'pair_sum' does not for a Atom")
    for draw in (plots.plot_torus, plots.plot_phasors, plots.plot_shares):
        refused_here(lambda draw=draw: draw(solved.state), "`result`", "Equator()", "plot_phases")
    together = replace(solved, sets={"one": [(0, 1)]}).interplay
    assert float(together.alone["one"]) == pytest.approx(height(**POINT) * np.pi, rel=1e-13)


def test_bounds_on_currents_are_by_the_letters_s_max_whatever_is_shown():
    maser = ts.ThermalMaser([0.1, 0.1], n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2)
    usual, other = ts.solve(maser), ts.solve(maser, distribution=Equator())
    assert other["power_bound_always"] == usual["power_bound_always"] > 0.0
    wrong = replace(usual.synchronization, distribution=Equator())
    refused_here(lambda: synchronization_bounds(usual.state, sync=wrong), "`sync`", "SUD()")


def test_a_quantity_points_to_registered_ones():
    lost = replace(SCATTERING, name="lost", bound="lost_bound")
    refused_here(lambda: register(lost), "`quantities`", "'lost' points to 'lost_bound'")
    assert "lost" not in QUANTITIES


def test_what_a_solution_is_asked_for_knows_the_error_of_its_state():
    solved = ts.solve(ts.ThermalMaser([0.1, 0.1], n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2))
    assert ts.synchronization(solved).s_max_error == solved.synchronization.s_max_error > 0.0
