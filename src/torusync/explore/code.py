"""The text that reproduces a view: a few lines of Python that a reader can run as they are."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from torusync.models import Model, ThermalMaser


def point_code(model: type[Model], values: Mapping[str, Any]) -> str:
    """Return the lines that solve one system."""
    lines = ["import torusync as ts", ""]
    told = ",\n    ".join(f'"{name}": {_literal(value)}' for name, value in values.items())
    name = "ts.ThermalMaser" if model is ThermalMaser else f"ts.models.{model.__name__}"
    lines += [f"system = {name}.from_shorthands({{\n    {told},\n}})", "solution = ts.solve(system, throw=False)"]
    lines += ["print(solution.synchronization)"]
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    if np.iscomplexobj(value):
        array = np.asarray(value)
        return repr(array.tolist())
    return repr(value)
