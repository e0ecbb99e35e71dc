"""From a command to a page in the browser: waitress on the loopback, until it is interrupted.

waitress is asked for by the extra ``explore`` alone, so that it is imported in the call that needs it.
"""

import ipaddress
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from torusync._checks import as_count, as_instance, requirement
from torusync._limits import DROPPED_BYTES
from torusync.explore.app import App
from torusync.explore.catalogue import catalogue
from torusync.explore.lectures import read_lecture, tour

LOOPBACK: Final = "127.0.0.1"

PORT: Final = 8642
"""Where the page is served if nobody says otherwise."""

_THREADS: Final = 8
_HIGHEST: Final = 65535


def is_loopback(host: str) -> bool:
    """Return whether a server bound to a host is reached from its own machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def make_server(host: str = LOOPBACK, port: int = PORT, *, lecture: str | Path | None = None) -> Any:
    """Return a server that is bound and not yet running: `run` it; `close` it from another thread.

    Raises
    ------
    ArgumentError
        If waitress is not installed, nothing can be bound there, or the lecture is none.
    """
    as_instance("host", host, str, "a name or an address, such as 127.0.0.1")
    as_count("port", port, maximum=_HIGHEST)
    try:
        import waitress  # noqa: PLC0415  (of the extra `explore`)
    except ImportError:
        must = "be called with waitress installed"
        raise requirement(
            "explore", must, "it is missing; install the extra: pip install 'torusync[explore]'"
        ) from None
    known = catalogue()
    told = tour(known) if lecture is None else read_lecture(lecture, known)
    app = App(loopback=is_loopback(host), host=host, lecture=told)
    try:
        return waitress.create_server(
            app,
            host=host,
            port=port,
            threads=_THREADS,
            ident=None,
            max_request_body_size=DROPPED_BYTES,
            max_request_header_size=2**14,
            connection_limit=200,
            channel_timeout=60,
            expose_tracebacks=False,
            clear_untrusted_proxy_headers=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "there is no such address"
        raise requirement("port", f"be free on {host}", f"{port} cannot be had ({reason})") from None


def address_of(server: Any, host: str) -> str:
    """Return the address of the page."""
    port = server.effective_port if hasattr(server, "effective_port") else server.effective_listen[0][1]
    name = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"http://{name}:{port}/"


def serve(
    host: str = LOOPBACK,
    port: int = PORT,
    *,
    browser: bool = True,
    lecture: str | Path | None = None,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve the page until it is interrupted.

    Parameters
    ----------
    host, port
        Where; 0 takes any port that is free.
    browser
        Whether a browser is opened on it.
    lecture
        A TOML file of states with captions that the page goes through; the tour of the package without.
    tell
        What is told the address.

    Raises
    ------
    ArgumentError
        If waitress is not installed, or nothing can be bound there.
    """
    server = make_server(host, port, lecture=lecture)
    address = address_of(server, host)
    tell(f"The explorer is at {address}; Ctrl-C ends it.")
    if browser:
        local = address if is_loopback(host) else address.replace(host, LOOPBACK if ":" not in host else "::1")
        threading.Timer(0.3, webbrowser.open, [local]).start()
    try:
        server.run()
    finally:
        server.close()


def warning(host: str) -> str:
    """Return what to mind of a host that others reach; nothing of the loopback."""
    if is_loopback(host):
        return ""
    name = socket.gethostname() if host in {"0.0.0.0", "::", ""} else host  # noqa: S104  (is looked for, not bound)
    return (
        f"Mind: everybody who reaches {name} over the network can open this page and let this machine compute; "
        "there is no password."
    )
