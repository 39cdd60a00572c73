"""What gunicorn and `flask --app run` load: the application, made from the environment.

What somebody declared or set wrongly is told in its one sentence, with the place; a traceback would bury it.
"""

import sys

from app import create_app
from app.orm.errors import DeclarationError
from config import SettingError

try:
    app = create_app()
except (DeclarationError, SettingError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
