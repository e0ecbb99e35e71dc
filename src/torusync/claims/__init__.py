"""The claims of the letter, each checked by a route that shares no code with the one that produced it."""

from torusync.claims.evaluation import evaluate
from torusync.claims.ledger import DEPARTURES, LEDGER, Claim
from torusync.claims.verdict import Check, ClaimResult, verdict

__all__ = ["DEPARTURES", "LEDGER", "Check", "Claim", "ClaimResult", "evaluate", "verdict"]
