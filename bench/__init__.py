"""Measurements, against peers where there are any: `./run bench`, or one by its name."""
