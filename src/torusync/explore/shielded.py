"""waitress with our headers on what it answers by itself: a request that is none never reaches the application.

Loaded by the call that serves, since waitress is of the extra ``explore`` alone.
"""

import json
import logging
from typing import Any, Final, final

from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from torusync._limits import DROPPED_BYTES
from torusync.explore.app import HEADERS, JSON, App

_SETTINGS: Final = {
    "threads": 8,
    "ident": None,
    "max_request_body_size": DROPPED_BYTES,
    "max_request_header_size": 2**14,
    "connection_limit": 200,
    "channel_timeout": 60,
    "expose_tracebacks": False,
    "clear_untrusted_proxy_headers": True,
}


@final
class _ErrorTask(ErrorTask):  # type: ignore[misc]
    """The answer to what is no request: in a sentence, as every other."""

    def execute(self) -> None:
        error = self.request.error
        said = " ".join(str(error.body).split()).rstrip(".")
        sentence = f"The request must be whole HTTP of a fair size, but it is not ({said})."
        body = json.dumps({"error": {"parameter": None, "sentence": sentence}}, ensure_ascii=False).encode()
        self.status = f"{error.code} {error.reason}"
        told = ("Content-Type", JSON), ("Content-Length", str(len(body))), ("Connection", "close")
        self.response_headers.extend([*HEADERS, ("Cache-Control", "no-store"), *told])
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


@final
class _Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    error_task_class = _ErrorTask


def shielded_server(app: App, host: str, port: int) -> Any:
    """Return a bound server that answers with our headers, whatever it is asked."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a full queue is no news to who looks at a terminal
    sockets: dict[int, Any] = {}
    server = create_server(app, map=sockets, host=host, port=port, **_SETTINGS)
    for one in sockets.values():
        if hasattr(one, "channel_class"):
            one.channel_class = _Channel
    return server
