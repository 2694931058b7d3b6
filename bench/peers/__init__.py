"""Other ways to do the same job, written as well as a good engineer would, to measure against."""
