"""Is a file dropped on the page read as everywhere in the library, with its limits, and is nothing of it left?"""

import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import torusync as ts
from explorer import Client, density, numbers
from problems import ENGINE_BATHS, GRAMMAR
from test_explore_code import run
from torusync.explore import dropped as explore_dropped
from torusync.sweeps.exports import write_data

ASK = Client()
BYTES = "application/octet-stream"
RHO = np.array([[0.5, 0.1 + 0.2j, 0.05], [0.1 - 0.2j, 0.3, -0.1j], [0.05, 0.1j, 0.2]])


def drop(content, name):
    raw = content.read_bytes() if isinstance(content, Path) else content
    return ASK("POST", f"/api/drop?name={name}", raw, CONTENT_TYPE=BYTES)


def refused(content, name):
    reply = drop(content, name)
    assert reply.status == 400, reply.body[:300]
    assert GRAMMAR.fullmatch(reply.sentence), reply.sentence
    assert tempfile.gettempdir() not in reply.sentence
    return reply.sentence


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dropped")
    np.save(folder / "rho.npy", RHO)
    np.savez(folder / "rho.npz", rho=RHO)
    lines = [",".join(f"{one:.17g}" for one in row) for row in RHO]
    (folder / "rho.csv").write_text("\n".join(lines))
    with h5py.File(folder / "rho.h5", "w") as stored:
        stored["rho"] = RHO
    ts.steady_state(ts.ThermalMaser([0.1, 0.1], **ENGINE_BATHS)).save(folder / "saved.npz")
    axes = {"n_hot": [0.2, 5.0], "drive": np.linspace(0.01, 0.3, 4), "detuning": np.linspace(-1.0, 1.0, 6)}
    fixed = {"manifold_levels": 2, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    write_data(ts.sweep(ts.ThermalMaser, axes, ["s_max", "shares", "regime"], fixed=fixed), folder / "map.nc")
    return folder


@pytest.mark.parametrize("name", ["rho.npy", "rho.npz", "rho.csv", "rho.h5"])
def test_a_matrix_is_a_point_without_a_model(files, name, monkeypatch):
    told = drop(files / name, name).content
    sync = ts.synchronization(RHO)
    assert told["model"] is None
    assert told["file"] == name
    assert told["given"]
    np.testing.assert_array_equal(density(told), RHO)
    assert told["synchronization"]["s_max"] == pytest.approx(float(sync.s_max), rel=1e-12)
    assert told["synchronization"]["certified"]
    assert told["machine"] is None
    monkeypatch.chdir(files)
    assert run(told["code"])["sync"].s_max == pytest.approx(told["synchronization"]["s_max"], rel=1e-12)


def test_a_saved_state_knows_its_machine(files, monkeypatch):
    told = drop(files / "saved.npz", "saved.npz").content
    assert told["machine"]["regime"]["name"] == "engine"
    assert told["sets"]["entrainment"]["share"] > 0.0
    monkeypatch.chdir(files)
    assert run(told["code"])["sync"].s_max == pytest.approx(told["synchronization"]["s_max"])


def test_a_sweep_is_a_map_over_its_longest_axes(files):
    told = drop(files / "map.nc", "map.nc").content["map"]
    assert [one["name"] for one in told["axes"]] == ["drive", "detuning"]
    assert told["at"] == {"n_hot": 0.2}
    fixed = {"manifold_levels": 2, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    assert told["model"] == "maser"
    assert told["values"] == {**fixed, "n_hot": 0.2}
    axes = {"drive": np.linspace(0.01, 0.3, 4), "detuning": np.linspace(-1.0, 1.0, 6)}
    ds = ts.sweep(ts.ThermalMaser, axes, ["s_max", "shares", "regime"], fixed={**fixed, "n_hot": 0.2})
    for name in ("s_max", "shares", "regime", "s_max_bound"):
        np.testing.assert_allclose(numbers(told["quantities"][name]["values"]), ds[name], rtol=1e-12, err_msg=name)
    assert told["labels"]["set"] == ["entrainment", "mutual"]
    assert np.shape(told["status"]) == (4, 6)
    assert told["lost"]["count"] == 0
    assert told["axes"][1]["symbol"] == "Ω − (ω̄ − ω_1)"


def test_nothing_is_left_and_no_name_leads_elsewhere(files, monkeypatch):
    seen = []
    whole = explore_dropped._matrix
    monkeypatch.setattr(explore_dropped, "_matrix", lambda path: seen.append(path) or whole(path))
    names = [
        "rho.npy",
        "../../../rho.npy",
        "/etc/rho.npy",
        "C:\\x\\rho.npy",
        "..",
        "a b.npy",
        "é.npy",
        "x" * 300 + ".npy",
    ]
    for name in names:
        drop(files / "rho.npy", name)
    assert len({one.parent for one in seen}) == len(names)
    assert not any(one.parent.exists() for one in seen)
    assert all(one.parent.parent == Path(tempfile.gettempdir()) for one in seen)
    assert all(one.name in {"rho.npy", "file.npy", "file"} for one in seen)


def test_what_is_no_state_is_refused_as_everywhere(files, tmp_path):
    assert "pickle" in refused(b"cos\nsystem\n(S'true'\ntR.", "rho.pkl")
    assert "cannot be read" in refused(b"nonsense", "rho.npy")
    assert "end in one of" in refused(b"nonsense", "rho.exe")
    assert "end in one of" in refused(b"nonsense", "..")
    assert "cannot be read" in refused((files / "rho.h5").read_bytes()[:1000], "rho.h5")
    np.save(tmp_path / "stack.npy", np.stack([RHO, RHO]))
    assert "stack" in refused(tmp_path / "stack.npy", "stack.npy")
    np.save(tmp_path / "large.npy", np.eye(500) / 500.0)
    assert "at most" in refused(tmp_path / "large.npy", "large.npy")
    np.save(tmp_path / "wrong.npy", 2.0 * RHO)
    assert "trace" in refused(tmp_path / "wrong.npy", "wrong.npy")
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as bomb:
        header = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (40000, 40000), }"
        bomb.writestr("rho.npy", header.ljust(127) + b"\n" + b"\0" * 1000)
    refused(tmp_path / "bomb.npz", "bomb.npz")


def test_what_is_no_sweep_is_refused_and_opens_nothing(files, tmp_path):
    assert "cannot be read" in refused(b"CDF\x01nonsense", "map.nc")
    assert "cannot be read" in refused((files / "map.nc").read_bytes()[:3000], "map.nc")
    with h5py.File(tmp_path / "other.nc", "w") as stored:
        stored["s_max"] = np.zeros((3, 4))
    assert "hold a sweep" in refused(tmp_path / "other.nc", "other.nc")
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as stored:
        stored["s_max"] = np.arange(3.0)
    with h5py.File(tmp_path / "link.nc", "w") as stored:
        stored["s_max"] = h5py.ExternalLink(str(secret), "/s_max")
        stored["status"] = np.zeros(3, dtype=np.int8)
    assert "another place" in refused(tmp_path / "link.nc", "link.nc")
    with h5py.File(tmp_path / "huge.nc", "w") as stored:
        stored.create_dataset("s_max", (200_000, 10_000), dtype="f8", chunks=(1000, 1000), compression="gzip")
        stored["status"] = np.zeros(3, dtype=np.int8)
    assert "at most" in refused(tmp_path / "huge.nc", "huge.nc")


def test_texts_of_a_stranger_are_one_short_line(files, tmp_path):
    import xarray as xr

    ds = xr.load_dataset(files / "map.nc", engine="h5netcdf").isel(n_hot=0, drop=True)
    ds.attrs = {"study": "{" * 5000}
    ds["s_max"].attrs["units"] = "<script>\n" * 100
    ds["detuning"].attrs |= {"symbol": "<b>" * 100, "long_name": "a\x1b[31m\nb"}
    ds.to_netcdf(tmp_path / "odd.nc", engine="h5netcdf")
    told = drop(tmp_path / "odd.nc", "odd.nc").content["map"]
    assert told["model"] is None
    assert told["values"] == {}
    texts = [told["quantities"]["s_max"]["units"], *(told["axes"][1][key] for key in ("symbol", "about", "name"))]
    for one in texts:
        assert len(one) <= 90
        assert one.isprintable()
