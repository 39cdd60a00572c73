"""What gunicorn and `flask --app run` load: the application, made from the environment.

What somebody declared or set wrongly is told in its one sentence, with the place; a traceback would bury it.
"""

import gc
import sys

from app import create_app
from app.orm.errors import DeclarationError
from config import SettingError

# What is made here lives as long as the process: nothing of it is rubbish now, nor looked through for rubbish later.
gc.disable()
try:
    app = create_app()
except (DeclarationError, SettingError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
gc.freeze()
gc.enable()
