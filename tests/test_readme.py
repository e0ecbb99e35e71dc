"""Does the README tell the truth?"""

import contextlib
import io
import re
import struct
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (
    "python3 -m venv .venv && .venv/bin/python -m pip install . && .venv/bin/torusync reproduce",
    "python3 -m venv .venv && .venv/bin/python -m pip install '.[test]' && .venv/bin/python -m pytest",
)


def test_both_commands_stand_in_the_readme_each_on_a_line_of_its_own():
    lines = README.splitlines()
    for command in COMMANDS:
        assert lines.count(command) == 1


def test_ci_runs_the_lines_of_the_readme():
    """The pattern by which .ci/run takes the commands out finds exactly them."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -E '([^']+)' README\.md", script)
    assert pattern is not None
    found = subprocess.run(["grep", "-E", pattern[1], ROOT / "README.md"], capture_output=True, text=True, check=True)
    assert tuple(found.stdout.splitlines()) == COMMANDS


def test_the_library_lines_print_what_the_readme_says():
    code = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)
    assert code is not None
    assert len([line for line in code[1].splitlines() if line.strip()]) <= 12
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code[1], {})  # noqa: S102
    assert printed.getvalue() == code[2]


def test_the_picture_is_there_and_is_one_that_reproduce_makes():
    path = re.search(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert path is not None
    content = (ROOT / path[1]).read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == (2100, 1710)


def test_the_command_lines_shown_name_real_options():
    from typer.main import get_command

    from torusync.cli import app

    commands = get_command(app).commands
    shown = re.search(r"## On the command line\n\n```sh\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    for line in shown[1].replace("\\\n", " ").splitlines():
        words = line.split("#")[0].split()
        options = {option for parameter in commands[words[1]].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options
