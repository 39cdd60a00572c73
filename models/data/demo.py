"""Demonstration data: organisations and people of an invented Russian business world, the same for the same seed.

Registration numbers have right check digits, telephones are possible ones, e-mail addresses end in `.example`, towns are real
and have their coordinates. Rows are made in chunks, so that a hundred thousand parties need neither much memory nor much time:
the texts are plain Python, the records one batch per model and chunk, each chunk a unit of work of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from stdnum.ru import inn as ru_inn

from models import address_text, declension, naming
from models.data import words

if TYPE_CHECKING:
    from app.orm.env import Env

SEED = 2026
CHUNK = 5_000
ORGANISATIONS = 0.45
"""Share of organisations among the parties."""
_SERIAL_PRIME = 9_999_991
_WEIGHTS = [town.weight for town in words.TOWNS]
_ENDINGS = {"m": "ый", "f": "ая", "n": "ое"}

Row = dict[str, Any]
_NO_PERSON: Row = dict.fromkeys(("gender", "salutation", "name_genitive", "name_dative"))


def load(env: Env, parties: int = 2000, seed: int = SEED) -> list[Callable[[Env], None]]:
    """The steps that bring the number of parties up to `parties`; what is there stays as it is.

    No step needs what another one makes. They are to be committed in this order: the next call counts what is there.
    """
    present = env["party"].with_context(active_test=False).search_count([])
    world = _World(codes=_codes(env), managers=_managers(env))
    _custom_fields(env)
    return [partial(_step, world, seed, start, min(CHUNK, parties - start)) for start in range(present, parties, CHUNK)]


def _step(world: _World, seed: int, start: int, size: int, env: Env) -> None:
    batch = _chunk(world, random.Random(f"{seed}/{start}"), start, size)  # noqa: S311 - invented data
    _write(env.with_context(tracking=False, geocoding=True), batch)


@dataclass(slots=True)
class _World:
    """What all chunks share: ids of codes by name, ids of account managers."""

    codes: dict[str, int]
    managers: list[int]


@dataclass(slots=True)
class _Batch:
    """The rows of a chunk; positions in `organisations` and `people` stand for ids until these are known."""

    organisations: list[Row] = field(default_factory=list)
    people: list[Row] = field(default_factory=list)
    parents: dict[int, int] = field(default_factory=dict)
    """Parents of organisations of the second half; they are of the first, whose ids are known by then."""
    half: int = 0
    addresses: list[Row] = field(default_factory=list)
    organisation_uses: list[tuple[int, int, str]] = field(default_factory=list)
    people_uses: list[tuple[int, int, str]] = field(default_factory=list)
    affiliations: list[tuple[int, int, Row]] = field(default_factory=list)
    contacts: list[tuple[int, Row]] = field(default_factory=list)

    def use(self, holders: list[Row], position: int, place: int, kinds: tuple[str, ...]) -> None:
        """Who is reached at an address. His town, which follows from it, is given with his row: so that is written once."""
        uses = self.organisation_uses if holders is self.organisations else self.people_uses
        uses += [(position, place, kind) for kind in kinds]
        holders[position]["city"] = self.addresses[place]["city"]


def _codes(env: Env) -> dict[str, int]:
    """Ids of the demonstration's codes by name; made where they are missing."""
    known = {code.name: code.id for code in env["code"].search([])}
    kinds = {kind.key: kind.id for kind in env["code.kind"].search([("key", "!=", None)])}
    for sequence, (key, name) in enumerate((("industry", "Отрасль"), ("category", "Категория"), ("part", "Часть страны"))):
        if key not in kinds:
            kinds[key] = env["code.kind"].create({"key": key, "name": name, "sequence": sequence}).id
    rows: list[dict[str, Any]] = [
        {"kind_id": kinds["industry"], "name": name, "colour": colour, "number": number}
        for name, colour, number in words.INDUSTRIES
    ]
    rows += [{"kind_id": kinds["category"], "name": name, "colour": colour} for name, colour in words.CATEGORIES]
    rows += [{"kind_id": kinds["part"], "name": name, "colour": colour} for name, colour, _below in words.PARTS]
    missing = [row for row in rows if row["name"] not in known]
    known.update(zip((row["name"] for row in missing), env["code"].create(missing).ids, strict=True))
    below: list[dict[str, Any]] = [
        {"kind_id": kinds["part"], "name": name, "colour": colour, "parent_id": known[parent]}
        for parent, colour, names in words.PARTS
        for name in names
        if name not in known
    ]
    known.update(zip((row["name"] for row in below), env["code"].create(below).ids, strict=True))
    return known


def _custom_fields(env: Env) -> None:
    """What an administrator may have added to the work of a person in an organisation."""
    definitions = env["custom.field"].with_context(active_test=False)
    known = set(definitions.search([("model", "=", "affiliation")]).mapped("name"))
    rows = [
        {"name": "x_pass_number", "label": "Номер пропуска", "type": "char"},
        {"name": "x_pass_until", "label": "Пропуск действует до", "type": "date"},
    ]
    definitions.create([{"model": "affiliation", **row} for row in rows if row["name"] not in known])


def _managers(env: Env) -> list[int]:
    return [user.id for user in env["user"].search([("login", "in", ["sales", "manager", "clerk"])], order="id")]


def _chunk(world: _World, rng: random.Random, start: int, size: int) -> _Batch:
    count = round(size * ORGANISATIONS)
    batch = _Batch(half=count // 2)
    towns = rng.choices(words.TOWNS, _WEIGHTS, k=count)
    for number, town in enumerate(towns):
        _organisation(batch, world, rng, start + number, town)
    for number in range(size - count):
        _person(batch, world, rng, start + count + number, towns)
    return batch


def _organisation(batch: _Batch, world: _World, rng: random.Random, index: int, town: words.Town) -> None:
    form = rng.choices([form for form, _share in words.FORMS], [share for _form, share in words.FORMS])[0]
    title = _title(rng)
    inn = _inn(town.subject, index)
    slug = _slug(title)
    name, position = f"{form} «{title}»", len(batch.organisations)
    row: Row = {
        "kind": "organisation", "name": name, "short_name": title, "legal_name": f"{words.LEGAL_FORMS[form]} «{title}»",
        "status": rng.choices(("active", "prospect", "paused", "closed"), (80, 12, 5, 3))[0], "inn": inn, "kpp": f"{inn[:4]}01001",
        "ogrn": _ogrn(rng, town.subject, index), "phone": _landline(rng, town), "email": f"office@{slug}.example",
        "website": f"https://{slug}.example", "preferred_channel": rng.choice(("email", "email", "phone", "post", None)),
        "industry_id": world.codes[rng.choice(words.INDUSTRIES)[0]], "code_ids": _marks(world, rng, town, form),
        "account_manager_id": rng.choice([*world.managers, None]), "is_confidential": rng.random() < 0.01,
        "do_not_call": rng.random() < 0.03, "do_not_email": rng.random() < 0.05,
    }  # fmt: skip
    batch.organisations.append({**row, "latin_name": naming.latin(name), **_NO_PERSON})
    if 0 < batch.half <= position and rng.random() < 0.1:
        batch.parents[position] = rng.randrange(batch.half)
    if not batch.addresses or rng.random() > 0.08:
        batch.addresses.append(_address(rng, town, office=True))
    place = len(batch.addresses) - 1
    batch.use(batch.organisations, position, place, ("legal", "visiting") if rng.random() < 0.3 else ("legal",))
    if rng.random() < 0.25:
        batch.contacts.append((position, {"kind": "phone", "purpose": "accounts", "value": _landline(rng, town)}))
        batch.contacts.append((position, {"kind": "email", "purpose": "accounts", "value": f"buh@{slug}.example"}))


def _person(batch: _Batch, world: _World, rng: random.Random, index: int, towns: list[words.Town]) -> None:
    family, given, patronymic = _name(rng)
    position, employer = len(batch.people), rng.randrange(len(batch.organisations)) if batch.organisations else None
    town = towns[employer] if employer is not None else rng.choice(words.TOWNS)
    mailbox = f"{_slug(given)[:1]}.{_slug(family)}"
    born = date(1955, 1, 1) + timedelta(days=rng.randrange(365 * 50))
    row: Row = {
        "kind": "person", "family_name": family, "given_name": given, "patronymic": patronymic, "birthday": born,
        "inn": _personal_inn(town.subject, index) if rng.random() < 0.1 else None,
        "phone": _mobile(rng), "email": f"{mailbox}{index}@mail.example", "account_manager_id": rng.choice([*world.managers, None]),
        "code_ids": _marks(world, rng, town, ""), "preferred_channel": rng.choice(("email", "phone", "messenger", None)),
        "private_phone": _mobile(rng) if rng.random() < 0.2 else None, "do_not_post": rng.random() < 0.05,
    }  # fmt: skip
    batch.people.append({**row, **_derived(family, given, patronymic)})
    if employer is not None and rng.random() < 0.92:
        batch.affiliations.append((position, employer, _job(rng, batch.organisations[employer], mailbox, primary=True)))
        if rng.random() < 0.08:
            other = rng.randrange(len(batch.organisations))
            batch.affiliations.append((position, other, _job(rng, batch.organisations[other], mailbox, primary=False)))
    if rng.random() < 0.35:
        if rng.random() < 0.7 or not batch.addresses:
            batch.addresses.append(_address(rng, town, office=False))
        batch.use(batch.people, position, len(batch.addresses) - 1, ("postal",))


def _derived(family: str, given: str, patronymic: str) -> Row:
    """What the model would compute, given with the row: for a hundred thousand people that saves half of the time."""
    parts, gender = (family, given, patronymic), naming.patronymic_gender(patronymic)
    name = naming.full_name(*parts)
    return {
        "name": name, "short_name": naming.short_name(*parts), "latin_name": naming.latin(name), "gender": gender,
        "salutation": naming.salutation(gender, *parts), "name_genitive": declension.decline(*parts, gender, declension.GENITIVE),
        "name_dative": declension.decline(*parts, gender, declension.DATIVE),
    }  # fmt: skip


def _title(rng: random.Random) -> str:
    if rng.random() < 0.45:
        return f"{rng.choice(words.FIRM_HEADS)}-{rng.choice(words.FIRM_TAILS)}"
    gender = rng.choice("mfn")
    stem = rng.choice(words.ADJECTIVES)
    ending = _ENDINGS[gender]
    if gender == "m" and stem in words.STRESSED:
        ending = "ой"
    elif gender == "m" and stem.endswith("ск"):
        ending = "ий"
    return f"{stem}{ending} {rng.choice(words.FIRM_NOUNS[gender])}"


def _name(rng: random.Random) -> tuple[str, str, str]:
    family, father = rng.choice(words.FAMILIES), rng.choice(words.FATHERS)
    if rng.random() < 0.5:
        return family, rng.choice(words.MALE_NAMES), father
    feminine = f"{family[:-2]}ая" if family.endswith("ий") else f"{family}а"
    mother = "Ильинична" if father == "Ильич" else f"{father[:-2]}на"
    return feminine, rng.choice(words.FEMALE_NAMES), mother


def _marks(world: _World, rng: random.Random, town: words.Town, form: str) -> list[int]:
    names = [town.part]
    if form in words.STATE_FORMS:
        names.append("гос. заказчик")
    elif rng.random() < 0.25:
        names.append(rng.choice(("VIP", "поставщик", "партнёр", "стройка", "СМИ")))
    return [world.codes[name] for name in names]


def _job(rng: random.Random, employer: Row, mailbox: str, *, primary: bool) -> Row:
    position, department = rng.choice(words.POSITIONS)
    begun = date(2005, 1, 1) + timedelta(days=rng.randrange(365 * 20))
    ended = begun + timedelta(days=rng.randrange(200, 3000)) if rng.random() < 0.1 else None
    domain = employer["email"].partition("@")[2]
    return {
        "position": position, "department": department, "date_from": begun, "date_to": ended, "is_primary": primary and ended is None,
        "phone": employer["phone"] if rng.random() < 0.3 else None, "email": f"{mailbox}@{domain}",
    }  # fmt: skip


def _address(rng: random.Random, town: words.Town, *, office: bool) -> Row:
    row: Row = {
        "country": "RU", "region": town.region, "city": town.name, "street": rng.choice(words.STREETS),
        "house": f"{rng.randrange(1, 190)}{rng.choice(('', '', '', '', 'А', 'Б'))}",
        "building": f"корп. {rng.randrange(1, 5)}" if rng.random() < 0.15 else None,
        "flat": str(rng.randrange(1, 600)) if not office or rng.random() < 0.5 else None,
        "postal_code": f"{town.postal[:3]}{rng.randrange(0, 120):03d}",
    }  # fmt: skip
    row["located_text"] = address_text.one_line(row)
    row["point"] = (round(town.longitude + rng.gauss(0, 0.03), 6), round(town.latitude + rng.gauss(0, 0.018), 6))
    row["accuracy"] = "town"
    row["geocode_source"] = "demo"
    return row


def _inn(subject: str, index: int) -> str:
    """Ten digits, different for every index."""
    front = f"{subject}{_serial(index):07d}"
    return front + str(ru_inn.calc_company_check_digit(front))


def _personal_inn(subject: str, index: int) -> str:
    front = f"{subject}{_serial(index):08d}"
    return front + str(ru_inn.calc_personal_check_digits(front))


def _serial(index: int) -> int:
    """A number that looks drawn and is never drawn twice."""
    return (index + 1) * 48_271 % _SERIAL_PRIME


def _ogrn(rng: random.Random, subject: str, index: int) -> str:
    front = f"1{rng.randrange(2, 25):02d}{subject}{_serial(index):07d}"
    return f"{front}{int(front) % 11 % 10}"


def _landline(rng: random.Random, town: words.Town) -> str:
    rest = str(rng.randrange(2, 7)) + "".join(rng.choices("0123456789", k=9 - len(town.dial)))
    return f"+7 {town.dial} {rest[:-4]}-{rest[-4:-2]}-{rest[-2:]}"


def _mobile(rng: random.Random) -> str:
    rest = f"{rng.randrange(10**7):07d}"
    return f"+7 9{rng.choice((10, 11, 16, 17, 20, 21, 25, 26, 27, 29, 50, 51, 60, 61, 81, 82))} {rest[:3]}-{rest[3:5]}-{rest[5:]}"


def _slug(text: str) -> str:
    return "".join(letter for letter in (naming.latin(text) or "").lower().replace(" ", "-") if letter.isalnum() or letter == "-")


def _write(env: Env, batch: _Batch) -> None:
    organisations = env["party"].create(batch.organisations[: batch.half]).ids
    for position, parent in batch.parents.items():
        batch.organisations[position]["parent_id"] = organisations[parent]
    organisations += env["party"].create(batch.organisations[batch.half :]).ids
    people = env["party"].create(batch.people).ids
    addresses = env["address"].create(batch.addresses).ids
    jobs = [
        {**row, "person_id": people[person], "organisation_id": organisations[firm]} for person, firm, row in batch.affiliations
    ]
    env["affiliation"].create(jobs)
    env["party.contact"].create([{**row, "party_id": organisations[position]} for position, row in batch.contacts])
    env["address.use"].create(list(_uses(batch, organisations, people, addresses)))


def _uses(batch: _Batch, organisations: list[int], people: list[int], addresses: list[int]) -> Iterator[Row]:
    for holders, uses in ((organisations, batch.organisation_uses), (people, batch.people_uses)):
        for position, place, kind in uses:
            yield {"party_id": holders[position], "address_id": addresses[place], "kind": kind}
