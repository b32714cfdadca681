"""The room's tables: what is announced, what is sent out, what came in."""
