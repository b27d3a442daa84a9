namespace FooBar.Web.Seeding;

/// <summary>The words that notices are made of. An entry may contain further slots.</summary>
internal static class Vocabulary
{
    public static readonly IReadOnlyDictionary<string, string[]> Words = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["place"] =
        [
            "the old mill", "the market square", "the tram depot", "the lower bridge", "the library", "the bakery on Quay Street",
            "the allotments", "the swimming pool", "the school gate", "Chestnut Row", "the boat house", "the north stairs",
            "the post office", "the playground by the canal", "the fountain", "Weavers' Lane", "the fire station", "the upper orchard",
            "the bus stop at Tannery Road", "the community kitchen", "the skate park", "the chapel hall", "Lantern Street",
        ],
        ["venue"] =
        [
            "the community kitchen", "the chapel hall", "the reading room of the library", "the yard behind the old mill",
            "the boat house", "the school canteen", "the back room of the Blue Heron", "the gym on Tannery Road",
            "the greenhouse at the allotments", "the workshop under the railway arch", "the roof terrace of number 40",
        ],
        ["day"] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        ["part"] = ["in the morning", "around noon", "in the afternoon", "early in the evening", "after dark", "just before the rain"],
        ["hour"] = ["9 am", "10 am", "11 am", "2 pm", "3 pm", "4 pm", "5 pm", "6 pm", "6.30 pm", "7 pm", "7.30 pm", "8 pm"],
        ["colour"] = ["red", "dark green", "grey", "navy blue", "yellow", "brown", "black", "white", "orange", "turquoise", "striped"],
        ["petname"] =
        [
            "Biscuit", "Momo", "Pepper", "Juno", "Olive", "Ziggy", "Kiwi", "Nutmeg", "Pickle", "Waffle", "Mango", "Tilda", "Sprout", "Figaro",
        ],
        ["pet"] =
        [
            "tabby cat", "black cat with white socks", "ginger tom", "grey rabbit", "small brown terrier", "green budgie",
            "tortoise", "three-legged cat", "shaggy sheepdog", "one-eyed tom cat", "whippet in a knitted coat",
        ],
        ["lost"] =
        [
            "bunch of keys with a cork float", "child's mitten with a fox on it", "pair of reading glasses in a tin case",
            "silver ring with a small dent", "umbrella with a wooden duck's head", "library book about lighthouses",
            "{colour} scarf, hand-knitted", "harmonica in the key of G", "{colour} rucksack", "hearing aid in a blue pouch",
            "wallet with a tram pass in it", "folding knife with a horn handle", "thermos flask covered in stickers",
            "single {colour} glove", "notebook full of recipes", "camera in a {colour} case", "violin bow", "bicycle light",
        ],
        ["thing"] =
        [
            "folding table", "sewing machine", "cargo bike trailer", "set of six dining chairs", "standing lamp", "record player",
            "slow cooker", "pressure canner", "bookshelf, two metres wide", "child's bike, 20 inch", "road bike, 56 cm frame",
            "garden bench", "chest freezer", "piano stool", "tent for four", "pair of skis, 170 cm", "accordion, 72 bass",
            "wheelbarrow", "drill press", "loom with four shafts", "aquarium, 90 litres", "pushchair", "cot with a mattress",
            "set of enamel pots", "rowing machine", "typewriter", "kitchen dresser", "bread oven stone", "electric kettle",
            "wool rug, {colour}", "{colour} armchair", "lawn mower", "step ladder", "oak desk with a roll top", "rain barrel",
        ],
        ["condition"] =
        [
            "as good as new", "used but sound", "with a few scratches that do not matter", "older than I am and still working",
            "freshly serviced", "in need of a screw and some patience", "clean, from a home without smokers", "missing its manual",
        ],
        ["reason"] =
        [
            "We are moving to a smaller flat and it will not go through the door.", "I bought a second one by mistake and kept both for a year.",
            "The children have grown out of it.", "My knees have given their notice.", "It was my aunt's, and I have nowhere to put it.",
            "We finally admitted that we never use it.", "There is a new one under the stairs, so this one needs a new home.",
        ],
        ["price"] =
        [
            "5 euros", "8 euros", "10 euros", "15 euros", "20 euros", "25 euros", "30 euros", "40 euros", "45 euros", "60 euros",
            "75 euros", "90 euros", "120 euros", "150 euros", "180 euros",
        ],
        ["gift"] =
        [
            "moving boxes", "jam jars with lids", "strawberry runners", "courgettes, far too many", "two bags of children's clothes, size 98",
            "bricks, about eighty", "half a pallet of roof tiles", "sourdough starter", "tomato seedlings", "baby bath and changing mat",
            "old maps of the valley", "fabric scraps", "windfall apples", "flower pots in all sizes", "jigsaw puzzles, all complete",
            "rhubarb crowns", "firewood, unsplit", "a stack of detective novels", "knitting wool, {colour}", "empty wine crates",
        ],
        ["wanted"] =
        [
            "sewing machine for a school project", "second-hand cello, three-quarter size", "garage or shed for a canoe",
            "bike with a step-through frame", "ladder, for one weekend", "piano that may be out of tune", "cement mixer for two days",
            "dictionary of any two languages", "slide projector", "large cooking pot, 30 litres or more", "dog crate", "roof rack for a small car",
            "pair of children's skates, size 33", "desk for a student", "large bread tin", "fiddle teacher with patience", "bee suit, size L",
        ],
        ["event"] =
        [
            "flea market", "soup evening", "street party", "open-air cinema", "repair café", "plant swap", "lantern walk", "board game night",
            "choir concert", "clothes swap", "spring clean of the canal bank", "poetry reading", "chess tournament", "puppet show",
            "book sale", "accordion night", "bake-off", "jumble sale", "star-gazing evening", "quiz night", "folk dance",
        ],
        ["bring"] =
        [
            "a mug", "something to sit on", "a dish to share", "a torch", "small change", "good shoes", "a friend", "gloves and a bucket",
            "a blanket", "what you no longer need", "an empty stomach", "a story",
        ],
        ["skill"] =
        [
            "bread baking", "bicycle repair", "beginners' Spanish", "life drawing", "darning and mending", "playing the ukulele", "bookbinding",
            "pruning fruit trees", "first aid", "sign language", "woodturning", "home brewing", "sourdough", "lino printing", "bee-keeping",
            "watercolours", "juggling", "tax returns for the terrified", "swimming for adults", "phone photography", "basket weaving",
        ],
        ["service"] =
        [
            "piano tuning", "dog walking", "window cleaning", "help with letters to the authorities", "maths tutoring", "chimney sweeping",
            "bike servicing", "house-sitting", "alterations and hems", "gardening by the hour", "knife sharpening", "translation from Polish",
            "computer help for beginners", "babysitting", "furniture repair", "small removals with a van", "clock repair", "cat sitting",
        ],
        ["help"] =
        [
            "the toddler group", "the night shelter", "the tool library", "the school crossing", "the food co-op", "the toad fence on Mill Road",
            "the summer fair", "the repair café", "the reading hour", "the Saturday breakfast", "the youth orchestra's tour",
            "the neighbourhood archive", "the community garden", "the lending library of things", "the senior lunch club",
        ],
        ["task"] =
        [
            "carry tables", "peel potatoes", "sort donations", "read aloud", "count toads", "drive a van", "keep the accounts", "paint a fence",
            "write the newsletter", "wash up", "hold a ladder", "look after the tea urn", "catalogue photographs", "weed the herb beds",
        ],
        ["nuisance"] =
        [
            "the water in the lower houses", "the electricity in Chestnut Row", "the lift at number 12", "the footbridge", "the tram between the depot and the fountain", "the district heating",
            "the car park behind the library", "the recycling point", "the street lighting on Weavers' Lane", "the towpath",
        ],
        ["cause"] =
        [
            "a burst pipe", "long-planned repairs", "the new cable", "tree work", "a film crew", "the resurfacing", "an inspection",
            "the archaeologists, who found a well", "the spring flood", "a nesting pair of swans",
        ],
        ["city"] =
        [
            "the coast", "the capital", "the airport", "the lake", "the hardware store on the ring road", "the university", "the mountains",
            "the ferry", "the county hospital", "the wholesale market",
        ],
        ["room"] =
        [
            "furnished room", "room with a balcony", "attic room", "room in a shared flat of four", "garden flat", "studio",
            "workshop space with north light", "small shop with a cellar", "parking space", "share in an allotment", "desk in a shared office",
        ],
        ["book"] =
        [
            "a sea voyage", "three sisters", "a village without a name", "the history of salt", "a very slow detective", "bees and their keepers",
            "a train that never arrives", "letters from an island", "two cooks who do not speak", "the invention of clouds",
        ],
        ["plant"] =
        [
            "tomatoes", "broad beans", "dahlias", "garlic", "sweet peas", "old apple varieties", "sunflowers", "chillies", "pumpkins",
            "raspberries", "potatoes", "lavender", "hollyhocks",
        ],
        ["pest"] = ["slugs", "aphids", "pigeons", "moles", "blackbirds", "mildew", "voles", "the neighbour's hens"],
        ["helper"] =
        [
            "the cyclist who stopped", "the two girls with the trolley", "the driver of the number 4 tram", "the man with the crowbar",
            "the lady with the red umbrella", "whoever handed in my wallet", "the volunteers of the fire brigade", "our upstairs neighbours",
            "the night nurse on ward three", "the boy who found my keys", "the baker who opened early",
        ],
        ["mishap"] =
        [
            "my chain came off in the rain", "the cellar filled with water", "I locked myself out", "the pram lost a wheel",
            "my shopping went down the north stairs", "the tent flew into the canal", "our cat sat in the plane tree for two days",
            "the oven gave up with forty loaves in it", "I fainted in the queue",
        ],
        ["contact"] =
        [
            "Ring twice at number {number}.", "Leave a note in the box at number {number}, please.", "Ask for me at {venue}.",
            "I am at {place} most evenings.", "Write your number below this notice or leave it at {place}.",
            "Knock at the {colour} door, number {number}.", "Tell the people at {venue}, they know me.",
        ],
        ["number"] =
        [
            "3", "5", "7", "8", "11", "12", "14", "16", "17", "19", "21", "22", "24", "27", "29", "31", "33", "36", "38", "41", "44", "48", "52",
        ],
        ["weeks"] = ["two weeks", "three weeks", "a month", "six weeks", "ten days"],
        ["many"] = ["four", "five", "six", "eight", "ten", "a dozen", "fifteen", "twenty"],
        ["weather"] =
        [
            "If it rains we move inside.", "We go ahead in any weather.", "In a storm it is put off by a week.", "Bring a coat, the hall is cold.",
        ],
    };

    /// <summary>What people call themselves on a board where nobody asks for a name. Nicknames only: a generated name could be somebody's.</summary>
    public static readonly string[] Nicknames =
    [
        "Acorn", "Attic window", "Badger", "Beetroot", "Bicycle bell", "Blackbird", "Bramble", "Chestnut", "Cinnamon", "Clover", "Corner table",
        "Cricket", "Crumb", "Dandelion", "Doorbell", "Dormouse", "Elderflower", "Fennel", "Fiddlehead", "Finch", "Foxglove", "Garden gate", "Hazel",
        "Hedgehog", "Heron", "Juniper", "Kettle", "Kingfisher", "Ladybird", "Lantern", "Lark", "Lavender", "Magpie", "Maple", "Marigold", "Marmot",
        "Mulberry", "Night owl", "Nightingale", "Nutmeg", "Otter", "Paper boat", "Pebble", "Pepper", "Plum", "Quince", "Rain barrel", "Robin",
        "Rosehip", "Rowan", "Sage", "Sparrow", "Sorrel", "Starling", "Swift", "Tadpole", "Tangerine", "Thistle", "Thyme", "Toadstool", "Wagtail",
        "Walnut", "Wren", "Yarrow",
    ];

    /// <summary>Who else puts up notices.</summary>
    public static readonly string[] Signatures =
    [
        "Third floor, left", "The people at number {number}", "Food co-op", "Allotment association", "Tool library", "Repair café crew",
        "Choir on Thursdays", "Library desk", "Parents of class 4b", "House meeting, number {number}", "The canal swimmers",
        "Night shift at the bakery", "Chess circle", "Toad patrol", "Neighbours of {place}",
    ];
}
