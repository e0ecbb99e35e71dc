"""The page's modules as one script, since a browser reads no module from disk.

A file that is opened by `file://` may hold a script but may not import one.  So each module becomes a function that is
called once and returns what it exports, those that it imports before it.  The page uses a few forms of `import` and
`export` and no others; any other one is refused here, where it is written, and not in some reader's browser.
"""

import re
from pathlib import Path
from typing import Final

_COMMENT: Final = re.compile(r"/\*.*?\*/|^\s*//[^\n]*$|(?<=[;,{})\s])//[^\n]*$", re.DOTALL | re.MULTILINE)
_IMPORT: Final = re.compile(
    r'^import\s+(?:(?:\{(?P<names>[^}]*)\}|\*\s+as\s+(?P<whole>\w+))\s+from\s+)?"(?P<path>\.{1,2}/[^"]+)";[ \t]*$',
    re.MULTILINE,
)
_EXPORT: Final = re.compile(
    r"^export\s+(?P<what>(?:async\s+)?function\b\s*\*?|class|const)\s+(?P<name>\w+)", re.MULTILINE
)
_LIST: Final = re.compile(r"^export\s*\{(?P<names>[^}]*)\};[ \t]*$", re.MULTILINE)
_OTHER: Final = re.compile(r"^\s*(?:import|export)\b[^\n]*|\bimport\s*[(.][^\n]*", re.MULTILINE)


def bundled(entry: Path) -> str:
    """Return a module and all that it imports, directly or not, as one script without imports.

    Raises
    ------
    ValueError
        If a module imports or exports in a way that is not known here, something that is not there, or itself.
    """
    done: dict[Path, str] = {}
    exported: dict[Path, set[str]] = {}

    def visit(path: Path, above: tuple[Path, ...]) -> str:
        if path in above:
            told = " → ".join(one.name for one in (*above[above.index(path) :], path))
            raise ValueError(f"modules of the page import each other in a circle: {told}")
        if path not in done:
            text = path.read_text(encoding="utf-8")

            def bound(found: re.Match[str]) -> str:
                other = (path.parent / found["path"]).resolve()
                name = visit(other, (*above, path))
                asked = _pairs(found["names"] or "")
                if missing := {one for one, _ in asked} - exported[other]:
                    raise ValueError(f"{path.name} imports {', '.join(sorted(missing))}, which {other.name} has not")
                if found["whole"]:
                    return f"const {found['whole']} = {name};"
                return f"const {{ {', '.join(_renamed(*one) for one in asked)} }} = {name};" if asked else ""

            body = _LIST.sub("", _EXPORT.sub(r"\g<what> \g<name>", _IMPORT.sub(bound, text)))
            if other := _OTHER.search(_COMMENT.sub("", body)):
                raise ValueError(f"{path.name} says {other[0].strip()!r}, which cannot be joined")
            pairs = [(name, name) for name in (found["name"] for found in _EXPORT.finditer(text))]
            pairs += [pair for found in _LIST.finditer(text) for pair in _pairs(found["names"])]
            exported[path] = {outside for _, outside in pairs}
            given = ", ".join(_renamed(outside, inside) for inside, outside in pairs)
            done[path] = f"const module{len(done)} = (() => {{\n{body.strip()}\nreturn {{ {given} }};\n}})();\n"
        return done[path].split()[1]

    visit(entry.resolve(), ())
    return '"use strict";\n' + "".join(done.values())


def _pairs(names: str) -> list[tuple[str, str]]:
    """Return the names of a list and what they are called on the other side of an ``as``."""
    found = [one.split() for one in names.split(",") if one.strip()]
    return [(words[0], words[-1]) for words in found]


def _renamed(outside: str, inside: str) -> str:
    return outside if outside == inside else f"{outside}: {inside}"


_WHOLE_LINES: Final = re.compile(r"^[ \t]*(?:/\*\*.*?\*/|//[^\n]*)[ \t]*\n", re.DOTALL | re.MULTILINE)


def lean(script: str) -> str:
    """Return a script without the comments that fill whole lines, which a browser need not be sent.

    What stands behind code on its line stays: to tell a comment from a string there, the script would have to be read as
    one reads it.
    """
    return _WHOLE_LINES.sub("", script)
