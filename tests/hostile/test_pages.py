"""Pages write values as text: nowhere is there a door through which markup would come to life."""

import re
from pathlib import Path

import pytest

from chalicelib.web.pages import _PAGES
from tests.integration.service import Service

SCRIPTS = sorted(_PAGES.glob("*.js"))
#: What makes markup, or code, of a text (MDN, "Trusted Types": the injection sinks).
SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTML|srcdoc|DOMParser"
    r"|createContextualFragment|\beval\b|\bFunction\(|set(?:Timeout|Interval)\(\s*[\"'`]"
    r"|javascript:|\.on[a-z]+\s*=\s*[\"'`]|setAttribute\(\s*[\"']on|\bimport\(|__proto__"
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_of_ours_makes_no_markup_of_texts(script: Path):
    assert SINKS.findall(script.read_text("utf-8")) == []


def test_a_script_that_did_would_be_found():
    bad = ("x.innerHTML = y", 'setTimeout("x()", 1)', "eval(x)", 'e.setAttribute("onclick", x)')

    assert all(map(SINKS.search, bad))


@pytest.mark.parametrize("path", ["/ops", "/test-sms", "/test-email", "/docs"])
def test_a_page_runs_no_script_but_the_service_s_own(service: Service, path: str):
    policy = service.get(path, token=None).headers["Content-Security-Policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))

    assert rules["default-src"] == "'none'"
    assert "unsafe" not in rules.get("script-src", "")
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
