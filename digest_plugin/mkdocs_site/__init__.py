"""The pages as MkDocs and its themes know them, and how they are written."""
