"""What the pretend ERP does with business: it sells, has a warehouse ship, invoices, and buys. Rules in plain Python on
canonical JSON; whatever it says to a partner goes to the gateway's intake, as any ERP's does.
"""
