"""A lecture: states of the page in an order, with a caption each, in a TOML file that its author can write by hand.

A state is what the address bar shows, since that is all there is of one: whoever prepares a lecture plays with the page
and copies addresses.  Without a file there is the tour of the letter.  Addresses are checked where they name a preset,
a model's parameter or a step; a word that this file knows nothing about is left to the page, which shows a notice.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from torusync._checks import requirement, shown
from torusync._errors import did_you_mean
from torusync._limits import LECTURE_STEPS
from torusync.files.toml import read_toml

TOUR: Final = Path(__file__).with_name("lectures") / "letter.toml"

Words = Annotated[str, Field(min_length=1, max_length=2_000)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Step(_Table):
    caption: Words
    query: Annotated[str, Field(max_length=4_000)]
    title: Words | None = None


class _Lecture(_Table):
    title: Words
    steps: Annotated[list[_Step], Field(min_length=1, max_length=LECTURE_STEPS)]


def read_lecture(path: str | Path | None, presets: Mapping[str, str], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"title", "steps": [{"title", "caption", "query"}]}``.

    Parameters
    ----------
    path
        A TOML file with a ``title`` and ``[[steps]]``, each with a ``caption``, a ``query`` and, if wanted, a
        ``title``; None for the tour of the package.
    presets
        The model of every preset, by its name; the first is what a query without one means.
    parameters
        Names of parameters of every model, by its name.

    Raises
    ------
    ArgumentError
        If it cannot be read, or is no lecture: with the step and the key.
    """
    content = read_toml("lecture", TOUR if path is None else path)
    try:
        read = _Lecture.model_validate(content)
    except ValidationError as error:
        raise _told(error) from None
    steps = []
    for place, one in enumerate(read.steps):
        query = _query(f"steps[{place}].query", one.query, presets, parameters)
        steps.append({"title": one.title, "caption": one.caption, "query": query})
    return {"title": read.title, "steps": steps}


def _query(key: str, text: str, presets: Mapping[str, str], parameters: Mapping[str, Any]) -> str:
    """Return what follows the question mark of an address, with it; or refuse a name that does not exist."""
    query = urlsplit(text).query if "?" in text else text
    words = parse_qsl(query, keep_blank_values=True)
    preset = next((value for name, value in words if name == "preset"), next(iter(presets)))
    if preset not in presets:
        raise _unknown(key, "a preset", preset, presets)
    model = presets[preset]
    for name, _ in words:
        if name.startswith("p.") and name[2:] not in parameters[model]:
            raise _unknown(key, f"parameters of {model}", name[2:], parameters[model])
    return f"?{query}"


def _unknown(key: str, what: str, name: str, known: Any) -> Exception:
    near = did_you_mean(name, known) or f"there are {', '.join(known)}"
    return requirement(key, f"name {what}", f"{shown(name)} is none; {near}")


def _told(error: ValidationError) -> Exception:
    """Return the first thing that is wrong with a file as a sentence about its key."""
    # a misspelt key is told before the one that is missing for it
    one = min(error.errors(include_url=False), key=lambda found: found["type"] != "extra_forbidden")
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in one["loc"]).lstrip(".")
    if one["type"] == "missing":
        return requirement(key, "be given", "it is missing")
    if one["type"] == "extra_forbidden":
        known = list(_Lecture.model_fields if len(one["loc"]) == 1 else _Step.model_fields)
        near = did_you_mean(str(one["loc"][-1]), known)
        return requirement(key, f"be one of {', '.join(known)}", f"it is none; {near}" if near else "it is none")
    must = one["msg"].partition("should ")[2].replace("valid ", "") or one["msg"]
    return requirement(key, must, f"it is {shown(one['input'])}")
