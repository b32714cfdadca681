"""``python -m server.jobs.commands``."""

from __future__ import annotations

import sys

from server.jobs.commands import main

sys.exit(main())
