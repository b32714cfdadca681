"""What the bureau does: one room a package, each entered by its door; none knows HTTP."""
