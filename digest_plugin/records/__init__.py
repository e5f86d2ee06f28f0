"""What is stored of papers and runs, and what it makes together with what people wrote."""
