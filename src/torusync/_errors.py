"""The error of a value that cannot be used, and how values are shown in it: one sentence on one line.

What was handed in may be anything: a page of text, a number of a thousand digits, a table that prints on ten lines, an
object that cannot show itself.  None of it may break the sentence that refuses it.
"""

import re
import reprlib
from collections.abc import Iterable
from typing import Final, final

import numpy as np
import numpy.typing as npt

_LONG: Final = 300
_QUOTED: Final = re.compile(r"('[^' ]{100})[^' ]{100,}([^' ]{40}')")
"""A text without spaces that nobody reads, such as a name of five thousand characters."""

_SHOWN: Final = 40
"""Characters of a value in a sentence."""

_MOST: Final = 60
"""Names that are told one after another."""

_BITS: Final = 200
"""Whole numbers of more are told by how many digits they have; of very many Python refuses to show them."""


class _Words(reprlib.Repr):
    """How values are abridged, also inside of others."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 2 * _SHOWN

    def repr_int(self, x: int, level: int) -> str:  # noqa: ARG002  (as reprlib calls it)
        """Return a whole number as it is, or how many digits it has."""
        return repr(x) if x.bit_length() <= _BITS else f"a whole number of some {int(x.bit_length() * 0.30103)} digits"


_WORDS: Final = _Words()


class ArgumentError(ValueError):
    """A value handed to the library cannot be used; the message is one sentence that says why and what to do.

    Where the value is a batch, ``points`` may hold which of its points cannot be used, in the shape of the batch.
    """

    points: npt.NDArray[np.bool_] | None = None


@final
class UnknownModelError(ArgumentError):
    """A study of a model that nobody has imported here, whose store may be whole."""


def requirement(name: str, must: str, but: str, *, points: npt.NDArray[np.bool_] | None = None) -> ArgumentError:
    """Return the error "Argument `name` must ``must``, but ``but``."; a quotation of a whole page is cut."""
    if (
        not name or not name.isprintable() or len(name) > 2 * _SHOWN or "`" in name
    ):  # a user's own, of what has no such name
        name = shown(name).replace("`", "'")
    if len(but) > _LONG:
        but = _QUOTED.sub(r"\1…\2", but)
    end = "" if but.endswith("?") else "."  # a question, such as whether another name was meant, has its own
    error = ArgumentError(f"Argument `{name}` must {must}, but {but.rstrip('.')}{end}")
    error.points = points
    return error


def did_you_mean(word: object, known: Iterable[object], *, likeness: float = 0.6) -> str:
    """Return the question after the nearest of known names; nothing where none is as near as that."""
    import difflib  # noqa: PLC0415  (for messages only)

    names = [one for one in known if isinstance(one, str)]
    near = difflib.get_close_matches(word, names, n=1, cutoff=likeness) if isinstance(word, str) else []
    return f"did you mean {near[0]}?" if near else ""


def listed(names: Iterable[object]) -> str:
    """Return names one after another, as they are where they can stand in a sentence."""
    fit = 2 * _SHOWN
    found = [one if isinstance(one, str) and one.isprintable() and len(one) <= fit else shown(one) for one in names]
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ", ".join(found[:_MOST]) + more or "none"


def shown(value: object) -> str:
    """Return some forty characters of a value, on one line; of one that cannot show itself, what it is."""
    text = " ".join(_WORDS.repr(value).replace("...", "…").split())
    text = "".join(sign if sign.isprintable() else "?" for sign in text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}…"
