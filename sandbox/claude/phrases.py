"""Everything the stand-in understands: one table of sentences and what it does about each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.claude import agents, changing, looking, small_talk, telling
from sandbox.claude.moves import Cannot, Moves, Scene

_DUE = r"(?P<due>(?:in|on|by|next|this) .+|tomorrow.*|today.*)"
_PLEASE = r"^(?:please |could you |can you )?"
_NAME = r"(?P<name>[^,;:!?]+?)"
_THEN = r"and|but|about|to|yesterday|this|today|they|he|she|who|on|for|no|left|nobody|again"
_END = rf"(?P<rest>(?:[\s,;.:!–—-]+(?:{_THEN})\b.*|(?:[,;.:!–—]| - ).*)?)$"
_CALLED = r"(?:i(?:['’]ve)? )?(?:just )?(?:have )?(?:called|rang|phoned|tried(?: calling| to call| to reach)?|dialled)"
_SPOKE = r"(?:i(?:['’]ve)? )?(?:just )?(?:spoke|talked|chatted|had an? (?:\w+ )?(?:call|chat)) (?:with|to)"
_PROPER = r"(?-i:(?!I\b)[A-Z][\w&.'’-]*(?: (?:&|[A-Z][\w&.'’-]*))*)"
_ENDED = r"left|no answer|nobody|voice ?mail|busy|wrong number"
_MANY = (
    rf"\b(?:{_CALLED}|{_SPOKE}) (?P<names>{_PROPER}(?:, {_PROPER})*,? and {_PROPER})"
    rf"(?P<rest>(?:[,.;:!–—-]| - |\s+(?:{_ENDED}|both|about|today|yesterday|this|and|but)\b).*|)$"
)


@dataclass(frozen=True)
class Phrase:
    """One kind of sentence, by example, by pattern, and what follows from it."""

    example: str
    pattern: str
    does: Callable[..., Moves]

    def begin(self, scene: Scene) -> Moves | None:
        """The phrase at work on these words; None when they are something else."""
        found = re.search(self.pattern, scene.words.strip(), re.IGNORECASE | re.DOTALL)
        if found is None:
            return None
        said = {name: value.strip() for name, value in found.groupdict().items() if value is not None}
        return self.does(scene, **said)


PHRASES = (
    Phrase("hi", r"^(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there| daybook)?[\s!.]*$", small_talk.greet),
    Phrase("thanks", r"^(?:(?:ok(?:ay)?|great|perfect|super)[,!]? )?(?:thanks|thank you|thx|cheers)"
           r"(?:,? (?:a lot|again|daybook|so much|very much|for (?:that|this|your help)))*[\s!.]*$"
           r"|^(?:ok(?:ay)?|great|perfect)[\s!.]*$", small_talk.welcome),
    Phrase("help", r"^(?:help(?: me)?|what can i (?:say|ask|do|try)(?: here)?|how do you work|\?)[\s!.?]*$",
           small_talk.help_out),
    Phrase("undo that", _PLEASE + r"(?:undo\b.*|(?:revert|take back) (?:that|this|it)|take (?:that|it) back)[\s!.]*$",
           small_talk.undo),
    Phrase("no, the other one", small_talk.OTHER, small_talk.the_other),
    Phrase("ask the security agent whether we encrypt backups",
           _PLEASE + r"ask (?:the )?(?P<agent>\w+)(?: agent|,|:)[,:]?\s+(?P<question>.+)$", agents.ask_agent),
    Phrase("how does the list work?",
           r"\bhow (?:does|do|is) (?:the|my|your) (?:list|priorit\w+|ranking|order)\b.*\b(?:work|made|decided|ranked)",
           looking.how_it_works),
    Phrase("why was that refused?",
           r"\bwhy (?:was|were|is|are) (?:that|this|it|they|those) (?:refused|not (?:done|allowed)|denied)",
           looking.why_refused),
    Phrase("what may you do?",
           r"\bwhat (?:may|can|are) you (?:allowed to )?(?:do|change)(?: here)?\??$"
           r"|\bwhat(?:['’]s| is) (?:the|your) policy",
           looking.policy),
    Phrase("why is Acme above Globex?",
           r"\bwhy(?:['’]s| is| are) (?P<name>.+?) (?:ranked )?(?:above|ahead of|before|higher than|over)"
           r" (?P<than>.+?)\??$", looking.why),
    Phrase("why is Acme on my list?",
           r"\bwhy(?:['’]s| is| are) (?P<name>.+?) (?:so high |first |at the top )?(?:on|of) (?:my|the) list\??$",
           looking.why),
    Phrase("what is on my list?",
           r"\b(?:what(?:['’]s| is) on|show(?: me)?|read(?: me)?) (?:my|the|today['’]s) list\b", looking.my_list),
    Phrase("what's open at Initech?",
           r"\bwhat(?:['’]s| is) (?:still )?(?:open|going on|happening|up) (?:at|with|for) (?P<name>.+?)\??$",
           looking.whats_open),
    Phrase("what did we talk about with Acme?",
           r"\bwhat (?:did|have) (?:i|we) (?:talk(?:ed)? about|discuss(?:ed)?|log(?:ged)?) (?:with|at|on|for)"
           r" (?P<name>.+?)\??$", looking.calls_with),
    Phrase("snooze Acme for a week",
           _PLEASE + r"snooze (?P<name>.+?)(?: (?:for|until|till) (?P<until>.+?))?[.!]?$", telling.snooze),
    Phrase("note on Acme: prefers mornings",
           _PLEASE + r"(?:add a |make a |log a |take a )?note (?:on|for|about|to) (?P<name>[^:]+):\s*(?P<text>.+)$",
           telling.log_note),
    Phrase("remind me about them in two weeks",
           _PLEASE + r"remind me (?:about|of) (?P<name>.+?) " + _DUE + "$", telling.remind),
    Phrase("remind me to call Acme on Friday",
           _PLEASE + r"remind me to (?P<what>.+?) " + _DUE + "$", telling.remind),
    Phrase("complete the task Send the quote at Acme",
           _PLEASE + r"(?:complete|finish|tick off) (?:the )?task (?P<what>.+?) (?:at|for) (?P<name>.+?)[.!]?$",
           telling.finish_task),
    Phrase("change Jane's phone at Acme to +1 555 0100",
           _PLEASE + r"(?:change|update|set|correct) (?P<who>.+?)['’]s? (?P<what>phone(?: number)?|mobile|number"
           r"|e-?mail(?: address)?|(?:job )?title|role) (?:at|for) (?P<name>.+?) (?:to|is) (?P<value>.+)$",
           changing.change_contact),
    Phrase("move all deals at Acme to negotiation",
           _PLEASE + r"(?:move|push|put|set) all (?:the |my |open )*deals (?:at|of|for|with) (?P<name>.+?) to"
           r" (?P<what>.+)$", changing.move_deals),
    Phrase("move the pilot deal at Globex to proposal",
           _PLEASE + r"(?:move|push|put) (?:the |my )?(?P<deal>.+?) (?:deal )?(?:at|of|with) (?P<name>.+?) to"
           r" (?P<stage>[^,;]+)(?:[,;]\s*(?P<rest>.+))?$", changing.move_deal),
    Phrase("move Globex to proposal, 40k, closing in March",
           _PLEASE + r"(?:move|push|put) (?:the |my )?(?P<name>.+?)(?:['’]s)?(?: deal)? (?:on )?to"
           r" (?P<stage>[^,;]+)(?:[,;]\s*(?P<rest>.+))?$", changing.move_deal),
    Phrase("take over Anvils & Sons, nobody owns it",
           _PLEASE + r"(?:take over|claim) (?P<name>[^,;:!?]+?)(?:[,;].*)?[.!]?$", changing.claim),
    Phrase("comment on SUP-12: asked the works",
           _PLEASE + r"(?:add a )?comment (?:on|to) (?P<ticket>(?:jira:|hubspot:)?[\w-]+):\s*(?P<text>.+)$",
           changing.comment),
    Phrase("reply to SUP-12: it is on its way",
           _PLEASE + r"(?:reply|answer|respond) (?:to|on) (?P<ticket>(?:jira:|hubspot:)?[\w-]+):\s*(?P<text>.+)$",
           changing.reply),
    Phrase("called Acme and Initech, left messages at both", _MANY, telling.log_calls),
    Phrase("spoke with Jane at Acme about the renewal",
           r"\b" + _SPOKE + r" (?P<who>[^,;:!?]+?) (?:at|from|of) " + _NAME + _END, telling.log_call),
    Phrase("spoke with Acme", r"\b" + _SPOKE + " " + _NAME + _END, telling.log_call),
    Phrase("called Jane at Acme, no answer",
           r"\b" + _CALLED + r" (?P<who>[^,;:!?]+?) (?:at|from|of) " + _NAME + _END, telling.log_call),
    Phrase("I called Acme and left a message", r"\b" + _CALLED + " " + _NAME + _END, telling.log_call),
    Phrase("no answer at Acme", r"\bno answer (?:at|from) " + _NAME + _END, telling.log_call),
    Phrase("left a voicemail for Acme",
           r"\bleft (?:a |an )?(?:voice ?mail|message) (?:for|at) " + _NAME + _END, telling.log_call),
    Phrase("Initech: left a message",
           rf"^(?P<name>{_PROPER})(?:[,:]| -) (?P<rest>(?:{_ENDED})\b.*)$", telling.log_call),
)  # fmt: skip

_NEXT_DEED = re.compile(
    r"(?<=[.!?])\s+(?=\w)|\s*[\n;]+\s*|,?\s+(?:and |then |and then )?(?=(?:remind me|snooze|move|note on) )", re.I
)
_NEXT_CALL = re.compile(
    rf",? and (?={_PROPER}(?:[,:]| -) (?:{_ENDED})\b)|(?:,|,? and|,? then) (?=(?:called|rang|phoned) {_PROPER})", re.I
)


def begin(scene: Scene) -> Moves | None:
    """The phrases that these words are; None when the stand-in does not understand them."""
    if agents.security_skill(scene.talk):
        return agents.security_question(scene)
    parts = [part for deed in _NEXT_DEED.split(scene.words) for part in _calls(deed) if part]
    scenes = [Scene(scene.talk, part, part) for part in parts]
    begun = [(one, moves) for one in scenes if (moves := _first(one)) is not None]
    if len(begun) > 1 and len(begun) == len(parts):
        return _one_by_one(scene, begun)
    return _first(scene)


def _calls(deed: str) -> list[str]:
    """"called Acme, no answer, and Initech, left a message" as its two calls; one that ended alike stays one."""
    return [deed] if re.search(_MANY, deed, re.I) else _NEXT_CALL.split(deed)


def _first(scene: Scene) -> Moves | None:
    return next((moves for phrase in PHRASES if (moves := phrase.begin(scene)) is not None), None)


def _one_by_one(scene: Scene, begun: list[tuple[Scene, Moves]]) -> Moves:
    """Several deeds in one message: each in its turn, and what is said of one is known to the next."""
    told = []
    about = scene.about
    for one, moves in begun:
        one.about = about
        try:
            told.append((yield from moves))
        except Cannot as reason:
            told.append(str(reason))
        about = one.about
    return "\n".join(told)
