"""The outside world, one module a service; `http` alone decides what may be asked and for how long.

Knows nothing of the database, of jobs or of web pages: values in, values out,
and RemoteError for whatever goes wrong out there.
"""
