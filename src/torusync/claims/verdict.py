"""What a claim is, its checks and their verdict: nothing here computes physics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Self, final


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


@final
@dataclass(frozen=True)
class Value:
    """A number behind the prose of a claim: what it is, ours, and the paper's, None where the paper has none."""

    name: str
    ours: float
    paper: float | None = None

    @property
    def difference(self) -> float | None:
        """Ours minus the paper's; None where the paper has none."""
        return None if self.paper is None else self.ours - self.paper

    def as_dict(self) -> dict[str, Any]:
        """Return name, ``ours``, ``paper`` and ``difference``, as JSON can hold them."""
        numbers = {"ours": self.ours, "paper": self.paper, "difference": self.difference}
        return {"name": self.name} | {name: _json(one) for name, one in numbers.items()}


def verdict(checks: Sequence[Check]) -> bool:
    """Return whether every check holds; no checks, or a value that is not a number, is a failure."""
    return bool(checks) and all(check.excess <= 1.0 for check in checks)


@final
@dataclass(frozen=True)
class ClaimResult:
    """A claim with its verdict.

    Parameters
    ----------
    id, claim : the ledger's id and sentence
    ours, paper : in words, what we find and what the paper prints
    tolerance : as in the ledger
    passed : whether every check holds
    note : how it was checked, and how close
    checks : the comparisons themselves
    values : the numbers behind the words, the one that stands for the claim first
    """

    id: str
    claim: str
    ours: str
    paper: str
    tolerance: float
    passed: bool
    note: str
    checks: tuple[Check, ...]
    values: tuple[Value, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the record of ``claims.json``; what JSON cannot hold, a number that is not finite, by its name.

        Beside the words stand ``ours_value``, ``paper_value`` and ``difference`` of the first of the values, None where
        there is none, and all ``values`` with their names.
        """
        told = {name: _json(one) for name, one in vars(self).items() if name not in {"checks", "values"}}
        values = [one.as_dict() for one in self.values]
        first = values[0] if values else dict.fromkeys(("ours", "paper", "difference"))
        numbers = {"ours_value": first["ours"], "paper_value": first["paper"], "difference": first["difference"]}
        return told | numbers | {"values": values}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Return the result of which `as_dict` made ``record``, without its comparisons; other keys are left alone.

        Raises
        ------
        KeyError, TypeError, ValueError
            If ``record`` is not one of `as_dict`.
        """
        words = {name: record[name] for name in ("id", "claim", "ours", "paper", "tolerance", "passed", "note")}
        values = [Value(one["name"], float(one["ours"]), _number(one["paper"])) for one in record["values"]]
        return cls(**words, checks=(), values=tuple(values))


def _json(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def judge(claim: Claim, ours: str, how: str, checks: Sequence[Check], values: Sequence[Value] = ()) -> ClaimResult:
    """Return the result of a claim from its checks and the numbers behind ``ours``."""
    worst = max(checks, key=lambda check: check.excess)
    note = (
        f"{how} {len(checks)} comparisons; the worst, {worst.name}, uses {100.0 * worst.excess:.2g} % of the tolerance "
        f"({claim.reason})."
    )
    held = verdict(checks)
    return ClaimResult(
        claim.id, claim.text, ours, claim.paper, claim.tolerance, held, note, tuple(checks), tuple(values)
    )
