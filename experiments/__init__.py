"""Runs that are too long for a notebook; ``make experiments STEM=…`` stores what they find.

One module a chapter, ``experiments/<stem without its number>.py``, with a dict ``EXPERIMENTS`` of
name to function; what is too much for one module is imported from another. A function takes nothing
and returns the arguments of :func:`lstm_lib.storage.results.record` that only it knows: ``config``,
``seeds``, ``values``, ``per_seed``.
"""
