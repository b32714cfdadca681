"""Programs that stand in for the outside world in development and tests; nothing in the service imports them."""
