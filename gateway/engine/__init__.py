"""Durable work on DBOS, in its fully batched shape: only ids pass through; the rows' state column is the truth."""
