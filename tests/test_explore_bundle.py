"""Are the page's modules one script that does the same, and is what cannot be joined refused?"""

import re
import shutil
import subprocess

import pytest

from browser import needed
from pagescripts import PAGE
from torusync.explore.bundle import bundled, stripped


def joined(folder, **modules):
    """Write modules, and return the script that the first of them and all it imports become."""
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return bundled(folder / f"{next(iter(modules))}.js")


def run(folder, script):
    """Return what a script writes."""
    node = shutil.which("node") or shutil.which("nodejs")
    needed(None if node else "there is no node")
    (folder / "joined.cjs").write_text(script)
    return subprocess.run([node, folder / "joined.cjs"], capture_output=True, text=True, check=True).stdout.split()


MODULES = {
    "main": """
import { two as second } from "./two.js";
import {
  one,
  Shape,
} from "./one.js";
import * as all from "./one.js";
import "./side.js";
const name = "main";
console.log(name, one(), second, new Shape().name, Object.keys(all).join());
""",
    "two": """
import { one } from "./one.js";
const name = "two";
const hidden = one() + 1;
export { hidden as two };
""",
    "one": """
console.log("begin");
let name = 0;
export function one() { name += 1; return name; }
export class Shape { name = "shape"; }
export const kept = 1;
export async function later() {}
export {};
""",
    "side": """
// import { x } from "./nowhere.js" is a comment, and so is
/* export default 1; */
console.log("side");
""",
}


def test_modules_are_run_once_in_the_order_of_their_imports(tmp_path):
    script = joined(tmp_path, **MODULES)
    assert run(tmp_path, script) == ["begin", "side", "main", "2", "2", "shape", "one,Shape,kept,later"]


@pytest.mark.parametrize(
    ("main", "told"),
    [
        ('import x from "./one.js";', "import x from"),
        ("export default 1;", "export default"),
        ("export let x = 1;", "export let"),
        ('const x = await import("./one.js");', "import("),
        ("console.log(import.meta.url);", "import.meta"),
        ('export * from "./one.js";', "export *"),
        ('import { missing } from "./one.js";', "missing, which one.js has not"),
        ('import { main } from "./one.js";\nexport const main = 1;', "one.js"),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path, main, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        joined(tmp_path, main=main, one="export const one = 1;")


def test_a_circle_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"in a circle: main\.js → one\.js → main\.js"):
        joined(
            tmp_path,
            main='import { one } from "./one.js";',
            one='import { x } from "./main.js";\nexport const one = 1;',
        )


ENTRIES = "main.js", "later.js", "exported.js"


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_page_itself_is_joined(entry):
    script = bundled(PAGE / entry)
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    held = {one.name for one in PAGE.rglob("*.js")}
    assert len(re.findall(r"^const module\d+ = \(\(\) => \{$", script, re.MULTILINE)) <= len(held)


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        ("a = 1; // one\n\n  /* two */ b = 2;\n", "a = 1;\nb = 2;\n"),
        ('x = "// no", y = \'/* no */\', z = "\\"//";\n', 'x = "// no",y = \'/* no */\',z = "\\"//";\n'),
        (
            "x = `a // b\n    ${f(`//${1 /* three */}`)} /* c */`; // d\n",
            "x = `a // b\n    ${f(`//${1 }`)} /* c */`;\n",
        ),
        ("x = /[/*]\\/\\/`/g.test(y) / 2 / 3; // e\n", "x = /[/*]\\/\\/`/g.test(y) / 2 / 3;\n"),
        ("return /* f\n */ 1\n", "return\n1\n"),  # a line ends there, with or without the comment
        ("a = b /* g */ / c;\nd = e\n/f/h;\n", "a = b / c;\nd = e\n/f/h;\n"),
        ("/** @type {X} */ (a).b = { c: `}` };\n", "(a).b = { c:`}` };\n"),
    ],
)
def test_comments_go_and_all_else_stays(script, kept):
    assert stripped(script) == kept


def test_a_served_page_holds_nothing_of_one_that_is_exported():
    assert "cubeSource" in bundled(PAGE / "exported.js")
    assert "cubeSource" not in bundled(PAGE / "main.js")
    assert "/api/" not in stripped(bundled(PAGE / "exported.js"))


def test_what_is_needed_now_and_then_is_not_in_the_first_script():
    assert "plotly" in bundled(PAGE / "later.js")
    assert "plotly" not in stripped(bundled(PAGE / "main.js"))


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_page_without_comments_is_the_same_program(entry, tmp_path):
    script = bundled(PAGE / entry)
    short = stripped(script)
    assert len(short) < 0.8 * len(script)
    assert not re.search(r"^\s*(//|/\*\*)", re.sub(r"`[^`]*`", "``", short), re.MULTILINE)
    (tmp_path / "page.cjs").write_text(short)
    node = shutil.which("node") or shutil.which("nodejs")
    needed(None if node else "there is no node")
    subprocess.run([node, "--check", tmp_path / "page.cjs"], check=True)
    assert stripped(short) == short
