"""Sets formulas as MathML while the pages are built.

Browsers draw MathML themselves, so a page needs no script and asks no other server for one, which is what Sphinx's own
renderer does. The conversion is that of docutils, which Sphinx brings along.
"""

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx


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
    """Convert a formula; a bar of a ket or a modulus is no relation, and stands close to what it belongs to."""
    found = str(latex2mathml.tex2mathml(text, as_block=as_block))
    return re.sub(r"<mo>([|∣])</mo>", r'<mo lspace="0" rspace="0" stretchy="false">\1</mo>', found)
