"""`fold` and `plain`: one key for every way to write a name, the same in Python and in PostgreSQL."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.local import ensure
from app.orm.ddl import extension_ddl
from app.orm.fold import FOLD_STEPS, PLAIN_STEPS, fold, plain

SPELLINGS = [
    "Невский Nevsky Nevskiy Nevskij Nevskii Nevski",
    "Щукин Shchukin Schukin",
    "Юрий Yuri Iurii Jurij Yuriy Yury",
    "Хабаровск Khabarovsk Habarovsk",
    "Фёдоров Федоров Fyodorov Fedorov",
    "Васильев Vasilyev Vasilev Vasiliev Vasil'ev",
    "Алексей Alexey Aleksei Alexei Aleksej Aleksey",
    "Чайковский Tchaikovsky Chaykovskiy Čajkovskij Tschaikowski",
    "Шостакович Shostakovich Schostakowitsch Šostakovič",
    "Жуков Zhukov Žukov",
    "Екатеринбург Yekaterinburg Ekaterinburg Jekaterinburg",
    "Йошкар Yoshkar Joshkar",
    "Майоров Mayorov Maiorov Majorov",
    "Цветаева Tsvetaeva Tsvetayeva Cvetaeva",
    "Мария Maria Mariya Mariia Marija",
    "Хрущёв Khrushchev Khrushchyov Hruŝëv",
    "Пётр Petr Pyotr",
    "Нижний Nizhny Nizhniy Nizhnij",
    "Якутск Yakutsk Iakutsk Jakutsk",
    "Соловьёв Solovyov Solovyev Solovev Soloviev",
    "Ельцин Yeltsin Eltsin El’cin",
    "Ксения Ksenia Xenia Kseniya",
    "Müller Muller MÜLLER",
]


@pytest.fixture(scope="module")
def functions():
    """A connection to a database with both functions."""
    with psycopg.connect(ensure().dsn_test.replace("+psycopg", "", 1)) as connection:
        connection.execute(extension_ddl())
        yield connection
        connection.rollback()


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_every_spelling_of_a_name_has_one_key(spellings):
    """design.md 7: transliteration."""
    words = spellings.split()

    assert {word: fold(word) for word in words} == dict.fromkeys(words, fold(words[0]))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Невский", "nevski"),
        ("ООО «Ромашка-2», д. 5/7", "oo romashka 2 d 5 7"),
        ("  Два   слова\n", "dva slova"),
        ("8 (495) 123-45-67", "8 495 123 45 67"),
        ("", ""),
        ("…", ""),
        ("Киев", "kiev"),
        ("株式会社", "株式会社"),
    ],
)
def test_keys_are_readable(text, key):
    """Lower-case Latin letters and digits, words divided by single blanks."""
    assert fold(text) == key


@pytest.mark.parametrize(("one", "other"), [("Иванов", "Ивлев"), ("Жуков", "Зуков"), ("Шаров", "Царёв"), ("Ольга", "Олег")])
def test_different_names_keep_different_keys(one, other):
    """A skeleton, but not one for all."""
    assert fold(one) != fold(other)


@pytest.mark.parametrize(("word", "start"), [("Якутск", "Якут"), ("Юрий", "Юри"), ("Майоров", "Май"), ("Советский", "Совет")])
def test_the_beginning_of_a_word_finds_it(word, start):
    """Whoever types gets his answer before he is done."""
    assert fold(word).startswith(fold(start))


def test_plain_forgives_case_accents_and_yo_and_nothing_else():
    """orm.md 6: `ilike` ignores accents and ё/е."""
    assert plain("ЁЛКА") == plain("елка")
    assert plain("Café") == plain("CAFE")
    assert plain("Йод") != plain("Иод")
    assert plain("Невский") != plain("Nevsky")
    assert plain("100%_a") == "100%_a"


LETTERS = st.sampled_from(
    "абвгдежзийклмнопрстуфхцчшщъыьэюяЁёІіЇїЄєҐґӘәЎў"
    "abcdefghijklmnopqrstuvwxyzABCXYZ"
    "éèüßøłşÇčšžŝĈæœþİıſς"
    "'’ʹ-. ,№0123456789\n\t\u00a0\u0301\u0308"
)
TEXTS = st.lists(
    st.text(LETTERS, max_size=30) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=15),
    min_size=50,
    max_size=50,
)


@settings(max_examples=40, deadline=None)
@given(texts=TEXTS)
@pytest.mark.parametrize(("name", "python"), [("fold", fold), ("plain", plain)])
def test_python_and_postgresql_agree(functions, name, python, texts):
    """design.md 7: a property test compares both."""
    rows = functions.execute(f"SELECT t, public.{name}(t) FROM unnest(%s::text[]) AS t", [texts]).fetchall()

    assert dict(rows) == {text: python(text) for text in texts}


@given(text=st.text(LETTERS, max_size=30))
def test_a_key_of_a_key_has_the_same_letters_or_fewer(text):
    """Folding only ever forgets."""
    key = fold(text)

    assert len(fold(key)) <= len(key)
    assert key == key.strip()
    assert "  " not in key


def test_the_steps_use_no_locale_and_no_dialect():
    """Explicit ranges only: `\\w` means something else in PostgreSQL than in Python."""
    patterns = [step.pattern for step in (*FOLD_STEPS, *PLAIN_STEPS) if hasattr(step, "pattern")]

    assert not [pattern for pattern in patterns if any(short in pattern for short in ("\\w", "\\s", "\\d", "\\b"))]
