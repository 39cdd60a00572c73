"""Static files: what set-up copies from npm, and how everything is served under an address with its content's hash.

`python -m app.web.assets build` fills `app/static/vendor` (never committed) from `node_modules`. At the start all files
are hashed together; the hash stands in the path, so ES modules find one another by relative names and everything may be
kept for ever by browsers. Icons are cut from Tabler's set into one sprite with only those that are used.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
import re
import shutil
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, make_response, request
from markupsafe import Markup

from app.orm.errors import DeclarationError
from app.ui.checks import near
from app.web.marks import public

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
COPIED = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
}
FONTS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
FRAME_ICONS = frozenset(
    [
        "adjustments",
        "alert-triangle",
        "archive",
        "archive-off",
        "arrow-left",
        "arrow-right",
        "building",
        "calendar",
        "check",
        "chevron-down",
        "chevron-left",
        "chevron-right",
        "chevron-up",
        "columns-3",
        "copy",
        "device-floppy",
        "dots",
        "filter",
        "help",
        "history",
        "key",
        "language",
        "list",
        "list-details",
        "login",
        "logout",
        "map-pin",
        "menu-2",
        "moon",
        "plus",
        "printer",
        "refresh",
        "search",
        "settings",
        "shield-lock",
        "sun",
        "sun-moon",
        "trash",
        "user",
        "users",
        "x",
    ]
)
_FOREVER = "public, max-age=31536000, immutable"
_COMPRESSED = re.compile(r"\.(css|js|svg|json|map)\Z")


def build(node_modules: Path, vendor: Path = VENDOR) -> None:
    """Copy the third-party files that the screens need; the same input gives the same bytes."""
    vendor.mkdir(parents=True, exist_ok=True)
    for source, name in COPIED.items():
        text = (node_modules / source).read_text(encoding="utf-8")
        (vendor / name).write_text(re.sub(r"\n?/[*/]# sourceMappingURL=[^\n]*", "", text), encoding="utf-8")
    for part in FONTS:
        name = f"inter-{part}-wght-normal.woff2"
        shutil.copyfile(node_modules / "@fontsource-variable/inter/files" / name, vendor / name)
    nodes = json.loads((node_modules / "@tabler/icons/tabler-nodes-outline.json").read_text(encoding="utf-8"))
    icons = {name: "".join(_shape(tag, values) for tag, values in shapes) for name, shapes in sorted(nodes.items())}
    (vendor / "icons.json").write_text(json.dumps(icons, separators=(",", ":")), encoding="utf-8")


def _shape(tag: str, values: dict[str, str]) -> str:
    return f"<{tag} " + " ".join(f'{name}="{value}"' for name, value in values.items()) + "/>"


class Assets:
    """All static files of one process: their common hash, their addresses, the sprite of icons."""

    def __init__(self, icons: Mapping[str, str], root: Path = STATIC) -> None:
        """`icons` says of each declared icon where it was declared."""
        self.root = root
        self.sprite = sprite({**dict.fromkeys(FRAME_ICONS, __file__), **icons}, root / "vendor" / "icons.json")
        self.digest = self._digest()
        self.drawn: dict[str, Markup] = {}

    def _digest(self) -> str:
        sums = hashlib.sha256(self.sprite)
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and path.name != "icons.json" and not path.name.startswith("."):
                sums.update(path.relative_to(self.root).as_posix().encode())
                sums.update(path.read_bytes())
        return sums.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of a file below `static/`."""
        return f"/assets/{self.digest}/{name}"

    def icon(self, name: str) -> Markup:
        """An icon of the sprite, hidden from screen readers: a word stands beside it or in the label."""
        found = self.drawn.get(name)
        if found is None:
            svg = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>')
            found = self.drawn[name] = svg.format(self.url("icons.svg"), name)
        return found

    def body(self, name: str) -> bytes | None:
        """The content of one file, or None where there is none below `static/`."""
        if name == "icons.svg":
            return self.sprite
        path = (self.root / name).resolve()
        return path.read_bytes() if path.is_relative_to(self.root) and path.is_file() else None

    def init_app(self, app: Flask) -> None:
        """Serve the files and give `asset` and `icon` to the templates."""
        packed = lru_cache(maxsize=256)(self._packed)

        @public
        def assets(digest: str, name: str) -> Response:
            zipped = "gzip" in request.headers.get("Accept-Encoding", "") and _COMPRESSED.search(name) is not None
            body = packed(name, zipped=zipped)
            if body is None:
                abort(404)
            answer = make_response(body)
            answer.mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
            answer.headers["Cache-Control"] = _FOREVER if digest == self.digest else "no-cache"
            answer.headers["Vary"] = "Accept-Encoding"
            if zipped:
                answer.headers["Content-Encoding"] = "gzip"
            return answer

        app.add_url_rule("/assets/<digest>/<path:name>", "assets", assets)
        app.jinja_env.globals.update(asset=self.url, icon=self.icon)

    def _packed(self, name: str, *, zipped: bool) -> bytes | None:
        body = self.body(name)
        return gzip.compress(body, 6, mtime=0) if zipped and body is not None else body


def sprite(icons: Mapping[str, str], source: Path) -> bytes:
    """One SVG with a symbol for each icon; an unknown name stops the start with the place of its declaration."""
    if not source.is_file():
        raise DeclarationError(f"{source} is missing: run `python -m app.web.assets build` after `npm ci`.")
    known: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    symbols = []
    for name in sorted(icons):
        if name not in known:
            raise DeclarationError(f'{icons[name]}: there is no icon "{name}".{near(name, known)}')
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
            f' stroke-linecap="round" stroke-linejoin="round">{known[name]}</symbol>'
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode()


def main(arguments: list[str]) -> int:
    """`build [NODE_MODULES]`: fill the vendor folder."""
    if not arguments or arguments[0] != "build":
        sys.stderr.write("usage: python -m app.web.assets build [NODE_MODULES]\n")
        return 2
    build(Path(arguments[1]) if len(arguments) > 1 else ROOT.parent / "node_modules")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
