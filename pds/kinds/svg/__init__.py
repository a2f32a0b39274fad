"""Drawings: an SVG file is read into tensors, drawn, moved by an edit, and written back.

>>> from pds.kinds.svg.document import Document
>>> document = Document.read(
...     b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
...     b'<rect id="box" width="4" height="4" fill="red" onclick="steal()"/></svg>'
... )
>>> document.warnings
('Dropped from the file: event handlers (onclick).',)
>>> document.element_ids(), document.parameters.colors.tolist()
(('box',), [[1.0, 0.0, 0.0]])
"""
