"""Who reads what: counted, kept, summed up; what a change would hit; the whole picture."""
