"""Sources: the library that knows tables, rows and drivers, and has never heard of HTTP.

`port` is what a caller sees; `registry` opens a source by its kind; every other module is one kind or serves the kinds.
"""
