"""Writes the page of benchmarks from the numbers that a run has kept, so that page and measurement cannot disagree."""

from pathlib import Path

from benchmarks.results import Run, stored
from benchmarks.table import markdown, summary

INTRODUCTION = """# Benchmarks

How fast the library is beside [QuTiP](https://qutip.org) and [qthermo](https://github.com/VivekKhanna0/Qthermo), which
solve the same machines one by one. One command measures everything again:

```sh
.venv/bin/python -m pip install -e '.[bench]'
.venv/bin/python -m benchmarks --write
```

"""

HOW = """
## How it is measured

- All contenders run on the same machine in interleaved rounds: in every round each runs once with each number of BLAS
  threads, after a warm-up, and short measurements are repeated. The better number of threads counts, for each contender
  by itself. Medians over the rounds are compared; fastest and slowest round stand in parentheses. Long measurements,
  and all in fresh processes, try both numbers in the first round and keep to the better one.
- Times are for one point. A ratio is QuTiP's or qthermo's median over ours, so more is better; seconds, memory and
  exponents are ours alone, so less is better. Machines of many levels are measured in fresh processes, and their memory
  is the peak of the whole process. Their seconds are those of a first call; growth is that of a second one, because the
  first also waits for the system to hand out memory page by page.
- QuTiP has prebuilt operators and builds its generator inside the timing, as it must at every point. Every exact method
  it has is tried at each size, with sparse and dense generators; the fastest one is its time and is named. A method
  whose residual is too large, or whose state is not ours, is left out.
- qthermo has prebuilt baths. We start from raw arrays, and validation, residual and positivity are in our time.
- Where S_max or currents are ours, QuTiP is still timed on its steady state alone.
- Our maps use every core; QuTiP and qthermo solve one point at a time. Spread over processes, they would gain at most
  the number of cores.
- Before anything is timed, states and currents of both sides are compared on points of the same map. Where the
  proof that belongs to an answer of many levels is not complete, the target is missed, however fast it was.

"""

NOTHING = "No run has been kept yet: the command above does both, measure and keep.\n"


def write(path: Path, kept: Path) -> None:
    """Write the page; leave it untouched where nothing changed, so that builds stay incremental."""
    text = page(stored(kept))
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def page(run: Run | None) -> str:
    """Return the page of a run, or one that says there is none."""
    if run is None:
        return INTRODUCTION + NOTHING
    facts = "\n".join([*_facts("Run", run.method), *_facts("Machine", run.machine), *_facts("Version", run.versions)])
    rows = "\n".join(markdown(run, _cell))
    return f"{INTRODUCTION}{_cell(summary(run))}\n{HOW}{facts}\n\n## Results\n{rows}\n"


def _facts(title: str, facts: dict[str, str]) -> list[str]:
    rows = [f"| {_cell(name)} | {_cell(value)} |" for name, value in facts.items()]
    return ["", f"| {title} | |", "|---|---|", *rows]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("_", "\\_").replace("^", "\\^").replace("*", "\\*")
