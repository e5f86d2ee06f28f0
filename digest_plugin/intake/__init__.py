"""Papers from outside: the arXiv API, its categories, what is watched there, the ancestor."""
