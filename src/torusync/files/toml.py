"""TOML from a user: read up to a limit, and what is none is one sentence, with the line where it is known."""

import tomllib
from typing import Any

from torusync._checks import requirement
from torusync._limits import TEXT_COST, TOML_BYTES
from torusync._memory import require_memory
from torusync.files.whole import read_bytes


def read_toml(name: str, path: object) -> dict[str, Any]:
    """Return the content of the TOML file that argument ``name`` is the path of.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, too long, or not TOML.
    """
    text = read_bytes(name, path, TOML_BYTES)
    require_memory(name, TEXT_COST * len(text), what=f"reading {str(path)!r}", advice="shorten it")
    try:
        return tomllib.loads(text.decode("utf-8"))
    except RecursionError:
        raise requirement(name, "name a TOML file", f"{str(path)!r} is nested too deeply") from None
    except ValueError as error:  # not TOML, not UTF-8, a number of 5,000 digits
        raise requirement(name, "name a TOML file", f"{str(path)!r} cannot be read ({error})") from None
