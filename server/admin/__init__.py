"""The officers' face: pages and fragments under /admin."""
