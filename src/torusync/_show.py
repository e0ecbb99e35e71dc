"""How results show themselves in a notebook: small tables of values with the evidence beside them."""

from collections.abc import Iterable
from html import escape

Row = tuple[str, str, str]
"""What it is, its value, its evidence."""


def html_table(caption: str, rows: Iterable[Row]) -> str:
    """Return a table of three columns; what stands in it is escaped."""
    body = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(value)}</td><td>{escape(evidence)}</td></tr>"
        for name, value, evidence in rows
    )
    return f"<table><caption>{escape(caption)}</caption><tbody>{body}</tbody></table>"
