"""What a claim is, its checks and their verdict: nothing here computes physics."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, final

from torusync._checks import as_instance, as_list


@final
@dataclass(frozen=True)
class Claim:
    """One claim of a paper.

    Parameters
    ----------
    id : as in "C01": a letter of the paper and a number
    text : what is claimed, in one sentence
    source : equation, figure or passage of the paper, or where else it stands
    paper : what the paper prints
    tolerance : largest accepted deviation, relative where the reference is not zero or an angle
    reason : why the tolerance is this large
    """

    id: str
    text: str
    source: str
    paper: str
    tolerance: float
    reason: str


@final
@dataclass(frozen=True)
class Check:
    """One comparison: our value against an independent one, and the absolute deviation allowed."""

    name: str
    ours: float
    reference: float
    tolerance: float

    @property
    def excess(self) -> float:
        """|ours − reference| in units of the tolerance; nan where a value is not a number."""
        return abs(self.ours - self.reference) / self.tolerance


def verdict(checks: Sequence[Check]) -> bool:
    """Return whether every check holds; no checks, or a value that is not a number, is a failure."""
    checks = [
        as_instance("checks", one, Check, "a list of Check") for one in as_list("checks", checks, "be a list of Check")
    ]
    return bool(checks) and all(check.excess <= 1.0 for check in checks)


@final
@dataclass(frozen=True)
class ClaimResult:
    """A claim with its verdict.

    Parameters
    ----------
    id, claim : the ledger's id and sentence
    ours, paper : our headline value and what the paper prints
    tolerance : as in the ledger
    passed : whether every check holds
    note : how it was checked, and how close
    checks : the comparisons themselves
    """

    id: str
    claim: str
    ours: str
    paper: str
    tolerance: float
    passed: bool
    note: str
    checks: tuple[Check, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the record of ``claims.json``; what JSON cannot hold, a number that is not finite, by its name."""
        told = {name: value for name, value in vars(self).items() if name != "checks"}
        return {name: str(one) if isinstance(one, float) and not isfinite(one) else one for name, one in told.items()}


def judge(claim: Claim, ours: str, how: str, checks: Sequence[Check]) -> ClaimResult:
    """Return the result of a claim from its checks."""
    worst = max(checks, key=lambda check: check.excess)
    note = (
        f"{how} {len(checks)} comparisons; the worst, {worst.name}, uses {100.0 * worst.excess:.2g} % of the tolerance "
        f"({claim.reason})."
    )
    return ClaimResult(claim.id, claim.text, ours, claim.paper, claim.tolerance, verdict(checks), note, tuple(checks))
