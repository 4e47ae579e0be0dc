"""What reports ask of the tables: bounded reads, along indexes of their own."""
