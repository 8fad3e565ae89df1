"""How well questions of customers are answered from documents of other shops."""
