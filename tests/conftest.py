"""The fixtures that all tests share: services, a database of one's own, the application on it, a browser in front of it."""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from redis import Redis

from app.local import Services, ensure
from app.local.places import home_folder
from config import Settings
from tests.support import browser as chrome
from tests.support.databases import PASSWORD, Databases, Place
from tests.support.network import guard
from tests.support.server import serving

REDIS_DATABASES = 64


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        guard(patch)
        yield


@pytest.fixture(scope="session")
def services() -> Services:
    """PostgreSQL and Redis, started when they are down; nobody stops them while this process runs."""
    return ensure()


@pytest.fixture(scope="session")
def databases(services: Services) -> Databases:
    """Makes databases from templates."""
    made = Databases(services)
    made.drop_leftovers()
    return made


@pytest.fixture(scope="session")
def redis_url(services: Services) -> Iterator[str]:
    """A numbered database of Redis that no other test process uses meanwhile, empty."""
    folder = home_folder() / "redis-databases"
    folder.mkdir(exist_ok=True)
    for number in range(1, REDIS_DATABASES):
        with Path(folder, str(number)).open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            url = services.redis_url.replace("db=0", f"db={number}")
            with Redis.from_url(url) as client:
                client.flushdb()
            yield url
            return
    pytest.fail("All databases of Redis are in use by other test runs.", pytrace=False)


@pytest.fixture(scope="session")
def new_database(databases: Databases) -> Iterator[Callable[..., Place]]:
    """`new_database("label", addons=[…])`: a migrated database with roles and rights, dropped at the end."""
    made: list[Place] = []

    def new(label: str, addons: Sequence[str] = ()) -> Place:
        made.append(databases.copy(databases.template(addons), label))
        return made[-1]

    yield new
    for place in made:
        databases.drop(place)


@pytest.fixture(scope="session")
def new_app(new_database: Callable[..., Place], redis_url: str, tmp_path_factory: Any) -> Iterator[Callable[..., Any]]:
    """`new_app("label", addons=[…], **flask_settings)`: the application on a new database, with the demo users."""
    # Here and not above: tests of single layers need no application, and shall not pay for one.
    from app import create_app
    from app.cli.seeding import demo_users

    made: list[Any] = []

    def new(label: str, addons: Sequence[str] = (), **overrides: Any) -> Any:
        place = new_database(label, addons)
        home = tmp_path_factory.mktemp(label)
        settings = Settings.from_environment(
            {
                "DATABASE_URL": place.web,
                "DATABASE_OWNER_URL": place.owner,
                "REDIS_URL": redis_url,
                "KARTOTEKA_HOME": str(home),
                "KARTOTEKA_ADDONS": ",".join(addons),
                "DEMO_PASSWORD": PASSWORD,
            }
        )
        app = create_app(settings, TESTING=True, **overrides)
        database = app.extensions["kartoteka"].database
        made.append(database)
        with app.app_context():
            database.superuser(source="command").run(lambda env: demo_users(env, PASSWORD))
        return app

    yield new
    for database in made:
        database.engine.dispose()


@pytest.fixture(scope="session")
def app(new_app: Callable[..., Any]) -> Any:
    """The portal as it is, with one user of each demo role and no data."""
    return new_app("portal")


@pytest.fixture(scope="session")
def address(app: Any) -> Iterator[str]:
    """The portal's address, for browsers and HTTP clients."""
    with serving(app) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one per test process."""
    with chrome.chromium() as running:
        yield running


@pytest.fixture
def new_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """`new_page(locale="en-GB", color_scheme="dark", …)`: a fresh window; errors and outside requests fail the test."""
    contexts, watched = [], []

    def new(**options: Any) -> Page:
        context = browser.new_context(base_url=address, **chrome.options(**options))
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        watched.append(chrome.Complaints(page, address))
        return page

    yield new
    for context in contexts:
        context.close()
    assert [complaint for page in watched for complaint in page.found] == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A window of a Russian user."""
    return new_page()


@pytest.fixture
def sign_in(address: str) -> Callable[..., Page]:
    """`sign_in(page, "clerk")`: signs in by the form, as people do."""

    def sign_in(page: Page, login: str) -> Page:
        page.goto(f"{address}/login/")
        page.fill("input[name=username]", login)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    return sign_in
