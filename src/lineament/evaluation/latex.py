"""The tables of a report as LaTeX, to be taken into a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lineament.evaluation.report import Report, Table

SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "−": "$-$",
    "′": "$'$",
    "≥": r"$\geq$",
    "×": r"$\times$",
}


def latex(report: Report) -> str:
    r"""Return all tables of a report, each a ``table`` that needs no package.

    Examples
    --------
    >>> print(latex(Report("Toy").heading("Rates").table(["figure", "ours"], [["EER", "3.1 %"]], caption="At N = 5")))
    % Toy
    \begin{table}
    \caption{Rates: At N = 5}
    \begin{tabular}{lr}
    \hline
    figure & ours \\
    \hline
    EER & 3.1 \% \\
    \hline
    \end{tabular}
    \end{table}
    <BLANKLINE>
    """
    parts, heading = [f"% {' '.join(report.title.split())}"], ""
    for block in report.blocks:
        if block.kind == "heading":
            heading = block.content
        elif block.kind == "table":
            parts.append(_table(block.content, heading))
    return "\n".join(parts) + "\n"


def escaped(words: str) -> str:
    r"""Return text as LaTeX.

    Examples
    --------
    >>> escaped("d_1 & 5 %")
    'd\\_1 \\& 5 \\%'
    """
    return re.sub("|".join(map(re.escape, SPECIAL)), lambda found: SPECIAL[found.group()], words)


def _table(table: Table, heading: str) -> str:
    def line(cells: Sequence[str], strong: bool = False) -> str:
        words = [rf"\textbf{{{escaped(cell)}}}" if strong and cell else escaped(cell) for cell in cells]
        return rf"{' & '.join(words)} \\"

    caption = ": ".join(words for words in (heading, table.caption) if words)
    rows = [line(row, number in table.strong) for number, row in enumerate(table.rows)]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{escaped(caption)}}}",
            rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}",
            r"\hline",
            line(table.columns),
            r"\hline",
            *rows,
            r"\hline",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )
