"""The HTTP edge: a route parses, calls one verb, and answers."""
