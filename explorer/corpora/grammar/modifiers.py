"""The adjectives, adverbs, prepositions and conjunctions of the grammar, in three languages.

Adjectives: ``English | German[/inflecting stem] | French masculine[/before a vowel] feminine | noun
classes``; those of the first table stand before the French noun, those of the second after it. Adverbs:
``English | German | French``. The most frequent comes first.
"""

ADJECTIVES_BEFORE = """
old | alt | vieux/vieil vieille | person animal object clothing place surface opening vehicle text spot \
    song film plant
new | neu | nouveau/nouvel nouvelle | object clothing place surface vehicle text abstract colleague \
    teacher neighbor film song
small | klein | petit petite | child girl boy brother sister animal food object clothing place surface \
    opening vehicle plant waterway spot abstract
big | groß | grand grande | animal object clothing place surface opening vehicle plant waterway spot \
    abstract event
young | jung | jeune jeune | person animal
beautiful | schön | beau/bel belle | animal object clothing place plant song poem spot waterway event \
    picture woman girl actress princess queen
good | gut | bon bonne | food friend teacher doctor cook text abstract film drink student
bad | schlecht | mauvais mauvaise | food abstract film text drink student
pretty | hübsch | joli jolie | girl animal object clothing plant village
long | lang | long longue | text rope trip film dress song scarf
"""

ADJECTIVES_AFTER = """
red | rot | rouge rouge | clothing object opening vehicle surface plant apple
black | schwarz | noir noire | clothing object animal vehicle surface opening
white | weiß | blanc blanche | clothing object animal vehicle surface opening plant
blue | blau | bleu bleue | clothing object vehicle surface opening
green | grün | vert verte | clothing object vehicle surface opening apple frog
happy | glücklich | heureux heureuse | person
interesting | interessant | intéressant intéressante | text abstract film place event
rich | reich | riche riche | person
important | wichtig | important importante | text abstract event
expensive | teuer/teur | cher chère | clothing object vehicle surface food drink
tired | müde/müd | fatigué fatiguée | person animal
fresh | frisch | frais fraîche | food
famous | berühmt | célèbre célèbre | person picture song film building city
cold | kalt | froid froide | drink soup
sad | traurig | triste triste | person text song film
heavy | schwer | lourd lourde | object surface
difficult | schwierig | difficile difficile | text abstract exam
modern | modern | moderne moderne | place vehicle device surface
strong | stark | fort forte | person animal
poor | arm | pauvre pauvre | person
dark | dunkel/dunkl | sombre sombre | place cellar
intelligent | intelligent | intelligent intelligente | person animal
strange | seltsam | étrange étrange | person object text abstract place
sick | krank | malade malade | person animal
quiet | ruhig | calme calme | place person
yellow | gelb | jaune jaune | clothing object vehicle plant
delicious | lecker | délicieux délicieuse | food
dangerous | gefährlich | dangereux dangereuse | animal waterway vehicle trip
curious | neugierig | curieux curieuse | person animal
dirty | schmutzig | sale sale | clothing object vehicle opening surface
clean | sauber | propre propre | clothing object vehicle opening surface indoor
warm | warm | chaud chaude | drink clothing soup
polite | höflich | poli polie | person
funny | lustig | drôle drôle | text film song animal
brave | mutig | courageux courageuse | person
fast | schnell | rapide rapide | vehicle horse
boring | langweilig | ennuyeux ennuyeuse | text film event
sweet | süß | sucré sucrée | fruit cake tea juice
useful | nützlich | utile utile | tool abstract dictionary
round | rund | rond ronde | table mirror stone tower
wild | wild | sauvage sauvage | animal
slow | langsam | lent lente | vehicle turtle
proud | stolz | fier fière | person
hungry | hungrig | affamé affamée | animal person
shy | schüchtern | timide timide | person
patient | geduldig | patient patiente | person
lazy | faul | paresseux paresseuse | person animal
honest | ehrlich | honnête honnête | person
gray | grau | gris grise | clothing animal object vehicle
empty | leer | vide vide | bottle box glass bag basket place
broken | kaputt | cassé cassée | device toy clock dish chair bicycle
elegant | elegant | élégant élégante | clothing person
nervous | nervös | nerveux nerveuse | person animal
comfortable | bequem | confortable confortable | sofa bed chair shoe
jealous | eifersüchtig | jaloux jalouse | person
narrow | eng | étroit étroite | bridge opening valley
deep | tief | profond profonde | waterway cave valley
ripe | reif | mûr mûre | fruit
serious | ernst | sérieux sérieuse | person problem
secret | geheim | secret secrète | plan message project
peaceful | friedlich | paisible paisible | village valley forest
high | hoch/hoh | haut haute | tower mountain hill bridge
German | deutsch | allemand allemande | text person film vehicle
French | französisch | français française | text person film food
Italian | italienisch | italien italienne | person film vehicle shoe
Spanish | spanisch | espagnol espagnole | text person film wine
"""

TIME_ADVERBS = """
today | heute | aujourd'hui | present past future
yesterday | gestern | hier | past
tomorrow | morgen | demain | tomorrow future
now | jetzt | maintenant | present
recently | kürzlich | récemment | past
soon | bald | bientôt | future
later | später | plus_tard | future
"""

# A preposition, an article or not, and a noun: taken as they are.
TIME_PHRASES = """
in the evening | am Abend | le soir | present past future
in the morning | am Morgen | le matin | present past future
on Monday | am Montag | lundi | past future tomorrow
on Friday | am Freitag | vendredi | past future tomorrow
on Sunday | am Sonntag | dimanche | past future tomorrow
in summer | im Sommer | en été | present future
in winter | im Winter | en hiver | present future
"""

FREQUENCY_ADVERBS = """
often | oft | souvent
always | immer | toujours
sometimes | manchmal | parfois
rarely | selten | rarement
usually | normalerweise | généralement
"""

MANNER_ADVERBS = """
slowly | langsam | lentement
quickly | schnell | rapidement
carefully | vorsichtig | prudemment
quietly | leise | silencieusement
patiently | geduldig | patiemment
secretly | heimlich | secrètement
happily | fröhlich | joyeusement
calmly | ruhig | calmement
nervously | nervös | nerveusement
"""

PLACE_ADVERBS = """
here | hier | ici
there | dort | là
outside | draußen | dehors
everywhere | überall | partout
"""

SENTENCE_ADVERBS = """
unfortunately | leider | malheureusement
fortunately | glücklicherweise | heureusement
suddenly | plötzlich | soudain
finally | endlich | finalement
"""

QUESTION_ADVERBS = """
why | warum | pourquoi
when | wann | quand
where | wo | où
"""

# English | German case | French | noun classes it goes with
PLACE_PREPOSITIONS = """
in | in d | dans | place
on | auf d | sur | spot
behind | hinter d | derrière | building
in front of | vor d | devant | building
next to | neben d | à côté de | building waterway
under | unter d | sous | tree bridge
"""

SURFACE_PREPOSITIONS = """
on | auf d | sur | surface
under | unter d | sous | surface
next to | neben d | à côté de | surface opening
"""

EVENT_PREPOSITIONS = """
after | nach d | après | event
before | vor d | avant | event
during | während g | pendant | event
"""

OTHER_PREPOSITIONS = """
for | für a | pour | person
without | ohne a | sans | person
of | - g | de | person
with | mit d | avec | clothing
from | aus d | de | origin
to | zu d | de | lock
about | über a | sur | person animal
"""

# English | German | French; the German of "when" depends on the tense.
SUBORDINATORS = """
because | weil | parce que
when | wenn | quand
if | wenn | si
while | während | pendant que
as soon as | sobald | dès que
"""

COORDINATORS = """
and | und | et
but | aber | mais
or | oder | ou
"""

NUMERALS = """
two | zwei | deux
three | drei | trois
four | vier | quatre
five | fünf | cinq
six | sechs | six
seven | sieben | sept
eight | acht | huit
nine | neun | neuf
ten | zehn | dix
"""
