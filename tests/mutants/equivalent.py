"""Faults that change nothing anybody could notice, with the reason: they don't count."""

NAME = "a name inside of one statement; any other would do"
SLOWER = "the same answer by more work"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("flush", "", "101 instead of 100"): "a bound that no sound computation comes near",
    ("flush", "_bump", "left out: continue"): SLOWER,
    ("flush", "_update_text", "left out: env.registry.statements[key] = text"): SLOWER,
    ("statement", "_tree", "2 instead of 1"): NAME,
    ("statement", "_tree", "left out: self.aliases += 1"): NAME,
    ("statement", "value", "'texts~' instead of 'texts'"): NAME,
    ("statement", "join", "left out: self.joins[key] = inner"): SLOWER,
    ("statement", "_one", "'T~' instead of 'T'"): SLOWER,
    ("statement", "_apart", "'many~' instead of 'many'"): SLOWER,
    ("statement", "_apart", "'text~' instead of 'text'"): SLOWER,
    ("statement", "_apart", "2 instead of 1"): SLOWER,
    ("statement", "_is_text", "'text~' instead of 'text'"): SLOWER,
    ("statement", "_is_text", "1 instead of 0"): SLOWER,
    ("statement", "_is_text", "shape[0] not in ('text', 'ilike')"): SLOWER,
}
"""By file, function and the fault in words."""
