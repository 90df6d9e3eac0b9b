"""A verdict as one self-contained page: no network, no script, every value from data is text."""

from __future__ import annotations

from jinja2 import Environment

from parityline.codes import SCENARIOS
from parityline.findings import Verdict

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ verdict.reference.name }}: {{ words[verdict.status] }}</title>
<style>
:root { color-scheme: light dark; --bad: #b3261e; --good: #1b6e3c; --dim: #777; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --good: #7bd99b; --dim: #999; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .3rem .6rem; vertical-align: top; }
tr { border-top: 1px solid #8884; }
.fail { color: var(--bad); } .pass { color: var(--good); } .dim { color: var(--dim); }
td { overflow-wrap: anywhere; } code { font-size: .95em; }
</style></head><body>
<h1>{{ verdict.reference.name }}: <span class="{{ verdict.status }}">{{ words[verdict.status] }}</span></h1>
<p>{{ verdict.reference.environment }} {{ verdict.reference.created }} &rarr;
{{ verdict.observed.environment }} {{ verdict.observed.created }}</p>
{% if verdict.first %}<p><strong>First at {{ verdict.first.stage }}</strong>: <code>{{ verdict.first.code }}</code>:
{{ verdict.first.sentence }}</p>{% endif %}
<h2>Stages</h2>
{% for chapter in chapters %}{% set number = loop.index %}
<h3>{{ number }} {{ chapter }}</h3>
{% set own = verdict.stages | selectattr("scenario", "equalto", number) | list %}
{% if own %}<table><tr><th>stage</th><th>kind</th><th>status</th><th>rows</th></tr>
{% for stage in own %}<tr><td>{{ stage.name }}</td><td>{{ stage.kind }}</td>
<td class="{{ stage.status }}">{{ stage.status }}{{ ", " ~ stage.origin if stage.status == "fail" }}</td>
<td>{{ stage.rows | join(" -> ") if stage.rows else "" }}</td></tr>{% endfor %}</table>
{% else %}<p class="dim">no stage of this chapter; {{ counts[number] }} findings</p>{% endif %}{% endfor %}
<h2>Findings</h2>
{% if verdict.findings %}<table><tr><th>where</th><th>what</th><th>origin</th></tr>
{% for f in verdict.findings[:most] %}<tr><td>{{ f.stage }}{{ "." ~ f.column if f.column else "" }}</td>
<td><code class="{{ 'fail' if f.severity == 'error' else 'dim' }}">{{ f.code }}</code> {{ f.sentence }}
{% if f.severity == "error" %}<br><span class="dim">{{ f.remedy }}</span>{% endif %}</td>
<td>{{ f.origin }}{{ " from " ~ f.inherited_from if f.inherited_from else "" }}</td></tr>{% endfor %}</table>
{% if verdict.findings | length > most %}
<p>and {{ verdict.findings | length - most }} more in the JSON verdict</p>{% endif %}
{% else %}<p>none</p>{% endif %}
{% for title, items in (("Not checked", verdict.unchecked), ("Limits", verdict.limits)) %}{% if items %}
<h2>{{ title }}</h2><ul>
{% for u in items %}<li>{{ u.stage }}: {{ u.what }}: {{ u.why }}</li>{% endfor %}
</ul>{% endif %}{% endfor %}</body></html>
"""
MOST_FINDINGS = 400
_WORDS = {"pass": "same", "fail": "differs", "unchecked": "not everything was checked"}


def render(verdict: Verdict) -> str:
    """The page. Autoescape is on for everything."""
    environment = Environment(autoescape=True)
    counts = {n: sum(f.scenario == n for f in verdict.findings) for n in range(1, len(SCENARIOS) + 1)}
    return environment.from_string(_PAGE).render(
        verdict=verdict, chapters=SCENARIOS, counts=counts, words=_WORDS, most=MOST_FINDINGS
    )
