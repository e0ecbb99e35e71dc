"""The command line: options in, tables or JSON out.  No formula lives here.

Heavy modules are imported inside the commands, so that ``--version`` and ``--help`` answer at once.
"""

import errno
import functools
import io
import json
import os
import sys
from _thread import interrupt_main
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Annotated, Any, Final, ParamSpec

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from torusync import __version__, papers
from torusync._checks import ArgumentError, requirement

if TYPE_CHECKING:
    from torusync.steady.solution import Solver

P = ParamSpec("P")

app = typer.Typer(
    name="torusync",
    help="Quantum synchronization on the torus: how strongly phases lock, why, and at what cost.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
)

_INTERRUPTED: Final = 130
_WHOLE: Final = "Interrupted; files written so far are whole."
_A_MOMENT: Final = 0.01
"""Seconds: longer than the finaliser that an interrupt fell into."""
_SOLVERS: Final = {
    "auto": "Auto", "collective": "Collective", "cauchy": "Cauchy", "lowrank": "LowRank", "block": "Block",
    "dense": "Dense",
}  # fmt: skip

_INTERPLAY: Final = "interplay of sets of coherences, in pair sums"


_PAPERS: Final = "; ".join(f"{name}, {papers.source(name).place}" for name in papers.names())

JsonFlag = Annotated[bool, typer.Option("--json", help="Write JSON instead of tables.")]


def _one_sentence(command: Callable[P, None]) -> Callable[P, None]:
    """Turn the library's errors into one sentence on stderr and exit status 2, an interrupt into status 130."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        from torusync.steady import SteadyStateError  # noqa: PLC0415

        try:
            command(*args, **kwargs)
        except (ArgumentError, SteadyStateError) as error:
            raise _refuse(str(error)) from None
        except MemoryError:
            raise _refuse("The task must fit in memory, but it does not; take fewer levels or replicates.") from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # whoever read the output has enough; click leaves quietly
            where = "the disk" if error.filename is None else repr(str(error.filename))
            raise _refuse(f"Files must be readable and writable, but {where} is not ({error.strerror}).") from None
        except KeyboardInterrupt:
            typer.echo(_WHOLE, err=True)
            raise typer.Exit(_INTERRUPTED) from None

    return guarded


def _refuse(sentence: str) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(2)


def _deliver_again(lost: "sys.UnraisableHookArgs") -> None:
    """Interrupt once more where Python has dropped an interrupt.

    One that falls into a finaliser or the callback of a weak reference, and imports are full of both, is printed as
    ignored and the command would go on.  It cannot be raised from here either, so it comes again a moment later.
    """
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    again = Timer(_A_MOMENT, interrupt_main)
    again.daemon = True
    again.start()


def main() -> None:
    """Run the command line."""
    sys.unraisablehook = _deliver_again
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows ?, not a traceback
    try:
        app()
    except KeyboardInterrupt:  # before or after a command of ours
        typer.echo(_WHOLE, err=True)
        sys.exit(_INTERRUPTED)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"torusync {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Quantum synchronization on the torus."""


@app.command()
@_one_sentence
def reproduce(
    paper: Annotated[str, typer.Option("--set", help=f"{_PAPERS}.")] = papers.FIRST,
    only: Annotated[str | None, typer.Option(help="One figure of the set, such as fig2c.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help=f"Folder for the results; if left out, results, or results-SET for others than the {papers.FIRST}."
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Coarser grids and fewer draws.")] = False,
) -> None:
    """Make every figure and check every claim of a paper; exit with status 1 if a claim fails."""
    from torusync.report import reproduce as make  # noqa: PLC0415

    publication = papers.load(paper)
    folder = out if out is not None else Path("results" if paper == papers.FIRST else f"results-{paper}")
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=None)

        def tell(done: int, total: int, text: str) -> None:
            bar.update(task, completed=done, total=total, description=text)

        results = make(publication, folder, only=only, quick=quick, progress=tell)
    for result in results:
        typer.echo(f"{result.id}  {'holds' if result.passed else 'FAILS'}  {result.claim}")
    failed = [result.id for result in results if not result.passed]
    if results:
        typer.echo(f"{len(results) - len(failed)} of {len(results)} claims hold.")
    typer.echo(f"Report: {folder / 'report.html'}")
    if failed:
        typer.echo(f"Claims that fail: {', '.join(failed)}.", err=True)
        raise typer.Exit(1)


@app.command()
@_one_sentence
def solve(
    machine: Annotated[Path | None, typer.Argument(help="A TOML file with the options below as its keys.")] = None,
    levels: Annotated[int | None, typer.Option(help="Number N of manifold levels.")] = None,
    drive: Annotated[str | None, typer.Option(help="λ, or a comma-separated list of λ_j; complex allowed.")] = None,
    n_hot: Annotated[str | None, typer.Option(help="Bose occupation of the hot bath, or one a level.")] = None,
    n_cold: Annotated[str | None, typer.Option(help="Bose occupation of the cold bath.")] = None,
    hot_temperature: Annotated[str | None, typer.Option(help="Instead of --n-hot: k_B T/ħω_1, or in K.")] = None,
    cold_temperature: Annotated[str | None, typer.Option(help="Instead of --n-cold: k_B T/ħω_1, or in K.")] = None,
    gamma_hot: Annotated[str | None, typer.Option(help="γ_h, coupling to the hot bath.")] = None,
    gamma_cold: Annotated[str | None, typer.Option(help="γ_c, coupling to the cold bath.")] = None,
    omega_cold: Annotated[str | None, typer.Option(help="ω_1; with a unit, every value needs one.")] = None,
    omega_hot: Annotated[str | None, typer.Option(help="ω_2, the lowest manifold level; 3 ω_1 by default.")] = None,
    splittings: Annotated[str | None, typer.Option(help="Comma-separated ω_j − ω_2.")] = None,
    spread: Annotated[str | None, typer.Option(help="ω_{N+1} − ω_2 of equally spaced levels.")] = None,
    detuning: Annotated[str | None, typer.Option(help="Ω − (ω̄ − ω_1).")] = None,
    dipole_correlation: Annotated[
        str | None, typer.Option(help="p of the hot dipoles, P_ij = p; 0 by default.")
    ] = None,
    solver: Annotated[str, typer.Option(help=f"One of {', '.join(_SOLVERS)}.")] = "auto",
    driven: Annotated[
        bool, typer.Option("--driven", help="Heat and work by the energies of H_0 + V, not by those of H_0.")
    ] = False,
    save: Annotated[Path | None, typer.Option(help="Write the state to this .npz file.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Solve one machine: steady state, S_max with proof, thermodynamics and what S_max says about it, fluctuations.

    Values are in units of ω_1, or all of them carry a unit: --omega-cold "5 GHz" --hot-temperature "1.2 K".  Every
    frequency, rate and coupling in Hz, kHz, MHz, GHz or THz is an f = ω/2π.
    """
    from torusync.analysis import summary  # noqa: PLC0415
    from torusync.models.laboratory import machine_from_quantities  # noqa: PLC0415
    from torusync.phases import synchronization  # noqa: PLC0415
    from torusync.steady import steady_state  # noqa: PLC0415
    from torusync.thermo import Bookkeeping, synchronization_bounds, thermodynamics  # noqa: PLC0415

    typed = {
        "drive": drive, "n_hot": n_hot, "n_cold": n_cold, "hot_temperature": hot_temperature,
        "cold_temperature": cold_temperature, "gamma_hot": gamma_hot, "gamma_cold": gamma_cold,
        "omega_cold": omega_cold, "omega_hot": omega_hot, "splittings": splittings, "spread": spread,
        "detuning": detuning, "dipole_correlation": dipole_correlation,
    }  # fmt: skip
    quantities, count = _quantities(machine, typed, levels)
    subject = machine_from_quantities(quantities, count)
    chosen = _solver(solver)
    with _status("solving"):
        state = steady_state(subject.maser, solver=chosen)
        sync = synchronization(state)
        flows = thermodynamics(state, bookkeeping=Bookkeeping.DRIVEN if driven else Bookkeeping.BARE)
        together = summary.describe_interplay(state)
        bounds, fluctuations = synchronization_bounds(state, sync=sync), summary.describe_fluctuations(state)
    if save is not None:
        state.save(save)
    unit = "in units of ω_1" if subject.maser.omega_cold == 1.0 else "in the unit that ω_1 is given in"
    _show(
        {
            f"machine, {unit}": summary.describe_machine(subject),
            "steady state": summary.describe_state(state),
            "synchronization": summary.describe_synchronization(sync),
            _INTERPLAY: together,
            "thermodynamics": summary.describe_thermodynamics(flows),
            "bounds by S_max, bare energies": summary.describe_bounds(bounds),
            "fluctuations, quanta from the hot bath": fluctuations,
        },
        as_json=as_json,
    )


@app.command()
@_one_sentence
def analyze(
    state: Annotated[Path, typer.Argument(help="A density matrix: .npy, .csv, .json, .mat; or a saved .npz state.")],
    variable: Annotated[str | None, typer.Option(help="Variable of a .mat file that holds several.")] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=0-1,0-2: coherences that belong together; may be repeated.")
    ] = None,
    counts: Annotated[int | None, typer.Option(help="Repetitions a tomography setting: bootstrap error bars.")] = None,
    covariance: Annotated[Path | None, typer.Option(help="Covariance of the D² real parameters, as a file.")] = None,
    replicates: Annotated[int, typer.Option(help="Simulated measurements of the bootstrap.")] = 400,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Give S_max of a state of your own, with its certificate, optimal phases and frustration."""
    from torusync.analysis import bootstrap_counts, bootstrap_covariance, read_matrix, summary  # noqa: PLC0415
    from torusync.analysis.pairs import sets_from_text  # noqa: PLC0415
    from torusync.densities import density_of  # noqa: PLC0415
    from torusync.phases import synchronization  # noqa: PLC0415
    from torusync.steady import load_state  # noqa: PLC0415

    if counts is not None and covariance is not None:
        raise requirement("counts", "be left out beside `covariance`", "both are given")
    named = sets_from_text(sets or [])
    saved = state.suffix.lower() == ".npz"
    if saved and variable is not None:
        raise requirement("variable", "be left out for a saved state", f"it is {variable!r}")
    subject: Any = load_state(state) if saved else read_matrix(state, variable=variable, name="state")
    density = density_of(subject)
    if density.batch_shape:
        raise requirement("state", "hold one density matrix", f"it holds a batch of shape {density.batch_shape}")
    with _status("searching the maximum"):
        sync = synchronization(subject)
    sections = {"synchronization": summary.describe_synchronization(sync)}
    sections["frustration of phase preferences"] = summary.describe_frustration(subject, density.dimension)
    with _status("comparing sets of coherences"):
        together = summary.describe_interplay(subject, named)
    if together:
        sections[_INTERPLAY] = together
    if counts is not None or covariance is not None:
        with _status("simulating measurements"):
            if counts is not None:
                bars = bootstrap_counts(subject, counts, replicates=replicates, seed=seed)
            else:
                matrix = read_matrix(Path(str(covariance)), name="covariance")
                if matrix.imag.any():
                    raise requirement("covariance", "be real", "it is complex")
                bars = bootstrap_covariance(subject, matrix.real, replicates=replicates, seed=seed)
        sections["error bars"] = summary.describe_error_bars(bars)
    _show(sections, as_json=as_json)


@app.command()
@_one_sentence
def cite(
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As BibTeX.")] = False,
) -> None:
    """Print what to cite: the letter, its companion and this software."""
    from torusync.papers.citation import as_bibtex, as_text  # noqa: PLC0415

    typer.echo(as_bibtex() if bibtex else as_text())


def _quantities(
    machine: Path | None, typed: Mapping[str, str | None], levels: int | None
) -> tuple[dict[str, Any], int]:
    """Join file and options, options winning; return them with the number of levels, said or counted."""
    from torusync.analysis import read_machine  # noqa: PLC0415

    content = {} if machine is None else read_machine(machine)
    for name, value in typed.items():
        if value is not None:
            parts = value.split(",")
            content[name] = parts if len(parts) > 1 else value
    count = levels if levels is not None else content.get("levels")
    content.pop("levels", None)
    if count is None:
        lists = (content.get(name) for name in ("drive", "n_hot", "splittings"))
        count = max((len(one) for one in lists if isinstance(one, list)), default=1)
    return content, count


def _solver(name: str) -> "Solver":
    from torusync import steady  # noqa: PLC0415

    if name not in _SOLVERS:
        raise requirement("solver", f"be one of {', '.join(_SOLVERS)}", f"it is {name!r}")
    solver: Solver = getattr(steady, _SOLVERS[name])()
    return solver


def _status(text: str) -> Any:
    return Console(stderr=True).status(text)


def _show(sections: Mapping[str, Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        content = {title.split(",")[0].replace(" ", "_"): values for title, values in sections.items()}
        typer.echo(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False))
        return
    width = None if sys.stdout.isatty() else 120
    console = Console(width=width, highlight=False)
    for title, values in sections.items():
        table = Table(
            title=title, box=None, show_header=False, title_justify="left", pad_edge=False, title_style="bold"
        )
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in values.items():
            table.add_row(Text(name.replace("_", " ")), Text(_cell(value)))
        console.print(table)
        console.print()


def _cell(value: Any) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, Mapping):
        if set(value) == {"re", "im"}:
            return f"{value['re']:.6g}{value['im']:+.6g}j"
        if set(value) == {"first", "length"}:
            return f"{', '.join(_cell(one) for one in value['first'][:6])}, … ({value['length']} values)"
        return ", ".join(f"{name} {_cell(one)}" for name, one in value.items())
    if isinstance(value, list):
        nested = any(isinstance(one, dict) and "re" not in one for one in value)
        return (os.linesep if nested else ", ").join(_cell(one) for one in value)
    return str(value)
