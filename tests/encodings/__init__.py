# ruff: noqa: A005 (mirrors lineament.encodings)
