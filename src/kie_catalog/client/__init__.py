"""Edge: one client for KIE's HTTP API, its errors, limits, uploads and callbacks.

The facts are those of KIE's published pages and recorded traffic; where they are silent, the code is
defensive and its docstring says so.
"""
