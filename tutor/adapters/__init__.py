"""Outside libraries behind our own interfaces: stores, indexes, models, mail. Only `tutor.wiring` names them."""
