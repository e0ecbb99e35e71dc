"""Seeded hunts for a result that claims more than is true, each held against a reference that shares no code with it.

Every module has a size that the tests run and a long one: ``python -m tests.hunts.NAME COUNT`` prints what was counted
and ends with status 1 where a law is broken.
"""
