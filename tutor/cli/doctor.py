"""`course-tutor doctor`: whether everything is as it should be."""

from __future__ import annotations

from dataclasses import asdict

import typer

from tutor.cli.options import DataDir, Debug, Json
from tutor.cli.printing import console, print_json
from tutor.cli.start import begin

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(json_: Json = False, data_dir: DataDir = None, debug: Debug = False) -> None:
    """Say what is configured, reachable and live, and what to do about what is not; exit status 1 if anything fails."""
    settings = begin(data_dir, debug)
    from tutor.wiring.diagnosis import examine

    findings = list(examine(settings))
    failed = any(finding.state == "fail" for finding in findings)
    if json_:
        print_json({"ok": not failed, "findings": [asdict(finding) for finding in findings]})
    else:
        from rich.text import Text

        out = console()
        for finding in findings:
            line = Text.assemble((f"{finding.state:4}", _STYLES[finding.state]), "  ", (finding.subject, "bold"), ": ")
            out.print(line + Text(finding.found), soft_wrap=True)
            if finding.remedy:
                out.print(Text(f"      → {finding.remedy}"), soft_wrap=True)
    if failed:
        raise typer.Exit(1)
