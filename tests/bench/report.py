"""report - figures become medians, ratios and a table; and a file for programs."""

import json
import os
import statistics

import cases

NOT_PEERS = ("limit", "tinyhttpd", "against")


def case_result(case, rounds):
    """A case's part of results.json; rounds: what each server's rounds gave, by its name."""
    result = {"title": case.title, "gives": case.gives, "unit": case.unit, "aim": case.aim,
              "connections": case.connections, "results": {}}
    for name, counted in rounds.items():
        values = sorted(c["value"] for c in counted)
        result["results"][name] = {"median": statistics.median(values), "low": values[0], "high": values[-1],
                                   "rounds": counted}
    result["ratios"] = ratios(result["results"])
    return result


def ratios(results):
    """How ours compares: to the limit program, and to the best of the others."""
    found = {}
    if "tinyhttpd" not in results:
        return found
    ours = results["tinyhttpd"]["median"]
    if results.get("limit", {}).get("median"):
        found["limit"] = ours / results["limit"]["median"]
    peers = [(r["median"], name) for name, r in results.items() if name not in NOT_PEERS and r["median"]]
    if peers:
        best, name = min(peers)
        found.update(best=ours / best, best_peer=name)
    if results.get("against", {}).get("median"):
        found["against"] = ours / results["against"]["median"]
    return found


# ---------------------------------------------------------------- text

def figure(value, unit=""):
    """Three digits that matter."""
    if value is None:
        return "-"
    if unit == "bytes" or value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(rows, left=1):
    """Aligned columns; the first ones to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip() + "\n")
    return "".join(lines)


def text(results):
    parts = [_head(results), _medians(results), _spread(results), _latencies(results), _calls(results), _inspected(results),
             _failures(results)]
    return "\n".join(part for part in parts if part)


def _head(results):
    m, s = results["machine"], results["settings"]
    names = ", ".join(f"{name} {v['version']}".strip() for name, v in results["servers"].items())
    lines = [names, *filter(None, [s["built"]]),
             f"Linux {m['kernel']}, {m['processor']}, {m['processors']} processors, "
             f"congestion control {m['congestion_control']}",
             f"{s['rounds']} rounds of {s['seconds']:g} s, server on processor {s['server_processor']}, "
             f"load on processor {s['load_processor']}"]
    if s["server_processor"] == s["load_processor"]:
        lines.append("NOTE: there is one processor only; the load disturbs what it measures")
    others = [r["others"] for c in results["cases"].values() for v in c["results"].values()
              for r in v["rounds"] if "others" in r]
    if others:
        lines.append(f"others had {statistics.median(others):.0%} of the servers' processor "
                     f"(worst round {max(others):.0%}); load average {m['load_average']:.1f}")
    return "\n".join(lines) + "\n"


def _medians(results):
    names = list(results["servers"])
    against = ["x against"] if "against" in names else []
    rows = [["", "", *names, *against, "x limit", "x best", "", "aim"]]
    for case in results["cases"].values():
        r = case["ratios"]
        cells = [figure(case["results"].get(n, {}).get("median"), case["unit"]) for n in names]
        cells += [figure(r.get("against"))] if against else []
        rows.append([case["title"], case["unit"], *cells, figure(r.get("limit")), figure(r.get("best")),
                     r.get("best_peer", ""), case["aim"]])
    return ("Medians; us is the server's processor time for a request where nothing else is said.\n"
            + table(rows, 2)) if len(rows) > 1 else ""


def _spread(results):
    names = list(results["servers"])
    rows = [["", "", *names]]
    for case in results["cases"].values():
        cells = []
        for name in names:
            r = case["results"].get(name)
            cells.append(f"{figure(r['low'], case['unit'])}-{figure(r['high'], case['unit'])}"
                         if r and len(r["rounds"]) > 1 else "-")
        if set(cells) != {"-"}:
            rows.append([case["title"], case["unit"], *cells])
    return "Lowest and highest round.\n" + table(rows, 2) if len(rows) > 1 else ""


def _latencies(results):
    rows = [["", "p50", "p99", "p99.9", "cost"]]
    for case in results["cases"].values():
        for name, r in case["results"].items() if case["gives"] == cases.LATENCY else ():
            rows.append([name, *(figure(statistics.median(counted[key] for counted in r["rounds"]))
                                 for key in ("p50", "p99", "p99.9", "cost"))])
    return "Latency at a fixed rate and what a request costs then, us.\n" + table(rows) if len(rows) > 1 else ""


def _calls(results):
    rows = []
    for name, request in results["requests"].items():
        calls = sorted(request.get("calls", {}).items(), key=lambda item: -item[1])
        rows.append([name, "  ".join(f"{call} {count:.2f}" for call, count in calls if count >= 0.015)])
    rows = [row for row in rows if row[1]]
    return "System calls for a request of 1 KiB.\n" + table(rows, 2) if rows else ""


def _inspected(results):
    inspected = {name: r["inspected"] for name, r in results["requests"].items() if "inspected" in r}
    if not inspected:
        return ""
    rows = [["", *inspected, *(["allocations"] if "tinyhttpd" in inspected else [])]]
    for name in cases.INSPECTED:
        if any(name in found for found in inspected.values()):
            row = [cases.find(name).title, *(figure(f.get(name, {}).get("instructions")) for f in inspected.values())]
            if "tinyhttpd" in inspected:
                row.append(figure(inspected["tinyhttpd"].get(name, {}).get("allocations")))
            rows.append(row)
    words = "Instructions outside of the kernel for a request, and allocations of tinyhttpd.\n" + table(rows)
    functions = inspected.get("tinyhttpd", {}).get("1k", {}).get("functions", {})
    if functions:
        words += "\nThe functions of tinyhttpd with the most of them, without those they call, for 1 KiB.\n"
        words += table([[name, figure(own)] for name, own in functions.items()])
    return words


def _failures(results):
    lines = [f"{name} is skipped: {why}\n" for name, why in results["skipped"].items()]
    broken = {}
    for case, failed in results["failures"].items():
        for name, why in failed.items():
            broken.setdefault(name, {}).setdefault(why, []).append(case)
    for name, whys in broken.items():
        lines += [f"{name} fell out of {', '.join(which)}: {why}\n" for why, which in whys.items()]
    return "".join(lines)


# ---------------------------------------------------------------- files

def write(folder, results, words, picture):
    for name, content in (("results.json", json.dumps(results, indent=1) + "\n"), ("results.txt", words),
                          ("results.svg", picture)):
        path = os.path.join(folder, name)
        with open(path + ".tmp", "w") as f:
            f.write(content)
        os.replace(path + ".tmp", path)
