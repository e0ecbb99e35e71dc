"""What depends on time, refused by its name: that it is periodic is said where the object itself tells so.

A periodic drive mostly has a frame in which it stands still, which is the advice worth giving; anything else has to be
taken at one time.  No coefficient is called and no text is run to find out: one is periodic where its text, or the
function by its name, is made of sines, cosines and phases of one and the same frequency.
"""

import ast
import cmath
import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np

from torusync._checks import ArgumentError, requirement

_WAVES: Final = frozenset({"sin", "cos", "exp"})
_FUNCTIONS: Final = frozenset({np.sin, np.cos, math.sin, math.cos, cmath.sin, cmath.cos})
_UNKNOWN: Final = frozenset({""})
"""Clocks of what is not known to be periodic."""


def of_time(name: str, what: str, advice: str, coefficients: Iterable[Any] = ()) -> ArgumentError:
    """Return the error of something that depends on time, with the coefficients by which it does."""
    clocks = frozenset[str]().union(*map(_clocks, coefficients))
    if len(clocks) == 1 and clocks != _UNKNOWN:
        what = f"it is time-periodic, {what}"
        advice = f"go to a frame in which it stands still, or {advice}"
    else:
        what = f"it is {what}"
    return requirement(name, "not depend on time", f"{what}; {advice}")


def coefficients_of(value: Any) -> Iterator[Any]:
    """Yield what stands beside operators: in a QobjEvo, or in lists as QuTiP writes what depends on time."""
    parts = value.to_list() if callable(getattr(value, "to_list", None)) else value
    for part in parts:
        if isinstance(part, list | tuple) and len(part) == 2:
            yield part[1]


def _clocks(coefficient: Any) -> frozenset[str]:
    """Return the frequencies in a coefficient, as text; `_UNKNOWN` among them where it may be of another kind."""
    if isinstance(coefficient, str):
        return _clocks_of_text(coefficient)
    if callable(coefficient) and not hasattr(coefficient, "replace_arguments"):
        return frozenset({"1"}) if _is_wave(coefficient) else _UNKNOWN
    inside = _inside(coefficient)
    return frozenset[str]().union(*map(_clocks, inside)) if inside else _UNKNOWN


def _is_wave(function: Any) -> bool:
    try:
        return function in _FUNCTIONS
    except TypeError:  # of what has no hash
        return False


def _inside(coefficient: Any) -> list[Any]:
    """Return what a coefficient of QuTiP is made of: a text, a function, other coefficients; nothing where unknown."""
    kind = type(coefficient).__name__
    try:
        made = coefficient.__reduce__()
        if kind == "StrFunctionCoefficient":
            return [made[1][0]]
        if kind == "FunctionCoefficient":
            return [made[2][-1]]
        if kind in {"SumCoefficient", "MulCoefficient", "ConjCoefficient", "NormCoefficient"}:
            return [one for one in made[2] if hasattr(one, "replace_arguments")]
    except (AttributeError, IndexError, TypeError):  # as other versions have it
        pass
    return []


def _clocks_of_text(text: str) -> frozenset[str]:
    try:
        return frozenset(_waves(ast.parse(text, mode="eval").body))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _UNKNOWN


def _waves(node: ast.AST) -> Iterator[str]:
    """Yield the frequency of each sine, cosine or phase; an empty one for a t that stands elsewhere."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and _has_t(node.args[0]):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        factors = _factors(node.args[0])
        turning = name != "exp" or any(_is_imaginary(one) for one in ast.walk(node.args[0]))
        yield " ".join(sorted(factors)) or "1" if name in _WAVES and turning and factors is not None else ""
    elif isinstance(node, ast.Name) and node.id == "t":
        yield ""
    else:
        for child in ast.iter_child_nodes(node):
            yield from _waves(child)


def _factors(node: ast.AST) -> list[str] | None:
    """Return what t is multiplied by, but for signs, the imaginary unit and phases; None where it is no multiple."""
    if isinstance(node, ast.Name):
        return []
    if isinstance(node, ast.UnaryOp):
        return _factors(node.operand)
    if not isinstance(node, ast.BinOp) or (_has_t(node.left) and _has_t(node.right)):
        return None
    inner, other = (node.left, node.right) if _has_t(node.left) else (node.right, node.left)
    found = _factors(inner)
    if found is None or isinstance(node.op, ast.Add | ast.Sub):
        return found
    if isinstance(node.op, ast.Mult):
        return [*found, *_product(other)]
    return [*found, f"1/({ast.unparse(other)})"] if isinstance(node.op, ast.Div) and inner is node.left else None


def _product(node: ast.AST) -> Iterator[str]:
    """Yield the factors of a product but for signs and the imaginary unit."""
    if isinstance(node, ast.UnaryOp):
        yield from _product(node.operand)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        yield from _product(node.left)
        yield from _product(node.right)
    elif not (isinstance(node, ast.Constant) and node.value == 1j):
        yield ast.unparse(node)


def _has_t(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "t" for one in ast.walk(node))


def _is_imaginary(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, complex)
