"""How results show themselves in a notebook: small tables of values with the evidence beside them."""

from collections.abc import Iterable
from html import escape
from unicodedata import name

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
    return words[-1].capitalize() if words[1] == "CAPITAL" else words[-1].lower()
