"""A map that no memory holds, streamed: ``python -m benchmarks.streaming [POINTS]``, 10⁸ where no number is given.

A tongue of two degenerate levels, whose steady state and S_max are closed forms, over drive × detuning: everything that
a reduction can be asked for, within two GiB.  A billion points is told by arithmetic, from what was measured here: time
goes with the points, memory with a chunk, and the lists of a contour with the points along an axis.
"""

import math
import sys
import time
from typing import Final

import numpy as np

import torusync as ts
from benchmarks.probe import peak_memory
from torusync.sweeps import Contour, Extreme, Histogram, Reduced, Study, WorstGap, block_shape, reduce

ALLOWED: Final = 2.0
"""GiB."""

MANY: Final = 10**9


def tongue(points: int) -> Study:
    """Return a study of about that many points."""
    side = math.isqrt(points)
    fixed = {"manifold_levels": 2, "n_hot": 0.2, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    axes = {"drive": np.linspace(0.01, 0.3, side), "detuning": np.linspace(-1.0, 1.0, side)}
    return Study(ts.ThermalMaser, axes, ["s_max", "power"], fixed=fixed)


def streamed(study: Study) -> tuple[Reduced, float]:
    """Return what is left of it, and the seconds that it took."""
    begin = time.perf_counter()
    asked = {
        "largest": Extreme("s_max"), "coldest": Extreme("power", smallest=True), "spread": Histogram("s_max"),
        "powers": Histogram("power", np.linspace(-0.02, 0.02, 201)), "gap": WorstGap(),
        "edge": Contour("s_max", 1.5e-4),
    }  # fmt: skip
    found = reduce(study, asked, workers=1)  # so that the memory of this process is all that it takes
    return found, time.perf_counter() - begin


def main(arguments: list[str]) -> int:
    """Measure, tell, and return 1 where it took more memory than is allowed, or points are missing."""
    study = tongue(int(float(arguments[0])) if arguments else 10**8)
    found, seconds = streamed(study)
    peak = peak_memory()
    chunk = math.prod(block_shape(study))
    lower, upper = found["spread"].quantile(0.5)
    for line in (
        f"{study}",
        f"largest S_max {found['largest'].value:.6e} at {dict(found['largest'].parameters)}",
        f"median of S_max between {lower:.6e} and {upper:.6e}",
        f"worst gap {found['gap'].gap:.1e}; certified {found['gap'].certified:,}, open {found['gap'].open:,}",
        f"{found['edge'].count:,} places where S_max passes 1.5e-4",
        f"worked off by {found.workers}, in chunks of {chunk:,} points",
        f"10⁹ points: {MANY / study.points:.3g} × {seconds:.1f} s = {MANY / study.points * seconds:,.0f} s",
    ):
        sys.stdout.write(line + "\n")
    whole = found.points == study.points and not found["largest"].missing
    each = 1e9 * seconds / study.points
    sys.stdout.write(f"{study.points:,} points in {seconds:.1f} s, {each:.0f} ns a point, peak {peak:.2f} GiB\n")
    return 0 if whole and peak <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
