"""How fast the library is beside its peers, and what it proves: `python -m benchmarks` from the root of the repository.

Outside the package, because it needs peers that nobody needs for the physics.  Everything is measured in one run on
one machine: a number taken from a paper or from last year would compare machines, not programs.
"""
