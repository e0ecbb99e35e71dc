"""Does the mutation script change what it says, one line at a time, and leave alone what computes nothing?"""

import tomllib
from pathlib import Path

from tests.mutations.changes import changes

TEXT = '''"""A docstring with 1 < 2."""
LIMIT: Final = 1e-3
def f(a: int = 3, *, b):
    """Return 1 + 1."""
    c = a < b and not a == 2
    if c:
        raise ValueError(f"{a + 1} < {b}")
    a += 2.0 * b
    return np.maximum(a, -b).sum(axis=-1) - ß & 4
'''


def test_lines_are_changed_one_at_a_time_and_in_one_place():
    found = {(change.number, change.after.strip()) for change in changes("f.py", TEXT)}
    expected = {
        (2, "LIMIT: Final = 0.01"), (2, "LIMIT: Final = 0.0001"),
        (3, "def f(a: int = 4, *, b):"), (3, "def f(a: int = 2, *, b):"),
        (5, "c = a <= b and not a == 2"), (5, "c = a < b or not a == 2"), (5, "c = a < b and a == 2"),
        (5, "c = a < b and not a != 2"), (5, "c = a < b and not a == 3"), (5, "c = a < b and not a == 1"),
        (8, "a -= 2.0 * b"), (8, "a += 2.0 / b"), (8, "a += 2.0"), (8, "a += b"), (8, "a += 20.0 * b"),
        (8, "a += 0.2 * b"),
        (9, "return np.minimum(a, -b).sum(axis=-1) - ß & 4"), (9, "return np.maximum(a, b).sum(axis=-1) - ß & 4"),
        (9, "return np.maximum(a, -b).sum(axis=-1) + ß & 4"), (9, "return np.maximum(a, -b).sum(axis=-1) & 4"),
        (9, "return np.maximum(a, -b).sum(axis=-1) - ß | 4"), (9, "return np.maximum(a, -b).sum(axis=-1) - ß"),
        (9, "return np.maximum(a, -b).sum(axis=-1) - ß & 5"), (9, "return np.maximum(a, -b).sum(axis=-1) - ß & 3"),
    }  # fmt: skip
    assert found == expected


def test_a_complex_number_without_an_imaginary_part_is_one_number():
    found = {change.after for change in changes("f.py", "c = unit(a, 1.0 + 0.0j)\n")}
    assert found == {"c = unit(a, 0.0j)", "c = unit(a, 10.0 + 0.0j)", "c = unit(a, 0.1 + 0.0j)"}


def test_whatever_is_accepted_has_a_reason():
    path = Path(__file__).parent / "mutations" / "equivalents.toml"
    accepted = tomllib.loads(path.read_text(encoding="utf-8"))["equivalent"]
    assert len({(one["file"], one["line"], one.get("change")) for one in accepted}) == len(accepted)
    for one in accepted:
        assert one["reason"].strip()
        assert one.keys() <= {"file", "line", "change", "reason"}
        assert one.get("change") != one["line"]
