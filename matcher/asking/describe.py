"""What stands before a thing and describes it: 原料碳酸锂, 核心部件减速器, 做打印机要用的步进电机."""

from matcher.asking.words import compiled

_ROLE = (
    r"^(?:(?:<describe.rank>的?)*<describe.role>|(?:<describe.rank>的?)+<describe.part>)[：:—\-\s]*"
    r"(?!<describe.whole+describe.whole_re>|<describe.joined>(?!<describe.maker>))(?=\S{2})(?!.*<describe.done>$)"
)
_CLIENT = r"^(?:潜在|优质|长期)?<describe.client>[：:—\-\s]*(?=\S{2})"
_USE = (
    r"^(?:<asker.self>)?(?:在)?(?:<describe.making>[^，。；的]{1,24}?(?:时|中|上|过程中)?(?:会|常|都|必须)?<describe.using>"
    r"|<describe.purpose>[^，。；的]{1,30}|(?!<seek.pure+seek.nominal+seek.weak+seek.modal>|[求寻找购需缺买招])[^，。；的]{2,16}?<describe.needing>)的(?P<object>[^，。；]{2,})$"
)
_GENERAL = r"^(?:<describe.general>|相关|各种|各类|专用|的)+$"


def without_role(text: str) -> str:
    """Return `text` without the word that says what the thing is to the asker; whole when that is part of the thing."""
    return compiled(_ROLE).sub("", text, count=1)


def client(text: str) -> str:
    """Return whom 下游客户 X names; empty when the text names no such client."""
    found = compiled(_CLIENT).match(text)
    return text[found.end() :] if found else ""


def without_use(text: str) -> tuple[str, str | None]:
    """Return (`text` without 做…要用的 or 用于…的, that phrase); the phrase is None when the thing is nothing without it."""
    found = compiled(_USE).match(text)
    if not found or compiled(_GENERAL).match(found["object"]):
        return text, None
    return found["object"], text[: found.start("object")]


def use_end(text: str) -> int:
    """Return where 做…要用的 or 用于…的 at the head of a phrase ends, 0 when there is none."""
    found = compiled(_USE).match(text)
    return found.start("object") if found else 0
