"""Running the ledger: every claim, in order, with progress."""

from collections.abc import Callable, Iterable
from typing import Final

from torusync._checks import requirement
from torusync._threads import one_blas_thread
from torusync.claims import machine, measure, scaling
from torusync.claims.common import Findings
from torusync.claims.ledger import LEDGER
from torusync.claims.verdict import ClaimResult, judge

_CHECKS: Final[dict[str, Callable[[bool, float], Findings]]] = {
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


@one_blas_thread
def evaluate(
    ids: Iterable[str] | None = None,
    *,
    quick: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[ClaimResult]:
    """Check the claims of the letter.

    Parameters
    ----------
    ids
        Which claims, "C01" to "C20"; all of them by default.
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
    known = [claim.id for claim in LEDGER]
    for name in wanted or ():
        if name not in known:
            raise requirement("ids", f"be among {known[0]} … {known[-1]}", f"it holds {name!r}")
    chosen = [claim for claim in LEDGER if wanted is None or claim.id in wanted]
    results = []
    for done, claim in enumerate(chosen):
        if progress is not None:
            progress(done, len(chosen), f"claim {claim.id}")
        findings = _CHECKS[claim.id](quick, claim.tolerance)
        results.append(judge(claim, findings.ours, findings.how, findings.checks))
    if progress is not None:
        progress(len(chosen), len(chosen), "claims checked")
    return results
