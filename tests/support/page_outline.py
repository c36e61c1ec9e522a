"""A page's tags, for tests that look at what it holds and what it would load."""

import re
from html.parser import HTMLParser


class _Outline(HTMLParser):
    """Every tag with its attributes; each must be closed by its own end."""

    void = frozenset({"meta", "link", "br"})

    def __init__(self):
        super().__init__()
        self.open, self.found = [], []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def outline(html):
    """Return every tag of a page with its attributes, in order."""
    parser = _Outline()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser.found


def assert_loads_nothing(html):
    """Fail where a page has a script, a font or a picture of elsewhere, or a link out of itself."""
    assert not re.search(r"<script|@import|@font-face|<iframe|<object|<img", html)
    links = [
        value
        for _, attributes in outline(html)
        for name, value in attributes.items()
        if name in {"href", "src", "data", "action"}
    ]
    assert links
    assert all(link.startswith("#") or link == "data:," for link in links)
