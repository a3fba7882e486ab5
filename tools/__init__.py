"""What make needs beside the application."""
