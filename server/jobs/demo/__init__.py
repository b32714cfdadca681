"""``make run``: the whole service on one machine, with people and a story to look at."""

from server.jobs.demo.launch import main

__all__ = ["main"]
