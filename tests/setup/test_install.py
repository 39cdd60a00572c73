"""What `make run` and `make test` install, and what they say where they cannot."""

import os
import shutil
import subprocess

from app.local.places import CHECKOUT

SCRIPT = CHECKOUT / "deploy" / "local" / "install.sh"


def install(purpose, tmp_path, **environ):
    return subprocess.run(
        [SCRIPT, purpose],
        env={"KARTOTEKA_HOME": str(tmp_path), "KARTOTEKA_INSTALL_LOCKED": "yes", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def programs(folder, *names):
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


def test_a_system_that_is_not_debian_gets_a_clear_list(tmp_path):
    path = programs(tmp_path / "bin", "sh", "dirname", "mkdir", "python3")

    said = install("test", tmp_path, PATH=path)

    assert said.returncode == 1
    assert "Missing here: node npm wkhtmltopdf pg_config redis-server chromium pdftotext" in said.stderr
    assert "PostgreSQL 15 or newer with PostGIS" in said.stderr


def test_services_of_ones_own_need_no_programs(tmp_path):
    path = programs(tmp_path / "bin", "sh", "dirname", "mkdir", "python3")

    said = install("run", tmp_path, PATH=path, DATABASE_URL="postgresql://db/kartoteka", REDIS_URL="redis://redis")

    assert "Missing here: node npm wkhtmltopdf \n" in said.stderr


def test_what_is_there_is_left_alone(tmp_path):
    said = install("test", tmp_path, PATH=os.environ["PATH"])

    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_locks_name_versions_and_hashes_but_no_addresses():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (CHECKOUT / name).read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert pins
        assert all("==" in pin and pin.endswith("\\") for pin in pins)
        assert not any("://" in line or line.startswith("-") for line in lines)
    assert '"resolved"' not in (CHECKOUT / "package-lock.json").read_text()
