"""`rules`: what `check` looks at, family by family."""

from __future__ import annotations

import click

from kie_catalog.cli import console
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import JSON, MARKDOWN, TEXT, format_option
from kie_catalog.rules.documentation import FAMILIES, render_documentation, rule_to_json
from kie_catalog.rules.registry import RULES


@click.command("rules", epilog=examples("rules", "rules --format json"))
@format_option(TEXT, JSON, MARKDOWN)
def rules_command(form: str) -> int:
    """List the rules; `kie-catalog explain CODE` says more of one."""
    if form == JSON:
        console.say_json([rule_to_json(rule) for rule in RULES])
        return 0
    if form == MARKDOWN:
        console.say(render_documentation(), end="")
        return 0
    longest = max(len(rule.name) for rule in RULES)
    for prefix, (title, about) in FAMILIES.items():
        console.say(f"{title} ({prefix}xx): {about}")
        for rule in RULES:
            if rule.code.startswith(prefix):
                console.say(f"  {rule.code}  {rule.severity!s:7}  {rule.name:{longest}}  {rule.law}")
    return 0
