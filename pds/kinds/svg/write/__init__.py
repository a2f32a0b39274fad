"""Changed numbers back into the original file, and the drawing as pixels."""
