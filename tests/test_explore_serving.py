"""Does the command serve the page where it is told to, say so, warn of others, and end when it is told to?"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import webbrowser

import pytest

import torusync as ts
from command import RUN, refused, run
from explorer import asked, served
from torusync.cli import app
from torusync.explore import serving
from torusync.explore.serving import Explorer, is_loopback, serve, warning

POINT = {"model": "spin_one", "values": {"gain": 1.0, "damping": 2.0, "drive": 0.3}}


def test_the_command_serves_says_where_and_ends_quietly_with_an_interrupt(tmp_path):
    # what runs the tests in the background may have told all of its children to ignore interrupts
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heed}; from torusync.cli import main; main()"
    words = [sys.executable, "-c", code, "explore", "--port", "0", "--no-browser"]
    surroundings = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=surroundings
    ) as process:
        told = process.stdout.readline()
        found = re.fullmatch(r"The explorer is at http://127\.0\.0\.1:(\d+)/ \(Ctrl-C ends it\)\.\n", told)
        assert found, told

        class Served:
            port = int(found[1])

        assert asked(Served, "POST", "/api/point", POINT).content["status"]["good"]
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=30.0)
        finally:
            process.kill()
    assert process.returncode == 0
    assert out == ""
    assert err == ""
    assert list(tmp_path.iterdir()) == []


def test_a_browser_is_opened_on_the_page_unless_nobody_wants_it(monkeypatch):
    opened, told = threading.Event(), []
    monkeypatch.setattr(webbrowser, "open", lambda address: (told.append(address), opened.set()))
    monkeypatch.setattr(Explorer, "run", lambda one: (opened.wait(2.0), one.close()))
    said = []
    serve(port=0, tell=said.append)
    assert told == [said[0].split()[4].rstrip(";")]
    opened.clear()
    monkeypatch.setattr(Explorer, "run", lambda one: one.close())
    serve(port=0, browser=False, tell=said.append)
    assert not opened.wait(0.5)


def test_a_port_that_is_taken_or_none_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert str(port) in refused("explore", "--no-browser", "--port", port)
    for port in (-1, 99999, "x"):
        assert "--port" in refused("explore", "--no-browser", "--port", port)
    assert "no.such.host.invalid" in refused("explore", "--no-browser", "--host", "no.such.host.invalid")


@pytest.mark.parametrize("missing", ["waitress", "plotly"])
def test_without_the_extra_one_sentence_names_it(missing, monkeypatch):
    found = serving.find_spec
    monkeypatch.setattr(serving, "find_spec", lambda name: None if name == missing else found(name))
    sentence = refused("explore", "--no-browser")
    assert missing in sentence
    assert "torusync[explore]" in sentence


def test_others_are_warned_of(monkeypatch):
    monkeypatch.setattr(Explorer, "run", lambda one: one.close())
    assert RUN.invoke(app, ["explore", "--no-browser", "--port", "0"]).stderr == ""
    for host in ("0.0.0.0", socket.gethostname()):  # noqa: S104
        told = RUN.invoke(app, ["explore", "--no-browser", "--port", "0", "--host", host]).stderr
        assert told.startswith("Mind: ")
        assert "no password" in told
    assert socket.gethostname() in warning("::")
    for host in ("127.0.0.1", "localhost", "LOCALHOST", "::1", "[::1]", "127.3.2.1"):
        assert is_loopback(host)
        assert warning(host) == ""
    assert "explore" in run("--help").stdout


def test_it_listens_on_the_loopback_alone():
    with served() as explorer:
        with socket.socket() as other:
            # any other address of this machine: nothing listens there
            other.settimeout(1.0)
            others = {one[4][0] for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
            for address in (one for one in others if not one.startswith("127.")):
                assert other.connect_ex((address, explorer.port)) != 0
        assert asked(explorer, "GET", "/api/catalogue").status == 200


def test_an_explorer_is_made_of_a_host_and_a_port_alone():
    for host, port in ((5, 0), ("127.0.0.1", "0"), ("127.0.0.1", True), ("127.0.0.1", 1.5)):
        with pytest.raises(ts.ArgumentError):
            Explorer(host, port)
    with pytest.raises(ts.ArgumentError):
        serve(port=0, browser="no")
    assert ts.explore.serve is serve


def test_what_cannot_be_had_is_named(monkeypatch):
    """A name that nobody knows and an address of another machine are no fault of the port."""
    with pytest.raises(ts.ArgumentError, match=r"`host` must be .* '192.0.2.1' is that of another"):
        Explorer("192.0.2.1", 0)
    with (
        served() as explorer,
        pytest.raises(ts.ArgumentError, match=f"`port` must be .* {explorer.port} cannot be had"),
    ):
        Explorer("127.0.0.1", explorer.port)

    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ts.ArgumentError, match=r"`host` must be .* nothing is known of 'nowhere'"):
        Explorer("nowhere", 0)


def test_importing_it_asks_for_nothing_of_the_extra():
    script = "import sys, torusync.explore; print(sorted({'waitress', 'plotly', 'matplotlib'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
