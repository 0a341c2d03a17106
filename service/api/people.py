"""Users, their sessions, and keys, over HTTP."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self, TypedDict

from fastapi import APIRouter, Request, Response
from pydantic import Field

from service.api.registers import Gone
from service.api.schemas import Identifier, Model, Name
from service.audit import CLAIMED
from service.auth import Actor, Role, Scope, csrf_token, local_admin
from service.deps import ActorDep, Parts, PartsDep, cookie_name, session_token
from service.errors import unauthorized
from service.passwords import LONGEST, SHORTEST
from service.store import KeyInfo, User
from service.usecases.sessions import GOOD_FOR, change_password, give_password, sign_in, sign_out

users = APIRouter(prefix="/v1/users", tags=["用户与密钥"])
sessions = APIRouter(prefix="/v1/sessions", tags=["用户与密钥"])
keys = APIRouter(prefix="/v1/keys", tags=["用户与密钥"])

Password = Annotated[str, Field(min_length=1, max_length=LONGEST, repr=False)]
_ROLES = "owner 企业、reviewer 审核、organiser 活动组织、observer 只看汇总、admin 管理"
_SCOPES = "observe 看汇总、read 读、organise 办活动、write 写、admin 管理，后者含前者"


class UserBody(Model):
    """用户：代表某企业，或（organisation_id 为空）代表平台"""

    name: Name
    organisation_id: Identifier | None = None
    roles: list[Role] = Field(min_length=1, max_length=len(Role), description=_ROLES)


class UserOut(Model):
    """用户"""

    id: str
    name: str
    organisation_id: str | None
    roles: list[Role]

    @classmethod
    def of(cls, user: User) -> Self:
        """Return the JSON form."""
        return cls(id=user.id, name=user.name, organisation_id=user.organisation_id, roles=sorted(user.roles))


class UsersOut(Model):
    """全部用户"""

    items: list[UserOut]


class PasswordBody(Model):
    """新密码"""

    password: Password = Field(description=f"{SHORTEST} 到 {LONGEST} 个字符")


class PasswordChangeBody(Model):
    """改自己的密码"""

    old: Password
    new: Password


class SignInBody(Model):
    """登录"""

    tenant: Annotated[str, Field(min_length=1, max_length=64)]
    user: Annotated[str, Field(min_length=1, max_length=200)]
    password: Password


class SessionOut(Model):
    """会话：改动类请求须在 X-CSRF-Token 里带上 csrf"""

    tenant: str
    user: str
    organisation: str | None
    roles: list[Role]
    csrf: str

    @classmethod
    def of(cls, who: Actor, csrf: str) -> Self:
        """Return the JSON form."""
        return cls(tenant=who.tenant, user=who.user, organisation=who.organisation, roles=sorted(who.roles), csrf=csrf)


class KeyBody(Model):
    """要生成的密钥"""

    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope), description=_SCOPES)
    organisation: Identifier | None = Field(default=None, description="代表哪个企业；空为平台")
    days: int | None = Field(default=None, ge=1, le=3650, description="几天有效；空为长期")


class RotateBody(Model):
    """换密钥"""

    grace_hours: int = Field(default=0, ge=0, le=720, description="旧密钥再用几小时")


class KeyOut(Model):
    """密钥，不含密钥本身"""

    id: str
    name: str
    user: str
    organisation: str | None
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, info: KeyInfo) -> Self:
        """Return the JSON form."""
        plain = {name: getattr(info, name) for name in cls.model_fields}
        return cls.model_validate({**plain, "scopes": sorted(info.scopes)})


class KeysOut(Model):
    """全部密钥，含已吊销的"""

    items: list[KeyOut]


class NewKeyOut(KeyOut):
    """新密钥：key 只出现这一次"""

    key: str


@users.get("", summary="用户列表")
def list_users(found: PartsDep, who: ActorDep) -> UsersOut:
    """Return the users of the platform."""
    return UsersOut(items=[UserOut.of(one) for one in found.store.people.list_users(who)])


@users.put("/{id}", summary="新建或更新用户")
def put_user(id: Identifier, body: UserBody, found: PartsDep, who: ActorDep) -> UserOut:
    """Return a user as it now is."""
    user = User(id, body.name, body.organisation_id, frozenset(body.roles))
    found.store.people.put_user(who, user)
    return UserOut.of(user)


@users.delete("/{id}", summary="删除用户，其会话同时失效")
def delete_user(id: Identifier, found: PartsDep, who: ActorDep) -> Gone:
    """Remove a user."""
    found.store.people.remove_user(who, id)
    return Gone(id=id)


@users.put("/{id}/password", summary="设置用户的密码，其会话同时失效")
def put_password(id: Identifier, body: PasswordBody, found: PartsDep, who: ActorDep) -> Gone:
    """Give a user a password."""
    found.store.people.get_user(who, id)
    give_password(found.store, who, id, body.password)
    return Gone(id=id)


@sessions.post("", summary="登录：会话放在 Cookie 里，12 小时有效")
def post_session(body: SignInBody, request: Request, response: Response, found: PartsDep) -> SessionOut:
    """Return a new session."""
    if any(one.id == body.tenant for one in found.store.identity.tenants(local_admin(body.tenant))):
        # Also of attempts that fail, and of users who do not exist: the time of an answer is not to tell who does.
        nobody_yet = Actor(body.tenant, None, body.user, frozenset(), frozenset())
        setattr(request.state, CLAIMED, nobody_yet)
    made = sign_in(found.store, body.tenant, body.user, body.password)
    response.set_cookie(
        cookie_name(found.settings), made.token, max_age=int(GOOD_FOR.total_seconds()), **_cookie(found)
    )
    response.headers["Cache-Control"] = "no-store"
    return SessionOut.of(made.actor, made.csrf)


@sessions.get("/current", summary="当前会话")
def get_session(request: Request, response: Response, found: PartsDep, who: ActorDep) -> SessionOut:
    """Return the session of the request's cookie."""
    response.headers["Cache-Control"] = "no-store"
    return SessionOut.of(who, csrf_token(_token(request, found)))


@sessions.delete("/current", summary="退出登录")
def delete_session(request: Request, response: Response, found: PartsDep, who: ActorDep) -> Gone:
    """End the session of the request's cookie."""
    sign_out(found.store, who, _token(request, found))
    response.delete_cookie(cookie_name(found.settings), **_cookie(found))
    return Gone(id=who.user)


@sessions.put("/current/password", summary="改自己的密码：全部会话失效，须重新登录")
def put_own_password(body: PasswordChangeBody, request: Request, found: PartsDep, who: ActorDep) -> Gone:
    """Change one's own password."""
    _token(request, found)
    change_password(found.store, who, old=body.old, new=body.new)
    return Gone(id=who.user)


@keys.get("", summary="密钥列表")
def list_keys(found: PartsDep, who: ActorDep) -> KeysOut:
    """Return the keys of the platform."""
    return KeysOut(items=[KeyOut.of(one) for one in found.store.identity.list_keys(who)])


@keys.post("", summary="生成密钥：只显示这一次")
def post_key(body: KeyBody, response: Response, found: PartsDep, who: ActorDep) -> NewKeyOut:
    """Return a new key."""
    roles = (Role.OWNER,) if body.organisation else (Role.ADMIN,)
    good_for = timedelta(days=body.days) if body.days else None
    made = found.store.identity.create_key(
        who, body.name, scopes=body.scopes, roles=roles, organisation=body.organisation, good_for=good_for
    )
    return _shown(response, *made)


@keys.post("/{id}/rotate", summary="换一个权限相同的新密钥；旧的到时失效")
def rotate_key(id: Identifier, body: RotateBody, response: Response, found: PartsDep, who: ActorDep) -> NewKeyOut:
    """Return a key in the place of another."""
    made = found.store.identity.rotate_key(who, id, grace=timedelta(hours=body.grace_hours))
    return _shown(response, *made)


@keys.delete("/{id}", summary="吊销密钥，立即生效")
def delete_key(id: Identifier, found: PartsDep, who: ActorDep) -> Gone:
    """Revoke a key."""
    found.store.identity.revoke_key(who, id)
    return Gone(id=id)


def _shown(response: Response, info: KeyInfo, secret: str) -> NewKeyOut:
    response.headers["Cache-Control"] = "no-store"
    return NewKeyOut(**dict(KeyOut.of(info)), key=secret)


class _Cookie(TypedDict):
    """How the cookie of a session is set; browsers take a deletion only if it is told the same way."""

    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


def _cookie(found: Parts) -> _Cookie:
    return {
        "path": "/",
        "secure": found.settings.base_url.startswith("https:"),
        "httponly": True,
        "samesite": "strict",
    }


def _token(request: Request, found: PartsDep) -> str:
    """Return the token of the session of a request.

    :raises MatcherError: `unauthorized` for one that came with a key.
    """
    if "authorization" in request.headers or (token := session_token(request, found.settings)) is None:
        raise unauthorized()
    return token
