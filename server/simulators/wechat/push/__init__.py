"""Pushes to the developer's callback: how they look, how they are signed, and how they are delivered."""
