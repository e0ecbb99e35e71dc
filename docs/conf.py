"""Sphinx configuration; the pages of claims and benchmarks are generated, never typed."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import benchmarks_page
import ledger_page
import quantities_page

import torusync

project = "torusync"
author = "The torusync developers"
project_copyright = "2026, the torusync developers"
release = torusync.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_numpy_docstring = True
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"page_width": "1180px", "body_max_width": "none"}
html_static_path = ["_static"]

ledger_page.write(Path(__file__).parent / "ledger.md")
quantities_page.write(Path(__file__).parent / "quantities.md")
benchmarks_page.write(Path(__file__).parent / "benchmarks.md", Path(__file__).parent / "benchmarks.json")
