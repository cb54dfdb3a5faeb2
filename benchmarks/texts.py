"""What the benchmarks say: one sentence, a text of 250 characters, and one of 2 000 in ten pieces."""

SENTENCE = (
    "Printing, in the only sense with which we are at present concerned, differs from most of the arts and crafts "
    "that are shown in this hall."
)
SENTENCE_CODES = 193  # 9.0 s, as it is read aloud

PARAGRAPH = (
    "The ferry leaves the harbour at seven in the morning, when the fog still lies on the water and nobody on the pier "
    "can see the lighthouse, and it comes back in the evening with the post, the milk, and whoever had business on the "
    "other side of the bay."
)
PARAGRAPH_CODES = 350

PIECES = (
    "Every clock in the house told a different hour, and the old man who wound them liked it so, because he could "
    "always find one that agreed with him whenever he was late for supper or early for bed.",
    "The road to the mill runs along the river for a mile, then climbs between two stone walls, and from the top you "
    "can see the whole valley, with its orchards, its seven bridges, and the smoke of the town.",
    "She learned the names of the stars from a sailor who had never left the lake, and years later, on a real ocean, "
    "she was surprised to find that every one of them stood exactly where he said it would.",
    "Bread takes its time: the flour drinks the water, the dough rests under a cloth until morning, and only then "
    "does the baker light the oven, while the street outside is dark and no tram has run.",
    "When the library moved across the square, the children formed a line from door to door and passed the books "
    "from hand to hand, nine thousand of them, and by the evening not one had been lost.",
    "A good map leaves things out: it shows the hill but not the grass, the well but not the bucket, and whoever "
    "draws one must decide at every turn what a stranger needs to know and what can be found on foot.",
    "In the winter the lake froze from the edges inwards, and we would listen at night to the ice as it settled, a "
    "long low note like a cello in another room, which our mother called the lake talking in its sleep.",
    "The engineer kept a notebook in which she wrote down every sound the machine could make, and what each of them "
    "meant, so that in the end she repaired it with her eyes closed and both hands in her pockets.",
    "Two neighbours had argued about a pear tree for thirty years, and when the storm finally brought it down they "
    "stood on either side of the trunk, said nothing at first, and then went in together to have tea.",
    "It rained for the whole of the festival, but nobody left, so the band moved under the arches of the market, "
    "and people danced between the stalls until the lamps were out and the streets began to dry.",
)
PIECE_CODES = 279  # 13 s each
