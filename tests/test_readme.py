"""Does the README tell the truth?"""

import contextlib
import io
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
from matplotlib.image import imread

from torusync.figures import to_png
from torusync.papers.letter.publication import PUBLICATION as LETTER

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
    """The pattern by which .ci/run and .ci/long take the commands out finds exactly them."""
    script = (ROOT / ".ci" / "clone.sh").read_text(encoding="utf-8")
    for name in ("run", "long"):
        assert "/clone.sh" in (ROOT / ".ci" / name).read_text(encoding="utf-8")
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
    """Means over blocks of pixels: a curve that moves by 5 % shows in them, a renderer's rounding does not."""
    path = re.search(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert path is not None
    stem = Path(path[1]).stem
    composite = next(one for one in LETTER.composites if one.id == stem)
    datasets = {name: spec.data(quick=False) for name, spec in LETTER.figures.items() if name.startswith(stem)}
    drawn = to_png(composite.draw(datasets))
    kept = (ROOT / path[1]).read_bytes()
    assert np.max(np.abs(block_means(drawn) - block_means(kept))) < 0.05


def block_means(png: bytes, size: int = 30) -> np.ndarray:
    grey = imread(io.BytesIO(png))[..., :3].mean(axis=-1)
    rows, columns = (length // size for length in grey.shape)
    return grey[: rows * size, : columns * size].reshape(rows, size, columns, size).mean(axis=(1, 3))


def shown_commands() -> list[list[str]]:
    shown = re.search(r"## On the command line\n\n```sh\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    return [shlex.split(line, comments=True) for line in shown[1].replace("\\\n", " ").splitlines()]


def test_the_command_lines_shown_name_real_options():
    from typer import Context
    from typer.main import get_command

    from torusync.cli import app

    commands = get_command(app).commands
    for words in shown_commands():
        command = commands[words[1]]
        options = {option for parameter in command.get_params(Context(command)) for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_the_command_lines_shown_work(tmp_path, monkeypatch):
    """All but `reproduce` and `explore`, which have tests of their own; the latter serves until it is told to end."""
    from typer.testing import CliRunner

    from torusync.cli import app

    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "studies", "studies")
    np.save("state.npy", np.array([[0.5, 0.1 + 0.1j, 0.1], [0.1 - 0.1j, 0.3, 0.1j], [0.1, -0.1j, 0.2]]))
    machines = []
    for words in shown_commands():
        if words[1] not in {"reproduce", "explore"}:
            result = CliRunner().invoke(app, words[1:])
            assert result.exit_code == 0, result.output
            machines += [result.output] if words[1] == "solve" else []
    assert len(machines) == 2
    assert all("entrainment and mutual compete" in text for text in machines)  # there is something to see
