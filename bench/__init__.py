"""The speed table: ``make bench``.

Every implementation runs in a process of its own that lives for the whole benchmark; they take turns,
so that a noisy machine disturbs all of them alike. What is reported are ratios of process CPU times.
"""
