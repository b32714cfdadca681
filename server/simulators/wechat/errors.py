"""WeChat's error codes with the messages it sends, as far as the simulated calls use them."""

MESSAGES: dict[int, str] = {
    -1: "system error",
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40006: "invalid media size",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40037: "invalid template_id",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40137: "invalid image format",
    40163: "code been used",
    40164: "invalid ip {detail}, not in whitelist",
    40165: "invalid weapp pagepath",
    40212: "invalid query",
    40225: "invalid page title",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43101: "user refuse to accept the msg",
    43104: "this appid does not have permission",
    44002: "empty post data",
    44990: "reach max api second frequence limit",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    47001: "data format error",
    47003: "argument invalid! {detail}",
    48006: "forbid to clear quota because of reaching the limit",
    61010: "code is expired",
    76001: "rid not found",
    76003: "rid expired",
    76021: "cgi_path not found, please check",
    76022: "could not use this cgi_path, no permission",
    85079: "no online release",
    85401: "time limit between 1min and 1year",
    86000: "should be called only from third party",
    87009: "invalid signature",
    87014: "risky content",
}


class WxError(Exception):
    """A call refused as WeChat refuses it; ``detail`` fills the message where it names something."""

    def __init__(self, errcode: int, detail: str = "") -> None:
        self.errcode = errcode
        self.message = MESSAGES.get(errcode, "system error").format(detail=detail)
        if detail and detail not in self.message:
            self.message = f"{self.message}: {detail}"
        super().__init__(f"{errcode} {self.message}")
