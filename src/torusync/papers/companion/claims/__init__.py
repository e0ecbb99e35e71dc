"""The checks behind the companion's ledger: ``k01`` checks K01, by a route that shares no code with what it checks."""
