"""From a command to a page in the browser: waitress on the loopback, until it is interrupted."""

import errno
import ipaddress
import socket
import threading
import webbrowser
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, final

from torusync._checks import as_count, as_flag, as_instance, requirement

LOOPBACK: Final = "127.0.0.1"

PORT: Final = 8642
"""Where the page is served if nobody says otherwise."""

_HIGHEST: Final = 65535
_ANYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104  (is looked for, not bound)


def is_loopback(host: str) -> bool:
    """Return whether a server bound to a host is reached from its own machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@final
class Explorer:
    """A server that is bound: `run` serves until it is interrupted, or `close` is called from another thread.

    Parameters
    ----------
    host, port
        Where; 0 takes any port that is free.
    lecture
        A TOML file of states with captions that the page goes through; the tour of the package without.

    Raises
    ------
    ArgumentError
        If waitress is not installed, nothing can be bound there, or the lecture is none.
    """

    def __init__(self, host: str = LOOPBACK, port: int = PORT, *, lecture: str | Path | None = None) -> None:
        as_instance("host", host, str, "a name or an address, such as 127.0.0.1")
        as_count("port", port, maximum=_HIGHEST)
        missing = [name for name in ("waitress", "plotly") if find_spec(name) is None]
        if missing:
            must, hint = f"have {' and '.join(missing)} installed", "pip install 'torusync[explore]'"
            raise requirement("explore", must, f"it is missing; take the extra: {hint}")
        from torusync.explore.app import App  # noqa: PLC0415  (a second, after the first mistakes are found)
        from torusync.explore.catalogue import catalogue  # noqa: PLC0415
        from torusync.explore.lectures import read_lecture, tour  # noqa: PLC0415
        from torusync.explore.shielded import Shielded  # noqa: PLC0415

        known = catalogue()
        steps = tour(known) if lecture is None else read_lecture(lecture, known)
        self.host = host.strip("[]")
        listening = _bound(host, port)
        self._app = App(loopback=is_loopback(host), host=self.host, lecture=steps)
        self._port = int(listening.getsockname()[1])
        self._server: Any = Shielded(self._app, listening)

    @property
    def port(self) -> int:
        """The port it is bound to."""
        return self._port

    @property
    def address(self) -> str:
        """Where the page is, for a browser on this machine."""
        host = LOOPBACK if self.host in _ANYWHERE else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    def run(self) -> None:
        """Serve until it is interrupted, or closed by another thread."""
        try:
            self._server.run()
        finally:
            self._app.close()

    def close(self) -> None:
        """End all jobs, and serve no more."""
        self._app.close()
        self._server.stop()


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket at the first address that a name stands for."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise requirement("host", "be a name or an address of this machine", f"nothing is known of {host!r}") from None
    try:
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            must, given = "be a name or an address of this machine", f"{host!r} is that of another"
            raise requirement("host", must, given) from None
        raise requirement("port", f"be free at {host}", f"{port} cannot be had ({error.strerror})") from None


def serve(
    host: str = LOOPBACK,
    port: int = PORT,
    *,
    browser: bool = True,
    lecture: str | Path | None = None,
    tell: Callable[[str], object] = print,
    warn: Callable[[str], object] = print,
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
    tell, warn
        What is told the address, and what to mind of a host that others reach.

    Raises
    ------
    ArgumentError
        If waitress or plotly is not installed, nothing can be bound there, or the lecture is none.
    """
    as_flag("browser", browser)
    explorer = Explorer(host, port, lecture=lecture)
    if told := warning(host):
        warn(told)
    tell(f"The explorer is at {explorer.address} (Ctrl-C ends it).")
    if browser:
        threading.Timer(0.3, webbrowser.open, [explorer.address]).start()
    explorer.run()


def warning(host: str) -> str:
    """Return what to mind of a host that others reach; nothing of the loopback."""
    if is_loopback(host):
        return ""
    name = socket.gethostname() if host.strip("[]") in {*_ANYWHERE, ""} else host
    return (
        f"Mind: everybody who reaches {name} over the network can open this page and let this machine compute; "
        "there is no password."
    )
