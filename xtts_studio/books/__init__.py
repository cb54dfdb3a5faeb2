"""Books: EPUB, text and Markdown files to chapters of plain text."""
