"""What a terminal is told, and with which exit status: sentences, progress and tables.  No command, no formula.

Whatever goes wrong is one sentence in the grammar of the library, about the option as it was typed.  The status is 1
where a claim fails and nowhere else, 2 for a refusal, 130 for an interrupt and 143 for SIGTERM, 141 where nobody reads
on, and 70 for a fault of ours, which alone shows a traceback.
"""

import errno
import gc
import io
import json
import math
import os
import re
import signal
import sys
import threading
import traceback
from _thread import interrupt_main
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Timer
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from torusync._checks import ArgumentError, requirement
from torusync._errors import did_you_mean

if TYPE_CHECKING:
    from torusync.sweeps import Progress

_REFUSED: Final = 2
_FAULT: Final = 70
_INTERRUPTED: Final = 130
_TERMINATED: Final = 143
_UNREAD: Final = 141
_WHOLE: Final = "Interrupted; files written so far are whole."
_ENDED: Final = "Ended by SIGTERM; files written so far are whole."
_NOW_AND_THEN: Final = 10.0
"""Seconds between two lines where nobody watches."""
_A_MOMENT: Final = 0.01
"""Seconds: longer than the finaliser that an interrupt fell into."""
_IN_FILE: Final = "torusync.in_file"
_CALLED: Final = "torusync.called"
_QUOTED: Final = re.compile(r"`([^`]+)`")


class Commands(TyperGroup):
    """The commands, where every way to end has its sentence and its status."""

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run the command line and exit."""
        os.environ.pop("MPLBACKEND", None)  # a notebook's backend, or a misspelt one: nothing here opens a window
        hook, sys.unraisablehook = sys.unraisablehook, _deliver_again
        before = _heed_termination()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal without Greek letters shows ?, not a traceback
        try:
            sys.exit(_status_of(lambda: super(Commands, self).main(*args, **(settings | {"standalone_mode": False}))))
        finally:
            if sys.unraisablehook is _clear_away:
                gc.collect()
            sys.unraisablehook = hook
            if before is not None:
                signal.signal(signal.SIGTERM, before)


def _status_of(run: Callable[[], object]) -> int:
    """Return the exit status of a run, after a sentence where it is due."""
    try:
        found = run()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()  # the disk may be full only now
    except (KeyboardInterrupt, typer.Abort):  # before or after a command of ours
        sys.unraisablehook = _clear_away
        return _say(*_how_it_ended())
    except OSError as error:
        return _lost(error)
    except SystemExit as end:  # typer's, with status 1 where nobody reads on
        return _lost(end.__context__) if isinstance(end.__context__, OSError) else int(end.code or 0)
    except Exception as error:  # noqa: BLE001 - Python's own end of a fault is status 1, which means a claim
        return _say(_usage(error), _REFUSED) if hasattr(error, "format_message") else _fault()
    if found == _INTERRUPTED and not _said_to_end.is_set():  # typer's, of one that came between its own lines
        sys.unraisablehook = _clear_away
        return _say(*_how_it_ended())
    return found if isinstance(found, int) else 0


def _fault() -> int:
    traceback.print_exc()
    return _FAULT


def _say(sentence: str, status: int) -> int:
    typer.echo(_printable(sentence), err=True)
    return status


def _lost(error: OSError) -> int:
    """Return the status where output could not be written, and make sure that nothing tries again."""
    with suppress(io.UnsupportedOperation, AttributeError):  # a stream that is no file of the system
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _UNREAD if error.errno == errno.EPIPE else _say(_unwritable(error), _REFUSED)


def _unwritable(error: OSError) -> str:
    where = "what they are written to" if error.filename is None else repr(str(error.filename))
    reason = error.strerror or str(error).splitlines()[0]
    return f"Files must be readable and writable, but {where} is not ({reason})."


def _usage(error: Any) -> str:
    """Return the sentence for a command that cannot be read, or what helps where none was typed.

    Typer brings a click of its own from some version on, so errors are known by what they offer.
    """
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error.format_message())
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    command = "torusync" if context is None else " ".join(["torusync", *context.command_path.split()[-1:]])
    command = command if context is not None and context.parent is not None else "torusync"
    said = error.format_message().partition("Did you mean")[0].strip().rstrip(".")
    but = f"{said[:1].lower()}{said[1:]}"
    if parameter is not None:
        missing = type(error).__name__.startswith("Missing")
        must, but = ("be given", "it is missing") if missing else ("be readable", but.partition(": ")[2] or but)
        if "integer" in but:
            must, but = "be a whole number", "it is none"
        return str(requirement(_typed(parameter), must, f"{but}; see {command} --help"))
    word, known = _unknown(error, context)
    if word is None:
        return str(requirement(command, "be used as its --help says", but))
    hint = did_you_mean(word, known) or f"see {command} --help"
    return str(requirement(word, f"be one of {command}'s words", f"it is none ({hint})"))


def _unknown(error: Any, context: Any) -> tuple[str | None, list[str]]:
    """Return the option or the command that there is none of, and what there is."""
    if hasattr(error, "possibilities"):
        return error.option_name, [word for one in context.command.get_params(context) for word in one.opts]
    found = re.search(r"No such command '(.*?)'", error.format_message())
    return (found[1], context.command.list_commands(context)) if found else (None, [])


def _typed(parameter: Any) -> str:
    """Return a parameter of the command line as it is typed: --n-hot, or MACHINE."""
    option = str(max(parameter.opts, key=len))
    return option if option.startswith("-") else str(parameter.metavar or parameter.name.upper())


def called(context: Any, **names: str) -> None:
    """Note what the command line calls an argument of the library: ``path="--save"``."""
    context.meta[_CALLED] = names


def from_file(context: Any, names: Iterable[str]) -> None:
    """Note which parameters a file gives: an error names them as they stand there, not as options."""
    context.meta[_IN_FILE] = frozenset(names)


def _as_typed(sentence: str, context: Any) -> str:
    """Return the sentence about the options as they are typed."""
    options: dict[str, str] = dict(context.meta.get(_CALLED, {}))
    for one in context.command.get_params(context):
        if one.name is not None and one.name not in context.meta.get(_IN_FILE, ()) and _typed(one).startswith("-"):
            options |= {one.name: _typed(one), _typed(one).lstrip("-"): _typed(one)}
    sentence = _QUOTED.sub(lambda found: f"`{options.get(found[1], found[1])}`", sentence)
    long = [name for name in options if "_" in name]
    return (
        re.sub(rf"(?<![\w`-])({'|'.join(long)})(?![\w`-])", lambda found: options[found[1]], sentence)
        if long
        else sentence
    )


class Command(TyperCommand):
    """A command whose errors are one sentence on stderr and status 2, and an interrupt what is there and its status."""

    def invoke(self, ctx: Any) -> Any:
        """Call the command."""
        from torusync.steady import SteadyStateError  # noqa: PLC0415

        try:
            return super().invoke(ctx)
        except (ArgumentError, SteadyStateError) as error:
            sentence, status = _as_typed(str(error), ctx), _REFUSED
        except MemoryError:
            sentence, status = "The task must fit in memory, but it does not; take fewer levels.", _REFUSED
        except KeyboardInterrupt as error:
            sys.unraisablehook = _clear_away
            ended, status = _how_it_ended()
            sentence = " ".join([ended, *getattr(error, "__notes__", ())])
        raise typer.Exit(_say(sentence, status))


_told_to_end: Final = threading.Event()
_said_to_end: Final = threading.Event()


def _heed_termination() -> Any:
    """Take SIGTERM, by which queues of clusters end a job, for an interrupt; return what it was taken for before.

    Where a program that calls this one heeds it, or this is no main thread, that stays: None.
    """
    _told_to_end.clear()
    _said_to_end.clear()
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return None

    def end(*_: object) -> None:
        _told_to_end.set()
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # handed down by a shell that runs it in the background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    return signal.signal(signal.SIGTERM, end)


def _how_it_ended() -> tuple[str, int]:
    """Return the sentence of an interrupt, which is then taken for said, and its status."""
    _said_to_end.set()
    return (_ENDED, _TERMINATED) if _told_to_end.is_set() else (_WHOLE, _INTERRUPTED)


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


def _clear_away(lost: "sys.UnraisableHookArgs") -> None:
    """Say nothing of what an interrupt left half made: a finaliser that misses what was not set yet is no fault."""
    del lost


@contextmanager
def progress() -> Iterator[Callable[[int, int, str], None]]:
    """Yield what is told (steps done, steps in all, what comes next): a bar, or a line a step where nobody watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total, text: typer.echo(f"{done} of {total}: {text}", err=True)
        return
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda done, total, text: bar.update(task, completed=done, total=total, description=text)


@contextmanager
def sweeping() -> Iterator[Callable[["Progress"], None]]:
    """Yield what is told how far a sweep is: a bar with points/s and time left, or a line now and then."""
    console = Console(stderr=True)
    if not console.is_terminal:
        told = 0.0

        def line(now: "Progress") -> None:
            nonlocal told
            if now.seconds >= told + _NOW_AND_THEN:
                told = now.seconds
                typer.echo(f"{now.done:,} of {now.points:,} points, {_pace(now)}", err=True)

        yield line
        return
    columns = TextColumn("{task.completed:,} of {task.total:,} points"), BarColumn(), TextColumn("{task.description}")
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=0)
        yield lambda now: bar.update(task, completed=now.done, total=now.points, description=_pace(now))


def _pace(now: "Progress") -> str:
    rate = now.done / max(now.seconds, 1e-9)
    left = timedelta(seconds=math.ceil((now.points - now.done) / max(rate, 1e-9)))
    return f"{rate:,.3g} points/s, {left} left" if rate < 1e3 else f"{rate:,.0f} points/s, {left} left"


class _Console(Console):
    """A console that tells a reader who has enough from a fault, for which rich exits with status 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def working(text: str) -> Any:
    """Return a context in which a terminal says what is being done."""
    return Console(stderr=True).status(text)


def show(
    lines: Sequence[str], sections: Mapping[str, Mapping[str, Any]], units: Mapping[str, str], *, as_json: bool
) -> None:
    """Print the lines and the tables, or all of it as JSON with the units of what has one."""
    if as_json:
        given = {name for values in sections.values() for name in values}
        content = {"summary": lines, **sections, "units": {one: unit for one, unit in units.items() if one in given}}
        typer.echo(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False))
        return
    if sys.stdout is None:
        return
    from torusync.quantities.summary import titles  # noqa: PLC0415

    console = _Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    for line in lines:
        console.print(Text(_printable(line)))
    named = titles()
    for name, values in sections.items():
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for one, value in values.items():
            unit = f" {units[one]}" if one in units and value is not None else ""
            table.add_row(Text(_printable(one)), Text(_printable(_cell(value)) + unit))
        console.print()
        # a title of the table would wrap to the width of its columns
        console.print(Text(named.get(name, name.replace("_", " ")), style="bold"))
        console.print(table)


def _printable(text: str) -> str:
    """Return a text whose control characters are written out: a name in a file must not move the cursor."""
    return "".join(one if one.isprintable() or one == "\n" else repr(one)[1:-1] for one in text)


def _cell(value: Any) -> str:
    """Return a value as a person reads it."""
    match value:
        case None | bool():
            text = {None: "–", True: "yes", False: "no"}[value]
        case float():
            text = f"{value:.10g}"
        case {"re": real, "im": imag}:
            text = f"{real:.6g}{imag:+.6g}j"
        case {"first": first, "length": length}:
            text = f"{', '.join(_cell(one) for one in first[:6])}, … ({length} values)"
        case Mapping():
            text = ", ".join(f"{name} {_cell(one)}" for name, one in value.items())
        case list():
            nested = any(isinstance(one, dict) and "re" not in one for one in value)
            text = ("\n" if nested else ", ").join(_cell(one) for one in value)
        case _:
            text = str(value)
    return text
