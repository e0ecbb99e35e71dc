"""The table, as text for the terminal and as Markdown for the documentation, from the same cells.

Only the standard library is imported, as in `benchmarks.results`.
"""

from collections.abc import Callable, Iterable
from typing import Final

from benchmarks.results import EXPONENT, MEMORY, MORE_IS_BETTER, RATIO, SECONDS, SHARE, Result, Run, Side

HEADER: Final = ("what", "torusync", "peer", "figure", "target", "verdict")

VERDICTS: Final = {True: "met", False: "MISSED", None: "no target"}

TRIED: Final = {
    "single": (
        "One solve is some two hundred calls of NumPy, each a microsecond before it computes anything; LAPACK takes a "
        "twentieth of the time at 20 levels and a quarter at 60. Tried: positivity from the residual instead of a "
        "spectrum, one check an argument, no limit on BLAS threads where OpenBLAS stays on one by itself (all kept); "
        "Cholesky factors of the quasi-definite system and low rank (no faster below 100 and 150 levels). What is left "
        "is compiled code. QuTiP's default is slower than its best by the factors that the notes show."
    ),
}
"""What was tried where a target of a group is missed; shown only then."""

_SCALES: Final = ((1.0, "s"), (1e-3, "ms"), (1e-6, "μs"), (1e-9, "ns"))


def text(run: Run) -> str:
    """Return the table for a terminal, group by group, notes below their row."""
    rows = [_cells(result) for result in run.results]
    widths = [max(map(len, column)) for column in zip(HEADER, *rows, strict=True)]
    lines = [_joined(HEADER, widths), _joined(("-" * width for width in widths), widths)]
    group = ""
    for result, row in zip(run.results, rows, strict=True):
        if result.group != group:
            group = result.group
            lines.append(f"[{group}]")
        lines.append(_joined(row, widths))
        lines += [f"    {note}" for note in result.notes]
    lines += [f"[{group}] {tried}" for group, tried in _tried(run).items()]
    return "\n".join([*lines, "", summary(run)])


def markdown(run: Run, escape: Callable[[str], str]) -> list[str]:
    """Return one Markdown table a group."""
    lines: list[str] = []
    group = ""
    for result in run.results:
        if result.group != group:
            group = result.group
            lines += ["", f"### {escape(group)}", "", f"| {' | '.join(HEADER)} |", "|---" * len(HEADER) + "|"]
        what, *others = map(escape, _cells(result))
        notes = "".join(f"<br>*{escape(note)}*" for note in result.notes)
        lines.append(f"| {what}{notes} | {' | '.join(others)} |")
    for group, tried in _tried(run).items():
        lines += ["", f"**{escape(group)}.** {escape(tried)}"]
    return lines


def _tried(run: Run) -> dict[str, str]:
    missed = {result.group for result in run.results if result.met is False}
    return {group: tried for group, tried in TRIED.items() if group in missed}


def summary(run: Run) -> str:
    """Say how many targets are met, and which are not."""
    judged = [result for result in run.results if result.met is not None]
    missed = [f"{result.group}, {result.name}" for result in judged if not result.met]
    if not judged:
        return "No row was judged."
    said = f"{len(judged) - len(missed)} of {len(judged)} targets met."
    return f"{said} Missed: {'; '.join(missed)}." if missed else said


def figure(unit: str, value: float) -> str:
    """Return a figure with its unit."""
    plain = _plain(value)
    written = {RATIO: f"{plain}×", SECONDS: f"{plain} s", MEMORY: f"{plain} GiB", EXPONENT: f"N^{value:.2f}"}
    return {**written, SHARE: f"{_plain(100.0 * value)} %"}[unit]


def _cells(result: Result) -> tuple[str, ...]:
    if result.target is None:
        target = "–"
    else:
        target = f"{'≥' if result.unit in MORE_IS_BETTER else '≤'} {figure(result.unit, result.target)}"
    return (
        result.name,
        _ours(result),
        "–" if result.peer is None else _timed(result.peer, named=True),
        f"{figure(result.unit, result.value)} ({_range(result)})",
        target,
        VERDICTS[result.met],
    )


def _range(result: Result) -> str:
    """Return the spread over the rounds; of a share, the states behind it."""
    if result.unit == SHARE:
        return f"{sum(result.samples):.0f} of {len(result.samples)}"
    low, high = map("{:.2f}".format if result.unit == EXPONENT else _plain, result.spread)
    return f"{low}–{high}"


def _ours(result: Result) -> str:
    """Return our time where a peer's stands beside it; of a cost in seconds the figure is that time already."""
    if result.ours is None:
        return "–"
    return _timed(result.ours, named=False) if result.peer else _threads(result.ours)


def _threads(side: Side) -> str:
    return f"{side.threads} thread{'s' if side.threads > 1 else ''}"


def duration(seconds: float, *others: float) -> tuple[str, ...]:
    """Return a time with its unit, and others in that unit without it."""
    scale, unit = next((pair for pair in _SCALES if seconds >= pair[0]), _SCALES[-1])
    return f"{_plain(seconds / scale)} {unit}", *(_plain(one / scale) for one in others)


def _timed(side: Side, *, named: bool) -> str:
    median, low, high = duration(side.median, *side.spread)
    label = f"{side.label}: " if named else ""
    return f"{label}{median} ({low}–{high}), {_threads(side)}"


def _plain(value: float) -> str:
    """Return three digits, never in powers of ten."""
    return f"{value:.0f}" if abs(value) >= 100.0 else f"{value:.3g}"


def _joined(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
