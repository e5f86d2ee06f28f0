"""The commands of `arxiv-digest`, but for the shortest."""
