"""The world: one vendor noun a file; the words item, table and client stay in here."""
