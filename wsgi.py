"""What gunicorn loads."""

from server.app import create_app
from server.core import logs
from server.settings import Settings

settings = Settings.from_env()
logs.configure(settings.log_level)
app = create_app(settings)
