"""Is the state that is meant found in files that hold several things, and is it said what they hold where it is not?"""

import json
import struct
import zipfile

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse

import torusync as ts
from command import as_json, refused, run
from damaged import STATE
from problems import ENGINE_BATHS
from torusync.analysis import read_matrix, read_state

OTHER = np.diag([0.2, 0.3, 0.5]).astype(complex)
STACK = np.stack([STATE, OTHER, STATE.conj(), OTHER])


def test_an_archive_of_arrays_is_no_saved_state_and_is_read(tmp_path):
    for number, save in enumerate((np.savez, np.savez_compressed)):
        path = tmp_path / f"{number}.npz"
        save(path, rho=STATE, times=np.arange(7.0), note="text")
        np.testing.assert_array_equal(read_matrix(path), STATE)
        save(path, first=STATE, second=OTHER)
        assert "holds ['first', 'second']" in refused("analyze", path)
        assert "be one of ['first', 'second']" in refused("analyze", path, "--variable", "third")
        np.testing.assert_array_equal(read_matrix(path, variable="second"), OTHER)
    np.savez(tmp_path / "parts.npz", rho_real=STATE.real, rho_imag=STATE.imag)
    np.testing.assert_array_equal(read_matrix(tmp_path / "parts.npz"), STATE)
    ts.steady_state(ts.ThermalMaser([0.1], **ENGINE_BATHS)).save(tmp_path / "saved.npz")
    assert "ThermalMaser state" in run("analyze", tmp_path / "saved.npz").stdout


def test_an_archive_of_anything_else_is_one_sentence(tmp_path):
    np.savez(tmp_path / "objects.npz", rho=np.array([object()]), allow_pickle=True)
    assert "holds ['rho']" in refused("analyze", tmp_path / "objects.npz")
    assert "something else as 'rho'" in refused("analyze", tmp_path / "objects.npz", "--variable", "rho")
    np.savez(tmp_path / "cut.npz", rho=STATE)
    whole = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole.replace(b"<c16", b"<c8 "))
    assert "cannot be read" in refused("analyze", tmp_path / "cut.npz")
    header = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (40000, 40000), }".ljust(
        118
    )
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("rho.npy", header)
    assert "announces" in refused("analyze", tmp_path / "bomb.npz")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_fields_of_structures_and_cells_are_variables(packed, tmp_path):
    path = tmp_path / "a.mat"
    cell = np.empty((1, 2), dtype=object)
    cell[0, 0], cell[0, 1] = STATE, OTHER
    scipy.io.savemat(path, {"res": {"rho": STATE, "t": 1.0, "note": "x"}}, do_compression=packed)
    np.testing.assert_array_equal(read_matrix(path), STATE)
    inner = {"rho": STATE, "deep": {"sigma": scipy.sparse.csc_matrix(OTHER)}}
    scipy.io.savemat(path, {"res": inner, "cell": cell}, do_compression=packed)
    names = ["cell{1}", "cell{2}", "res.deep.sigma", "res.rho"]
    assert f"holds {names}" in refused("analyze", path)
    for name, expected in zip(names, (STATE, OTHER, OTHER, STATE), strict=True):
        np.testing.assert_array_equal(read_matrix(path, variable=name), expected)
    assert "be one of ['res.deep.sigma', 'res.rho']" in refused("analyze", path, "--variable", "res")


def test_an_array_of_structures_is_numbered(tmp_path):
    several = np.empty((1, 2), dtype=[("rho", object)])
    several["rho"][0, 0], several["rho"][0, 1] = STATE, OTHER
    scipy.io.savemat(tmp_path / "a.mat", {"res": several})
    np.testing.assert_array_equal(read_matrix(tmp_path / "a.mat", variable="res(2).rho"), OTHER)


def test_a_damaged_structure_is_one_sentence(tmp_path, rng):
    """Every length in it may lie: none leads to anything but a sentence or the state itself."""
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"res": {"rho": STATE, "sigma": OTHER}})
    whole = path.read_bytes()
    for _ in range(300):
        place = int(rng.integers(128, 400))
        path.write_bytes(whole[:place] + struct.pack("B", int(rng.integers(256))) + whole[place + 1 :])
        try:
            found = read_state(path, variable="res.sigma")
        except ts.ArgumentError:
            continue
        assert np.abs(found.density.matrix - OTHER).max() <= 1e-12 + found.coherence_error


def test_numbers_of_single_precision_stay_so_in_every_format(tmp_path):
    single = STATE.astype(np.complex64)
    scipy.io.savemat(tmp_path / "a.mat", {"rho": single})
    scipy.io.savemat(tmp_path / "b.mat", {"rho": single.real}, format="4")
    np.savez(tmp_path / "a.npz", rho=single)
    with h5py.File(tmp_path / "a.h5", "w") as stored:
        stored["rho"] = single
    for name in ("a.mat", "b.mat", "a.npz", "a.h5"):
        assert read_state(tmp_path / name).density.precision.words == "single precision", name


def test_groups_of_hdf5_are_read_in_the_order_of_rows(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as stored:
        stored["out/rho"], stored["t"], stored["note"] = STATE, 1.0, "x"
    np.testing.assert_array_equal(read_matrix(tmp_path / "a.h5"), STATE)
    np.testing.assert_array_equal(read_matrix(tmp_path / "a.h5", variable="out/rho"), STATE)
    with h5py.File(tmp_path / "b.hdf5", "w") as stored:
        stored["out/rho_re"], stored["out/rho_im"] = STATE.real, STATE.imag
    np.testing.assert_array_equal(read_matrix(tmp_path / "b.hdf5"), STATE)
    with h5py.File(tmp_path / "c.h5", "w") as stored:
        stored["a"], stored["b"] = STATE, OTHER
    assert "holds ['a', 'b']" in refused("analyze", tmp_path / "c.h5")


def test_structures_and_sparse_matrices_of_new_workspaces_are_read(tmp_path):
    column = scipy.sparse.csc_matrix(OTHER.real)
    with h5py.File(tmp_path / "a.mat", "w") as stored:
        stored["res/rho"] = STATE.real.T
        group = stored.create_group("thin")
        group.attrs["MATLAB_sparse"] = np.uint64(3)
        group["data"], group["ir"], group["jc"] = column.data, column.indices, column.indptr
    assert "holds ['res.rho', 'thin']" in refused("analyze", tmp_path / "a.mat")
    np.testing.assert_array_equal(read_matrix(tmp_path / "a.mat", variable="res.rho"), STATE.real)
    np.testing.assert_array_equal(read_matrix(tmp_path / "a.mat", variable="thin"), OTHER)
    with h5py.File(tmp_path / "a.mat", "r+") as stored:
        stored["thin/ir"][1] = 7
    assert "outside" in refused("analyze", tmp_path / "a.mat", "--variable", "thin")
    with h5py.File(tmp_path / "a.mat", "r+") as stored:
        del stored["thin/ir"]
        stored["thin/ir"] = h5py.ExternalLink(str(tmp_path / "b.h5"), "/ir")
    assert "of its own" in refused("analyze", tmp_path / "a.mat", "--variable", "thin")


def test_stacks_along_the_last_axis_are_those_of_matlab(tmp_path):
    for size in (3, 4):
        cube = np.moveaxis(STACK[:size], 0, -1)
        scipy.io.savemat(tmp_path / "a.mat", {"rho": cube})
        np.save(tmp_path / "a.npy", cube)
        for name in ("a.mat", "a.npy"):
            np.testing.assert_array_equal(read_matrix(tmp_path / name), STACK[:size], err_msg=f"{name}, {size}")


def test_a_cube_that_is_a_stack_both_ways_is_one_stack(tmp_path):
    """Hermitian in (i, j) along either axis makes ρ[k, i, j] = ρ[i, j, k]: there is nothing to choose."""
    cube = np.array([[[0.75, 0.25], [0.25, 0.25]], [[0.25, 0.25], [0.25, 0.75]]])
    np.testing.assert_array_equal(np.moveaxis(cube, -1, 0), cube)
    np.save(tmp_path / "a.npy", cube)
    assert len(as_json("analyze", tmp_path / "a.npy", "--index", "all")["states"]) == 2


def test_one_of_a_stack_is_chosen_or_all_are_a_table(tmp_path):
    np.save(tmp_path / "a.npy", STACK)
    text = refused("analyze", tmp_path / "a.npy")
    assert "`--index` must be one from 0 to 3, or all" in text
    assert "batch of shape (4,)" in text
    expected = ts.synchronization(STACK)
    for index in (0, 2, -1):
        found = as_json("analyze", tmp_path / "a.npy", "--index", index)["synchronization"]["s_max"]
        assert found == expected.s_max[index]
    table = as_json("analyze", tmp_path / "a.npy", "--index", "all")["states"]
    assert [row["s_max"] for row in table.values()] == expected.s_max.tolist()
    assert [row["certified"] for row in table.values()] == [True] * 4
    assert len(run("analyze", tmp_path / "a.npy", "--index", "all").stdout.splitlines()) == 6
    for index, word in (("4", "stack of shape (4,)"), ("x", "whole number"), ("0,0", "it is 0,0")):
        assert word in refused("analyze", tmp_path / "a.npy", "--index", index)
    assert "beside sets or error bars" in refused("analyze", tmp_path / "a.npy", "--index", "all", "--counts", "9")
    np.save(tmp_path / "b.npy", STACK.reshape(2, 2, 3, 3))
    assert "from 0,0 to 1,1" in refused("analyze", tmp_path / "b.npy")
    found = as_json("analyze", tmp_path / "b.npy", "--index", "1,0")["synchronization"]["phases"]
    assert found == pytest.approx(expected.phases[2].tolist())


def test_one_of_a_saved_batch_is_chosen_as_well(tmp_path):
    batch = ts.steady_state(ts.ThermalMaser([[0.1, 0.1], [0.2, 0.2]], **ENGINE_BATHS))
    batch.save(tmp_path / "a.npz")
    assert "from 0 to 1, or all" in refused("analyze", tmp_path / "a.npz")
    found = as_json("analyze", tmp_path / "a.npz", "--index", "1")["synchronization"]["s_max"]
    assert found == pytest.approx(float(ts.synchronization(batch).s_max[1]), rel=1e-12)
    assert len(as_json("analyze", tmp_path / "a.npz", "--index", "all")["states"]) == 2
    assert "`--project` must be left out" in refused("analyze", tmp_path / "a.npz", "--project")


def test_parts_lie_in_two_files(tmp_path):
    np.savetxt(tmp_path / "re.txt", STATE.real)
    np.savetxt(tmp_path / "im.txt", STATE.imag)
    np.testing.assert_array_equal(read_state(tmp_path / "re.txt", imag=tmp_path / "im.txt").density.matrix, STATE)
    found = as_json("analyze", tmp_path / "re.txt", "--imag", tmp_path / "im.txt")["synchronization"]
    assert found["s_max"] == float(ts.synchronization(STATE).s_max)
    np.save(tmp_path / "small.npy", np.eye(2))
    np.save(tmp_path / "whole.npy", STATE)
    assert "`--imag` must hold numbers in the shape" in refused(
        "analyze", tmp_path / "re.txt", "--imag", tmp_path / "small.npy"
    )
    assert "holds complex numbers" in refused("analyze", tmp_path / "re.txt", "--imag", tmp_path / "whole.npy")
    assert "`--imag` must name a readable file" in refused("analyze", tmp_path / "re.txt", "--imag", tmp_path / "none")


def test_names_in_json_are_told_apart(put):
    rho, sigma = ([[[x.real, x.imag] for x in row] for row in one.tolist()] for one in (STATE, OTHER))
    path = put("a.json", json.dumps({"runs": {"rho": rho, "sigma": sigma}, "t": 1, "note": "x"}))
    assert "holds ['note', 'runs.rho', 'runs.sigma', 't']" in refused("analyze", path)
    np.testing.assert_array_equal(read_matrix(path, variable="runs.sigma"), OTHER)
    stack = put("b.json", json.dumps([rho, sigma]))
    np.testing.assert_array_equal(read_matrix(stack), [STATE, OTHER])
    half = put("c.json", json.dumps({"rho_real": STATE.real.tolist()}))
    assert "without the imaginary part" in refused("analyze", half)
    np.testing.assert_array_equal(read_matrix(half, variable="rho_real"), STATE.real)


def test_pickles_are_refused_by_name(put):
    for name in ("a.pkl", "a.qu", "a.pickle"):
        assert "be no pickle" in refused("analyze", put(name, b"x"))
