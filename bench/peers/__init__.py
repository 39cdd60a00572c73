"""Peers: the same list and the same form by stock frameworks, each in an environment of its own."""
