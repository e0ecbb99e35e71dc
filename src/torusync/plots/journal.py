"""The look of a journal's column, as a local context, and the colours that stand for something.

The style sits on matplotlib's defaults and not on the user's settings, so that a figure looks alike on every machine.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files
from typing import Any, Final

REFRIGERATOR: Final = "#004B87"
ENGINE: Final = "#D55E00"
INK: Final = "#222222"
GREY: Final = "#777777"
"""Blue and orange, told apart in every common form of colour blindness and, the one dark and the other light, in grey.

The blue of the Okabe–Ito set has the luminance of its vermilion: printed in grey the two regimes were one."""

LUMINANCE: Final = (0.2126, 0.7152, 0.0722)
"""What red, green and blue contribute to the grey of a print."""

COLOURS: Final[Mapping[str, str]] = {"refrigerator": REFRIGERATOR, "engine": ENGINE}
MARKERS: Final[Mapping[str, str]] = {"refrigerator": "s", "engine": "o"}
DASHES: Final[Mapping[str, Any]] = {"refrigerator": (0, (5.0, 2.0)), "engine": (0, (2.2, 1.2))}
"""What tells the two regimes apart, with colour and without."""


@contextmanager
def style() -> Iterator[None]:
    """Draw in the journal's style inside ``with ts.style():``; settings are what they were after it.

    Columns 3.4 inches wide, text of 8 points, thin rules.
    """
    import matplotlib.style  # noqa: PLC0415

    # a backend that loads inside may switch interactive drawing on, as that of notebooks does: put back with the other
    # settings, no later figure of the notebook would be shown
    interactive = matplotlib.is_interactive()
    try:
        with (
            as_file(files("torusync.plots") / "torusync.mplstyle") as path,
            matplotlib.style.context(["default", str(path)]),
        ):
            try:
                yield
            finally:
                interactive = matplotlib.is_interactive()
    finally:
        matplotlib.interactive(interactive)
