"""How each claim about phases in time is checked."""
