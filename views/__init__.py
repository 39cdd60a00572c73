"""Where things stand on a screen: one file per area, of the same name as in `models/`."""
