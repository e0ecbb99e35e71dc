"""The command line: options in, tables or JSON out.  No formula lives here.

Heavy modules are imported inside the commands, so that ``--version`` and ``--help`` answer at once.
"""

import errno
import functools
import inspect
import io
import json
import os
import sys
from _thread import interrupt_main
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Annotated, Any, Final, ParamSpec

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand
from typer.main import get_command

from torusync import __version__, papers
from torusync._checks import ArgumentError, requirement

if TYPE_CHECKING:
    from torusync.models import Parameter
    from torusync.steady.answer import Solver

P = ParamSpec("P")

app = typer.Typer(
    name="torusync",
    help="Quantum synchronization on the torus: how strongly phases lock, why, and at what cost.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_INTERRUPTED: Final = 130
_WHOLE: Final = "Interrupted; files written so far are whole."
_A_MOMENT: Final = 0.01
"""Seconds: longer than the finaliser that an interrupt fell into."""
_SOLVERS: Final = {
    "auto": "Auto", "collective": "Collective", "cauchy": "Cauchy", "lowrank": "LowRank", "block": "Block",
    "dense": "Dense",
}  # fmt: skip


_PAPERS: Final = "; ".join(f"{name}, {papers.source(name).place}" for name in papers.names())

JsonFlag = Annotated[bool, typer.Option("--json", help="Write everything as JSON; its keys are names of quantities.")]
FullFlag = Annotated[bool, typer.Option("--full", help="Print every quantity, and not only the first lines.")]


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


class _Solve(TyperCommand):
    """The command ``solve``; it asks a model for its options only where it runs or explains itself."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters as declared, those of a maser that can be typed after the first of them."""
        if not any(one.name == "manifold_levels" for one in self.params):
            self.params[1:1] = _options()
        return super().get_params(ctx)

    def invoke(self, ctx: Any) -> Any:
        """Call the command, with what was typed of the model in the context."""
        ctx.meta["typed"] = {one.name: ctx.params.pop(one.name) for one in _options()}
        return super().invoke(ctx)


@functools.cache
def _options() -> list[Any]:
    """Return an option for every parameter of a maser that can be typed."""
    from torusync.models import Kind, ThermalMaser  # noqa: PLC0415
    from torusync.models.laboratory import typable  # noqa: PLC0415

    def declare() -> None: ...

    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=typer.Option(None, help=_told(one)),
            annotation=int | None if one.kind is Kind.COUNT else str | None,
        )
        for name, one in typable(ThermalMaser).items()
    ]
    declare.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    builder = typer.Typer(add_completion=False)
    builder.command()(declare)
    return list(get_command(builder).params)


def _told(parameter: "Parameter") -> str:
    """Return the line of help of one parameter."""
    told = f"{parameter.symbol}, {parameter.about}"
    if parameter.instead is not None:
        told += f", in place of --{parameter.instead.replace('_', '-')}"
    if parameter.axes:
        told += "; one value, or comma-separated ones"
    if parameter.complex:
        told += ", complex allowed"
    default = None if parameter.required else parameter.default
    return f"{told}." if default is None else f"{told}; {default:g} by default."


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
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")
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


@app.command(cls=_Solve)
@_one_sentence
def solve(
    context: typer.Context,
    machine: Annotated[Path | None, typer.Argument(help="A TOML file with the options below as its keys.")] = None,
    solver: Annotated[str, typer.Option(help=f"One of {', '.join(_SOLVERS)}.")] = "auto",
    driven: Annotated[
        bool, typer.Option("--driven", help="Heat and work by the energies of H_0 + V, not by those of H_0.")
    ] = False,
    save: Annotated[Path | None, typer.Option(help="Write the state to this .npz file.")] = None,
    full: FullFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Solve one machine: steady state, S_max with proof, thermodynamics and what S_max says about it, fluctuations.

    Values are in units of ω_1, or all of them carry a unit: --omega-cold "5 GHz" --hot-temperature "1.2 K".  Every
    frequency, rate and coupling in Hz, kHz, MHz, GHz or THz is an f = ω/2π.
    """
    from torusync.models import ThermalMaser, machine_of, read_machine  # noqa: PLC0415
    from torusync.quantities import Solution  # noqa: PLC0415
    from torusync.quantities.entries import CURRENTS  # noqa: PLC0415
    from torusync.quantities.headlines import headlines  # noqa: PLC0415
    from torusync.quantities.summary import describe, describe_machine, in_words, units  # noqa: PLC0415
    from torusync.steady import steady_state  # noqa: PLC0415
    from torusync.thermo import Bookkeeping  # noqa: PLC0415

    model, values = (ThermalMaser, {}) if machine is None else read_machine(machine)
    for name, value in context.meta["typed"].items():  # options win
        if value is not None:
            values[name] = value.split(",") if isinstance(value, str) and "," in value else value
    subject = machine_of(values, model)
    system: Any = subject.system
    chosen = _solver(solver)
    with _status("solving"):
        state = steady_state(system, solver=chosen)
        bookkeeping = Bookkeeping.DRIVEN if driven else Bookkeeping.BARE
        solution = Solution(state, bookkeeping, hertz=subject.unit)
        if driven and not CURRENTS.suits(solution):
            raise requirement(
                "driven", "be left out for a system without heat and work", f"it is a {type(system).__name__}"
            )
        lines = headlines(solution, in_words(subject))
        sections = {"system": describe_machine(subject), **describe(solution)} if full or as_json else {}
    if save is not None:
        state.save(save)
    _show(lines, sections, units(solution), as_json=as_json)


@app.command()
@_one_sentence
def analyze(
    state: Annotated[
        Path,
        typer.Argument(help="A density matrix: .npy, .npz, .csv, .txt, .dat, .tsv, .json, .mat, .h5; saved states."),
    ],
    variable: Annotated[str | None, typer.Option(help="Which one, of a file that holds several by name.")] = None,
    index: Annotated[str | None, typer.Option(help="Which one of a stack, from 0; or all, for a table.")] = None,
    imag: Annotated[Path | None, typer.Option(help="File of the imaginary part, beside one of the real part.")] = None,
    precision: Annotated[
        str | None, typer.Option(help="What the numbers are good for: single, half, or the largest error of an entry.")
    ] = None,
    project: Annotated[
        bool, typer.Option("--project", help="Take the nearest state, in the Frobenius norm, and say how far it is.")
    ] = False,
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=0-1,0-2: coherences that belong together; may be repeated.")
    ] = None,
    counts: Annotated[int | None, typer.Option(help="Repetitions a tomography setting: bootstrap error bars.")] = None,
    covariance: Annotated[Path | None, typer.Option(help="Covariance of the D² real parameters, as a file.")] = None,
    replicates: Annotated[int | None, typer.Option(help="Simulated measurements, 400 if left out.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the bootstrap, 0 if left out.")] = None,
    full: FullFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Give S_max of a state of your own, with its certificate, optimal phases and frustration."""
    from torusync.quantities.analyzed import Choice, Noise, analyzed  # noqa: PLC0415

    choice = Choice(state, variable, index, imag, precision, project)
    noise = Noise(counts, covariance, replicates, seed)
    found = analyzed(choice, noise, sets or [], full=full or as_json, status=_status)
    _show(found.lines, found.sections, found.units, as_json=as_json)


@app.command()
@_one_sentence
def cite(
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As BibTeX.")] = False,
) -> None:
    """Print what to cite: the letter, its companion and this software."""
    from torusync.papers.citation import as_bibtex, as_text  # noqa: PLC0415

    typer.echo(as_bibtex() if bibtex else as_text())


def _solver(name: str) -> "Solver":
    from torusync import steady  # noqa: PLC0415

    if name.lower() not in _SOLVERS:
        raise requirement("solver", f"be one of {', '.join(_SOLVERS)}", f"it is {name!r}")
    solver: Solver = getattr(steady, _SOLVERS[name.lower()])()
    return solver


def _status(text: str) -> Any:
    return Console(stderr=True).status(text)


def _show(
    lines: Sequence[str], sections: Mapping[str, Mapping[str, Any]], units: Mapping[str, str], *, as_json: bool
) -> None:
    """Print the lines and the tables, or all of it as JSON with the units of what has one."""
    if as_json:
        content = {"summary": lines, **sections, "units": units}
        typer.echo(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False))
        return
    from torusync.quantities.summary import titles  # noqa: PLC0415

    width = None if sys.stdout.isatty() else 120
    console = Console(width=width, highlight=False)
    for line in lines:
        console.print(Text(line))
    named = titles()
    for name, values in sections.items():
        title = named.get(name, name.replace("_", " "))
        table = Table(
            title=title, box=None, show_header=False, title_justify="left", pad_edge=False, title_style="bold"
        )
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for one, value in values.items():
            unit = f" {units[one]}" if one in units and value is not None else ""
            table.add_row(Text(one), Text(_cell(value) + unit))
        console.print()
        console.print(table)


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
