"""The checks behind the letter's ledger: ``c01`` checks C01, by a route that shares no code with what it checks."""
