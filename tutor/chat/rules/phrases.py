"""How people say what they want: patterns, tried in order, over the lower-case question."""

import re

Pattern = re.Pattern[str]


def _any(*ways: str) -> Pattern:
    return re.compile("|".join(f"(?:{way})" for way in ways), re.IGNORECASE)


INJECTION = _any(
    r"(?:^|[.!?;:,\n]\s*|\b(?:please|now|and|then|must|to|you) )(?:ignore|disregard|forget|override|bypass)\b.{0,40}"
    r"\b(?:instructions?|prompts?|rules?|guidelines?|above|programming)\b",
    r"\b(reveal|print|show|repeat|output|tell)\b.{0,30}\b(system prompt|your (prompt|instructions|rules)|"
    r"api[ _-]?keys?)\b",
    r"\byou are (now|no longer)\b",
    r"\b(developer|debug|god|jailbreak|dan) mode\b",
    r"\b(pretend|act) (to be|as|that you)\b",
    r"^\s*(system|assistant)\s*:",
    r"<\|?(im_start|system|endoftext)\|?>",
)
"""Text that tries to give orders. There is nothing here that it could reach; it is only told apart."""

ABOUT_INJECTION = _any(r"\bprompt[- ]injections?\b", r"\bjailbreaks?\b", r"\bhow do(es)?\b.*\bignore\b")

GREETING = re.compile(
    r"^(hi|hello|hey|hiya|good (morning|afternoon|evening|day)|greetings|howdy|yo)( there| tutor| "
    r"everyone)?\W*$"
)
THANKS = re.compile(
    r"^((ok|okay|great|cool|nice|perfect|got it|i see|makes sense|understood|good|wow|ah|alright|bye|"
    r"goodbye)\W*)*"
    r"(thanks|thank you|thx|cheers|ta|bye|goodbye|got it|i see|makes sense|understood|ok|okay|great|cool|"
    r"nice|perfect)"
    r"( (so|very) much| a lot| for (that|the help|your help))?\W*$"
)
HELP = _any(
    r"^(help|help me|what now|\?+)\W*$",
    r"\bwhat (can|do|could) you (do|help|teach|know|offer)\b",
    r"\bwho are you\b",
    r"\bwhat are you\b",
    r"\bhow (do|can|should) i (use|work with|talk to) (you|this( (app|tutor|page|tool))?)\b",
    r"\bwhat (can|should|could) i ask\b",
    r"\bare you (an? )?(ai|human|chatgpt|claude|gpt|bot|llm|language model|real)\b",
)
SIMPLER = _any(
    r"^(much |even |a bit |a little )?(simpler|simplify|easier|shorter)\b",
    r"\bsimply\b",
    r"\b(simpler|easier|plain|simple)( terms| words| language| english| way)?( please)?\W*$",
    r"\b(explain|say|put) (it|that|this)( again)?( to me)? (simpler|more simply|simply|in (simple|plain|"
    r"other|easy))",
    r"\b(eli ?5|like i'?m (5|five)|like i am (5|five)|for dummies|to a (child|beginner|kid))\b",
    r"\b(i )?(still )?(don'?t|do not|didn'?t|did not|can'?t) (get|understand|follow|grasp)( (it|that|this|"
    r"you))?\W*$",
    r"^(i'?m |i am )?(still )?(lost|confused)\W*$",
    r"\b(too (complex|complicated|hard|difficult|technical|long))\b",
    r"^(what|huh|sorry)\W*\?+$",
    r"^once more\W*$|^again\W*$",
)
GIVE_UP = _any(
    r"^(the )?(answer|solution)( please)?\W*$",
    r"\b(tell|give|show|reveal|what'?s|what is|what was)( me| us)?( the)? (right |correct |model )?(answer|"
    r"solution)\b"
    r"(?! (of|quality|length|cost|tokens?))",
    r"^i give up\b",
)
HINT = _any(
    r"^(a |give me a |another )?hint\b",
    r"^(i )?(don'?t|do not) know\W*$",
    r"^(no idea|not sure|idk|dunno|pass|\?)\W*$",
)
NEXT = _any(
    r"^(ok(ay)?|great|thanks|cool|and|so|got it|yes)?\W*(next|continue|go on|move on|carry on|proceed|keep "
    r"going)\b"
    r"(?! token)",
    r"^(ok(ay)?\W*|and )?what('?s| is| comes| should i (learn|study|read|do))? next\b",
)
MORE = _any(
    r"^(and )?(tell me |say |explain )?(more|deeper|go deeper|in more detail|more details?|elaborate|go "
    r"on)\b",
    r"^(can you )?(give me |show me )?(an?|another|some|a concrete|a worked)? ?(numerical |numeric |worked "
    r")?examples?\W*$",
    r"^(show me )?(with|in) (real )?numbers\W*$",
)
NUMBERS = _any(
    r"\bwith( real| some| actual| concrete)? numbers\b",
    r"\b(worked|numerical?|numeric|concrete) example\b",
    r"^(can you )?(give me |show me )?(an?|another|some)? ?examples?\W*$",
    r"\bexample (of|for)\b",
    r"^example\b",
)
QUIZ = _any(
    r"\b(quiz|test|examine|drill|grill) (me|my)\b",
    r"^(a )?quiz\b",
    r"\b(ask|give) me (a|another|some|one)( \w+)? (question|quiz|exercise|test)s?\b",
    r"\b(another|next) (quiz )?question\b",
    r"\bcheck my (understanding|knowledge)\b",
    r"\btake (the|a) quiz\b",
)
RUN = _any(
    r"\bhow (do|can|would|could|should) (i|we|you|one) (actually )?(run|train|start|execute|launch|try|"
    r"reproduce|play with)\b",
    r"^(ok(ay)?\W*)?(please )?(let'?s |can (i|we|you) )?(run|try|start|launch|train|execute) (it|this|that|"
    r"one|them|something)\b",
    r"^(run|train|launch|execute|start) (the |a |an |my )?\w+",
    r"^run\W*$|^try it\W*$",
    r"\b(what|which) (command|script)\b",
    r"\bcommands? (to|for) (run|train|start)",
    r"\bhow to (run|train|start|execute|launch)\b",
    r"\b(can|could) i (run|train|try|see) (it|this|that|one)\b",
    r"\bwhat can i run\b",
    r"\bsee (it|this|that) (run|happen|work|in action)",
)
CODE = _any(
    r"\b(show|see|give|read|look at|view|open|point)\b.{0,30}\b(code|source|implementation|lines?|function|"
    r"class)\b",
    r"\bwhere\b.{0,60}\b(code|implement\w*|defined?|source|file|lines?|happens?|computed?|calculated?|done|"
    r"set|applied|"
    r"called|used|live|stands?|found|made|created|divided|added|masked|normali[sz]ed|sampled|loaded|saved|"
    r"written)\b",
    r"^(and )?where (is|are|does|do|in)\b",
    r"\b(in|the) (code|source)\b",
    r"^(the )?(code|source|implementation)( please)?\W*$",
    r"\bhow (is|are|was|were|does|do)\b.{0,50}\b(implemented|coded|programmed|written in code)\b",
    r"\bimplement(ation|ed|s)?\b",
    r"\bwhich (file|function|class|line|method|module|part of the code)\b",
    r"\b\w+\.py\b",
    r"\b(python|pytorch|torch) (code|version|implementation)\b",
)
WHY = _any(
    r"^(and |but |so |ok(ay)?,? |then )*(why|how come|what if|what for|what happens|what would happen|what "
    r"goes wrong)\b",
    r"\bwhy (is|are|do|does|did|not|would|should|can|can'?t|use|divide|the|we|it|have|need|don'?t)\b",
    r"\bwhat('?s| is) the (point|reason|purpose|use|benefit|advantage|need)\b",
    r"\bthe reason (for|why)\b",
    r"\bwhat (happens|would happen|goes wrong) (if|when|without)\b",
    r"\bdo (i|we) (really )?need\b",
)
COMPARE = _any(
    r"\b(difference|differences|distinction)s? between\b",
    r"\bhow (is|are|do|does) .+ (different|differ)\b",
    r"\bdiffer(s|ent)? from\b",
    r"\b(compare|compared|comparison|contrast)\b",
    r"\b(vs\.?|versus)\b",
    r"\b(better|faster|cheaper|worse|slower) than\b",
    r"\b(or|and) .+\b(which|same thing|the same)\b",
    r"\bwhich (is|one|should)\b.+\bor\b",
    r"\bis .+ the same( thing)? as\b",
    r"\bwhen .+ (instead of|rather than|over) \w+",
)
PRODUCT = _any(
    r"\bfor (my|our|a|the) (product|users?|business|customers?|feature|company|pm|product manager)\b",
    r"\b(pms?|product managers?)\b",
    r"\b(so what|why should i care|who cares|business (value|impact)|product (implication|impact|view))\b",
    r"\bwhat does (it|this|that) mean for\b",
    r"\bwhy does (it|this|that) matter\b",
    r"\b(is (it|this|that) (expensive|costly|cheap|slow|fast)|what does (it|this|that) cost)\b",
    r"\bhow (expensive|costly|slow|fast) is (it|this|that)\b",
)
MISTAKES = _any(
    r"\b(misconception|misunderst\w+|common mistakes?|get(s)? wrong|pitfalls?|gotchas?|traps?)\b",
)
WEEK = re.compile(r"\bweek (\d|one|two|three|four|five|six)\b")
START = _any(
    r"\bwhere (do|should|can) i (start|begin)\b",
    r"\bwhat (should|do) i (learn|study|do|read) first\b",
    r"\b(curriculum|syllabus|course (overview|outline|plan))\b",
    r"\b(which|what) (lectures?|videos?)\b",
    r"\bwhat('?s| is) (in|covered|taught)\b.*\b(course|lessons?)\b",
)
_MADE = r"\b(invent|creat|discover|introduc|propos|develop|found|publish|releas|came up|wrote|first)"
HISTORY = _any(
    rf"^(and )?who\b.{{0,40}}{_MADE}",
    rf"^(and )?when (was|were|did|is|will)\b.{{0,60}}{_MADE}",
    r"\b(what|which) (year|date)\b",
    r"\b(inventor|founder|biography|birthday)\b",
)
"""Who and when: the lessons name papers and years in passing, so only a close match is an answer."""

TROUBLE = re.compile(
    r"\b(error|fails?|failed|crash\w*|nan|inf|stuck|wrong|broken|doesn'?t work|not work\w*|exception|traceback|"
    r"out of memory|slow|hangs?|explod\w*|garbage|nonsense)\b"
)

OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|alright|all right|right|great|cool|well|now|so|hmm+)\b[\s,.!:;–-]+)+(?=\w+\W+\w)",
    re.IGNORECASE,
)
"""What people say before they ask, when a question of two words or more follows."""

FRAME = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|so|and|but|please|can you|could you|would you|will you|i want to know|"
    r"i'd like to know|"
    r"tell me|explain to me|help me understand|do you know|now)\W+)*"
    r"(?:explain|define|describe|teach me|tell me|introduce|what(?:'s| is| are| does| do)|what exactly is|"
    r"how (?:does|do|is|are|did)|meaning of|definition of|"
    r"i (?:don't|do not) understand|understand|about)\b"
)
"""How a question begins when what follows is its object."""

OBJECT_TAIL = re.compile(
    r"\b(work|works|working|mean|means|do|does|stand for|in (simple|plain) (words|terms)|please|to me|"
    r"again|briefly|"
    r"in detail|in (machine|deep) learning|in (a )?(transformers?|gpt|llms?|language models?|neural "
    r"networks?)|"
    r"for (me|beginners)|compute|computes|used for|about|exactly|like i'?m five)\b"
)
POINTING = re.compile(
    r"\b(it|its|that|this|those|these|them|they|there|the same|here|you (just )?said|above)\b"
)
"""A question that points back at what was said."""

COMMAND_WORDS = re.compile(
    r"\b(code|source|implementation|implement(ed|s)?|lines?|files?|functions?|class|python|pytorch|run|"
    r"train|try|start|"
    r"launch|execute|command|quiz|test|examples?|numbers?|simpl\w*|easi?e?r?|words?|done|happens?|computed|"
    r"product|"
    r"action|work|works|wrong|mistakes?|misconceptions?|misunderstood|exactly|again|detail|details)\b"
)
"""What people do with a subject; a question of nothing else has its subject from before."""

INTERROGATIVE = re.compile(
    r"\?|^(and |but |so |ok(ay)?,? )*(what|why|how|where|when|which|who|explain|show|define|describe|"
    r"compare|tell|"
    r"is|are|does|do|can|could|should|would|give|quiz|run|help)\b"
)
