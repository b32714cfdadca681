"""gunicorn: threads behind nginx. Numbers may be set from outside; what is fixed here was measured or learned the hard way.

GUNICORN_BIND, GUNICORN_WORKERS and GUNICORN_THREADS change the first three; command-line options win over this file.
"""

import os
from pathlib import Path
from typing import Any

bind = os.environ.get("GUNICORN_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("GUNICORN_WORKERS", str(min(os.cpu_count() or 1, 4))))
threads = int(os.environ.get("GUNICORN_THREADS", "8"))
worker_class = "gthread"

# The application is loaded once and shared; connections do not survive the fork (post_fork).
preload_app = True
timeout = 60
graceful_timeout = 30
keepalive = 5
# Recycling bounds slow leaks. Not lower: each recycled worker leaves metric files behind.
max_requests = 5000
max_requests_jitter = 500
# The heartbeat file must not wait for a disk.
memory = Path("/dev/shm")  # noqa: S108 - gunicorn makes an unnamed file there
worker_tmp_dir = str(memory) if memory.is_dir() else None
# Since 25.1 gunicorn opens a control socket under the user's home; nobody asked for it.
control_socket_disable = True

limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190
# Only nginx on this machine may say where a request came from.
forwarded_allow_ips = os.environ.get("GUNICORN_FORWARDED_ALLOW_IPS", "127.0.0.1,::1")

# Metrics of several processes meet in files: there before the application is loaded, emptied of processes that are gone.
metrics_dir = Path(
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", f"{os.environ.get('SHIJIAN_DATA_DIR', 'var')}/metrics")
)
metrics_dir.mkdir(parents=True, exist_ok=True)
for left in metrics_dir.glob("*.db"):
    left.unlink()

# The application writes one JSON line a request itself.
accesslog = None
errorlog = "-"


def post_fork(_server: object, _worker: object) -> None:
    """Leave the parent's database connections to the parent."""
    # Not at the top: gunicorn reads this file before it is in the application's folder.
    from server.core.db import db  # noqa: PLC0415
    from wsgi import app  # noqa: PLC0415

    with app.app_context():
        db.engine.dispose(close=False)


def worker_exit(_server: object, _worker: object) -> None:
    """Write what the worker has counted since its last flush."""
    from server.core import tallies  # noqa: PLC0415 - as above

    tallies.flush_at_end()


def child_exit(_server: object, worker: Any) -> None:
    """Fold a dead worker's gauges away."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - it reads the folder's name when it is imported

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # untyped library
