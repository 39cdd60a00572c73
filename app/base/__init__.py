"""The platform's own models: declared like any other area, discovered like an add-on."""
