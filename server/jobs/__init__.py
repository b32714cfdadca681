"""The machine's face: scheduled and queued work, and the operator's commands."""
