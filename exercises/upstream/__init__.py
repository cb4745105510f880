"""Karpathy's own repositories: cloned at pinned commits and run as they are."""
