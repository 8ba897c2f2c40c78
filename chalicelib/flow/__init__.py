"""Verbs: one stage of a job's way a file."""
