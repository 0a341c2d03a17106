"""Help and usage errors in Chinese: the fixed words of typer that people see."""

import re
from collections.abc import Sequence

import typer
from rich.text import Text
from typer import rich_utils

from service.cli.console import USAGE, err

_SAID = (
    (r"No such option:? '?(?P<what>[^\s'.]+)", "没有选项 {what}"),
    (r"No such command '(?P<what>.+?)'", "没有命令 {what}"),
    (r"Missing (?:option|argument|parameter) '(?P<what>.+?)'", "缺少 {what}"),
    (r"Missing command", "缺少命令"),
    (r"Option '(?P<what>.+?)' requires an argument", "选项 {what} 后面缺少值"),
    (r"Option '(?P<what>.+?)' does not take a value", "选项 {what} 不带值"),
    (r"Invalid value for '?(?P<what>[^:]+?)'?: (?P<why>.*)", "{what} 的值无效：{why}"),
    (r"Invalid value: (?P<what>.*)", "{what}"),
    (r"Got unexpected extra argument(?:s|\(s\))? \((?P<what>.+?)\)", "多出的参数 {what}"),
)
_WHY = (
    (r"(?:Input should be|.* is not) a valid (?:int|integer|float|number)\b.*", "应为数字"),
    (r"Input should be less than or equal to (?P<range>\S+)", "须不大于 {range}"),
    (r"Input should be greater than or equal to (?P<range>\S+)", "须不小于 {range}"),
    (r"(?:Value error, )?(?P<what>'.*?') is not one of (?P<range>.+?)\.?$", "{what} 不在可选值 {range} 之中"),
)
_WORDS = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "错误",
    "DEFAULT_STRING": "[默认：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
}


def run(verbs: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Return the exit code of a command line; misuse is told in Chinese and gives 2."""
    for name, word in _WORDS.items():
        setattr(rich_utils, name, word)
    try:
        code = verbs(arguments, standalone_mode=False)
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            return USAGE
        message = (
            error.format_message() if isinstance(error, typer.BadParameter) else str(getattr(error, "message", error))
        )
        err.print(Text.assemble(("用法有误", "red"), " ", f"{_told(message)}；加 -h 查看用法"))
        return USAGE
    return code if isinstance(code, int) else 0


def _told(message: str) -> str:
    for pattern, words in _SAID:
        if found := re.match(pattern, message):
            parts = {name: part.replace("' / '", "、") for name, part in found.groupdict().items()}
            return words.format_map(parts | {"why": _why(parts.get("why", ""))})
    return message


def _why(message: str) -> str:
    for pattern, words in _WHY:
        if found := re.match(pattern, message):
            return words.format_map(found.groupdict())
    return message
