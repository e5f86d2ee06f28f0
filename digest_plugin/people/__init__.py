"""The files that people write: lists, corrections, the glossary."""
