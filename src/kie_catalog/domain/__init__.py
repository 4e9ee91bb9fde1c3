"""The words of the project as values: no files, sockets or clocks, and nothing of ours imported."""
