"""A density matrix in every way of writing one that the tests know, each by code of its own."""

import json
from collections.abc import Callable

import numpy as np

Writer = Callable[[np.ndarray], str]


def rows(matrix, entry, between, *, newline="\n"):
    return newline.join(between.join(entry(complex(x)) for x in row) for row in matrix.tolist())


def sign(x):
    return "-" if np.copysign(1.0, x) < 0 else "+"


def python(x):
    return f"{x.real!r}{sign(x.imag)}{abs(x.imag)!r}j"


def spaced(unit):
    return lambda x: f"{x.real!r} {sign(x.imag)} {abs(x.imag)!r}{unit}"


def pair(x):
    return f"({x.real!r},{x.imag!r})"


def fortran(x):
    return f"({x.real:.17E},{x.imag:.17E})".replace("E", "D")


def comma(x):
    return python(x).replace(".", ",").replace("j", "i")


def parts(matrix, between, heads):
    blocks = [rows(part, lambda x: repr(x.real), between) for part in (matrix.real, matrix.imag)]
    return "\n".join(f"{head}\n{block}" for head, block in zip(heads, blocks, strict=True))


def table(matrix, *, names, corner, between):
    head = between.join([*corner, *names]) + "\n"
    lines = rows(matrix, python, between).splitlines()
    return head + "\n".join(f"{name}{between}{line}" for name, line in zip(names, lines, strict=True))


def numbers(matrix, start):
    return [str(start + k) for k in range(len(matrix))]


def letters(matrix):
    return [chr(ord("a") + k) for k in range(len(matrix))]


def nested(matrix, entry):
    return [[entry(complex(x)) for x in row] for row in matrix.tolist()]


QOBJ = "Quantum object: dims=[[2], [2]], shape=(2, 2), type='oper', dtype=Dense, isherm=True"

TEXTS: dict[str, tuple[str, Writer]] = {
    "python, commas": (".csv", lambda m: rows(m, python, ", ")),
    "python, blanks": (".txt", lambda m: rows(m, python, "  ")),
    "savetxt": (".dat", lambda m: rows(m, lambda x: f"({x.real:.18e}{x.imag:+.18e}j)", " ")),
    "julia, tabs": (".tsv", lambda m: rows(m, spaced("im"), "\t")),
    "julia, blanks": (".txt", lambda m: rows(m, spaced("im"), "  ")),
    "matlab": (".txt", lambda m: rows(m, spaced("i"), "   ")),
    "pairs, commas": (".csv", lambda m: rows(m, pair, ",")),
    "pairs, blanks": (".dat", lambda m: rows(m, pair, " ")),
    "fortran": (".dat", lambda m: rows(m, fortran, "  ")),
    "quoted": (".csv", lambda m: rows(m, lambda x: f'"{python(x)}"', ",")),
    "quoted pairs": (".csv", lambda m: rows(m, lambda x: f'"{pair(x)}"', ",")),
    "decimal comma": (".csv", lambda m: rows(m, comma, ";")),
    "decimal comma, quoted": (".csv", lambda m: rows(m, lambda x: f'"{comma(x)}"', ",")),
    "mathematica": (".txt", lambda m: "{{" + rows(m, spaced("*I"), ", ", newline="}, {").replace("e-", "*^-") + "}}"),
    "numpy": (".txt", lambda m: "[[" + rows(m, python, " ", newline="]\n [") + "]]"),
    "numpy, repr": (".txt", lambda m: "array([[" + rows(m, python, ", ", newline="],\n       [") + "]])"),
    "julia, printed": (".txt", lambda m: f"{len(m)}×{len(m)} Matrix{{ComplexF64}}:\n" + rows(m, spaced("im"), "  ")),
    "matlab, printed": (".txt", lambda m: "rho =\n\n" + rows(m, spaced("i"), "   ")),
    "matlab, one line": (".txt", lambda m: "[" + rows(m, python, " ", newline=";").replace("j", "i") + "]"),
    "qutip, printed": (".txt", lambda m: f"{QOBJ}\nQobj data =\n[[" + rows(m, python, " ", newline="]\n [") + "]]"),
    "parts beside": (".csv", lambda m: rows(np.hstack([m.real, m.imag]), lambda x: repr(x.real), ",")),
    "parts below": (".txt", lambda m: rows(np.vstack([m.real, m.imag]), lambda x: repr(x.real), " ")),
    "parts in turn": (".csv", lambda m: rows(np.ascontiguousarray(m).view(float), lambda x: repr(x.real), ",")),
    "blocks, percent": (".dat", lambda m: parts(m, " ", ["% real part", "% imaginary part"])),
    "blocks, number sign": (".txt", lambda m: parts(m, ",", ["# Re(rho)", "# Im(rho)"])),
    "blocks, words": (".txt", lambda m: parts(m, "\t", ["Real part:", "Imaginary part:"])),
    "pandas": (".csv", lambda m: table(m, names=numbers(m, 0), corner=[""], between=",")),
    "pandas, names": (".csv", lambda m: table(m, names=letters(m), corner=[""], between=",")),
    "spreadsheet": (".tsv", lambda m: table(m, names=numbers(m, 1), corner=["level"], between="\t")),
    "R": (".txt", lambda m: table(m, names=[f'"{n}"' for n in numbers(m, 1)], corner=[], between=" ")),
    "json pairs": (".json", lambda m: json.dumps(nested(m, lambda x: [x.real, x.imag]))),
    "json records": (".json", lambda m: json.dumps(nested(m, lambda x: {"real": x.real, "imag": x.imag}))),
    "json short records": (".json", lambda m: json.dumps(nested(m, lambda x: {"re": x.real, "im": x.imag}))),
    "json texts": (".json", lambda m: json.dumps(nested(m, python))),
    "json parts": (".json", lambda m: json.dumps({"rho_real": m.real.tolist(), "rho_imag": m.imag.tolist(), "t": 0.5})),
    "json real, imag": (".json", lambda m: json.dumps({"real": m.real.tolist(), "imag": m.imag.tolist()})),
    "json named": (".json", lambda m: json.dumps({"out": {"rho": nested(m, lambda x: [x.real, x.imag])}})),
}  # fmt: skip
"""By name: the suffix of the file, and what writes it; every digit of a double is kept."""
