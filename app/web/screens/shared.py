"""A record that others use too: who they are, asked before a change is saved, and the copy split off for some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from app.orm.errors import UserError
from app.orm.i18n import _
from app.web.screens.formview import Inputs, Line
from app.web.screens.record import RecordForm

ALL, SPLIT = "all", "split"
Form = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """What the dialog says: everybody concerned in words, the uses to choose from, whether a copy may be made."""

    summary: str
    uses: list[tuple[int, str]]
    may_split: bool


def answer(posted: Form) -> str:
    """What was chosen in the dialog, now or before an error."""
    return posted.get("_answer") or posted.get("_shared", "")


def question(form: RecordForm, values: dict[str, Any], before: Inputs) -> Question | None:
    """What to ask before these values are written; None when only one use is concerned, or nothing but the uses change."""
    declared = form.views.form.shared
    if declared is None or not form.key or declared.uses not in form.shape.lines or not plain(form, values):
        return None
    lines = before.lines[declared.uses]
    if len(lines) < 2:
        return None
    uses: Any = form.env[form.shape.declared(declared.uses).comodel]
    may_split = uses.has_access("write") and form.records.has_access("create")
    summary = str(before.values.get(declared.summary) or len(lines))
    return Question(summary, [(line.id, _label(form, declared.uses, line)) for line in lines], may_split)


def plain(form: RecordForm, values: dict[str, Any]) -> dict[str, Any]:
    """The values without those of lines."""
    return {name: value for name, value in values.items() if name not in form.shape.lines}


def split(form: RecordForm, values: dict[str, Any], before: Inputs, posted: Form) -> Any:
    """Give the ticked uses a copy with the changed values; changed lines are written to the record itself. The copy."""
    declared = form.views.form.shared
    if declared is None:
        raise UserError(_("Nothing can be split off here."))
    wanted = set(posted.getlist("_use"))
    chosen = [line.id for line in before.lines.get(declared.uses, []) if str(line.id) in wanted]
    if not chosen:
        raise UserError(_("Tick who gets the copy."))
    lines = {name: value for name, value in values.items() if name in form.shape.lines}
    if lines:
        form.records.browse(form.key).write(lines)
    uses: Any = form.env[form.shape.declared(declared.uses).comodel]
    copy = getattr(uses.browse(chosen), declared.split)(plain(form, values))
    form.env.flush()
    return copy


def _label(form: RecordForm, name: str, line: Line) -> str:
    """A use in words: what it links, and its kind."""
    words = []
    for column, part in form.shape.line_fields(name).items():
        shown = line.inputs.get(column)
        if part.type == "many2one" and shown:
            words.append(str(shown[1]))
        elif part.type == "selection" and shown:
            words.append(str(dict(part.choices(form.env)).get(shown, shown)))
    return ", ".join(words) or f"#{line.id}"
