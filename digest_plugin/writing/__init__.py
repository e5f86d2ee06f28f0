"""The language model: a paper to its Chinese, one after the other or in batches."""
