"""Is a damaged store refused in one sentence that names the part and the remedy, and with nothing else on stderr?"""

import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

import torusync as ts
from sweeping import tongue
from torusync.plots import plot_map
from torusync.sweeps import open_sweep, run, sizes
from torusync.sweeps import store as stores
from torusync.sweeps.studytext import write_study

FEW = tongue(axes={"drive": np.linspace(0.01, 0.3, 8), "detuning": np.linspace(-1.0, 1.0, 10)})
REMEDY = "restore it from a backup, or begin another store."


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Eighty chunks, one of which is cut off."""
    monkeypatch.setattr(sizes, "SWEPT_POINTS", 1)
    path = tmp_path / "t.zarr"
    run(FEW, store=path)
    write_study(FEW, tmp_path / "t.toml")
    chunk = path / "s_max" / "c" / "3" / "0"
    chunk.write_bytes(chunk.read_bytes()[:5])
    return path


def test_only_one_sentence_is_told_of_a_damaged_store(store):
    code = (
        "import sys, torusync as ts\n"
        "try:\n    ts.sweeps.open_sweep(sys.argv[1])\n"
        "except ts.ArgumentError as error:\n    print(error, file=sys.stderr)"
    )
    plot = [sys.executable, "-m", "torusync", "plot", store, "s_max"]
    for command in ([sys.executable, "-c", code, store], plot):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        assert re.fullmatch(
            rf"Argument `store` must be a whole store of a sweep, .* \(chunk 3/0 of 's_max': .*\); {REMEDY}\n",
            done.stderr,
        ), done.stderr


def test_of_a_large_store_too_it_is_told_where_it_is_read(store, monkeypatch):
    """What is whole of it is read, and pictures of it can be copied to workers."""
    monkeypatch.setattr(stores, "UNASKED_BYTES", 0)
    ds = pickle.loads(pickle.dumps(open_sweep(store)))  # noqa: S301
    assert ds["s_max"].variable._in_memory is False
    whole = ds["s_max"].isel(drive=[0, 2, 5], detuning=slice(1, None, 2))
    assert whole.shape == (3, 5)
    for read in (
        ds["s_max"].to_numpy,
        ds.load,
        lambda: ds["s_max"].isel(drive=3).sum().item(),
        lambda: plot_map(ds, "s_max"),
    ):
        with pytest.raises(ts.ArgumentError, match=f"chunk 3/0 of 's_max': .*{REMEDY}"):
            read()
    np.testing.assert_array_equal(whole, run(FEW)["s_max"].isel(drive=[0, 2, 5], detuning=slice(1, None, 2)))
    assert open_sweep(store)["power"].equals(run(FEW)["power"])


def test_a_flipped_bit_is_told_by_its_chunk(store):
    for name, at in (("status", "7/2"), ("drive", "0"), ("power", "0/9")):
        chunk = store / name / "c" / at
        held = bytearray(chunk.read_bytes())
        held[0] ^= 1
        chunk.write_bytes(held)
    with pytest.raises(ts.ArgumentError, match="chunk 7/2 of 'status'"):
        run(FEW, store=store)


def test_a_lost_chunk_is_told_with_the_remedy(store):
    (store / "s_max" / "c" / "3" / "0").unlink()
    with pytest.raises(ts.ArgumentError, match=f"lost a part of 's_max', chunk 3/0; {REMEDY}"):
        open_sweep(store)
