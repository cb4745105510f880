"""The pages: thin, over services that are built once."""
