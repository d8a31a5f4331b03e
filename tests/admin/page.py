#!/usr/bin/env python3
"""page.py PAGE STATUS: whether the page, as a browser has it after its script has run, shows what the status says."""
import html.parser
import json
import sys


class Rows(html.parser.HTMLParser):
    """The rows with data- attributes: those, the cells by data-field, and all text."""

    def __init__(self):
        super().__init__()
        self.rows = []
        self.scripts = 0
        self.text = ""
        self._field = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "script":
            self.scripts += 1
        if tag == "tr":
            self.rows.append({"": ""} | {name[5:]: value for name, value in attributes.items() if name.startswith("data-")})
        self._field = attributes.get("data-field") if tag == "td" else self._field

    def handle_endtag(self, tag):
        if tag == "td":
            self._field = None

    def handle_data(self, data):
        self.text += data
        if self.rows:
            self.rows[-1][""] += data
            if self._field:
                self.rows[-1]["." + self._field] = self.rows[-1].get("." + self._field, "") + data

    def of(self, name):
        return [row for row in self.rows if name in row]


def main():
    page = Rows()
    with open(sys.argv[1]) as text:
        page.feed(text.read())
    with open(sys.argv[2]) as text:
        status = json.load(text)
    assert page.scripts == 1, "a script that is not the page's"
    assert [row["reason"] for row in page.of("reason")] == [one["reason"] for one in status["refusals"]]
    for row, one in zip(page.of("reason"), status["refusals"]):
        assert one["text"] in row[""] and one["subject"] in row[""] and one["peer"] in row[""], row
    assert [row["what"] for row in page.of("what")] == [one["what"] for one in status["endings"]]
    sources = {row["source"]: row for row in page.of("source")}
    for name in ("pin_set", "identity", "client_roots"):
        assert sources[name][".generation"] == status[name]["generation"], sources[name]
        error = status[name].get("error")
        assert sources[name][".state"].startswith(error or "in force"), sources[name]
    assert status["pin_set"]["error"], "the test has a pin file that cannot be read"
    assert status["own_pin"] in page.text and status["own_names"][0] in page.text
    connections = page.of("peer")
    assert [(row["peer"], row["side"], row["state"], row[".connections"]) for row in connections] == [
        ("the-client", "client", "ACTIVE", "1")
    ], connections
    print("the same")


if __name__ == "__main__":
    main()
