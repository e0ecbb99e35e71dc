"""Is a damaged store refused in one sentence that names the part and the remedy, and with nothing else on stderr?"""

import re
import subprocess
import sys

import numpy as np
import pytest

import torusync as ts
from sweeping import tongue
from torusync.sweeps import open_sweep, run, sizes
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
