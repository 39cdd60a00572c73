"""Settings come from the environment, and what must not go into production does not start."""

import stat

import pytest

import config
from config import SettingError, Settings

ELSEWHERE = {"DATABASE_URL": "postgresql://web@db.internal/kartoteka", "REDIS_URL": "redis://redis.internal:6379/0"}


@pytest.fixture
def read(tmp_path):
    """Settings as a portal elsewhere would have them, plus the given variables."""

    def read(**variables):
        return Settings.from_environment({"KARTOTEKA_HOME": str(tmp_path), **ELSEWHERE, **variables})

    return read


def test_the_defaults_are_those_of_the_documentation(read, tmp_path):
    settings = read()

    assert (settings.port, settings.host, settings.demo, settings.addons) == (8080, "127.0.0.1", True, ())
    assert settings.mail_url == f"file://{tmp_path}/mail"
    assert settings.database_owner_url == settings.database_url == "postgresql+psycopg://web@db.internal/kartoteka"


def test_secrets_are_random_kept_and_readable_by_nobody_else(read, tmp_path):
    first, second = read(), read()

    assert first.secret_key == second.secret_key
    assert first.demo_password == second.demo_password
    assert len(first.secret_key) >= 32
    for name in ("secret_key", "demo_password"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        assert sorted(file.name for file in tmp_path.glob(f"{name}*")) == [name]


def test_another_portal_has_other_secrets(read, tmp_path_factory):
    other = str(tmp_path_factory.mktemp("other"))

    assert read().secret_key != read(KARTOTEKA_HOME=other).secret_key


@pytest.mark.parametrize(
    "secret", ["short", "changeme-changeme-changeme", "thisismysecretkey-which-is-long", "Password-Password-Password"]
)
def test_a_secret_that_everybody_knows_does_not_start(read, secret):
    with pytest.raises(SettingError, match=r"SECRET_KEY is well known or shorter than 16 characters\. Leave it out"):
        read(SECRET_KEY=secret)


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("PORT", "http", "PORT must be a number from 1 to 65535"),
        ("PORT", "70000", "PORT must be a number from 1 to 65535"),
        ("DEMO", "yes", "DEMO must be 0 or 1"),
        ("DATABASE_URL", "mysql://db/kartoteka", "DATABASE_URL must start with postgresql://"),
    ],
)
def test_a_wrong_value_says_what_it_should_be(read, variable, value, remedy):
    with pytest.raises(SettingError, match=remedy):
        read(**{variable: value})


def test_addons_are_named_with_commas(read):
    assert read(KARTOTEKA_ADDONS="library, fleet,").addons == ("library", "fleet")


def test_the_limiter_gets_a_socket_in_its_own_spelling(read):
    flask = read(REDIS_URL="unix:///run/redis.sock?db=3").for_flask()

    assert flask["RATELIMIT_STORAGE_URI"] == "redis+unix:///run/redis.sock?db=3"
    assert flask["REDIS_URL"] == "unix:///run/redis.sock?db=3"


def test_every_setting_is_documented():
    documented = {line.split("`")[1].lower() for line in (config.__doc__ or "").splitlines() if line.startswith("| `")}
    names = {name.removeprefix("kartoteka_") for name in documented}

    assert names == {"home" if name == "home" else name for name in Settings.__dataclass_fields__}
