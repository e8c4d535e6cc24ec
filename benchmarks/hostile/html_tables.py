"""Hostile HTML: tags that never end, merged cells without bound, tables in tables, scripts and comments left open."""

from __future__ import annotations

from benchmarks.hostile.kinds import Dice, hostile


@hostile("html", "table")
def html_open_tags(dice: Dice) -> bytes:
    """Up to millions of tags of a table that are never closed, with or without their last sign."""
    tag = dice.pick(
        b"<td", b"<table>", b"<tr><td>", b"<th ", b"<table><tr><td>1", b"</td>", b"<td/>", b"<", b"<a ", b"<t"
    )
    return b"<table>" + tag * dice.size(10, 25_000_000 // len(tag))


@hostile("html", "table")
def html_merged_cells(dice: Dice) -> bytes:
    """Cells that span more columns and rows than there can be."""
    span = dice.pick(b"1000", b"999999999", b"65534", b"0", b"-1", b"2", b"1e9", b"9" * 400)
    cell = b"<td colspan=" + span + b' rowspan="' + dice.pick(span, b"1") + b'">1'
    row = b"<tr>" + cell * dice.size(1, 300) + b"<td>2"
    return b"<table>" + row * dice.size(1, 25_000_000 // len(row))


@hostile("html", "table")
def html_tables_in_tables(dice: Dice) -> bytes:
    """Tables inside the cells of tables, up to a million deep."""
    n = dice.size(2, 1_000_000)
    return b"<table><tr><td>1<td>2" * n + dice.pick(b"", b"</table>" * n)


@hostile("html", "table")
def html_scripts(dice: Dice) -> bytes:
    """Scripts, styles and comments that begin everywhere and end nowhere."""
    begin = dice.pick(
        b"<script>", b"<!--", b"<style ", b"<noscript>", b"<!---->", b"<script></script", b"<!-- -- >"
    )
    return b"<table><tr><td>1" + begin * dice.size(10, 25_000_000 // len(begin)) + b"<tr><td>2</table>"


@hostile("html", "table")
def html_cell_texts(dice: Dice) -> bytes:
    """Cells of entities, references, hidden pieces and tags of other kinds."""
    piece = dice.pick(
        b"&amp",
        b"&#1114112;",
        b"[1]",
        b"<span style='display:none'>",
        b"<br>",
        b"&nbsp;",
        b"\xc3",
        b"&" * 50,
        b"<b ",
    )
    cell = b"<td>" + piece * dice.size(1, 20_000_000 // len(piece))
    return b"<table><tr><th>a<th>b<tr><td>1" + cell + b"<tr><td>2<td>3</table>"


@hostile("html", "table")
def html_attributes(dice: Dice) -> bytes:
    """Attributes that are endless, or whose quotation marks never close."""
    attribute = dice.pick(b" title='", b' colspan="', b" a=1", b" colspan=2", b" " * 1_000, b"\n")
    tag = b"<td" + attribute * dice.size(1, 1_000_000 // len(attribute)) + dice.pick(b">", b"", b"'>")
    return b"<table><tr>" + tag * dice.size(1, max(1, 25_000_000 // len(tag))) + b"1</table>"


@hostile("md", "table")
def markdown_rules(dice: Dice) -> bytes:
    """Markdown tables of lines of dashes, bars and blanks."""
    line = dice.pick(b"|--", b"--|", b"| ", b"+-", b"|", b"\\|", b"**", b"- ") * dice.size(1, 100_000)
    return b"|a|b|\n|-|--|\n" + (line + dice.pick(b"\n", b"")) * dice.size(1, max(1, 25_000_000 // len(line)))
