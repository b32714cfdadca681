"""Where a flag set holds: the three versions of the mini program that WeChat knows."""

from __future__ import annotations

from server.core.enums import Labelled


class Environment(Labelled):
    """One of WeChat's ``envVersion`` values; its flag set has revisions of its own."""

    DEVELOP = "develop", "开发版"
    TRIAL = "trial", "体验版"
    RELEASE = "release", "正式版"

    @property
    def step(self) -> int:
        """The place on the way of promotion: develop 0, trial 1, release 2."""
        return list(Environment).index(self)
