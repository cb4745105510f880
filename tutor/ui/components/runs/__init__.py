"""A run on a page: its form, its knobs, its view."""
