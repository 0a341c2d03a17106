"""Requests put to whoever reads them: 有做 X 的吗, X 供应商寻源, and how they may get in touch."""

from matcher.asking.words import compiled, inside_word

_CAN = r"(?:能够?|可以?|会|在)?"
_DOES = rf"(?:人|谁|没有|哪家|什么)?{_CAN}<question.trade>"
_WHOM = r"(?:<supplier.quality>的?)*<question.crowd>"
_OPEN = r"^(?:请问|想问下?|问下|大家|各位|老板们|麻烦|(?:[\u4e00-\u9fff]{2,6}?<question.near>?))?(?<!没)"
_SAYS = r"(?:<question.particle>|没有?|不|推荐|介绍)+"
_CROWD = (
    rf"{_OPEN}有(?:没有|木有)?{_DOES}(?P<done>[^，。]{{2,40}}?)(?:的{_WHOM}?|{_WHOM})?{_SAYS}$",
    rf"{_OPEN}有(?P<let>[^，。]{{2,20}}?)(?:出?租|卖|出售|供应|供货|批发|现货|供)的?{_SAYS}$",
    r"^(?:请问|想问下?|问下|大家|各位|老板们|谁那?)?有(?P<had>[^，。]{2,20}?)(?:的<question.crowd>?)?(?:吗|么|嘛|没有?)$",
    r"^(?:(?:请教|请问|想问下?|问下)(?:下|一下)?)?(?:各位|大家|大佬|老板)?们?[：:，\s]*(?P<found>[^，。]{2,24}?)(?:一般|通常|都|大家)*(?:是)?"
    r"(?:[找去从在到上跟])?(?:哪里|哪儿|哪家|哪边|谁|什么地方)(?:拿货|进货|订货|找货|批发|采购|订|买|拿|进)(?:的|到|得到)?"
    r"(?:比较|更|最)?(?:<question.remark>|合适|放心|方便)*<question.particle>*$",
    rf"^(?:请|麻烦|烦请)?(?:有)?{_CAN}<question.trade>(?P<able>[^，。]{{2,30}}?)的{_WHOM}<context.please>*<context.whom>?"
    r"<context.contact>.{0,4}$",
)
_INVITE = (
    r"^(?:有货?|有现货|有资源|有货源|能做|能供|能供货|可做|会做|做这个|有意向?|有渠道)的?(?:<question.crowd>|请)?"
    r"<context.please>*<context.whom>?<context.contact>.{0,4}$"
)
_CONTACT = (
    r"(?:[\s，,]*的?(?:<context.please>|的话)+(?:(?:有|能)[^，。的]{1,4}的)?<question.crowd>?<context.whom>?(?:<context.please>)?<context.contact>(?:一下|我|吧|为盼|.{0,3})"
    r"|[\s，,]+<context.whom><context.contact>.{0,3}|[，,\s]*(?:多谢|谢谢|感谢|拜托)了?)$"
)
_SOURCED = (
    r"^(?:[^，。]{0,16}?(?:公司|集团|厂))?(?:关于)?(?P<object>[^，。]{2,40}?)的?(?:<supplier.quality>的?)*"
    r"(?P<who><supplier.nouns>)的?<seek.sourcing>(?:的?(?:公告|通知|启事|项目|工作|函))?$"
)


def asked_of_all(text: str) -> str | None:
    """Return what a question to a crowd asks for, empty when it names nothing (有货的联系); None when it is none."""
    for pattern in _CROWD:
        found = compiled(pattern).match(text)
        if found and not inside_word(text, found.start(1)):
            return found[1]
    return "" if compiled(_INVITE).match(text) else None


def sourced(text: str) -> str | None:
    """Return that of which suppliers are to be found: 轴承供应商寻源; None when the text is no such title."""
    found = compiled(_SOURCED).match(text)
    return found["object"] if found else None


def without_contact(text: str) -> str:
    """Return a clause without how its reader may get in touch, itself when nothing would be left."""
    return compiled(_CONTACT).sub("", text, count=1) or text
