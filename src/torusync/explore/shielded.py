"""waitress with our headers on what it answers by itself: a request that is none never reaches the application.

Loaded by the call that serves, since waitress is of the extra ``explore`` alone.
"""

import json
import logging
import socket
import threading
from contextlib import suppress
from typing import Any, Final, final

from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask
from waitress.wasyncore import close_all, loop

from torusync._limits import DROPPED_BYTES
from torusync.explore.app import HEADERS, JSON, App

_SETTINGS: Final = {
    "threads": 8,
    "ident": None,
    "max_request_body_size": DROPPED_BYTES,
    "max_request_header_size": 2**16,  # an address that is merely too long is told by the page itself
    "connection_limit": 200,
    "channel_timeout": 60,
    "expose_tracebacks": False,
    "clear_untrusted_proxy_headers": True,
}

_TOO_LONG: Final = 431
_DRAINED: Final = 32
_ADDRESS: Final = (
    "The address of a page must be short, some hundred characters, but this one and its headers have more than "
    f"{_SETTINGS['max_request_header_size']}: open the page without all that follows the question mark."
)


@final
class _ErrorTask(ErrorTask):  # type: ignore[misc]
    """The answer to what is no request: in a sentence, as every other."""

    def execute(self) -> None:
        error = self.request.error
        if error.code == _TOO_LONG:  # an address that somebody typed or followed: what a reader sees is this alone
            kind, body = "text/plain; charset=utf-8", f"{_ADDRESS}\n".encode()
            self._drain()
        else:
            said = " ".join(str(error.body).split()).rstrip(".")
            sentence = f"The request must be whole HTTP of a fair size, but it is not ({said})."
            kind = JSON
            body = json.dumps({"error": {"parameter": None, "sentence": sentence}}, ensure_ascii=False).encode()
        self.status = f"{error.code} {error.reason}"
        told = ("Content-Type", kind), ("Content-Length", str(len(body))), ("Connection", "close")
        self.response_headers.extend([*HEADERS, ("Cache-Control", "no-store"), *told])
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)

    def _drain(self) -> None:
        """Read on what has come: a connection that is closed before is reset, and the answer lost with it."""
        with suppress(OSError):  # nothing more is there, of a socket that does not wait
            for _ in range(_DRAINED):
                if not self.channel.socket.recv(2**16):
                    return


@final
class _Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    error_task_class = _ErrorTask


@final
class Shielded:
    """A server on a socket that is bound, which answers with our headers whatever it is asked.

    waitress is stopped by an exception in its own thread alone: here another one may say so.
    """

    def __init__(self, app: App, listening: socket.socket) -> None:
        logging.getLogger("waitress").setLevel(logging.ERROR)  # a full queue is no news to who looks at a terminal
        self._sockets: dict[int, Any] = {}
        self._server: Any = create_server(app, map=self._sockets, sockets=[listening], **_SETTINGS)
        for one in self._sockets.values():
            if hasattr(one, "channel_class"):
                one.channel_class = _Channel
        self._stop, self._running = threading.Event(), threading.Lock()

    def run(self) -> None:
        """Serve until it is told to stop, or interrupted, which is how a server ends."""
        with self._running:
            try:
                while not self._stop.is_set():
                    loop(timeout=1.0, map=self._sockets, count=1)
            except KeyboardInterrupt:
                self._stop.set()
            self._end()

    def stop(self) -> None:
        """End `run`, if another thread is in it, and let go of all sockets."""
        self._stop.set()
        if self._running.locked():
            with suppress(OSError):  # it has ended meanwhile
                self._server.pull_trigger()
            return
        self._end()

    def _end(self) -> None:
        self._server.task_dispatcher.shutdown(timeout=1)
        close_all(self._sockets, ignore_all=True)
