"""Are baths told once, kept with their system wherever it goes, and refused where they do not fit?"""

import json
import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array

import torusync as ts
from channels import LOWER, Pair, occupation, thermal
from problems import refused
from torusync.models import Baths, Kind, Model, Parameter
from torusync.quantities.headlines import headlines
from torusync.quantities.summary import describe
from torusync.thermo import SecondLaw

QUBIT = np.diag([0.0, 1.0])
BOTH = {"hot": [0, 1], "cold": [2, 3]}
FOUR = thermal(LOWER, 0.1, 1.2) + thermal(LOWER, 0.2, 0.3)


class Coupled(Model, name="coupled_qubits"):
    """A model of one's own: its baths are a property, and nothing else is asked of it."""

    PARAMETERS = (
        Parameter("coupling", "g", Kind.FREQUENCY, "coupling of the qubits"),
        Parameter("hot_temperature", "T_h", Kind.TEMPERATURE, "temperature of the hot bath", above=0.0),
    )
    dimension = 4

    @property
    def baths(self):
        return Baths(BOTH, temperatures={"hot": self.hot_temperature, "cold": 0.6}, energies=Pair().bare)

    def generator(self):
        pair = Pair()
        exchange = (pair.hamiltonian - pair.bare) / pair.coupling
        n_hot = occupation(2.0, self.hot_temperature)
        hot = [(0.05 * (1 + n_hot), pair.channels[0][1]), (0.05 * n_hot, pair.channels[1][1])]
        hamiltonian = pair.bare + np.multiply.outer(self.coupling, exchange)
        return ts.LindbladSystem(hamiltonian, [*hot, *pair.channels[2:]]).generator()


def whole(**changes):
    told = {"temperatures": {"hot": [2.0, 3.0]}, "frequencies": {"cold": [-1.0, 1.0]}, "energies": QUBIT} | changes
    return ts.LindbladSystem(QUBIT, FOUR, baths=BOTH, **told)


def test_the_frequency_of_a_single_channel_needs_no_list():
    """Of two it does: emission takes out what absorption brings in."""
    one = {"baths": {"hot": [1]}, "temperatures": {"hot": 2.0}}
    expected = ts.LindbladSystem(QUBIT, FOUR, frequencies={"hot": [1.5]}, **one)
    assert ts.LindbladSystem(QUBIT, FOUR, frequencies={"hot": 1.5}, **one) == expected
    refused(lambda: whole(frequencies={"cold": 1.5}), "`frequencies of cold`", "2 channels, negative for emission")


def test_they_are_part_of_what_a_system_is(tmp_path):
    system = whole()
    assert system.batch_shape == (2,)
    assert system == whole()
    assert hash(system) == hash(whole())
    assert system != whole(temperatures={"hot": [2.0, 3.5]})
    assert system != whole(energies=2.0 * QUBIT)
    assert pickle.loads(pickle.dumps(system)) == system  # noqa: S301
    assert repr(system).endswith("4 channels, baths hot, cold>")
    assert system[1].baths.members[0].temperature == 3.0
    assert system[1] != system[0]
    state = ts.steady_state(system)
    state.save(tmp_path / "state.npz")
    back = ts.load_state(tmp_path / "state.npz")
    assert back.system == system
    np.testing.assert_array_equal(ts.thermodynamics(back).heat, ts.thermodynamics(state).heat)
    np.testing.assert_array_equal(ts.thermodynamics(state)[1].heat, ts.thermodynamics(state[1]).heat)
    plain = ts.LindbladSystem(QUBIT, FOUR)
    assert plain != plain.with_baths(BOTH)
    assert plain.with_baths(system.baths) == system
    with pytest.raises(ValueError, match="read-only"):
        system.baths.energies[0, 0] = 1.0


def test_quantities_are_told_by_the_names_of_baths():
    pair = Pair()
    solution = ts.solve(pair.system(temperatures=pair.temperatures))
    told = describe(solution)["thermodynamics"]
    assert list(told["heat"]) == ["hot", "cold"]
    assert told["second_law"] == "broken"
    assert json.dumps(told)
    lines = headlines(solution, "two qubits")
    assert "heat from the baths: hot -0.000158918, cold 0.000158918" in lines[1]
    assert "no thermal baths of the whole" in lines[-1]
    data = solution.to_dataset(["heat", "entropy_production"])
    assert list(data["heat"].coords["bath"].to_numpy()) == ["hot", "cold"]
    assert set(data) == {"heat", "heat_error", "entropy_production", "entropy_production_error"}
    cold = ts.solve(pair.system())
    assert "entropy_production" not in [one.name for one in cold.quantities]
    refused(lambda: cold["entropy_production"], "`quantities`", "entropy_production")
    refused(lambda: solution["flux"], "`quantities`", "flux")
    swept = ts.sweep(
        Coupled, axes={"coupling": [0.1, 0.2], "hot_temperature": [1.0, 2.0]}, quantities=["heat", "power"]
    )
    assert swept["heat"].dims == ("coupling", "hot_temperature", "bath")
    one = ts.solve(Coupled(coupling=0.2, hot_temperature=1.0)).thermodynamics
    assert one.second_law is SecondLaw.PROVEN
    np.testing.assert_allclose(swept["heat"].sel(coupling=0.2, hot_temperature=1.0), one.heat, rtol=1e-9)


def test_units_leave_with_the_currents():
    pair = Pair()
    plain = ts.solve(pair.system(temperatures=pair.temperatures))
    measured = ts.solve(pair.system(temperatures=pair.temperatures).measured_in(5e9))
    heat = measured.to_dataset(["heat"])["heat"]
    assert heat.attrs["units"] == "W"
    np.testing.assert_allclose(heat, plain["heat"] * 6.62607015e-34 * 5e9 * 2 * np.pi * 5e9, rtol=1e-12)


def test_bad_input():
    def build(baths=BOTH, **told):
        return lambda: ts.LindbladSystem(QUBIT, FOUR, baths=baths, **told)

    for call, *words in (
        (build([0, 1]), "`baths`", "by the names"), (build({}), "`baths`", "at least one"),
        (build({"hot": []}), "'hot' has none"), (build({"hot": [0, 0]}), "channel 0"),
        (build({"hot": [0], "cold": [0]}), "belongs to two"), (build({"hot": [4]}), "4 channels", "channel 4"),
        (build({"hot": [-1]}), "at least 0"), (build({"hot": [0.5]}), "whole number"), (build({1: [0]}), "one is 1"),
        (build({"": [0]}), "`baths`"), (build({"hot": 0}), "'hot'"),
        (build(temperatures={"hot": 1.0}), "`temperatures`", "'cold' has none"),
        (build(temperatures={"warm": 1.0}), "`temperatures`", "hot, cold"),
        (build(temperatures=[1.0, 2.0]), "`temperatures`", "by the names"),
        (build(temperatures={"hot": -1.0, "cold": 1.0}), "`temperatures of hot`", "at least 0"),
        (build(temperatures={"hot": np.inf, "cold": 1.0}), "`temperatures of hot`", "finite"),
        (build(temperatures={"hot": [1.0, 2.0], "cold": [1.0, 2.0, 3.0]}), "`temperatures of cold`", "broadcast"),
        (build(frequencies={"hot": [1.0]}), "`frequencies of hot`", "2 channels"),
        (build(energies=np.eye(3)), "`energies`", "2 levels"), (build(energies=LOWER), "`energies`", "Hermitian"),
        (build(None, temperatures={"hot": 1.0}), "`temperatures`", "without `baths`"),
        (build(Baths(BOTH), energies=QUBIT), "`energies`", "both are given"),
    ):  # fmt: skip
        refused(call, *words)
    state = ts.steady_state(ts.LindbladSystem(QUBIT, FOUR))
    refused(lambda: ts.thermodynamics(state), "`state`", "LindbladSystem")
    refused(lambda: ts.thermodynamics(whole()), "`state`", "solve it first")
    refused(
        lambda: ts.thermodynamics(ts.steady_state(whole()), bookkeeping=ts.thermo.Bookkeeping.DRIVEN), "`bookkeeping`"
    )


def test_a_name_is_printed_in_a_line():
    """Of forty letters at most, none of which breaks it."""
    assert Baths({"h" * 40: [0]}).names == ("h" * 40,)
    for name in ("h" * 41, "hot\ncold", " "):
        refused(lambda one=name: Baths({one: [0]}), "`baths`", "40 letters")


def test_what_is_refused_is_told_as_it_was_given():
    refused(lambda: Baths({"hot": [0, 1]}, frequencies={"hot": 1.5}), "`frequencies of hot`", "its shape is ()")
    large = csr_array((10**6, 10**6))
    refused(lambda: Baths({"hot": [0]}, energies=large), "`energies`", "GiB")


def test_energies_of_many_points_make_a_batch():
    many = np.multiply.outer(np.arange(1.0, 4.0), QUBIT)
    assert Baths({"hot": [0]}, energies=many).batch_shapes() == {"energies": (3,)}
    assert ts.LindbladSystem(QUBIT, FOUR, baths=BOTH, energies=many).batch_shape == (3,)
