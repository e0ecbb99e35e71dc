"""Modules of the page run by themselves: joined by the same code as an exported page, and fed with JSON."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from browser import chromium, needed
from torusync.explore import bundle

PAGE = Path(bundle.__file__).with_name("page")


def node() -> str | None:
    """Return where Node is, or None."""
    return shutil.which("node") or shutil.which("nodejs")


def joined(folder: Path, imports: dict[str, str], script: str) -> str:
    """Return the body of a function of ``given`` that promises what a script makes of it.

    ``imports`` are lists of names by module, as in ``{"cube.js": "makeReader, general"}``.
    """
    # as the page imports them: from its own folder, whatever the engine at hand takes a .js file for
    lines = [
        f'import {{ {names} }} from "./{os.path.relpath(PAGE / name, folder)}";' for name, names in imports.items()
    ]
    entry = folder / "entry.js"
    entry.write_text("\n".join(lines) + f"\nexport const told = (async () => {{ {script} }})();\n", encoding="utf-8")
    text = bundle.bundled(entry)
    last = text.rsplit("const module", 1)[1].split()[0]
    return f"{text}return module{last}.told.then(told => told ?? null);"


def in_node(folder: Path, imports: dict[str, str], script: str, given: Any = None) -> Any:
    """Return what a script makes of ``given``: it imports names from modules of the page and returns JSON."""
    needed(None if node() else "there is no node")
    text = folder / "joined.cjs"
    body = joined(folder, imports, script)
    text.write_text(
        f"const made = (given) => {{ {body} }};\n"
        'const given = JSON.parse(require("fs").readFileSync(0, "utf-8"));\n'
        "made(given).then((told) => process.stdout.write(JSON.stringify(told)));\n",
        encoding="utf-8",
    )
    done = subprocess.run([node(), text], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_browser(folder: Path, imports: dict[str, str], script: str, given: Any = None) -> Any:
    """Return the same by the browser of the other tests of the page, on an empty page."""
    with chromium() as browser:
        return browser.new_page().evaluate(f"given => {{ {joined(folder, imports, script)} }}", given)


def said(folder: Path, imports: dict[str, str], script: str, given: Any = None) -> Any:
    """Return the same by whichever of both is there: one engine is enough for what is only arithmetic."""
    return (in_node if node() else in_browser)(folder, imports, script, given)
