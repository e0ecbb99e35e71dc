"""Is an address where no Dask scheduler is refused at once, and by one sentence?"""

import subprocess
import sys
import time

import pytest

from sweeping import tongue
from torusync.sweeps.studytext import write_study

pytest.importorskip("distributed")


@pytest.mark.parametrize("address", ["foo", "foo:8786", "tcp://localhost:1"])
def test_an_address_where_nobody_listens_is_refused_at_once(address, tmp_path):
    write_study(tongue(), tmp_path / "study.toml")
    words = ["sweep", str(tmp_path / "study.toml"), "--out", str(tmp_path / "a.zarr"), "--scheduler", address]
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "torusync", *words], capture_output=True, text=True, check=False)
    assert time.monotonic() - begin < 15.0
    assert done.returncode == 2
    assert done.stderr.startswith("Argument `--scheduler` must be the address of a Dask scheduler, such as")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "a.zarr").exists()
