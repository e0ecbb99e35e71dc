"""Does a state survive the disk, bit by bit, whole or not at all?"""

import os
import re
from dataclasses import replace

import numpy as np
import pytest

import torusync as ts
from statefiles import STATES, assert_same, identical, refused, rewrite
from torusync.densities import Density
from torusync.steady.recheck import recheck


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


@pytest.mark.parametrize(
    "changes",
    [
        {"format": None},
        {"format": "torusync state 999"},
        {"solver": None},
        {"solver": "Oracle"},
        {"evidence.residual": None},
        {"evidence.confidence": 1.0},
        {"evidence.status_codes": np.zeros(3, dtype=np.int64)},
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


def test_a_map_of_states_does_not_belong_to_a_single_machine(saved):
    STATES["collective"]().save(saved)
    rewrite(saved, **{"maser.detuning": np.array(0.0)})
    assert "batches differ" in refused(lambda: ts.load_state(saved))


@pytest.mark.parametrize(("part", "believed"), [(0.5e-6, True), (2e-6, False)])
def test_a_residual_beyond_a_millionth_of_the_generator_is_no_state(part, believed, saved):
    """However large a residual the file admits, so that the digest and its own word are right."""
    state = STATES["block"]()
    block = state.density.block
    off = block - np.diag(np.diag(block))
    spoiled = {"evidence.residual": np.array(1.0), "block.block": block + 1e-3 * off}
    found = recheck(state.system, replace(state.density, block=spoiled["block.block"]))
    step = 1e-3 * part * found.scale / found.residual
    rewrite(saved, **spoiled | {"block.block": block + step * off})
    if believed:
        assert ts.load_state(saved).residual == 1.0
    else:
        assert "more than it says" in refused(lambda: ts.load_state(saved))
