"""One page a module, each with a `show` function."""
