"""The restore drill: a copy of a living installation fills an empty one, and nothing differs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.domain import identity
from tests.jobs.probes import Bench, bench_of
from tests.support.databases import chosen_databases, fresh_database
from tests.support.service import ROOT, RunningService, running_service, service_environ

pytestmark = pytest.mark.slow


@pytest.fixture(params=chosen_databases())
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningService]:
    folder = tmp_path / "living"
    folder.mkdir()
    with (
        fresh_database(request.param, folder) as made,
        running_service(made.url, folder, workers=0, web=False) as running,
    ):
        yield running


@pytest.fixture
def bench(service: RunningService) -> Iterator[Bench]:
    with bench_of(service) as made:
        yield made


@pytest.fixture
def empty(service: RunningService, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of another installation with the same keys and nothing in it."""
    make = sa.make_url(service.environ["SHIJIAN_DATABASE_URL"]).get_backend_name().replace("mysql", "mariadb")
    folder = tmp_path / "empty"
    folder.mkdir()
    with fresh_database(make, folder) as made:
        yield service_environ(made.url, folder, wechat_base_url="http://127.0.0.1:9", settings={})


def run(script: str, environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    environ = environ | {"BACKUP_COMMAND": str(shijian_of(Path(environ["SHIJIAN_DATA_DIR"])))}
    command = [str(ROOT / "deploy/bin" / script), *words]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=600)


def shijian_of(folder: Path) -> Path:
    """The command as a file, as an installation has it."""
    path = folder / "shijian"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m server.jobs.commands "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def contents(url: str) -> dict[str, int]:
    """How many rows each table has."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            names = sa.inspect(connection).get_table_names()
            count = sa.select(sa.func.count())
            return {name: connection.scalar(count.select_from(sa.table(name))) for name in names}
    finally:
        engine.dispose()


def stored(folder: str) -> dict[str, bytes]:
    root = Path(folder) / "files"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def furnish(bench: Bench, service: RunningService) -> None:
    """Some rows, a chain, and a file."""
    for number in range(5):
        bench.put("probe.effect", f"thing{number}")
    with bench.open():
        for number in range(30):
            identity.record(identity.SCHEDULER, "probe.done", summary=f"第 {number} 条")
    with bench.open():
        identity.seal_audit()
    path = Path(service.environ["SHIJIAN_DATA_DIR"]) / "files" / "ab" / "cd" / f"{'0' * 32}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a picture")


def test_a_copy_of_a_working_installation_fills_an_empty_one(
    service: RunningService, bench: Bench, empty: dict[str, str], tmp_path: Path
):
    furnish(bench, service)
    stop = threading.Event()

    def go_on_writing() -> None:
        while not stop.wait(0.01):
            bench.put("probe.effect", "meanwhile")

    writer = threading.Thread(target=go_on_writing)
    writer.start()
    try:
        made = run("backup.sh", service.environ, str(tmp_path / "copies"))
    finally:
        stop.set()
        writer.join()
    assert made.returncode == 0, made.stderr
    archive = made.stdout.strip().splitlines()[-1]
    assert oct(Path(archive).stat().st_mode)[-3:] == "600"

    restored = run("restore.sh", empty, archive)
    assert restored.returncode == 0, restored.stderr
    living, copy = contents(service.environ["SHIJIAN_DATABASE_URL"]), contents(empty["SHIJIAN_DATABASE_URL"])
    assert living.keys() == copy.keys()
    assert copy["audit_entries"] >= 30
    assert 5 <= copy["jobs"] <= living["jobs"]
    changing = {"jobs", "audit_entries"}
    assert {name: n for name, n in copy.items() if name not in changing} == {
        name: n for name, n in living.items() if name not in changing
    }
    assert stored(empty["SHIJIAN_DATA_DIR"]) == stored(service.environ["SHIJIAN_DATA_DIR"])

    again = run("restore.sh", empty, archive)
    assert again.returncode == 1
    assert "不是空的" in again.stderr


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_changed_copy_is_refused(service: RunningService, bench: Bench, empty: dict[str, str], tmp_path: Path):
    furnish(bench, service)
    command = [sys.executable, "-m", "server.jobs.commands", "backup", "make", str(tmp_path / "copies")]
    made = subprocess.run(command, cwd=ROOT, env=service.environ, capture_output=True, text=True, check=True)
    copy = Path(made.stdout.strip())
    with (copy / "files.tar").open("r+b") as part:
        part.seek(600)
        part.write(b"x")
    words = [sys.executable, "-m", "server.jobs.commands", "backup", "restore", str(copy)]
    refused = subprocess.run(words, cwd=ROOT, env=empty, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "备份已损坏：files.tar" in refused.stderr
    assert contents(empty["SHIJIAN_DATABASE_URL"]) == {}


def test_old_copies_are_thinned_out(tmp_path: Path):
    """Seven days, four weeks, twelve months; everything else goes, its digest with it."""
    folder = tmp_path / "copies"
    folder.mkdir()
    today = date(2026, 11, 20)
    for back in range(1, 420):
        name = f"shijian-{today - timedelta(days=back):%Y%m%d}-023000.tar"
        (folder / name).touch()
        (folder / f"{name}.sha256").touch()
    (folder / "notes.txt").touch()
    fake = tmp_path / "shijian"
    fake.write_text(
        '#!/bin/sh\nif [ "$2" = make ]; then mkdir "$3/shijian-20261120-023000"; echo "$3/shijian-20261120-023000"; fi\n',
        encoding="utf-8",
    )
    fake.chmod(0o755)
    environ = os.environ | {"BACKUP_COMMAND": str(fake)}
    script = str(ROOT / "deploy/bin/backup.sh")
    done = subprocess.run([script, str(folder)], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    days = sorted(path.name[8:16] for path in folder.glob("*.tar"))
    assert days[-7:] == [f"{today - timedelta(days=back):%Y%m%d}" for back in range(6, -1, -1)]
    months = {day[:6] for day in days}
    assert len(months) == 12
    assert len(days) <= 7 + 4 + 12
    assert len(list(folder.glob("*.sha256"))) == len(days)
    assert (folder / "notes.txt").exists()
