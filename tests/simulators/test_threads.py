"""Many threads at once: the simulator must not be the one that loses count."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.simulators.conftest import Api
from tests.support.wechat import Control


def test_many_fetches_of_the_stable_token_get_one(api: Api, sim: Control) -> None:
    with ThreadPoolExecutor(16) as pool:
        tokens = set(pool.map(lambda _: api.fetch_token()["access_token"], range(32)))
    assert len(tokens) == 1


def test_ten_grants_are_ten_messages(api: Api, sim: Control) -> None:
    template = sim.get("templates")[0]["id"]
    sim.grant("小周", template, 10)
    data = {"character_string1": "FW-1", "thing2": "x", "phrase3": "已解决", "time4": "15:01", "thing5": "y"}
    body = {
        "touser": sim.user("小周")["openid"],
        "template_id": template,
        "data": {key: {"value": value} for key, value in data.items()},
        "miniprogram_state": "formal",
        "lang": "zh_CN",
    }
    assert api.token
    with ThreadPoolExecutor(16) as pool:
        codes = Counter(pool.map(lambda _: api.code("POST", "/cgi-bin/message/subscribe/send", body), range(32)))
    assert codes == {0: 10, 43101: 22}
    assert len({message["msg_id"] for message in sim.messages("小周")}) == 10


def test_one_code_is_redeemed_once(api: Api, sim: Control) -> None:
    config = sim.config
    query = {
        "appid": config.appid,
        "secret": config.secret,
        "js_code": sim.login("小周"),
        "grant_type": "authorization_code",
    }
    with ThreadPoolExecutor(16) as pool:
        codes = Counter(pool.map(lambda _: api.code("GET", "/sns/jscode2session", token=None, query=query), range(16)))
    assert codes == {0: 1, 40163: 15}
