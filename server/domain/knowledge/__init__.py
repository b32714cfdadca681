"""Articles for citizens and for staff: written in versions, published, found by any word, and asked whether they helped.

知识条目 article, 版本 version, 对象 audience (市民 citizens, 工作人员 staff), 发布 publish, 撤回 withdraw, 检索 search,
有没有帮助 helped. An article belongs to a contract, or to the bureau alone.
"""

from server.domain.knowledge.access import ArticleNotFound, find, owns
from server.domain.knowledge.grams import excerpt, marked, terms
from server.domain.knowledge.helping import (
    Tally,
    copy_of,
    forget_citizen,
    helped,
    remarks,
    tallies,
    wanting,
)
from server.domain.knowledge.models import Article, ArticleState, ArticleVersion, Audience, Unhelpful, Vote
from server.domain.knowledge.reading import Filters, Text, look, made_from, matching, read, standing, versions_of
from server.domain.knowledge.searching import Hit, search
from server.domain.knowledge.suggesting import Suggestion, suggestion
from server.domain.knowledge.writing import (
    MadeBefore,
    StaleArticle,
    WrongArticleState,
    draft,
    publish,
    revise,
    withdraw,
)

__all__ = [
    "Article",
    "ArticleNotFound",
    "ArticleState",
    "ArticleVersion",
    "Audience",
    "Filters",
    "Hit",
    "MadeBefore",
    "StaleArticle",
    "Suggestion",
    "Tally",
    "Text",
    "Unhelpful",
    "Vote",
    "WrongArticleState",
    "copy_of",
    "draft",
    "excerpt",
    "find",
    "forget_citizen",
    "helped",
    "look",
    "made_from",
    "marked",
    "matching",
    "owns",
    "publish",
    "read",
    "remarks",
    "revise",
    "search",
    "standing",
    "suggestion",
    "tallies",
    "terms",
    "versions_of",
    "wanting",
    "withdraw",
]
