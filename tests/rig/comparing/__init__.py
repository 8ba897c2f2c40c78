"""Figures of two services side by side: which is better, and the table that says so."""
