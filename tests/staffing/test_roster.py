"""Who is designated (A17), with what experience and skills (B15), and who may see it."""

from __future__ import annotations

from datetime import date

import pytest

from server.core.db import session as running
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import contracts, identity, staffing
from server.domain.identity import SCHEDULER
from server.domain.staffing import DocumentKind, File, Review, SkillLevel, SubjectKind
from tests.factories import identity as people
from tests.factories.contracts import contract_b

PDF = b"%PDF-1.7 evidence"
START = date(2025, 3, 4)


def assign(actor, contract, **values):
    usual = {
        "name": "郑一鸣",
        "role": "运维工程师",
        "experience_from": date(2020, 5, 6),
        "experience": "2020 年起从事政务小程序运维",
        "valid_from": START,
    }
    return staffing.assign(actor, contract_id=contract.id, **(usual | values))


@pytest.mark.parametrize(
    ("since", "years"),
    [
        (date(2022, 3, 4), 3),
        (date(2022, 3, 5), 2),
        (date(2022, 3, 3), 3),
        (date(2025, 3, 4), 0),
        (date(2020, 2, 29), 5),
    ],
)
def test_a17_whole_years_on_the_assignment_day(since, years):
    assert staffing.whole_years(since, START) == years


def test_a17_three_years_on_the_day_are_enough_and_a_day_less_is_not(contract, wu):
    made = assign(wu, contract, experience_from=date(2022, 3, 4))
    assert (made.experience_years, made.required_years, made.review) == (3, 3, Review.PENDING)
    with pytest.raises(staffing.TooLittleExperience) as refused:
        assign(wu, contract, name="李四", experience_from=date(2022, 3, 5))
    assert "满 2 年" in refused.value.fields["experience_from"][0]
    assert assign(wu, contract, name="李四", experience_from=date(2022, 3, 5), valid_from=date(2025, 3, 5))


def test_a_contract_that_says_nothing_asks_nothing(session):
    silent = contract_b()
    assert contracts.terms_of(silent.id).replacement is None
    wu = people.actor("wu", contract_id=silent.id)
    made = assign(wu, silent, experience_from=date(2025, 7, 1), valid_from=date(2025, 7, 7))
    assert (made.experience_years, made.required_years, made.short_of_experience) == (0, None, False)


def test_evidence_is_words_or_papers_and_papers_are_read_only_inside_the_contract(contract, wu, zhou):
    with pytest.raises(Invalid):
        assign(wu, contract, experience=" ")
    made = assign(wu, contract, experience="", files=[File("证明.pdf", PDF)])
    staffing.add_paper(zhou, SubjectKind.MAINTAINER, made.id, file=File("承诺.pdf", PDF, DocumentKind.SECRECY))
    kinds = [each.kind for each in staffing.papers_of(SubjectKind.MAINTAINER, [made.id])[made.id]]
    assert kinds == [DocumentKind.EXPERIENCE, DocumentKind.SECRECY]
    document = staffing.papers_of(SubjectKind.MAINTAINER, [made.id])[made.id][0]
    found, pieces = staffing.read_paper(zhou, document.id)
    assert (found.file_name, b"".join(pieces)) == ("证明.pdf", PDF)
    stranger = people.actor("stranger", roles=[identity.Role.VENDOR_MANAGER], contract_id=contract_b().id)
    for ask in (
        lambda: staffing.read_paper(stranger, document.id),
        lambda: staffing.find(stranger, made.id),
        lambda: staffing.set_skills(stranger, made.id, skills={}),
        lambda: assign(stranger, contract),
        lambda: staffing.off_board(stranger, made.id, on=START),
        lambda: staffing.add_paper(stranger, SubjectKind.MAINTAINER, made.id, file=File("x.pdf", PDF)),
    ):
        with pytest.raises(NotFound):
            ask()
    assert staffing.sweep_papers() == 0


def test_the_vendor_designates_and_the_bureau_reviews_once(contract, wu, zhou, session):
    lin = people.actor("lin")
    for nobody in (lin, zhou, people.actor("zheng", contract_id=contract.id)):
        with pytest.raises(Forbidden):
            assign(nobody, contract)
    made = assign(wu, contract)
    with pytest.raises(Forbidden):
        staffing.review(wu, made.id, agreed=True)
    with pytest.raises(Invalid):
        staffing.review(zhou, made.id, agreed=False)
    staffing.review(zhou, made.id, agreed=True)
    with pytest.raises(staffing.ReviewedBefore):
        staffing.review(zhou, made.id, agreed=False, remark="晚了")
    told = [event.kind for event in staffing.history_of(SubjectKind.MAINTAINER, [made.id])]
    assert set(told) == {staffing.EventKind.ASSIGNED, staffing.EventKind.REVIEWED}


def test_one_account_is_designated_once_at_a_time(contract, wu):
    zheng = people.officer("zheng", contract_id=contract.id)
    first = assign(wu, contract, officer_id=zheng.id)
    with pytest.raises(staffing.AlreadyDesignated):
        assign(wu, contract, officer_id=zheng.id, role="值班")
    with pytest.raises(Conflict):
        staffing.link_account(wu, assign(wu, contract, name="李四").id, officer_id=zheng.id)
    with pytest.raises(Invalid):
        assign(wu, contract, name="外人", officer_id=people.officer("elsewhere").id)
    assert first.officer_id == zheng.id


def test_the_roster_of_a_day(contract, wu, zhou):
    early = assign(wu, contract)
    assign(wu, contract, name="未来", valid_from=date(2026, 12, 1))
    refused = assign(wu, contract, name="不行")
    staffing.review(zhou, refused.id, agreed=False, remark="材料不足")
    staffing.off_board(zhou, early.id, on=date(2025, 9, 30), reason="离职")
    roster = {day: [each.name for each in staffing.staff_on(contract.id, day)] for day in roster_days()}
    assert list(roster.values()) == [[], ["郑一鸣"], ["郑一鸣"], [], ["未来"], []]


def roster_days():
    return [date(2025, 3, 3), START, date(2025, 9, 30), date(2025, 10, 1), date(2026, 12, 1), date(2027, 4, 1)]


def test_b15_skills_are_found_by_name(contract, wu):
    made = assign(wu, contract, skills={"登记系统": SkillLevel.EXPERT})
    staffing.set_skills(wu, made.id, skills={"登记系统": SkillLevel.SKILLED, "数据交换": SkillLevel.KNOWS})
    assert {each.name: each.level for each in staffing.skills_of([made.id])[made.id]} == {
        "登记系统": SkillLevel.SKILLED,
        "数据交换": SkillLevel.KNOWS,
    }
    assert [each.id for each in running().scalars(staffing.matching(wu, text="数据交换"))] == [made.id]
    with pytest.raises(Invalid):
        staffing.set_skills(wu, made.id, skills={f"技能{n}": SkillLevel.KNOWS for n in range(31)})


def test_the_contract_ends_and_its_roster_closes(contract, wu):
    zheng = people.officer("zheng", contract_id=contract.id)
    made = assign(wu, contract, officer_id=zheng.id)
    secret = people.open_session(zheng)
    contracts.end(SCHEDULER, contract, ended_on=date(2026, 10, 31), reason="双方协商", agreed_by_both=True)
    leaving = staffing.off_boarding_of(made.id)
    assert (made.valid_to, leaving.last_on) == (date(2026, 10, 31), date(2026, 10, 31))
    assert leaving.access_ended_at is not None
    assert leaving.finished_at is None
    assert identity.officer_by_session(secret) is None
    assert staffing.staff_on(contract.id, date(2026, 11, 1)) == []
    with pytest.raises(Invalid):
        assign(SCHEDULER, contract)
