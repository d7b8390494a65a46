"""Every way to write a link in Markdown, for tests of which ones are drawn as links."""

from __future__ import annotations

FOREIGN = (
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "data:text/html,hi",
    "data:image/png;base64,iVBORw0KGgo=",
    "javascript:alert(1)",
    "vbscript:x",
    "blob:http://127.0.0.1/x",
    "about:blank",
    "view-source:http://127.0.0.1/",
    "filesystem:http://127.0.0.1/x",
    "ms-settings:privacy",
    "vscode://file/etc/passwd",
    "tel:+123",
    "&#102;ile:///etc/passwd",
    "&#x66;ile&colon;///etc/passwd",
    "f&#105;le&#58;///etc/passwd",
    "file\\:///etc/passwd",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "&#1;javascript:alert(1)",
)
"""Addresses that are none of the web, plain and disguised."""
INSIDE = ("/connections", "traces?trace=tr-1", "?lane=x", "#top", "//evil.example/x", "c:\\x")
"""Addresses that a browser takes for one below the page's own."""
WEB = (
    "https://example.org/a?b=c#d",
    "http://example.org",
    "HTTPS://EXAMPLE.ORG",
    "mailto:a@b.example",
)

AS_TEXT = (
    "[a]({})",
    "see [a b]( {} ) there",
    "[a](<{}>)",
    '[a]({} "title")',
    "[a](\n{})",
    "> [a](\n> {})",
    "- [a]({})\n- b",
    "| a | b |\n|---|---|\n| [a]({}) | c |",
    "# [a]({})",
    "**[a]({})**",
    "[`a`]({})",
    "[![c](data:image/png;base64,iVBORw0KGgo=)]({})",
    "[a][r]\n\n[r]: {}",
    "[r]\n\n[r]: {}",
    "[r][]\n\n[r]: <{}>",
    "[r]\n\n[r]:\n{}",
    "[r]\n\n> [r]: {}",
    "[r]\n\n- [r]: {}",
    "[a b]\n\n[a\nb]: {}",
    "[a`b]\n\n[a`b]: {}",
    "[a\\]b]\n\n[a\\]b]: {}",
    "[a](https://example.org) [b]({})",
    "note[^1]\n\n[^1]: [a]({})",
)
"""Ways to write a link in text, with a place for its address."""
MISTAKEN = (
    "\\![a]({})",
    "- a\n\n  ```\n  code\n[a]({})",
    "> ```\n> code\n\n[a]({})",
    "<div>\n```\n</div>\n\n[a]({})",
    "$$\n```\n$$\n\n[a]({})",
    ":::x\n```\n:::\n\n[a]({})",
    "`\n` [a]({}) `",
    "- `\n- [a]({}) `",
    "<https://example.org/`> [a]({}) `",
    "| ` | [a]({}) | ` |\n|---|---|---|\n| ` | [a]({}) | ` |",
    "\\`[a]({})`",
    "``` x\n[a]({})\n``` x\n```\n[r]: {}\n\n[r]",
    "[^1]: a\n\n    [a]({})\n\nb[^1]",
)
"""Links that a hasty look takes for a picture or for code."""

CODE = (
    "```cpp\nauto f = [](std::string s) { return std::vector<std::string>{s}; };\n```",
    "```js\nhandlers[name](event); fns[i](a && b);\nitems[0](\n  value,\n)\n```",
    "```python\nif x in d[k]: print(d[k])\ny: list[int] = [f[i](lambda a: a)]\n```",
    "```xml\n<soap:Body><xs:element/></soap:Body>\n```",
    "```sh\n[[ $a ]]: ok\n```",
    "~~~md\n[a](https://example.org)\n~~~",
    "`handlers[name](event)` and `std::vector<std::string>` and `d[k]: v`",
)
"""Code that looks a little like links; it must be copied as it was written."""
