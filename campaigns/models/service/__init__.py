"""Tables of customers' questions: conversations, and the documents that answer them."""
