"""Is a model of one's own, ten lines and no file of the package, a model like any other?"""

import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

import torusync as ts
from command import as_json, refused, run
from statefiles import STATES, assert_same, rewrite
from statefiles import refused as refused_file
from torusync.models import Kind, Model, Parameter, known_models, machine_of, parameters, read_machine
from torusync.models.laboratory import typable
from torusync.quantities.summary import describe_machine

LOWERING = np.array([[0.0, 1.0], [0.0, 0.0]])


class Qubit(Model, name="qubit"):
    """A driven qubit that decays: ρ_11 = Ω²/(Δ² + 4Γ² + 2Ω²) with H = Δ|1><1| + (Ω/2)(|0><1| + h.c.)."""

    PARAMETERS = (
        Parameter("rabi", "Ω", Kind.FREQUENCY, "Rabi frequency"),
        Parameter("decay", "Γ", Kind.RATE, "decay rate, of the channel (Γ, |0><1|)", minimum=0.0, default=1.0),
        Parameter("detuning", "Δ", Kind.FREQUENCY, "detuning of the drive", default=0.0),
        Parameter("field", "B", Kind.PLAIN, "what may be left out", default=None),
    )
    UNIT, dimension = "rabi", 2

    def generator(self):
        hamiltonian = np.multiply.outer(self.rabi, 0.5 * (LOWERING + LOWERING.T))
        hamiltonian = hamiltonian + np.multiply.outer(self.detuning, np.diag([0.0, 1.0]))
        return ts.LindbladSystem(hamiltonian, [(self.decay, LOWERING)]).generator()


class Ladder(Model, name="ladder"):
    """Levels at the given energies that decay downwards at one rate, each to the next: it ends in the lowest one."""

    PARAMETERS = (
        Parameter("levels", "D", Kind.COUNT, "number of levels", minimum=2),
        Parameter("energies", "ω_j", Kind.FREQUENCY, "energies of the levels", axes=1, default=0.0),
        Parameter("decay", "Γ", Kind.RATE, "decay rate", minimum=0.0),
    )

    @property
    def dimension(self):
        return self.levels

    def generator(self):
        lower = np.diag(np.ones(self.levels - 1), 1)
        hamiltonian = np.eye(self.levels) * self.energies[..., np.newaxis]
        return ts.LindbladSystem(hamiltonian, [(self.decay, lower)]).generator()


def excited(rabi, decay=1.0, detuning=0.0):
    """From the Bloch equations, with the decay 2Γ of the population and Γ of the coherence."""
    return rabi**2 / 4 / (decay**2 + detuning**2 + rabi**2 / 2)


def test_it_is_solved_indexed_and_compared():
    qubits = Qubit(rabi=[0.5, 2.0], detuning=[[0.0], [0.3]])
    state = ts.steady_state(qubits)
    np.testing.assert_allclose(
        state.populations[..., 1], excited(np.array([0.5, 2.0]), 1.0, np.array([[0.0], [0.3]])), rtol=1e-13
    )
    assert qubits[1, 0] == Qubit(rabi=0.5, detuning=0.3)
    assert [one.batch_shape for one in qubits] == [(2,), (2,)]
    assert hash(qubits[0, 0]) == hash(Qubit(rabi=0.5))
    assert Qubit(rabi=0.5) != Qubit(rabi=0.6)
    assert repr(Qubit(rabi=0.5)) == "<Qubit: D = 2, rabi = 0.5>"
    back = pickle.loads(pickle.dumps(qubits))  # noqa: S301
    assert back == qubits
    np.testing.assert_array_equal(back.rabi, [0.5, 2.0])
    assert not back.rabi.flags.writeable
    assert ts.synchronization(state).s_max.shape == (2, 2)
    with pytest.raises(ts.ArgumentError, match="`decay` must be at least 0"):
        Qubit(rabi=1.0, decay=-1.0)
    with pytest.raises(ts.ArgumentError, match="`rabi` must be given"):
        Qubit(decay=1.0)
    with pytest.raises(ts.ArgumentError, match="`rabbi` must be one of rabi, decay, detuning, field, but Qubit has no"):
        Qubit(rabbi=1.0)
    with pytest.raises(AttributeError, match="cannot assign to 'rabi' of a Qubit"):
        qubits.rabi = 1.0


@pytest.mark.parametrize("field", [None, [0.0, 1.0]], ids=["left out", "given"])
def test_its_states_are_saved_and_loaded(field, tmp_path):
    state = ts.steady_state(Qubit(rabi=[0.5, 2.0], field=field))
    state.save(tmp_path / "state.npz")
    back = ts.load_state(tmp_path / "state.npz")
    assert back.system == state.system
    assert (back.system.field is None) is (field is None)
    np.testing.assert_array_equal(back.rho, state.rho)
    rewrite(tmp_path / "state.npz", **{"qubit.detuning": np.array([0.0, 0.1])})
    assert "residual" in refused_file(lambda: ts.load_state(tmp_path / "state.npz"))


def test_a_model_may_count_and_have_a_value_a_level(tmp_path):
    ladders = Ladder(levels=4, energies=[[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 1.0, 5.0]], decay=[[0.1], [0.2], [0.3]])
    assert ladders.batch_shape == (3, 2)
    assert ladders[2, 1] == Ladder(levels=4, energies=[0.0, 1.0, 1.0, 5.0], decay=0.3)
    assert ladders[2, 1] != Ladder(levels=5, energies=[0.0, 1.0, 1.0, 5.0], decay=0.3)
    state = ts.steady_state(ladders)
    np.testing.assert_allclose(state.populations[..., 0], 1.0)
    state.save(tmp_path / "state.npz")
    assert ts.load_state(tmp_path / "state.npz").system == ladders
    path = toml(tmp_path, 'model = "ladder"\nenergies = [0, 1, "2.5"]\ndecay = 0.1\n')
    assert machine_of(*reversed(read_machine(path))).system == Ladder(levels=3, energies=[0.0, 1.0, 2.5], decay=0.1)
    assert machine_of({"levels": 2, "decay": 0.1}, Ladder).system == Ladder(levels=2, decay=0.1)
    with pytest.raises(ts.ArgumentError, match="`levels` must be at least 2, but it is 1"):
        Ladder(levels=1, decay=0.1)
    rewrite(tmp_path / "state.npz", **{"ladder.levels": np.array(4.0)})
    assert "`levels` must be a whole number" in refused_file(lambda: ts.load_state(tmp_path / "state.npz"))


def test_a_file_of_a_model_that_is_not_defined_says_so(tmp_path, monkeypatch):
    ts.steady_state(Qubit(rabi=0.5)).save(tmp_path / "state.npz")
    monkeypatch.delitem(parameters._KNOWN, "qubit")
    found = refused_file(lambda: ts.load_state(tmp_path / "state.npz"))
    assert "must hold a state of " in found
    assert "is one of 'qubit'; import what defines that model first" in found
    assert "could not be found again" in refused_file(lambda: ts.steady_state(Qubit(rabi=1.0)).save(tmp_path / "a.npz"))
    with pytest.raises(ts.ArgumentError, match=r"`model` must be one of maser, .*ladder.*, but it is 'qubit'"):
        read_machine(toml(tmp_path, 'model = "qubit"\nrabi = 1.0\n'))


def test_a_model_named_like_a_part_of_the_file_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setitem(parameters._KNOWN, "dense", Qubit)
    monkeypatch.setattr(Qubit, "NAME", "dense")
    assert "could not be found again" in refused_file(lambda: ts.steady_state(Qubit(rabi=1.0)).save(tmp_path / "a.npz"))


def test_a_class_that_is_no_model_is_not_written(tmp_path):
    class Bare:
        batch_shape, dimension, coherence_sets, reference = (), 2, (), None

        def generator(self):
            return Qubit(rabi=1.0).generator()

    assert "pickle the state" in refused_file(lambda: ts.steady_state(Bare()).save(tmp_path / "a.npz"))


def test_a_file_of_two_models_is_refused(tmp_path):
    path = tmp_path / "state.npz"
    STATES["block"]().save(path)
    rewrite(path, **{"qubit.rabi": np.array(1.0)})
    assert "unknown 'qubit.rabi'" in refused_file(lambda: ts.load_state(path))
    rewrite(path, **{"lindblad.hamiltonian": np.eye(2)})
    refused_file(lambda: ts.load_state(path))


def test_the_models_of_the_house_are_found_again(tmp_path):
    assert {"maser", "lindblad"} <= set(known_models())
    for name in ("block", "lindblad"):
        state = STATES[name]()
        state.save(tmp_path / "state.npz")
        back = ts.load_state(tmp_path / "state.npz")
        assert_same(back, state)
        assert back.system == state.system


def toml(tmp_path, text):
    path = tmp_path / "machine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_its_machine_file_is_read_with_units_and_without(tmp_path):
    model, typed = read_machine(toml(tmp_path, 'model = "qubit"\nrabi = "5 GHz"\ndecay = "10 GHz"\nfield = "0.5"\n'))
    assert model is Qubit
    found = machine_of(typed, model)
    assert found.system == Qubit(rabi=1.0, decay=2.0, field=0.5).measured_in(5e9)
    assert found.system.hertz == 5e9
    assert describe_machine(found) == {
        "model": "Qubit", "dimension": 2, "rabi": 5e9, "decay": 1e10, "detuning": 0.0, "field": 0.5,
        "unit_of_frequency_in_hertz": 5e9,
    }  # fmt: skip
    plain = machine_of({"rabi": 0.5}, Qubit)
    assert (plain.system, plain.system.hertz) == (Qubit(rabi=0.5), None)
    assert "field" not in describe_machine(plain)
    for typed, words in (
        ({"rabi": "5 GHz"}, "`decay` must be given with its unit"),
        ({"decay": "5 GHz"}, "`rabi` must be given with its unit"),
        ({"rabi": [0.1, 0.2]}, "`rabi` must be one value"),
        ({"drive": 0.1}, "`drive` must be one of rabi, decay, detuning, field"),
        ({"rabi": 0.1, "field": "1 GHz"}, "`field` must be a plain number"),
    ):
        with pytest.raises(ts.ArgumentError, match=words):
            machine_of(typed, Qubit)


def test_a_model_without_a_unit_takes_plain_numbers_alone(monkeypatch):
    monkeypatch.setattr(Qubit, "UNIT", None)
    with pytest.raises(ts.ArgumentError, match="`rabi` must be a plain number, but Qubit has no laboratory units"):
        machine_of({"rabi": "5 GHz"}, Qubit)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model = 3\n", "`model` must be one of maser, "),
        ('model = "lindblad"\n', ", but it is 'lindblad'"),
        ('model = "os.path"\n', "but it is 'os.path'"),
        ('model = "qubit"\nrabbi = 1\n', "did you mean rabi?"),
        ('model = "qubit"\nlevels = 2\n', "it holds 'levels'"),
        ("dipole_matrix = [1, 1]\n", "it holds 'dipole_matrix' (did you mean"),
        ("manifold_levels = [2]\n", "`manifold_levels` must be a whole number"),
    ],
)
def test_a_wrong_machine_file_is_one_sentence(text, words, tmp_path):
    assert words in refused("solve", toml(tmp_path, text))


def test_every_parameter_that_can_be_typed_is_an_option_and_a_key(tmp_path):
    """The table once more, and nothing else: options of `solve`, keys of a file."""
    options = set(re.findall(r"^  --([a-z-]+)", run("solve", "--help").stdout, flags=re.MULTILINE))
    beside = {"solver", "driven", "save", "full", "json", "help"}
    assert {name.replace("-", "_") for name in options - beside} == set(typable(ts.ThermalMaser))
    keys = "\n".join(f"{name} = {2 if name == 'manifold_levels' else 1.5}" for name in typable(ts.ThermalMaser))
    model, content = read_machine(toml(tmp_path, keys))
    assert model is ts.ThermalMaser
    assert set(content) == set(typable(ts.ThermalMaser))


def test_a_summary_gives_every_parameter_of_the_maser():
    shown = set(as_json("solve", "--drive", "0.1", "--hot-temperature", "5", "--n-cold", "0.5", "--gamma-hot", "0.05",
                        "--gamma-cold", "0.2")["system"])  # fmt: skip
    given = {one.name for one in ts.ThermalMaser.PARAMETERS if one.default is not None}
    assert shown == given | {"model", "dimension", "manifold_levels", "drive_frequency", "hot_temperature"}


def test_what_needs_no_model_waits_for_none():
    """Neither the version nor the list of commands: scipy alone takes a second to load from a cold disk."""
    for words in (["--version"], ["--help"]):
        code = (
            "import sys\nfrom torusync import cli\n"
            f"cli.app({words!r}, standalone_mode=False)\n"
            "assert 'scipy' not in sys.modules and 'torusync.models' not in sys.modules\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
