"""市监: the service behind a market-supervision bureau's WeChat mini program."""

__version__ = "0.1.0"
