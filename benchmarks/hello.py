"""The baseline: a bare Flask application."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """The least that Flask can do."""
    return "hello"
