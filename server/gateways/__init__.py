"""Doors to the outside, one foreign library each; they know no room."""
