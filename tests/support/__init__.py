"""What fixtures are made of: databases from templates, a guard against the network, Chromium."""
