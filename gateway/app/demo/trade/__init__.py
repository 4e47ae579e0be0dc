"""A whole trade played: partners with EDI systems of their own, a pretend ERP, and the gateway between them."""
