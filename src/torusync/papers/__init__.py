"""The papers that can be reproduced, a folder each: parameters, closed forms, a file a figure, claims and their ledger.

A folder here is a paper: nothing lists them, so a new one touches nothing else.  Its ``__init__`` holds ``CITATION``,
which is light, because a command line that only prints a version should not wait for matplotlib; its ``publication``
holds ``PUBLICATION``, with everything that is drawn and checked.  A folder inside it that has a ``publication`` of its
own is a further set of the same paper.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Final

from torusync._checks import requirement, shown

if TYPE_CHECKING:
    from torusync.papers.citation import Citation
    from torusync.papers.publication import Publication

FIRST: Final = "letter"
"""The paper of the machine and of the measure, which all others build on."""


def names() -> tuple[str, ...]:
    """Return the sets that can be reproduced, the letter first."""
    return tuple(sorted(_modules(), key=lambda name: (name != FIRST, name)))


def citations() -> "tuple[Citation, ...]":
    """Return what to cite, each paper once."""
    modules = _modules()
    return tuple(source(name) for name in names() if modules[name] == name)


def _modules() -> dict[str, str]:
    """Return the modules of the sets, by the names of the sets: those of a paper are inside it."""
    found = {}
    for place in __path__:
        for paper in iter_modules([place]):
            if paper.ispkg:
                found[paper.name] = paper.name
                inside = iter_modules([str(Path(place) / paper.name)])
                sets = [one.name for one in inside if one.ispkg]
                held = [one for one in sets if (Path(place) / paper.name / one / "publication.py").is_file()]
                found |= {one: f"{paper.name}.{one}" for one in held}
    return found


def source(name: str) -> "Citation":
    """Return what to cite for a set.

    Raises
    ------
    ArgumentError
        If there is no such set.
    """
    found: Citation = import_module(f"{__name__}.{_module(name)}").CITATION
    return found


def load(name: str) -> "Publication":
    """Return a paper, or a further set of one, with its figures and claims.

    Raises
    ------
    ArgumentError
        If there is no such set.
    """
    found: Publication = import_module(f"{__name__}.{_module(name)}.publication").PUBLICATION
    return found


def _module(name: object) -> str:
    known = _modules()
    if not isinstance(name, str) or name not in known:
        raise requirement("set", f"be one of {', '.join(names())}", f"it is {shown(name)}")
    return known[name]
