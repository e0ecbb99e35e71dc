"""Do the types of the page's JavaScript hold?"""

import shutil
import subprocess
from pathlib import Path

from browser import needed
from pagescripts import PAGE

ROOT = Path(__file__).parents[1]


def checked(project):
    tsc = shutil.which("tsc")
    needed(None if tsc else "there is no tsc")
    return subprocess.run([tsc, "--project", project], capture_output=True, text=True, check=False)


def test_the_page_is_typed():
    done = checked(ROOT / "tsconfig.json")
    assert done.returncode == 0, done.stdout


def test_a_wrong_type_is_noticed(tmp_path):
    """All of the page is looked at, strictly."""
    text = (ROOT / "tsconfig.json").read_text(encoding="utf-8")
    (tmp_path / "tsconfig.json").write_text(text)
    folder = tmp_path / "src" / "torusync" / "explore" / "page"
    (folder / "views").mkdir(parents=True)
    wrong = "/** @param {number} x */\nexport function f(x) { return x.length; }\n"
    (folder / "views" / "a.js").write_text(wrong)
    (folder / "b.js").write_text("export function g(x) { return x; }\n")
    done = checked(tmp_path / "tsconfig.json")
    assert "views/a.js" in done.stdout
    assert "implicitly has an 'any' type" in done.stdout


def test_every_module_says_why_it_exists_and_is_checked():
    for one in PAGE.rglob("*.js"):
        lines = one.read_text(encoding="utf-8").splitlines()
        assert lines[0] == "// @ts-check", one.name
        assert lines[1].startswith(("// ", "/**")), one.name
        assert len(lines) <= 400, one.name
        assert not [line for line in lines if "@ts-ignore" in line or "@ts-nocheck" in line], one.name
