"""Mathematics in prose, found and set as MathML: n_h/n_c, (2π)^N, 1e-9, √N at k = √N.

Texts of figures and claims are written so that they can be read in a terminal.  A browser sets them as print does, and
a screen reader says "lambda sub two" of MathML, where it says "lambda two" or nothing of a small 2.  No script is
needed, from here or from outside.

Found is what consists of numbers, single letters and signs and has a Greek letter, a subscript, a power, a root or
a relation: "Fig. 2(c)", "C01-C03" and ``steady_state`` are none.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"(?P<space>[ \u00a0]+)"
    r"|(?P<number>(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+\b)?(?![\d]))"
    r"|(?P<function>(?:arcsin|arccos|exp|sin|cos|sqrt|max|min|arg|mean|log|ln|Re|Im)(?=\())"
    r"|(?P<word>[A-Za-z]{2,}\w*(?:['’-]\w+)*|[A-Za-z]\d+\w*(?:-\w+)*|[A-Za-z](?=['’-][A-Za-z]))"
    r"|(?P<letter>(?:(?:(?<=[\d\W_])|(?<=[Α-ω])|^)[A-Za-z](?![A-Za-z])|[Α-Ωα-ωħ𝕊∞])[\u0303\u0304]?)"
    r"|(?P<sub>_(?:\{[^}]*\}|[0-9A-Za-zα-ω+]+))"
    r"|(?P<sup>\^(?:\{[^}]*\}|\((?:[^()]|\([^()]*\))*\)|[−+-]?[0-9A-Za-zα-ω]+)|[⁻¹²³⁴⁵⁶⁷⁸⁹⁰]+)"
    r"|(?P<relation>[=<>≤≥≈∝→≠≪≫])"
    r"|(?P<sign>[−+±×·/…]|(?<![\w)])-(?=\d))"
    r"|(?P<root>√)|(?P<bar>\|)|(?P<open>[(\[])|(?P<close>[)\]])|(?P<comma>,(?= ))"
    r"|(?P<other>.)",
    re.DOTALL,
)

_OPERANDS: Final = frozenset({"number", "function", "letter"})
_LOOSE: Final = frozenset({"relation", "sign", "comma", "space", "root"})
_WORDS: Final = frozenset("aAI")
"""Letters that are words of English; alone they are no symbols."""

_SMALL: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−", strict=True))
_MARKS: Final = {"\u0303": "~", "\u0304": "¯"}
_TIMES: Final = "<mo>\u2062</mo>"
_SPACED: Final = '<mo lspace="0.167em" rspace="0">\u2062</mo>'
"""Products: invisible, and said."""

_LEANING: Final = "0.1em"
"""Room behind an italic capital, which browsers take no account of: a slash or a bar would touch it."""

_LONG: Final = 18
"""Characters from which a formula may break before a relation: a browser breaks none by itself."""


class Token(NamedTuple):
    """A piece of text and what kind it is."""

    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    """Cut a text into tokens, which make it up when they are put together."""
    return [Token(str(found.lastgroup), found.group()) for found in _TOKEN.finditer(text)]


def runs(text: str) -> Iterator[tuple[bool, list[Token]]]:
    """Return the parts of a text in order, each with whether it is mathematics."""
    cut, start = tokens(text), 0
    while start < len(cut):
        stop = _end(cut, start)
        if stop > start and not _is_prose(cut, start, stop):
            yield True, cut[start:stop]
        else:
            stop = max(stop, start + 1)
            yield False, cut[start:stop]
        start = stop


def _end(cut: Sequence[Token], start: int) -> int:
    """Return where mathematics that begins at a token ends, or ``start`` if none does."""
    signed = cut[start].text in "−-+±" and start + 1 < len(cut) and cut[start + 1].kind != "space"
    if cut[start].kind not in _OPERANDS | {"root", "open", "bar"} and not signed:
        return start
    depth, stop, bars = 0, start, False
    for place in range(start, len(cut)):
        kind = cut[place].kind
        if kind in {"word", "other"} or (kind == "comma" and not depth):
            break
        if kind == "space" and not _goes_on(cut, start, place):
            break
        if kind == "close":
            if not depth:
                break
            depth -= 1
        depth += kind == "open"
        bars ^= kind == "bar"
        if not depth and not bars and kind not in _LOOSE:
            stop = place + 1
    return stop


def _goes_on(cut: Sequence[Token], start: int, place: int) -> bool:
    """Whether what follows a space still belongs to what stands before it."""
    before, after = cut[place - 1] if place > start else None, cut[place + 1] if place + 1 < len(cut) else None
    if before is None or after is None:
        return False
    if {before.kind, after.kind} & {"relation", "sign", "comma"}:
        return True
    scripted = place + 2 < len(cut) and cut[place + 2].kind in {"sub", "sup"}
    factor = after.kind in {"bar", "function"} or (after.kind == "letter" and (scripted or not after.text.isascii()))
    return factor and before.kind != "close" and before.text not in _WORDS


def _is_prose(cut: Sequence[Token], start: int, stop: int) -> bool:
    """Whether numbers, letters and signs are none the less words of a sentence."""
    part = cut[start:stop]
    kinds = [one.kind for one in part]
    letters = [one.text for one in part if one.kind == "letter"]
    if {"sub", "sup", "root"} & set(kinds) or any("e" in one.text for one in part if one.kind == "number"):
        return False
    if any(not letter.isascii() for letter in letters):
        return False
    called = len(part) > 2 and kinds[0] == "letter" and kinds[1] == "open"  # V(t)
    if set(letters) - _WORDS and (called or {"relation", "sign", "bar"} & set(kinds)):
        return False
    return not (len(part) == 1 and set(letters) - _WORDS and _stands_alone(cut, start, stop))


def _stands_alone(cut: Sequence[Token], start: int, stop: int) -> bool:
    """Whether a letter is a symbol of its own, as in "for every N": no panel (c), no unit of a number, no <b>."""
    beginning, end = Token("space", ""), Token("space", "")
    before, after = cut[start - 1] if start else beginning, cut[stop] if stop < len(cut) else end
    of_number = start > 1 and cut[start - 2].kind == "number"
    return (
        before.kind == "space" and not of_number and (after.kind in {"space", "comma"} or after.text in {".", ";", ":"})
    )


def mathml(run: Sequence[Token]) -> str:
    """Return tokens of mathematics as ``<math>`` elements: several, where a long formula may break."""
    cuts, depth = [0], 0
    if sum(len(one.text) for one in run) > _LONG:
        for place, one in enumerate(run):
            depth += (one.kind == "open") - (one.kind == "close")
            if one.kind == "relation" and not depth and place:
                cuts.append(place)
    parts = [run[first:last] for first, last in zip(cuts, [*cuts[1:], len(run)], strict=True)]
    return " ".join(f"<math>{''.join(_Row(part).items())}</math>" for part in parts)


class _Row:
    """Sets tokens from left to right; a script belongs to the operand, or to all within brackets, before it."""

    def __init__(self, run: Sequence[Token]) -> None:
        self.run, self.place = list(run), 0

    def items(self, closing: str = "") -> list[str]:
        """Return the elements up to the end, or to what closes a bracket."""
        found: list[str] = []
        operand, times = False, _TIMES
        while self.place < len(self.run):
            kind, text = self.run[self.place]
            if kind == "space":
                times = _SPACED
                self.place += 1
                continue
            if closing and (kind == closing):
                break
            if kind in {"relation", "sign", "comma"}:
                self.place += 1
                found.append(_sign(kind, text, leads=not operand))
                operand = False
                continue
            called = kind == "open" and self.place and self.run[self.place - 1].kind in {"function", "letter", "sub"}
            if operand and not called:
                found.append(times)
            found.append(self.operand())
            operand, times = kind != "function" and text != "Σ", _TIMES
        return found

    def operand(self) -> str:
        """Return the next operand with its scripts."""
        kind, text = self.run[self.place]
        self.place += 1
        if kind == "root":
            inside = self.operand() if self.place < len(self.run) else ""
            return f"<msqrt>{inside}</msqrt>"
        if kind in {"open", "bar"}:
            closing = "close" if kind == "open" else "bar"
            inside = "".join(self.items(closing))
            end = escape(self.run[self.place].text) if self.place < len(self.run) else ""
            self.place += 1
            aside = {"prefix": "", "postfix": f' lspace="{_LEANING}"' if kind == "bar" else ""}
            left, right = (f'<mo fence="true" stretchy="false" form="{form}"{gap}>' for form, gap in aside.items())
            base = f"<mrow>{left}{escape(text)}</mo>{inside}{right}{end}</mo></mrow>"
        else:
            base = _atom(kind, text)
        scripts = {"sub": "", "sup": ""}
        while self.place < len(self.run) and self.run[self.place].kind in scripts:
            one = self.run[self.place]
            scripts[one.kind] = _script(one.text)
            self.place += 1
        below, above = scripts["sub"], scripts["sup"]
        if below and above:
            return f"<msubsup>{base}{below}{above}</msubsup>"
        return f"<msub>{base}{below}</msub>" if below else f"<msup>{base}{above}</msup>" if above else base


def _sign(kind: str, text: str, *, leads: bool) -> str:
    """Return a sign between two operands, or one that leads, which browsers know in the first place of a row only."""
    form = ""
    if kind == "relation" and leads:  # a long formula went on here
        form = ' form="infix" lspace="0"'
    elif text == "/":
        form = f' lspace="{_LEANING}" rspace="0"'
    elif kind == "sign" and leads:
        form = ' form="prefix"'
    return f"<mo{form}>{escape(text.replace('-', '−'))}</mo>"


def _atom(kind: str, text: str) -> str:
    if kind == "number":
        mantissa, _, exponent = text.partition("e")
        if not exponent:
            return f"<mn>{text}</mn>"
        sign = "<mo>−</mo>" if exponent.startswith("-") else ""
        power = f"<msup><mn>10</mn><mrow>{sign}<mn>{int(exponent.lstrip('+-'))}</mn></mrow></msup>"
        return power if mantissa == "1" else f"<mrow><mn>{mantissa}</mn><mo>×</mo>{power}</mrow>"
    return _letter(text)


def _letter(text: str) -> str:
    if text == "Σ":
        return "<mo>∑</mo>"
    if len(text) == 2 and text[1] in _MARKS:
        return f'<mover accent="true"><mi>{text[0]}</mi><mo>{_MARKS[text[1]]}</mo></mover>'
    return f"<mi>{escape(text)}</mi>"


def _script(text: str) -> str:
    """Return what stands below or above: one row, words upright in it."""
    text = "".join(_SMALL[one] for one in text) if text[0] in _SMALL else text[1:].strip("{}()")
    pieces = []
    for found in re.finditer(r"(\d+(?:\.\d+)?)|([A-Za-z]{3,})(?![_\d])|(.[\u0303\u0304]?)(_\w+)?", text):
        number, word, sign, below = found.groups()
        if number:
            pieces.append(f"<mn>{number}</mn>")
        elif word:
            pieces.append(f"<mi>{word}</mi>")
        elif sign[0].isalpha():
            letter = _letter(sign)
            pieces.append(f"<msub>{letter}{_script(below)}</msub>" if below else letter)
        elif sign != " ":
            pieces.append(f"<mo>{escape(sign.replace('-', '−'))}</mo>")
    return pieces[0] if len(pieces) == 1 else f"<mrow>{''.join(pieces)}</mrow>"
