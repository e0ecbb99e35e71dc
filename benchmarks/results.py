"""What was measured, as plain data that survives a round trip through JSON.

Only the standard library is imported: the documentation is built from the stored numbers where no peer is installed.
"""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, final

RATIO: Final = "times"
"""How many times slower the peer is."""

SHARE: Final = "share"
"""The part of all states with which something worked; the other figures are costs, of which less is better."""

SECONDS: Final = "seconds"
MEMORY: Final = "GiB"
EXPONENT: Final = "exponent"

MORE_IS_BETTER: Final = frozenset({RATIO, SHARE})


class DisagreementError(RuntimeError):
    """Peer and library differ, so that their times say nothing."""


@final
@dataclass(frozen=True)
class Side:
    """One contender's times in seconds a point, one a round, at the better of the thread counts tried.

    Beside a share, the fastest, the median and the slowest of all states, at one thread.
    """

    label: str
    samples: tuple[float, ...]
    threads: int

    @property
    def median(self) -> float:
        """Median over the rounds."""
        return statistics.median(self.samples)

    @property
    def spread(self) -> tuple[float, float]:
        """Fastest and slowest round."""
        return min(self.samples), max(self.samples)


@final
@dataclass(frozen=True)
class Result:
    """One row of the table.

    Parameters
    ----------
    group, name : which row
    unit : one of RATIO, SHARE, SECONDS, MEMORY, EXPONENT
    samples : the figure in every round; of a share, 1 or 0 for every state
    value : the figure that is judged; of a ratio, the ratio of the medians
    target : what it is judged against, None where nothing was promised
    ours, peer : times behind a ratio or beside a share; of other figures there is no peer
    notes : what else the reader should know, generated from the run
    proven : whether the answer that was timed is the one promised; a fast answer without its proof misses the target
    """

    group: str
    name: str
    unit: str
    samples: tuple[float, ...]
    value: float
    target: float | None = None
    ours: Side | None = None
    peer: Side | None = None
    notes: tuple[str, ...] = ()
    proven: bool = True

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.proven and (self.value >= self.target if self.unit in MORE_IS_BETTER else self.value <= self.target)

    @property
    def spread(self) -> tuple[float, float]:
        """Smallest and largest of the samples."""
        return min(self.samples), max(self.samples)


def ratio(  # the spread of a ratio is that of rounds, in which both ran within seconds of each other
    group: str, name: str, ours: Side, peer: Side, *, target: float | None, notes: tuple[str, ...] = ()
) -> Result:
    """Return how many times slower the peer is."""
    return Result(
        group=group,
        name=name,
        unit=RATIO,
        samples=tuple(slow / fast for slow, fast in zip(peer.samples, ours.samples, strict=True)),
        value=peer.median / ours.median,
        target=target,
        ours=ours,
        peer=peer,
        notes=notes,
    )


@final
@dataclass(frozen=True)
class Run:
    """Everything one command measured, and where."""

    results: tuple[Result, ...]
    machine: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    method: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the run as text; medians, spreads and verdicts are written for other readers than `from_json`."""
        rows = []
        for result in self.results:
            row = asdict(result) | {"spread": result.spread, "met": result.met}
            for name in ("ours", "peer"):
                side = getattr(result, name)
                if side is not None:
                    row[name] |= {"median": side.median, "spread": side.spread}
            rows.append(row)
        document = {"machine": self.machine, "versions": self.versions, "method": self.method, "results": rows}
        return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Run":
        """Return the run that `to_json` wrote; what follows from the samples is computed again, not believed."""
        document = json.loads(text)
        return cls(
            results=tuple(_result(row) for row in document["results"]),
            machine=document["machine"],
            versions=document["versions"],
            method=document["method"],
        )


def stored(path: Path) -> Run | None:
    """Return the run kept at ``path``, or None where there is none."""
    return Run.from_json(path.read_text(encoding="utf-8")) if path.exists() else None


def _result(row: dict[str, Any]) -> Result:
    return Result(
        group=row["group"],
        name=row["name"],
        unit=row["unit"],
        samples=tuple(row["samples"]),
        value=row["value"],
        target=row["target"],
        ours=_side(row["ours"]),
        peer=_side(row["peer"]),
        notes=tuple(row["notes"]),
        proven=row["proven"],
    )


def _side(row: dict[str, Any] | None) -> Side | None:
    return None if row is None else Side(row["label"], tuple(row["samples"]), row["threads"])
