"""The claims of the letter and of its companion, each checked by a route that shares no code with what it checks."""

from torusync.claims.evaluation import COMPANION, LETTER, Ledger, evaluate
from torusync.claims.ledger import Claim
from torusync.claims.verdict import Check, ClaimResult, verdict

__all__ = ["COMPANION", "LETTER", "Check", "Claim", "ClaimResult", "Ledger", "evaluate", "verdict"]
