"""Do constructor, fields, docstring and values of a model agree with its one table of parameters?"""

import ast
import inspect
import pickle
import re
import tracemalloc
import typing
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import torusync as ts
from problems import ENGINE_BATHS
from torusync.models import Kind, Model, Parameter, known_models

TABLE = {one.name: one for one in ts.ThermalMaser.PARAMETERS}
SHORTHANDS = {one.name: one for one in ts.ThermalMaser.SHORTHANDS}
GIVEN = {"drive": [0.1, 0.2j], **ENGINE_BATHS}
OTHER = {
    "drive": [0.1, 0.2], "n_hot": [5.0, 4.0], "n_cold": 0.25, "gamma_hot": 0.01, "gamma_cold": 0.3, "omega_cold": 1.5,
    "omega_hot": 2.0, "splittings": [0.0, 0.1], "detuning": 0.3, "dipole_correlation": -0.5,
    "dipole_matrix": [[1.0, 0.3], [0.3, 1.0]],
}  # fmt: skip
SHAPE = {0: "(...)", 1: "(..., N)", 2: "(..., N, N)"}
LINDBLAD = ts.LindbladSystem(
    np.diag([0.0, 1.0]), [(np.full((2, 3), 0.1), np.diag([1.0], 1)), ([0.1, 0.2, 0.0], np.diag([1.0], -1))]
)
BATCH = ts.ThermalMaser(
    **GIVEN | {"n_hot": [5.0, 4.0]}, detuning=np.linspace(-0.2, 0.3, 6).reshape(2, 3), omega_hot=[[3.0], [4.0]]
)
INDICES = [
    0, -1, (1, 2), (..., 0), (slice(None), 1), slice(1, None), (slice(None, None, -1), slice(0, 2)), [1, 0, 0],
    ([0, 1], [2, 0]), np.array([[True, False, True], [False, True, False]]), np.array([False, True]), None, (..., None),
    (0, None, [0, 2]), (None, [0, 1], None, [1, 1]), Ellipsis, (), slice(0, 0),
]  # fmt: skip


def test_the_signature_is_the_table():
    found = inspect.signature(ts.ThermalMaser).parameters
    assert list(found) == list(TABLE)
    for name, one in found.items():
        assert one.default is TABLE[name].default or one.default == TABLE[name].default
        assert one.kind is (one.POSITIONAL_OR_KEYWORD if name == "drive" else one.KEYWORD_ONLY)


def test_the_table_of_a_lindblad_system_names_its_arguments():
    """What is known of their digits, of the parts that they act on and of the baths is no parameter of the system."""
    names = [*(one.name for one in ts.LindbladSystem.PARAMETERS), "precision", "dims", "baths"]
    assert [*names, "temperatures", "frequencies", "energies"] == list(inspect.signature(ts.LindbladSystem).parameters)
    assert names == [one.name for one in fields(ts.LindbladSystem)]


def test_the_list_stands_once():
    """Nothing beside the model itself and its generator names more than half of its parameters."""
    root = Path(ts.__file__).parent
    own = {"models/maser.py", "generators/manifold.py"}
    for path in root.rglob("*.py"):
        name = path.relative_to(root)
        if name.as_posix() in own or name.parts[0] in {"claims", "figures", "papers"}:
            continue
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        words = {one.value for one in nodes if isinstance(one, ast.Constant)}
        words |= {one.arg for one in nodes if isinstance(one, ast.keyword | ast.arg)}
        assert len(words & {*TABLE, *SHORTHANDS}) <= (len(TABLE) + len(SHORTHANDS)) // 2, name


def test_fields_and_hints_are_those_of_the_table():
    assert [one.name for one in fields(ts.ThermalMaser)] == list(TABLE)
    hints = typing.get_type_hints(ts.ThermalMaser.__init__) | typing.get_type_hints(ts.ThermalMaser.near_degenerate)
    assert object not in hints.values()
    for name, hint in typing.get_type_hints(ts.ThermalMaser).items():
        if name in TABLE:
            assert ("complex128" in str(hint)) is TABLE[name].complex
            assert (type(None) in typing.get_args(hint)) is (TABLE[name].default is None)


def test_the_docstring_is_the_table():
    """Its section lists every parameter in the order of the table, in its shape, with its symbol."""
    section = inspect.getdoc(ts.ThermalMaser).partition("Parameters\n-----")[2].partition("Raises\n-----")[0]
    entries = re.findall(r"^(\w[\w, ]*) : (.+)\n((?:    .+\n?)+)", section, flags=re.MULTILINE)
    shapes, texts = {}, {}
    for names, shape, text in entries:
        each = re.split(r", (?=\()", shape)
        for index, name in enumerate(names.split(", ")):
            shapes[name], texts[name] = each[min(index, len(each) - 1)], text
    assert list(shapes) == list(TABLE)
    for name, one in TABLE.items():
        assert shapes[name].removesuffix(" or 0-d") == SHAPE[one.axes]
        assert one.symbol in texts[name]


def test_the_preset_takes_what_the_table_has():
    preset = set(inspect.signature(ts.ThermalMaser.near_degenerate).parameters)
    assert preset <= {*TABLE, *SHORTHANDS}
    assert set(SHORTHANDS) <= preset
    for one in SHORTHANDS.values():
        assert one.instead is None or one.instead in TABLE
    for one in (*TABLE.values(), *SHORTHANDS.values()):
        assert one.about
        assert not one.about.endswith(".")


@pytest.mark.parametrize("name", [name for name, one in TABLE.items() if (one.minimum, one.above) != (None, None)])
def test_bounds_hold_to_the_last_digit(name):
    one = TABLE[name]
    low = one.minimum if one.above is None else one.above
    with pytest.raises(ts.ArgumentError, match=rf"^Argument `{name}` must be .*, but it is .*\.$"):
        ts.ThermalMaser(**GIVEN | {name: np.nextafter(low, -np.inf)})
    if one.above is not None:
        with pytest.raises(ts.ArgumentError, match=f"`{name}` must be greater than {low:g}"):
            ts.ThermalMaser(**GIVEN | {name: low})
    else:
        assert one.read(low) == low
    if one.maximum is not None:
        assert one.read(one.maximum) == one.maximum
        with pytest.raises(ts.ArgumentError, match=f"`{name}` must be at most"):
            one.read(np.nextafter(one.maximum, np.inf))


def test_a_rate_is_zero_or_has_a_reciprocal():
    for name, one in TABLE.items():
        if one.kind is Kind.RATE:
            assert one.read([0.0, 1e-100]).tolist() == [0.0, 1e-100]
            with pytest.raises(ts.ArgumentError, match=rf"`{name}` must be 0 or at least 1e-100, but entry \[1\] is"):
                one.read([1.0, 1e-101])


@pytest.mark.parametrize("name", TABLE)
def test_every_parameter_can_be_a_batch(name):
    value = np.asarray(OTHER[name])
    value = np.broadcast_to(value, (2, *value.shape) if value.ndim == TABLE[name].axes else (2, 2))
    maser = ts.ThermalMaser(**GIVEN | {name: np.stack([value] * 3)})
    assert maser.batch_shape == (3, 2)
    assert maser[0, 0] == ts.ThermalMaser(**GIVEN | {name: value[0]})


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ts.ArgumentError, match=r"`splittings` must have batch axes .* \(3,\) does not fit \(2,\)"):
        ts.ThermalMaser(**GIVEN | {"n_cold": [0.1, 0.2]}, detuning=[0.0, 0.1, 0.2], splittings=np.zeros((3, 2)))


@pytest.mark.parametrize("name", TABLE)
def test_machines_are_equal_where_all_values_are(name):
    one, same, other = (ts.ThermalMaser(**values) for values in (GIVEN, GIVEN, GIVEN | {name: OTHER[name]}))
    assert one == same
    assert hash(one) == hash(same)
    assert one is not same
    assert one != other
    assert len({one, same, other}) == 2
    assert pickle.loads(pickle.dumps(other)) == other  # noqa: S301


def test_equality_is_of_numbers_and_of_types():
    zero, minus = (ts.ThermalMaser(**GIVEN, detuning=value) for value in (0.0, -0.0))
    assert zero == minus
    assert hash(zero) == hash(minus)
    assert zero != ts.ThermalMaser(**GIVEN, detuning=[0.0])
    assert zero not in (0, "maser", None)
    assert zero != LINDBLAD
    assert (zero == np.zeros(3)) is False
    same = ts.LindbladSystem(LINDBLAD.hamiltonian, LINDBLAD.channels)
    assert same == LINDBLAD
    assert len({LINDBLAD, same, LINDBLAD[0]}) == 2
    assert ts.LindbladSystem(LINDBLAD.hamiltonian, LINDBLAD.channels[::-1]) != LINDBLAD


@pytest.mark.parametrize("batch", [BATCH, LINDBLAD], ids=["maser", "lindblad"])
@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_points_are_those_that_numpy_would_take(batch, index):
    points = np.empty((2, 3), dtype=object)
    for place in np.ndindex(2, 3):
        points[place] = batch[place]
        assert points[place].batch_shape == ()
    expected = np.empty((), dtype=object)
    expected = np.asarray(points[index]) if isinstance(points[index], np.ndarray) else points[index]
    found = batch[index]
    if found.batch_shape == ():
        assert found == (
            expected if expected is points[index] and not isinstance(expected, np.ndarray) else expected[()]
        )
        return
    assert found.batch_shape == expected.shape
    for place in np.ndindex(expected.shape):
        assert found[place] == expected[place]


@pytest.mark.parametrize("batch", [BATCH, LINDBLAD], ids=["maser", "lindblad"])
def test_points_move_as_they_do_in_the_batch(batch):
    whole = batch.generator().liouvillian()
    assert len(batch) == 2
    assert bool(batch)
    for row, machines in zip(np.broadcast_to(whole, (2, 3, *whole.shape[-2:])), batch, strict=True):
        for expected, machine in zip(row, machines, strict=True):
            np.testing.assert_allclose(machine.generator().liouvillian(), expected, rtol=1e-15, atol=1e-15)
    assert len(list(batch[0])) == 3


def test_one_machine_is_no_batch():
    one = BATCH[0, 0]
    assert bool(one)
    with pytest.raises(TypeError, match="one ThermalMaser is no batch"):
        len(one)
    with pytest.raises(TypeError, match="no batch"):
        list(one)
    for index in (0, (0, 0), (..., 0)):
        with pytest.raises(IndexError, match="too many indices"):
            one[index]
    with pytest.raises(IndexError, match="out of bounds"):
        BATCH[2]
    assert one[None].batch_shape == (1,)
    assert one[...] == one


def test_one_point_of_a_large_batch_costs_one_point():
    maser = ts.ThermalMaser(np.full(10**4, 0.1), **{k: v for k, v in GIVEN.items() if k != "drive"},
                            detuning=np.linspace(0.0, 1.0, 10**6))  # fmt: skip
    tracemalloc.start()
    found = maser[7], maser[10:20]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**21
    assert found[1].drive.shape == (10**4,)
    assert np.asarray(maser).shape == ()


def test_names_are_those_of_one_model():
    assert known_models()["maser"] is ts.ThermalMaser
    assert known_models()["lindblad"] is ts.LindbladSystem
    with pytest.raises(ts.ArgumentError, match="`name` must be that of one model, but 'maser' is ThermalMaser already"):

        class Second(Model, name="maser"):
            pass

    with pytest.raises(ts.ArgumentError, match=r"`name` must be a word .*, but it is 'a\.b'"):

        class Third(Model, name="a.b"):
            pass

    assert known_models()["maser"] is ts.ThermalMaser
    assert "a.b" not in known_models()


def test_parameters_left_out_or_made_up_are_named():
    given = {name: value for name, value in GIVEN.items() if name != "n_hot"}
    build = ts.ThermalMaser.from_shorthands
    with pytest.raises(ts.ArgumentError, match="`n_hot` must be given, or hot_temperature instead, but neither"):
        build(given)
    with pytest.raises(ts.ArgumentError, match="`spread` must be left out beside `splittings`, but both"):
        build(GIVEN | {"splittings": 0.0, "spread": 0.1})
    with pytest.raises(
        ts.ArgumentError, match=r"`colour` must be one of manifold_levels, .*dipole_matrix, but ThermalMaser has no"
    ):
        build(GIVEN | {"colour": 1.0})
    with pytest.raises(ts.ArgumentError, match="`gamma_hot` must be given, but it is missing"):
        build({name: value for name, value in GIVEN.items() if name != "gamma_hot"})
    assert build(GIVEN) == ts.ThermalMaser(**GIVEN)


def test_a_count_without_a_bound_begins_at_zero():
    photons = Parameter("photons", "n", Kind.COUNT, "photons")
    assert photons.read(0) == 0
    assert type(photons.read(np.array(3))) is int
    for wrong, words in (
        (-1, "at least 0"),
        (1.0, "a whole number"),
        (True, "a whole number"),
        ([1], "a whole number"),
    ):
        with pytest.raises(ts.ArgumentError, match=f"`photons` must be {words}"):
            photons.read(wrong)


def test_what_may_be_left_out_is_none():
    optional = Parameter("field", "B", Kind.FREQUENCY, "a field", default=None)
    assert optional.read(None) is None
    with pytest.raises(ts.ArgumentError, match="`rate` must hold numbers"):
        Parameter("rate", "Γ", Kind.RATE, "a rate", default=1.0).read(None)
