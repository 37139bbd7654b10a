"""A course of small lessons in every format that has places of its own, and one that would do harm if it could."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pptx
from playwright.sync_api import Page

from tests.ingest.loaders.test_notebook import code, markdown, notebook
from tests.ingest.loaders.test_pdf import At, document, lines
from tests.support.served import write_lessons
from tests.support.waiting import eventually

FORMATS = "formats"
MARKDOWN = """# Attention 👋 masks

A mask hides **some positions** from others; it is *added* to the scores. See [the notebook](04-notebook.ipynb#cell=2).

## Why a mask

Written as $s + m$, the mask is $0$ or $-\\infty$. Costs `O(n * n)` — 🧮 for *every* pair\\* of words.

$$
\\mathrm{softmax}\\left(\\frac{QK^T}{\\sqrt{d}} + M\\right)V
$$

1. Compute the scores.
2. Add the **mask**:
   - causal masks hide what comes later,
   - padding masks hide `<pad>` words.

> A decoder sees the past. 日本語の文もあります。

| Mask | Hides | Cost |
|:-----|:-----:|-----:|
| causal | the *future* | 1 |
| `a\\|b` padding | nothing said with a very long explanation that must scroll on a phone | 22 |

```python
def mask(n):
    # 👋 the lower triangle
    return [[j <= i for j in range(n)] for i in range(n)]  # a line that is longer than a narrow page is wide
```

![A triangle of ones below zeros](triangle.png)

## Why a mask

The second section of that name, عربي وعبري עברית in one line.
"""
HTML = """<html><head><title>Embeddings</title></head><body><main><h1 id="start">Embeddings</h1>
<p>An embedding is a <b>vector</b> of numbers &lt; that stands for a word &amp; its use.</p>
<h2 id="near">Nearness</h2><p id="cosine">The cosine of two vectors says how near they are: 1 is the same
direction.</p><ul><li>near words share neighbours</li><li>far words do not * ever *</li></ul>
<pre><code>cos(a, b)
  = a . b</code></pre></main></body></html>
"""
HOSTILE = """# &lt;script>alert(1)&lt;/script> "quoted" 'name'

<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![b](https://evil.example/p.png) <https://evil.example/>

## " onmouseover="alert(1)

| <svg onload=alert(1)> | ${alert(1)} |
|---|---|
| {{ 7 * 7 }} | &lt;/td>&lt;/table>&lt;script>alert(1)&lt;/script> |

```html" onload="x
</code></pre><script>alert(1)</script>
```

$\\href{javascript:alert(1)}{x}$ and `<b>`
"""
STEPS = 40
VTT = """WEBVTT

00:00:00.000 --> 00:00:04.000
Welcome to the talk about gradients.

00:01:35.000 --> 00:01:40.000
A gradient says where the loss grows fastest.

""" + "\n\n".join(
    f"00:{minute:02}:00.000 --> 00:{minute:02}:05.000\nStep {minute - 1} goes the other way."
    for minute in range(2, STEPS + 2)
)


def write_course(folder: Path) -> Path:
    """The folder with the course in it."""
    write_lessons(
        folder,
        {
            "course.yaml": "title: Every format\ndescription: One lesson of each kind\n"
            "popular_questions: ['What does a mask hide?', 'What is a gradient?']\n"
            "licence: CC-BY-4.0\ngraded_lessons: ['02-page.html']\n"
            "contacts: [{kind: email, label: Ada, value: ada@example.org}, "
            "{kind: whatsapp, label: Call, value: '+49 170 1234567'}]\n",
            "01-markdown.md": "---\npreview: true\n---\n" + MARKDOWN,
            "02-page.html": HTML,
            "more/07-talk.vtt": VTT,
            'more/08-<b>hostile</b> & "co"\'.md': HOSTILE,
        },
    )
    (folder / "03-notes.docx").write_bytes(_word())
    (folder / "04-notebook.ipynb").write_bytes(
        notebook(
            markdown("# Training\n\nWe train a *small* model."),
            code("loss = model(x)\nloss.backward()  # 👋"),
            markdown("## Result\n\nThe loss falls to 0.5 and stays."),
        )
    )
    (folder / "05-slides.pptx").write_bytes(_slides())
    (folder / "06-paper.pdf").write_bytes(_paper())
    return folder


def until(page: Page, expression: str, seconds: float = 30.0) -> None:
    """Wait until an expression is true; the page's policy forbids what Playwright's own waiting does in it."""
    eventually(lambda: page.evaluate(expression), expression, seconds)


def _word() -> bytes:
    made = docx.Document()
    made.add_heading("Optimisers", 1)
    paragraph = made.add_paragraph("Momentum keeps ")
    paragraph.add_run("a running mean").bold = True
    paragraph.add_run(" of the gradients_so_far * 2.")
    made.add_heading("Adam", 2)
    made.add_paragraph("Adam scales each step.", style="List Bullet")
    table = made.add_table(rows=2, cols=2)
    for cell, words in zip(table._cells, ["Name", "Step", "SGD", "fixed | small"], strict=True):
        cell.text = words
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def _slides() -> bytes:
    deck = pptx.Presentation()
    for title, words in (("Layers", "A layer maps vectors to vectors."), ("Depth", "More layers see more.")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = words
    file = io.BytesIO()
    deck.save(file)
    return file.getvalue()


def _paper() -> bytes:
    body = ["is a function with many weights (or few), and training finds", "the weights that are least wrong."]
    pages = [
        [At(50, 600, title, 18, "F2"), *lines([f"A {title.lower()} {body[0]}", body[1]], top=560)]
        for title in ("Network", "Layer", "Neuron")
    ]
    return document(pages, title="Least wrong weights")
