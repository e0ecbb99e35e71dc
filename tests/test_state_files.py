"""Does a state survive the disk, whole or not at all?"""

import numpy as np
import pytest

import torusync as ts
from torusync._files import atomic_path, make_folder, readable, write_text

FIELDS = ("drive", "n_hot", "n_cold", "gamma_hot", "gamma_cold", "omega_cold", "omega_hot", "splittings", "detuning")


def some_states():
    fixed = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    yield "collective", ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, detuning=[0.0, 0.1], **fixed))
    yield "block", ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=[5.0, 4.0], splittings=[0.0, 0.1], **fixed))
    matrix = [[1.0, 0.3], [0.3, 1.0]]
    yield "correlated", ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, dipole_matrix=matrix, **fixed))
    down = np.diag([1.0, 1.4], 1)
    yield "lindblad", ts.steady_state(ts.LindbladSystem(0.1 * (down + down.T), [(0.3, down), (0.1, down.T)]))


@pytest.mark.parametrize(("name", "state"), list(some_states()), ids=[name for name, _ in some_states()])
def test_a_saved_state_comes_back_bit_by_bit(name, state, tmp_path):
    path = tmp_path / f"{name}.npz"
    state.save(path)
    back = ts.load_state(path)
    np.testing.assert_array_equal(back.rho, state.rho)
    for field in ("residual", "min_eigenvalue", "nullity", "codes"):
        np.testing.assert_array_equal(getattr(back, field), getattr(state, field))
    assert back.solver == state.solver
    assert back.status == state.status if not state.batch_shape else (back.status == state.status).all()
    if isinstance(state.system, ts.ThermalMaser):
        for field in FIELDS:
            np.testing.assert_array_equal(getattr(back.system, field), getattr(state.system, field))
        np.testing.assert_array_equal(ts.thermodynamics(back).power, ts.thermodynamics(state).power)
    else:
        np.testing.assert_array_equal(back.system.liouvillian(), state.system.liouvillian())
    np.testing.assert_array_equal(ts.synchronization(back).s_max, ts.synchronization(state).s_max)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def spoil(content, how):
    match how:
        case "empty":
            return b""
        case "truncated":
            return content[: len(content) // 2]
        case "flipped":
            middle = len(content) // 2
            return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
        case "foreign":
            return b"this is not a state\n"


@pytest.mark.parametrize("how", ["empty", "truncated", "flipped", "foreign"])
def test_a_spoiled_file_is_refused_in_one_sentence(how, tmp_path):
    path = tmp_path / "state.npz"
    next(some_states())[1].save(path)
    path.write_bytes(spoil(path.read_bytes(), how))
    with pytest.raises(ts.ArgumentError, match=r"^Argument `path` must .*, but .*\.$") as caught:
        ts.load_state(path)
    assert "\n" not in str(caught.value)


def test_other_files_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    np.save(tmp_path / "pickle.npz.npy", np.array([object()], dtype=object))
    (tmp_path / "pickle.npz.npy").rename(tmp_path / "pickle.npz")
    for name, word in (("none.npz", "No such file"), ("other.npz", "save"), ("pickle.npz", "whole state")):
        with pytest.raises(ts.ArgumentError, match=word):
            ts.load_state(tmp_path / name)
    with pytest.raises(ts.ArgumentError, match="folder"):
        ts.load_state(tmp_path)


def test_a_state_goes_to_a_npz_file_in_a_folder_that_exists(tmp_path):
    state = next(some_states())[1]
    with pytest.raises(ts.ArgumentError, match=r"end in \.npz"):
        state.save(tmp_path / "state.dat")
    with pytest.raises(ts.ArgumentError, match="existing folder"):
        state.save(tmp_path / "none" / "state.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(ts.ArgumentError, match="is a folder"):
        state.save(tmp_path / "folder.npz")


def test_nothing_is_left_half_written(tmp_path):
    target = tmp_path / "result.txt"
    write_text(target, "first")

    def interrupted():
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.txt"]


def test_folders_and_readable_files_are_checked(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    assert make_folder(tmp_path / "a" / "b").is_dir()
    with pytest.raises(ts.ArgumentError, match="folder that can be made"):
        make_folder(file / "inside")
    assert readable("path", file) == file
    (tmp_path / "void").touch()
    with pytest.raises(ts.ArgumentError, match="is empty"):
        readable("path", tmp_path / "void")
