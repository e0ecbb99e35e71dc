"""A study as the text of a TOML file, which reads as the same study, to the last bit of its numbers."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from torusync._checks import requirement
from torusync.files.whole import as_path, write_text
from torusync.sweeps.study import Study, require_study
from torusync.sweeps.studyfile import geometric


def write_study(study: Study, path: str | Path) -> None:
    """Write a study to a TOML file, which reads as the same study.

    Raises
    ------
    ArgumentError
        If the file cannot be written, or a fixed value is None, which TOML has not.
    """
    write_text(as_path("path", path), as_toml(study))


def as_toml(study: Study) -> str:
    """Return a study as TOML, which reads as the same study; axes by their ends where that gives the same numbers."""
    require_study(study)
    content = study.content()
    lines = [f"model = {_text(content['model'])}", f"quantities = {_text(content['quantities'])}"]
    lines += [f"solver = {_text(content['solver'])}"] if "solver" in content else []
    if study.realisations is not None:
        lines += ["", "[realisations]", f"count = {study.realisations.count}", f"seed = {study.realisations.seed}"]
    if study.axes:
        lines += ["", "[axes]"]
        for axis, (name, encoded, plain) in zip(study.axes, content["axes"], strict=True):
            written = {key: _along(axis.columns[key], values) for key, values in encoded.items()}
            table = "{ " + ", ".join(f"{_key(key)} = {one}" for key, one in written.items()) + " }"
            lines.append(f"{_key(name)} = {written[name] if plain else table}")
    if content["fixed"]:
        lines += ["", "[fixed]"]
    for name, value in content["fixed"].items():
        if value is None:
            raise requirement("study", "hold values where they are fixed", f"`{name}` is None; leave it out")
        lines.append(f"{_key(name)} = {_text(value)}")
    return "\n".join(lines) + "\n"


def _along(values: Any, encoded: Any) -> str:
    if values.ndim == 1 and values.dtype == np.float64 and len(values) > 3:
        first, last = float(values[0]), float(values[-1])
        if np.array_equal(values, np.linspace(first, last, len(values))):
            return f"{{ linspace = [{first!r}, {last!r}, {len(values)}] }}"
        if first * last > 0.0 and np.array_equal(values, geometric(first, last, len(values))):
            return f"{{ geomspace = [{first!r}, {last!r}, {len(values)}] }}"
    return _text(encoded)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_text(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
