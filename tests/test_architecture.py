"""Does data flow one way, and does the package cost nothing until it is used?"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import torusync

PACKAGE = Path(torusync.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_the_layers_hold():
    """import-linter reads the order of layers from pyproject.toml."""
    root = Path(__file__).parents[1]
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_importing_loads_no_third_party_module():
    code = (
        "import sys, torusync\n"
        "foreign = {name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "foreign = {name for name in foreign if not name.startswith(('_', 'torusync', 'sitecustomize'))}\n"
        "assert not foreign, foreign\n"
        "torusync.ThermalMaser\n"
        "assert 'numpy' in sys.modules\n"
        "assert 'matplotlib' not in sys.modules and 'xarray' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_why_it_exists_and_stays_readable(path):
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert text.count("\n") <= 400


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_names_a_place_on_some_machine_or_hides_an_error(path):
    text = path.read_text(encoding="utf-8")
    for word in ("/home/", "/work/", "/tmp/", "/root/", "/usr/", "TODO", "FIXME"):  # noqa: S108
        assert word not in text


def test_only_the_figures_and_above_draw():
    below = [
        path for path in MODULES if path.relative_to(PACKAGE).parts[0] not in {"plots", "figures", "papers", "report"}
    ]
    assert not [path for path in below if "matplotlib" in path.read_text(encoding="utf-8")]


def test_sizes_stand_in_one_table_with_their_reasons_and_are_asked_for():
    table = PACKAGE / "_limits.py"
    body = ast.parse(table.read_text(encoding="utf-8")).body[2:]
    names = {one.target.id for one in body if isinstance(one, ast.AnnAssign)}
    for one, after in zip(body, [*body[1:], None], strict=True):
        # a reason follows each size, or the last of a few that share it
        assert isinstance(one, ast.Expr) or isinstance(after, ast.AnnAssign | ast.Expr)
    elsewhere = {path: path.read_text(encoding="utf-8") for path in MODULES if path != table}
    assert names <= set(re.findall(r"\w+", "".join(elsewhere.values())))
    size = re.compile(r"^\w*(LEVELS|BYTES|CHUNK|WORKSPACE|LIMIT)\b[^=]*= [\d_* ]+$", re.MULTILINE)
    # a paper's own number of levels is no limit
    assert not [path for path, text in elsewhere.items() if size.search(text) and "papers" not in path.parts]
