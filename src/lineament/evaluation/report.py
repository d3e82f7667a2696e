"""A report: headings, text, tables and figures, once written down and rendered as HTML, Markdown or JSON.

The HTML is one file that works offline: figures are inlined as SVG, nothing is loaded from elsewhere. It reads well
on a phone (tables scroll on their own) and on paper (no figure or table is torn).
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineament import __version__
from lineament.files import replacing, write_json, write_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLE = """
:root { color-scheme: light; --ink: #1b1f24; --dim: #57606a; --line: #d0d7de; --soft: #f6f8fa; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem; max-width: 62rem; color: var(--ink); background: #fff;
       font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .2rem 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .5rem; padding-top: .8rem; border-top: 1px solid var(--line); }
p { max-width: 46rem; margin: .6rem 0; }
.sub { color: var(--dim); }
.notice { border-left: 4px solid #d55e00; background: #fff6f0; padding: .6rem .9rem; max-width: 46rem; }
.facts { display: flex; flex-wrap: wrap; gap: .6rem; padding: 0; margin: 1rem 0; list-style: none; }
.facts li { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .8rem; background: var(--soft); }
.facts b { display: block; font-size: 1.25rem; }
.facts span { color: var(--dim); font-size: .85rem; }
.wide { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
caption { text-align: left; color: var(--dim); font-size: .88rem; padding-bottom: .3rem; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
thead th { border-bottom: 2px solid var(--ink); }
tr.strong td { font-weight: 650; background: #eef6fb; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem;
        align-items: start; }
figure { margin: .8rem 0; }
figure img { width: 100%; height: auto; display: block; }
figure.single img { max-width: 42rem; }
figcaption { color: var(--dim); font-size: .88rem; }
footer { margin-top: 2.5rem; padding-top: .6rem; border-top: 1px solid var(--line); color: var(--dim);
         font-size: .85rem; }
@media (max-width: 36rem) { th, td { white-space: normal; padding: .3rem .35rem; } }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2 { break-after: avoid; } figure, table, .notice, .facts { break-inside: avoid; }
  .wide { overflow: visible; } .pair { grid-template-columns: 1fr 1fr; }
  th, td { white-space: normal; padding: .2rem .4rem; }
}
"""


@dataclass(frozen=True)
class Table:
    """Rows of text under a heading; the first column names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Picture:
    """A figure as SVG bytes, with the words for whoever cannot see it."""

    svg: bytes
    caption: str
    alternative: str


@dataclass(frozen=True)
class Block:
    """One piece of a report: a kind and its content."""

    kind: str
    content: Any


@dataclass
class Report:
    """A report that is written piece by piece; every method returns the report, so that calls can be chained.

    Parameters
    ----------
    title : str
    subtitle : str
        A line under the title: what, on what data, when.
    data : mapping
        Everything in numbers: what `save_json` writes.

    Examples
    --------
    >>> report = Report("Toy").heading("Result").text("All is well.")
    >>> report = report.table(["who", "score"], [["anna", 0.91234], ["ben", None]])
    >>> print(report.markdown())
    # Toy
    <BLANKLINE>
    ## Result
    <BLANKLINE>
    All is well.
    <BLANKLINE>
    | who | score |
    |:---|---:|
    | anna | 0.912 |
    | ben | – |
    <BLANKLINE>
    """

    title: str
    subtitle: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def heading(self, words: str) -> Report:
        """Begin a section."""
        return self._add("heading", words)

    def text(self, words: str) -> Report:
        """Add a paragraph."""
        return self._add("text", words)

    def notice(self, words: str) -> Report:
        """Add a paragraph that must not be missed."""
        return self._add("notice", words)

    def facts(self, facts: Mapping[str, object]) -> Report:
        """Add a row of figures, each with the words under it."""
        return self._add("facts", {name: _cell(value) for name, value in facts.items()})

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        caption: str = "",
        strong: Iterable[int] = (),
    ) -> Report:
        """Add a table; numbers get three decimals, ``None`` and NaN a dash; `strong` rows are set off."""
        cells = tuple(tuple(_cell(value) for value in row) for row in rows)
        wrong = [row for row in cells if len(row) != len(columns)]
        if wrong:
            raise ValueError(f"{len(columns)} cells in each row, not {wrong[0]}")
        return self._add("table", Table(tuple(columns), cells, caption, frozenset(strong)))

    def figure(self, ax: Axes, caption: str, *, alternative: str = "") -> Report:
        """Add the figure that axes stand in."""
        return self._add("figures", (_picture(ax, caption, alternative),))

    def figures(self, pictures: Sequence[tuple[Axes, str]]) -> Report:
        """Add figures side by side (one above the other on a phone), each with its caption."""
        return self._add("figures", tuple(_picture(ax, caption, "") for ax, caption in pictures))

    def html(self) -> str:
        """Return the whole page."""
        title, subtitle = html.escape(self.title), html.escape(self.subtitle)
        body = "\n".join(_HTML[block.kind](block.content) for block in self.blocks)
        made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        return (
            '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n"
            f'<p class="sub">{subtitle}</p>\n</header>\n<main>\n{body}\n</main>\n'
            f"<footer>lineament {__version__}, {made}</footer>\n</body>\n</html>\n"
        )

    def markdown(self, pictures: str | None = None) -> str:
        """Return the report as Markdown.

        Parameters
        ----------
        pictures : str, optional
            Folder, relative to the Markdown file, where figures lie as ``1.svg``, ``2.svg`` ...; none where not given.
        """
        parts, number = [f"# {self.title}"], 0
        parts += [self.subtitle] if self.subtitle else []
        for block in self.blocks:
            if block.kind == "figures":
                for picture in block.content:
                    number += 1
                    link = f"![{picture.alternative}]({pictures}/{number}.svg)\n\n" if pictures else ""
                    parts.append(f"{link}*{picture.caption}*")
            else:
                parts.append(_MARKDOWN[block.kind](block.content))
        return "\n\n".join(parts) + "\n"

    def save_html(self, path: str | Path) -> Path:
        """Write the page; return its path."""
        write_text(path, self.html())
        return Path(path)

    def save_markdown(self, path: str | Path) -> Path:
        """Write the Markdown, with its figures in a folder beside it; return its path."""
        target = Path(path)
        folder = f"{target.stem}-figures"
        pictures = [picture for block in self.blocks if block.kind == "figures" for picture in block.content]
        for number, picture in enumerate(pictures, start=1):
            with replacing(target.parent / folder / f"{number}.svg") as beside:
                beside.write_bytes(picture.svg)
        write_text(target, self.markdown(folder if pictures else None))
        return target

    def save_json(self, path: str | Path) -> Path:
        """Write the numbers; return the path."""
        write_json(path, dict(self.data))
        return Path(path)

    def save(self, folder: str | Path, name: str) -> list[Path]:
        """Write ``name.html``, ``name.md`` and ``name.json`` into a folder; return the paths."""
        place = Path(folder)
        return [
            self.save_html(place / f"{name}.html"),
            self.save_markdown(place / f"{name}.md"),
            self.save_json(place / f"{name}.json"),
        ]

    def _add(self, kind: str, content: Any) -> Report:
        self.blocks.append(Block(kind, content))
        return self


def _cell(value: object) -> str:
    """Return what stands in a cell."""
    if value is None:
        return "–"
    if isinstance(value, float) or type(value).__name__.startswith("float"):
        number = float(value)  # type: ignore[arg-type]
        return "–" if number != number else f"{number:.3f}"
    return str(value)


def _picture(ax: Axes, caption: str, alternative: str) -> Picture:
    """Draw a figure as SVG."""
    import matplotlib as mpl

    from lineament.evaluation.displays import figure_of

    stream = io.BytesIO()
    # A fixed salt and no date: the same figure gives the same bytes.
    with mpl.rc_context({"svg.hashsalt": "lineament", "svg.fonttype": "path"}):
        figure_of(ax).savefig(stream, format="svg", metadata={"Date": None})
    return Picture(stream.getvalue(), caption, alternative or f"{ax.get_title()}. {caption}")


def _html_facts(facts: Mapping[str, str]) -> str:
    items = "".join(f"<li><b>{html.escape(v)}</b><span>{html.escape(k)}</span></li>" for k, v in facts.items())
    return f'<ul class="facts">{items}</ul>'


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in table.columns)
    rows = []
    for number, row in enumerate(table.rows):
        mark = ' class="strong"' if number in table.strong else ""
        rows.append(f"<tr{mark}>{''.join(f'<td>{_html_cell(cell)}</td>' for cell in row)}</tr>")
    caption = f"<caption>{html.escape(table.caption)}</caption>" if table.caption else ""
    body = "\n".join(rows)
    return f'<div class="wide"><table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def _html_cell(cell: str) -> str:
    """Return a cell's text; an interval is not broken within."""
    return re.sub(r"\[([^\[\],]+), ([^\[\],]+)\]", "[\\1,\N{NO-BREAK SPACE}\\2]", html.escape(cell))


def _html_figures(pictures: Sequence[Picture]) -> str:
    kind = "single" if len(pictures) == 1 else "one"
    shown = []
    for picture in pictures:
        # As an image, not as inline SVG: identifiers of several figures in one page would clash.
        source = base64.b64encode(picture.svg).decode("ascii")
        shown.append(
            f'<figure class="{kind}"><img alt="{html.escape(picture.alternative)}" '
            f'src="data:image/svg+xml;base64,{source}"><figcaption>{html.escape(picture.caption)}</figcaption></figure>'
        )
    return "".join(shown) if len(shown) == 1 else f'<div class="pair">{"".join(shown)}</div>'


def _markdown_table(table: Table) -> str:
    def row(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"

    marks = f"|{'|'.join([':---', *['---:'] * (len(table.columns) - 1)])}|"
    cells = [[f"**{c}**" for c in r] if n in table.strong else r for n, r in enumerate(table.rows)]
    lines = [row(table.columns), marks, *(row(r) for r in cells)]
    return "\n".join([f"{table.caption}\n", *lines]) if table.caption else "\n".join(lines)


_HTML: dict[str, Any] = {
    "heading": lambda words: f"<h2>{html.escape(words)}</h2>",
    "text": lambda words: f"<p>{html.escape(words)}</p>",
    "notice": lambda words: f'<p class="notice">{html.escape(words)}</p>',
    "facts": _html_facts,
    "table": _html_table,
    "figures": _html_figures,
}
_MARKDOWN: dict[str, Any] = {
    "heading": lambda words: f"## {words}",
    "text": lambda words: words,
    "notice": lambda words: f"> **{words}**",
    "facts": lambda facts: "\n".join(f"- {name}: {value}" for name, value in facts.items()),
    "table": _markdown_table,
}
