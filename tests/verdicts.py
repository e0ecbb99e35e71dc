"""Verdicts that stand in for those of claims: one holds, the other does not and tries to break the page."""

from torusync.claims import ClaimResult, Value

VERDICTS = [
    ClaimResult(
        "C01",
        "prefactor of Eq. (3), n_h < n_c & more",
        1.25e-3,
        "1.25e-3",
        1e-9,
        True,
        "by quadrature",
        (),
        (Value("prefactor, D = 3", 1.25e-3, 1.25e-3), Value("largest S, not in print", 2.0)),
    ),
    ClaimResult("C02", "a claim that fails", float("nan"), 0.5, 1e-9, False, "<b>no markup</b>", ()),
]
