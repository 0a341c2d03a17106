"""What an actor may see and change; every room asks here before it touches a row."""

from dataclasses import replace

from sqlalchemy import ColumnElement, and_, or_, true

from matcher.domain import Posting, Status, Visibility
from matcher.errors import MatcherError
from service.auth import Actor, Scope, local_admin
from service.store.schema import postings

_SCOPE_NAMES = {
    Scope.OBSERVE: "查看汇总",
    Scope.READ: "读取",
    Scope.ORGANISE: "组织活动",
    Scope.WRITE: "写入",
    Scope.ADMIN: "管理",
}


def require(actor: Actor, scope: Scope) -> None:
    """Check that the actor holds a scope.

    :raises MatcherError: `forbidden`.
    """
    if not actor.allows(scope):
        message = f"当前密钥或角色没有{_SCOPE_NAMES[scope]}权限：请换用有权限的密钥"
        raise MatcherError("forbidden", message, scope=scope.value)


def require_platform(actor: Actor, scope: Scope) -> None:
    """Check that the actor holds a scope for its tenant as a whole.

    :raises MatcherError: `forbidden`.
    """
    require(actor, scope)
    if not actor.platform:
        raise MatcherError("forbidden", "该操作涉及整个平台：请使用平台的密钥，而不是某一企业的密钥")


def require_own(actor: Actor, enterprise_id: str, scope: Scope) -> None:
    """Check that the actor holds a scope and works for the platform or for this very enterprise.

    :raises MatcherError: `forbidden`.
    """
    require(actor, scope)
    if not (actor.platform or actor.organisation == enterprise_id):
        raise MatcherError(
            "forbidden",
            f"只能查看和修改本企业（{actor.organisation}）的记录，{enterprise_id} 属于其他企业",
            enterprise_id=enterprise_id,
        )


def summing(actor: Actor) -> Actor:
    """Return as whom to read what is summed up for the actor, who may not see the records themselves.

    :raises MatcherError: `forbidden`.
    """
    require_platform(actor, Scope.OBSERVE)
    return local_admin(actor.tenant)


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on `postings` under which the actor sees a row, whole or its public part."""
    if actor.platform:
        return true()
    published = and_(postings.c.status == Status.PUBLISHED, postings.c.visibility != Visibility.PRIVATE)
    return or_(postings.c.enterprise_id == actor.organisation, published)


def as_seen_by(actor: Actor, posting: Posting) -> Posting:
    """Return a posting as the actor may see it: another's `matched` posting without detail, conditions and windows."""
    own = actor.platform or posting.enterprise_id == actor.organisation
    return posting if own or posting.visibility is not Visibility.MATCHED else public_part(posting)


def public_part(posting: Posting) -> Posting:
    """Return what of a posting another firm may be told before both sides agreed."""
    if posting.visibility is Visibility.PUBLIC:
        return posting
    return replace(posting, detail=None, conditions=(), windows=(), attributes={})
