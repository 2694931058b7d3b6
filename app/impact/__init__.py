"""Impact: who and what stands on a table, a column, a field or a version.

In charge of saying what a change would hit, and whom to write to. It must not know where counts come from, nor how its findings are
shown.

    target    a name that a person writes, as the columns of a source that it means
    standing  what of the plan stands on a target
    hit       who used that, how often, and who answers for it: read this last
"""
