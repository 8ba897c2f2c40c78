"""Instants of callbacks, the arithmetic of them, waiting for them, and the tables of them."""
