"""How tracks sound: who can be asked, and the asking."""
