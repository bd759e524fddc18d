"""Numbers as each language writes them."""

import re

NARROW_SPACE = "\u202f"  # groups digits in German
MINUS = "\u2212"
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def plain(value: float, form: str) -> str:
    """A number as Python prints it, but never "-0.00"."""
    text = format(value, form)
    return text.lstrip("-") if re.fullmatch(r"-[0.]+%?", text) else text


def localize(text: str, language: str) -> str:
    """A printed number ("-1234.5", "3.67e+07", "82 %") as the language writes it.

    German has a decimal comma and groups digits from five up; English and
    Chinese group from five up with commas, so that a year stays a year.
    """
    match = re.fullmatch(r"(-?)(\d+)(\.\d+)?(?:e([+-]\d+))?(%?)", text)
    if match is None:
        return text
    sign, whole, fraction, exponent, percent = match.groups(default="")
    group, point = (NARROW_SPACE, ",") if language == "de" else (",", ".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", group)
    number = sign.replace("-", MINUS) + whole + fraction.replace(".", point)
    if exponent:
        number += f"\u00a0·\u00a010{power(int(exponent))}" if language == "de" else (
            f"\u00a0×\u00a010{power(int(exponent))}"
        )
    if percent:
        number += "\u00a0%" if language == "de" else "%"
    return number


def power(exponent: int) -> str:
    return str(exponent).translate(SUPERSCRIPT)
