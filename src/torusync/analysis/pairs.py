"""Sets of coherences by the pairs of levels they join: a system's own, a user's, and those of the command line.

A pair in two sets, or one that no state has, would make a number that looks like an answer, so each is refused.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from torusync._checks import Integer, as_count, requirement
from torusync.densities import NamedCoherences

OTHER: Final = "other"
"""Name of the set of coherences that no set names."""

_EXAMPLE: Final = '{"drive": [(0, 1), (0, 2)]}'
_TYPED: Final = re.compile(r"\s*([0-9]{1,9})\s*-\s*([0-9]{1,9})\s*")

Pairs = Mapping[str, Sequence[tuple[int, int]]]


def label_sets(state: object, sets: Pairs | None, size: int) -> tuple[list[str], Integer]:
    """Return names and, ``(D, D)``, the number of the set that each coherence is in; on the diagonal −1.

    Coherences that are in no set have the number after the last name.  Without ``sets``, the system of a solved state
    names them.

    Raises
    ------
    ArgumentError
        If sets are missing, overlap, or hold what is no pair of two levels of the state.
    """
    named = _of_system(state, size) if sets is None else _checked(sets, size)
    labels = np.full((size, size), len(named), dtype=np.int64)
    np.fill_diagonal(labels, -1)
    for number, (name, pairs) in enumerate(named.items()):
        for i, j in pairs:
            if labels[i, j] not in {number, len(named)}:
                first = list(named)[labels[i, j]]
                raise requirement("sets", "share no pair of levels", f"({i}, {j}) is in {first!r} and in {name!r}")
            labels[i, j] = labels[j, i] = number
    return list(named), labels


def sets_from_text(texts: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """Read sets as the command line has them, ``NAME=0-1,0-2``, one set a text.

    Raises
    ------
    ArgumentError
        If a text is no such set, or a name comes twice.
    """
    sets: dict[str, list[tuple[int, int]]] = {}
    for text in texts:
        name, _, content = text.partition("=")
        name, found = name.strip(), [_TYPED.fullmatch(one) for one in content.split(",")]
        pairs = [(int(one[1]), int(one[2])) for one in found if one is not None]
        if not name or len(pairs) < len(found):
            raise requirement("set", "have the form NAME=0-1,0-2, with pairs of levels", f"it is {text!r:.40}")
        if name in sets:
            raise requirement("set", "name each set once, with all its pairs", f"{name!r} comes twice")
        sets[name] = pairs
    return sets


def _of_system(state: object, size: int) -> dict[str, list[tuple[int, int]]]:
    system = getattr(state, "system", None)
    named = system.coherence_sets if isinstance(system, NamedCoherences) else ()
    if not named:
        raise requirement(
            "sets",
            "be given for a state whose system names no coherences",
            f"it is None; name pairs of levels, such as {_EXAMPLE}",
        )
    levels = range(size)
    # left and right are equal or disjoint
    return {one.name: [(i, j) for i in levels[one.left] for j in levels[one.right] if i != j] for one in named}


def _checked(sets: object, size: int) -> dict[str, list[tuple[int, int]]]:
    if not isinstance(sets, Mapping):
        raise requirement("sets", f"map names to pairs of levels, such as {_EXAMPLE}", f"it is {sets!r:.40}")
    if not sets:
        raise requirement("sets", "name at least one set of coherences", "it is empty")
    checked = {}
    for name, pairs in sets.items():
        if not isinstance(name, str) or name in {"", OTHER}:
            taken = f'; "{OTHER}" is what no set names' if name == OTHER else ""
            raise requirement("sets", "have names that are texts of their own", f"one is {name!r}{taken}")
        checked[name] = _pairs_of(name, pairs, size)
    return checked


def _pairs_of(name: str, pairs: object, size: int) -> list[tuple[int, int]]:
    found = []
    try:
        entries = [tuple(pair) for pair in pairs]  # type: ignore[attr-defined]
    except TypeError:
        entries = []
    if not entries:
        raise requirement("sets", "hold pairs of levels", f"{name!r} holds {pairs!r:.40}")
    for entry in entries:
        if len(entry) != 2:
            raise requirement("sets", "hold pairs of levels", f"{name!r} holds {entry!r:.40}")
        i, j = (as_count("sets", level) for level in entry)
        if max(i, j) >= size or i == j:
            must = "join two different levels" if i == j else f"join levels between 0 and {size - 1}"
            raise requirement("sets", must, f"{name!r} has the pair ({i}, {j})")
        found.append((i, j))
    return found
