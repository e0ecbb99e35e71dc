"""Files of the page from the package, and plotly.js from the installed plotly: by a list, never by a path."""

import functools
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from torusync.explore.bundle import bundled, stripped

_KINDS: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json; charset=utf-8",
}

SCRIPTS: Final = ("/page/main.js", "/page/later.js")
"""The script of the page, and what it fetches when it is first needed; the modules of both are served beside them."""

_FOLDERS: Final = ("", "views")


def _root() -> Path:
    return Path(str(files("torusync.explore").joinpath("page")))


def page_files() -> dict[str, Path]:
    """Return the files that are served, by the paths that they are asked by."""
    found = {}
    for folder in _FOLDERS:
        place = _root() / folder
        for one in sorted(place.iterdir()) if place.is_dir() else ():
            if one.is_file() and one.suffix in _KINDS:
                found[f"/page/{folder}/{one.name}".replace("//", "/")] = one
    return found


def page_file(path: str) -> tuple[bytes, str] | None:
    """Return a file of the page and its content type, or None where there is none."""
    if path == "/plotly.js":
        content = plotly()
        return None if content is None else (content, _KINDS[".js"])
    held = page_files()
    if path in SCRIPTS and path in held:
        stamp = tuple(one.stat().st_mtime_ns for one in held.values())
        return _joined(held[path], stamp), _KINDS[".js"]
    place = held.get("/page/index.html" if path == "/" else path)
    return None if place is None else (place.read_bytes(), _KINDS[place.suffix])


@functools.lru_cache(maxsize=len(SCRIPTS))
def _joined(entry: Path, _: tuple[int, ...]) -> bytes:
    """Return all modules as one script, as long as no file changes: fifty answers and their comments are too many."""
    return stripped(bundled(entry)).encode()


@functools.cache
def plotly() -> bytes | None:
    """Return plotly.js as the installed wheel has it, or None where there is none."""
    found = find_spec("plotly")
    places = [] if found is None else list(found.submodule_search_locations or [])
    for place in places:
        one = Path(place) / "package_data" / "plotly.min.js"
        if one.is_file():
            return one.read_bytes()
    return None
