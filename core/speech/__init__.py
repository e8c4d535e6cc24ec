"""Speech: words spoken over a sound by espeak-ng, in several languages, at times of their own."""
