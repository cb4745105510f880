"""The database: its engine, its tables, its migrations.

Begin at `database.py`.
"""
