"""Models that learn to invent words, from a table of counts to a transformer."""
