"""The admin API: an application of its own, on a port of its own. Read api.py first.

In charge of what its operations say and do. It must not know how the console's pages draw it.

    api       the operations, one row of a table each         document        their OpenAPI
    console   what the operator's console reads               fields          bodies, bodies_console: what is said and answered
    sources   a source, and what its state means              words           the same in plain words, with what to do
    callers   who called, with their limits
"""
