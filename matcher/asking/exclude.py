"""What a text rules out, and the material something is made from: neither is what is sought."""

from matcher.asking.words import compiled

_STOP = "，,。；;！!？?\n（）()"
_NOT = "(?:<exclude.no>|不含(?!税|运|铅|氟|卤|甲醛|糖|酒精|防腐))"
_FROM, _TO = rf"(?:(?<=[{_STOP}])|^)\s*", rf"(?=[{_STOP}]|$)"
# 不含 … at the start of a clause or bracket, or after 但: in the middle (不含铅焊料) it describes the object.
_CLAUSE = rf"{_FROM}<exclude.turn>*{_NOT}[^{_STOP}]{{1,120}}{_TO}"
_INLINE = rf"(?:但是|但)(?:均|都|也)?{_NOT}[^{_STOP}]{{1,120}}"
_BRACKET = rf"[（(]\s*(?:但)?(?:{_NOT}|除)[^（）()]{{1,120}}[）)]"
_EXCEPT = (
    rf"除(?!外|尘|湿|臭|锈|油|铁|氧|冰|雪|草|磷|氨|垢|渣|静电)了?[^{_STOP}]{{1,60}}?"
    r"(?:以外|之外|外)(?:的|，|,)?(?:其他|其它|其余)?(?:的)?"
)
_SAVE = rf"{_FROM}[^{_STOP}]{{1,60}}除外{_TO}"
_REFUSE = (
    rf"{_FROM}(?:[^{_STOP}]{{1,40}}(?:<exclude.refuse>|请勿.{{0,6}})"
    rf"|不(?:做|接|要|考虑)[^{_STOP}]{{1,60}}){_TO}"
)
_MATERIAL = (
    rf"(?:主要)?(?:以|采用|利用|用|使用)[^{_STOP}]{{1,40}}?(?:为|作为|作|做)(?:主要)?<exclude.material>"
    r"(?:的|来?<exclude.made>的?)?"
)


def without_excluded(text: str) -> str:
    """Return `text` without what it rules out (但不包括…, 不含…, 除…以外的其他, …除外); itself when nothing would be left."""
    kept = text
    for pattern in (_BRACKET, _EXCEPT, _CLAUSE, _INLINE, _SAVE, _REFUSE):
        kept = compiled(pattern).sub("", kept)
    if kept == text:
        return text
    kept = compiled(r"[，,；;。\s]+(?=[，,。；;])|(?<=[。；;])[，,；;\s]+|^[，,；;。\s]+|[，,；;\s]+$").sub("", kept)
    return kept if compiled(r"[\w]{2}").search(kept) else text


def without_material(text: str) -> tuple[str, str | None]:
    """Return (`text` without 以…为原料, that phrase); the phrase is None when there is none or nothing else is left."""
    found = compiled(_MATERIAL).search(text)
    if not found:
        return text, None
    kept = (text[: found.start()] + text[found.end() :]).strip("，, ；;的")
    return (kept, found.group()) if len(kept) >= 2 else (text, None)
