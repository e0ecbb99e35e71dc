"""Verdicts that stand in for those of claims: one holds, the other does not and tries to break the page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    id: str
    claim: str
    ours: object
    paper: object
    tolerance: object
    passed: bool
    note: str


VERDICTS = [
    Verdict(
        "C01", "prefactor of Eq. (3), n_h < n_c & more", 1.25e-3, "1.25e-3", 1e-9, passed=True, note="by quadrature"
    ),
    Verdict("C02", "a claim that fails", float("nan"), 0.5, 1e-9, passed=False, note="<b>no markup</b>"),
]
