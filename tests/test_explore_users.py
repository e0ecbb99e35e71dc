"""Do twenty people at once get what they ask for, while the server's memory stays bounded?"""

import os
import random
import resource
import threading
import time

import pytest

from explorer import JSON, asked, presets, question, served
from torusync._limits import JOBS_BYTES

USERS = 20
SECONDS = float(os.environ.get("TORUSYNC_EXPLORE_SECONDS", "5"))
"""How long they play; `.ci/long` sets a minute."""

MOST_BYTES = 2**29
"""By which the process may grow: results that are kept, and what twenty answers take at once."""

LIGHT = [
    name
    for name, one in presets().items()
    if name.startswith(("letter", "companion")) and not name.endswith(("limit", "fig3c", "fig3d"))
]


def wait_for(server, name, until):
    while time.monotonic() < until:
        told = asked(server, "GET", f"/api/job/{name}").content
        if told["state"] != "running":
            assert told["state"] in {"done", "cancelled"}, told
            return
        time.sleep(0.05)


def play(number, server, until, found):
    """Do what a visitor does: move sliders, ask for lines and maps, drop what was asked for, and look at the page."""
    chance = random.Random(number)  # noqa: S311
    count = 0
    try:
        while time.monotonic() < until:
            preset = presets()[chance.choice(LIGHT)]
            values = {**preset["values"], "detuning": chance.uniform(-0.5, 0.5)}
            base = {"model": preset["model"], "values": values}
            match chance.randrange(8):
                case 0 | 1 | 2 | 3:
                    reply = asked(server, "POST", "/api/point", base)
                    assert reply.content["status"]["good"]
                case 4:
                    line = {"kind": "line", "session": f"user-{number}", **question(preset), "axis": preset["axis"]}
                    reply = asked(server, "POST", "/api/job", line)
                    wait_for(server, reply.content["id"], until)
                case 5:
                    axes = [{"name": "detuning", "start": -1.0, "stop": 1.0, "count": 41}, preset["axis"]]
                    map_ = {"kind": "tongue", "session": f"user-{number}", "axes": axes, **base}
                    reply = asked(server, "POST", "/api/job", map_)
                case 6:
                    reply = asked(server, "GET", "/api/catalogue", **{"Accept-Encoding": "gzip"})
                case _:
                    refused = asked(server, "POST", "/api/point", {"model": "maser", "values": {"n_hot": -1}})
                    assert refused.status == 400
                    reply = asked(server, "POST", "/api/code", {"view": base})
            assert reply.status == 200, reply.body[:300]
            assert reply.headers["Content-Type"].startswith(JSON)
            count += 1
    except Exception as error:  # noqa: BLE001  (told in the thread that asserts)
        found.append(error)
    else:
        found.append(count)


def peak():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_twenty_at_once_without_an_error_in_bounded_memory(capsys):
    with served() as server:
        asked(server, "POST", "/api/point", question(presets()["letter-tongue"]))
        before, found = peak(), []
        until = time.monotonic() + SECONDS
        users = [threading.Thread(target=play, args=(one, server, until, found)) for one in range(USERS)]
        for one in users:
            one.start()
        for one in users:
            one.join(SECONDS + 60.0)
        assert [one for one in found if isinstance(one, Exception)] == []
        assert len(found) == USERS
        assert all(count > 0 for count in found)
        assert server._app.jobs.held[1] <= JOBS_BYTES
        assert peak() - before < MOST_BYTES
    assert capsys.readouterr().err == ""
