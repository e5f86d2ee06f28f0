"""The search index: what is found, its words, its files."""
