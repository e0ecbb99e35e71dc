"""Running a ledger: every claim, in order, with progress."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Self, final

from torusync._checks import requirement
from torusync._frozen import Frozen
from torusync._threads import one_blas_thread
from torusync.claims.common import Findings
from torusync.claims.verdict import Claim, ClaimResult, judge

_Test = Callable[[bool, float], Findings]


@final
@dataclass(frozen=True, eq=False)
class Ledger(Frozen):
    """The claims of one paper.

    Parameters
    ----------
    claims : what is claimed, with tolerances
    tests : how each is checked, by its id: from ``quick`` and the tolerance to the findings
    departures : what was read differently from print, could not be read, or was added
    """

    claims: tuple[Claim, ...]
    tests: Mapping[str, _Test]
    departures: tuple[str, ...]

    @classmethod
    def of(cls, claims: tuple[Claim, ...], checks: Sequence[ModuleType], departures: tuple[str, ...]) -> Self:
        """Return the ledger of claims that functions of these modules check, "C01" by ``c01``."""
        functions = {name: test for module in checks for name, test in vars(module).items()}
        return cls(claims, MappingProxyType({one.id: functions[one.id.lower()] for one in claims}), departures)


@one_blas_thread
def evaluate(
    ledger: Ledger,
    ids: Iterable[str] | None = None,
    *,
    quick: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[ClaimResult]:
    """Check the claims of a paper.

    Parameters
    ----------
    ledger
        Its claims and how each is checked.
    ids
        Which claims, such as "C01"; all of them by default.
    quick
        Fewer points, the same tolerances.
    progress
        Called as progress(done, total, text) before each claim and at the end.

    Raises
    ------
    ArgumentError
        If an id is not in the ledger.
    """
    wanted = None if ids is None else list(ids)
    known = [claim.id for claim in ledger.claims]
    for name in wanted or ():
        if name not in known:
            raise requirement("ids", f"be among {known[0]} … {known[-1]}", f"it holds {name!r}")
    chosen = [claim for claim in ledger.claims if wanted is None or claim.id in wanted]
    results = []
    for done, claim in enumerate(chosen):
        if progress is not None:
            progress(done, len(chosen), f"claim {claim.id}")
        findings = ledger.tests[claim.id](quick, claim.tolerance)
        results.append(judge(claim, *findings))
    if progress is not None:
        progress(len(chosen), len(chosen), "claims checked")
    return results
