"""A lecture: states of the page in an order, with a caption each, in a TOML file that its author can write by hand.

A state is what the address bar shows, since that is all there is of one: whoever prepares a lecture plays with the page
and copies addresses.  Without a file there is the tour of the letter.  Addresses are checked where they name a preset,
a model's parameter or a step; a word that this file knows nothing about is left to the page, which shows a notice.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from torusync._checks import ArgumentError, requirement, shown
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


def read_lecture(path: str | Path | None, catalogue: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"title", "steps": [{"title", "caption", "query"}]}``.

    Parameters
    ----------
    path
        A TOML file with a ``title`` and ``[[steps]]``, each with a ``caption``, a ``query`` and, if wanted, a
        ``title``; None for the tour of the package.
    catalogue
        What there is to be named; its first preset is what a query without one means.

    Raises
    ------
    ArgumentError
        If it cannot be read, or is no lecture: with the step and the key.
    """
    read = _read(TOUR if path is None else path)
    steps = [_step(f"steps[{place}].query", one, catalogue) for place, one in enumerate(read.steps)]
    return {"title": read.title, "steps": steps}


def tour(catalogue: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the tour of the package with those of its states that a smaller catalogue has, if there are any."""
    read, steps = _read(TOUR), []
    for one in read.steps:
        with suppress(ArgumentError):
            steps.append(_step("query", one, catalogue))
    return {"title": read.title, "steps": steps} if steps else None


def _read(path: str | Path) -> _Lecture:
    content = read_toml("lecture", path)
    try:
        return _Lecture.model_validate(content)
    except ValidationError as error:
        raise _told(error) from None


def _step(key: str, one: _Step, catalogue: Mapping[str, Any]) -> dict[str, Any]:
    """Return a step with its address as the page reads it, or refuse a name that does not exist."""
    query = urlsplit(one.query).query if "?" in one.query else one.query
    words = parse_qsl(query, keep_blank_values=True)
    presets = {each["name"]: each["model"] for each in catalogue["presets"]}
    preset = next((value for name, value in words if name == "preset"), next(iter(presets)))
    if preset not in presets:
        raise _unknown(key, "a preset", preset, presets)
    model = next(each for each in catalogue["models"] if each["name"] == presets[preset])
    parameters = {each["name"]: each for each in model["parameters"]}
    for name, _ in words:
        if name.startswith("p.") and name[2:] not in parameters:
            raise _unknown(key, f"parameters of {model['name']}", name[2:], parameters)
        if name.startswith("p.") and parameters[name[2:]].get("fixed"):
            raise requirement(key, "change what runs on the page alone", f"{name[2:]} stands still on it")
    return {"title": one.title, "caption": one.caption, "query": f"?{query}"}


def _unknown(key: str, what: str, name: str, known: Any) -> ArgumentError:
    near = did_you_mean(name, known) or f"there are {', '.join(known)}"
    return requirement(key, f"name {what}", f"{shown(name)} is none; {near}")


def _told(error: ValidationError) -> ArgumentError:
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
