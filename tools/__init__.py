"""Tools of whoever works on the book; nothing here is installed with the library."""
