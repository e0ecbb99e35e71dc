"""Is what a file announces held against what it is, before memory is taken, and does no file lead to another one?"""

import os
import struct

import numpy as np
import pytest

import torusync as ts
from command import refused
from damaged import objected, peak_of
from torusync.analysis import read_matrix
from torusync.models import read_machine


def npy(header, data=b"", version=b"\x01\x00"):
    text = header if isinstance(header, bytes) else header.encode("latin-1")
    return b"\x93NUMPY" + version + len(text).to_bytes(2 if version == b"\x01\x00" else 4, "little") + text + data


ONES = np.ones((2, 2)).tobytes()
PLAIN = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }"


@pytest.mark.parametrize(
    ("header", "version"),
    [
        (PLAIN, b"\x01\x00"),
        (PLAIN + " " * 40 + "\n", b"\x02\x00"),
        (PLAIN, b"\x03\x00"),
        ('{"descr": "<f8", "fortran_order": False, "shape": (2, 2)}', b"\x01\x00"),
        ("{'shape':(2,2),'fortran_order':True,'descr':'<f8'}", b"\x01\x00"),
        ("{ 'shape' : ( 2L , 2L ) , 'descr' : 'f8' , 'fortran_order' : False , }", b"\x01\x00"),
    ],
)
def test_headers_as_others_write_them_are_read(header, version, put):
    np.testing.assert_array_equal(read_matrix(put("a.npy", npy(header, ONES, version))), np.ones((2, 2)))


@pytest.mark.parametrize(
    "dtype", ["<f8", ">f8", "<f4", "<f2", ">c8", "<c16", "|b1", "|i1", "|u1", ">i2", "<u4", "<i8", "<f16"]
)
@pytest.mark.parametrize("shape", [(2, 3), (2, 2, 2), (4, 1)])
def test_numbers_of_any_type_and_order_are_those_that_numpy_reads(dtype, shape, tmp_path, rng):
    values = (10.0 * rng.random(shape)).astype(dtype)
    for array in (values, np.asfortranarray(values)):
        np.save(tmp_path / "a.npy", array)
        found = read_matrix(tmp_path / "a.npy")
        np.testing.assert_array_equal(found, np.load(tmp_path / "a.npy").astype(complex))
        assert found.dtype == np.complex128


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\x93NUMPY\x01\x00\x10\x00{(             \n", "not understood"),
        (npy("(" * 5000), "not understood"),
        (npy("{'descr': " + "[" * 5000), "not understood"),
        (npy("{'descr': " + "[" * 1000 + "]" * 1000 + ", 'fortran_order': False, 'shape': (2, 2)}", ONES), "records"),
        (npy(PLAIN.replace("(2, 2)", "(2)"), ONES[:16]), "not a tuple"),
        (npy(PLAIN.replace("(2, 2)", "2"), ONES), "not understood"),
        (npy(PLAIN.replace("(2, 2)", "(-2, -2)"), ONES), "not understood"),
        (npy(PLAIN.replace("(2, 2)", "(2, 2,, )"), ONES), "not understood"),
        (npy(PLAIN.replace("(2, 2)", f"({'1, ' * 33}4)"), ONES), "34 axes"),
        (npy(PLAIN.replace("(2, 2)", "(0, 9000000000000000000, 9000000000000000000)")), "shape"),
        (npy(PLAIN.replace("(2, 2)", "(2, 3)"), ONES), "announces 48 bytes of entries, but it holds 32"),
        (npy(PLAIN, ONES + b"\0"), "announces 32 bytes of entries, but it holds 33"),
        (npy(PLAIN, ONES[:-1]), "announces 32 bytes of entries, but it holds 31"),
        (npy(PLAIN.replace("<f8", "<f3"), ONES), "hold numbers"),
        (npy(PLAIN.replace("<f8", "|V8"), ONES), "hold numbers"),
        (npy(PLAIN.replace("<f8", "|O"), ONES), "a pickle"),
        (npy(PLAIN.replace("<f8", "<f0"), ONES), "'<f0'"),
        (npy(PLAIN.replace("<f8", "<M8[D]"), ONES), "hold numbers"),
        (npy(PLAIN.replace("<f8", "<U0"), b""), "'<U0'"),
        (npy(PLAIN.replace("<f8", "<U2"), ONES), "holds text"),
        (npy(PLAIN.replace("False", "0"), ONES), "not understood"),
        (npy(PLAIN.replace("False", "'False'"), ONES), "not understood"),
        (npy(PLAIN.replace("'descr'", "'colour'"), ONES), "not understood"),
        (npy(PLAIN.replace("}", "'shape': (2, 2)}"), ONES), "not understood"),
        (npy(PLAIN.replace("}", "'note': (2, 2)}"), ONES), "not understood"),
        (npy(PLAIN.replace("}", ""), ONES), "not understood"),
        (npy(PLAIN[1:], ONES), "not understood"),
        (npy(PLAIN + "0", ONES), "not understood"),
        (npy(PLAIN.ljust(10_001), ONES), "too long"),
        (npy(PLAIN, ONES, b"\x04\x00"), "does not begin"),
        (npy(PLAIN, ONES)[1:], "does not begin"),
        (npy(PLAIN)[:40], "ends within its header"),
        (b"\x93NUMPY\x01\x00\xff", "ends within its header"),
    ],
)  # fmt: skip
def test_a_header_that_is_none_is_one_sentence(content, word, put):
    assert word in objected(put("a.npy", content))


def test_a_header_may_be_as_long_as_numpy_takes_it(put):
    assert read_matrix(put("a.npy", npy(PLAIN.ljust(10_000), ONES))).shape == (2, 2)


def test_what_a_header_announces_is_not_taken(put):
    huge = put("a.npy", npy(PLAIN.replace("(2, 2)", "(200000, 200000)"), ONES))
    assert peak_of(objected, huge) < 2**21


OLD_WORKSPACE = struct.pack("<5i", 0, 2, 2, 0, 2) + b"a\0" + ONES
SMALL = {
    ".npy": (npy(PLAIN, ONES), 64),
    ".mat": (OLD_WORKSPACE, 64),
    ".csv": ("1,0\n0,0\n", 60 * 8),
    ".json": ("[[1,0],[0,0]]", 60 * 13),
    ".toml": ("n_hot = 1", 60 * 9),
}
"""Files with the bytes of memory that they may take: numbers as complex ones, 60 a letter of text."""


def with_room(monkeypatch, room):
    for place in ("torusync.files.matrices.available", "torusync._memory.available"):
        monkeypatch.setattr(place, lambda: float(room))
    monkeypatch.setattr("torusync._memory.UNASKED_BYTES", 0)


@pytest.mark.parametrize("suffix", SMALL)
def test_a_file_for_which_there_is_no_memory_is_refused(suffix, put, monkeypatch):
    content, needed = SMALL[suffix]
    path, read = put(f"a{suffix}", content), read_machine if suffix == ".toml" else read_matrix
    with_room(monkeypatch, needed)
    read(path)
    with_room(monkeypatch, needed - 1)
    with pytest.raises(ts.ArgumentError, match="memory"):
        read(path)


def test_a_workspace_is_not_read_where_there_is_room_for_its_matrix_only(put, monkeypatch):
    path = put("a.mat", OLD_WORKSPACE + struct.pack("<5i", 51, 1, 1000, 0, 2) + b"b\0" + bytes(1000))
    with_room(monkeypatch, path.stat().st_size)
    read_matrix(path)
    with_room(monkeypatch, path.stat().st_size - 1)
    with pytest.raises(ts.ArgumentError, match="memory"):
        read_matrix(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("deep.json", "[" * 5000 + "]" * 5000),
        ("deep.json", '{"real":' * 5000 + "0" + "}" * 5000),
        ("deep.json", '[[{"re":' * 2000 + "0" + "}]]" * 2000),
        ("long.json", "[[" + "9" * 5000 + "]]"),
        ("inf.json", '{"real": [[0.5, 1e999], [0, 0.5]], "imag": [[0, Infinity], [0, 0]]}'),
        ("mixed.json", '{"real": [[0.5, [0, 1]], [0, 0.5]], "imag": [[0, 0], [0, 0]]}'),
        ("inf.csv", "0.5,0,0,inf\n0,0.5,inf,0\n"),
        ("nul.csv", "0.5,\0\n0,0.5\n"),
        ("wide.csv", "0.5\xff,0\n0,0.5\n".encode("latin-1")),
    ],
)
def test_depth_length_and_infinity_are_one_sentence(name, content, put):
    objected(put(name, content))


@pytest.mark.parametrize(
    "content",
    [
        "drive = " + "[" * 5000 + "]" * 5000,
        "drive = " + "[" * 300 + "]" * 300,
        "drive" + ".a" * 5000 + " = 1",
        "drive" + ".a" * 900 + " = 1",
        "drive = " + "{a = " * 5000 + "1" + "}" * 5000,
        "drive = " + "9" * 5000,
        "levels = [" + "1, " * 5000 + "1]",
        "a" * 5000 + " = 1",
        "[" + "a." * 5000 + "a]",
        b"drive = '\xff'",
    ],
    ids=lambda value: value[:12],
)  # fmt: skip
def test_a_machine_of_any_depth_and_length_is_one_short_sentence(content, put):
    text = refused("solve", put("machine.toml", content))
    assert len(text) < 1000


def test_pipes_and_devices_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.npy")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "pipe.npz").symlink_to(tmp_path / "pipe.npy")
    (tmp_path / "pipe.toml").symlink_to(tmp_path / "pipe.npy")
    assert "pipe or a device" in objected(tmp_path / "pipe.npy")
    assert "pipe or a device" in objected(tmp_path / "zero.csv")
    assert "pipe or a device" in refused("analyze", tmp_path / "pipe.npz")
    assert "pipe or a device" in refused("solve", tmp_path / "pipe.toml")


def test_pipes_and_devices_are_not_replaced_by_what_is_written(tmp_path):
    """Whoever may write into its folder would take the null device from everybody else."""
    os.mkfifo(tmp_path / "pipe.npz")
    with pytest.raises(ts.ArgumentError, match="pipe or a device"):
        ts.steady_state(ts.ThermalMaser([0.1], n_hot=2.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2)).save(
            tmp_path / "pipe.npz"
        )
    assert (tmp_path / "pipe.npz").is_fifo()


@pytest.mark.parametrize("path", [None, 5, b"a.npy", "a\0.npy"], ids=repr)
def test_what_is_no_path_is_one_sentence(path):
    for read in (read_matrix, read_machine):
        with pytest.raises(ts.ArgumentError, match="be a path"):
            read(path)
