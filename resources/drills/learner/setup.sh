drill writes 5
