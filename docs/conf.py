"""Sphinx configuration; the pages of claims, figures, quantities and benchmarks are generated, never typed."""

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import benchmarks_page
import figures_page
import ledger_page
import quantities_page

import torusync

project = "torusync"
author = "The torusync developers"
project_copyright = "2026, the torusync developers"
release = torusync.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "mathml", "terminal"]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
html_math_renderer = "mathml"
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_ipywidgets_js = {}
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_numpy_docstring = True
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"page_width": "1240px", "body_max_width": "none", "sidebar_width": "210px"}
html_static_path = ["_static"]


def setup(app: Sphinx) -> None:
    """Let docstrings be read as they were written, where napoleon and reStructuredText would read something else."""
    app.connect("autodoc-process-docstring", _keep_sentences, priority=100)
    app.connect("autodoc-process-docstring", _keep_moduli, priority=900)


def _keep_sentences(_app: Sphinx, what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Keep napoleon from taking "How it ended" for a type in a property's "How it ended: a `Status`"."""
    if what in {"attribute", "data", "property"}:
        lines.insert(0, "")


def _keep_moduli(_app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    """Keep a modulus like |ρ_ij| from being taken for a substitution of that name."""
    outside = re.compile(r"(``.*?``|`[^`]*`)")
    for row, line in enumerate(lines):
        parts = outside.split(line)
        lines[row] = "".join(part if part.startswith("`") else re.sub(r"(?<!\\)\|", r"\|", part) for part in parts)


figures_page.write(HERE / "figures.md")
ledger_page.write(HERE / "ledger.md")
quantities_page.write(HERE / "quantities.md")
benchmarks_page.write(HERE / "benchmarks.md", HERE / "benchmarks.json")
