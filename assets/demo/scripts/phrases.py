"""Phrases of the demo corpus, written by hand for it: replies, ideas, advice."""

REPLIES = {
    "thanks": (
        [
            "Thank you for your help!",
            "Thanks a lot for the gift.",
            "Thank you, that was very kind.",
            "Many thanks for the lovely evening.",
            "Thank you for waiting.",
        ],
        [
            "You are welcome!",
            "It was a pleasure.",
            "I was glad to help.",
            "Not at all, any time.",
            "Do not mention it.",
        ],
    ),
    "sorry": (
        [
            "I am sorry that I am late.",
            "Sorry, I broke your cup.",
            "I forgot your birthday. I am so sorry.",
            "Please excuse the noise last night.",
            "I am sorry, I lost your book.",
        ],
        [
            "That is all right.",
            "No problem, it can happen to anyone.",
            "Please do not worry about it.",
            "Thank you for telling me.",
            "It is not so bad.",
        ],
    ),
    "invite": (
        [
            "Would you like to come to my party on {d}?",
            "Shall we have dinner together on {d}?",
            "Can you come to the park with us on {d}?",
            "We are going to the lake on {d}. Will you join us?",
        ],
        [
            "I would love to come on {d}.",
            "Thank you, I will be there.",
            "I am sorry, I have no time on {d}.",
            "That sounds lovely. What can I bring?",
            "Not on {d}, but perhaps next week.",
        ],
    ),
    "ill": (
        [
            "I have had a cold since {d}.",
            "I cannot come on {d}, I am ill.",
            "My leg hurts and I must stay in bed.",
        ],
        [
            "Get well soon!",
            "I am sorry to hear that. Please rest.",
            "Can I bring you some soup?",
            "I hope you feel better soon.",
        ],
    ),
    "news": (
        [
            "I passed the exam on {d}!",
            "I have a new job.",
            "We have a baby!",
            "I won the first prize on {d}.",
        ],
        [
            "Congratulations!",
            "That is wonderful news!",
            "I am so happy for you.",
            "Well done! You can be proud.",
        ],
    ),
}

IDEAS = {
    "to do on a rainy day": [
        "read a book",
        "bake a cake",
        "play cards",
        "draw a picture",
        "write a letter",
        "watch a film",
        "tidy the room",
        "call a friend",
    ],
    "to do in summer": [
        "swim in the lake",
        "eat ice cream",
        "sleep in a tent",
        "ride a bicycle",
        "have a picnic",
        "look at the stars",
        "pick berries",
    ],
    "to take on a trip": [
        "a map",
        "a bottle of water",
        "a warm jacket",
        "a good book",
        "some bread",
        "a camera",
        "a small lamp",
    ],
    "to give a friend for a birthday": [
        "a book",
        "a cake",
        "flowers",
        "a warm scarf",
        "a game",
        "a photo of both of you",
        "a plant",
        "a ticket to a concert",
    ],
    "to cook for dinner": [
        "vegetable soup",
        "rice with beans",
        "baked potatoes",
        "fish with lemon",
        "pasta with tomatoes",
        "an omelette",
        "a green salad",
    ],
    "to learn this year": [
        "to swim",
        "to play the piano",
        "a new language",
        "to bake bread",
        "to draw",
        "to dance",
        "to sew",
    ],
    "to see in a city": [
        "the old bridge",
        "the museum",
        "the market",
        "the harbour",
        "a park",
        "the town hall",
        "the tower",
    ],
    "to put into a salad": ["tomatoes", "cucumber", "nuts", "cheese", "onions", "olives", "beans", "apple"],
    "to plant in a garden": ["roses", "carrots", "beans", "sunflowers", "an apple tree", "mint", "onions"],
}

ADVICE = {
    "sleep better": [
        "go to bed at the same time every night",
        "drink no coffee in the evening",
        "keep the room dark and cool",
        "put the phone away",
    ],
    "learn new words": [
        "write them on small cards",
        "repeat them every day",
        "use them in a sentence",
        "read a lot",
    ],
    "save money": [
        "write down what you spend",
        "cook at home",
        "buy only what you need",
        "wait a day before you buy",
    ],
    "stay healthy": ["walk every day", "eat fresh fruit", "drink enough water", "sleep eight hours"],
    "make new friends": ["join a club", "smile and ask questions", "invite your neighbours", "listen well"],
    "prepare for an exam": [
        "start early",
        "make a plan",
        "explain it to a friend",
        "sleep well the night before",
    ],
    "keep a plant alive": [
        "water it once a week",
        "put it near the window",
        "turn it now and then",
        "give it a larger pot",
    ],
    "be on time": [
        "leave ten minutes early",
        "set two alarms",
        "prepare your bag in the evening",
        "check the timetable",
    ],
    "write a good letter": [
        "begin with a greeting",
        "keep the sentences short",
        "read it aloud",
        "say what you want at the start",
    ],
    "calm down": ["breathe slowly", "count to ten", "take a walk", "drink a glass of water"],
}
