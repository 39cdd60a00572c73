"""The bridge to Flask and Flask-AppBuilder: requests, sign-in, REST and generated screens over recordsets.

Nothing here knows a business word: what is served comes from the registry.
"""
