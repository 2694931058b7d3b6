"""Usage: who reads what, counted at every answered read, and summed up for people.

In charge of counts of names of the contract. It must not know a value that anybody asked for or was served, nor who asks for the sums.

    counting  counts, and writes what was counted to the state every few seconds: read this first
    asked     under whose name a caller's reads are counted
    summary   what the state has kept, by caller, version, resource, field, filter, sort, expansion
"""
