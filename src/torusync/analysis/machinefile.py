"""A machine in a TOML file: the same names and units as on the command line."""

import difflib
import reprlib
import tomllib
from pathlib import Path
from typing import Any, Final

from torusync._checks import ArgumentError, requirement
from torusync._files import readable
from torusync._memory import require_memory

_TEXT_COST: Final = 60
"""Bytes of memory that a byte of text may become."""

MACHINE_KEYS: Final = (
    "levels",
    "drive",
    "n_hot",
    "n_cold",
    "hot_temperature",
    "cold_temperature",
    "gamma_hot",
    "gamma_cold",
    "omega_cold",
    "omega_hot",
    "splittings",
    "spread",
    "detuning",
    "dipole_correlation",
)


def read_machine(path: str | Path) -> dict[str, Any]:
    """Read a machine file: names of `ThermalMaser.near_degenerate` and the maser itself, values with or without units.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, not TOML, or holds a name or a kind of value that a machine does not have.
    """
    path = readable("machine", path)
    try:
        require_memory("machine", _TEXT_COST * path.stat().st_size, what=f"reading {str(path)!r}", advice="shorten it")
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except ArgumentError:
        raise
    except RecursionError:
        raise requirement("machine", "name a TOML file", f"{str(path)!r} is nested too deeply") from None
    except (ValueError, OSError) as error:  # not TOML, not UTF-8, a number of 5,000 digits
        raise requirement("machine", "name a TOML file", f"{str(path)!r} cannot be read ({error})") from None
    for name, value in content.items():
        if name not in MACHINE_KEYS:
            near = difflib.get_close_matches(name, MACHINE_KEYS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise requirement("machine", f"hold only {', '.join(MACHINE_KEYS)}", f"it holds {reprlib.repr(name)}{hint}")
        entries = value if isinstance(value, list) else [value]
        if not entries or any(isinstance(one, bool) or not isinstance(one, int | float | str) for one in entries):
            raise requirement(
                name, "be a number, a text with a unit, or a list of them", f"it is {reprlib.repr(value)}"
            )
    if isinstance(content.get("levels", 1), bool) or not isinstance(content.get("levels", 1), int):
        raise requirement("levels", "be a whole number", f"it is {reprlib.repr(content['levels'])}")
    return content
