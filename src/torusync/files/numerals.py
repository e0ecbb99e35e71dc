"""Complex numbers as people and programs write them, and how many digits they wrote.

Python's `complex` knows one dialect.  Julia has 0.6 + 0.0im, MATLAB 0.6 + 0.0i, Mathematica 0.6 + 0.1*I and 1.*^-5,
Fortran (0.6D0,0.0D0), a spreadsheet in half of Europe 0,6.  One pattern holds all of them, and what does not match it
as a whole is no number.
"""

import re
from collections.abc import Iterable
from typing import Final

from torusync._precision import DOUBLE, TYPED, Precision

_UNSIGNED: Final = r"(?:(?:\d+\.?\d*|\.\d+)(?:(?:[eEdD]|\*\^)[+-]?\d+)?|(?i:inf(?:inity)?|nan))"
_REAL: Final = rf"[+-]?{_UNSIGNED}"
_NUMBER: Final = re.compile(
    rf"(?P<real>{_REAL})?(?P<imag>(?(real)[+-]|[+-]?){_UNSIGNED}?)[ *]?(?:im|[ijIJ])|(?P<alone>{_REAL})"
)
_SIGN: Final = re.compile(r"\s*([+-])\s*")
_PAIR: Final = re.compile(rf"\(\s*({_REAL})\s*[,;]\s*({_REAL})\s*\)")
_LONE: Final = re.compile(rf"\(\s*{_REAL}\s*\)")
_BARE_PAIR: Final = re.compile(rf"({_REAL}),({_REAL})")
_DIGITS: Final = re.compile(r"[+-]?(\d*)\.?(\d*)(?:(?:[eEdD]|\*\^)([+-]?\d+))?")
_SPACED: Final = re.compile(r"(?<=[\d.])\s+([+-])\s+(?=[\d.])")

_FEWEST: Final = 4
"""Digits from which on a number is taken to be rounded: fewer are typed, and meant."""

_ALL: Final = 15
"""Digits of a double."""

_DROPPED: Final = 5
"""Zeros at the end that no number lacks by chance: one in 10⁵ ends so, where they are not written."""

_EXACT: Final = 2**20
"""Halves, quarters and so on down to this part are meant as they are."""


class Numeral(complex):
    """A complex number that remembers how its parts were written, and whether an imaginary one was."""

    parts: tuple[str, ...] = ()
    imaginary: bool = False


def numeral(text: str, *, decimal_comma: bool = False) -> Numeral | None:
    """Return the number that a text is, or None."""
    text = text.strip().strip("\"'").strip()
    if in_parentheses(text):  # which accountants write for -0.2
        return None
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    if decimal_comma and "." not in text:
        text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    found = _NUMBER.fullmatch(_SIGN.sub(r"\1", text.strip()).replace("+-", "-"))
    # after e, a sign belongs to the exponent: the pattern would not match it with a space beside
    if found is None:
        return None
    real = found["alone"] or found["real"] or ""
    imaginary = found["imag"]
    out = Numeral(_value(real) if real else 0.0, 0.0 if imaginary is None else _value(imaginary))
    out.parts = tuple(one for one in (real, imaginary) if one and one not in "+-")
    out.imaginary = imaginary is not None
    return out


def in_parentheses(text: str) -> bool:
    """Whether a text is a real number in parentheses, which may be that number or, in accounts, a negative one."""
    return _LONE.fullmatch(text) is not None


def _value(text: str) -> float:
    if text in {"", "+", "-"}:
        return float(f"{text}1")
    return float(text.replace("*^", "e").replace("d", "e").replace("D", "e"))


def paired(text: str) -> str:
    """Return a text with a+bj in place of every (a,b)."""
    return _PAIR.sub(lambda one: _joined(*one.groups()), text)


def bare_pair(text: str) -> Numeral | None:
    """Return the number that a text a,b is, without parentheses, or None."""
    found = _BARE_PAIR.fullmatch(text)
    return None if found is None else numeral(_joined(*found.groups()))


def _joined(real: str, imaginary: str) -> str:
    return f"{real}{imaginary if imaginary[0] in '+-' else '+' + imaginary}j"


def tightened(line: str) -> str:
    """Return a line without the blanks on both sides of a sign between two numbers, as in 0.6 + 0.1im."""
    return _SPACED.sub(r"\1", line)


def printed_precision(numbers: Iterable[complex]) -> Precision:
    """Return what numbers are good for that were printed: half a unit of the last digit of the longest of them.

    Of a shorter one, if it is shorter by so much that zeros left out cannot be the reason: 0.5432000000000001 beside
    0.1235 is what arithmetic made of four digits.
    """
    most, coarsest, highest, shortest = 0, -400, -400, -400
    for number in numbers:
        for part in getattr(number, "parts", ()):
            digits, last = _printed(part)
            if not digits:
                continue
            highest = max(highest, last + digits - 1)
            most, coarsest = max((most, coarsest), (digits, last))
            if last > shortest and digits >= _FEWEST and not _is_exact(part):
                shortest = last
    if most < _FEWEST:
        return TYPED
    # a number of full length may be small; the largest one is then no better than so many digits of itself
    last = highest - _ALL + 1 if most >= _ALL else max(coarsest, highest - most + 1)
    if shortest - last >= _DROPPED:
        most, last = highest - shortest + 1, shortest
    if most >= _ALL:
        return DOUBLE
    return Precision(f"{most} printed digits", 0.5 * 10.0**last) if last <= 1 - _FEWEST else TYPED


def _is_exact(part: str) -> bool:
    """Whether a number is a fraction of halves, written without zeros at its end."""
    return not part.endswith("0") and (_value(part) * _EXACT).is_integer()


def _printed(part: str) -> tuple[int, int]:
    """Return how many digits a part has, leading zeros left out, and the power of ten of the last one."""
    found = _DIGITS.fullmatch(part)
    if found is None:  # infinite, or none
        return 0, 0
    whole, fraction, exponent = found.groups()
    digits = (whole + fraction).lstrip("0")
    return len(digits), int(exponent or 0) - len(fraction)
