"""Compares reports of `pinion drill -o json` in a Markdown table: table.py NAME FILE [NAME FILE]..."""
import json
import sys

WORDS = {
    ("ACCEPTED", False): "**accepted**",
    ("ACCEPTED", True): "accepted",
    ("REFUSED", False): "refused",
    ("REFUSED", True): "**refused**",
    ("NOT_EXERCISED", False): "–",
    ("NOT_EXERCISED", True): "–",
}


def cases(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)["cases"]


def row(cells):
    print("| " + " | ".join(cells) + " |")


def main(arguments):
    names, columns = arguments[::2], [cases(path) for path in arguments[1::2]]
    row(["case", "peer", *names])
    print("|---" * (2 + len(names)) + "|")
    for same in zip(*columns):
        what = same[0]["what"].replace("*", "\\*").replace("<", "\\<")
        row([f"`{same[0]['name']}`", what, *(WORDS[case["result"], case["legitimate"]] for case in same)])


main(sys.argv[1:])
