"""English plurals the way Sequelize makes table names of them. In: a word. Out: its plural or singular.

The endings and exceptions are those of `inflection` 1.13, which Sequelize 5 and 6 use; a word that ends in one of these keeps what
stands before the ending, so `UserStatus` becomes `UserStatuses`.
"""

from __future__ import annotations

import re

UNCOUNTABLE = frozenset(
    """accommodation adulthood advertising advice aggression aid air aircraft alcohol anger applause arithmetic assistance athletics
    bacon baggage beef biology blood botany bread butter carbon cardboard cash chalk chaos chess crossroads countryside dancing deer
    dignity dirt dust economics education electricity engineering enjoyment envy equipment ethics evidence evolution fame fiction
    flour flu food fuel fun furniture gallows garbage garlic genetics gold golf gossip gratitude grief guilt gymnastics happiness
    hardware harm hate hatred health heat help homework honesty honey hospitality housework humour hunger hydrogen ice importance
    inflation information innocence iron irony jam jewelry judo karate knowledge lack laughter lava leather leisure lightning
    linguine linguini linguistics literature litter livestock logic loneliness luck luggage macaroni machinery magic management
    mankind marble mathematics mayonnaise measles methane milk minus money mud music mumps nature news nitrogen nonsense nurture
    nutrition obedience obesity oxygen pasta patience physics poetry pollution poverty pride psychology publicity punctuation quartz
    racism relaxation reliability research respect revenge rice rubbish rum safety scenery seafood seaside series shame sheep
    shopping sleep smoke smoking snow soap software soil spaghetti species steam stuff stupidity sunshine symmetry tennis thirst
    thunder timber traffic transportation trust underwear unemployment unity validity veal vegetation vegetarianism vengeance
    violence vitality warmth wealth weather welfare wheat wildlife wisdom yoga zinc zoology""".split()
)

IS_PLURAL = (
    r"^(?:m|wom)en$|people$|children$|[ti]a$|(?:analy|ba|diagno|parenthe|progno|synop|the)ses$|databases$|drives$|(?:hi|ti)ves$"
    r"|curves$|[lr]ves$|[^fo]ves$|(?:[^aeiouy]|qu)ies$|series$|movies$|(?:x|ch|ss|sh)es$|[m|l]ice$|buses$|oes$|shoes$"
    r"|(?:cris|ax|test)es$|(?:octop|vir)uses$|(?:alias|canvas|status|campus)es$|^(?:summons|bonus)es$|^oxen|matrices$|^feet$|^teeth$"
    r"|^geese$|quizzes$|^whereases$|^criteria$|^genera$"
)
IS_SINGULAR = (
    r"^(?:m|wom)an$|person$|child$|drive$|^ox$|(?:ax|test)is$|(?:octop|vir)us$|(?:alias|status|canvas|campus)$|^(?:summons|bonus)$"
    r"|bus$|(?:buffal|tomat|potat)o$|[ti]um$|sis$|[^f]fe$|[lr]f$|(?:hi|ti)ve$|(?:[^aeiouy]|qu)y$|(?:x|ch|ss|sh)$|matrix$"
    r"|[m|l]ouse$|^foot$|^tooth$|^goose$|quiz$|^whereas$|^criterion$|^genus$"
)

TO_PLURAL: tuple[tuple[str, str], ...] = (
    (r"^(m|wom)an$", r"\1en"),
    (r"(pe)rson$", r"\1ople"),
    (r"(child)$", r"\1ren"),
    (r"(drive)$", r"\1s"),
    (r"^(ox)$", r"\1en"),
    (r"(ax|test)is$", r"\1es"),
    (r"(octop|vir)us$", r"\1uses"),
    (r"(alias|status|canvas|campus)$", r"\1es"),
    (r"^(summons|bonus)$", r"\1es"),
    (r"(bu)s$", r"\1ses"),
    (r"(buffal|tomat|potat)o$", r"\1oes"),
    (r"([ti])um$", r"\1a"),
    (r"sis$", "ses"),
    (r"([^f])fe$|([lr])f$", r"\1\2ves"),
    (r"(hi|ti)ve$", r"\1ves"),
    (r"([^aeiouy]|qu)y$", r"\1ies"),
    (r"(matr)ix$", r"\1ices"),
    (r"(vert|ind)ex$", r"\1ices"),
    (r"(x|ch|ss|sh)$", r"\1es"),
    (r"([m|l])ouse$", r"\1ice"),
    (r"^foot$", "feet"),
    (r"^tooth$", "teeth"),
    (r"^goose$", "geese"),
    (r"(quiz)$", r"\1zes"),
    (r"^(whereas)$", r"\1es"),
    (r"^(criteri)on$", r"\1a"),
    (r"^genus$", "genera"),
    (r"s$", "s"),
    (r"$", "s"),
)
TO_SINGULAR: tuple[tuple[str, str], ...] = (
    (r"^(m|wom)en$", r"\1an"),
    (r"(pe)ople$", r"\1rson"),
    (r"(child)ren$", r"\1"),
    (r"(database)s$", r"\1"),
    (r"(drive)s$", r"\1"),
    (r"^genera$", "genus"),
    (r"^(criteri)a$", r"\1on"),
    (r"([ti])a$", r"\1um"),
    (r"(analy)ses$", r"\1asis"),  # as inflection has it
    (r"(ba|diagno|parenthe|progno|synop|the)ses$", r"\1sis"),
    (r"(hi|ti)ves$", r"\1ve"),
    (r"(curve)s$", r"\1"),
    (r"([lr])ves$", r"\1f"),
    (r"(a)ves$", r"\1ve"),
    (r"([^fo])ves$", r"\1fe"),
    (r"(m)ovies$", r"\1ovie"),
    (r"([^aeiouy]|qu)ies$", r"\1y"),
    (r"(s)eries$", r"\1eries"),
    (r"(x|ch|ss|sh)es$", r"\1"),
    (r"([m|l])ice$", r"\1ouse"),
    (r"(bus)es$", r"\1"),
    (r"(o)es$", r"\1"),
    (r"(shoe)s$", r"\1"),
    (r"(cris|ax|test)es$", r"\1is"),
    (r"(octop|vir)uses$", r"\1us"),
    (r"(alias|canvas|status|campus)es$", r"\1"),
    (r"^(summons|bonus)es$", r"\1"),
    (r"^(ox)en", r"\1"),
    (r"(matr)ices$", r"\1ix"),
    (r"(vert|ind)ices$", r"\1ex"),
    (r"^feet$", "foot"),
    (r"^teeth$", "tooth"),
    (r"^geese$", "goose"),
    (r"(quiz)zes$", r"\1"),
    (r"^(whereas)es$", r"\1"),
    (r"ss$", "ss"),
    (r"s$", ""),
)


def pluralize(word: str) -> str:
    """`User` as `Users`; a plural stays."""
    return inflected(word, IS_PLURAL, TO_PLURAL)


def singularize(word: str) -> str:
    """`Users` as `User`; a singular stays."""
    return inflected(word, IS_SINGULAR, TO_SINGULAR)


def inflected(word: str, done: str, rules: tuple[tuple[str, str], ...]) -> str:
    if word.lower() in UNCOUNTABLE or re.search(done, word, re.IGNORECASE):
        return word
    for ending, replacement in rules:
        if re.search(ending, word, re.IGNORECASE):
            return re.sub(ending, replacement, word, count=1, flags=re.IGNORECASE)
    return word


def underscore(name: str) -> str:
    """`createdAt` as `created_at`: an underscore before each capital (`userID` is `user_i_d`)."""
    return re.sub(r"([A-Z])", r"_\1", name).removeprefix("_").lower()


def camelize(name: str) -> str:
    """`User_id` as `UserId`."""
    return re.sub(r"[-_\s]+(.)?", lambda match: (match[1] or "").upper(), name.strip())
