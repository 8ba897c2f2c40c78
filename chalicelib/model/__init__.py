"""Nouns of the queue: plain values and the laws that hold between them."""
