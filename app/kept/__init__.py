"""Answers that are kept: in a worker's own memory, in the shared memory of its host, in Redis, on disk.

A farther level spares the source where a nearer one has nothing; whatever becomes of it, slow, full, damaged or gone, no request
fails for it. None of them knows what an answer says, who may see it, or HTTP: the key holds all of that.
"""
