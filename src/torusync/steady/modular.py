"""How many matrices are stationary exactly, of the numbers as they are stored: no singular value can tell that.

Doubles are whole numbers times powers of two, so that L has rational entries, and its rank over them is that in
arithmetic modulo a prime p, or larger where p divides what it should not.  Primes are drawn without a look at the
system: that three of some 2³¹ all do, of which less than one in two thousand may, happens less than once in 10⁹.  Of
parts too large to be eliminated, what is known without arithmetic is counted: the trace over each is conserved.
"""

from functools import cache
from typing import Any, Final

import numpy as np
from scipy.sparse import coo_array, csr_array, eye_array, kron
from scipy.sparse.csgraph import connected_components

from torusync._checks import Complex
from torusync._limits import EXACT_ROWS
from torusync._threads import stop_if_told
from torusync.generators import LindbladGenerator

_PRIMES: Final = 3

_WITNESSES: Final = (2, 3, 5, 7)
"""Bases by which all numbers below 3·10⁹ are told prime or not (Pomerance, Selfridge and Wagstaff 1980)."""


def certain_nullity(one: LindbladGenerator) -> int:
    """Return how many stationary matrices one point has for certain: all of them where its parts are small."""
    size = one.dimension
    count, labels = connected_components(_pattern(one), directed=False)
    populated = np.zeros(count, dtype=np.bool_)
    populated[labels[np.arange(size) * (size + 1)]] = True
    rows = np.bincount(labels, minlength=count)
    small = rows <= EXACT_ROWS
    found = int(populated[~small].sum())
    inside = np.flatnonzero(small[labels])
    if not inside.size:
        return found
    return found + min(_nullity(one, labels, np.flatnonzero(small), prime, root) for prime, root in _fields())


def _pattern(one: LindbladGenerator) -> Any:
    """Return where L may have entries on row-major vec(ρ), whatever cancels."""
    size = one.dimension
    unit, inner = eye_array(size, format="csr"), csr_array((one.hamiltonian != 0.0).astype(np.float64))
    kicks = csr_array((size**2, size**2))
    for rate, jump in zip(one.rates, one.operators, strict=True):
        if rate > 0.0:
            there = csr_array((jump != 0.0).astype(np.float64))
            inner, kicks = csr_array(inner + there.T @ there), csr_array(kicks + kron(there, there))
    return csr_array(kron(inner, unit) + kron(unit, inner) + kicks)


def _nullity(one: LindbladGenerator, labels: Any, parts: Any, prime: int, root: int) -> int:
    """Return the nullity of some of the parts modulo a prime, with ``root`` for i."""
    matrix = _residues_of_motion(one, prime, root)
    total = 0
    for part in parts.tolist():
        rows = np.flatnonzero(labels == part)
        total += len(rows) - _rank(matrix[rows][:, rows].toarray(), prime)
    return total


def _residues_of_motion(one: LindbladGenerator, prime: int, root: int) -> Any:
    """Return L on row-major vec(ρ) modulo a prime."""
    size = one.dimension
    unit = eye_array(size, dtype=np.int64, format="coo")
    energies = _residues(one.hamiltonian, prime, root)
    left, right = -root * energies % prime, root * energies.T % prime
    terms = []
    for rate, jump in zip(one.rates, one.operators, strict=True):
        if not rate > 0.0:
            continue
        strength = _residue(float(rate), prime)
        acting, turned = _residues(jump, prime, root), _residues(jump, prime, prime - root)
        decay = _product(turned.T, acting, prime) * strength % prime
        left, right = (left - decay) % prime, (right - decay.T) % prime
        terms.append(kron(coo_array(2 * strength * acting % prime), coo_array(turned), format="coo"))
    terms += [kron(coo_array(left), unit, format="coo"), kron(unit, coo_array(right), format="coo")]
    # products with a matrix of zeros come back as doubles, in which those of residues would be rounded
    entry = np.concatenate([one.data % prime for one in terms]).astype(np.int64)
    row, column = (np.concatenate([one.coords[axis] for one in terms]) for axis in (0, 1))
    found = coo_array((entry, (row, column)), shape=(size**2, size**2)).tocsr()
    found.data %= prime
    return found


def _product(left: Any, right: Any, prime: int) -> Any:
    """Return a product of residues, row by row of the inner index: one more would not fit into 64 bits."""
    total = np.zeros((left.shape[0], right.shape[1]), dtype=np.int64)
    for column, row in zip(left.T, right, strict=True):
        rows, columns = np.flatnonzero(column), np.flatnonzero(row)
        block = np.ix_(rows, columns)
        total[block] = (total[block] + np.multiply.outer(column[rows], row[columns])) % prime
    return total


def _rank(matrix: Any, prime: int) -> int:
    """Return the rank of residues, by elimination."""
    rank = 0
    for column in range(matrix.shape[1]):
        hit = rank + np.flatnonzero(matrix[rank:, column])
        if not hit.size:
            continue
        stop_if_told()
        # the sparsest row fills in least
        pivot = hit[np.argmin(np.count_nonzero(matrix[hit], axis=1))]
        matrix[[rank, pivot]] = matrix[[pivot, rank]]
        there = column + np.flatnonzero(matrix[rank, column:])
        row = matrix[rank, there] * pow(int(matrix[rank, column]), -1, prime) % prime
        below = rank + 1 + np.flatnonzero(matrix[rank + 1 :, column])
        block = np.ix_(below, there)
        matrix[block] = (matrix[block] - np.multiply.outer(matrix[below, column], row)) % prime
        rank += 1
    return rank


def _residues(matrix: Complex, prime: int, root: int) -> Any:
    """Return complex doubles modulo a prime, with ``root`` for i."""
    found = np.zeros(matrix.shape, dtype=np.int64)
    for place in zip(*np.nonzero(matrix), strict=True):
        value = complex(matrix[place])
        found[place] = (_residue(value.real, prime) + root * _residue(value.imag, prime)) % prime
    return found


def _residue(value: float, prime: int) -> int:
    numerator, denominator = value.as_integer_ratio()
    return numerator * pow(denominator, -1, prime) % prime


@cache
def _fields() -> tuple[tuple[int, int], ...]:
    """Return primes of which a quarter of p − 1 is whole, each with a root of −1."""
    found: list[tuple[int, int]] = []
    rng = np.random.default_rng(0)
    while len(found) < _PRIMES:
        candidate = 4 * int(rng.integers(2**28, 2**29)) + 1
        if not _is_prime(candidate):
            continue
        roots = (pow(base, (candidate - 1) // 4, candidate) for base in range(2, 200))
        found.append((candidate, next(root for root in roots if root * root % candidate == candidate - 1)))
    return tuple(found)


def _is_prime(number: int) -> bool:
    """Tell an odd number below 3·10⁹ prime or not (Miller and Rabin)."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in _WITNESSES:
        power = pow(base, odd, number)
        if power in {1, number - 1}:
            continue
        if not any(pow(base, odd << step, number) == number - 1 for step in range(1, twos)):
            return False
    return True
