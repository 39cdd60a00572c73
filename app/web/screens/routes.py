"""The addresses of the screens. Each handler reads its arguments, calls one operation and shows one page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from app.orm.errors import AppError, ConflictError, UserError
from app.orm.i18n import LANGUAGES, _
from app.web.context import current_env
from app.web.redirects import safe_target
from app.web.screens import conditions, everywhere, options, pages, password, preferences, rights, selection, shared
from app.web.screens.form import FormBuilder
from app.web.screens.formview import Inputs
from app.web.screens.listing import Listing
from app.web.screens.record import RecordForm
from app.web.screens.site import RIGHTS, Entry, site, views_of
from app.web.screens.state import SIZES, ListState, typed

screens = Blueprint("screens", __name__)
COOKIE_YEAR = 365 * 24 * 3600
KEY = f"<int(max={2**63 - 1}):key>"


def _state(model: str) -> tuple[ListState, Entry | None]:
    """The list state of this address and the menu entry that it belongs to."""
    views_of(model)
    state = ListState.read(model, request.args)
    return state, site().entry(model, state.menu)


def _menu(entry: Entry | None) -> Any:
    return entry.menu if entry else None


# ---- lists ------------------------------------------------------------------------------------------------------------


@screens.get("/")
def home() -> Response:
    """The first list of the menu; a friendly word for somebody without any."""
    env = current_env()
    entry = next((entry for entry in site().entries if site().may_open(env, entry)), None)
    return pages.go(entry.url) if entry else pages.show("screens/home.html")


@screens.get("/<model>/list")
def records(model: str) -> Response:
    """The list of a model."""
    state, entry = _state(model)
    env = current_env()
    env[model].check_access("read")
    view = Listing(env, views_of(model), state, _menu(entry)).build()
    return pages.show("screens/list.html", active=entry.key if entry else "", view=view)


@screens.get("/<model>/count")
def count(model: str) -> Response:
    """The count of a list to its end, with the pager that it gives."""
    state, entry = _state(model)
    env = current_env()
    env[model].check_access("read")
    return pages.show("screens/count.html", view=Listing(env, views_of(model), state, _menu(entry)).counts())


@screens.get("/<model>/condition")
def condition(model: str) -> Response:
    """The rest of the filter builder once a field is chosen."""
    env = current_env()
    views_of(model)
    name = request.args.get("cf", "")
    if not name:
        return Response("")
    if name not in env[model].fields_get([name]):
        abort(404)
    field: Any = env.registry[model]._fields[name]
    kind = conditions.INPUTS.get(field.type, "text")
    operators, offered = conditions.operators(field), conditions.choices(field, env)
    return pages.show("screens/builder.html", operators=operators, choices=offered, kind=kind)


@screens.post("/<model>/columns")
def columns(model: str) -> Response:
    """Remember the columns and the page size of a list."""
    state, entry = _state(model)
    env = current_env()
    listing = Listing(env, views_of(model), state, _menu(entry))
    chosen = None
    if "reset" not in request.form:
        size = request.form.get("size", "")
        names = [name for name in request.form.getlist("column") if name in listing.fields]
        order = [name for name in listing.names if name in names]
        chosen = {
            "columns": order + [name for name in names if name not in order] or None,
            "size": int(size) if size.isdecimal() and int(size) in SIZES else None,
        }
    preferences.put(env, listing.setting_key, chosen)
    return pages.go(state.url)


@screens.post("/<model>/selection")
def selected(model: str) -> Response:
    """Archive, restore or delete the selected records, or all that were found."""
    state, entry = _state(model)
    env = current_env()
    listing = Listing(env, views_of(model), state, _menu(entry))
    try:
        with env.savepoint():
            message = selection.act(env, listing, request.form)
    except selection.InUse as error:
        return pages.go(state.url, _("%(reason)s. Nothing was changed.", reason=error.reason))
    return pages.go(state.but(page=1).url, message)


# ---- forms ------------------------------------------------------------------------------------------------------------


def _form(model: str, key: int = 0) -> FormBuilder:
    state, entry = _state(model)
    env = current_env()
    menu = _menu(entry)
    at = request.args.get("at", "")
    context = {f"default_{name}": value for name, value in (menu.defaults.items() if menu and not key else ())}
    form = RecordForm(env, views_of(model), key, context)
    return FormBuilder(form, state, menu, int(at) if at.isdecimal() and len(at) < 9 else 0)


def _show_form(builder: FormBuilder, inputs: Inputs, status: int = 200, **facts: Any) -> Response:
    page = builder.build(inputs, changed=facts.get("changed", ""))
    page.question, page.answered = facts.get("question"), shared.answer(request.form)
    page.acted = facts.get("acted", False)
    page.conflicts, page.conflict_fields = facts.get("conflicts", []), facts.get("conflict_fields", "")
    return pages.show("screens/form.html", status, active=page.active, view=page)


@screens.get("/<model>/new")
def new(model: str) -> Response:
    """The empty form."""
    builder = _form(model)
    current_env()[model].check_access("create")
    return _show_form(builder, builder.form.blank())


@screens.get(f"/<model>/{KEY}")
def record(model: str, key: int) -> Response:
    """The form of one record."""
    views_of(model)
    current_env()[model].check_access("read")
    builder = _form(model, key)
    return _show_form(builder, builder.form.load())


@screens.post("/<model>/new")
def create(model: str) -> Response:
    """Save a new record."""
    return _save(_form(model))


@screens.post(f"/<model>/{KEY}")
def save(model: str, key: int) -> Response:
    """Save a record."""
    return _save(_form(model, key))


def _save(builder: FormBuilder) -> Response:
    form, posted = builder.form, request.form
    before = form.load() if form.key else form.blank()
    inputs = form.posted(posted, before)
    changed = _changed(posted.get("_changed"), posted.get("_theirs", ""))
    values = form.values(inputs, before, changed)
    names = posted.get("_changed", "")
    if inputs.errors:
        return _show_form(builder, inputs, 422, changed=names)
    asked = shared.question(form, values, before)
    chosen = shared.answer(posted) if asked else ""
    if asked and chosen not in (shared.ALL, shared.SPLIT):
        return _show_form(builder, inputs, 409, changed=names, question=asked)
    revision = posted.get("revision", "")
    try:
        with form.env.savepoint():
            if chosen == shared.SPLIT:
                copy = shared.split(form, values, before, posted)
                return pages.go(f"/{builder.model}/{copy.id}", _("This is the copy with your changes."))
            key = form.save(values, int(revision) if revision.isdecimal() else None)
    except ConflictError as error:
        fields = [name for name in error.conflicts or error.fields if name in form.shape.items]
        found = _conflicts(builder, before, inputs, fields)
        return _show_form(builder, inputs, 409, changed=names, conflicts=found, conflict_fields=",".join(fields))
    except AppError as error:
        form.note(error, inputs)
        return _show_form(builder, inputs, 422, changed=names)
    following = safe_target(posted.get("_next"), "")
    at = [("at", str(builder.at))] if builder.at and form.key else []
    return pages.go(following or f"/{builder.model}/{key}{builder.state.query(*at)}", _("Saved"))


def _changed(names: str | None, theirs: str) -> set[str] | None:
    """The fields that the user touched, as the browser says; None when it did not say."""
    return None if names is None else set(names.split(",")) - set(theirs.split(","))


def _conflicts(builder: FormBuilder, before: Inputs, now: Inputs, names: list[str]) -> list[tuple[str, str, str]]:
    """Label, typed value and saved value of each conflict, as the form shows them."""
    declared = builder.form.shape.declared
    return [(str(declared(name).string), _short(now.values.get(name)), _short(before.values.get(name))) for name in names]


def _short(shown: Any) -> str:
    if isinstance(shown, tuple):
        return str(shown[1])
    return ", ".join(str(item[1]) for item in shown) if isinstance(shown, list) else str(shown or "")


@screens.post(f"/<model>/{KEY}/<any(archive, restore, delete, copy):what>")
def act(model: str, key: int, what: str) -> Response:
    """Archive, restore, delete or duplicate one record."""
    builder = _form(model, key)
    records: Any = builder.form.records
    found = records.browse(key).exists()
    if not found:
        abort(404)
    if what == "delete":
        return _delete(builder, found)
    if what == "copy":
        return pages.go(f"/{model}/{found.copy().id}{builder.state.query()}", _("This is the copy. Change what differs."))
    found.write({"active": what == "restore"})
    builder.env.flush()
    target = request.full_path.replace(f"/{what}", "", 1).rstrip("?")
    return pages.go(target, _("Archived") if what == "archive" else _("Restored"))


def _delete(builder: FormBuilder, found: Any) -> Response:
    """Delete the record; where something needs it, its form says what."""
    try:
        with builder.env.savepoint():
            found.unlink()
            builder.env.flush()
    except AppError as error:
        builder.form.general.append(error.message)
        return _show_form(builder, builder.form.load(), error.status, acted=True)
    return pages.go(builder.state.url, _("Deleted"))


@screens.post(f"/<model>/{KEY}/call/<method>")
def call(model: str, key: int, method: str) -> Response:
    """Call a method that its model marked as an action and its form shows as a button."""
    builder = _form(model, key)
    function = getattr(builder.form.shape.cls, method, None)
    declared = any(button.method == method for button in builder.views.form.buttons)
    if not declared or not getattr(function, "_action", False):
        abort(404)
    found: Any = builder.form.records.browse(key).exists()
    if not found:
        abort(404)
    result = getattr(found, method)()
    builder.env.flush()
    target = request.full_path.replace(f"/call/{method}", "", 1).rstrip("?")
    if getattr(result, "_name", None) in site().views and len(result) == 1:
        target = f"/{result._name}/{result.id}"
    return pages.go(target, _("Done"))


# ---- choices, search, settings ----------------------------------------------------------------------------------------


@screens.get("/<model>/options/<name>")
def choices(model: str, name: str) -> ResponseReturnValue:
    """What a link may be set to, by a typed text."""
    views_of(model)
    return jsonify(options.offered(current_env(), model, name, typed(request.args.get("q", ""))))


@screens.post("/<model>/options/<name>")
def new_choice(model: str, name: str) -> ResponseReturnValue:
    """Create the linked record from its name alone."""
    views_of(model)
    return jsonify(options.created(current_env(), model, name, typed(request.form.get("name", ""))))


@screens.get("/search")
def search() -> Response:
    """Everything that a text finds: a short list under the box, or a page."""
    text = typed(request.args.get("q", ""))
    groups = everywhere.find(current_env(), text)
    boxed = request.headers.get("HX-Target") == "found"
    return pages.show("screens/found.html" if boxed else "screens/search.html", text=text, groups=groups)


@screens.get("/settings/rights")
def rights_page() -> Response:
    """The matrix of rights."""
    key = request.args.get("role", "")
    view = rights.matrix(current_env(), int(key) if key.isdecimal() else 0)
    return pages.show("screens/rights.html", active=RIGHTS, view=view)


@screens.post("/settings/rights")
def save_rights() -> Response:
    """Save the rights of a role."""
    key = request.args.get("role", "")
    message = rights.save(current_env(), int(key) if key.isdecimal() else 0, request.form)
    return pages.go(f"/settings/rights?role={key}", message)


@screens.get(f"/user/{KEY}/password")
def password_page(key: int) -> Response:
    """The form for a new password."""
    return _password(key, "")


@screens.post(f"/user/{KEY}/password")
def save_password(key: int) -> Response:
    """Set a password; the user's sessions end with the old one."""
    wrong = password.change(current_env(), key, request.form)
    return _password(key, str(wrong), 422) if wrong else pages.go("/", _("The password is changed."))


def _password(key: int, message: str, status: int = 200) -> Response:
    env = current_env()
    name = str(password.target(env, key).display_name)
    return pages.show("screens/password.html", status, key=key, own=key == env.uid, name=name, message=message)


@screens.post("/settings/language")
def language() -> Response:
    """The user's own language."""
    chosen = request.form.get("lang", "")
    if chosen not in LANGUAGES:
        raise UserError(_("This language is not known here."))
    env = current_env()
    env.user.sudo("the user chooses his language").write({"lang": chosen})
    answer = pages.go(safe_target(request.form.get("next")))
    answer.set_cookie("lang", chosen, max_age=COOKIE_YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer
