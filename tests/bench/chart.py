"""chart - the results as a picture: a panel for each case, a bar for each server, a line for the limit.

Plain SVG, made by hand, for a light and for a dark page.
"""

from xml.sax.saxutils import escape

import report

COLUMNS, PANEL, GAP = 3, 300, 24
TITLE, BAR, STEP, LABEL, VALUE = 22, 12, 17, 62, 52
CLIP = 6		# bars of more than that many times ours are cut
STYLE = """
text { font: 11px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; font-size: 12px; fill: #24292f }
.bar { fill: #b6bec8 } .ours { fill: #1f6feb } .name { fill: #1f6feb; font-weight: 600 }
.limit { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 3 2 }
@media (prefers-color-scheme: dark) {
text { fill: #9198a1 } .title { fill: #f0f6fc }
.bar { fill: #4b535d } .ours { fill: #4493f8 } .name { fill: #4493f8 } .limit { stroke: #f85149 }
}
"""


def draw(results):
    names = [n for n in results["servers"] if n not in ("limit", "against")]
    shown = [c for c in results["cases"].values() if "tinyhttpd" in c["results"] and c["gives"] != "instructions"]
    height_of_panel = TITLE + STEP * len(names) + GAP
    rows = -(-len(shown) // COLUMNS)
    width, height = COLUMNS * (PANEL + GAP) + GAP, rows * height_of_panel + GAP + STEP
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
             f'height="{height}" role="img" aria-label="Costs of tinyhttpd and of other servers">',
             f"<style>{STYLE}</style>"]
    for number, case in enumerate(shown):
        x = GAP + number % COLUMNS * (PANEL + GAP)
        y = GAP // 2 + number // COLUMNS * height_of_panel
        parts.append(f'<g transform="translate({x},{y})">{_panel(case, names)}</g>')
    parts.append(f'<text x="{GAP}" y="{height - GAP // 2}">Less is better.  us: processor time of the server for a '
                 "request.  Dashed: the least it can cost, a bare recv and send.</text>")
    return "\n".join([*parts, "</svg>", ""])


def _panel(case, names):
    results, unit = case["results"], case["unit"]
    ours = results["tinyhttpd"]["median"]
    values = [results[n]["median"] for n in names if n in results]
    most = min(max(values), CLIP * ours) or 1
    scale = (PANEL - LABEL - VALUE) / most
    limit = min(results.get("limit", {}).get("median", 0), most) * scale
    parts = [f'<text class="title" y="12">{escape(case["title"])}{", " + unit if unit else ""}</text>']
    for row, name in enumerate(names):
        y = TITLE + row * STEP
        mine = name == "tinyhttpd"
        parts.append(f'<text {"class=" + chr(34) + "name" + chr(34) if mine else ""} x="{LABEL - 6}" y="{y + 10}" '
                     f'text-anchor="end">{escape(name)}</text>')
        if name not in results:
            continue
        value = results[name]["median"]
        length = max(1, min(value, most) * scale)
        parts.append(f'<rect class="{"ours" if mine else "bar"}" x="{LABEL}" y="{y}" width="{length:.1f}" '
                     f'height="{BAR}" rx="2"/>')
        more = " \u2026" if value > most else ""
        at = LABEL + length + 5
        if length < limit < length + VALUE:	# a line through a figure can be read by nobody
            at = LABEL + limit + 5
        parts.append(f'<text x="{at:.1f}" y="{y + 10}">{report.figure(value, unit)}{more}</text>')
    if limit:
        parts.append(f'<line class="limit" x1="{LABEL + limit:.1f}" x2="{LABEL + limit:.1f}" y1="{TITLE - 4}" '
                     f'y2="{TITLE + STEP * len(names)}"/>')
    return "".join(parts)
