"""Words of hers on the page, exactly as she wrote them."""


def plain(text: str) -> str:
    """Markdown that shows `text` as it is: no markup, HTML or maths in it takes effect."""
    shown = text.replace("\\", "\\\\")
    for sign in "`*_{}[]<>#$|~:":
        shown = shown.replace(sign, f"\\{sign}")
    return shown.replace("\n", "  \n")
