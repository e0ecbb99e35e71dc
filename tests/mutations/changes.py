"""What is changed: signs, comparisons, terms, factors, constants, masks, and the larger for the smaller of two."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_COMPARISONS = {ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
                ast.Eq: ("==", "!="), ast.NotEq: ("!=", "==")}  # fmt: skip
_OPERATORS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
              ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&")}  # fmt: skip
_NAMES = {"maximum": "minimum", "max": "min", "argmax": "argmin", "any": "all"}
_NAMES |= {new: old for old, new in _NAMES.items()}
_LEFT_ALONE = (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom, ast.arg)
_SHOWN = {"__repr__", "__str__", "sentence"}

Edit = tuple[int, int, int, str]
"""Line, first and last byte of what is replaced, and what by."""


@dataclass(frozen=True)
class Change:
    """One line of one file, before and after."""

    file: str
    number: int
    before: str
    after: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.file, self.before.strip(), self.after.strip()

    def __str__(self) -> str:
        return f"{self.file}:{self.number}\n    - {self.before.strip()}\n    + {self.after.strip()}"


def changes(file: str, text: str) -> Iterator[Change]:
    """Yield all changes of one file that stay within a line."""
    lines = text.splitlines()
    for node in _computing(ast.parse(text)):
        for number, begin, end, new in (*_operators(node, lines), *_values(node)):
            line = lines[number - 1].encode()
            after = (line[:begin] + new.encode() + line[end:]).decode()
            if after != line.decode():
                yield Change(file, number, line.decode(), after)


def _computing(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below that compute something; what is only raised, shown or annotated does not."""
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            shown = isinstance(child, ast.FunctionDef) and child.name in _SHOWN
            # an axis counted from the other end is the same axis, and any other one is no shape at all
            axis = isinstance(child, ast.keyword) and child.arg == "axis"
            if not isinstance(child, ast.AST) or shown or field in {"annotation", "returns", "decorator_list"}:
                continue
            if not axis and not isinstance(child, _LEFT_ALONE):
                yield child
                yield from _computing(child)


def _operators(node: ast.AST, lines: list[str]) -> Iterator[Edit]:
    """Yield the other comparison, sign or word, and what is left without a term or a factor."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _COMPARISONS:
            yield from _between(left, right, *_COMPARISONS[type(operator)], lines)
        case ast.BinOp(op=ast.Add(), right=ast.Constant(value=complex() as value)) if not value:
            # 1.0 + 0.0j is how a complex 1 is written: only what is left without the 1 is another number
            yield node.lineno, node.col_offset, node.right.col_offset, ""
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            yield from _between(left, right, *_OPERATORS[type(operator)], lines)
            if node.lineno == node.end_lineno:
                yield node.lineno, left.end_col_offset or 0, node.end_col_offset or 0, ""
                if isinstance(operator, ast.Add | ast.Mult):
                    yield node.lineno, node.col_offset, right.col_offset, ""
        case ast.BoolOp(op=operator, values=values):
            words = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
            for left, right in pairwise(values):
                yield from _between(left, right, *words, lines)
        case ast.AugAssign(target=target, op=operator, value=value) if type(operator) in _OPERATORS:
            old, new = _OPERATORS[type(operator)]
            yield from _between(target, value, f"{old}=", f"{new}=", lines)


def _values(node: ast.AST) -> Iterator[Edit]:
    """Yield other constants, the opposite, and the smaller for the larger."""
    begin, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0)
    match node:
        case ast.UnaryOp(op=ast.USub() | ast.Invert() | ast.Not(), operand=operand, lineno=line):
            yield line, begin, operand.col_offset, ""
        case ast.Constant(value=float(value), lineno=line) if value:
            yield from ((line, begin, end, repr(new)) for new in (10.0 * value, 0.1 * value))
        case ast.Constant(value=int(value), lineno=line) if not isinstance(value, bool):
            yield from ((line, begin, end, repr(new)) for new in (value + 1, value - 1))
        case ast.Call(func=ast.Attribute(attr=name, end_lineno=line, end_col_offset=last)) if name in _NAMES:
            yield line or 0, (last or 0) - len(name.encode()), last or 0, _NAMES[name]


def _between(left: ast.expr, right: ast.expr, old: str, new: str, lines: list[str]) -> Iterator[Edit]:
    """Yield the operator between two operands of one line replaced."""
    if left.end_lineno == right.lineno:
        first = left.end_col_offset or 0
        gap = lines[right.lineno - 1].encode()[first : right.col_offset].decode()
        if old in gap:
            first += len(gap[: gap.index(old)].encode())
            yield right.lineno, first, first + len(old), new
