"""Reads the built pages: nothing may be fetched from another server, and every page must be found from the first one.

    python docs/check_pages.py FOLDER

Links that a reader may follow are no requests; images, scripts, styles, fonts and frames are. `.ci/run` calls this
after it has built the documentation.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_FETCHED = {"src", "srcset", "poster", "data", "background", "xlink:href"}
"""Attributes that a browser follows by itself; of `a` and `form` none is, of `link` and `use` `href` is."""

_FETCHING = {"link", "use", "image", "feimage"}
_STYLE_URL = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s]+)""")
_FOREIGN = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_CALL = re.compile(r"""(?:import|fetch|importScripts|from)\s*\(?\s*["']((?:https?:)?//[^"']*)""")


class Page(HTMLParser):
    """What one page fetches and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the addresses of a tag."""
        self._inside = tag
        for name, value in attrs:
            if value is None:
                continue
            if name in _FETCHED or (name == "href" and tag in _FETCHING):
                several = [one.split()[0] for one in value.split(",") if one.strip()]
                self.fetched += several if name == "srcset" else [value]
            elif (tag, name) in {("a", "href"), ("form", "action")}:
                self.links.append(value)
            elif name == "style":
                self.fetched += _STYLE_URL.findall(value)

    def handle_data(self, data: str) -> None:
        """Collect the addresses inside styles and scripts."""
        if self._inside == "style":
            self.fetched += _STYLE_URL.findall(data)
        elif self._inside == "script":
            self.fetched += _CALL.findall(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        """Leave the tag."""
        self._inside = ""


def complaints(folder: Path) -> Iterator[str]:
    """Say what is fetched from elsewhere, which link leads nowhere, and which page is not reached."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        for address in page.fetched:
            if _FOREIGN.match(address):
                yield f"{path.relative_to(folder)} fetches {address}"
        for target in _targets(path, page):
            if not target.exists():
                yield f"{path.relative_to(folder)} links to {target.name}, which is not there"
    for suffix, pattern in ((".css", _STYLE_URL), (".js", _CALL)):
        for path in sorted(folder.rglob(f"*{suffix}")):
            for address in pattern.findall(path.read_text(encoding="utf-8")):
                if _FOREIGN.match(address):
                    yield f"{path.relative_to(folder)} fetches {address}"
    for path in sorted(set(pages) - reached(folder / "index.html", pages)):
        yield f"{path.relative_to(folder)} cannot be reached from index.html"


def reached(first: Path, pages: dict[Path, Page]) -> set[Path]:
    """Return the pages that links lead to from the first one."""
    known, left = {first}, [first]
    while left:
        path = left.pop()
        new = {target for target in _targets(path, pages[path]) if target in pages} - known
        known |= new
        left += new
    return known


def _targets(path: Path, page: Page) -> set[Path]:
    parts = [urlsplit(link) for link in page.links]
    own = [one.path for one in parts if one.path and not one.scheme and not one.netloc]
    return {(path.parent / unquote(one)).resolve() for one in own}


def main(folder: Path) -> int:
    """Print every complaint and return the exit status."""
    found = list(complaints(folder.resolve()))
    sys.stdout.write("".join(f"{one}\n" for one in found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
