namespace FooBar.Web.Seeding;

/// <summary>The kinds of notices that one finds on a board.</summary>
internal static class NoticeKinds
{
    public static readonly NoticeKind[] All =
    [
        new( // Lost things
            ["Lost: {lost}", "Lost near {place}: {lost}", "Has anyone seen a {lost}?", "{Lost} left behind at {place}", "Reward for a {lost}"],
            [
                "On {day} {part} I lost a {lost}, somewhere between {place} and {place2}.",
                "I must have dropped a {lost} near {place} on {day} {part}.",
                "Missing since {day}: a {lost}. I had it at {place} and no longer had it at {place2}.",
            ],
            [
                "It is worth little to anybody else, but I have had it for longer than I have had my front teeth.",
                "I have already asked at {venue} and at {place3}, without luck.",
                "If it was taken along by mistake, no hard feelings: just put it through my letter box.",
                "The finder gets a cake of their choice, or {price}, or both.",
                "My usual way runs past {place2}, so if you walk there, please look under the hedge as well.",
            ],
            ["{contact}", "Thank you for keeping your eyes open. {contact}", "Any hint helps. {contact}"]),
        new( // Lost pets
            ["{Petname} is missing", "Lost {pet} near {place}", "Please look in your sheds: {petname}, {pet}", "{Pet} gone since {day}"],
            [
                "Our {pet} {petname} did not come home on {day} and was last seen near {place}.",
                "{Petname}, a {pet}, slipped out at {place} on {day} {part} and has not been seen since.",
            ],
            [
                "Please look in your sheds, cellars and garages, and behind the bins. {Petname} gets locked in easily and does not make much noise.",
                "{Petname} is shy. Do not chase, do not call loudly: sit down, rustle something and let us know.",
                "We have walked from {place} to {place2} every evening and we will go on doing so.",
                "Distinguishing marks:\n- a {colour} collar, if it is still on\n- answers to \"{petname}\", and to the sound of the fridge\n- afraid of umbrellas",
                "If you feed a guest who looks like this, please tell us. We would rather know than hope.",
            ],
            ["{contact} At any hour.", "The children would be glad of any news. {contact}", "{contact} There is a reward of {price}, and a cake."]),
        new( // Found
            ["Found: {lost}", "Found at {place}: {lost}", "Whose {lost} is this?", "{Lost} found near {place}"],
            [
                "On {day} {part} I found a {lost} near {place}.",
                "Lying about at {place} since {day}: a {lost}. I have taken it in before somebody steps on it.",
            ],
            [
                "Tell me what is special about it, and it is yours again.",
                "I will keep it for {weeks}. After that it goes to the lost property at the library.",
                "It has been rained on, but it seems none the worse for it.",
                "I asked around at {venue}; nobody there knew it.",
            ],
            ["{contact}", "Come by and describe it. {contact}"]),
        new( // For sale
            ["For sale: {thing}", "{Thing}, {price}", "Selling a {thing} – {condition}", "{Thing} for sale near {place}", "{Thing} and a few other things"],
            [
                "I am selling a {thing}, {condition}. I had {price} in mind.",
                "For sale: {thing}, {condition}. {reason}",
                "{reason} So here it is: a {thing}, {condition}, for {price}.",
            ],
            [
                "It can be tried out on the spot. There is a socket in the yard and coffee in the kitchen.",
                "You would have to fetch it near {place}; I can help to carry it down, but not up.",
                "Also looking for a new home:\n- {thing2}, {price2}\n- {thing3}, {price3}\n- a box of odds and ends, free with either",
                "I would swap it for a {thing2}, or for help with the garden on {day}.",
                "If nobody wants it by the end of the month, it goes to the jumble sale.",
                "The price is not carved in stone. If you have a good use for it and little money, make me an offer.",
            ],
            ["{contact}", "First come, first served. {contact}", "Viewing on {day} from {hour}. {contact}"]),
        new( // To give away
            ["To give away: {gift}", "Free: {gift}", "Who can use {gift}?", "{Gift} – fetch it at {place}", "Free to a good home: {gift}"],
            [
                "To give away, because there is too much of it here: {gift}.",
                "Free, and no thanks needed: {gift}. It stands under the roof at number {number}.",
                "We have been given more than we can use. Who would like {gift}?",
            ],
            [
                "Take as much as you can carry and leave some for the next one.",
                "Please bring your own bags. The wheelbarrow is at {place} and may be borrowed.",
                "There would also be {gift2}, if you ask nicely.",
                "It is there from {hour} on {day}, until it is gone.",
            ],
            ["{contact}", "No need to ring: what stands outside is yours.", "{contact} I am usually in after {hour}."]),
        new( // Wanted
            ["Wanted: {wanted}", "Looking for a {wanted}", "Does anyone have a {wanted}?", "{Wanted} wanted near {place}"],
            [
                "I am looking for a {wanted}. It may be old, and it may have seen better days.",
                "Does anyone near {place} have a {wanted} standing about that is no longer needed?",
            ],
            [
                "I can pay {price}, or return the favour in {gift}.",
                "Borrowing would do as well: it would be back within {weeks}, cleaned and oiled.",
                "I can fetch it myself on any evening and have two strong friends.",
                "It is for {help}, where all of us work for nothing.",
            ],
            ["{contact}", "Thank you for having a look in the attic. {contact}"]),
        new( // Events
            ["{Event} on {day}", "{Event} at {venue}", "You are invited: {event}, {day} {hour}", "{Day}: {event} near {place}", "Save the date: {event}"],
            [
                "On {day} at {hour} there is a {event} at {venue}. Everybody is welcome, whether you live here or are only passing.",
                "It is time again for our {event}: {day}, {hour}, {venue}.",
                "The {event} that we talked about all winter is happening. {Day}, from {hour}, at {venue}.",
            ],
            [
                "Bring {bring} and, if you have it, {bring2}. Everything else is there.",
                "{weather}",
                "The programme so far:\n- {hour}: doors open\n- half an hour later: a few words, fewer than last time\n- then: {event}, until the last one goes home\n- at the end: washing up, together",
                "Entry is free. A hat goes round for {help}.",
                "We still need {many} people who can {task}. It takes an hour, and there is soup afterwards.",
                "Last year {many2} came more than we had chairs for. So if you have a folding chair, put your name on it and bring it along.",
                "The way in is by {place}. There are steps; if those are a problem, ring at number {number} and we will open the gate to the yard.",
            ],
            ["See you there!", "Questions? {contact}", "We look forward to you. {contact}"]),
        new( // Courses
            ["Course: {skill}", "Learn {skill} in {weeks}", "{Skill} for beginners, {day} at {hour}", "{Skill} at {venue}", "Places left: {skill}"],
            [
                "Starting on {day}: {skill} for people who have never tried it. We meet at {hour} at {venue}.",
                "I have taught {skill} for years and would like to do it here, in a small group, for {weeks}.",
            ],
            [
                "Nothing needs to be known or owned beforehand. Bring {bring}.",
                "The group is {many} people at most, so that everybody gets their hands on it.",
                "It costs {price} for the whole course. If that is too much, say so, and it costs less.",
                "Each evening has the same shape:\n- a little theory\n- a lot of practice\n- tea, and what went wrong",
                "Children from ten years on may come along with somebody grown up.",
            ],
            ["To put your name down: {contact}", "{contact}", "There are a few places left. {contact}"]),
        new( // Services
            ["Offered: {service}", "{Service} in the neighbourhood", "{Service}, {price} an hour", "{Service} – reliable and near {place}"],
            [
                "I offer {service}, within walking distance of {place}.",
                "After {many} years in another trade I now do what I like best: {service}.",
            ],
            [
                "I take {price} an hour, less if you make the coffee.",
                "I have time on {day} and {day2}, and at short notice when it is urgent.",
                "References: half the houses on Weavers' Lane, and {venue}.",
                "I come by bike, so what I need has to fit into a trailer. So far it always has.",
            ],
            ["{contact}", "Just try me. {contact}"]),
        new( // Volunteers
            ["Helping hands for {help}", "{Help} needs you", "Who can {task} on {day}?", "Volunteers wanted: {help}", "{Many} people for {help}"],
            [
                "For {help} we are looking for {many} people who can {task} on {day}, from {hour}.",
                "{Help} has run on the same few shoulders for a long time. We would be glad of some new ones.",
            ],
            [
                "What there is to do:\n- {task}\n- {task2}\n- {task3}, if nobody else wants to",
                "No experience needed. Somebody who has done it before is always beside you.",
                "It takes two hours a week. Less is fine, more is not expected.",
                "In return there is a warm meal, a key to {venue} and the feeling of having been useful.",
                "Come and have a look first: {day} at {hour}, {venue}. Looking costs nothing and binds you to nothing.",
            ],
            ["{contact}", "Thank you! {contact}", "If not you, then perhaps somebody you know. {contact}"]),
        new( // Notices of works
            ["{Nuisance}: out of use on {day}", "{Nuisance}: closed because of {cause}", "Heads up: {nuisance}, {day}", "{Day}, {hour}: {nuisance} out of use"],
            [
                "For everybody near {place}: {nuisance} will be out of use on {day} from {hour}, because of {cause}.",
                "As was put through some letter boxes but not through all: because of {cause}, {nuisance} will be out of use from {day} on.",
            ],
            [
                "It should be over in an hour. It was also going to be over in an hour last time, so fill a few jugs.",
                "If you depend on it, for medical reasons or because you bake for a living, tell the foreman. He is friendly before noon.",
                "The way round leads past {place2}. With a pram, better take {place3}.",
                "The house meeting has asked for a plan with dates. We will pin it up here as soon as we have it.",
            ],
            ["Please tell your neighbours who do not read this board.", "Questions go to number {number}.", "{contact}"]),
        new( // Lifts
            ["Lift to {city} on {day}", "Driving to {city}, {many} bags fit in", "Share a ride to {city}?", "{Day}, {hour}: lift from {place} to {city}"],
            [
                "I am driving to {city} on {day} at {hour}, from {place}, and have two seats free.",
                "Who goes to {city} on {day} and could take me along? I am small and bring sandwiches.",
            ],
            [
                "We share the petrol: {price} a head ought to cover it.",
                "Back on {day2} in the evening, at the latest.",
                "There is room for a dog, provided that it likes accordion music.",
                "If this works we could make it a habit. Every second {day}, say.",
            ],
            ["{contact}", "Please tell me by the evening before. {contact}"]),
        new( // Rooms
            ["{Room} to let near {place}", "To let: {room}", "{Room}, {price} a week", "{Room} free for {weeks}", "Sublet: {room}"],
            [
                "To let near {place}: a {room}, free from the first of the month.",
                "A {room} is free with us at number {number} for {weeks}, perhaps for longer.",
                "We are looking for somebody who would like a {room} close to {place}.",
            ],
            [
                "It has:\n- morning sun\n- a door that closes\n- a kitchen that is shared by {many}\n- a view of {place2}, if you lean out a little",
                "We are quiet on weekdays and cook together on {day}. Children and plants are welcome.",
                "It costs {price} a week, heating included.",
                "There is no lift, and the stairs are steep. The one before you moved in with a piano, so it can be done.",
            ],
            ["Come and see it on {day} at {hour}. {contact}", "{contact}"]),
        new( // Reading groups
            ["Reading group: {book}", "We are reading a novel about {book}", "Book circle at {venue}, {day} {hour}", "Next in the reading group: {book}"],
            [
                "The reading group at {venue} meets again on {day} at {hour}. This time the book is about {book}.",
                "{Many} of us read a book each month and talk about it on a {day}. The next one is about {book}.",
            ],
            [
                "The library has three copies, and there are two more at {venue}. Please hand them on when you are through.",
                "You may come without having read it to the end. Whoever gives away the ending has to wash the glasses.",
                "Last time we spent an hour on the first sentence and never came to the rest. It was a good evening.",
                "After that, by a narrow vote, comes one about {book2}.",
            ],
            ["Newcomers are welcome, without notice.", "{contact}", "Bring {bring}. {contact}"]),
        new( // Gardens
            ["Too many {plant}", "{Plant}: seeds and seedlings", "What to do about {pest}?", "{Plant} against {pest}", "Garden talk at {place}: {plant}"],
            [
                "This year the {plant} near {place} came up all at once, and I have more than I can plant or eat.",
                "Does anybody here have a remedy for {pest}? They have found my {plant}.",
            ],
            [
                "I have tried coffee grounds, copper tape and a stern talking-to. The {pest} seem to like all three.",
                "I would swap for {plant2}, for {gift}, or for an afternoon of digging.",
                "What grows well up here, after {many} years of trying:\n- {plant}\n- {plant2}, if the {pest2} let you\n- {plant3}, in a pot, on the south side",
                "The association has a shredder that everybody may use. The key is at {venue}.",
            ],
            ["{contact}", "I am in the garden on {day} from {hour}; come to the fence.", "Good advice is welcome. {contact}"]),
        new( // Thanks
            ["Thank you to {helper}", "Thanks to {helper}", "To {helper} near {place}", "A thank you from number {number}"],
            [
                "On {day} {part}, near {place}, {mishap}. I would like to thank {helper}, whose name I did not ask.",
                "To {helper}: when {mishap} on {day}, you were there before I had thought of asking anybody.",
            ],
            [
                "It was no great thing, you said. It was to me.",
                "In the meantime all is well again, except for the umbrella.",
                "I have baked, and there is a tin with your share in it at {venue}. It keeps for {weeks}.",
            ],
            ["{contact}", "It is good to live here.", "Should we meet again, the coffee is on me."]),
    ];

    /// <summary>Paragraphs that make some notices long, whatever they are about.</summary>
    public static readonly string[] Asides =
    [
        "By the way, the board by {place} is so full that nobody can find anything on it. So I am putting this here, where it can be found again.",
        "Somebody asked me on {day} why I do not simply buy one. I could. But then I would not meet {many} neighbours in the course of a week.",
        "For those who are new: {venue} is the low building beyond {place2}. The door sticks, so push hard and then say that you did not mean to.",
        "I wrote this once before, in pencil, and the rain took it. If you have read it before, you have a good memory.",
        "It was {helper} who told me to put up a notice. I had my doubts, but here we are.",
        "A word on parking, because it always comes up: there is none. Come on foot, by bike or by tram; the stop is by {place3}.",
        "And since people ask: no, it has nothing to do with {nuisance}, nor with {cause}. That was a coincidence.",
        "The dog in the yard of number {number} barks, and that is all that it does. Its name is {petname2}.",
    ];
}
