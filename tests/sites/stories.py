"""Articles of an invented local paper, for small sites that real generators make pages of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml


@dataclass(frozen=True)
class Story:
    """One article; a translation names the slug of what it translates, and a page has no date."""

    slug: str
    title: str
    date: date | None
    tags: tuple[str, ...]
    author: str
    description: str
    body: str
    language: str = "en"
    draft: bool = False
    translates: str | None = None


def yaml_file(fields: Mapping[str, Any], body: str) -> str:
    """A file with YAML front matter; fields that are None are left out."""
    return f"---\n{yaml.safe_dump(_present(fields), allow_unicode=True, sort_keys=False)}---\n\n{body}\n"


def toml_file(fields: Mapping[str, Any], body: str) -> str:
    """A file with TOML front matter: texts, truth values, dates, lists of texts, and tables of these."""
    plain = {key: value for key, value in _present(fields).items() if not isinstance(value, Mapping)}
    tables = {key: value for key, value in _present(fields).items() if isinstance(value, Mapping)}
    lines = [f"{key} = {_toml(value)}" for key, value in plain.items()]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return "+++\n" + "".join(f"{line}\n" for line in lines) + f"+++\n\n{body}\n"


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in fields.items() if value is not None
    }


def _toml(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else json.dumps(value, ensure_ascii=False)


STORIES = (
    Story(
        "bread-for-a-cold-kitchen",
        "Sourdough bread for a cold kitchen",
        date(2021, 1, 9),
        ("baking", "kitchen"),
        "Mara Lindqvist",
        "How to bake sourdough bread when the kitchen is cold.",
        "A sourdough loaf does not mind a cold kitchen, it only asks for more time. Mix rye and wheat flour "
        "with water, stir in the sourdough starter, and leave the dough under a cloth over night. In the "
        "morning it has risen by half, smells of apples, and can be folded twice before it rests in its "
        "basket for another two hours.\n\n"
        "Heat the oven with a heavy iron pot inside. Turn the bread into the hot pot, cut the crust once "
        "along its length, and bake it under the lid for half an hour. Without the lid the crust then turns "
        "dark. Let the bread cool before you cut it, however good the kitchen smells by now.",
    ),
    Story(
        "a-rye-starter-for-winter",
        "A rye starter that survives the winter",
        date(2021, 1, 23),
        ("baking", "kitchen"),
        "Mara Lindqvist",
        "Keeping a sourdough starter of rye alive from November to March.",
        "Every sourdough bread begins with a starter, and every starter suffers in winter. Rye flour keeps it "
        "alive: it holds more water and feeds the wild yeast for longer than wheat flour does. Stir two "
        "spoons of rye into the starter each evening, and keep the jar near the oven, not on the window sill "
        "where the night is cold.\n\n"
        "If the sourdough smells of vinegar, it is hungry. Throw half of it away, feed the rest with rye "
        "flour and warm water, and wait for a day before you bake bread with it. A dried crust of starter, "
        "crumbled into a bag, is the best insurance: with water it wakes up within two days and raises a "
        "loaf.",
    ),
    Story(
        "night-train-to-halvern",
        "The night train returns to Halvern",
        date(2021, 3, 5),
        ("railway", "travel"),
        "Jonas Ekdal",
        "After eleven years a night train runs to Halvern again.",
        "After eleven years without one, a night train runs to Halvern again. The railway puts three sleeping "
        "cars and a dining car on the line, which leaves the capital at nine in the evening and reaches the "
        "coast at Halvern before breakfast. Tickets for the first week were sold out within an hour, the "
        "railway said.\n\n"
        "The line had lost its night train when the old sleeping cars failed their last inspection. "
        "Travellers from Halvern collected nine thousand signatures to bring it back. The mayor of Halvern "
        "wants the train to run all year, while the railway has promised it until October and will count "
        "passengers before it decides.",
    ),
    Story(
        "sleeping-cars-for-the-coast",
        "Sleeping cars for the Halvern line",
        date(2021, 3, 19),
        ("railway", "travel"),
        "Jonas Ekdal",
        "Where the railway found sleeping cars for its night train.",
        "The sleeping cars of the new night train to Halvern are forty years old, and nobody sees it. In a "
        "hall beside the station, mechanics of the railway took them apart to the frame, laid new cables, and "
        "put back the brass lamps above each bed. A sleeping car now has eleven compartments, two showers and "
        "a shelf for bicycles.\n\n"
        "The railway bought the cars from a museum line for less than one new car costs. Six of them run on "
        "the night train between the capital and Halvern, two stand ready in the hall. If passengers stay "
        "true to the line, says the railway, new sleeping cars could be ordered within three years.",
    ),
    Story(
        "bees-on-the-town-hall",
        "Bees & blossoms on the roof of the town hall",
        date(2021, 5, 2),
        ("nature", "city"),
        "Ida Sorel",
        "Two bee hives now stand on the roof of the town hall.",
        "Two hives with forty thousand bees now stand on the roof of the town hall. The beekeeper Tove "
        "Arnesen carried them up the stairs before sunrise, when the bees are quiet. From the roof they fly "
        "to the lime trees along the canal and to the gardens behind the theatre, where something blossoms "
        "from March until September.\n\n"
        "Honey from the city is cleaner than many expect, says the beekeeper, since no fields around it are "
        "sprayed. The mayor gets the first jar of honey in July. Visitors can watch the hives through a "
        "window in the attic of the town hall, and a notebook beside it tells what the bees brought home.",
    ),
    Story(
        "what-the-bees-found",
        "What the town hall bees found this summer",
        date(2021, 9, 12),
        ("nature", "city"),
        "Ida Sorel",
        "Pollen in the honey shows where the bees of the town hall flew.",
        "Lime, clover and a surprising share of sweet chestnut: the pollen in the honey shows where the bees "
        "of the town hall flew this summer. The beekeeper Tove Arnesen sent a jar to a laboratory, which "
        "counted the grains under a microscope. Most of the honey came from the lime trees along the canal.\n\n"
        "The hives on the roof gave thirty kilos of honey, more than hives in the villages around. One colony "
        "of bees swarmed in June and was caught on the balcony of the theatre. Next spring, a third hive will "
        "stand on the roof of the town hall, and a school class will look after it together with the "
        "beekeeper.",
    ),
    Story(
        "true-a-bicycle-wheel",
        "How to true a bent bicycle wheel",
        date(2021, 6, 1),
        ("bicycle", "repair"),
        "Pavel Renn",
        "A bent bicycle wheel can be trued with a spoke key.",
        "A bicycle wheel that rubs on its brake is rarely lost. Turn the bicycle over, spin the wheel, and "
        "hold a piece of chalk close to the rim: it marks where the wheel is bent. Loosen the spokes on that "
        "side by a quarter turn of the spoke key, and tighten those on the other side by as much. Then spin "
        "the wheel again.\n\n"
        "Go round the wheel three times with small turns rather than once with large ones. A spoke that sings "
        "higher than its neighbours is too tight. When the rim runs true, squeeze the spokes in pairs, so "
        "that they settle in the hub, and pump the tyre. The whole repair takes less than an hour.",
    ),
    Story(
        "spokes-at-the-kitchen-table",
        "Building a bicycle wheel at the kitchen table",
        date(2021, 6, 22),
        ("bicycle", "repair"),
        "Pavel Renn",
        "With a hub, a rim and 36 spokes a bicycle wheel is built in an evening.",
        "Thirty-six spokes, a hub and a rim lie on the kitchen table, and in the evening they are a bicycle "
        "wheel. Lace the spokes in four groups of nine: first all that leave the hub on one side, then their "
        "partners, which cross three others on their way to the rim. It looks like a riddle and is only "
        "counting.\n\n"
        "Tighten each spoke by the same number of turns with the spoke key until the wheel stands by itself. "
        "Truing the wheel comes last and takes as long as all the rest. A bicycle with a wheel that you built "
        "yourself rides no faster, but you know every spoke of it, and the next repair holds no fear.",
    ),
    Story(
        "tide-mill-grinds-again",
        "The tide mill at Ørsund grinds again",
        date(2022, 4, 16),
        ("history", "coast"),
        "Mara Lindqvist",
        "Volunteers repaired the old tide mill at Ørsund.",
        "For the first time since 1931 the tide mill at Ørsund grinds grain. Volunteers dug out the pond, "
        "hung new oak gates that close by themselves when the tide turns, and cut teeth for the great wheel "
        "from pear wood. On Saturday the ebb ran through the mill, and after a minute of silence the stones "
        "began to move.\n\n"
        "A tide mill works four hours after each high water, day and night, which is why the millers of "
        "Ørsund slept in their clothes. The volunteers will open the mill on two Sundays a month. A bakery in "
        "the village has asked for the flour, and a chart beside the door shows when the tide will turn the "
        "wheel.",
    ),
    Story(
        "flour-from-the-tide-mill",
        "Flour from the tide mill: the first harvest of Ørsund",
        date(2022, 8, 27),
        ("history", "coast"),
        "Mara Lindqvist",
        "The tide mill at Ørsund sold its first flour.",
        "The tide mill at Ørsund sold its first two hundred bags of flour before noon. Volunteers had ground "
        "the barley of three farms during six nights, whenever the tide allowed it. The stones of the mill "
        "turn slowly, so the flour stays cool, and it smells of nuts, as the baker of the village says.\n\n"
        "The money pays for a second pair of stones. In autumn the volunteers want to grind rye at the mill, "
        "if the gates of the pond hold: one of them was damaged by driftwood in the August tide. Until then "
        "visitors can see the great wheel of the tide mill at work on two Sundays a month.",
    ),
    Story(
        "dark-sky-over-kellmoor",
        "Mapping the dark sky over Kellmoor",
        date(2022, 11, 3),
        ("astronomy", "nature"),
        "Ida Sorel",
        "Children measure how dark the night sky over Kellmoor is.",
        "How dark is the night over Kellmoor? Children of the village school measured it with a small light "
        "meter at sixty places, from the church to the far end of the moor. On the map that they drew, the "
        "village glows like a coin, and two kilometres away the Milky Way throws a shadow when there is no "
        "moon.\n\n"
        "The council wants to turn off every second street lamp after eleven, so that Kellmoor can become a "
        "dark sky park. Astronomers support the plan: few places in the country have a night sky as dark as "
        "this one. The children will repeat their measurements each November and compare the maps.",
    ),
    Story(
        "counting-stars",
        "Counting stars over Kellmoor",
        date(2022, 12, 8),
        ("astronomy", "nature"),
        "Ida Sorel",
        "Three hundred people counted stars at Kellmoor on one night.",
        "Three hundred people lay on their backs in the heather of Kellmoor and counted stars. Each looked "
        "through the cardboard tube of a kitchen roll at one patch of the night sky, and wrote down a number. "
        "Put together, the numbers say how dark the sky is: over the moor people saw four times as many stars "
        "as in the village.\n\n"
        "Astronomers call such counting rough but honest, because nobody has to trust a meter. The best count "
        "of stars came from a girl of nine years. With a sky this dark, the council of Kellmoor hopes to be "
        "named a dark sky park next year, as the first in the country.",
    ),
)

GERMAN = (
    Story(
        "bees-on-the-town-hall",
        "Bienen auf dem Dach des Rathauses",
        date(2021, 5, 3),
        ("Natur", "Stadt"),
        "Ida Sorel",
        "Auf dem Dach des Rathauses stehen jetzt zwei Bienenstöcke.",
        "Auf dem Dach des Rathauses stehen jetzt zwei Bienenstöcke mit vierzigtausend Bienen. Die Imkerin "
        "Tove Arnesen trug sie vor Sonnenaufgang die Treppe hinauf, solange die Bienen ruhig sind. Vom Dach "
        "fliegen sie zu den Linden am Kanal und in die Gärten hinter dem Theater, wo von März bis September "
        "immer etwas blüht.\n\n"
        "Honig aus der Stadt ist sauberer, als viele denken, sagt die Imkerin. Das erste Glas Honig bekommt "
        "im Juli der Bürgermeister. Besucher sehen den Bienen durch ein Fenster auf dem Dachboden des "
        "Rathauses zu.",
        language="de",
        translates="bees-on-the-town-hall",
    ),
    Story(
        "what-the-bees-found",
        "Was die Bienen des Rathauses im Sommer fanden",
        date(2021, 9, 13),
        ("Natur", "Stadt"),
        "Ida Sorel",
        "Der Blütenstaub im Honig zeigt, wohin die Bienen flogen.",
        "Linde, Klee und überraschend viel Esskastanie: Der Blütenstaub im Honig zeigt, wohin die Bienen des "
        "Rathauses in diesem Sommer flogen. Die Imkerin Tove Arnesen schickte ein Glas in ein Labor, das die "
        "Körner unter dem Mikroskop zählte. Der meiste Honig kam von den Linden am Kanal.\n\n"
        "Die Bienenstöcke auf dem Dach gaben dreißig Kilo Honig. Ein Bienenvolk schwärmte im Juni aus und "
        "wurde auf dem Balkon des Theaters gefangen. Im Frühjahr soll ein dritter Bienenstock auf dem Dach "
        "des Rathauses stehen.",
        language="de",
        translates="what-the-bees-found",
    ),
    Story(
        "counting-stars",
        "Sterne zählen über Kellmoor",
        date(2022, 12, 9),
        ("Astronomie", "Natur"),
        "Ida Sorel",
        "Dreihundert Menschen zählten in einer Nacht die Sterne.",
        "Dreihundert Menschen lagen in Kellmoor auf dem Rücken im Heidekraut und zählten Sterne. Jeder sah "
        "durch die Pappröhre einer Küchenrolle auf ein Stück des Nachthimmels und schrieb eine Zahl auf. "
        "Zusammen sagen die Zahlen, wie dunkel der Himmel ist: Über dem Moor sahen die Menschen viermal so "
        "viele Sterne wie im Dorf.\n\n"
        "Astronomen nennen solches Zählen grob, aber ehrlich. Mit einem so dunklen Himmel hofft der Rat von "
        "Kellmoor darauf, im nächsten Jahr der erste Sternenpark des Landes zu werden.",
        language="de",
        translates="counting-stars",
    ),
)

DRAFT = Story(
    "a-third-hive",
    "A third hive for the town hall bees",
    date(2021, 10, 1),
    ("nature", "city"),
    "Ida Sorel",
    "Not yet finished.",
    "A third hive with bees will stand on the roof of the town hall next spring, says the beekeeper Tove "
    "Arnesen. The honey of the hive belongs to the school class that looks after the bees. This text is not "
    "finished yet.",
    draft=True,
)

FUTURE = Story(
    "night-train-in-2099",
    "A hundred years of night trains to Halvern",
    date(2099, 3, 5),
    ("railway", "travel"),
    "Jonas Ekdal",
    "Written ahead of its time.",
    "The night train to Halvern celebrates its birthday. The railway puts its oldest sleeping car on the line "
    "for one night, and tickets are sold by lot. Nobody may read this before the day has come.",
)

ABOUT = Story(
    "about",
    "About this paper",
    None,
    (),
    "Mara Lindqvist",
    "Who writes here.",
    "This paper is written by four people about bread, trains, bees, bicycles, mills and stars. Its office is "
    "open on weekdays, and letters reach it at https://paper.example/letters.",
)
"""A page that is no article."""
