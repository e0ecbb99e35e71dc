"""Running a ledger: every claim, in order, with progress."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

from torusync._checks import requirement
from torusync._frozen import Frozen
from torusync._threads import one_blas_thread
from torusync.claims import companion_bounds, companion_ledger, companion_machine, machine, measure, scaling
from torusync.claims.common import Findings
from torusync.claims.ledger import CLAIMS, DEPARTURES, Claim
from torusync.claims.verdict import ClaimResult, judge

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


LETTER: Final = Ledger(
    CLAIMS,
    MappingProxyType(
        {
            "C01": measure.c01,
            "C02": measure.c02,
            "C03": machine.c03,
            "C04": machine.c04,
            "C05": machine.c05,
            "C06": measure.c06,
            "C07": measure.c07,
            "C08": measure.c08,
            "C09": measure.c09,
            "C10": measure.c10,
            "C11": measure.c11,
            "C12": measure.c12,
            "C13": scaling.c13,
            "C14": scaling.c14,
            "C15": scaling.c15,
            "C16": scaling.c16,
            "C17": machine.c17,
            "C18": machine.c18,
            "C19": machine.c19,
            "C20": machine.c20,
        }
    ),
    DEPARTURES,
)
"""PRL 131, 030401."""

COMPANION: Final = Ledger(
    companion_ledger.CLAIMS,
    MappingProxyType(
        {
            "K01": companion_bounds.k01,
            "K02": companion_bounds.k02,
            "K03": companion_bounds.k03,
            "K04": companion_bounds.k04,
            "K05": companion_bounds.k05,
            "K06": companion_bounds.k06,
            "K07": companion_machine.k07,
            "K08": companion_machine.k08,
            "K09": companion_machine.k09,
            "K10": companion_machine.k10,
            "K11": companion_machine.k11,
            "K12": companion_machine.k12,
        }
    ),
    companion_ledger.DEPARTURES,
)
"""PRA 108, 012205."""


@one_blas_thread
def evaluate(
    ids: Iterable[str] | None = None,
    *,
    ledger: Ledger = LETTER,
    quick: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[ClaimResult]:
    """Check the claims of a paper.

    Parameters
    ----------
    ids
        Which claims, such as "C01"; all of them by default.
    ledger
        `LETTER`, with "C01" to "C20", or `COMPANION`, with "K01" to "K12".
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
        results.append(judge(claim, findings.ours, findings.how, findings.checks))
    if progress is not None:
        progress(len(chosen), len(chosen), "claims checked")
    return results
