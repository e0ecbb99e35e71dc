"""Sets formulas as MathML while the pages are built.

Browsers draw MathML themselves, so a page needs no script and asks no other server for one, which is what Sphinx's own
renderer does. The conversion is that of docutils, which Sphinx brings along.
"""

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer; `html_math_renderer = "mathml"` chooses it."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(translator: Any, node: nodes.Element) -> None:
    translator.body.append(_mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.Element) -> None:
    text = _mathml(node.astext().strip(), as_block=True)
    translator.body.append(f'<div class="formula">{text}</div>\n')
    raise nodes.SkipNode


def _mathml(text: str, *, as_block: bool) -> str:
    """Convert a formula; bars and brackets of kets and moduli are no relations, and stay small and close."""
    if re.search(r"\\frac(?!\{)", text):
        raise ExtensionError(f"docutils takes the numbers after frac for one numerator: write braces in {text!r}")
    found = str(latex2mathml.tex2mathml(text, as_block=as_block))
    tight = r'<mo lspace="0" rspace="0" stretchy="false">\1</mo>'
    return re.sub(r"<mo(?: stretchy=\"false\")?>([|∣‖∥⟨⟩])</mo>", tight, found)
