"""The papers that can be reproduced, a folder each: parameters, closed forms, a file a figure, claims and their ledger.

A folder here is a paper: nothing lists them, so a new one touches nothing else.  Its ``__init__`` holds ``CITATION``,
which is light, because a command line that only prints a version should not wait for matplotlib; its ``publication``
holds ``PUBLICATION``, with everything that is drawn and checked.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Final

from torusync._checks import requirement, shown

if TYPE_CHECKING:
    from torusync.papers.citation import Citation
    from torusync.papers.publication import Publication

FIRST: Final = "letter"
"""The paper of the machine and of the measure, which all others build on."""


def names() -> tuple[str, ...]:
    """Return the papers, the letter first."""
    folders = [module.name for module in iter_modules(__path__) if module.ispkg]
    return tuple(sorted(folders, key=lambda name: (name != FIRST, name)))


def source(name: str) -> "Citation":
    """Return what to cite for a paper.

    Raises
    ------
    ArgumentError
        If there is no such paper.
    """
    _require_paper(name)
    found: Citation = import_module(f"{__name__}.{name}").CITATION
    return found


def load(name: str) -> "Publication":
    """Return a paper with its figures and claims.

    Raises
    ------
    ArgumentError
        If there is no such paper.
    """
    _require_paper(name)
    found: Publication = import_module(f"{__name__}.{name}.publication").PUBLICATION
    return found


def _require_paper(name: object) -> None:
    if not isinstance(name, str) or name not in names():
        raise requirement("set", f"be one of {', '.join(names())}", f"it is {shown(name)}")
