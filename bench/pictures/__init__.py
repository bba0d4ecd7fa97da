"""The ways to make a picture that bench/mosaic.py compares, one module a program."""
