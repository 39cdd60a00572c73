"""The generated REST interface: FAB's protocol over recordsets, one resource per model, nothing written by hand."""
