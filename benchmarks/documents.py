"""Documents issued and made in one batch: documents/s, memory at 100 and at many, beside a bare page of the typesetter.

``python -m benchmarks.documents [--documents 1000] [--on sqlite]``. The batch is the job that the console starts, with its
units, numbers, seal, PDF, Word file and hashes on the disk; each size runs in a process of its own, so that its highest
memory is its own. The bare page is what typst takes for one with two numbers in the same process, before and after.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import typst

from server.app import create_app
from server.core.db import Base, db, session, unit
from server.domain import documents
from server.gateways.queue import JobState
from tests.conftest import make_settings
from tests.factories import contracts
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.documents import KIND, listed, matter
from tests.support.databases import available, fresh_database
from tests.support.jobs import work

SMALL = 100
EMPTY = 40
SINCE = date(2026, 1, 1)


def bare() -> float:
    """Milliseconds of a page with two numbers, the median of several; never the same, since typst remembers what it set."""
    compiler, taken = typst.Compiler(), []
    for number in range(EMPTY):
        begun = time.perf_counter()
        compiler.compile(input=f'#set page(paper: "a4")\n{number} {begun}\n'.encode(), format="pdf")
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


def one_size(count: int, make: str) -> dict[str, float]:
    """Issue and make that many in a batch."""
    object.__setattr__(KIND, "subjects", listed)
    with tempfile.TemporaryDirectory() as folder, fresh_database(make, Path(folder)) as fresh:
        app = create_app(make_settings(Path(folder), database_url=fresh.url))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            with unit():
                seeded_calendar()
                ours, lin = contracts.contract_a(), people.actor("lin")
                rows = [{"name": f"检查项目 {row}", "count": str(row)} for row in range(12)]
                for number in range(count):
                    matter(ours, rows=rows, covers_on=SINCE + timedelta(days=number % 300))
                run = documents.start_batch(
                    lin, kind_code=KIND.code, contract_id=ours.id, since=SINCE, until=SINCE + timedelta(days=300)
                )
                key = run.id
            before = bare()
            begun, worked = time.perf_counter(), time.process_time()
            work(app)
            seconds, processor = time.perf_counter() - begun, time.process_time() - worked
            after = bare()
            with unit():
                run = session().get_one(documents.DocumentRun, key)
                (standing,) = documents.standings([run])
                if standing.state is not JobState.DONE or run.made != count:
                    raise SystemExit(f"made {run.made} of {count}: {run.notes}")
    return {
        "count": count,
        "seconds": seconds,
        "processor": processor,
        "bare_ms": (before + after) / 2,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Run both sizes and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--on", default="sqlite")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not available(options.on):
        raise SystemExit(f"no {options.on} here")
    if options.one:
        print(json.dumps(one_size(options.one, options.on)))
        return
    print(f"{options.on}, load {os.getloadavg()[0]:.1f}")
    print(f"{'documents':>10} {'docs/s':>8} {'ms each':>8} {'cpu ms':>8} {'bare ms':>8} {'x bare':>7} {'peak MB':>8}")
    for count in dict.fromkeys((SMALL, options.documents)):
        command = [sys.executable, "-m", "benchmarks.documents", "--one", str(count), "--on", options.on]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        told = json.loads(done.stdout.splitlines()[-1])
        each = told["seconds"] * 1000 / count
        print(
            f"{count:>10} {count / told['seconds']:>8.1f} {each:>8.1f} {told['processor'] * 1000 / count:>8.1f} "
            f"{told['bare_ms']:>8.2f} {each / told['bare_ms']:>7.1f} {told['peak_mb']:>8.0f}"
        )


if __name__ == "__main__":
    main()
