"""Tables of numbers as text, whoever wrote them: rows of a matrix, parts beside or below each other, kets, stacks.

What separates numbers, where a block ends and which columns are labels is found by trying: a way to split the lines
counts if every entry becomes a number and the rows have one length.  All ways that are left are handed on, and who
takes them decides; an empty cell, a row too short or a word among numbers is refused, because a matrix that is shifted
by one entry may still look like a state.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
import numpy.typing as npt

from torusync.files.numerals import (
    Numeral,
    bare_pair,
    in_parentheses,
    numeral,
    paired,
    printed_precision,
    tightened,
)
from torusync.files.reading import ContentError, Reading, UnreadableError, complex_of

_COMMENT: Final = re.compile(r"[#%]")
_HEADING: Final = re.compile(r".*[A-Za-z].*[:=]|Quantum object\b.*")
"""What programs print above a matrix: Julia its size, MATLAB its name, QuTiP its dimensions."""

_CALL: Final = re.compile(r"\b[a-z]+\((?=\s*\[)|(?<=\])\s*\)$")
_OPENING: Final = re.compile(r"[\[{]")
_CLOSING: Final = re.compile(r"[\]}]\s*,?")
_WORDS: Final = re.compile(r"[^\d]*[A-Za-z][^\d]*|[-=_*\s]{3,}")
"""A line of words or a rule between blocks; what holds a digit is a row, right or wrong."""

_CONSTANTS: Final = re.compile(r"(?i)[-+(),;\s\"'ij]*(?:(?:nan|inf|infinity)[-+(),;\s\"'ij]*)+")
_IMAGINARY: Final = re.compile(r"(?i)(?:\b|_)im(?:ag(?:inary)?)?(?:\b|_)")
_REAL: Final = re.compile(r"(?i)(?:\b|_)re(?:al)?(?:\b|_)")

_SEPARATORS: Final = ((";", "semicolons"), ("\t", "tabs"), (",", "commas"))
_BLANKS: Final = "blanks"

_SWEEP: Final = "# format: torusync sweep"
"""How tables of sweeps begin, which may have as many rows as a stack of matrices."""

_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def decoded(content: bytes) -> str:
    """Return text from bytes: UTF-8, or UTF-16 with a mark or with every other byte zero.

    Raises
    ------
    UnreadableError
        If it is neither.
    """
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and len(content) > 1 and not len(content) % 2:
        for zeros, name in ((content[1::2], "utf-16-le"), (content[::2], "utf-16-be")):
            if not any(zeros):
                encoding = name
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(error) from None


@final
@dataclass(frozen=True)
class _Table:
    """Numbers in rows of one length, and where the blocks that comments and empty lines make of them begin."""

    numbers: list[list[Numeral]]
    starts: tuple[int, ...]
    labels: tuple[str, ...]
    split: str

    def array(self) -> npt.NDArray[np.complex128]:
        return np.array(self.numbers, dtype=np.complex128)


def readings(text: str) -> list[Reading]:
    """Return the ways to read a table of numbers.

    Raises
    ------
    ContentError
        If it is none.
    """
    if text.startswith(_SWEEP):
        raise ContentError(
            "hold a density matrix",
            "holds the table of a sweep, as torusync plot wrote it; torusync explore opens its .nc",
        )
    lines = _lines(paired(text))
    if not any(row for _, row, _ in lines):
        raise ContentError("hold a matrix", "holds no numbers")
    found: list[Reading] = []
    first: ContentError | None = None
    for split, cells in _splits(lines):
        try:
            table = _table(lines, cells, split)
            if _order(table):  # comments say what is what
                return _layouts(table)
            found += _layouts(table)
        except ContentError as error:
            first = first or error
    if found:
        part = _called_part(lines)
        return [replace(one, part="" if one.matrix.imag.any() else part) for one in found]
    assert first is not None
    raise first


def _called_part(lines: list[tuple[int, str, str]]) -> str:
    """Return a line of words that calls what stands there the one part of a matrix, and not the other."""
    for number, row, label in lines:
        if not row and bool(_REAL.search(label)) is not bool(_IMAGINARY.search(label)):
            return f"line {number} says {label.strip()[:20]!r}"
    return ""


def _lines(text: str) -> list[tuple[int, str, str]]:
    """Return number, content and comment of every line; content is empty where a line is a comment or words.

    Brackets end rows, so that a matrix on one line has several of the same number.
    """
    out = []
    lines = [_COMMENT.split(line, maxsplit=1) for line in text.splitlines()]
    # in [a b; c d] of MATLAB a semicolon ends a row
    ending = ";" if sum(len(_OPENING.findall(line[0])) for line in lines) == 1 else None
    for number, (row, *comment) in enumerate(lines, start=1):
        pieces, label = [row.strip()], comment[0] if comment else ""
        if _is_words(pieces[0]):
            pieces, label = [""], pieces[0]
        elif ending or _OPENING.search(row) or _CLOSING.search(row):
            inside = _OPENING.sub(" ", _CLOSING.sub("\n", _CALL.sub("", pieces[0])))
            pieces = [one.strip() for one in (inside.replace(ending, "\n") if ending else inside).split("\n")]
            pieces = [one for one in pieces if one] or [""]
        out += [(number, piece if piece.strip(",;\t\"' ") else "", label) for piece in pieces]
    return out


def _is_words(row: str) -> bool:
    """Whether a line is words or a rule: what holds a digit is a row, right or wrong, but for a heading."""
    if _HEADING.fullmatch(row):
        return True
    return _WORDS.fullmatch(row) is not None and not _CONSTANTS.fullmatch(row) and numeral(row) is None


def _splits(lines: list[tuple[int, str, str]]) -> Iterator[tuple[str, list[list[Numeral | str]]]]:
    """Yield every way to split the rows, in words and as cells that are numbers or else text."""
    rows = [row for _, row, _ in lines if row]
    for mark, name in _SEPARATORS:
        if any(mark in row for row in rows):
            yield f"rows separated by {name}", [_cells(_of_csv(row, mark)) for row in rows]
    split = [tightened(row).split() for row in rows]
    separated = any(mark in row for row in rows for mark, _ in _SEPARATORS)
    if not separated or all(isinstance(cell, Numeral) for cell in _cells(split[-1])[1:]):
        yield f"rows separated by {_BLANKS}", [_cells(row) for row in split]
    if all(any("," in cell for cell in row) for row in split):
        yield "pairs re,im separated by blanks", [[bare_pair(cell) or cell for cell in row] for row in split]


def _of_csv(row: str, mark: str) -> list[str]:
    cells = next(csv.reader([row], delimiter=mark, skipinitialspace=True)) if '"' in row else row.split(mark)
    if not cells[-1].strip():
        cells.pop()
    return cells


def _cells(cells: Iterable[str]) -> list[Numeral | str]:
    # a comma within a cell between commas was quoted, and is a decimal one, too
    return [cell.strip() if (one := numeral(cell, decimal_comma=True)) is None else one for cell in cells]


def _table(lines: list[tuple[int, str, str]], cells: list[list[Numeral | str]], split: str) -> _Table:
    numbers = [number for number, row, _ in lines if row]
    _refuse_parentheses(numbers, cells)
    skipped = 1 if _is_header(cells) else 0
    rows = cells[skipped:]
    labelled = _has_index(rows, skipped)
    rows = [row[1:] if labelled else row for row in rows]
    lengths = sorted({len(row) for row in rows})
    for line, row in zip(numbers[skipped:], rows, strict=True):
        for cell in row:
            if not isinstance(cell, Numeral):
                what = f"has {cell[:20]!r}" if cell else "has an empty entry"
                raise ContentError("hold numbers such as 0.1+0.2j", f"{what} in line {line}")
    if len(lengths) != 1:
        raise ContentError("hold a matrix with rows of one length", f"has rows of lengths {lengths}")
    if (skipped or labelled) and not _fits(len(rows), lengths[0]):
        wrong = next((cell for cell in cells[0] if not isinstance(cell, Numeral)), "")
        raise ContentError("hold numbers such as 0.1+0.2j", f"has {wrong[:20]!r} in line {numbers[0]}")
    starts, labels = _blocks(lines, skipped)
    words = f"{split}, without their labels" if skipped or labelled else split
    return _Table([[cell for cell in row if isinstance(cell, Numeral)] for row in rows], starts, labels, words)


def _refuse_parentheses(numbers: list[int], cells: list[list[Numeral | str]]) -> None:
    for line, row in zip(numbers, cells, strict=True):
        for cell in row:
            # (1) and (2) may be names of levels
            if isinstance(cell, str) and in_parentheses(cell) and not cell.strip("() ").isdigit():
                raise ContentError(
                    "hold numbers such as 0.1+0.2j",
                    f"has {cell[:20]!r} in line {line}, a number in parentheses, which is a negative one to some; "
                    "write it with its sign",
                )


def _is_header(cells: list[list[Numeral | str]]) -> bool:
    """Whether the first row is one of names: words, nothing in the corner, or the numbers of the levels."""
    first, rest = cells[0], cells[1:]
    if not rest:
        return False
    known = [cell for cell in first if isinstance(cell, Numeral)]
    if len(known) < len(first):
        return not known or _counts(known)
    widths = {len(row) for row in rest}
    return _counts(first) and (widths == {len(first) + 1} or (widths == {len(first)} and len(rest) == len(first)))


def _has_index(rows: list[list[Numeral | str]], headed: int) -> bool:
    """Whether the first column is one of names: words, or the numbers of the rows in a table too wide by one."""
    if min((len(row) for row in rows), default=0) < 2:
        return False
    first = [row[0] for row in rows]
    if headed and all(isinstance(cell, str) for cell in first):
        return True
    width = len(rows[0]) - 1
    return len(rows) > 1 and width in {len(rows), 2 * len(rows)} and (_counts(first) or _are_words(first))


def _are_words(cells: Sequence[Numeral | str]) -> bool:
    return all(isinstance(cell, str) and cell for cell in cells)


def _counts(cells: Sequence[Numeral | str]) -> bool:
    """Whether cells are 0, 1, 2 and so on, or begin with 1, as whole numbers."""
    if len(cells) < 2 or any(not isinstance(cell, Numeral) or "." in "".join(cell.parts) for cell in cells):
        return False
    return any(all(complex(cell) == start + place for place, cell in enumerate(cells)) for start in (0, 1))


def _fits(rows: int, width: int) -> bool:
    """Whether a table of such a shape can be a matrix of two levels or more."""
    return min(width, rows) > 1 and (rows == width or 2 * rows == width or (rows % width == 0 and rows > width))


def _blocks(lines: list[tuple[int, str, str]], skipped: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the rows at which blocks begin, and the words in front of each."""
    starts, labels, row, label, fresh = [], [], -skipped, "", True
    for _, content, words in lines:
        if not content:
            label, fresh = f"{label} {words}".strip(), True
            continue
        if fresh and row >= 0:
            starts.append(row)
            labels.append(label)
        label, fresh = ("", False) if row >= 0 else (label, True)
        row += 1
    return tuple(starts), tuple(labels)


def _layouts(table: _Table) -> list[Reading]:
    """Return what the rows of a table may be: a matrix, its parts, a stack of matrices."""
    array = table.array()
    precision = printed_precision(cell for row in table.numbers for cell in row)
    rows, width = array.shape
    if array.size == 1:
        raise ContentError("hold a matrix", "holds a single number")
    found = [Reading(array, table.split, precision)]

    def also(matrix: npt.NDArray[np.complex128], words: str) -> None:
        found.append(Reading(matrix, f"{table.split}, {words}", precision))

    # 0+0j is a whole number, and no part of one
    plain = not any(cell.imaginary for row in table.numbers for cell in row)
    if width == 2 * rows > 2 and plain:
        also(complex_of(array[:, :rows].real, array[:, rows:].real), "the imaginary part right of the real one")
        also(complex_of(array[:, ::2].real, array[:, 1::2].real), "real and imaginary parts in turn")
    if rows > width > 1 and rows % width == 0:
        order = _order(table)
        if rows == 2 * width and plain:
            upper, lower = array[:width].real, array[width:].real
            if order != "imaginary":
                also(complex_of(upper, lower), "the imaginary part below the real one")
            else:
                also(complex_of(lower, upper), "the real part below the imaginary one")
            if not order:
                also(complex_of(array[::2].real, array[1::2].real), "rows of real and imaginary parts in turn")
        if not order:
            also(array.reshape(rows // width, width, width), f"a stack of {rows // width} matrices")
    # a table that is no square is itself only where it is nothing else
    return found[1:] if len(found) > 1 else found


def _order(table: _Table) -> str:
    """Return which part the labels of two square blocks put first, if they say so."""
    width = len(table.numbers[0])
    if table.starts != (0, width) or len(table.numbers) != 2 * width:
        return ""
    first, second = table.labels
    if _IMAGINARY.search(second) and not _IMAGINARY.search(first):
        return "real"
    return "imaginary" if _IMAGINARY.search(first) and _REAL.search(second) else ""
