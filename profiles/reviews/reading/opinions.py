"""What a sentence says of which aspect: a judgement goes to the name that it stands
beside, turned round by a negation or a wish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .clauses import Clause
from .lexicon import BAD, GOOD, MIXED, Hit, Part, Role

JUDGES = (Part.OWN, Part.OF, Part.ALONE, Part.ANY, Part.AT_END)
# how far a judgement may stand from a name, and a negation from a judgement: words of
# English, characters of Chinese
REACH = {False: 11, True: 13}
REACH_OF_NEGATION = 4
SHORTEST_REACH = 2  # of a Chinese negation of so many characters: as far as it is long
CROSSING = 5  # added where another name stands between
NEAR = 4  # a word for another aspect judges what it stands right beside
# how sure each way of saying it is, as measured by benchmarks/reviews
SURE = {Part.OWN: 0.85, Part.OF: 0.9, Part.ALONE: 0.7, Part.ANY: 0.85, Part.AT_END: 0.7}
TURNED, LISTED, FAR = 0.85, 0.75, 0.85


@dataclass(frozen=True)
class Mention:
    """One judgement of one aspect, and the words that carry it."""

    aspect: str
    polarity: int
    first: int
    last: int
    score: float


@dataclass(frozen=True)
class Judgement:
    """A phrase that judges, with its polarity after negation and wish."""

    hit: Hit
    role: Role
    polarity: int
    first: int  # where its negation begins, or itself
    turn: float  # how much less sure by that

    def of(self, aspect: str, name: Hit | None, factor: float = 1) -> Mention:
        first = min(self.first, name.first) if name else self.first
        last = max(self.hit.last, name.last) if name else self.hit.last
        score = SURE[self.role.part] * self.turn * factor
        return Mention(aspect, self.polarity, first, last, score)


@dataclass
class _Sentence:
    """What is remembered from clause to clause."""

    topic: str | None = None  # what was named last
    waiting: list[Hit] = field(default_factory=list)  # names still to be judged
    passed: Judgement | None = None  # what judged the names before: "great price and …"
    found: list[Mention] = field(default_factory=list)

    def read(self, clause: Clause) -> None:
        if clause.has(Part.CONDITION) or (clause.is_question and not clause.is_chinese):
            return
        own, free = _own(clause, self.topic)
        told = {mention.aspect for mention in own}
        unjudged = [name for name in clause.names if not told & set(name.names())]
        pairs = [(name, _nearest(clause, name, free)) for name in unjudged]
        judged = [(name, judgement) for name, judgement in pairs if judgement]
        self.found += own
        self.found += [_named(judgement, name, clause) for name, judgement in judged]
        if clause.names:
            self.topic = clause.names[-1].names()[0]
        if not (own or free):
            if clause.is_short:
                self.waiting += unjudged
            return
        speaks = free[0] if free and (judged or not clause.names) else None
        self.settle(speaks)
        self.passed = free[-1] if judged and free else None

    def settle(self, judgement: Judgement | None) -> None:
        """Let the names that wait be judged with what comes, else with what came."""
        judgement = judgement or self.passed
        if judgement:
            self.found += [_listed(judgement, name) for name in self.waiting]
        self.waiting = []


def _listed(judgement: Judgement, name: Hit) -> Mention:
    """Return what is said of a name of a list: the list's end or beginning judges it."""
    score = SURE[Part.ANY] * judgement.turn * LISTED
    return Mention(name.names()[0], judgement.polarity, name.first, name.last, score)


def mentions(sentence: Sequence[Clause]) -> list[Mention]:
    """Return what the clauses of a sentence say."""
    told = _Sentence()
    for clause in sentence:
        told.read(clause)
    told.settle(None)
    return told.found


def _own(clause: Clause, topic: str | None) -> tuple[list[Mention], list[Judgement]]:
    """Part judgements that say their aspect themselves from those that don't."""
    own: list[Mention] = []
    free: list[Judgement] = []
    for judgement in _judgements(clause, topic):
        role = judgement.role
        if role.part in (Part.ANY, Part.AT_END) or _is_foreign(clause, role):
            free.append(judgement)
        else:
            name = _name_of(clause, judgement.hit, role.aspect)
            own.append(judgement.of(role.aspect, name))
    return own, free


def _is_foreign(clause: Clause, role: Role) -> bool:
    """Say whether a word for another aspect judges what is named here."""
    named = {aspect for name in clause.names for aspect in name.names()}
    return role.part is Part.ALONE and bool(named) and role.aspect not in named


def _role(clause: Clause, hit: Hit, topic: str | None) -> Role | None:
    """Say in which role a phrase judges here; None where it judges nothing."""
    named = {aspect for name in clause.names for aspect in name.names()}
    if of := [role for role in hit.having(Part.OF) if role.aspect in named]:
        return min(of, key=lambda role: _distance(clause, hit, role.aspect))
    own, alone = hit.having(Part.OWN), hit.having(Part.ALONE)
    for role in own + alone:
        if role.aspect in named:
            return role
    if own:
        return own[0]
    if not named:
        carried = [role for role in hit.having(Part.OF) if role.aspect == topic]
        if carried or alone:
            return (carried or alone)[0]
    if free := hit.having(Part.ANY) or alone:
        return free[0]
    at_end = hit.having(Part.AT_END)
    return at_end[0] if at_end and clause.ends_with(hit) else None


def _judgements(clause: Clause, topic: str | None) -> list[Judgement]:
    found: list[Judgement] = []
    judges = [hit for hit in clause.hits if hit.having(*JUDGES)]
    for number, hit in enumerate(judges):
        role = _role(clause, hit, topic)
        is_more = _is_intensifier(hit, judges[number + 1 : number + 2], clause)
        if role is None or is_more:
            continue
        before = found[-1].hit.last if found else clause.first
        found.append(_turned(clause, hit, role, before))
    return found


def _turned(clause: Clause, hit: Hit, role: Role, before: int) -> Judgement:
    """Turn a judgement round where it is denied or only wished for."""
    negation = _negation(clause, hit, before)
    polarity = role.polarity
    if negation:
        polarity = BAD if polarity in (GOOD, MIXED) else GOOD
    is_wish = clause.has(Part.WISH) and polarity != BAD
    return Judgement(
        hit,
        role,
        BAD if is_wish else polarity,
        negation.first if negation else hit.first,
        TURNED if negation or is_wish else 1.0,
    )


def _is_intensifier(hit: Hit, following: Sequence[Hit], clause: Clause) -> bool:
    """Say whether 好 is "very" here, as in 好贵."""
    return (
        clause.words[hit.first].text == "好"
        and hit.last - hit.first == 1
        and bool(following)
        and following[0].first == hit.last
    )


def _negation(clause: Clause, hit: Hit, before: int) -> Hit | None:
    """Return the negation that reaches a judgement, none if another stands between."""
    for one in reversed(clause.hits):
        if (
            not one.having(Part.NEGATION)
            or one.first >= hit.first
            or one.first < before
        ):
            continue
        length = one.last - one.first
        is_short = clause.is_chinese and length <= SHORTEST_REACH
        reach = length if is_short else REACH_OF_NEGATION
        return one if hit.first - one.last <= reach else None
    return None


def _name_of(clause: Clause, hit: Hit, aspect: str) -> Hit | None:
    """Return the nearest name of an aspect, where one is near."""
    found = [name for name in clause.names if aspect in name.names()]
    nearest = min(found, key=lambda name: _gap(name, hit), default=None)
    is_near = nearest and _gap(nearest, hit) <= REACH[clause.is_chinese]
    return nearest if is_near else None


def _distance(clause: Clause, hit: Hit, aspect: str) -> int:
    return min(_gap(name, hit) for name in clause.names if aspect in name.names())


def _gap(name: Hit, hit: Hit) -> int:
    return max(hit.first - name.last, name.first - hit.last, 0)


def _nearest(clause: Clause, name: Hit, free: Sequence[Judgement]) -> Judgement | None:
    """Return the judgement that a name most likely has, if any is near enough."""
    costs = {
        number: _cost(clause, name, judgement.hit)
        for number, judgement in enumerate(free)
    }
    best = min(costs, key=lambda number: costs[number], default=None)
    if best is None or costs[best] > REACH[clause.is_chinese]:
        return None
    is_foreign = free[best].role.part is Part.ALONE
    return None if is_foreign and costs[best] > NEAR else free[best]


def _cost(clause: Clause, name: Hit, hit: Hit) -> float:
    """Weigh how far a judgement stands: right behind, or as an adjective right before."""
    between = [
        one for one in clause.names if _stands_between(one, name, hit) and one != name
    ]
    gap = _gap(name, hit) + CROSSING * len(between)
    if hit.first >= name.last:
        return gap
    if clause.is_chinese:
        return 1 if gap <= 1 else gap + 3
    return gap / 2 if gap <= 1 else gap + 1


def _stands_between(one: Hit, name: Hit, hit: Hit) -> bool:
    first, last = min(name.last, hit.last), max(name.first, hit.first)
    return first <= one.first and one.last <= last


def _named(judgement: Judgement, name: Hit, clause: Clause) -> Mention:
    far = 1.0 if _gap(name, judgement.hit) <= REACH[clause.is_chinese] / 2 else FAR
    return judgement.of(name.names()[0], name, far)
