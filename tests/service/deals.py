"""A large firm's need, small firms' offers, and the ways to bring them together, for the tests of deals."""

from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient

from tests.service.instance import Answer, Instance, caught_up

NEED = {
    "id": "n",
    "enterprise_id": "big",
    "kind": "need",
    "title": "无人机支架精密加工",
    "detail": "图纸编号 K-7，内部公差见附件",
    "visibility": "matched",
    "conditions": [{"name": "加工精度", "op": "<=", "value": 0.01, "unit": "mm"}],
}
OFFERS = [
    {"id": "c1", "enterprise_id": "s1", "kind": "capability", "title": "支架精密加工"},
    {"id": "c2", "enterprise_id": "s2", "kind": "capability", "title": "无人机支架加工", "visibility": "matched"},
]
ASKED = "加工精度 ≤ 0.01 mm"


@dataclass
class Scene:
    """The platform's caller and those of the firms."""

    instance: Instance
    platform: TestClient
    big: TestClient
    small: TestClient

    def proposed(self, *offers: str, by: TestClient | None = None, **more: Any) -> list[dict[str, Any]]:
        """Return the deals of a proposal by the large firm, or by whoever is given."""
        body = {"request_posting_id": "n", "offer_posting_ids": list(offers or ("c1",))} | more
        answer = (by or self.big).post("/v1/deals", json=body)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["deals"]
        return found

    def accepted(self, offer: str = "c1") -> str:
        """Return the id of a deal that both sides agreed to."""
        (deal,) = self.proposed(offer)
        firm = next(one["enterprise_id"] for one in OFFERS if one["id"] == offer)
        answer = self.instance.caller(organisation=str(firm)).post(
            f"/v1/deals/{deal['id']}/answer", json={"accept": True}
        )
        assert answer.json()["stage"] == "accepted", answer.text
        return str(deal["id"])

    def report(self, deal: str, by: TestClient | None = None, **told: Any) -> Answer:
        """Report something of a deal, as the platform or as whoever is given."""
        return (by or self.platform).post(f"/v1/deals/{deal}/reports", json=told)

    def link(self, deal: str, **more: Any) -> str:
        """Return the path of a fresh reply link."""
        answer = self.platform.post(f"/v1/deals/{deal}/link", json=more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["url"]).split("8000", 1)[1]


def scene(instance: Instance) -> Scene:
    """Return firms and postings written and indexed."""
    platform = instance.caller()
    large = {"industry": "C3911", "employees": 2000, "revenue_wan": 90000}
    firms: dict[str, dict[str, Any]] = {"big": large, "s1": {"employees": 40}, "s2": {}, "s3": {}}
    for id_, body in firms.items():
        assert platform.put(f"/v1/enterprises/{id_}", json={"name": f"{id_}公司"} | body).status_code == 200
    answer = platform.post("/v1/postings:batch", json={"items": [NEED, *OFFERS]})
    seq = max(row["seq"] for row in answer.json()["results"])
    caught_up(platform, {"posting_id": "n", "min_seq": seq})
    return Scene(instance, platform, instance.caller(organisation="big"), instance.caller(organisation="s1"))
