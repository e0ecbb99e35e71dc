"""What a hunt counts, how it says so, and the status it ends with."""

import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99, 1.0)


@dataclass
class Tally:
    """Counts, samples and broken laws of one hunt."""

    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    samples: dict[str, list[float]] = field(default_factory=dict)

    def sample(self, name: str, value: float) -> None:
        self.samples.setdefault(name, []).append(value)

    def law(self, name: str, holds: bool, words: Callable[[], str]) -> None:
        """Count a law that was looked at; where it is broken, keep the words that reproduce it."""
        self.counts[f"looked at: {name}"] += 1
        if not holds:
            self.counts[f"BROKEN: {name}"] += 1
            self.broken.append(f"{name}: {words()}")

    def median(self, name: str) -> float:
        return float(np.median(self.samples[name]))

    @property
    def report(self) -> str:
        lines = [f"{count:>8}  {name}" for name, count in sorted(self.counts.items())]
        lines += [
            f"{name}: " + ", ".join(f"{q:g} {v:.3g}" for q, v in zip(QUANTILES, np.quantile(s, QUANTILES), strict=True))
            for name, s in sorted(self.samples.items())
        ]
        shown: Counter[str] = Counter()
        for line in self.broken:
            law = line.split(":", 1)[0]
            shown[law] += 1
            if shown[law] <= 5:
                lines.append(line)
        return "\n".join(lines)


def command(hunt: Callable[[int], Tally], default: int) -> None:
    """Run a hunt at the size that the command line names, print what was counted, end with 1 if a law is broken."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else default
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tally = hunt(count)
    sys.stdout.write(f"{tally.report}\n{time.perf_counter() - start:.1f} s, {len(tally.broken)} laws broken\n")
    sys.exit(1 if tally.broken else 0)
