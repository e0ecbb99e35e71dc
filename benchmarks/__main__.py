"""The command line of the benchmarks: measure, print the table, and on demand keep the numbers for the documentation.

The display is refreshed between measurements only; a thread that redraws ten times a second would be timed with them.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import best_known
from benchmarks.environment import machine, versions
from benchmarks.groups import GROUPS
from benchmarks.proof_rows import FOUND, MISSED
from benchmarks.qthermo_rows import AGREEMENT as CURRENTS
from benchmarks.qutip_choice import RESIDUAL
from benchmarks.qutip_rows import AGREEMENT as STATES
from benchmarks.results import DisagreementError, Result, Run
from benchmarks.rows import tasks
from benchmarks.table import text
from benchmarks.timing import LONG, THREADS, Plan
from torusync.conventions import CERTIFIED_GAP
from torusync.files.whole import write_text

KEPT: Final = Path(__file__).parents[1] / "docs" / "benchmarks.json"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    chosen = _parser().parse_args(arguments)
    if chosen.write and (chosen.quick or chosen.only):
        _parser().error("--write keeps whole runs at full size, so it goes without --quick and --only")
    if chosen.best_known and (chosen.quick or chosen.only or chosen.write):
        _parser().error("--best-known searches every state at full size, so it stands alone")
    try:
        if chosen.best_known:
            return search()
        run = measure(quick=chosen.quick, only=chosen.only)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; nothing was written.\n")
        return 130
    except (DisagreementError, best_known.ChangedInstanceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(text(run) + "\n")
    if chosen.write:
        write_text(KEPT, run.to_json())
        sys.stdout.write(f"Kept in {KEPT.relative_to(Path.cwd()) if KEPT.is_relative_to(Path.cwd()) else KEPT}\n")
    return 0


def measure(*, quick: bool = False, only: str | None = None) -> Run:
    """Measure every group, or one."""
    results: list[Result] = []
    started = datetime.now(UTC)
    with _progress() as (tell, step):
        plan = Plan.small(tell) if quick else Plan(tell=tell)
        todo = tasks(plan, only)
        for done, task in enumerate(todo):
            step(done, len(todo), task.group)
            results += task.measure(plan)
    method = {
        "date": started.strftime("%Y-%m-%d %H:%M UTC"),
        "wall time": f"{(datetime.now(UTC) - started).total_seconds():.0f} s",
        "sizes": "quick: small ones, and nothing is judged" if quick else "full",
        "rounds": str(plan.rounds),
        "shortest measurement, by repetition": f"{1e3 * plan.shortest:g} ms",
        "BLAS threads tried": " and ".join(map(str, THREADS)),
        "longest measurement with both thread counts in every round": f"{LONG:g} s",
        "largest residual of a QuTiP method that counts as exact": f"{RESIDUAL:g}",
        "largest difference between an entry of QuTiP's state and of ours": f"{STATES:g}",
        "largest relative difference between qthermo's currents and ours": f"{CURRENTS:g}",
        "relative gap up to which a maximum counts as certified": f"{CERTIFIED_GAP:g}",
        "relative distance within which the best value known counts as found": f"{FOUND:g}",
        "relative distance beyond which one start of L-BFGS has missed it": f"{MISSED:g}",
        "starts of either method behind a best value that is kept and not certified": str(best_known.STARTS),
    }
    return Run(tuple(results), machine(), versions(), method)


def search() -> int:
    """Search the best values of all states again and keep them."""
    values: best_known.Values = {}
    with _progress() as (_, step):
        for name, rows in best_known.searched(step, best_known.kept(best_known.KEPT)):
            values[name] = rows
    best_known.write(values, best_known.KEPT)
    proven = sum(row.proven for rows in values.values() for row in rows)
    sys.stdout.write(f"Best values of {sum(map(len, values.values()))} states kept, {proven} of them certified.\n")
    return 0


@contextmanager
def _progress() -> Iterator[tuple[Callable[[str], None], Callable[[int, int, str], None]]]:
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, auto_refresh=False, disable=not shown) as bar:
        line = bar.add_task("starting", total=None)
        group = ""

        def tell(what: str) -> None:
            bar.update(line, description=f"{group}: {what}", refresh=True)

        def step(done: int, total: int, name: str) -> None:
            nonlocal group
            group = name
            bar.update(line, completed=done, total=total, refresh=True)
            if not shown:
                sys.stderr.write(f"[{done + 1}/{total}] {name}{f': {GROUPS[name]}' if name in GROUPS else ''}\n")

        yield tell, step


def _parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {name:10} {what}" for name, what in GROUPS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time torusync beside its peers and print the table.",
        epilog=f"groups:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds; nothing is judged")
    parser.add_argument("--only", choices=tuple(GROUPS), metavar="GROUP", help="one group of rows")
    parser.add_argument("--write", action="store_true", help="keep the numbers for the documentation")
    parser.add_argument(
        "--best-known", action="store_true", help="search the best values of group proof anew, and stop"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
