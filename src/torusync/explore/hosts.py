"""By which names a server may be called, and from which pages.

A web site whose name is made to point to 127.0.0.1 is, to a browser, its own origin: it could ask this server for
anything.  All that gives it away is the name that it was called by.  An address in numbers cannot be made to point
anywhere, so that those are taken, and of names only this machine's own.
"""

import ipaddress
import re
import socket
from collections.abc import Mapping
from typing import Any, Final, final

from torusync.explore.refused import RefusedError

_HOST: Final = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,255})(?::([0-9]{1,5}))?", re.ASCII)


@final
class Hosts:
    """The names by which one server may be called.

    Parameters
    ----------
    loopback
        Whether its own machine alone reaches it: then no address of another is taken.
    bound
        The name that it was bound to.
    """

    def __init__(self, *, loopback: bool, bound: str) -> None:
        self.loopback = loopback
        own = set() if loopback else {socket.gethostname().lower(), socket.getfqdn().lower(), bound.lower()}
        self.names = frozenset({"localhost", *own})

    def check(self, environ: Mapping[str, Any]) -> None:
        """Refuse a request that calls the server by a name that is not its own, or that another site makes.

        Raises
        ------
        RefusedError
            With status 421 or 403.
        """
        host = environ.get("HTTP_HOST")
        if host is None or not self.allows(host):
            raise RefusedError(421, "The Host header must name this server, but it names another or is missing.")
        site = environ.get("HTTP_SEC_FETCH_SITE", "same-origin")
        origin = environ.get("HTTP_ORIGIN")
        navigates = environ["REQUEST_METHOD"] in {"GET", "HEAD"} and not environ.get("PATH_INFO", "").startswith(
            "/api/"
        )
        foreign = origin is not None and origin.lower() not in {f"http://{host.lower()}", f"https://{host.lower()}"}
        if (site not in {"same-origin", "none"} or foreign) and not navigates:
            raise RefusedError(403, "What computes must be asked by the page itself, but another site asks.")

    def allows(self, host: str) -> bool:
        """Return whether a Host header names this server."""
        found = _HOST.fullmatch(host.strip().lower())
        if found is None or (found[2] is not None and not 0 < int(found[2]) < 2**16):
            return False
        name = found[1].removesuffix(".") if not found[1].startswith("[") else found[1]
        if name in self.names:
            return True
        try:
            address = ipaddress.IPv6Address(name[1:-1]) if name.startswith("[") else ipaddress.IPv4Address(name)
        except ValueError:
            return False
        return address.is_loopback if self.loopback else True
