"""What the operating system gives: files written whole, processes, waits, a progress bar."""
