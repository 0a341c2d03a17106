"""Whether a firm has what its text names: a certificate, a grade, a machine — now, not, or not yet."""

import re
from enum import Enum

from matcher.quantity.wording import Mention


class Standing(Enum):
    """What the words around a mention say: it is there, it is not, or it is planned, under way or someone else's."""

    HELD = "held"
    DENIED = "denied"
    VAGUE = "vague"


_NONE = (
    r"(?:没有|没(?!有)|未(?!来|尽|央)|尚无|暂无|并无|无(?!需|须|尘|菌|人|线|锡|铅|刷|损|锯|缝|心|氧|水|论)"
    r"|不具备?|不持有|不含|不包括|不设|不配|不提供|不自带|不带|缺少?|缺乏|非|除了?|不是)"
)
_DENIED_BEFORE = re.compile(rf"(?:{_NONE}[^、，]{{0,7}}|(?<![a-zA-Z\d])无|不做|不接)$")
_DENIED_AFTER = re.compile(
    r"^(?:[^，、]{0,14}?)(?:尚未|暂未|还未|并未|未(?!到期|过期|来|失效|曾|满|中断)|没有|没(?:做|过|办|拿|取得|配|装|上)|不具备|不做|不设|不配|不带"
    r"|缺失|过期|超期|逾期|已过(?:了)?有效期|失效|到期(?!日|时间|后|前|为|:)|暂无|尚无|暂缺|吊销|撤销|注销|被暂停|已暂停|终止|外发|外协|外送|送外|外包|委外|需外|靠外|借用|外借|外租|租借|不含"
    r"|除外|不能做|无法|做不了|不支持|不提供|不接|已停用|已拆除|已报废|已出售|已转让|已处置)"
)
_DENIED_NEXT = re.compile(
    r"^(?:但|不过|目前|现|均|且|并|其|该?证书?|该项|已|仍|尚|暂|还|也|至今|于|去年|今年|上月|年底|年初|\d{4}年|\d{1,2}月|\d{1,2}日|厂内|本厂){0,8}"
    r"(?:未(?:续|取得|获|通过|办|换|年审|更新|复评|延|能?取|做?认证|重新)|没(?:有?续|办|取得|有取得)|过期|失效|到期|(?:厂内|本厂|我厂|内部)?(?:未|没)(?:配|有|装|设)|被?(?:吊销|撤销|注销|暂停)|均?外[发协送包])"
)
_STILL = re.compile(
    r"未(?:到期|过期|失效)|(?:无|不|没有)(?:过期|失效)|到期前|不过期|未曾(?:中断|过期)|无外[发协包]|[不无未]委?外[发协包]"
)
_RENEWED = re.compile(r"已(?:完成)?(?:续|换|延|复评)|(?:续证|换证|复评|换发)(?:完成|完毕|通过|成功)")
_VAGUE_WORDS = (
    r"正在|在办|在审|(?<!已)(?<!已完成)(?:办理|申请|申办|申报)(?!主体|单位|企业|过)|受理|审核中|评审中|公示|(?<![等接招对])待|拟|计划|预计|筹[备建]|准备|即将|争取|规划|有望|年内|明年|下半年|下月"
    r"|换证|复审|进行中|可(?:办|取得|申请|安排|配合|协助|加装|升级|改造|选配|增设|配(?!套)|定制)|订购|采购中|在途|调试中|安装中|在建|建设中|升级中"
    r"|(?<!造价)(?<!工程)咨询(?!单位|企业|机构|甲|乙|资)|辅导|代办|代理申|协助|帮助|培训|服务过|服务了|客户[有中均多为]|合作[厂方单企]"
    r"|[按依据参照遵].{0,24}(?:标准|要求|体系|规范)(?:建设|管理|运行|执行|设计|打造|搭建|建立|组织|生产|进行)|参照|对标|相当于|等同于?|类似|接近|局部|部分"
)
_VAGUE_BEFORE = re.compile(
    rf"(?:{_VAGUE_WORDS}|[按依参](?:照|据)?\s?|将|导入|推行|承建过?|做过|建设过|施工过|设计过|服务过|合作|共享|附近|周边)[^，、]{{0,10}}$"
)
_VAGUE_AFTER = re.compile(rf"^[^，、]{{0,10}}?(?:{_VAGUE_WORDS}|将|导入中|试运行|辅导|建设$|管理$|执行$|运行$|建厂)")
_VAGUE_NEXT = re.compile(rf"^(?:但|不过|目前|现|均|且|并|其|该?证书?|仍|尚|还|也){{0,6}}(?:{_VAGUE_WORDS})")
_HAD = re.compile(r"(?:已|均|现|都)(?:获|取得|通过|持有?|具备|有|完成|配|办|装|建成|投用|投产|在册|认定)")
_NOT_ONLY = re.compile(r"不仅|不但|不只|不止|不限于|无一例外")
_UNTIL = re.compile(r"(?:有效期?至|到期日为?|有效期限?[至到:])\s?(\d{4})|(\d{4})年?[^，。;、]{0,6}(?:到期|过期|失效)")
_COMING = re.compile(r"(?:将|即将|今年|明年|后年)[^，。;、]{0,6}到期|(\d{4})年?[^，。;、]{0,6}到期")


def standing(mention: Mention, *, valid_from: int = 0) -> Standing:
    """Return what the words around a mention say of it; a certificate valid until before the year `valid_from` is gone."""
    before = _NOT_ONLY.sub("", mention.before)
    after, following = mention.after, mention.next
    if _lapsed(after + " " + following, valid_from):
        return Standing.DENIED
    after, following = _COMING.sub("", after), _COMING.sub("", following)
    gone = _DENIED_AFTER.match(after) and not _STILL.search(after)
    lost = _DENIED_NEXT.match(following) and not _STILL.search(following)
    if gone or lost:
        return Standing.VAGUE if _RENEWED.search(after + following) else Standing.DENIED
    if _DENIED_BEFORE.search(before):
        return Standing.DENIED
    if _HAD.search(before) or _HAD.match(after):
        return Standing.HELD
    if _VAGUE_BEFORE.search(before) or _VAGUE_AFTER.match(after) or _VAGUE_NEXT.match(following):
        return Standing.VAGUE
    return Standing.HELD


def _lapsed(words: str, valid_from: int) -> bool:
    until = _UNTIL.search(words)
    return until is not None and int(until[1] or until[2]) < valid_from
