"""Traces: what was observed of a sampled request, as spans that are exported over OTLP. Only who wants them needs the library."""
