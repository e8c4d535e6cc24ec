"""A face becomes the starting point of the mood dial: picture, faces in it, what one of them shows."""
