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

ELIMINATED_LEVELS: Final = 16
"""Cauchy: stacks of points are eliminated together; beyond, LAPACK is faster point by point."""

UNTHREADED_LEVELS: Final = 80
UNTHREADED_NUMBERS: Final = 2**6
"""Levels of a linear system, or points times levels of sums: BLAS keeps to one thread by itself, and telling it takes
20 of some 200 μs."""

LOW_RANK_LEVELS: Final = 150
"""Auto: from here on the low-rank solver is the faster one at spreads up to the damping."""

CAUCHY_LEVELS: Final = 3_000
"""Auto: Cauchy is asked where the low-rank solver leaves a state in doubt, which takes some ten seconds."""

REFINED_LEVELS: Final = 300
"""Block refines a state that is not good enough, and Auto asks it to: some ten seconds; beyond, exact products take
minutes."""

DIRECT_ROWS: Final = 1_000
DIRECT_ENTRIES: Final = 300_000
SINGLE_ENTRIES: Final = 1_000_000
"""Auto: real rows up to which a block is factorised without a look at its fill, and entries of factors up to which that
is as fast as to iterate: more of one point alone, since a batch shares what iteration begins with.  Cost alone hangs on
them."""

STRONG_ENTRIES: Final = 10_000_000
"""Auto: entries of factors up to which a strong drive is not iterated for: some tenth of a second."""

FACTORED_ENTRIES: Final = 100_000_000
"""Sparse: entries of factors; 10⁸ take two minutes and two GiB."""

INVERTED_LEVELS: Final = 10
"""Stacked: matrices of a hundred rows, which take as long as sparse factors do."""

ENTRY_BYTES: Final = 20
"""An entry of sparse factors with its index, and what a growing array holds beside it."""

SINGULAR_ROWS: Final = 1_600
"""Stationary spaces: rows of a part of L whose singular values are all worked out, in some seconds."""

EXACT_ROWS: Final = 600
"""Stationary spaces: rows of a part of L whose rank is worked out exactly, in some seconds at worst; of larger ones one
stationary matrix is certain where they hold populations, and none where not."""

TOGETHER_LEVELS: Final = 32
"""Sparse: all levels of a state have their eigenvalues worked out at once; beyond, class by class costs less."""

MULTIPLIED_LEVELS: Final = 64
"""Evidence: a structured state is formed as a matrix; two products of that size cost a millisecond."""

CUBIC_LEVELS: Final = 1000
"""Machines: what grows with the cube is done, a Schur form for counting statistics, and, of what order parameters leave
open, a gap or a tie, the relaxation and a search over all phases; a thousand levels take some seconds."""

PAIRED_LEVELS: Final = 5000
"""Machines: sums over all pairs, the only quantities there of order N², are formed."""

CHANNEL_LEVELS: Final = 8
"""Counting: generators of a Lindblad equation are inverted in stacks, which costs D⁶; beyond, each is sparse LU."""
SPARSE_LEVELS: Final = 8
"""Evolution: generators are taken as sparse matrices where most of their entries vanish; below, a product of matrices
costs less than the call."""

STRIDE_LEVELS: Final = 7
"""Evolution: at equally spaced times machines are powers of a matrix of D² rows; of more levels panels are faster."""

PROPAGATED_LEVELS: Final = 32
"""Evolution: e^{Lt} is worked out as a matrix of D² rows where a series needs many steps; 32 levels take some 30 s."""

SPECTRAL_LEVELS: Final = 20
"""Spectra: a generator is taken as one matrix of D² rows, whose eigenvectors take some seconds."""

UNRAVELLED_LEVELS: Final = 16
"""Single trajectories, which QuTiP follows one by one, a step of time in some 50 μs."""

SLOW_LEVELS: Final = 100
"""Slow modes: sparse factors of a block of at most D² rows; at 60 levels without a charge some seconds."""

PERTURBED_LEVELS: Final = 30
"""First order: one full system of D² equations, of which 30 levels with their error take some seconds; beyond, sparse
factors of it, if there are channels."""

EXPLAINED_LEVELS: Final = 400
"""Explanations: some arrays of all pairs of levels and the first order by sparse factors, some seconds for a mode."""

RESOLVED_LEVELS: Final = 500
"""Gap of a machine by counting: sums over N² poles at some thousand points; at 200 some seconds."""

CUTOFF_LEVELS: Final = 400
"""Modes: levels that are taken unasked; some 120 quanta, and a minute for a driven one."""

HALVED_ROWS: Final = 32
"""Renewal: rows that a triangular equation is halved down to, for LAPACK to solve."""

DRAWN_LEVELS: Final = 64
"""Interplay: draws are made; at 64, 200 of them take seconds for a machine, and some twenty seconds for a random
matrix, whose certificates stay open."""

# -- what is worked out unasked, and what is written -------------------------------------------------------------------

COUNTED_LEVELS: Final = 200
"""Fluctuations: some 0.2 s."""

COMPARED_LEVELS: Final = 18
"""Interplay of a system's own sets: within a second on two cores, certificates open or not."""

TRIANGLE_LEVELS: Final = 40
"""Frustration of every triangle: 40 levels have about 10⁴."""

WRITTEN_LEVELS: Final = 12
"""Every coherence: a table of more is not read."""

WRITTEN: Final = 64
"""Entries of a row, optima, and levels of one that are written; what is longer is cut or left out, and that is said."""

WRITTEN_TRIANGLES: Final = 5
"""Triangles that are named, the most frustrated first."""

# -- numbers of things -------------------------------------------------------------------------------------------------

STACKED_MACHINES: Final = 16
STACKED_ENGINES: Final = 4
"""Maxima: machines of more than 18 levels from which on a stack of them climbs as fast as one after the other, and
engines of low rank from which on one solves their convex problems as fast."""

LISTED: Final = 200
"""Levels and number of optima up to which several are listed, since all pairs of both are compared."""

ASSIGNMENTS: Final = 20_000
"""Assignments of one level to another that are tried for a pair of optima; beyond, they count as different."""

DRAWS: Final = 1_000_000
"""Draws of unrelated preferences: beyond, the standard error is below a thousandth of the spread."""

TRIANGLES: Final = 10_000_000
"""Triangles times points: beyond, the list is longer than anyone reads, and takes gigabytes."""

PATIENCE_SECONDS: Final = 900.0
"""Time: steps as short as what is fastest that would take longer by a guess are refused, and can be asked in parts."""

# -- bytes and numbers at once -----------------------------------------------------------------------------------------

STACK_BYTES: Final = 2**21
"""One stack of points: with the arrays worked out from it, it fits the cache of a core.  Smaller ones fit it better,
but then two threads spend their time handing the interpreter's lock to each other."""

CHUNK_BYTES: Final = 2**24
"""One chunk of a batch: matrices that are searched, of whose size a few arrays are alive at once for each core, or all
that is alive at once where they are factorised or multiplied out, which then stays near the processor."""

SOLVED_BYTES: Final = 2**28
"""Workspace of a chunk of linear systems: large stacks fall out of the cache long before they fill memory."""

EVOLVED_BYTES: Final = 2**23
"""Workspace of a chunk of evolving systems, what a panel is made of, terms of a series: little enough to stay near."""

GENERATOR_BYTES: Final = 2**20
"""Generators of one call of a search for the largest value: what is worked out of them takes some hundred times as much
where levels are many."""

DRAWN_BYTES: Final = 2**25
"""States with unrelated preferences that are searched at once; the search takes some six times as much."""

ASKED_LEVELS: Final = 2**20
"""Levels of the systems of a sweep, if more than two, whose structure is asked for before it is cut: some megabytes."""

SWEPT_BYTES: Final = 2**27
SWEPT_POINTS: Final = 2**16
"""One chunk of a sweep, and points of one at most: what is lost where it is killed, some second of work."""

WALKED_NUMBERS: Final = 2**20
"""Entries of the arrays of walks along a ridge that are made at once."""

STRIP_NUMBERS: Final = 2**22
STRIP_ROWS: Final = 256
"""Entries, and rows at most, of one strip of pairs: narrow ones leave out most of the lower triangle."""

BLOCK_ROWS: Final = 2**14
"""Rows of one block of a tall matrix: with a dozen columns, arrays of some megabytes."""

BOXES: Final = 20_000
"""Cells of one polynomial of phases that are worked out, some tenth of a second: beyond, its gap stays open."""

GRID_NUMBERS: Final = 2**17
"""Entries of the tables and values of polynomials on a part of the first grid, which stay in the cache of a core."""

# -- memory ------------------------------------------------------------------------------------------------------------

MEMORY_LIMIT: Final = 2**31
"""Bytes of one array of a user's (2 GiB): of a structured state that is asked for as a matrix, of one read or drawn."""

ROW_LEVELS: Final = MEMORY_LIMIT // 16
"""Levels whose couplings alone fill that."""

UNASKED_BYTES: Final = 2**28
"""What is taken without asking what is left: reading that takes as long as a small solve."""

TEXT_COST: Final = 60
"""Bytes of memory that a byte of text may become: a digit and a comma make a number, and that an object."""

TABLE_BYTES: Final = 200
"""Memory that a number takes on its way into a table of text, about."""

UNPACKED_BYTES: Final = 2**26
"""Bytes that a packed text may unpack to (64 MiB): a thousand levels take some forty."""

MOST_AXES: Final = 32
"""Axes of an array from a file: as many as every NumPy takes."""

TOML_BYTES: Final = 2**28
"""A machine of a million levels with all its rows takes a quarter; a pipe that never ends must end somewhere."""

SPACED_POINTS: Final = 10**7
"""Points of an axis that a study file gives by its ends: some seconds of exact arithmetic."""

# -- the page ----------------------------------------------------------------------------------------------------------

EXPLORED_LEVELS: Final = 300
"""Manifold levels, and entries of a row: a point takes some seconds, and its density a few megabytes on the wire."""

EXPLORED_DIMENSION: Final = 400
"""Levels of any other system: a driven one without a charge takes some seconds."""

CUBE_DIMENSION: Final = 8
CUBE_SIDE: Final = 201
"""A page that holds its answers: levels of a state, whose coherences are columns, and points along an axis; with most
of both it has some 20 MB."""

LECTURE_STEPS: Final = 200
"""States of a lecture: more are not shown in a day."""

ASKED_BYTES: Final = 2**17
"""What a page sends with a question: rows of `EXPLORED_LEVELS` numbers, with room."""

DROPPED_BYTES: Final = 2**23
"""A file that is dropped on a page (8 MiB): as text it takes some `TEXT_COST` times as much while it is read."""

EXPLORED_AXES: Final = 401
EXPLORED_POINTS: Final = 40_401
"""Values of an axis, and points of a map that a page shows: 201 × 201, some seconds for the smallest machine."""

EXPLORED_EVOLVED: Final = 32
EVOLVED_FRAMES: Final = 400
"""Levels of a system that is followed in time beside its phase model, of matrices with D⁴ entries, and its frames."""

JOBS_AT_ONCE: Final = 2
JOBS_WAITING: Final = 128
JOB_SECONDS: Final = 60.0
"""Jobs of all pages that run at once, that run or wait, and seconds of one."""

JOBS_BYTES: Final = 2**26
JOBS_KEPT_SECONDS: Final = 120.0
"""Results that are kept for their pages to fetch, packed (64 MiB), and for how long."""

WALKED_LEVELS: Final = 64
"""Levels of a continuum of optima that is walked: a spectrum and a climb a step, a second or two."""

POINT_SECONDS: Final = 20.0
"""Seconds that a page waits for one point."""
