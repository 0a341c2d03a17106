"""The check-up of the database: does it answer, is it whole and current, are its jobs and keys in order."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from service.config import Settings
from service.store.inspect import Inspection
from service.usecases.finding import Finding, broken, look, well

_SILENCE, _PATIENCE = timedelta(minutes=10), timedelta(days=1)
_AHEAD, _IDLE = timedelta(days=14), timedelta(days=30)
_OLDEST_SERVER = 12
_FULL = 0.8
_CLOCKS_APART = timedelta(seconds=5)
_NAMED = 5


def check_database(settings: Settings, inspection: Inspection) -> Iterator[Finding]:
    """Yield whether the database answers, its schema and its integrity.

    :raises MatcherError: `database_unavailable`.
    """
    if inspection.in_file and not settings.database_url and not (settings.data_dir / "rongtong.db").exists():
        yield look("数据库", "还没有建立", "首次启动或导入时自动建立")
        return
    schema = inspection.schema()
    if schema.found is None:
        yield broken(
            "数据库", "能连上，但没有本程序的表", "首次启动时自动建表；如果应当已有数据，检查 RONGTONG_DATABASE_URL"
        )
    elif schema.found != schema.newest:
        # Which of the two is older cannot be told from the number of a later version.
        said = f"表结构是 {schema.found}，本版本是 {schema.newest}"
        yield broken("数据库", said, "先备份；启动本版本的服务会自动升级，较新的库须换用较新的程序")
    else:
        yield well("数据库", f"能读，表结构 {schema.found}")
    if damage := inspection.damage():
        yield broken("数据完整性", "；".join(damage), "停止服务，从最近的备份恢复")
    elif inspection.in_file:
        yield well("数据完整性", "quick_check 与引用检查都通过")


def check_server(inspection: Inspection) -> Finding:
    """Return how a database server is: its version, its connections and its clock."""
    server, now = inspection.server(), inspection.now()
    if server is None or now is None:
        return well("数据库服务", "SQLite 文件，没有单独的服务")
    said = f"PostgreSQL {server.version}，连接 {server.clients}/{server.most}"
    if int(server.version.split(".")[0]) < _OLDEST_SERVER:
        return look("数据库服务", said, f"升级到 {_OLDEST_SERVER} 以上")
    if server.clients > server.most * _FULL:
        return look("数据库服务", said, "连接快用完了：减少进程或调高 max_connections")
    if (apart := abs(datetime.now(UTC) - now)) > _CLOCKS_APART:
        return look("数据库服务", f"{said}；与本机时钟相差 {apart.total_seconds():.0f} 秒", "两台机器都校准时间")
    return well("数据库服务", said)


def check_queue(inspection: Inspection) -> Finding:
    """Return whether background jobs are done."""
    queue = inspection.queue(datetime.now(UTC), silence=_SILENCE, patience=_PATIENCE)
    said = f"停住 {queue.silent} 个，久等 {queue.waiting} 个，近一天失败 {queue.failed} 个"
    if queue.silent or queue.waiting:
        return look("后台任务", said, "看服务是否在运行；启动后会自动接着做")
    return look("后台任务", said, "失败的原因见任务本身，改正后重新提交") if queue.failed else well("后台任务", said)


def check_keys(inspection: Inspection) -> Finding:
    """Return whether keys end soon or lie unused."""
    keys = inspection.keys(datetime.now(UTC), ahead=_AHEAD, idle=_IDLE)
    if keys.ending:
        remedy = "用 rongtong keys rotate 换新"
        return look("密钥", f"{_AHEAD.days} 天内到期：{_named(keys.ending)}", remedy)
    if keys.unused:
        remedy = "不用的用 rongtong keys revoke 吊销"
        return look("密钥", f"生成 {_IDLE.days} 天以上从未使用：{_named(keys.unused)}", remedy)
    return well("密钥", "没有将到期或久未使用的")


def _named(names: tuple[str, ...]) -> str:
    more = f" 等 {len(names)} 个" if len(names) > _NAMED else ""
    return "、".join(names[:_NAMED]) + more
