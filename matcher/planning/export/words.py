"""What the figures of a plan are called."""

from matcher.planning.model import Stage

FIGURES = {
    "participants": "参会方",
    "meetings": "会面",
    "with_meetings": "有会面的参会方",
    "without_meetings": "没有会面的参会方",
    "below_minimum": "未达最少场次的参会方",
    "shortfall": "未满足的场次",
    "mean_score": "平均适配度",
    "total_score": "总适配分（千分）",
    "gini": "场次的基尼系数",
    "idle": "场次之间的空等时段",
    "table_moves": "换桌次数",
    "table_use": "桌位使用率",
}
GROUPS = {"by_side": "按参会身份", "by_type": "按类型", "by_industry": "按行业", "by_region": "按地区"}
STAGES = {
    "shortfall": "未满足的最少场次",
    "worst_share": "最不利一方得到的比例",
    "total": "总适配分（含意愿）",
    "unplaced": "排不进时间表的会面",
    "waiting": "场次之间的空等时段",
    "changes": "改动的会面",
    "table_moves": "改动的桌号",
}


def stage_words(stage: Stage) -> tuple[str, str, str]:
    """Return a stage's name, what it reached, and how sure it is that no better plan exists."""
    name = STAGES.get(stage.name, stage.name)
    if stage.proven:
        return name, number(stage.value), "已证明最优"
    gap = number(abs(stage.value - stage.bound))
    return name, number(stage.value), f"未证明最优：界限 {number(stage.bound)}，差距至多 {gap}"


def number(value: float) -> str:
    """Return a number to read: whole, or with three places."""
    return f"{value:.0f}" if value == round(value) else f"{value:.3f}"
