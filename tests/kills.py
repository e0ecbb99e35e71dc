"""Kill runs for real, as they put a file of their store in place, and look whether anything is lost.

``python tests/kills.py WRITING START``: so many kills of runs that write chunks, and so many of runs that build their
store.  What was killed is gone on with until a run ends; the store must then have the files of one that nobody
disturbed, to the byte, and nothing else beside it.  Then a new one is begun.
"""

import os
import pathlib
import shutil
import signal
import sys
import tempfile

import numpy as np
import xarray  # noqa: F401  (loaded once, before processes are forked)
import zarr  # noqa: F401

import torusync.sweeps.store  # noqa: F401
from sweeping import files, tongue
from torusync.sweeps import run, sizes

CHUNK = 25
MOST = 20
"""Files that a run puts in place before it is killed, at most."""


def killed(store, after, *, building=False):
    """Run the study in a process of its own; return whether it was killed, as it put its n-th file in place.

    Files of the store that is built are counted or those that are written to it later.
    """
    pid = os.fork()
    if pid == 0:
        left = after

        def puts(before):
            def put(self, target):
                nonlocal left
                if store.exists() is not building:
                    left -= 1
                    if left == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                return before(self, target)

            return put

        for name in ("replace", "rename"):
            setattr(pathlib.Path, name, puts(getattr(pathlib.Path, name)))
        sizes.SWEPT_POINTS = CHUNK
        run(tongue(), store=store, workers=1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if status not in {0, signal.SIGKILL}:
        raise RuntimeError(f"A run that was not killed ended with status {status}.")
    return status != 0


def whole(store, expected):
    """Tell whether a store has the files of one that nobody disturbed, and nothing was left beside it."""
    names = {path.name for path in store.parent.iterdir()}
    return (
        files(store) == expected and not list(store.rglob("*.partial")) and names == {store.name, f"{store.name}.runs"}
    )


def cycles(folder, expected, kills, *, building=False):
    """Kill so many runs; return how many were in the middle of a file, and how many stores lost something."""
    store, draw = folder / "killed" / "a.zarr", np.random.default_rng(1)
    middle = lost = done = 0
    while done < kills:
        store.parent.mkdir()
        while done < kills and killed(store, int(draw.integers(1, MOST, endpoint=True)), building=building):
            done += 1
            middle += bool(list(store.parent.rglob("*.partial")))
        killed(store, -1)
        lost += not whole(store, expected)
        shutil.rmtree(store.parent)
    return middle, lost


def main(writing, start):
    """Kill, tell, and return 1 where something was lost."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        store = folder / "undisturbed" / "a.zarr"
        store.parent.mkdir()
        killed(store, -1)
        expected = files(store)
        found = cycles(folder, expected, writing), cycles(folder, expected, start, building=True)
    lost = found[0][1] + found[1][1]
    sys.stdout.write(
        f"{writing} kills while chunks were written, {found[0][0]} of them in the middle of a file; "
        f"{start} at the start, {found[1][0]} in the middle of a file; {lost} stores lost something\n"
    )
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
