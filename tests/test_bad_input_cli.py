"""Is every odd file and every odd number on the command line refused in one sentence, never misread?"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.io
import scipy.sparse

import torusync as ts
from command import refused, run, worded
from problems import ENGINE_BATHS, GRAMMAR
from torusync.analysis import read_matrix

BATHS = worded(ENGINE_BATHS)
ENGINE = ["--drive", "0.1,0.1", *BATHS]
STATE = np.array([[0.5, 0.1 + 0.2j, 0.0], [0.1 - 0.2j, 0.3, 0.05j], [0.0, -0.05j, 0.2]])


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*ENGINE, "--gamma-hot", "0.1,0.9"], "`--gamma-hot` must be one value, but it has 2"),
        ([*ENGINE, "--n-cold", "1,2"], "`--n-cold` must be one value, but it has 2"),
        ([*ENGINE, "--detuning", "nan"], "`--detuning` must be finite, but it is 'nan'"),
        ([*ENGINE, "--detuning", "1e400"], "`--detuning` must be finite"),
        ([*ENGINE, "--spread", "-0.1"], "`--spread` must be at least 0"),
        ([*ENGINE, "--spread", "inf"], "`--spread` must be finite"),
        ([*ENGINE, "--splittings", "0,0.1,0.2"], "`--drive` must have one value, or one for each of 3 levels"),
        ([*ENGINE, "--manifold-levels", "-3"], "`--manifold-levels` must be at least 1, but it is -3"),
        (["--manifold-levels", str(10**15), "--drive", "0.1", *BATHS], "`--manifold-levels` must be at most 134217728"),
        (["--drive", "0.1,,0.2", *BATHS], "`--drive` must be a number"),
        (["--drive", "1 2", *BATHS], "`--drive` must be a number"),
        (["--drive", "__import__('os')", *BATHS], "`--drive` must be a number"),
        ([*ENGINE, "--dipole-correlation", "2"], "`--dipole-correlation` must be at most 1"),
        ([*ENGINE, "--omega-hot", "0.5"], "`--omega-hot` must put every manifold level above `--omega-cold`"),
        ([*ENGINE, "--solver", "collective", "--spread", "0.1"], "`--solver` must fit the system"),
        (["--manifold-levels", "200", "--drive", "0.1", *BATHS, "--solver", "dense"], "at most 40 levels"),
        (["--drive", "0.1", "--hot-temperature", "0", *BATHS[2:]], "`--hot-temperature` must be greater than 0"),
        (
            ["--drive", "0.1", "--cold-temperature", "-1", *BATHS[:2], *BATHS[4:]],
            "`--cold-temperature` must be greater",
        ),
        ([], "`--n-hot` must be given"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_number_is_refused(words, message):
    assert message in refused("solve", *words)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("drive = nan\n", "`drive` must be finite, but it is nan"),
        (f"drive = 1{'0' * 400}\n", "`drive` must be finite"),
        ("manifold_levels = true\n", "`manifold_levels` must be a"),
        (
            "manifold_levels = 0\ndrive = 1\nn_hot = 1\nn_cold = 1\ngamma_hot = 1\ngamma_cold = 1\n",
            "`manifold_levels` must be at least 1",
        ),
        ("drive = [[1, 2]]\n", "`drive` must be a number"),
        ("drive = []\n", "`drive` must be a number"),
        ("drive = 2020-01-01\n", "`drive` must be a number"),
        ("[machine]\ndrive = 1\n", "it holds 'machine'"),
        ("drive = 1\ndrive = 2\n", "TOML"),
        ("gama_hot = 1\n", "did you mean gamma_hot?"),
        ("n_hot = 5\nhot_temperature = 2\n", "`n_hot` must be given, or hot_temperature instead, but both are given"),
    ],
)
def test_a_wrong_machine_file_is_refused(content, message, tmp_path):
    assert message in refused("solve", write(tmp_path, "machine.toml", content))


def test_a_folder_is_no_machine(tmp_path):
    assert "is a folder" in refused("solve", tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("hole.csv", "0.5,,0.1\n0.1,,0.5\n", "has an empty entry in line 1"),
        ("late.csv", "0.5,0\n0,half\n", "has 'half' in line 2"),
        ("words.csv", "level 1,level 2\n0.5,0\n", "in line 1"),
        ("column.csv", "0.5\n0.5\n", "shape is (2, 1)"),
        ("infinite.csv", "inf,0\n0,0.5\n", "must be finite"),
        ("twice.csv", "0.5+0.1+0.2j,0\n0,0.5\n", "numbers such as"),
        ("empty.json", "[]", "holds no rows"),
        ("nothing.json", "[[]]", "shape is (1, 0)"),
        ("nan.json", "[[0.5, NaN], [NaN, 0.5]]", "must be finite, but entry [0, 1] is nan"),
        ("large.json", f"[[1{'0' * 400}, 0], [0, 1]]", "must be finite"),
        ("deep.json", "[" * 100_000, "cannot be read"),
        ("nested.json", "[" * 900 + "]" * 900, "nested lists"),
        ("truth.json", "[[true, false], [false, false]]", "nested lists"),
        ("text.json", '[["0.5", "x"], ["0", "0.5"]]', "nested lists"),
        ("null.json", "null", "nested lists"),
        ("number.json", "1.0", "nested lists"),
        ("ragged.json", "[[0.5, 0], [0.5]]", "rows of lengths [1, 2]"),
        ("parts.json", '{"real": [[1, 0], [0, 0]], "imag": [[0, 0]]}', "parts of (2, 2) and (1, 2)"),
        ("half.json", '{"real": [[1, 0], [0, 0]]}', "nested lists"),
        ("triple.json", "[[[1, 0, 0]]]", "shape is (1, 1, 3)"),
        ("old.mat", b"\x00" * 200, "cannot be read"),
        ("new.mat", b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"0" * 600, "cannot be read"),
        ("no.suffix", "1", "end in one of .npy"),
    ],
)
def test_a_wrong_text_is_no_state(name, content, message, tmp_path):
    assert message in refused("analyze", write(tmp_path, name, content))


def npy_header(shape):
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def test_a_wrong_array_is_no_state(tmp_path):
    np.savez(tmp_path / "archive.npz", STATE)
    (tmp_path / "archive.npz").rename(tmp_path / "archive.npy")
    np.save(tmp_path / "record.npy", np.zeros((2, 2), dtype=[("a", "f8")]))
    np.save(tmp_path / "text.npy", np.array([["a", "b"], ["c", "d"]]))
    np.save(tmp_path / "none.npy", np.zeros((0, 0)))
    np.save(tmp_path / "scalar.npy", 1.0)
    write(tmp_path, "huge.npy", npy_header((10**7, 10**7)))
    for name, message in (
        ("archive", "cannot be read"), ("record", "hold numbers"), ("text", "hold numbers"),
        ("none", "at least one level"), ("scalar", "hold a matrix"), ("huge", "announces 800000000000000 bytes"),
    ):  # fmt: skip
        assert message in refused("analyze", tmp_path / f"{name}.npy")


def test_a_wrong_workspace_is_no_state(tmp_path):
    scipy.io.savemat(tmp_path / "whole.mat", {"rho": STATE})
    whole = (tmp_path / "whole.mat").read_bytes()
    write(tmp_path, "cut.mat", whole[: len(whole) // 2])
    scipy.io.savemat(tmp_path / "struct.mat", {"rho": {"a": "no numbers"}})
    scipy.io.savemat(tmp_path / "text.mat", {"rho": "hello"})
    scipy.io.savemat(tmp_path / "cell.mat", {"rho": np.array([[1, "a"], [2, "b"]], dtype=object)})
    assert "cannot be read" in refused("analyze", tmp_path / "cut.mat")
    for name in ("struct", "text", "cell"):
        assert "holds ['rho" in refused("analyze", tmp_path / f"{name}.mat")
        assert "hold" in refused("analyze", tmp_path / f"{name}.mat", "--variable", "rho")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("excel.csv", "\ufeff0,5;0,1-0,2i;0\n0,1+0,2i;0,3;0,05i\n0;-0,05i;0,2\n"),
        ("spaced.csv", "0.5, 0.1 - 0.2j, 0,\n0.1 + 0.2j, 0.3, 0.05j,\n0, -0.05j, 0.2,\n"),
        ("savetxt.csv", "(0.5+0j) (0.1+-0.2j) (0+0j)\n(0.1+0.2j) (0.3+0j) (0+0.05j)\n(0+0j) (0-0.05j) (0.2+0j)\n"),
        ("blocks.txt", "0.5 0.1 0 0 -0.2 0\n0.1 0.3 0 0.2 0 0.05\n0 0 0.2 0 -0.05 0  # Re | Im\n"),
        ("mixed.json", '[[0.5, [0.1, -0.2], 0], [{"re": 0.1, "im": 0.2}, 0.3, [0, 0.05]], [0, [0, -0.05], 0.2]]'),
    ],
)
def test_odd_but_plain_files_are_read(name, content, tmp_path):
    expected = [[0.5, 0.1 - 0.2j, 0.0], [0.1 + 0.2j, 0.3, 0.05j], [0.0, -0.05j, 0.2]]
    np.testing.assert_allclose(read_matrix(write(tmp_path, name, content)), expected, atol=1e-15)


def test_kinds_of_arrays_people_save(tmp_path):
    np.save(tmp_path / "order.npy", np.asfortranarray(STATE.astype(">c8")))
    np.testing.assert_allclose(read_matrix(tmp_path / "order.npy"), STATE, atol=1e-7)
    np.savetxt(tmp_path / "saved.txt", STATE)
    np.testing.assert_allclose(read_matrix(tmp_path / "saved.txt"), STATE, atol=1e-15)
    scipy.io.savemat(tmp_path / "sparse.mat", {"rho": scipy.sparse.csc_matrix(STATE), "t": np.arange(5.0), "note": "x"})
    np.testing.assert_allclose(read_matrix(tmp_path / "sparse.mat"), STATE, atol=1e-15)


def test_the_error_names_the_file_it_is_about(tmp_path):
    np.save(tmp_path / "state.npy", STATE)
    assert refused("analyze", tmp_path / "none.npy").startswith("Argument `state` must name a readable file")
    text = refused("analyze", tmp_path / "state.npy", "--covariance", tmp_path / "none.npy")
    assert text.startswith("Argument `--covariance` must name a readable file")
    ts.steady_state(ts.ThermalMaser([0.1], **ENGINE_BATHS)).save(tmp_path / "saved.npz")
    assert "`--variable` must be left out" in refused("analyze", tmp_path / "saved.npz", "--variable", "rho")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--counts", "100", "--seed", "-1"], "`--seed` must be at least 0"),
        (["--counts", str(10**23)], "`--counts` must be at most 1e+15"),
        (["--counts", "-5"], "`--counts` must be at least 1"),
        (["--counts", "100", "--replicates", str(10**12)], "`--replicates` must be at most"),
    ],
)
def test_wrong_bootstrap_numbers_are_refused(words, message, tmp_path):
    np.save(tmp_path / "state.npy", STATE)
    assert message in refused("analyze", tmp_path / "state.npy", *words)


def test_a_failed_save_leaves_what_was_there(tmp_path):
    target = write(tmp_path, "state.npz", "an older file")
    refused("solve", *ENGINE, "--n-hot", "-1", "--save", target)
    assert target.read_text() == "an older file"
    (tmp_path / "folder.npz").mkdir()
    assert "is a folder" in refused("solve", *ENGINE, "--save", tmp_path / "folder.npz")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder.npz", "state.npz"]


def in_process(*words, **options):
    return subprocess.run(
        [sys.executable, "-m", "torusync", *map(str, words)], capture_output=True, check=False, **options
    )


def test_a_process_of_its_own_shows_no_traceback(tmp_path):
    done = in_process("analyze", tmp_path / "none.npy", text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert GRAMMAR.fullmatch(done.stderr.rstrip("\n"))


def test_a_terminal_without_greek_letters_is_served():
    done = in_process("solve", *ENGINE, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert b"in units of ?_1" in done.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")  # noqa: PTH110
def test_a_full_disk_is_one_sentence():
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "torusync", "solve", *ENGINE], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr


def test_json_holds_no_nan(tmp_path):
    np.save(tmp_path / "diagonal.npy", np.diag([0.5, 0.5]))
    result = run("analyze", tmp_path / "diagonal.npy", "--counts", "10", "--json")

    def no_constant(name):
        raise AssertionError(name)

    found = json.loads(result.stdout, parse_constant=no_constant)
    assert found["synchronization"]["phases"] == [None, None]
    assert found["error_bars"]["phase_error"] == [None, None]
