"""Runs the command lines that the pages show, so that what stands below a command is what it printed.

``terminal`` takes lines that begin with ``torusync`` or ``python``; they run in one scratch folder a page, with this
interpreter. ``file`` shows a text and lays it into that folder. A command that ends otherwise than ``:status:`` says
(0 unless said) stops the build.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

_WIDTH = 96
_SECONDS = 120
_CONTINUED = "\\\n"
_JOINT = "\0"
_PROGRAMS = {"torusync": [sys.executable, "-m", "torusync"], "python": [sys.executable]}
_LANGUAGES = {".toml": "toml", ".py": "python"}
_FOLDERS: dict[str, tempfile.TemporaryDirectory[str]] = {}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register both directives."""
    app.add_directive("terminal", Terminal)
    app.add_directive("file", File)
    app.connect("build-finished", lambda *_: _FOLDERS.clear())
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class File(SphinxDirective):
    """Shows a file and writes it where the commands of this page run."""

    has_content = True
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the block that is shown."""
        text = "\n".join(self.content) + "\n"
        path = folder(self.env.docname) / self.arguments[0]
        path.write_text(text, encoding="utf-8")
        return [nodes.literal_block(text, text, language=_LANGUAGES.get(path.suffix, "text"))]


class Terminal(SphinxDirective):
    """Shows command lines, each with what it prints."""

    has_content = True
    option_spec: ClassVar = {"status": directives.nonnegative_int}

    def run(self) -> list[nodes.Node]:
        """Return the block that is shown."""
        expected = self.options.get("status", 0)
        where = folder(self.env.docname)
        typed = commands(self.content)
        said = [f"$ {one.replace(_JOINT, _CONTINUED)}\n{run(one, where, expected)}" for one in typed]
        text = "\n".join(said).rstrip() + "\n"
        return [nodes.literal_block(text, text, language="text")]


def commands(lines: Any) -> list[str]:
    """Return the commands, those that go on after a backslash in one piece as they stand."""
    return [one for one in "\n".join(lines).replace(_CONTINUED, _JOINT).splitlines() if one.strip()]


def run(shown: str, where: Path, expected: int) -> str:
    """Run one command and return what it printed."""
    words = shlex.split(shown.replace(_JOINT, " "), comments=True)
    if words[0] not in _PROGRAMS:
        raise ExtensionError(f"a page may run {' and '.join(_PROGRAMS)}, but it shows {words[0]!r}")
    done = subprocess.run(  # noqa: S603
        [*_PROGRAMS[words[0]], *words[1:]],
        cwd=where,
        env={**os.environ, "COLUMNS": str(_WIDTH), "NO_COLOR": "1", "TERM": "dumb"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != expected:
        ended = f"`{shlex.join(words)}` ended with status {done.returncode}, not {expected}"
        raise ExtensionError(f"{ended}: {done.stdout}")
    return done.stdout


def folder(document: str) -> Path:
    """Return the scratch folder of a page."""
    if document not in _FOLDERS:
        _FOLDERS[document] = tempfile.TemporaryDirectory()
    return Path(_FOLDERS[document].name)
