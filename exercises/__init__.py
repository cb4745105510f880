"""Small models to read, run, break and compare. Nothing heavy is imported here."""
