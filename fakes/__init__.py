"""Stand-ins for the services outside: real HTTP servers on loopback, for tests and the demo.

They answer in the shape of the real ones, from data made up here, and fail on
request. Lean on nothing of the program, so that they cannot share its mistakes.
"""
