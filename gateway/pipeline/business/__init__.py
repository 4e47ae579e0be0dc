"""What sets say of the business in others: read from canonical documents, and the questions people ask about it."""
