"""Does a state survive the disk, bit by bit, whole or not at all?"""

import os
import re
from dataclasses import fields

import numpy as np
import pytest

import torusync as ts
from torusync.densities import Density

MASER = (
    "drive", "n_hot", "n_cold", "gamma_hot", "gamma_cold", "omega_cold", "omega_hot", "splittings", "detuning",
    "dipole_correlation", "dipole_matrix",
)  # fmt: skip
FIXED = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
MATRIX = [[1.0, 0.3], [0.3, 1.0]]
DOWN = np.diag([1.0, 1.4], 1)

STATES = {
    "collective": lambda: ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, detuning=[0.0, 0.1], **FIXED)),
    "block": lambda: ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=[5.0, 4.0], splittings=[0.0, 0.1], **FIXED)),
    "low rank": lambda: ts.steady_state(
        ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, splittings=[0.0, 0.1], **FIXED), solver=ts.LowRank()
    ),
    "dense": lambda: ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, **FIXED), solver=ts.Dense()),
    "correlated": lambda: ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, dipole_matrix=MATRIX, **FIXED)),
    "batch beside a matrix": lambda: ts.steady_state(
        ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, dipole_matrix=MATRIX, dipole_correlation=np.zeros(3), **FIXED)
    ),
    "map with failures": lambda: ts.steady_state(
        ts.ThermalMaser([0.1, 0.1], n_hot=5.0, dipole_correlation=[0.5, 1.0], **FIXED), throw=False
    ),
    "empty batch": lambda: ts.steady_state(ts.ThermalMaser(np.zeros((0, 2)), n_hot=5.0, **FIXED)),
    "lindblad": lambda: ts.steady_state(ts.LindbladSystem(0.1 * (DOWN + DOWN.T), [(0.3, DOWN), (0.1, DOWN.T)])),
    "lindblad of many channels": lambda: ts.steady_state(
        ts.LindbladSystem(0.1 * (DOWN + DOWN.T), [(0.01 * i, DOWN + i * DOWN.T) for i in range(12)])
    ),
    "lindblad batch": lambda: ts.steady_state(
        ts.LindbladSystem(0.1 * (DOWN + DOWN.T), [([0.3, 0.0], DOWN), ([0.1, 0.0], DOWN.T)]), throw=False
    ),
    "dense of its own size": lambda: ts.steady_state(
        ts.ThermalMaser([0.1, 0.2], n_hot=5.0, **FIXED), solver=ts.Dense(max_dimension=4)
    ),
}


def identical(one, other):
    """Assert equality of every bit: nan equals nan, and 0 is not −0."""
    one, other = np.asarray(one), np.asarray(other)
    assert one.dtype == other.dtype
    assert one.shape == other.shape
    assert one.tobytes() == other.tobytes()


def assert_same(back, state):
    assert type(back.density) is type(state.density)
    for field in fields(state.density):
        identical(getattr(back.density, field.name), getattr(state.density, field.name))
    for name in ("residual", "min_eigenvalue", "nullity", "codes"):
        identical(getattr(back, name), getattr(state, name))
    assert back.solver == state.solver
    assert type(back.status) is type(state.status)
    assert back.batch_shape == state.batch_shape
    assert back.system.batch_shape == state.system.batch_shape
    if isinstance(state.system, ts.ThermalMaser):
        for name in MASER:
            if getattr(state.system, name) is None:
                assert getattr(back.system, name) is None
            else:
                identical(getattr(back.system, name), getattr(state.system, name))
    else:
        identical(back.system.hamiltonian, state.system.hamiltonian)
        assert len(back.system.channels) == len(state.system.channels)
        for (rate, operator), (old_rate, old_operator) in zip(back.system.channels, state.system.channels, strict=True):
            identical(rate, old_rate)
            identical(operator, old_operator)


@pytest.mark.parametrize("name", STATES)
def test_a_saved_state_comes_back_bit_by_bit(name, tmp_path):
    state, path = STATES[name](), tmp_path / "state.npz"
    state.save(path)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    back = ts.load_state(str(path))
    assert isinstance(back.density, Density)
    assert_same(back, state)
    identical(ts.synchronization(back).s_max, ts.synchronization(state).s_max)
    if isinstance(state.system, ts.ThermalMaser):
        identical(ts.thermodynamics(back).power, ts.thermodynamics(state).power)
    assert repr(back) == repr(state)
    back.save(path)
    assert_same(ts.load_state(path), state)


def refused(call):
    with pytest.raises(ts.ArgumentError) as caught:
        call()
    text = str(caught.value)
    assert re.fullmatch(r"Argument `path` must .+, but .+\.", text), text
    return text


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "state.npz"
    STATES["block"]().save(path)
    return path


@pytest.mark.parametrize("content", [b"", b"\0", b"PK", b"PK\x03\x04", b"this is not a state\n", b"\x93NUMPY", b"[1]"])
def test_what_was_never_a_state_is_refused(content, tmp_path):
    path = tmp_path / "state.npz"
    path.write_bytes(content)
    assert str(path) in refused(lambda: ts.load_state(path))


def test_a_truncated_file_is_refused_wherever_it_ends(saved):
    whole = saved.read_bytes()
    for end in range(0, len(whole) - 1, 97):
        saved.write_bytes(whole[:end])
        refused(lambda: ts.load_state(saved))


def test_one_wrong_byte_is_noticed_or_changes_nothing(saved):
    """Every seventh byte inverted in turn, then every byte of the table of contents at the end."""
    whole, state = saved.read_bytes(), STATES["block"]()
    contents = whole.index(b"PK\x01\x02")
    for place in [*range(0, contents, 7), *range(contents, len(whole))]:
        saved.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            back = ts.load_state(saved)
        except ts.ArgumentError as error:
            assert re.fullmatch(r"Argument `path` must .+, but .+\.", str(error)), str(error)  # noqa: PT017
        else:
            assert_same(back, state)


def rewrite(path, **changes):
    """Write a state file anew with members changed, or left out where the change is None."""
    with np.load(path) as stored:
        members = {name: stored[name] for name in stored.files}
    members |= changes
    np.savez(path, **{name: value for name, value in members.items() if value is not None})


@pytest.mark.parametrize(
    "changes",
    [
        {"format": None},
        {"format": "torusync state 999"},
        {"solver": None},
        {"solver": "Oracle"},
        {"evidence.residual": None},
        {"evidence.confidence": 1.0},
        {"evidence.codes": np.zeros(3, dtype=np.int64)},
        {"maser.drive": None},
        {"maser.drive": np.array([0.1, np.nan])},
        {"maser.drive": np.full(5, 0.1)},
        {"maser.colour": 1.0},
        {"maser.n_hot": -1.0},
        {"block.block": None},
        {"block.block": np.zeros((2, 2))},
        {"block.block": np.array("text")},
        {"block.ground": None, "block.ratios": None, "block.block": None},
    ],
    ids=str,
)
def test_a_state_with_a_part_missing_wrong_or_too_many_is_refused(changes, saved):
    rewrite(saved, **changes)
    with pytest.raises(ts.ArgumentError, match=r"^Argument `[^`]+` must .+, but .+\.$"):
        ts.load_state(saved)


def test_other_files_and_no_files_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    np.save(tmp_path / "array.npy", np.zeros(3))
    for name, word in (("none.npz", "No such file"), ("other.npz", "save"), ("array.npy", ""), (".", "folder")):
        assert word in refused(lambda name=name: ts.load_state(tmp_path / name))


class Trap:
    """A pickle that leaves a trace when it is opened."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (self.trace,)


@pytest.mark.parametrize("inside", [False, True], ids=["bare", "inside a state"])
def test_pickles_are_refused_and_not_run(inside, saved, tmp_path):
    trace, poison = tmp_path / "trace", np.array([None], dtype=object)
    poison[0] = Trap(str(trace))
    if inside:
        rewrite(saved, **{"block.block": poison})
    else:
        with saved.open("wb") as stream:
            np.save(stream, poison, allow_pickle=True)
    refused(lambda: ts.load_state(saved))
    assert not trace.exists()


def test_a_state_goes_to_a_npz_file_in_a_folder_that_exists(tmp_path):
    state = STATES["collective"]()
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "file").touch()
    for name, word in (
        ("state.dat", "end in .npz"),
        ("state", "end in .npz"),
        ("none/state.npz", "existing folder"),
        ("file/state.npz", "existing folder"),
        ("folder.npz", "is a folder"),
        (f"{'a' * 300}.npz", "long"),
    ):
        assert word in refused(lambda name=name: state.save(tmp_path / name))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder.npz"]


@pytest.mark.parametrize("path", [None, 5, b"state.npz", "a\0b.npz"], ids=repr)
def test_what_is_no_path_is_refused(path):
    refused(lambda: STATES["collective"]().save(path))
    refused(lambda: ts.load_state(path))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("before", [False, True], ids=["new file", "old file"])
def test_a_write_that_fails_half_way_leaves_no_trace(error, before, tmp_path, monkeypatch):
    path, first = tmp_path / "state.npz", STATES["collective"]()
    if before:
        first.save(path)

    def half(target, **_):
        target.write_bytes(b"PK\x03\x04 half a file")
        raise error

    monkeypatch.setattr(np, "savez", half)
    with pytest.raises((type(error), ts.ArgumentError)):
        STATES["block"]().save(path)
    monkeypatch.undo()
    assert [entry.name for entry in tmp_path.iterdir()] == ([path.name] if before else [])
    if before:
        assert_same(ts.load_state(path), first)


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path, monkeypatch):
    def denied(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", denied)
    assert "Permission denied" in refused(lambda: STATES["collective"]().save(tmp_path / "state.npz"))
    assert not list(tmp_path.iterdir())


def test_saving_over_a_state_replaces_it(tmp_path):
    path = tmp_path / "state.npz"
    STATES["lindblad"]().save(path)
    STATES["block"]().save(path)
    assert_same(ts.load_state(path), STATES["block"]())
