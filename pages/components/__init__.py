"""Streamlit components of the pages."""
