"""How results show themselves: one line of what people ask for first, and small tables with the evidence beside."""

import re
from collections.abc import Iterable
from enum import IntEnum
from html import escape
from typing import Any, Final, Self
from unicodedata import name

import numpy as np
import numpy.typing as npt

Row = tuple[str, str, str]
"""What it is, its value, its evidence."""


def html_table(caption: str, rows: Iterable[Row]) -> str:
    """Return a table of three columns; what stands in it is escaped."""
    body = "".join(
        f"<tr><th style='text-align:left'>{escape(what)}</th><td>{escape(value)}</td><td>{escape(evidence)}</td></tr>"
        for what, value, evidence in rows
    )
    return f"<table><caption>{escape(caption)}</caption><tbody>{body}</tbody></table>"


def in_latin(symbol: str) -> str:
    """Return a symbol with its Greek letters by their names, as a file's attributes can be read anywhere."""
    return "".join(_letter(one) for one in symbol)


def _letter(one: str) -> str:
    words = name(one, "").split()
    if words[:1] != ["GREEK"]:
        return one
    last = words[-1].replace("LAMDA", "LAMBDA")  # as Unicode has it, and nobody else
    return last.capitalize() if words[1] == "CAPITAL" else last.lower()


_GREEK: Final = {_letter(one): one for one in map(chr, (*range(0x391, 0x3AA), *range(0x3B1, 0x3CA))) if one != "ς"}
_NAMED: Final = re.compile(rf"(?<![A-Za-z])({'|'.join(name for name in _GREEK if name)})(?![A-Za-z])")


def in_greek(text: str) -> str:
    """Return the text of `in_latin` as it was: what stands by the name of a Greek letter is that letter."""
    return _NAMED.sub(lambda found: _GREEK[found[1]], text)


def span(values: npt.ArrayLike, digits: int = 6) -> str:
    """Return a number; of a batch the smallest and the largest that are finite, a dash where there are none."""
    array = np.asarray(values)
    known = array[np.isfinite(array)]
    if not known.size:
        return "–"
    numbers = known if known.imag.any() else known.real
    return " … ".join(dict.fromkeys(f"{one:.{digits}g}" for one in (numbers.min(), numbers.max())))


_PREFIXES: Final = {1e12: "T", 1e9: "G", 1e6: "M", 1e3: "k", 1.0: "", 1e-3: "m", 1e-6: "µ", 1e-9: "n"}


def with_prefix(value: complex, unit: str, digits: int = 6) -> str:
    """Return a number with its unit as an experimenter writes it: 50 MHz, 20 mK."""
    size = next((one for one in _PREFIXES if abs(value) >= one), 1.0 if value == 0.0 else 1e-9)
    number = value / size
    text = f"{number:.{digits}g}" if np.imag(number) else f"{np.real(number):.{digits}g}"
    return f"{text} {_PREFIXES[size]}{unit}"


class Code(IntEnum):
    """Base of codes that have a sentence for people: members are ``NAME = code, sentence``."""

    sentence: str

    def __new__(cls, code: int, sentence: str = "") -> Self:
        member = int.__new__(cls, code)
        member._value_, member.sentence = code, sentence
        return member

    def __str__(self) -> str:
        """Return the name: whoever prints a code means what it says, and not its number."""
        return self.name

    def __format__(self, spec: str) -> str:
        return format(int(self), spec) if spec else self.name


def codes_in_words(codes: npt.ArrayLike, kind: type[IntEnum]) -> str:
    """Return the name of a code; of a batch every name that occurs, and how often where there are several."""
    array = np.asarray(codes)
    found, counts = np.unique(array, return_counts=True)
    if found.size == 1:
        return kind(int(found[0])).name
    return ", ".join(f"{count} {kind(int(code)).name}" for code, count in zip(found, counts, strict=True)) or "empty"


def yes_or_no(values: npt.ArrayLike) -> str:
    """Return whether something is so; of a batch at how many points."""
    array = np.asarray(values)
    return ("yes" if array else "no") if array.ndim == 0 else f"{int(array.sum())} of {array.size}"


def counted(number: int, word: str) -> str:
    """Return a number of things; ``word`` is of several."""
    return f"{number} {word.removesuffix('s') if number == 1 else word}"


def batch_in_words(batch: tuple[int, ...]) -> str:
    """Return the batch shape, to stand in front of the rest; nothing for one point."""
    return f"batch {batch}, " if batch else ""


def size_in_words(record: Any) -> str:
    """Return N of what has a manifold, D of anything else."""
    levels, parts = getattr(record, "manifold_levels", None), getattr(record, "dims", ())
    product = " = " + " × ".join(map(str, parts)) if isinstance(parts, tuple) and len(parts) > 1 else ""
    return f"D = {record.dimension}{product}" if levels is None else f"N = {levels}"
