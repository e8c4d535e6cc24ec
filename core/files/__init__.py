"""What an upload is: signatures, bounded reading, archives."""
