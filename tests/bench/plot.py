"""The figures as one picture: ratios beside 1, their quartiles, and their goals."""
import math
from xml.sax.saxutils import escape

import figures

ROW, LEFT, WIDTH, RIGHT, TOP = 18, 600, 520, 190, 70
COLOURS = {"met": "#1a7f37", "met?": "#1a7f37", "missed": "#cf222e", "missed?": "#cf222e", "": "#57606a"}


def _text(x, y, text, **style):
    attributes = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in style.items())
    return f'<text x="{x}" y="{y}"{attributes}>{escape(text)}</text>'


def _line(x1, y1, x2, y2, colour, width=1, dash=""):
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"{dashed}/>'


class _Scale:
    """The horizontal position of a ratio, logarithmic: half and twice are equally far from 1."""

    def __init__(self, ratios):
        ends = [end for figure in ratios for end in (figure["quartiles"] or []) + [figure["value"]] if end > 0]
        self.low, self.high = min(ends + [0.8]), max(ends + [1.25])

    def __call__(self, ratio):
        ratio = min(max(ratio, self.low), self.high)
        return LEFT + WIDTH * math.log(ratio / self.low) / math.log(self.high / self.low)


def _row(figure, y, place):
    colour = COLOURS[figures.verdict(figure)]
    parts = [_text(LEFT - 12, y + 4, f'{figure["what"]}: {figure["who"]} / {figure["baseline"]}', text_anchor="end")]
    if figure["quartiles"]:
        parts.append(_line(place(figure["quartiles"][0]), y, place(figure["quartiles"][1]), y, colour, 3))
    parts.append(f'<circle cx="{place(figure["value"]):.1f}" cy="{y}" r="4" fill="{colour}"/>')
    if figure["goal"]:
        goal = place(float(figure["goal"].split()[1]))
        parts.append(_line(goal, y - 7, goal, y + 7, "#bf8700", 2))
    goal = f'  goal {figure["goal"]}: {figures.verdict(figure)}' if figure["goal"] else ""
    parts.append(_text(LEFT + WIDTH + 12, y + 4, f'{figure["value"]:.3f}{goal}', fill=colour))
    return parts


def svg(about, found):
    ratios = [figure for figure in found if figure.get("unit") == "x" and figure["value"] > 0]
    height, place = TOP + ROW * (len(ratios) + 2), _Scale(ratios)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + RIGHT}" height="{height}" '
        'font-family="sans-serif" font-size="11">', '<rect width="100%" height="100%" fill="white"/>',
        _text(16, 22, "Pinion beside what could be used instead", font_size=15),
        _text(16, 40, f'{about["machine"]}, {about["system"]}, gRPC {about["grpc"]}, {about["openssl"]}, commit '
                      f'{about["commit"]}, {about["at"]}: {about["command"]}'),
        _text(16, 56, "dot: median of the rounds' ratios; bar: quartiles; ochre: goal; logarithmic")]
    for tick in (0.1, 0.25, 0.5, 0.8, 1, 1.25, 2, 4, 10, 25):
        if place.low <= tick <= place.high:
            parts.append(_line(place(tick), TOP, place(tick), height - ROW, "#24292f" if tick == 1 else "#d0d7de"))
            parts.append(_text(f"{place(tick):.1f}", height - 4, str(tick), text_anchor="middle"))
    for i, figure in enumerate(ratios):
        if i == 0 or figure["part"] != ratios[i - 1]["part"]:
            parts.append(_text(16, TOP + ROW * (i + 0.5) + 4, figure["part"], font_weight="bold"))
        parts += _row(figure, TOP + ROW * (i + 0.5), place)
    return "\n".join(parts + ["</svg>\n"])
