"""PDFium, which one thread of a process may use at a time: whoever calls it holds ``alone``."""

from __future__ import annotations

import threading

alone = threading.Lock()
