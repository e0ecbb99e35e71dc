"""What a claim is and how it is checked: by a route that shares no code with what it checks.

The claims themselves stand in `torusync.papers`.
"""

from torusync.claims.evaluation import Ledger, evaluate
from torusync.claims.verdict import Check, Claim, ClaimResult, Value, verdict

__all__ = ["Check", "Claim", "ClaimResult", "Ledger", "Value", "evaluate", "verdict"]
