"""Puts a shelf back out of the zip that it was carried away in, or empties it."""
