"""Text with the letter's symbols, as HTML: subscripts, superscripts and powers of ten."""

import re
from html import escape

_SUBSCRIPT = re.compile(r"((?<!\w)\w|[Α-ωᾱ])_(\{[^}]*\}|[0-9A-Za-z]+)")
_SUPERSCRIPT = re.compile(r"\^(\{[^}]*\}|[−-]?[0-9A-Za-zΑ-ω]+)")
_MINUS = re.compile(r"(?<![\w)])-(?=\d)")
_POWER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-])0*(\d+)\b")


def rich(text: str) -> str:
    """Return ``text`` escaped, with n_h, e^{iφ} and 1e-9 set as they are read.

    Only single-letter symbols take subscripts, so that names of code such as ``steady_state`` stay what they are.
    """
    marked = _POWER.sub(_power, _MINUS.sub("−", escape(text)))
    marked = _SUBSCRIPT.sub(lambda match: f"{match[1]}<sub>{match[2].strip('{}')}</sub>", marked)
    return _SUPERSCRIPT.sub(lambda match: f"<sup>{match[1].strip('{}')}</sup>", marked)


def _power(match: re.Match[str]) -> str:
    mantissa, sign, exponent = match.groups()
    minus = "−" if sign == "-" else ""
    factor = "" if mantissa == "1" else f"{mantissa}\u00a0×\u00a0"
    return f"{factor}10<sup>{minus}{exponent}</sup>"
