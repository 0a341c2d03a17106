"""What is searched: columns, vectors and words of every posting, and their snapshot on disk."""
