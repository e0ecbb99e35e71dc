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


_TOKEN: Final = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<line>[ \t]*\n\s*)
    |(?P<word>[\w$]+)
    |(?P<space>[ \t]+)
    |(?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)
_REGEX: Final = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*")
_BEFORE_REGEX: Final = {*"(,=:[!&|?{};+-*%<>~^", "", "return", "typeof", "case", "in", "of", "throw", "void", "delete"}
"""After these a slash begins a pattern; after a name, a number or a closing bracket it divides."""


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


def stripped(script: str) -> str:
    """Return a script without comments and indentation; strings, templates and patterns stay as they are."""
    out: list[str] = []
    _code(script, 0, out, inner=False)
    return "".join(out).strip("\n") + "\n"


def _code(text: str, at: int, out: list[str], *, inner: bool) -> int:
    """Write code on, and return where it ends: at the end, or at the brace that closes a ``${``."""
    depth, before = 0, ""
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found is not None
        kind, piece, at = found.lastgroup, found[0], found.end()
        if kind in {"comment", "line", "space"}:
            last = out[-1][-1:] if out else "\n"
            if "\n" in piece and last != "\n":
                out[-1:] = ["\n"] if last == " " else [out[-1], "\n"]
            elif "\n" not in piece and last not in {"\n", " ", ",", ";", ":", "("}:
                out.append(" ")
            continue
        if piece == "/" and before in _BEFORE_REGEX and (pattern := _REGEX.match(text, found.start())):
            piece, at = pattern[0], pattern.end()
        if piece == "}" and inner and depth == 0:
            return found.start()
        depth += (piece == "{") - (piece == "}")
        out.append(piece)
        before = piece
        if piece == "`":
            at = _template(text, at, out)
    return at


def _template(text: str, at: int, out: list[str]) -> int:
    """Write a template on, and return what follows its end."""
    begin = at
    while text[at] != "`":
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            out.append(text[begin : at + 2])
            at = begin = _code(text, at + 2, out, inner=True)
        else:
            at += 1
    out.append(text[begin : at + 1])
    return at + 1
