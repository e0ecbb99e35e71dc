"""Is a workspace of MATLAB read as it was written, held against its own sizes, and never followed to another file?"""

import struct
import zlib

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from command import run
from damaged import STATE, objected, peak_of
from torusync.analysis import read_matrix
from torusync.files import hdf5, matfile

KINDS = ("f8", "f4", "c16", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_workspace_holds_what_scipy_wrote_into_it(kind, packed, tmp_path, rng):
    values = (100.0 * rng.random((3, 4))).astype(kind)
    mask = rng.random((3, 4)) < 0.5
    sparse = {"sparse": scipy.sparse.csc_matrix(values * mask)} if kind in {"f8", "c16"} else {}
    content = {"full": values, "stack": np.stack([values, 2 * values]), "a": 1.0, "text": "abc", "row": np.arange(3.0)}
    scipy.io.savemat(tmp_path / "a.mat", content | sparse, do_compression=packed)
    for name in ("full", "stack", *sparse):
        expected = scipy.io.loadmat(tmp_path / "a.mat")[name]
        expected = expected.toarray() if name == "sparse" else expected
        np.testing.assert_array_equal(read_matrix(tmp_path / "a.mat", variable=name), expected)
    assert "holds ['a', 'full', 'row'" in objected(tmp_path / "a.mat")
    assert "something else as 'text'" in objected(tmp_path / "a.mat", variable="text")


@pytest.mark.parametrize("kind", ["f8", "c16", "f4", "i4", "i2", "u2", "u1"])
def test_an_old_workspace_holds_what_scipy_wrote_into_it(kind, tmp_path, rng):
    values = (100.0 * rng.random((3, 4))).astype(kind)
    sparse = {"sparse": scipy.sparse.csc_matrix(values * (rng.random((3, 4)) < 0.5))} if kind in {"f8", "c16"} else {}
    scipy.io.savemat(tmp_path / "a.mat", {"full": values, "text": "abc"} | sparse, format="4")
    for name in ("full", *sparse):
        expected = scipy.io.loadmat(tmp_path / "a.mat")[name]
        np.testing.assert_array_equal(
            read_matrix(tmp_path / "a.mat", variable=name), expected.toarray() if name == "sparse" else expected
        )
    objected(tmp_path / "a.mat", variable="text")


def element(kind, data, order="<"):
    return struct.pack(f"{order}II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


def short(kind, data, order="<"):
    return struct.pack(f"{order}I", len(data) << 16 | kind) + data.ljust(4, b"\0")


def full(shape, data, *, flags=6, kind=9, order="<", name=b"rho", imaginary=b""):
    """A variable as the published description of the format has it."""
    inside = element(6, struct.pack(f"{order}II", flags, 0), order)
    inside += element(5, struct.pack(f"{order}{len(shape)}i", *shape), order)
    inside += short(1, name, order) if len(name) <= 4 else element(1, name, order)
    return element(14, inside + element(kind, data, order) + imaginary, order)


def sparse(shape, rows, starts, values, *, flags=5):
    inside = element(6, struct.pack("<II", flags, len(values))) + element(5, struct.pack("<2i", *shape))
    inside += short(1, b"rho") + element(5, struct.pack(f"<{len(rows)}i", *rows))
    inside += element(5, struct.pack(f"<{len(starts)}i", *starts))
    return element(14, inside + element(9, struct.pack(f"<{len(values)}d", *values)))


def workspace(*variables, order="<", version=0x0100):
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(f"{order}H", version)
    return head + (b"IM" if order == "<" else b"MI") + b"".join(variables)


def packed(data, lost=0):
    squeezed = zlib.compress(data)
    squeezed = squeezed[: len(squeezed) - lost]
    return struct.pack("<II", 15, len(squeezed)) + squeezed


EYE = struct.pack("<4d", 0.5, 0, 0, 0.5)
FLAGS = element(6, struct.pack("<II", 6, 0))
SPARSE = element(6, struct.pack("<II", 5, 2)) + element(5, struct.pack("<2i", 2, 2)) + short(1, b"rho")


def test_workspaces_of_the_other_byte_order_and_of_small_numbers_are_read(put):
    expected = np.array([[1.0, 3.0], [2.0, 4.0]])
    big = full((2, 2), struct.pack(">4d", 1, 2, 3, 4), order=">")
    np.testing.assert_array_equal(read_matrix(put("a.mat", workspace(big, order=">"))), expected)
    small = element(2, bytes([5, 6, 7, 8]))
    part = full((2, 2), bytes([1, 2, 3, 4]), kind=2, flags=6 | 0x0800, imaginary=small)
    np.testing.assert_array_equal(read_matrix(put("a.mat", workspace(part))), expected + 1j * (expected + 4))
    hidden = full((1, 8), bytes(8), flags=9, kind=2, name=b"")
    np.testing.assert_array_equal(
        read_matrix(put("a.mat", workspace(big[:0], full((2, 2), EYE), hidden))), np.eye(2) / 2
    )
    head = full((2, 2), b"")[8:-8]
    unpadded = head + struct.pack("<II", 2, 4) + bytes([1, 2, 3, 4])
    unpadded = struct.pack("<II", 14, len(unpadded)) + unpadded
    np.testing.assert_array_equal(read_matrix(put("a.mat", workspace(unpadded))), expected)
    old = struct.pack(">5i", 1000, 2, 2, 0, 4) + b"rho\0" + struct.pack(">4d", 1, 2, 3, 4)
    np.testing.assert_array_equal(read_matrix(put("a.mat", old)), expected)


def test_a_sparse_workspace_is_read_as_described(put):
    found = read_matrix(put("a.mat", workspace(sparse((3, 3), [0, 2, 1, 9], [0, 2, 2, 3], [1.0, 2.0, 3.0, 9.0]))))
    np.testing.assert_array_equal(found, [[1, 0, 0], [0, 0, 3], [2, 0, 0]])
    # truth values are bytes, and called doubles
    truths = sparse((2, 2), [0, 1], [0, 1, 2], [], flags=5 | 0x0200)[8:-8] + element(9, bytes([1, 1]))
    np.testing.assert_array_equal(read_matrix(put("a.mat", workspace(element(14, truths)))), np.eye(2))
    twice = read_matrix(put("a.mat", workspace(sparse((2, 2), [0, 0], [0, 2, 2], [1.0, 2.0]))))
    np.testing.assert_array_equal(twice, [[3, 0], [0, 0]])


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (workspace(sparse((3, 3), [0, 3, 1], [0, 2, 2, 3], [1, 2, 3])), "outside"),
        (workspace(sparse((3, 3), [0, -1, 1], [0, 2, 2, 3], [1, 2, 3])), "outside"),
        (workspace(sparse((3, 3), [0, 2, 1], [0, 2, 1, 3], [1, 2, 3])), "follow each other"),
        (workspace(sparse((3, 3), [0, 2, 1], [1, 2, 2, 3], [1, 2, 3])), "follow each other"),
        (workspace(sparse((3, 3), [0, 2, 1], [0, 2, 3], [1, 2, 3])), "follow each other"),
        (workspace(sparse((3, 3), [0, 2, 1], [0, 2, 2, 4], [1, 2, 3])), "fewer numbers"),
        (workspace(sparse((3, 3), [0, 2], [0, 2, 2, 3], [1, 2, 3])), "fewer numbers"),
        (workspace(sparse((3, 3), [0, 2, 1], [0, 2, 2, 3], [1, 2])), "fewer numbers"),
        (workspace(sparse((3, 3), [0, 2, 1], [0, 2, 2, 2**31 - 1], [1, 2, 3])), "fewer numbers"),
        (workspace(full((2, 2), EYE + EYE[:8])), "5 numbers for a matrix of shape (2, 2)"),
        (workspace(element(14, FLAGS + element(5, struct.pack("<2i", 2, 2)) + element(9, EYE))), "no name"),
        (workspace(element(14, SPARSE + element(9, EYE) + element(5, EYE[:12]) + element(9, EYE))), "whole numbers"),
        (workspace(element(14, SPARSE + element(5, EYE[:8]) + element(9, bytes(24)) + element(9, EYE))), "whole"),
        (workspace(full((2, 3), EYE)), "4 numbers for a matrix of shape (2, 3)"),
        (workspace(full((-2, -2), EYE)), "no dimensions"),
        (workspace(full((4,), EYE)), "no dimensions"),
        (workspace(full((1,) * 31 + (2, 2), EYE)), "no dimensions"),
        (workspace(full((2, 2), EYE, kind=14)), "no row of numbers"),
        (workspace(full((2, 2), EYE[:-1])), "no row of numbers"),
        (workspace(full((2, 2), EYE, flags=6 | 0x0800)), "too early"),
        (workspace(full((2, 2), EYE), full((2, 2), EYE)), "'rho' twice"),
        (workspace(full((2, 2), EYE))[:-1], "too early"),
        (workspace(full((2, 2), EYE)) + b"\0\0\0\0", "too early"),
        (workspace(element(9, EYE)), "element of type 9"),
        (workspace(struct.pack("<II", 14, 2**32 - 1)), "too early"),
        (workspace(short(14, b"abc")), "too early"),
        (workspace(struct.pack("<I", 5 << 16 | 1) + b"abcdefgh"), "short element"),
        (workspace(element(14, element(6, EYE))), "no flags"),
        (workspace(element(14, element(5, EYE[:8]))), "no flags"),
        (workspace(element(14, element(6, struct.pack("<II", 6, 0)) + element(9, EYE))), "no dimensions"),
        (workspace(full((2, 2), EYE), version=0x0300), "does not begin"),
        (workspace(full((2, 2), EYE), order=">"), "short element"),
        (workspace(packed(element(9, EYE))), "which is no variable"),
        (workspace(packed(full((2, 2), EYE) + b"\0" * 8)), "of the size that it announces"),
        (workspace(packed(full((2, 2), EYE)[:-1])), "of the size that it announces"),
        (workspace(packed(full((2, 2), EYE))[:-6]), "too early"),
        (workspace(packed(full((2, 2), EYE), 4)), "of the size that it announces"),
        (workspace(struct.pack("<II", 15, 40) + packed(full((2, 2), EYE))[8:48]), ""),
        (workspace(element(15, b"no stream")), "header"),
        (b"\0" * 19, "too short"),
        (struct.pack("<5i", 0, 2, 2, 0, 4) + b"rho\0" + EYE[:-1], "too early"),
        (struct.pack("<5i", 0, 2**31 - 1, 2**31 - 1, 0, 4) + b"rho\0" + EYE, "too early"),
        (struct.pack("<5i", 0, 2, 2, 2, 4) + b"rho\0" + EYE + EYE, "does not begin"),
        (struct.pack("<5i", 60, 2, 2, 0, 4) + b"rho\0" + EYE, "does not begin"),
        (struct.pack("<5i", 3, 2, 2, 0, 4) + b"rho\0" + EYE, "does not begin"),
        (struct.pack("<5i", 2000, 2, 2, 0, 4) + b"rho\0" + EYE, "does not begin"),
        (struct.pack("<5i", 2, 1, 4, 0, 4) + b"rho\0" + struct.pack("<4d", 1.5, 2, 0, 0), "whole numbers"),
        (struct.pack("<5i", 2, 1, 4, 0, 4) + b"rho\0" + struct.pack("<4d", -1, 2, 0, 0), "whole numbers"),
        (struct.pack("<5i", 2, 1, 4, 0, 4) + b"rho\0" + struct.pack("<4d", np.nan, 2, 0, 0), "whole numbers"),
        (struct.pack("<5i", 2, 2, 2, 0, 4) + b"rho\0" + EYE, "no dimensions"),
        (struct.pack("<5i", 2, 0, 3, 0, 4) + b"rho\0", "no dimensions"),
        (struct.pack("<5i", 2, 2, 3, 0, 4) + b"rho\0" + struct.pack("<6d", 3, 2, 1, 2, 5, 0), "outside"),
        (struct.pack("<5i", 2, 2, 3, 0, 4) + b"rho\0" + struct.pack("<6d", 0, 2, 1, 2, 5, 0), "outside"),
        (struct.pack("<5i", 2, 2, 3, 0, 4) + b"rho\0" + struct.pack("<6d", 1, 2, 0, 2, 5, 0), "outside"),
        (struct.pack("<5i", 2, 2, 3, 0, 4) + b"rho\0" + struct.pack("<6d", 1, 2, 3, 2, 5, 0), "outside"),
    ],
)  # fmt: skip
def test_a_workspace_that_is_none_is_one_sentence(content, word, put):
    """Indices outside of a sparse matrix ended the process by a signal."""
    assert word in objected(put("a.mat", content))


def test_a_packed_variable_is_unpacked_only_to_the_size_that_it_announces(put):
    bomb = workspace(packed(full((2, 2), EYE) + bytes(2**26)))
    assert len(bomb) < 2**17
    path = put("a.mat", bomb)
    assert "of the size that it announces" in objected(path)
    assert peak_of(objected, path) < 2**21


@pytest.mark.parametrize("pack", [packed, bytes], ids=["packed", "plain"])
def test_a_matrix_of_gigabytes_is_refused_by_its_dimensions(pack, put):
    for variable in (full((2**14, 2**14), EYE), sparse((2**14, 2**14), [0], [0, 1], [1.0])):
        path = put("a.mat", workspace(pack(variable)))
        assert "fit in memory" in objected(path)
        assert peak_of(objected, path) < 2**21
    old = struct.pack("<5i", 2, 1, 3, 0, 4) + b"rho\0"
    assert "fit in memory" in objected(put("a.mat", old + struct.pack("<3d", 2**20, 2**20, 0)))
    # no entries, along axes that no array can have
    assert "fit in memory" in objected(put("a.mat", old + struct.pack("<3d", 0, 2**62, 0)), variable="rho")
    path = put("a.mat", workspace(pack(full((0, 2**31 - 1, 2**31 - 1, 2**31 - 1), b""))))
    assert "fit in memory" in objected(path, variable="rho")


def test_the_size_of_a_variable_is_held_against_what_is_allowed():
    content = workspace(packed(full((2, 2), EYE)))
    (one,) = matfile.variables(content, most=80)
    np.testing.assert_array_equal(one.load(), np.eye(2) / 2)
    for most in (63, 79):  # four complex numbers take 64, and what is unpacked on the way to them 80
        (one,) = matfile.variables(content, most=most)
        with pytest.raises(matfile.TooLargeError):
            one.load()


def of_hdf5(path, **datasets):
    compound = np.dtype([("real", "f8"), ("imag", "f8")])
    with h5py.File(path, "w") as stored:
        for name, value in datasets.items():
            if np.iscomplexobj(value):
                table = np.empty(np.shape(value.T), compound)
                table["real"], table["imag"] = value.T.real, value.T.imag
                stored[name] = table
            else:
                stored[name] = value
    return path


def test_a_new_workspace_is_read(tmp_path):
    path = of_hdf5(tmp_path / "a.mat", rho=STATE, x=3.0, note="text", cut=np.arange(6.0).reshape(2, 3))
    assert "holds ['cut', 'note', 'rho', 'x']" in objected(path)
    np.testing.assert_array_equal(read_matrix(path, variable="rho"), STATE)
    np.testing.assert_array_equal(read_matrix(path, variable="cut"), np.arange(6.0).reshape(2, 3).T)
    assert "something else as 'note'" in objected(path, variable="note")
    assert "shape ()" in objected(path, variable="x")
    # as MATLAB has it: a header of its own in front, and a place for the contents of cells
    with h5py.File(tmp_path / "b.mat", "w", userblock_size=512) as stored:
        stored["rho"], stored["t"] = STATE.real.T, 1.0
        stored.create_group("#refs#")
    with (tmp_path / "b.mat").open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM")
    np.testing.assert_array_equal(read_matrix(tmp_path / "b.mat"), STATE.real)
    assert "be one of ['rho', 't']" in objected(tmp_path / "b.mat", variable="none")


@pytest.mark.parametrize("kind", ["external link", "soft link", "external dataset", "virtual dataset"])
def test_what_lies_in_another_file_is_not_followed(kind, tmp_path):
    other = of_hdf5(tmp_path / "other.mat", rho=np.eye(2))
    (tmp_path / "raw").write_bytes(np.eye(2).tobytes())
    with h5py.File(tmp_path / "a.mat", "w") as stored:
        stored["whole"] = np.ones((3, 3))
        if kind == "external link":
            stored["rho"] = h5py.ExternalLink(str(other), "/rho")
        elif kind == "soft link":
            stored["rho"] = h5py.SoftLink("/whole")
        elif kind == "external dataset":
            stored.create_dataset("rho", shape=(2, 2), dtype="f8", external=[(str(tmp_path / "raw"), 0, 32)])
        else:
            layout = h5py.VirtualLayout(shape=(2, 2), dtype="f8")
            layout[:] = h5py.VirtualSource(str(other), "rho", shape=(2, 2))
            stored.create_virtual_dataset("rho", layout)
        assert stored["rho"][0, 0] == 1.0
    for options in ({}, {"variable": "rho"}):
        assert "'rho' in another place or file" in objected(tmp_path / "a.mat", **options)
    np.testing.assert_array_equal(read_matrix(tmp_path / "a.mat", variable="whole"), np.ones((3, 3)))


def test_a_new_workspace_that_announces_gigabytes_or_holds_nothing_is_refused(tmp_path):
    with h5py.File(tmp_path / "huge.mat", "w") as stored:
        stored.create_dataset("rho", shape=(2**14, 2**14), dtype="f4", chunks=(64, 64))[0, 0] = 1.0
    assert "fit in memory" in objected(tmp_path / "huge.mat")
    with h5py.File(tmp_path / "empty.mat", "w") as stored:
        stored.create_dataset("rho", shape=(3, 3), dtype="f8")
    assert "stores none as 'rho'" in objected(tmp_path / "empty.mat")
    with h5py.File(tmp_path / "piece.mat", "w") as stored:
        stored.create_dataset("rho", shape=(2, 2), maxshape=(None, None), chunks=(8, 8), dtype="f8")[:] = 1.0
    for most, refusal in ((8 * 64, ""), (8 * 64 - 1, hdf5.TOO_LARGE)):
        assert hdf5.ask(tmp_path / "piece.mat", None, most=most).refused == refusal
    of_hdf5(tmp_path / "whole.mat", rho=np.ones((4, 4)))
    for most, refusal in ((16 * 16, ""), (16 * 16 - 1, hdf5.TOO_LARGE)):
        assert hdf5.ask(tmp_path / "whole.mat", "rho", most=most).refused == refusal


@pytest.mark.parametrize(
    ("start", "patience", "word"),
    [
        ("import os; os.abort()", 60.0, "crashed with signal 6"),
        ("import time; time.sleep(60)", 0.5, "did not end within 0.5 s"),
        ("raise MemoryError('of it')", 60.0, "of it"),
        ("raise SystemExit(3)", 60.0, "the HDF5 library failed"),
    ],
)
def test_a_library_that_breaks_down_is_one_sentence(start, patience, word, tmp_path, monkeypatch):
    monkeypatch.setattr(hdf5, "_START", start)
    monkeypatch.setattr(hdf5, "_PATIENCE", patience)
    assert word in objected(of_hdf5(tmp_path / "a.mat", rho=STATE))


def test_a_process_that_cannot_be_started_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", str(tmp_path / "none"))
    assert "no process could be started" in objected(of_hdf5(tmp_path / "a.mat", rho=STATE))


def test_a_state_from_each_kind_of_file_is_analyzed(tmp_path):
    np.save(tmp_path / "a.npy", STATE)
    scipy.io.savemat(tmp_path / "old.mat", {"rho": STATE})
    of_hdf5(tmp_path / "new.mat", rho=STATE)
    results = [run("analyze", tmp_path / name) for name in ("a.npy", "old.mat", "new.mat")]
    assert [one.exit_code for one in results] == [0, 0, 0]
    assert len({one.stdout for one in results}) == 1
