"""Tests of the bridge to Flask-AppBuilder: REST, sign-in, headers, pages."""
