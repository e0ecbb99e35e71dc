"""The command line as the tests run it: in this process, with what it writes kept apart."""

import json
from typing import Any

from typer.testing import CliRunner

from problems import GRAMMAR
from torusync.cli import app

RUN = CliRunner()


def run(*words: object) -> Any:
    """Run the command line."""
    return RUN.invoke(app, [str(word) for word in words])


def worded(values: dict[str, float]) -> list[str]:
    """The options that give a machine these values."""
    return [word for name, value in values.items() for word in (f"--{name.replace('_', '-')}", f"{value:g}")]


def as_json(*words: object) -> Any:
    """Return what a command writes as JSON."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refused(*words: object) -> str:
    """Assert status 2, nothing on stdout, one sentence in the grammar of the project on stderr; return it."""
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert GRAMMAR.fullmatch(result.stderr.rstrip("\n")), result.stderr
    return result.stderr
