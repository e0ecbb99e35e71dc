"""Frozen records that leave the process, or are copied, and come back as frozen as they were.

NumPy unpickles and copies every array writeable, and a read-only mapping cannot be pickled at all.  So a record hands
on its fields alone, with what was read-only marked, and freezes that again on arrival.  What it had worked out and
kept is left behind: it follows from the fields, and is worked out again when asked for.
"""

import sys
from dataclasses import fields
from types import MappingProxyType
from typing import Any, cast

import numpy as np


class Frozen:
    """Base of frozen dataclasses that hold arrays or mappings: pickles, copies and deep copies stay read-only."""

    def _content(self) -> dict[str, Any]:
        """Return what the record is made of, by name: all of it, and nothing that follows from it."""
        return {field.name: getattr(self, field.name) for field in fields(cast("Any", self))}

    def __getstate__(self) -> dict[str, Any]:
        return {name: _marked(value) for name, value in self._content().items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._settle(**{name: _frozen_again(value) for name, value in state.items()})

    def _settle(self, **values: Any) -> None:
        """Give the fields the values that ``__init__`` has checked, all of them and once."""
        vars(self).update(values)


class ByValue(Frozen):
    """Base of frozen records that are equal where their type is, and the values and shapes of all they are made of."""

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, ByValue) and self._key() == other._key())

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return type(self), *map(_by_value, self._content().values())


def _by_value(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        # −0 + 0 is 0: equal numbers have equal bytes
        return value.dtype.str, value.shape, (value + 0.0 if value.dtype.kind in "fc" else value).tobytes()
    return tuple(_by_value(one) for one in value) if isinstance(value, tuple) else value


class _ReadOnly:
    """An array or a dictionary that was read-only, on its way."""

    def __init__(self, content: Any) -> None:
        self.content = content


def _marked(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value if value.flags.writeable else _ReadOnly(value)
    if isinstance(value, MappingProxyType):
        return _ReadOnly({name: _marked(one) for name, one in value.items()})
    if type(value) is tuple:
        return tuple(_marked(one) for one in value)
    return value


def _frozen_again(value: Any) -> Any:
    if type(value) is tuple:
        return tuple(_frozen_again(one) for one in value)
    if not isinstance(value, _ReadOnly):
        return value
    if isinstance(value.content, np.ndarray):
        value.content.setflags(write=False)
        return value.content
    return MappingProxyType({name: _frozen_again(one) for name, one in value.content.items()})


def caller() -> str:
    """Return the name of the module that called the function which asks; nothing where it has none."""
    return str(sys._getframe(2).f_globals.get("__name__", ""))  # noqa: SLF001  (as namedtuple finds its module)
