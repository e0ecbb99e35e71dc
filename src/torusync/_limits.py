"""Sizes at which one way of working takes over from another, or ends, each with its reason, in one table.

Most "levels up to which" are where two ways cost the same, bytes are what a cache or a memory holds: with others the
same numbers come out, later.  A few end what would take too long, and then less is known, which is said.
"""

from typing import Final

# -- levels ------------------------------------------------------------------------------------------------------------

STACKED_LEVELS: Final = 18
"""Maxima: parts are climbed in stacks, without LAPACK; from here on a spectrum costs less than n sweeps of a stack."""

SUMMED_LEVELS: Final = 16
"""Closed form: sums are made level by level, which keeps a stack of points in the cache; longer ones go to BLAS."""

CUBIC_LEVELS: Final = 1000
"""Machines: what order parameters leave open, a gap or a tie, is taken to the relaxation and a search over all phases,
whose time grows with the cube."""

PAIRED_LEVELS: Final = 5000
"""Machines: sums over all pairs, the only quantities there of order N², are formed."""

LISTED: Final = 200
"""Levels and number of optima up to which several are listed, since all pairs of both are compared."""

ASSIGNMENTS: Final = 20_000
"""Assignments of one level to another that are tried for a pair of optima; beyond, they count as different."""

# -- bytes and numbers at once -----------------------------------------------------------------------------------------

CHUNK_BYTES: Final = 2**24
"""Coherences of one chunk of a batch that is searched; for each core, a few arrays of that size are alive at once."""

STACK_BYTES: Final = 2**21
"""Coherences of one stack within a chunk: with the arrays worked out from them they fit the cache of a core."""

DRAWN_BYTES: Final = 2**25
"""States with unrelated preferences that are searched at once; the search takes some six times as much."""

WALKED_NUMBERS: Final = 2**20
"""Entries of the arrays of walks along a ridge that are made at once."""

STRIP_NUMBERS: Final = 2**22
STRIP_ROWS: Final = 256
"""Entries, and rows at most, of one strip of pairs: narrow ones leave out most of the lower triangle."""

MEMORY_LIMIT: Final = 2**31
"""Bytes of one array of a user's (2 GiB): of a structured state that is asked for as a matrix, of one read or drawn."""
