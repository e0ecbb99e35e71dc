"""The server's face: a WSGI application that knows a handful of routes and trusts no request.

A page on the loopback can be asked by any web site that its user visits, so that the name by which it is called is
looked at (DNS rebinding), and what computes wants a content type that no other site may send.  Every answer, a refusal
too, carries the same headers; nothing is set in the browser, and nothing is fetched from elsewhere.
"""

import functools
import gzip
import json
import re
import secrets
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, final
from urllib.parse import parse_qs

from torusync._checks import ArgumentError, as_name, requirement
from torusync._limits import ASKED_BYTES, DROPPED_BYTES, POINT_SECONDS
from torusync._threads import one_after_another
from torusync.explore import answers
from torusync.explore.asked import named_in, system_of
from torusync.explore.catalogue import catalogue
from torusync.explore.code import view_code
from torusync.explore.dropped import dropped
from torusync.explore.hosts import Hosts
from torusync.explore.jobs import Jobs
from torusync.explore.pages import page_file
from torusync.explore.refused import RefusedError
from torusync.explore.studies import line, tongue
from torusync.explore.times import evolved
from torusync.explore.verdicts import verdict
from torusync.steady import SteadyStateError

Start = Callable[[str, list[tuple[str, str]]], object]

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

HEADERS: Final = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
"""Of every answer."""

_NO_WEIGHT: Final = re.compile(r"q=0(\.0*)?")

_WORTH_PACKING: Final = 500
"""Bytes from which on an answer is packed."""

_DEEPEST: Final = 8
"""Levels of a request."""

_POSTED: Final = {"/api/point": answers.point, "/api/walk": answers.walk, "/api/code": view_code}
_KINDS: Final[Mapping[str, Any]] = {"line": line, "tongue": tongue, "evolve": evolved, "verdict": verdict}
_LOOKED_AT: Final[Mapping[str, Any]] = {"evolve": system_of}
_SESSION: Final = re.compile(r"[A-Za-z0-9_-]{0,64}")
_LONGEST: Final = 2000
"""Characters of a query."""

_AT_ONCE: Final = 4
"""Points that are worked out at once, whoever asks."""

JSON: Final = "application/json; charset=utf-8"

_WORDS: Final[Mapping[int, str]] = {
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    411: "Length Required", 413: "Content Too Large", 415: "Unsupported Media Type", 421: "Misdirected Request",
    429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


@final
class Answer:
    """What goes back: bytes and what they are."""

    def __init__(self, body: bytes, kind: str, *, status: int = 200, kept: bool = False, allow: str = "") -> None:
        self.body, self.kind, self.status, self.kept, self.allow = body, kind, status, kept, allow

    @classmethod
    def of(cls, content: Any, *, status: int = 200, allow: str = "") -> "Answer":
        """Return plain values as JSON."""
        body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return cls(body, JSON, status=status, allow=allow)


@final
class App:
    """The application, one for a server.

    Parameters
    ----------
    loopback
        Whether its own machine alone reaches it.
    host
        By which name it was bound.
    lecture
        States with captions that the page goes through, as `read_lecture` returns them.
    """

    def __init__(
        self, *, loopback: bool = True, host: str = "127.0.0.1", lecture: Mapping[str, Any] | None = None
    ) -> None:
        self._catalogue = {**catalogue(), "lecture": lecture}
        self.hosts = Hosts(loopback=loopback, bound=host)
        self.jobs = Jobs()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def close(self) -> None:
        """End all jobs."""
        self.jobs.close()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one request."""
        try:
            self.hosts.check(environ)
            found = self._routed(environ)
        except RefusedError as error:
            found = _sentence(error.status, str(error), allow=error.allow)
        except (ArgumentError, SteadyStateError) as error:
            found = _sentence(400, str(error), named_in(str(error)))
        except MemoryError:
            found = _sentence(400, "The task must fit in memory, but it does not; take fewer levels.")
        except Exception:  # noqa: BLE001  (a fault of ours is a sentence to the page, and a traceback to the terminal)
            traceback.print_exc()
            found = _sentence(500, "The server must answer, but a fault of its own keeps it from that.")
        return _sent(found, environ, start)

    def _routed(self, environ: Mapping[str, Any]) -> Answer:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        if not path.startswith("/api/"):
            _require(method, "GET", "HEAD")
            return _page(path)
        if path == "/api/catalogue":
            _require(method, "GET", "HEAD")
            return Answer.of(self._catalogue)
        if path in _POSTED:
            _require(method, "POST")
            return Answer.of(self._patiently(_POSTED[path], asked(environ)))
        if path == "/api/job":
            _require(method, "POST")
            return Answer.of({"id": self._submitted(asked(environ))})
        if path == "/api/drop":
            _require(method, "POST")
            return Answer.of(self._patiently(lambda one: dropped(*one), _file(environ)))
        if path.startswith("/api/job/"):
            _require(method, "GET", "DELETE")
            return self._job(method, path.removeprefix("/api/job/"))
        raise RefusedError(404, "There is nothing of that name here.")

    def _patiently(self, answer: Callable[[Any], dict[str, Any]], request: Any) -> dict[str, Any]:
        """Return an answer that comes in time, some at once."""
        if not self._turns.acquire(timeout=POINT_SECONDS):
            raise RefusedError(503, "The server must be asked again later: too much is asked at once.")
        stop = threading.Event()
        timer = threading.Timer(POINT_SECONDS, stop.set)
        timer.daemon = True
        timer.start()
        try:
            with one_after_another(stop):
                return answer(request)
        except KeyboardInterrupt:
            must = f"be answered within {POINT_SECONDS:g} s on this page"
            raise requirement("values", must, "it takes longer; take fewer levels") from None
        finally:
            timer.cancel()
            self._turns.release()

    def _submitted(self, request: dict[str, Any]) -> str:
        kind = as_name("kind", request.get("kind"), _KINDS)
        session = request.get("session", "")
        if not isinstance(session, str) or not _SESSION.fullmatch(session):
            raise RefusedError(400, "The session must be up to 64 letters, digits, _ and -, but it is not.")
        work = _KINDS[kind]
        # what is wrong with a question is said at once
        asked_for, look = dict(request), _LOOKED_AT.get(kind)
        if look is not None:
            look(asked_for)
        return self.jobs.submit(session or secrets.token_urlsafe(9), kind, lambda tell: work(asked_for, tell))

    def _job(self, method: str, name: str) -> Answer:
        if method == "DELETE":
            self.jobs.cancel(name)
        else:
            self.jobs.await_end(name)
        return Answer(self.jobs.look(name), JSON)


def _page(path: str) -> Answer:
    found = page_file(path)
    if found is None:
        raise RefusedError(404, "There is nothing of that name here.")
    return Answer(found[0], found[1], kept=True)


def _require(method: str, *known: str) -> None:
    if method not in known:
        allow = ", ".join(known)
        raise RefusedError(405, f"The method must be {allow.replace(', ', ' or ')} here.", allow=allow)


def asked(environ: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object that a request brings.

    Raises
    ------
    RefusedError
        If it brings none, or a larger or deeper one than any page sends.
    """
    if _content_type(environ) != "application/json":
        raise RefusedError(415, "The body must be JSON, with the content type application/json.")
    raw = body_of(environ, ASKED_BYTES)
    try:
        content = json.loads(raw.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RefusedError(400, "The body must be JSON, but it cannot be read as that.") from None
    if not isinstance(content, dict) or _depth(content) > _DEEPEST:
        raise RefusedError(400, f"The body must be an object of at most {_DEEPEST} levels, but it is none.")
    return content


def _file(environ: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return the bytes of a file, and the name that it is said to have."""
    if _content_type(environ) != "application/octet-stream":
        raise RefusedError(415, "A file must be sent as bytes, with the content type application/octet-stream.")
    names = parse_qs(str(environ.get("QUERY_STRING", ""))[:_LONGEST], max_num_fields=4).get("name", [])
    if not names:
        raise RefusedError(400, "The name of the file must be told, as ?name=rho.npy.")
    return body_of(environ, DROPPED_BYTES), names[0]


def _no_number(text: str) -> float:
    raise ValueError(text)


def _depth(content: Any) -> int:
    depth, level = 0, [content]
    while level and depth <= _DEEPEST:
        level = [one for value in level for one in _inside(value)]
        depth += 1
    return depth


def _inside(value: Any) -> Iterable[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for one in inner if isinstance(one, dict | list)]


def body_of(environ: Mapping[str, Any], most: int) -> bytes:
    """Return the body of a request of at most so many bytes."""
    told = environ.get("CONTENT_LENGTH") or ""
    if not (told.isascii() and told.isdigit()):
        raise RefusedError(411, "The length of the body must be told.")
    if len(told) > 12 or int(told) > min(most, DROPPED_BYTES):
        raise RefusedError(413, f"The body must have at most {most} bytes, but it has more.")
    raw: bytes = environ["wsgi.input"].read(int(told))
    if len(raw) != int(told):
        raise RefusedError(400, "The body must be as long as it says, but it is shorter.")
    return raw


def _content_type(environ: Mapping[str, Any]) -> str:
    return str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def _sentence(status: int, sentence: str, parameter: str | None = None, *, allow: str = "") -> Answer:
    return Answer.of({"error": {"parameter": parameter, "sentence": sentence}}, status=status, allow=allow)


def _sent(found: Answer, environ: Mapping[str, Any], start: Start) -> list[bytes]:
    headers = [*HEADERS, ("Content-Type", found.kind), ("Vary", "Accept-Encoding")]
    headers.append(("Cache-Control", "no-cache" if found.kept else "no-store"))
    if found.allow:
        headers.append(("Allow", found.allow))
    body = found.body
    if len(body) > _WORTH_PACKING and _takes_gzip(environ):
        body = _packed(body) if found.kept else gzip.compress(body, 9, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Length", str(len(body))))
    start(f"{found.status} {_WORDS[found.status]}", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


@functools.lru_cache(maxsize=16)
def _packed(body: bytes) -> bytes:
    """Return a file of the page, which stays the same, as small as it gets."""
    return gzip.compress(body, 9, mtime=0)


def _takes_gzip(environ: Mapping[str, Any]) -> bool:
    """Return whether packed bytes are taken; ``gzip;q=0`` is no."""
    for one in str(environ.get("HTTP_ACCEPT_ENCODING", "")).lower().split(","):
        name, _, weight = one.strip().partition(";")
        if name.strip() == "gzip":
            return not _NO_WEIGHT.fullmatch(weight.replace(" ", ""))
    return False
