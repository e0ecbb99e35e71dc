"""The command line: options in, tables or JSON out.  No formula lives here.

Heavy modules are imported inside the commands, so that ``--version`` and ``--help`` answer at once.
"""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from torusync import __version__, papers
from torusync._checks import as_name, requirement
from torusync._terminal import Command, Commands, called, from_file, progress, show, sweeping, working
from torusync._typed import Solve

if TYPE_CHECKING:
    from torusync.steady.answer import Solver

app = typer.Typer(
    name="torusync",
    cls=Commands,
    help="Quantum synchronization on the torus: how strongly phases lock, why, and at what cost.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_SOLVERS: Final = {
    "auto": "Auto", "collective": "Collective", "cauchy": "Cauchy", "lowrank": "LowRank", "block": "Block",
    "dense": "Dense",
}  # fmt: skip


_PAPERS: Final = "; ".join(f"{name}, {papers.source(name).place}" for name in papers.names())

JsonFlag = Annotated[bool, typer.Option("--json", help="Write everything as JSON; its keys are names of quantities.")]
FullFlag = Annotated[bool, typer.Option("--full", help="Print every quantity, and not only the first lines.")]


def _examples(*lines: str) -> str:
    """Return example lines as they stand below a help text; a backspace keeps each on its line."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def main() -> None:
    """Run the command line."""
    app()


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


@app.command(
    cls=Command,
    short_help="Make the figures of a paper and check its claims.",
    epilog=_examples(
        "torusync reproduce",
        "torusync reproduce --set companion --quick",
        "torusync reproduce --only fig2c --out figures",
    ),
)
def reproduce(
    paper: Annotated[str, typer.Option("--set", help=f"{_PAPERS}.")] = papers.FIRST,
    only: Annotated[
        str | None, typer.Option(help="One figure of the set, such as fig2c, or fig2 for all of it.")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            help=f"Folder for the results; if left out, results, or results-SET for others than the {papers.FIRST}."
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Coarser grids and fewer draws.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Make again what an earlier run left in the folder.")] = False,
) -> None:
    """Make every figure and check every claim of a paper; exit with status 1 if a claim fails.

    What an earlier run of the same version and settings left in the folder is kept, so that an interrupted one goes on.
    """
    from torusync.report import left_out  # noqa: PLC0415
    from torusync.report import reproduce as make  # noqa: PLC0415

    publication = papers.load(paper)
    folder = ("results" if paper == papers.FIRST else f"results-{paper}") if out is None else out
    with progress() as tell:
        results = make(publication, folder, only=only, quick=quick, anew=anew, progress=tell)
    for result in results:
        typer.echo(f"{result.id}  {'holds' if result.passed else 'FAILS'}  {result.claim}")
    left = left_out(publication, folder, quick=quick)
    if left:
        typer.echo(left, err=True)
    failed = [result.id for result in results if not result.passed]
    if results:
        typer.echo(f"{len(results) - len(failed)} of {len(results)} claims hold.")
    typer.echo(f"Report: {str(Path(folder) / 'report.html')!r}")
    if failed:
        typer.echo(f"Claims that fail: {', '.join(failed)}.", err=True)
        raise typer.Exit(1)


@app.command(
    cls=Solve,
    short_help="Solve one machine: S_max with its proof, heat and work.",
    epilog=_examples(
        "torusync solve --drive 0.1,0.1 --n-hot 3 --n-cold 0.5 --gamma-hot 0.05 --gamma-cold 0.2",
        "torusync solve machine.toml --drive '50 MHz' --full",
    ),
)
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

    options = {name: value for name, value in context.meta["typed"].items() if value is not None}
    if machine is not None:
        from_file(context, context.meta["typed"].keys() - options.keys())
    model, values = (ThermalMaser, {}) if machine is None else read_machine(machine)
    levels = max((len(row) for row in values.values() if isinstance(row, list)), default=1)
    for name, value in options.items():  # options win
        values[name] = value.split(",") if isinstance(value, str) and "," in value else value
    if levels > 1 and not any(isinstance(one, list) for one in values.values()):
        values.setdefault("manifold_levels", levels)  # one value in place of a row of them leaves the levels there
    subject = machine_of(values, model)
    system: Any = subject.system
    chosen = _solver(solver)
    with working("solving"):
        state = steady_state(system, solver=chosen)
        bookkeeping = Bookkeeping.DRIVEN if driven else Bookkeeping.BARE
        solution = Solution(state, bookkeeping)
        if driven and not CURRENTS.suits(solution):
            raise requirement(
                "driven", "be left out for a system without heat and work", f"it is a {type(system).__name__}"
            )
        lines = headlines(solution, in_words(subject))
        sections = {"system": describe_machine(subject), **describe(solution)} if full or as_json else {}
    if save is not None:
        called(context, path="--save")
        state.save(save)
    show(lines, sections, units(solution), as_json=as_json)


@app.command(
    cls=Command,
    short_help="Give S_max of a density matrix of your own.",
    epilog=_examples(
        "torusync analyze rho.csv", "torusync analyze rho.npy --set drive=0-1,0-2 --set mutual=1-2 --counts 10000"
    ),
)
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
    found = analyzed(choice, noise, sets or [], full=full or as_json, status=working)
    show(found.lines, found.sections, found.units, as_json=as_json)


@app.command(
    cls=Command,
    short_help="Work a study file off into a store.",
    epilog=_examples(
        "torusync sweep study.toml --dry-run",
        "torusync sweep study.toml --out map.zarr --resume",
        "torusync sweep study.toml --out map.zarr --shard $SLURM_ARRAY_TASK_ID/100",
    ),
)
def sweep(
    context: typer.Context,
    study: Annotated[Path, typer.Argument(help="A TOML file: quantities, axes, fixed, realisations.")],
    out: Annotated[Path | None, typer.Option(help="The Zarr store to write.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a store that is there, or extend it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it will take, and do nothing.")] = False,
    shard: Annotated[str | None, typer.Option(metavar="I/N", help="Every N-th chunk from the I-th on, from 0.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; by default as many as pay.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler that works it off.")
    ] = None,
) -> None:
    """Work a study off, chunk by chunk, into a store that any interrupt leaves whole.

    Shards of one study share a store, which the first of them makes, and need no --resume.
    """
    from torusync.sweeps.jobs import as_shard, estimate, work_off  # noqa: PLC0415
    from torusync.sweeps.studyfile import read_study  # noqa: PLC0415

    called(context, store="--out")
    plan = read_study(study)
    if dry_run:
        with working("timing some of its points"):
            lines = estimate(plan, out if resume else None).lines
    elif out is None:
        raise requirement("out", "be given", "it is missing; --dry-run writes nothing")
    else:
        part = (0, 1) if shard is None else as_shard(shard)
        with sweeping() as tell:
            lines = work_off(plan, out, resume=resume, shard=part, workers=workers, scheduler=scheduler, progress=tell)
    for line in lines:
        typer.echo(line)


@app.command(
    cls=Command,
    short_help="Draw a quantity of a store, or write it as NetCDF or CSV.",
    epilog=_examples(
        "torusync plot map.zarr s_max",
        "torusync plot map.zarr power --at drive=0.1 --out power.pdf --out power.csv",
        "torusync plot map.zarr --out all.nc",
    ),
)
def plot(
    context: typer.Context,
    store: Annotated[Path, typer.Argument(help="A store of torusync sweep, finished or not.")],
    quantity: Annotated[str | None, typer.Argument(help="What is drawn; all of it may be written as .nc.")] = None,
    out: Annotated[list[Path] | None, typer.Option(help="File .png, .svg, .pdf, .nc or .csv; may be repeated.")] = None,
    at: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A point of an axis; repeatable.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Show where a tongue is above it: the locking range.")] = None,
) -> None:
    """Draw a quantity of a store, what failed hatched and what is not proven dotted, or write its numbers."""
    from torusync.plots.saved import choose, locking_lines, save_plot  # noqa: PLC0415
    from torusync.sweeps import open_sweep  # noqa: PLC0415
    from torusync.sweeps.exports import DATA_FILES, with_evidence, write_data  # noqa: PLC0415

    called(context, path="--out")
    ds, lines = choose(open_sweep(store), at or [])
    if quantity is not None:
        ds = with_evidence(ds, quantity)
    for one in out or [Path(f"{store.stem}-{quantity or 'all'}{'.nc' if quantity is None else '.png'}")]:
        if one.suffix.lower() in DATA_FILES:
            write_data(ds, one, runs=store)
        elif quantity is None:
            known = ", ".join(map(str, ds.data_vars))
            raise requirement("quantity", "be named for a picture", f"it is missing; there are {known}")
        else:
            save_plot(ds, quantity, one, threshold=threshold)
        lines.append(f"{str(one)!r}")
    if threshold is not None and quantity is not None:
        lines += locking_lines(ds, quantity, threshold)
    for line in lines:
        typer.echo(line)


@app.command(
    cls=Command,
    short_help="Open the interactive explorer in a browser.",
    epilog=_examples(
        "torusync explore",
        "torusync explore --port 9000 --no-browser --lecture talk.toml",
        "torusync explore --export page.html --along n_hot --along drive=0.001:1:log",
    ),
)
def explore(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Name or address to serve at; others than this machine may reach it.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port; 0 takes any that is free.")] = 8642,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Say the address, and open nothing.")] = False,
    lecture: Annotated[
        Path | None, typer.Option(help="A TOML file of states with captions, which arrow keys step through.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Serve nothing: write the page with its answers inside.")
    ] = None,
    along: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=FIRST:LAST[:log]]", help="A parameter that runs in that file; given twice."),
    ] = None,
    points: Annotated[int, typer.Option(help="Points along each of them.")] = 61,
    preset: Annotated[str | None, typer.Option(help="What stands still in that file.")] = None,
) -> None:
    """Serve a page on which a machine can be played with, and open it in a browser; an interrupt ends it.

    With --export the page becomes one file that opens from disk, with computed points of two parameters.
    """
    called(context, path="--export")
    if export is not None:
        from torusync.explore.cube import export as write_page  # noqa: PLC0415

        with working("solving all points"):
            lines = write_page(export, preset=preset, along=along or [], lecture=lecture, points=points)
        for line in lines:
            typer.echo(line)
        return
    for name, value in {"along": along, "preset": preset}.items():
        if value:
            raise requirement(name, "be given beside --export alone", "the page is served")
    from torusync.explore import serve  # noqa: PLC0415

    warn = functools.partial(typer.echo, err=True)
    serve(host, port, browser=not no_browser, lecture=lecture, tell=typer.echo, warn=warn)


@app.command(cls=Command, short_help="Print what to cite.", epilog=_examples("torusync cite --bibtex"))
def cite(
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As BibTeX.")] = False,
) -> None:
    """Print what to cite: the letter, its companion and this software."""
    from torusync.papers.citation import as_bibtex, as_text  # noqa: PLC0415

    typer.echo(as_bibtex() if bibtex else as_text())


def _solver(name: str) -> "Solver":
    from torusync import steady  # noqa: PLC0415

    solver: Solver = getattr(steady, _SOLVERS[as_name("solver", name.lower(), _SOLVERS)])()
    return solver
