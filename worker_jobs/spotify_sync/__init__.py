"""Keeps libraries as they are at Spotify: whole ones, and single things on them."""
