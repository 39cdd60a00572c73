"""`docs/errors.md` names every code that a client can meet."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_REASON = re.compile(r'reason="([a-z-]+)"|Problem\(\s*"([a-z-]+)"')
_KIND = re.compile(r'^    code, status = "([a-z-]+)"', re.MULTILINE)
_AT_START = {"declaration"}


def test_every_code_is_documented():
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([a-z0-9-]+)`", text))
    used: set[str] = set()
    for path in (ROOT / "app").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        used |= {first or second for first, second in _REASON.findall(source)} | set(_KIND.findall(source))

    assert used - _AT_START <= documented, used - _AT_START - documented
