"""Player: the browser's half of what plays a sound under a picture, for the app's component and for exported pages."""
