"""Writes the page of benchmarks from the numbers that a run has kept, so that page and measurement cannot disagree."""

from pathlib import Path

from benchmarks.groups import GROUPS
from benchmarks.results import EXPONENT, MEMORY, RATIO, SECONDS, SHARE, Run, stored
from benchmarks.table import markdown, summary

INTRODUCTION = """# Benchmarks

Two questions. How fast is the library beside [QuTiP](https://qutip.org) and
[qthermo](https://github.com/VivekKhanna0/Qthermo), which solve the same machines one by one? And of how many states
does it prove S_max, where one start of L-BFGS is the habit?

## What is measured

{groups}

A *figure* is what is judged, against a *target*; a row without a target only informs. What was met stands below,
after how it was measured. One command measures everything again:

```sh
.venv/bin/python -m pip install -e '.[bench]'
.venv/bin/python -m benchmarks --write
```

"""

HOW = """## How it is measured

- All contenders run on the same machine in interleaved rounds: in every round each runs once with each number of BLAS
  threads, after a warm-up, and short measurements are repeated. The better number of threads counts, for each contender
  by itself. Medians over the rounds are compared; fastest and slowest round stand in parentheses. Long measurements,
  and all in fresh processes, try both numbers in the first round and keep to the better one.
- Times are for one point. A ratio is QuTiP's or qthermo's median over ours, so more is better, as of shares; seconds,
  memory and exponents are ours alone, so less is better. Machines of many levels are measured in fresh processes, and
  their memory is the peak of the whole process. Their seconds are those of a first call; growth is that of a second
  one, because the first also waits for the system to hand out memory page by page.
- QuTiP has prebuilt operators and builds its generator inside the timing, as it must at every point. Every exact method
  it has is tried at each size, with sparse and dense generators; the fastest one is its time and is named. A method
  whose residual is too large, or whose state is not ours, is left out.
- qthermo has prebuilt baths. We start from raw arrays, and validation, residual and positivity are in our time.
- Where S_max or currents are ours, QuTiP is still timed on its steady state alone.
- Our maps use every core; QuTiP and qthermo solve one point at a time. Spread over processes, they would gain at most
  the number of cores; the group sweep has QuTiP's `parallel_map` in two of them, extrapolated from two thousand points.
- Before anything is timed, states and currents of both sides are compared on points of the same map. Where the
  proof that belongs to an answer of many levels is not complete, the target is missed, however fast it was.
- Shares count the states of a family, each of them drawn at random and reproducible from the family's name and its
  index. Steady states are solved beforehand: our time is that of `synchronization` on one solved maser or one density
  matrix, and of masers the bare matrices are tried as well. L-BFGS has the same matrices, an exact gradient, and
  tolerances at rounding; five random starts on every state are judged one by one. Both run on one thread; medians over
  the states are shown, with the fastest and the slowest in parentheses.
- The best value known is the certified one where there is one. Elsewhere it is the best of 200 starts of L-BFGS and 200
  of ours, kept in `benchmarks/best_known.json`, or what the run itself finds if that is more.
  `python -m benchmarks --best-known` searches them all again; a state that is no longer the one whose value was kept is
  refused.
- The bound of clarabel, a semidefinite solver, is what its multipliers prove under an eigenvalue test, not what it
  claims. The states that we leave open go to it first, as many as can be afforded. A value above anybody's bound would
  stop the run.

"""

FIGURES = {
    RATIO: "how many times slower the peer is",
    SHARE: "share of states",
    SECONDS: "seconds",
    MEMORY: "peak memory",
    EXPONENT: "exponent of the growth",
}

NOTHING = "No run has been kept yet: the command above does both, measure and keep.\n"


def write(path: Path, kept: Path) -> None:
    """Write the page; leave it untouched where nothing changed, so that builds stay incremental."""
    text = page(stored(kept))
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def page(run: Run | None) -> str:
    """Return the page of a run, or one that says there is none."""
    head = INTRODUCTION.format(groups="\n".join(_groups(run)))
    if run is None:
        return head + NOTHING
    facts = "\n".join([*_facts("Run", run.method), *_facts("Machine", run.machine), *_facts("Version", run.versions)])
    rows = "\n".join(markdown(run, cell))
    return f"{head}{HOW}{facts}\n\n## What was met\n\n{cell(summary(run))}\n\n## Results\n{rows}\n"


def _groups(run: Run | None) -> list[str]:
    lines = ["| group | what | figures | rows |", "|---|---|---|---|"]
    for group, what in GROUPS.items():
        rows = [] if run is None else [one for one in run.results if one.group == group]
        kinds = ", ".join(FIGURES[unit] for unit in dict.fromkeys(one.unit for one in rows))
        lines.append(f"| {group} | {cell(what)} | {kinds} | {len(rows) or ('' if run is None else 'not yet')} |")
    return lines


def _facts(title: str, facts: dict[str, str]) -> list[str]:
    rows = [f"| {cell(name)} | {cell(value)} |" for name, value in facts.items()]
    return ["", f"| {title} | |", "|---|---|", *rows]


def cell(text: str) -> str:
    """Return a text as it stands in a cell of a table."""
    return text.replace("|", "\\|").replace("_", "\\_").replace("^", "\\^").replace("*", "\\*")
