"""Text with the letter's symbols, as HTML: what is mathematics in it is set as such, all else is escaped."""

import re
from html import escape
from typing import Final

from torusync.report.mathematics import mathml, runs

_MINUS: Final = re.compile(r"(?<![\w)])-(?=\d)")
_BESIDE: Final = re.compile(r"(\(?)(<math>(?:(?!</math>).)*</math>)([).,;:]*)")


def rich(text: str) -> str:
    """Return ``text`` escaped, with n_h/n_c, e^{iφ} and 1e-9 as MathML.

    Only single letters take subscripts, so that names of code such as ``steady_state`` stay what they are.
    """
    parts = []
    for is_formula, run in runs(text):
        parts.append(mathml(run) if is_formula else escape(_MINUS.sub("−", "".join(one.text for one in run))))
    return _BESIDE.sub(_whole, "".join(parts))


def _whole(found: re.Match[str]) -> str:
    """Keep a formula and the marks beside it on one line: without a word, browsers break there."""
    before, formula, after = found.groups()
    return f'<span class="whole">{before}{formula}{after}</span>' if before or after else formula
