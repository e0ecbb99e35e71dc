"""A machine in a TOML file: the names of its table and the units of the laboratory, as on the command line."""

import reprlib
from pathlib import Path
from typing import Any

from torusync._checks import requirement
from torusync._errors import did_you_mean
from torusync.files.toml import read_toml
from torusync.models.laboratory import typable
from torusync.models.parameters import Kind, Model, known_models


def read_machine(path: str | Path) -> tuple[type[Model], dict[str, Any]]:
    """Read a machine file: the model that its key ``model`` names, a maser by default, and typed values by name.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, not TOML, or holds a name or a kind of value that a machine does not have.
    """
    content = read_toml("machine", path)
    model = _model(content.pop("model", "maser"))
    names = typable(model)
    for name, value in content.items():
        if name not in names:
            near = did_you_mean(name, names)
            hint = f" ({near})" if near else ""
            raise requirement("machine", f"hold only {', '.join(names)}", f"it holds {reprlib.repr(name)}{hint}")
        entries = value if isinstance(value, list) else [value]
        if names[name].kind is Kind.COUNT:
            names[name].read(value)
        elif not entries or any(isinstance(one, bool) or not isinstance(one, int | float | str) for one in entries):
            raise requirement(
                name, "be a number, a text with a unit, or a list of them", f"it is {reprlib.repr(value)}"
            )
    return model, content


def _model(name: object) -> type[Model]:
    models = {one: kind for one, kind in known_models().items() if typable(kind)}
    if not isinstance(name, str) or name not in models:
        hint = "" if not isinstance(name, str) or name in known_models() else "; import what defines it first"
        raise requirement("model", f"be one of {', '.join(models)}", f"it is {reprlib.repr(name)}{hint}")
    return models[name]
