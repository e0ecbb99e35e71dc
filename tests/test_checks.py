"""Do the checks at the door say what they mean, and do files appear whole or not at all?"""

import os
import re
import stat
import tempfile

import numpy as np
import pytest
import qutip

from torusync._checks import (
    ArgumentError,
    as_complex,
    as_real,
    broadcast_shape,
    first_bad,
    requirement,
)
from torusync._operators import as_density_matrix, as_hermitian, as_operator
from torusync.files.whole import atomic_path, make_folder, readable, write_bytes, write_text


def sentence(call):
    """Return the text of the error, one sentence in the project's grammar."""
    with pytest.raises(ArgumentError) as caught:
        call()
    text = str(caught.value)
    assert re.fullmatch(r"Argument `[^`]+` must .+, but .+[^.]\.", text), text
    assert not re.search(r"[.!?]\s+[A-Z]", text), f"more than one sentence: {text}"
    return text


def test_a_requirement_is_a_value_error_with_one_full_stop():
    assert isinstance(requirement("x", "be even", "it is 3"), ValueError)
    assert str(requirement("x", "be even", "it is 3")) == "Argument `x` must be even, but it is 3."
    assert str(requirement("x", "be even", "it is odd.")) == "Argument `x` must be even, but it is odd."


@pytest.mark.parametrize(
    ("values", "bad", "text"),
    [
        (np.array(2.5), np.array(True), "it is 2.5"),
        (np.array([1.0, -2.0, -3.0]), np.array([False, True, True]), "entry [1] is -2"),
        (np.array([[1.0, 2.0], [3.0, np.nan]]), np.array([[False, False], [False, True]]), "entry [1, 1] is nan"),
        (np.array([1j, 2.0]), np.array([True, False]), "entry [0] is 0+1j"),
        (np.array([1 / 3]), np.array([True]), "it is 0.333333"),
    ],
)
def test_the_first_offender_is_named_with_its_place(values, bad, text):
    assert first_bad(values, bad) == text


@pytest.mark.parametrize("value", [3, 3.0, True, np.float32(3), np.array(3), np.int8(3), [[1, 2], [3, 4]], (1.5,), []])
def test_real_numbers_come_out_as_fresh_float64(value):
    out = as_real("x", value)
    assert out.dtype == np.float64
    assert out.flags.c_contiguous
    np.testing.assert_array_equal(out, np.asarray(value, dtype=float))


def test_what_comes_out_is_not_what_went_in():
    given = np.ones((2, 3))
    for check in (as_real, as_complex):
        out = check("x", given)
        assert not np.shares_memory(out, given)
    square = np.eye(2) / 2 + 0.0j
    for check in (as_operator, as_hermitian, as_density_matrix):
        assert not np.shares_memory(check("x", square), square)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, [0.0, np.nan]])
def test_what_is_not_finite_is_refused(value):
    assert "finite" in sentence(lambda: as_real("x", value))
    assert "finite" in sentence(lambda: as_complex("x", value))


@pytest.mark.parametrize(
    "value", ["a", b"a", None, {}, {1: 2}, object(), [1, "a"], [1, None], np.datetime64("2020"), 10**400, {1.0}]
)
def test_what_is_no_number_is_refused_and_shown(value):
    for check in (as_real, as_complex, as_operator, as_density_matrix):
        assert "`x` must hold numbers" in sentence(lambda check=check: check("x", value))


def test_ragged_rows_are_named_as_such():
    assert "rows differ in length" in sentence(lambda: as_real("x", [[1], [1, 2]]))


def test_long_values_are_cut_and_stay_on_one_line():
    text = sentence(lambda: as_real("x", ["a" * 400]))
    assert len(text) < 160
    assert "\n" not in sentence(lambda: as_real("x", "a\nb"))


def test_a_complex_value_is_not_quietly_made_real():
    assert "be real" in sentence(lambda: as_real("x", 1 + 0j))


@pytest.mark.parametrize(
    ("limits", "good", "bad", "word"),
    [
        ({"minimum": 0.0}, [0.0, 1e-300], -1e-300, "at least 0"),
        ({"above": 0.0}, [5e-324, 1.0], 0.0, "greater than 0"),
        ({"maximum": 1.0}, [1.0, -5.0], np.nextafter(1.0, 2.0), "at most 1"),
        ({"minimum": -1.0, "maximum": 1.0}, [-1.0, 1.0], -1.5, "at least -1"),
    ],
)
def test_limits_are_where_they_are_said_to_be(limits, good, bad, word):
    as_real("x", good, **limits)
    assert word in sentence(lambda: as_real("x", bad, **limits))
    assert "entry [1]" in sentence(lambda: as_real("x", [good[0], bad], **limits))
    assert as_real("x", [], **limits).shape == (0,)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (4, 2, 3), (0, 0), (3, 0, 0)])
def test_an_operator_is_square_and_not_empty(shape):
    text = sentence(lambda: as_operator("x", np.zeros(shape)))
    assert str(shape) in text


def test_a_qobj_is_read_through_full():
    np.testing.assert_array_equal(as_operator("x", qutip.sigmay()), [[0, -1j], [1j, 0]])
    assert "it is a ket" in sentence(lambda: as_operator("x", qutip.basis(3, 0)))


def test_what_is_accepted_as_hermitian_is_made_so_to_the_last_bit(rng):
    a = rng.normal(size=(5, 4, 4)) + 1j * rng.normal(size=(5, 4, 4))
    a = a + np.conj(np.swapaxes(a, -1, -2))
    out = as_hermitian("x", a + 1e-9 * rng.normal(size=a.shape))
    np.testing.assert_array_equal(out, np.conj(np.swapaxes(out, -1, -2)))
    np.testing.assert_array_equal(as_hermitian("x", out), out)


@pytest.mark.parametrize("unit", [1e-12, 1e-9, 1.0, 1e9])
def test_hermitian_does_not_depend_on_the_unit_of_energy(unit):
    """A Hamiltonian typed in GHz or in Hz: half a matrix is refused in both."""
    as_hermitian("x", unit * np.array([[0.0, 1.0], [1.0 + 1e-12, 0.0]]))
    assert "Hermitian" in sentence(lambda: as_hermitian("x", unit * np.array([[0.0, 1.0], [0.0, 0.0]])))


def test_eight_printed_digits_make_a_density_matrix_and_seven_wrong_ones_do_not():
    good = np.full((3, 3), 1 / 3)
    as_density_matrix("x", np.round(good, 8))
    as_density_matrix("x", np.broadcast_to(good, (2, 5, 3, 3)))
    assert "unit trace" in sentence(lambda: as_density_matrix("x", np.round(good, 5)))
    assert "its trace is 1.00001" in sentence(lambda: as_density_matrix("x", [good, good * 1.00001]))
    negative = np.diag([1.0 + 1e-7, -1e-7])
    assert "-1e-07" in sentence(lambda: as_density_matrix("x", negative))
    as_density_matrix("x", np.diag([1.0 + 1e-9, -1e-9]))


def test_batch_axes_broadcast_or_say_which_do_not():
    assert broadcast_shape(a=(3, 1), b=(), c=(4,)) == (3, 4)
    assert broadcast_shape() == ()
    assert broadcast_shape(a=(0,), b=(1,)) == (0,)
    text = sentence(lambda: broadcast_shape(a=(3,), b=(1,), c=(2,)))
    for word in ("`c`", "(2,)", "(3,)", "`a`"):
        assert word in text


# files


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_written_whole_under_its_name_alone(tmp_path):
    write_text(tmp_path / "a.txt", "φ")
    write_bytes(tmp_path / "b", b"\0\1")
    assert (tmp_path / "a.txt").read_bytes() == "φ".encode()
    assert (tmp_path / "b").read_bytes() == b"\0\1"
    assert names(tmp_path) == ["a.txt", "b"]


def test_the_temporary_file_has_the_suffix_and_the_folder_of_the_target(tmp_path):
    with atomic_path(tmp_path / "a.npz") as temporary:
        assert temporary.suffix == ".npz"
        assert temporary.parent == tmp_path
        temporary.write_bytes(b"x")
        assert not (tmp_path / "a.npz").exists()
    assert names(tmp_path) == ["a.npz"]


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_result_is_as_readable_as_other_files(mask, tmp_path):
    before = os.umask(mask)
    try:
        write_text(tmp_path / "a", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize("before", [None, "old"])
def test_a_failure_leaves_what_was_there_and_nothing_else(error, before, tmp_path):
    target = tmp_path / "a.txt"
    if before is not None:
        target.write_text(before)

    def fail():
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert names(tmp_path) == ([] if before is None else ["a.txt"])
    if before is not None:
        assert target.read_text() == before


def test_a_body_that_removed_its_file_is_no_second_error(tmp_path):
    def remove():
        with atomic_path(tmp_path / "a") as temporary:
            temporary.unlink()
            raise ValueError("the first error")

    with pytest.raises(ValueError, match="the first error"):
        remove()
    assert names(tmp_path) == []


def test_a_target_that_cannot_be_written_is_refused_in_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    assert "is a folder" in sentence(lambda: write_text(tmp_path / "folder", "x"))
    assert "existing folder" in sentence(lambda: write_text(tmp_path / "none" / "a", "x"))
    (tmp_path / "file").touch()
    assert "existing folder" in sentence(lambda: write_text(tmp_path / "file" / "a", "x"))
    assert "writable" in sentence(lambda: write_text(tmp_path / ("a" * 300), "x"))

    def denied(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", denied)
    assert "Permission denied" in sentence(lambda: write_text(tmp_path / "a", "x"))
    assert names(tmp_path) == ["file", "folder"]


def test_a_folder_without_write_permission_is_refused(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    if os.access(closed, os.W_OK):
        pytest.skip("this user may write everywhere")
    assert "writable" in sentence(lambda: write_text(closed / "a", "x"))
    assert "can be made" in sentence(lambda: make_folder(closed / "b"))


def test_folders_are_made_or_refused(tmp_path):
    assert make_folder(tmp_path / "a" / "b").is_dir()
    assert make_folder(tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    assert "file" in sentence(lambda: make_folder(tmp_path / "file"))


@pytest.mark.parametrize(("name", "word"), [("none", "No such file"), ("void", "empty"), (".", "folder")])
def test_what_cannot_be_read_is_refused(name, word, tmp_path):
    (tmp_path / "void").touch()
    text = sentence(lambda: readable("path", tmp_path / name))
    assert word in text
    assert str(tmp_path) in text
