"""Formulas and LaTeX in plain text; text to HTML; pure."""
