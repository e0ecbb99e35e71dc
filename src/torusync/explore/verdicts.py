"""Whether the sets of coherences of one system cooperate or compete: two hundred draws, and so beside the point."""

from collections.abc import Mapping
from typing import Any

from torusync._checks import requirement
from torusync._limits import DRAWN_LEVELS
from torusync.analysis.shares import Verdict
from torusync.explore.asked import system_of
from torusync.explore.studies import Tell
from torusync.explore.wire import number
from torusync.explore.words import code
from torusync.phases import SUD
from torusync.quantities import Solution, solve
from torusync.quantities.headlines import interplay_in_words


def names_sets(solution: Solution) -> bool:
    """Return whether the system names sets of coherences, of sums over pairs of levels."""
    return isinstance(solution.reading, SUD) and bool(getattr(solution.system, "coherence_sets", ()))


def judged(solution: Solution) -> dict[str, Any]:
    """Return the verdict on a solution, and what each set reaches alone, in units of S."""
    found, factor = solution.interplay, solution.reading.factor(solution.density.dimension)
    told = {name: number(getattr(found, name)) for name in ("gain", "cost", "rank")}
    verdict = code(Verdict, found.verdict_codes) | told | {"draws": found.draws, "words": interplay_in_words(solution)}
    return {"verdict": verdict, "alone": {name: number(factor.times(one)) for name, one in found.alone.items()}}


def verdict(request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Return the verdict on one system.

    Raises
    ------
    ArgumentError
        If it names no sets of coherences, or is too large for the draws.
    """
    system = system_of(request)
    if system.dimension > DRAWN_LEVELS:
        raise requirement("model", f"have at most {DRAWN_LEVELS} levels for a verdict", f"it has {system.dimension}")
    solution = solve(system)
    if not names_sets(solution):
        raise requirement("model", "name sets of coherences for a verdict", f"{type(system).__name__} does not")
    tell(0.1)
    return judged(solution)
