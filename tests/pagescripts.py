"""Modules of the page in Node, without a browser: joined by the same code as an exported page, and fed with JSON."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from browser import needed
from torusync.explore import bundle

PAGE = Path(bundle.__file__).with_name("page")


def in_node(folder: Path, imports: dict[str, str], script: str, given: Any = None) -> Any:
    """Return what a script makes of ``given``: it imports names from modules of the page, and returns what JSON knows.

    ``imports`` are lists of names by module, as in ``{"cube.js": "makeReader, general"}``.
    """
    node = shutil.which("node") or shutil.which("nodejs")
    needed(None if node else "there is no node")
    # as the page imports them: from its own folder, whatever the node at hand takes a .js file for
    lines = [
        f'import {{ {names} }} from "./{os.path.relpath(PAGE / name, folder)}";' for name, names in imports.items()
    ]
    entry = folder / "entry.js"
    entry.write_text(
        "\n".join(lines)
        + '\nconst given = JSON.parse(require("fs").readFileSync(0, "utf-8"));\n'
        + f"const told = (() => {{ {script} }})();\nprocess.stdout.write(JSON.stringify(told ?? null));\n"
    )
    joined = folder / "joined.cjs"
    joined.write_text(bundle.bundled(entry))
    done = subprocess.run([node, joined], input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
