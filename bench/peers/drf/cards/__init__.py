"""The application that Django wants its models in."""
