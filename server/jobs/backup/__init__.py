"""Copies of the whole installation, and the way back: database, files, and a manifest that proves they belong together."""

from server.jobs.backup.copies import make, restore, verify
from server.jobs.backup.manifest import BadCopy, Manifest

__all__ = ["BadCopy", "Manifest", "make", "restore", "verify"]
