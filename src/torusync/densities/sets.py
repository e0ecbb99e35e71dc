"""Sets of coherences with a name, in one form: a model's own, a user's, and those of the command line.

A set is made of blocks of coherences, ranges of levels against ranges of levels: a machine of a million levels names
its manifold in one block, and a pair of levels is the smallest of them.  A pair in two sets, or one that no state has,
would make a number that looks like an answer, so each is refused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final, Self, final

import numpy as np

from torusync._checks import Integer, as_count, requirement

OTHER: Final = "other"
"""Name of the set of coherences that no set names."""

_EXAMPLE: Final = '{"drive": [(0, 1), (0, 2)]}'
_TYPED: Final = re.compile(r"\s*([0-9]{1,9})\s*-\s*([0-9]{1,9})\s*")


@final
@dataclass(frozen=True)
class CoherenceSet:
    """The coherences ρ_ij with i in the one and j in the other range of levels of a block.

    Parameters
    ----------
    name
        By which shares and verdicts name it.
    blocks
        Pairs of ranges of levels, counted from 0, equal or disjoint; no coherence is in two of them.

    Raises
    ------
    ArgumentError
        If two ranges of a block overlap, so that some coherences would count twice.
    """

    name: str
    blocks: tuple[tuple[slice, slice], ...]

    def __post_init__(self) -> None:
        for left, right in self.blocks:
            (start, stop), (first, last) = _ends(left), _ends(right)
            if left != right and max(start, first) < min(stop, last):
                must = "join ranges of levels that are equal or disjoint"
                raise requirement("blocks", must, f"{self.name!r} joins {left} and {right}")

    @classmethod
    def between(cls, name: str, left: slice, right: slice) -> Self:
        """Return the coherences between two disjoint ranges of levels."""
        return cls(name, ((left, right),))

    @classmethod
    def within(cls, name: str, levels: slice) -> Self:
        """Return the coherences among a range of levels."""
        return cls(name, ((levels, levels),))

    @classmethod
    def of_pairs(cls, name: str, pairs: object) -> Self:
        """Return the coherences of pairs of levels (i, j), whose order does not matter.

        Raises
        ------
        ArgumentError
            If there are none, or what is given are no pairs of two levels.
        """
        try:
            entries = [tuple(pair) for pair in pairs]  # type: ignore[attr-defined]
        except TypeError:
            entries = []
        if not entries:
            raise requirement("sets", "hold pairs of levels", f"{name!r} holds {pairs!r:.40}")
        found: dict[frozenset[int], tuple[slice, slice]] = {}
        for entry in entries:
            if len(entry) != 2:
                raise requirement("sets", "hold pairs of levels", f"{name!r} holds {entry!r:.40}")
            i, j = (as_count("sets", level) for level in entry)
            if i == j:
                raise requirement("sets", "join two different levels", f"{name!r} has the pair ({i}, {j})")
            found.setdefault(frozenset({i, j}), (slice(i, i + 1), slice(j, j + 1)))
        return cls(name, tuple(found.values()))

    @property
    def manifold(self) -> slice | None:
        """The range of levels whose coherences among each other the set is, if it is that."""
        return next((left for left, right in self.blocks if left == right), None) if len(self.blocks) == 1 else None

    def pairs(self, dimension: int) -> Iterator[tuple[int, int]]:
        """Give the pairs of levels of a state of D levels."""
        levels = range(dimension)
        for left, right in self.blocks:
            yield from combinations(levels[left], 2) if left == right else product(levels[left], levels[right])


def _ends(levels: slice) -> tuple[int, float]:
    start, stop = levels.start or 0, float("inf") if levels.stop is None else levels.stop
    if levels.step is not None or min(start, stop) < 0:
        raise requirement("blocks", "hold ranges of levels, counted from 0", f"one is {levels}")
    return start, stop


Sets = Mapping[str, Sequence[tuple[int, int]]] | Sequence[CoherenceSet]
"""As a user gives them: pairs of levels by the name of their set, or sets."""


def as_sets(sets: object) -> tuple[CoherenceSet, ...]:
    """Return a user's sets of coherences, checked but for the number of levels.

    Raises
    ------
    ArgumentError
        If there are none, names are not texts of their own, or a set holds what is no pair of two levels.
    """
    given = not isinstance(sets, Mapping) and isinstance(sets, Iterable) and [*sets]
    if given and all(isinstance(one, CoherenceSet) for one in given):
        found = {one.name: one for one in given}
        if len(found) < len(given):
            raise requirement("sets", "have names that are texts of their own", "one name comes twice")
    elif isinstance(sets, Mapping):
        found = dict(sets)
    else:
        raise requirement("sets", f"map names to pairs of levels, such as {_EXAMPLE}", f"it is {sets!r:.40}")
    if not found:
        raise requirement("sets", "name at least one set of coherences", "it is empty")
    for name in found:
        if not isinstance(name, str) or name in {"", OTHER}:
            taken = f'; "{OTHER}" is what no set names' if name == OTHER else ""
            raise requirement("sets", "have names that are texts of their own", f"one is {name!r}{taken}")
    return tuple(
        one if isinstance(one, CoherenceSet) else CoherenceSet.of_pairs(name, one) for name, one in found.items()
    )


def label_sets(state: object, sets: Sets | None, size: int) -> tuple[list[str], Integer]:
    """Return names and, ``(D, D)``, the number of the set that each coherence is in; on the diagonal −1.

    Coherences that are in no set have the number after the last name.  Without ``sets``, the system of a solved state
    names them.

    Raises
    ------
    ArgumentError
        If sets are missing, overlap, or hold what is no pair of two levels of the state.
    """
    named = as_sets(sets) if sets is not None else getattr(getattr(state, "system", None), "coherence_sets", ())
    if not named:
        raise requirement(
            "sets",
            "be given for a state whose system names no coherences",
            f"it is None; name pairs of levels, such as {_EXAMPLE}",
        )
    labels = np.full((size, size), len(named), dtype=np.int64)
    np.fill_diagonal(labels, -1)
    for number, one in enumerate(named):
        for left, right in one.blocks if sets is not None else ():
            last = [(levels.stop or 0) - 1 for levels in (left, right)]
            if max(last) >= size:
                lone = left.start == last[0] and right.start == last[1]
                what = f"has the pair ({last[0]}, {last[1]})" if lone else f"has level {max(last)}"
                raise requirement("sets", f"join levels between 0 and {size - 1}", f"{one.name!r} {what}")
        for i, j in one.pairs(size):
            if labels[i, j] not in {number, len(named)}:
                first = named[labels[i, j]].name
                raise requirement("sets", "share no pair of levels", f"({i}, {j}) is in {first!r} and in {one.name!r}")
            labels[i, j] = labels[j, i] = number
    return [one.name for one in named], labels


def sets_from_text(texts: Sequence[str]) -> tuple[CoherenceSet, ...]:
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
    return as_sets(sets) if sets else ()
