"""Does any argument of the wrong type end a call in anything but an answer or the library's own sentence?

Every public callable, with right arguments of which one or two are replaced by what nobody meant to hand in.  Laws: a
call returns, and what it returned can be shown and asked; or it raises an `ArgumentError` that is one sentence of the
house, or a `SteadyStateError`.  A missing or unknown argument is Python's own TypeError, an index that is none NumPy's.
Nothing warns, nothing takes long, and no argument is changed.
"""

import re
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib import pyplot as plt
from tests.hunts import doors
from tests.hunts.doors import Door
from tests.hunts.odd_values import ARRAYS, DERIVED, ODD
from tests.hunts.tally import Tally, command
from tests.problems import GRAMMAR, TWO_SENTENCES

import torusync as ts

SEED: Final = 20261300
LIMIT: Final = 20.0
"""Seconds that one call may take."""

LONGEST: Final = 2000
"""Characters of a sentence that somebody reads."""

SOURCE: Final = Path(ts.__file__).parent


class Hangs(BaseException):
    """Raised in a call that takes too long; nothing catches it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer."""

    def stop(*_: object) -> None:
        raise Hangs

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def _seen(value: Any, depth: int = 0) -> Any:
    """Return what an argument looks like, to find out whether a call changed it."""
    if isinstance(value, np.ndarray) and value.dtype != object and value.size < 10**6:
        return value.shape, value.dtype.str, np.asarray(value).tobytes(), value.flags.writeable
    if isinstance(value, list | tuple) and depth < 5:
        return type(value), [_seen(one, depth + 1) for one in value]
    if isinstance(value, dict) and depth < 5:
        return [(id(key), _seen(one, depth + 1)) for key, one in value.items()]
    return id(value) if depth else None


class Call:
    """A door, its arguments, and in words how they came about."""

    def __init__(self, door: Door, arguments: Mapping[str, Any], told: Mapping[str, str], *, unknown: bool) -> None:
        self.door, self.arguments, self.told, self.unknown = door, dict(arguments), dict(told), unknown

    @property
    def words(self) -> str:
        return f"{self.door.name}({', '.join(f'{name} = {what}' for name, what in self.told.items())})"

    def __call__(self) -> Any:
        given, first, named = dict(self.arguments), [], {}
        several = any(one.kind is one.VAR_POSITIONAL for one in self.door.parameters)
        for one in self.door.parameters:
            if one.name not in given:
                continue
            value = given.pop(one.name)
            if one.kind in {one.VAR_POSITIONAL, one.POSITIONAL_ONLY} or (several and one.kind is not one.KEYWORD_ONLY):
                first.append(value)
            else:
                named[one.name] = value
        return self.door.call(*first, **named, **given)


def draw(rng: np.random.Generator, choose: Callable[[np.random.Generator], Door]) -> Call:
    """Return a call with one or two wrong arguments; once in a while one is missing, or nobody knows it."""
    door = choose(rng)
    names = [one.name for one in door.parameters]
    given = [one for one in door.parameters if one.default is one.empty or rng.uniform() < 0.4]
    arguments = {one.name: door.right(one.name) for one in given}
    told: dict[str, str] = {}
    for name in rng.permutation(names)[: 1 if rng.uniform() < 0.7 else 2].tolist():
        told[name], arguments[name] = _odd(rng, door, name)
    unknown = bool(rng.uniform() < 0.03)
    if unknown and rng.uniform() < 0.5 and arguments:
        missing = str(rng.choice(list(arguments)))
        del arguments[missing]
        told[missing] = "missing"
    elif unknown:
        arguments["nobody_knows"] = told["nobody_knows"] = "it"
    return Call(door, arguments, told, unknown=unknown)


def _odd(rng: np.random.Generator, door: Door, name: str) -> tuple[str, Any]:
    """Return a value that is wrong, or a right one with something wrong in it, and what it is called."""
    right = door.right(name)
    if isinstance(right, dict | list | tuple) and right and rng.uniform() < 0.5:
        what, odd = _any(rng, right)
        return f"with {what} inside", _inside(rng, right, odd)
    return _any(rng, right)


def _inside(rng: np.random.Generator, right: Any, odd: Any) -> Any:
    """Return a container with one thing in it replaced, at whatever depth; once in a while the name of one."""
    items = dict(right) if isinstance(right, dict) else dict(enumerate(right))
    key = list(items)[int(rng.integers(len(items)))]
    if (
        isinstance(right, dict)
        and rng.uniform() < 0.2
        and (odd is None or isinstance(odd, str | bytes | int | float | type))
    ):
        return {**right, odd: items[key]}
    deeper = isinstance(items[key], dict | list | tuple) and items[key] and rng.uniform() < 0.7
    items[key] = _inside(rng, items[key], odd) if deeper else odd
    return items if isinstance(right, dict) else type(right)(items.values())


def _any(rng: np.random.Generator, right: Any) -> tuple[str, Any]:
    kind = rng.uniform()
    if kind < 0.1:
        what = str(rng.choice(list(DERIVED)))
        return what, DERIVED[what](right)
    if kind < 0.25:
        what = str(rng.choice(list(doors.world())))
        return f"our {what}", doors.world()[what]
    what = str(rng.choice(list(ODD if kind < 0.8 else ARRAYS)))
    return what, ODD[what]()


def ask(found: Any) -> None:
    """Show an answer and read all that it says of itself; what only then fails was let in by the door."""
    if not type(found).__module__.startswith("torusync") or isinstance(found, doors.KERNELS):
        return
    repr(found)
    for name in dir(type(found)):
        if not name.startswith("_") and isinstance(getattr(type(found), name), property):
            getattr(found, name)


def _where(error: BaseException) -> str:
    """Return the last place in the package that an exception went through."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if Path(one.filename).is_relative_to(SOURCE)]
    if not frames:
        return "outside"
    return f"{Path(frames[-1].filename).relative_to(SOURCE)}:{frames[-1].lineno} {frames[-1].name}"


def _own(error: ts.ArgumentError) -> bool:
    """Whether it is one sentence that fits a terminal."""
    text = str(error)
    # what is quoted may be anything
    said = re.sub(r"'[^']*'", "''", text)
    shown = not any(sign in text for sign in ("\n", "\x1b", "\0"))
    return bool(GRAMMAR.fullmatch(text)) and shown and len(text) <= LONGEST and not TWO_SENTENCES.search(said)


def judge(call: Call, tally: Tally) -> None:
    """Make a call and hold what comes of it against the laws."""
    # `{name}` of a law is where it broke: faults are mended by their kind
    before, start, law = _seen(list(call.arguments.values())), time.perf_counter(), "an answer or our own sentence"
    fault = ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            with limited(LIMIT):
                ask(call())
            tally.counts["answers"] += 1
        except ts.ArgumentError as error:
            tally.counts["sentences"] += 1
            if not _own(error):
                law, fault = "one sentence of the house", f"{_where(error)}, {str(error)!r:.400}"
        except ts.SteadyStateError:
            tally.counts["no steady state"] += 1
        except Hangs as error:
            law, fault = "comes to an end", _where(error)
        except (TypeError, IndexError, ValueError, MemoryError) as error:
            python = call.unknown and isinstance(error, TypeError) and "argument" in str(error)
            python |= callable(call.arguments.get("progress"))  # what it raises is its own
            if not python and not call.door.name.endswith("[]"):
                fault = f"{_where(error)}, {error!r:.200}"
            tally.counts["Python's own"] += not fault
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what is looked for)
            fault = f"{_where(error)}, {error!r:.200}"
    tally.law(f"{law}{' at ' + fault.split(',')[0] if fault else ''}", not fault, lambda: f"{call.words}, {fault}")
    seconds = time.perf_counter() - start
    tally.sample("seconds a call", seconds)
    if seconds > 1.0:
        tally.counts["more than a second"] += 1
    for number in plt.get_fignums()[1:]:  # the first is lent out as `ax`
        plt.close(number)
    tally.law("no argument is changed", before == _seen(list(call.arguments.values())), lambda: call.words)


def chooser() -> Callable[[np.random.Generator], Door]:
    """Return what draws a door that takes arguments."""
    found = [one for one in doors.doors() if one.parameters]
    ends = np.cumsum([one.weight for one in found])
    return lambda rng: found[int(np.searchsorted(ends, rng.uniform(0.0, ends[-1]), side="right"))]


def hunt(count: int, *, seed: int = SEED) -> Tally:
    """Make ``count`` calls, in a folder of their own: some of them write."""
    tally, rng, choose = Tally(), np.random.default_rng(seed), chooser()
    with chdir(doors.FOLDER):
        for _ in range(count):
            judge(draw(rng, choose), tally)
    return tally


if __name__ == "__main__":
    command(partial(hunt, seed=int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else SEED), 25000)
