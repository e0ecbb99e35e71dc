"""The explorer as tests ask it: the application without a socket, and a server on one."""

import gzip
import http.client
import io
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from wsgiref.util import setup_testing_defaults

import numpy as np

from torusync.explore.app import App
from torusync.explore.catalogue import catalogue
from torusync.explore.serving import Explorer

JSON = "application/json"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def content(self):
        packed = self.headers.get("Content-Encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)

    @property
    def sentence(self):
        return self.content["error"]["sentence"]


class Client:
    """Asks an application as a page does; keywords are further entries of the WSGI environment."""

    def __init__(self, app=None):
        self.app = App() if app is None else app

    def __call__(self, method, path, body=None, **environ):
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        asked = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1:8642",
            "CONTENT_LENGTH": str(len(raw)), "CONTENT_TYPE": JSON, "wsgi.input": io.BytesIO(raw),
        }  # fmt: skip
        setup_testing_defaults(asked)
        asked |= environ
        asked = {name: value for name, value in asked.items() if value is not None}
        told = []
        body = b"".join(self.app(asked, lambda status, headers: told.append((status, headers))))
        ((status, headers),) = told
        names = [name for name, _ in headers]
        assert len(names) == len(set(names))
        return Reply(int(status.split()[0]), dict(headers), body)

    def point(self, model, **values):
        reply = self("POST", "/api/point", {"model": model, "values": values})
        assert reply.status == 200, reply.sentence
        return reply.content

    def refused(self, path, body, **environ):
        """Return name and sentence of a question that physics or the library's own checks refuse."""
        reply = self("POST", path, body, **environ)
        assert reply.status == 400, reply.body[:200]
        error = reply.content["error"]
        assert error["sentence"].endswith((".", "?"))
        return error["parameter"], error["sentence"]

    def job(self, kind, session="test", **request):
        reply = self("POST", "/api/job", {"kind": kind, "session": session, **request})
        assert reply.status == 200, reply.sentence
        return reply.content["id"]

    def waited(self, name, *, seconds=60.0):
        """Return what a job ended with."""
        until = time.monotonic() + seconds
        while (found := self("GET", f"/api/job/{name}").content)["state"] == "running":
            assert time.monotonic() < until
            assert 0.0 <= found["done"] <= 1.0
            time.sleep(0.005)
        return found

    def result(self, kind, **request):
        found = self.waited(self.job(kind, **request))
        assert found["state"] == "done", found
        return found["result"]


@contextmanager
def served(**settings):
    """Yield an explorer that runs on a free port."""
    explorer = Explorer(port=0, **settings)
    thread = threading.Thread(target=explorer.run)
    thread.start()
    try:
        yield explorer
    finally:
        explorer.close()
        thread.join(10.0)
        assert not thread.is_alive()


def asked(explorer, method, path, body=None, **headers):
    """Ask a server over its socket."""
    connection = http.client.HTTPConnection("127.0.0.1", explorer.port, timeout=30.0)
    try:
        raw = None if body is None else json.dumps(body)
        connection.request(method, path, raw, {"Content-Type": JSON, **headers})
        reply = connection.getresponse()
        return Reply(reply.status, dict(reply.getheaders()), reply.read())
    finally:
        connection.close()


def numbers(values):
    """Return nested lists in which null stands for what is no number."""
    return np.array(values, dtype=object).astype(np.float64)


def density(told):
    """Return the matrices of an answer."""
    return numbers(told["density"]["re"]) + 1j * numbers(told["density"]["im"])


def presets():
    """Return all presets, by name."""
    return {one["name"]: one for one in catalogue()["presets"]}


def question(preset):
    """Return what a page asks of a preset."""
    return {"model": preset["model"], "values": preset["values"]}
