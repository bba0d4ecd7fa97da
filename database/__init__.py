"""Everything that knows SQL: the engine, the tables, their migrations, one query module a topic.

Knows nothing of web pages, jobs or services. Views and jobs open a transaction
with `Database.reading()` or `Database.writing()` and call verbs of the query
modules inside it.
"""
