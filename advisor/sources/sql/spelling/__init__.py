"""How PostgreSQL spells expressions and types, and which names it gives to what nobody named."""
