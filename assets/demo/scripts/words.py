"""Words of the demo corpus, written by hand for it: people, opposites, plurals, verbs, rhymes."""

# name, subject, object, possessive
PEOPLE = [
    (n, "she", "her", "her")
    for n in "Anna Mia Clara Rosa Nina Lucy Ella Grace Ruth Iris Sara Emma Julia Hana Vera".split()
] + [
    (n, "he", "him", "his")
    for n in "Tom Ben Leo Max Paul Omar Sam Hugo Felix Noah Adam Peter Ivan Luis Karl".split()
]

OPPOSITES = [
    p.split()
    for p in """hot cold|big small|fast slow|happy sad|old young|light dark|high low|long short|
hard soft|early late|open closed|full empty|rich poor|strong weak|clean dirty|wet dry|loud quiet|thick thin|wide narrow|
deep shallow|heavy light|near far|first last|good bad|right wrong|brave cowardly|easy difficult|sweet sour|sharp blunt|
smooth rough|safe dangerous|cheap expensive|kind cruel|polite rude|busy idle|awake asleep|alive dead|true false|
up down|in out|left right|begin end|buy sell|give take|push pull|win lose|love hate|laugh cry|arrive leave|
remember forget|build destroy|always never|many few|inside outside|above below|before after|day night|summer winter|
friend enemy|question answer|north south|east west|front back|top bottom|morning evening|sunrise sunset|
beautiful ugly|tight loose|modern ancient|generous mean|tall short|calm nervous|same different|public private""".replace(
        "\n", ""
    ).split(
        "|"
    )
]

SYNONYMS = {
    "happy": ["glad", "cheerful", "joyful"],
    "sad": ["unhappy", "gloomy", "sorrowful"],
    "big": ["large", "huge", "great"],
    "small": ["little", "tiny", "minute"],
    "fast": ["quick", "rapid", "swift"],
    "slow": ["unhurried", "gradual"],
    "smart": ["clever", "bright", "intelligent"],
    "brave": ["bold", "fearless", "courageous"],
    "tired": ["weary", "sleepy", "exhausted"],
    "angry": ["cross", "furious", "annoyed"],
    "begin": ["start", "commence"],
    "end": ["finish", "conclude", "stop"],
    "help": ["assist", "support", "aid"],
    "look": ["watch", "gaze", "see"],
    "speak": ["talk", "say", "chat"],
    "house": ["home", "dwelling", "building"],
    "road": ["street", "path", "way"],
    "gift": ["present", "reward"],
    "quiet": ["silent", "still", "calm"],
    "beautiful": ["lovely", "pretty", "fine"],
    "strange": ["odd", "unusual", "peculiar"],
    "difficult": ["hard", "tricky", "tough"],
    "important": ["essential", "vital", "key"],
    "funny": ["amusing", "comic", "witty"],
    "rich": ["wealthy", "well off"],
    "scared": ["afraid", "frightened"],
    "kind": ["gentle", "caring", "friendly"],
    "correct": ["right", "accurate", "true"],
    "cold": ["chilly", "icy", "cool"],
    "job": ["work", "task", "occupation"],
    "journey": ["trip", "voyage", "tour"],
    "mistake": ["error", "slip", "fault"],
    "answer": ["reply", "response"],
    "idea": ["thought", "plan", "notion"],
    "friend": ["companion", "mate", "pal"],
}

IRREGULAR_PLURALS = {
    "child": "children",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "goose": "geese",
    "man": "men",
    "woman": "women",
    "person": "people",
    "ox": "oxen",
    "sheep": "sheep",
    "fish": "fish",
    "deer": "deer",
    "leaf": "leaves",
    "knife": "knives",
    "wolf": "wolves",
    "half": "halves",
    "shelf": "shelves",
    "loaf": "loaves",
    "thief": "thieves",
    "life": "lives",
    "wife": "wives",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "hero": "heroes",
}

REGULAR_NOUNS = """book table chair garden window door river mountain letter pencil bottle cup spoon plate
lamp clock bridge ship train car bicycle flower tree apple orange cloud star shirt shoe coat hat key road song picture
box bus dish brush glass watch fox peach church class dress bench city baby story lady party country cherry berry
puppy family fly body day boy toy monkey holiday""".split()

# base, past, participle, -ing
VERBS = [
    v.split()
    for v in """go went gone going|see saw seen seeing|eat ate eaten eating|drink drank drunk drinking|
write wrote written writing|read read read reading|run ran run running|swim swam swum swimming|sing sang sung singing|
buy bought bought buying|bring brought brought bringing|catch caught caught catching|teach taught taught teaching|
find found found finding|make made made making|take took taken taking|give gave given giving|come came come coming|
sleep slept slept sleeping|keep kept kept keeping|leave left left leaving|lose lost lost losing|build built built building|
send sent sent sending|break broke broken breaking|speak spoke spoken speaking|drive drove driven driving|
ride rode ridden riding|fly flew flown flying|grow grew grown growing|know knew known knowing|throw threw thrown throwing|
draw drew drawn drawing|wear wore worn wearing|begin began begun beginning|sell sold sold selling|tell told told telling|
think thought thought thinking|feel felt felt feeling|meet met met meeting|win won won winning|
forget forgot forgotten forgetting|hold held held holding|stand stood stood standing|
walk walked walked walking|cook cooked cooked cooking|paint painted painted painting|clean cleaned cleaned cleaning|
visit visited visited visiting|watch watched watched watching|open opened opened opening|help helped helped helping|
carry carried carried carrying|wash washed washed washing|plant planted planted planting|play played played playing|
call called called calling|repair repaired repaired repairing|bake baked baked baking|close closed closed closing""".replace(
        "\n", ""
    ).split(
        "|"
    )
]

# what people do: base, past, the rest
ACTIONS = [
    a.split("/")
    for a in """write/wrote/a letter|read/read/a long book|eat/ate/an apple|drink/drank/a cup of tea|
walk/walked/to the park|cook/cooked/soup for dinner|paint/painted/the old fence|clean/cleaned/the kitchen|
visit/visited/the museum|watch/watched/the stars|open/opened/the window|help/helped/a neighbour|carry/carried/the heavy box|
wash/washed/the dishes|plant/planted/a rose|play/played/the piano|call/called/a friend|repair/repaired/the bicycle|
bake/baked/fresh bread|close/closed/the gate|buy/bought/a new coat|catch/caught/the early train|find/found/a silver coin|
make/made/a paper boat|take/took/the bus to work|build/built/a small house|send/sent/a card to the family|
ride/rode/a horse|draw/drew/a map|sing/sang/an old song|swim/swam/in the lake|run/ran/along the river|
feed/fed/the ducks|lose/lost/the house key|teach/taught/a class of children|drive/drove/to the city|
break/broke/a glass|sell/sold/the old car|meet/met/an old friend|forget/forgot/the umbrella""".replace(
        "\n", ""
    ).split(
        "|"
    )
]

RHYMES = [
    r.split()
    for r in """cat hat bat mat rat flat|day way play say stay grey|night light bright sight right kite|
tree sea bee key free knee|rain train plain chain lane brain|moon spoon noon soon tune|book look hook cook took|
star car far jar|house mouse blouse|cake lake snake make take|ring sing king wing thing|bell well shell tell smell|
boat coat goat note float|snow go show slow know grow|fun sun run one son|hill mill still will|nose rose those goes|
fish dish wish|top shop drop stop hop|bear chair hair pear share|door floor more four shore|red bed head bread said|
ball wall tall fall call small|sand hand land band stand|dream cream stream team|town brown crown down|
sky fly high eye why pie|dog fog log frog|jump bump lump|nest best rest west guest""".replace("\n", "").split(
        "|"
    )
]

SPELLING_WORDS = (
    """house garden window river summer winter pencil yellow orange purple banana carrot rabbit monkey
kitchen teacher doctor farmer market letter bridge castle island forest desert planet bottle button candle circle
flower friend ginger hammer jacket ladder lemon magnet mirror needle number pepper pillow pocket rocket school shadow
silver spider sugar ticket tunnel turtle violin wagon whale zebra apple bread chair dream eagle grape honey knife light
mouse night ocean piano queen robot snake table uncle voice water""".split()
)
