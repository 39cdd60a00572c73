"""What gunicorn and `flask --app run` load: the application, made from the environment."""

from app import create_app

app = create_app()
