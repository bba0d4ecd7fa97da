"""Makes a crate of a monthly dump of Discogs, in a process of its own.

The order of the steps is the speed: unpack (reading.py), cut at the ends of records and drop those
without a video (chunks.py), cut out what nobody reads (trimming.py), and only then parse XML
(parsing.py) and make rows (collecting.py). Some records are read twice, whole and trimmed
(checking.py): were the layout another one day, all would be read whole.
"""
