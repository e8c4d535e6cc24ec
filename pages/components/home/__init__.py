"""Home page: what each page does, with pictures made by the app."""
