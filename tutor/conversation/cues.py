"""The words by which a message shows that it leans on what was said before, per language.

Each cue is a regular expression without case; English is complete, the others have the common forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tutor.text.language_tags import primary_subtag


@dataclass(frozen=True, slots=True)
class Cues:
    """What to look for in one language.

    `opener` is what a follow-up begins with and can be dropped; `about` finds "what about X" (group `rest`), `place`
    "and in X" (group `rest`, with its preposition); `bare` is a whole message such as "why?", `more` and `example` ask
    for that; `pronoun` stands for something said before; `ordinal` names an item of a list (named groups `n1` to `n5`,
    `last`), `both` two of them; `frame` is the part of a question before its subject, `clause` what begins a
    subordinate clause. `vague` is a whole message that names no subject at all, `stuck` one that even an earlier
    question gives none, `problem` one that says that something does not work.
    """

    opener: re.Pattern[str]
    about: re.Pattern[str]
    place: re.Pattern[str]
    bare: re.Pattern[str]
    more: re.Pattern[str]
    example: re.Pattern[str]
    pronoun: re.Pattern[str]
    ordinal: re.Pattern[str]
    both: re.Pattern[str]
    frame: re.Pattern[str]
    clause: re.Pattern[str]
    vague: re.Pattern[str]
    stuck: re.Pattern[str]
    problem: re.Pattern[str]


# These cues are whole messages; the others are found anywhere or at the beginning.
_WHOLE = frozenset(("bare", "more", "example", "vague", "stuck", "problem"))

_SOURCES: dict[str, dict[str, str]] = {
    "en": {
        "opener": (
            r"^\W*(?:(?:and|but|so|or|then|also|now|well|ok(?:ay)?|right|yes|no|hm+|oh|thanks|thank you|great|"
            r"got it|i see|in that case|by the way)\b[,.!:;\s]*)+"
        ),
        "about": r"^\W*(?:and |but |so |ok(?:ay)?,? )*(?:what|how) about (?P<rest>.+)$",
        "place": (
            r"^\W*(?:and|but|what about|how about|so)\s+(?P<rest>(?:in|for|with|on|at|without|from|under)\s+.+)$"
        ),
        "bare": (
            r"(?:and |but |so |ok(?:ay)?,? )*(?:(?:why|how|when|where|who)(?: not| so| come| exactly| then|"
            r" is that|'s that| does that work| do you mean)?|really|are you sure|what for|what then|what else|"
            r"which ones?|what do you mean|what does (?:that|it|this) mean|explain(?: that| it| this| please)*|"
            r"since when)(?: please| though)?"
        ),
        "more": (
            r"(?:and |ok(?:ay)?,? |please )*(?:(?:can|could) you )?(?:(?:tell|show|give) me |say |i want |"
            r"i need )?(?:(?:some |a bit |a little )?more(?: details?| information| info| about (?:it|this|that|"
            r"them))?|go on|continue|elaborate|go deeper|what else|anything else|and then)(?: please)?"
        ),
        "example": (
            r"(?:and |ok(?:ay)?,? |please )*(?:(?:can|could) you )?(?:(?:give|show)(?: me)? |do you have |i need |"
            r"like )?(?:an?(?:other)?|some|one more|more|any|for|with an?)? ?(?:simple |short |concrete |"
            r"real )?(?:examples?|instance|sample|demo)(?: please| of (?:it|this|that|them))?"
        ),
        "pronoun": (
            r"\b(?:it|its|they|them|their|theirs|he|him|his|she|hers|her|itself|themselves|the (?:former|latter|"
            r"same|rest|others?)|(?:this|that|these|those)(?=\W*$|\s+(?:is|are|was|were|does|do|did|can|could|"
            r"will|would|should|mean|means|work|works|happen|one|ones|too|also|way|case|time|kind|part|thing|idea|"
            r"approach|method|assumption|question|answer|mode|rule|term|word|step|example|concept|process|"
            r"technique)\b)|(?:is|do|of|in|to|by|or|as|on|if|does|with|from|like|than|for|about|after|"
            r"before) (?:this|that|these|those)(?!\s+\w+s\b)|(?:the|a|an|any|each|which|either|"
            r"neither)(?: \w+)? ones?|of the two|the two|above|aforementioned|(?:from|in|out of|get|got|go|live|"
            r"over|from) there)\b"
        ),
        "ordinal": (
            r"\b(?:the )?(?:(?P<n1>first|1st)|(?P<n2>second|2nd)|(?P<n3>third|3rd)|(?P<n4>fourth|4th)|"
            r"(?P<n5>fifth|5th)|(?P<last>last))(?: (?:one|item|point|option|method|way|kind|type)\b|(?=\W*$|"
            r"\s+(?:is|are|do|does|mean|work|again|better|worse|cost|too)\b))"
        ),
        "both": (r"\b(?:both(?: of (?:them|these|those))?|(?:the two|these two|those two)(?: of them)?|each other)\b"),
        "frame": (
            r"^\W*(?:(?:can|could|would|will) you (?:please )?|please |i (?:want|need|would like) to (?:know|"
            r"understand) |do you know |i(?:'d| would) like to know )?(?:(?:tell|show|teach|give) me (?:about |"
            r"more about )?|explain(?: to me)? |describe |define |compare |list |name )?(?:(?:what|who|which|"
            r"where|when|why|how)(?: (?:much|many|often|long|far|fast|exactly|else|kind of|kinds of|type of|"
            r"types of))?(?:'s|’s|s)?\s+)?(?:(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|"
            r"had|might|must|may)\s+(?:i|we|you|one|there|it)?\s*)?(?:(?:the )?(?:difference between|meaning of|"
            r"definition of|point of|purpose of|role of|use of)\s+)?(?:an?\s+|the\s+|any\s+|some\s+)?"
        ),
        "clause": (
            r"[,;:(]|\s(?:if|when|because|while|since|although|though|so that|and then|which|who|that|than|mean|"
            r"means|work|works|good for|used for|needed|for|happen|happens)\b"
        ),
        "vague": (
            r"(?:please |can you |could you |hi[,!]? |hello[,!]? )*(?:help(?: me)?(?: with (?:this|that|it))?|"
            r"explain(?: (?:this|that|it|more|again|please))*|(?:why|how|what|huh|when|where|who)(?: (?:is|does|"
            r"do|did|was) (?:it|this|that)(?: (?:work|mean|so|happen|like that))?)?|i (?:do not|don'?t|dont|"
            r"didn'?t) (?:get|understand|know|follow)(?: (?:it|this|that|anything|at all|what to do|how|why))*|"
            r"i(?:'m| am)? (?:confused|lost|stuck)(?: (?:here|again))?|(?:it|this|that) (?:does not|doesn'?t|"
            r"doesnt|won'?t|is not|isn'?t) (?:work(?:ing)?|make sense|run(?:ning)?|clear)|(?:it|this|that)(?:'s|"
            r" is) (?:not (?:working|clear)|wrong|broken|confusing|hard|difficult)|not working|what (?:do i do|"
            r"should i do|now|next)(?: now| next)?|(?:i have )?a question|question|what do you mean|tell me|more|"
            r"an? example|examples?|answer|next|go on)(?: please| thanks)?"
        ),
        "stuck": (
            r"(?:please |can you |could you |hi[,!]? |hello[,!]? )*(?:help(?: me)?(?: please)?|"
            r"(?:i have )?a question|i(?:'m| am)? (?:confused|lost|stuck)(?: (?:here|again))?)|(?:it|this|that|"
            r"my code) (?:still )?(?:does not|doesn'?t|doesnt|won'?t|is not|isn'?t) (?:work(?:ing)?|run(?:ning)?)|"
            r"(?:it|this|that)(?:'s| is) (?:not working|broken)|not working"
        ),
        "problem": (
            r"(?:it|this|that|my code) (?:still )?(?:does not|doesn'?t|doesnt|won'?t|is not|"
            r"isn'?t) (?:work(?:ing)?|run(?:ning)?)|(?:it|this|that)(?:'s| is) (?:not working|broken)|not working"
        ),
    },
    "es": {
        "opener": r"^\W*(?:(?:y|pero|entonces|o|también|ahora|vale|ok|bueno|sí|no|gracias|ya veo)\b[,.!:;\s]*)+",
        "about": r"^\W*(?:(?:y )?(?:qué|que) (?:tal|hay de|pasa con)|y qué hay de) (?P<rest>.+)$",
        "place": r"^\W*(?:y|pero)\s+(?P<rest>(?:en|para|con|sin|de|desde|por)\s+.+)$",
        "bare": (
            r"(?:y |pero )*(?:por ?qu[eé](?: no)?|c[oó]mo|cu[aá]ndo|d[oó]nde|qui[eé]n|para qu[eé]|de verdad|"
            r"en serio|explica(?:lo)?|qu[eé] (?:m[aá]s|significa))"
        ),
        "more": (r"(?:y |dime |dame |algo )*(?:m[aá]s(?: detalles| informaci[oó]n)?|contin[uú]a|sigue|qu[eé] m[aá]s)"),
        "example": r"(?:y |dame |me das |puedes darme |por )*(?:(?:un|otro|alg[uú]n) )?ejemplos?(?: por favor)?",
        "pronoun": (
            r"\b(?:él|ella|ellos|ellas|ello|est[eoa]s?|es[eoa]s?|éste|ése|aquello|lo mismo|su|sus|(?:el|la|los|"
            r"las) otr[oa]s?|lo|ahí|allí|l[oa]s dos)\b(?!\s+que\b)"
        ),
        "ordinal": (
            r"\b(?:el |la |lo )?(?:(?P<n1>primer[oa]?)|(?P<n2>segund[oa])|(?P<n3>tercer[oa]?)|(?P<n4>cuart[oa])|"
            r"(?P<n5>quint[oa])|(?P<last>últim[oa]))(?=\W*$|\s+(?:es|son|qué|en)\b)"
        ),
        "both": r"\b(?:amb[oa]s|los dos|las dos)\b",
        "frame": (
            r"^\W*(?:¿\s*)?(?:(?:puedes|podrías) (?:explicar|decir)(?:me)? |explica(?:me)? |expl[ií]came |"
            r"dime )?(?:(?:qu[eé]|cu[aá]l(?:es)?|c[oó]mo|cu[aá]ndo|d[oó]nde|por qu[eé]|qui[eé]n|cu[aá]nt[oa]s?|"
            r"para qu[eé])\s+)?(?:(?:es|son|era|hay|se|sirve[n]?|significa|funciona[n]?|hago|puedo|"
            r"debo)\s+)?(?:(?:la diferencia entre)\s+)?(?:el\s+|la\s+|los\s+|las\s+|un\s+|una\s+)?"
        ),
        "clause": r"[,;:(]|\s(?:si|cuando|porque|que|mientras)\b",
        "vague": (
            r"(?:por favor )?(?:ayuda(?:me)?|ay[uú]dame|explica(?:lo|me|r)?|no (?:lo )?entiendo(?: nada)?|"
            r"no (?:me )?funciona|no (?:lo )?comprendo|por ?qu[eé]|c[oó]mo|qu[eé]|una pregunta|estoy (?:perdid|"
            r"confundid)[oa]|no me queda claro|m[aá]s|un ejemplo|qu[eé] hago)(?: por favor)?"
        ),
        "stuck": (
            r"(?:por favor )?(?:ayuda(?:me)?|ay[uú]dame|(?:tengo )?una pregunta|estoy (?:perdid|"
            r"confundid)[oa])(?: por favor)?|(?:esto |eso )?no (?:me )?funciona"
        ),
        "problem": r"(?:esto |eso )?no (?:me )?funciona",
    },
    "fr": {
        "opener": r"^\W*(?:(?:et|mais|alors|donc|ou|aussi|ok|d'accord|oui|non|merci|bon)\b[,.!:;\s]*)+",
        "about": (
            r"^\W*(?:et )?(?:qu['’]en est-il d(?:e |es |u |['’])|et (?:pour|quant [àa]) |quid d(?:e |es |u |"
            r"['’]))(?P<rest>.+)$"
        ),
        "place": r"^\W*(?:et|mais)\s+(?P<rest>(?:en|dans|pour|avec|sans|sur|chez)\s+.+)$",
        "bare": (
            r"(?:et |mais |alors )*(?:pourquoi(?: pas)?|comment(?: [cç]a)?|quand|o[uù]|qui|vraiment|"
            r"c['’]est-[àa]-dire|quoi d['’]autre|explique(?:z)?)"
        ),
        "more": (
            r"(?:et |dis-moi |dites-moi )*(?:(?:en savoir )?plus(?: de d[eé]tails| d['’]informations)?|"
            r"continue(?:z)?|encore|quoi d['’]autre)"
        ),
        "example": (
            r"(?:et |encore |par |donne-moi |donnez-moi |tu as )*(?:(?:un|une|des|"
            r"un autre) )?exemples?(?: s['’]il (?:te|vous) pla[iî]t)?"
        ),
        "pronoun": (
            r"\b(?:il|elle|ils|elles|lui|leur|leurs|celui-ci|celle-ci|celui-l[àa]|celle-l[àa]|ceux-ci|celles-ci|"
            r"cela|[cç]a|ce dernier|cette derni[eè]re|l['’]autre|les autres|son|sa|ses|le m[eê]me|la m[eê]me)\b"
        ),
        "ordinal": (
            r"\b(?:le |la )?(?:(?P<n1>premi(?:er|[eè]re))|(?P<n2>deuxi[eè]me|seconde?)|(?P<n3>troisi[eè]me)|"
            r"(?P<n4>quatri[eè]me)|(?P<n5>cinqui[eè]me)|(?P<last>derni(?:er|[eè]re)))(?=\W*$|\s+(?:est|sont|en)\b)"
        ),
        "both": r"\b(?:les deux|tous les deux|toutes les deux)\b",
        "frame": (
            r"^\W*(?:(?:peux-tu|pouvez-vous|pourriez-vous) (?:m['’]expliquer |expliquer )|"
            r"expliquez?(?:-moi)? )?(?:(?:qu['’]est-ce qu(?:e |i |['’])|quel(?:le)?s? |comment |pourquoi |quand |"
            r"o[uù] |qui |combien d(?:e |['’])|[àa] quoi )\s*)?(?:(?:c['’]est |est |sont |sert |servent |"
            r"fonctionne[nt]* |signifie )\s*)?(?:(?:que |qu['’]))?(?:la diff[eé]rence entre )?(?:le\s+|la\s+|"
            r"les\s+|l['’]|un\s+|une\s+|des\s+)?"
        ),
        "clause": r"[,;:(]|\s(?:si|quand|lorsque|parce que|qui|que|pendant)\b",
        "vague": (
            r"(?:aide(?:z)?(?:-moi)?|au secours|expliquez?(?:-moi)?(?: [cç]a)?|je (?:ne )?comprends pas(?: bien)?|"
            r"je (?:n['’]ai )?(?:pas|rien) compris|(?:[cç]a|cela) (?:ne )?(?:marche|fonctionne) pas|pourquoi|"
            r"comment|quoi|une question|je suis perdue?|plus|un exemple|que faire)(?: s['’]il (?:te|"
            r"vous) pla[iî]t)?"
        ),
        "stuck": (
            r"(?:aide(?:z)?(?:-moi)?|au secours|(?:j['’]ai )?une question|je suis perdue?)(?: s['’]il (?:te|"
            r"vous) pla[iî]t)?|(?:[cç]a|cela) (?:ne )?(?:marche|fonctionne) pas"
        ),
        "problem": r"(?:[cç]a|cela) (?:ne )?(?:marche|fonctionne) pas",
    },
    "de": {
        "opener": r"^\W*(?:(?:und|aber|also|oder|dann|auch|ok(?:ay)?|ja|nein|danke|gut)\b[,.!:;\s]*)+",
        "about": r"^\W*(?:und )?(?:was ist mit|wie (?:ist|sieht) es (?:aus )?mit|wie steht es um) (?P<rest>.+)$",
        "place": r"^\W*(?:und|aber)\s+(?P<rest>(?:in|für|mit|ohne|bei|auf|von|unter)\s+.+)$",
        "bare": (
            r"(?:und |aber |also )*(?:warum(?: nicht)?|wieso|weshalb|wie(?: genau| das)?|wann|wo|wer|wirklich|"
            r"echt|wozu|was noch|erkl[äa]r(?:e)?(?: das)?)"
        ),
        "more": r"(?:und |bitte |sag mir |noch )*(?:mehr(?: dazu| dar[üu]ber| details)?|weiter|was noch)",
        "example": (
            r"(?:und |bitte |gib mir |noch |zum |hast du )*(?:(?:ein|noch ein|ein anderes) )?beispiele?(?: bitte)?"
        ),
        "pronoun": (
            r"\b(?:er|sie|es|ihn|ihm|ihnen|deren|dessen|dies(?:e[rsmn]?)?|jene[rsmn]?|das(?=\W*$|\s+(?:ist|"
            r"bedeutet|heißt|macht|geht|funktioniert|genau))|dieselbe[n]?|dasselbe|de[rmsn] andere[nr]?|"
            r"die anderen?|d(?:a|ar)(?:zu|bei|mit|von|für|durch|in|auf|über|an)|dort)\b"
        ),
        "ordinal": (
            r"\b(?:(?:der|die|das|den|dem) )?(?:(?P<n1>erste[nrsm]?)|(?P<n2>zweite[nrsm]?)|(?P<n3>dritte[nrsm]?)|"
            r"(?P<n4>vierte[nrsm]?)|(?P<n5>f[üu]nfte[nrsm]?)|(?P<last>letzte[nrsm]?))(?=\W*$|\s+(?:ist|sind|in)\b)"
        ),
        "both": r"\b(?:(?:die |alle )?beiden?)\b",
        "frame": (
            r"^\W*(?:(?:kannst du|können sie) (?:mir )?(?:bitte )?|erkl[äa]re?(?: mir)? |bitte )?(?:(?:was|wer|"
            r"wie|wo|wann|warum|wieso|wozu|welche[rsnm]?|wie viele?)\s+)?(?:(?:ist|sind|war|bedeutet|heißt|macht|"
            r"funktioniert|funktionieren|kann ich|kann man|muss ich|"
            r"gibt es)\s+)?(?:(?:der )?unterschied zwischen )?(?:der\s+|die\s+|das\s+|den\s+|dem\s+|ein\s+|"
            r"eine\s+|einen\s+|einem\s+|einer\s+)?"
        ),
        "clause": r"[,;:(]|\s(?:wenn|falls|weil|dass|während)\b",
        "vague": (
            r"(?:bitte )?(?:hilfe|hilf mir|erkl[äa]re?(?: mir)?(?: das| es)?|(?:ich )?(?:verstehe?|"
            r"kapiere?) (?:das |es )?(?:gar )?nicht|(?:das|es) (?:geht|funktioniert|klappt) (?:gar )?nicht|warum|"
            r"wieso|wie|was|eine frage|keine ahnung|ich bin verwirrt|mehr|ein beispiel|was nun|"
            r"was jetzt)(?: bitte)?"
        ),
        "stuck": (
            r"(?:bitte )?(?:hilfe|hilf mir|(?:ich habe )?eine frage|keine ahnung|ich bin verwirrt)(?: bitte)?|"
            r"(?:das|es) (?:geht|funktioniert|klappt) (?:gar )?nicht"
        ),
        "problem": r"(?:das|es) (?:geht|funktioniert|klappt) (?:gar )?nicht",
    },
    "pt": {
        "opener": r"^\W*(?:(?:e|mas|então|ou|também|agora|ok|certo|sim|não|obrigad[oa]|bom)\b[,.!:;\s]*)+",
        "about": r"^\W*(?:e )?(?:(?:o )?que (?:tal|dizer d[eoa]s?)|e quanto (?:a|ao|à|aos|às)) (?P<rest>.+)$",
        "place": r"^\W*(?:e|mas)\s+(?P<rest>(?:em|no|na|nos|nas|para|com|sem|de|do|da)\s+.+)$",
        "bare": (
            r"(?:e |mas )*(?:por ?qu[eê](?: não)?|como(?: assim)?|quando|onde|quem|para qu[eê]|sério|mesmo|"
            r"explique|explica)"
        ),
        "more": (
            r"(?:e |me |diga |fale |conte )*(?:mais(?: detalhes| informaç[õo]es| sobre isso)?|continue|o que mais)"
        ),
        "example": r"(?:e |me |dê |dá |mostre |por |tem )*(?:(?:um|outro|algum|mais um) )?exemplos?(?: por favor)?",
        "pronoun": (
            r"\b(?:el[ea]s?|isso|isto|aquilo|ess[ea]s?|est[ea]s?|del[ea]s?|nel[ea]s?|disso|nisso|seus?|suas?|"
            r"o outro|a outra|o mesmo|a mesma|lá|ali)\b(?!\s+que\b)"
        ),
        "ordinal": (
            r"\b(?:o |a )?(?:(?P<n1>primeir[oa])|(?P<n2>segund[oa])|(?P<n3>terceir[oa])|(?P<n4>quart[oa])|"
            r"(?P<n5>quint[oa])|(?P<last>últim[oa]))(?=\W*$|\s+(?:é|são|em)\b)"
        ),
        "both": r"\b(?:amb[oa]s|os dois|as duas)\b",
        "frame": (
            r"^\W*(?:(?:pode|você pode|poderia) (?:me )?(?:explicar|dizer) |expli(?:que|ca)(?:-me)? |"
            r"me diga )?(?:(?:o que|qual|quais|como|quando|onde|por que|quem|quant[oa]s?|para que)\s+)?(?:(?:é|"
            r"são|era|há|se|serve[m]?|significa|funciona[m]?|faço|posso|devo)\s+)?(?:a diferença entre )?(?:o\s+|"
            r"a\s+|os\s+|as\s+|um\s+|uma\s+)?"
        ),
        "clause": r"[,;:(]|\s(?:se|quando|porque|que|enquanto)\b",
        "vague": (
            r"(?:por favor )?(?:ajuda|me ajud[ae]|ajude-me|explique(?: isso)?|explica(?: isso)?|"
            r"(?:eu )?não (?:entendi|entendo|compreendo)(?: nada)?|não (?:está )?funciona(?:ndo)?|por ?qu[eê]|"
            r"como|(?:o )?qu[eê]|uma pergunta|estou perdid[oa]|mais|um exemplo|o que (?:eu )?faço)(?: por favor)?"
        ),
        "stuck": (
            r"(?:por favor )?(?:ajuda|me ajud[ae]|ajude-me|(?:tenho )?uma pergunta|"
            r"estou perdid[oa])(?: por favor)?|(?:isso |isto )?não (?:está )?funciona(?:ndo)?"
        ),
        "problem": r"(?:isso |isto )?não (?:está )?funciona(?:ndo)?",
    },
}


@lru_cache
def cues(language: str) -> Cues:
    """The cues of a language code; those of English where there are none for it."""
    source = _SOURCES.get(primary_subtag(language), _SOURCES["en"])
    patterns = {name: rf"^\W*(?:{source[name]})\W*$" if name in _WHOLE else source[name] for name in source}
    return Cues(**{name: re.compile(pattern, re.IGNORECASE) for name, pattern in patterns.items()})
