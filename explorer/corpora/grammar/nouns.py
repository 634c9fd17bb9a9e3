"""The nouns of the grammar, in three languages.

One line each: ``English[/plural] [u] | German gender plural [w] | French gender [plural] [*]``, under the
class it belongs to; the most frequent noun of a class comes first (frequencies are 1/rank). ``u``:
uncountable, only singular and never with an indefinite article. ``w``: weak masculine (every case but the
nominative singular looks like the plural). ``*``: aspirated h (no elision). A word after ``+`` puts the noun
into a further class.
"""

NOUN_TABLE = """
# person
man/men | Mann m Männer | homme m
woman/women | Frau f Frauen | femme f
child/children | Kind n Kinder | enfant m
girl | Mädchen n Mädchen | fille f
boy | Junge m Jungen w | garçon m
teacher | Lehrer m Lehrer | professeur m
friend | Freund m Freunde | ami m
mother | Mutter f Mütter | mère f
father | Vater m Väter | père m
student | Student m Studenten w | étudiant m
doctor | Arzt m Ärzte | médecin m
brother | Bruder m Brüder | frère m
sister | Schwester f Schwestern | sœur f
neighbor | Nachbar m Nachbarn w | voisin m
daughter | Tochter f Töchter | fille f
son | Sohn m Söhne | fils m
king | König m Könige | roi m
queen | Königin f Königinnen | reine f
uncle | Onkel m Onkel | oncle m
aunt | Tante f Tanten | tante f
grandmother | Großmutter f Großmütter | grand-mère f grands-mères
grandfather | Großvater m Großväter | grand-père m grands-pères
policeman/policemen | Polizist m Polizisten w | policier m
farmer | Bauer m Bauern w | agriculteur m
baker | Bäcker m Bäcker | boulanger m
cook | Koch m Köche | cuisinier m
nurse | Krankenschwester f Krankenschwestern | infirmière f
writer | Schriftsteller m Schriftsteller | écrivain m
singer | Sänger m Sänger | chanteur m
actress | Schauspielerin f Schauspielerinnen | actrice f
lawyer | Anwalt m Anwälte | avocat m
judge | Richter m Richter | juge m
driver | Fahrer m Fahrer | chauffeur m
pilot | Pilot m Piloten w | pilote m
tourist | Tourist m Touristen w | touriste m
guest | Gast m Gäste | invité m
customer | Kunde m Kunden w | client m
colleague | Kollege m Kollegen w | collègue m
boss | Chef m Chefs | patron m
soldier | Soldat m Soldaten w | soldat m
painter | Maler m Maler | peintre m
hunter | Jäger m Jäger | chasseur m
gardener | Gärtner m Gärtner | jardinier m
engineer | Ingenieur m Ingenieure | ingénieur m
musician | Musiker m Musiker | musicien m
waiter | Kellner m Kellner | serveur m
mayor | Bürgermeister m Bürgermeister | maire m
prince | Prinz m Prinzen w | prince m
princess | Prinzessin f Prinzessinnen | princesse f
thief/thieves | Dieb m Diebe | voleur m
witness | Zeuge m Zeugen w | témoin m
fisherman/fishermen | Fischer m Fischer | pêcheur m
sailor | Matrose m Matrosen w | marin m
cousin | Cousin m Cousins | cousin m
baby | Baby n Babys | bébé m
grandson | Enkel m Enkel | petit-fils m petits-fils
widow | Witwe f Witwen | veuve f
nephew | Neffe m Neffen w | neveu m
niece | Nichte f Nichten | nièce f
athlete | Sportler m Sportler | athlète m
butcher | Metzger m Metzger | boucher m
pharmacist | Apotheker m Apotheker | pharmacien m
plumber | Klempner m Klempner | plombier m
secretary | Sekretärin f Sekretärinnen | secrétaire f
journalist | Journalist m Journalisten w | journaliste m
scientist | Wissenschaftler m Wissenschaftler | scientifique m
carpenter | Tischler m Tischler | menuisier m
banker | Bankier m Bankiers | banquier m
cashier | Kassierer m Kassierer | caissier m

# animal
dog | Hund m Hunde | chien m
cat | Katze f Katzen | chat m
horse | Pferd n Pferde | cheval m
bird | Vogel m Vögel | oiseau m + flying
cow | Kuh f Kühe | vache f
pig | Schwein n Schweine | cochon m
duck | Ente f Enten | canard m + flying
mouse/mice | Maus f Mäuse | souris f
rabbit | Kaninchen n Kaninchen | lapin m
bear | Bär m Bären w | ours m
lion | Löwe m Löwen w | lion m
elephant | Elefant m Elefanten w | éléphant m
monkey | Affe m Affen w | singe m
wolf/wolves | Wolf m Wölfe | loup m
fox | Fuchs m Füchse | renard m
goat | Ziege f Ziegen | chèvre f
donkey | Esel m Esel | âne m
hen | Huhn n Hühner | poule f
rooster | Hahn m Hähne | coq m
frog | Frosch m Frösche | grenouille f
snake | Schlange f Schlangen | serpent m
swan | Schwan m Schwäne | cygne m + flying
goose/geese | Gans f Gänse | oie f + flying
bee | Biene f Bienen | abeille f + flying
butterfly | Schmetterling m Schmetterlinge | papillon m + flying
spider | Spinne f Spinnen | araignée f
turtle | Schildkröte f Schildkröten | tortue f
tiger | Tiger m Tiger | tigre m
owl | Eule f Eulen | hibou m hiboux * + flying
hedgehog | Igel m Igel | hérisson m *
squirrel | Eichhörnchen n Eichhörnchen | écureuil m

# food
apple | Apfel m Äpfel | pomme f + fruit
bread u | Brot n Brote | pain m
cake | Kuchen m Kuchen | gâteau m
soup | Suppe f Suppen | soupe f
cheese u | Käse m Käse | fromage m
egg | Ei n Eier | œuf m
tomato/tomatoes | Tomate f Tomaten | tomate f + fruit
salad | Salat m Salate | salade f
orange | Orange f Orangen | orange f + fruit
sausage | Wurst f Würste | saucisse f
pear | Birne f Birnen | poire f + fruit
chocolate u | Schokolade f Schokoladen | chocolat m
carrot | Karotte f Karotten | carotte f
banana | Banane f Bananen | banane f + fruit
pizza | Pizza f Pizzas | pizza f
cherry | Kirsche f Kirschen | cerise f + fruit
strawberry | Erdbeere f Erdbeeren | fraise f + fruit
lemon | Zitrone f Zitronen | citron m + fruit
cookie | Keks m Kekse | biscuit m
sandwich | Sandwich n Sandwichs | sandwich m
onion | Zwiebel f Zwiebeln | oignon m
bean | Bohne f Bohnen | haricot m *
nut | Nuss f Nüsse | noix f
plum | Pflaume f Pflaumen | prune f + fruit
mushroom | Pilz m Pilze | champignon m
pancake | Pfannkuchen m Pfannkuchen | crêpe f
ham u | Schinken m Schinken | jambon m

# drink
water u | Wasser n Wasser | eau f
coffee u | Kaffee m Kaffees | café m
milk u | Milch f Milch | lait m
tea u | Tee m Tees | thé m
wine u | Wein m Weine | vin m
beer u | Bier n Biere | bière f
juice u | Saft m Säfte | jus m
lemonade u | Limonade f Limonaden | limonade f

# object
key | Schlüssel m Schlüssel | clé f
bag | Tasche f Taschen | sac m
cup | Tasse f Tassen | tasse f
picture | Bild n Bilder | tableau m + hangable
ball | Ball m Bälle | ballon m
box | Schachtel f Schachteln | boîte f + openable
bottle | Flasche f Flaschen | bouteille f + openable
phone | Telefon n Telefone | téléphone m + device
glass | Glas n Gläser | verre m
knife/knives | Messer n Messer | couteau m
lamp | Lampe f Lampen | lampe f + device
computer | Computer m Computer | ordinateur m + device
gift | Geschenk n Geschenke | cadeau m + offer
plate | Teller m Teller | assiette f
pen | Stift m Stifte | stylo m
umbrella | Regenschirm m Regenschirme | parapluie m + openable
clock | Uhr f Uhren | horloge f
camera | Kamera f Kameras | caméra f + device
radio | Radio n Radios | radio f + device
suitcase | Koffer m Koffer | valise f + openable
basket | Korb m Körbe | panier m
candle | Kerze f Kerzen | bougie f
mirror | Spiegel m Spiegel | miroir m + hangable
ring | Ring m Ringe | bague f
coin | Münze f Münzen | pièce f
spoon | Löffel m Löffel | cuillère f
fork | Gabel f Gabeln | fourchette f
toy | Spielzeug n Spielzeuge | jouet m
doll | Puppe f Puppen | poupée f
tool | Werkzeug n Werkzeuge | outil m
hammer | Hammer m Hämmer | marteau m
rope | Seil n Seile | corde f
bell | Glocke f Glocken | cloche f
pillow | Kissen n Kissen | oreiller m
blanket | Decke f Decken | couverture f
wallet | Brieftasche f Brieftaschen | portefeuille m + openable
package | Paket n Pakete | paquet m + openable
treasure | Schatz m Schätze | trésor m
stone | Stein m Steine | pierre f
stick | Stock m Stöcke | bâton m
needle | Nadel f Nadeln | aiguille f
flag | Fahne f Fahnen | drapeau m + hangable
guitar | Gitarre f Gitarren | guitare f + instrument
piano | Klavier n Klaviere | piano m + instrument
violin | Geige f Geigen | violon m + instrument
flute | Flöte f Flöten | flûte f + instrument
drum | Trommel f Trommeln | tambour m + instrument
trumpet | Trompete f Trompeten | trompette f + instrument

# clothing
shirt | Hemd n Hemden | chemise f
coat | Mantel m Mäntel | manteau m
hat | Hut m Hüte | chapeau m
dress | Kleid n Kleider | robe f
shoe | Schuh m Schuhe | chaussure f
jacket | Jacke f Jacken | veste f
skirt | Rock m Röcke | jupe f
sweater | Pullover m Pullover | pull m
scarf/scarves | Schal m Schals | écharpe f
glove | Handschuh m Handschuhe | gant m
sock | Socke f Socken | chaussette f
tie | Krawatte f Krawatten | cravate f
belt | Gürtel m Gürtel | ceinture f
boot | Stiefel m Stiefel | botte f

# place
house | Haus n Häuser | maison f + building
garden | Garten m Gärten | jardin m
city | Stadt f Städte | ville f + origin
school | Schule f Schulen | école f + building
kitchen | Küche f Küchen | cuisine f + indoor
park | Park m Parks | parc m
room | Zimmer n Zimmer | chambre f + indoor
village | Dorf n Dörfer | village m + origin
forest | Wald m Wälder | forêt f
church | Kirche f Kirchen | église f + building
office | Büro n Büros | bureau m + indoor
museum | Museum n Museen | musée m + building
library | Bibliothek f Bibliotheken | bibliothèque f + building
hospital | Krankenhaus n Krankenhäuser | hôpital m + building
restaurant | Restaurant n Restaurants | restaurant m + building
hotel | Hotel n Hotels | hôtel m + building
shop | Geschäft n Geschäfte | magasin m + building
castle | Schloss n Schlösser | château m + building
station | Bahnhof m Bahnhöfe | gare f + building
theater | Theater n Theater | théâtre m + building
cinema | Kino n Kinos | cinéma m + building
apartment | Wohnung f Wohnungen | appartement m + indoor
factory | Fabrik f Fabriken | usine f + building
airport | Flughafen m Flughäfen | aéroport m
cellar | Keller m Keller | cave f + indoor
tower | Turm m Türme | tour f + building
stable | Stall m Ställe | étable f + building
bakery | Bäckerei f Bäckereien | boulangerie f + building
pharmacy | Apotheke f Apotheken | pharmacie f + building
cave | Höhle f Höhlen | grotte f
field | Feld n Felder | champ m
valley | Tal n Täler | vallée f + origin
prison | Gefängnis n Gefängnisse | prison f + building
university | Universität f Universitäten | université f + building
courtyard | Hof m Höfe | cour f
tent | Zelt n Zelte | tente f

# surface
table | Tisch m Tische | table f
chair | Stuhl m Stühle | chaise f
bed | Bett n Betten | lit m
sofa | Sofa n Sofas | canapé m
desk | Schreibtisch m Schreibtische | bureau m
carpet | Teppich m Teppiche | tapis m
shelf/shelves | Regal n Regale | étagère f
cabinet | Schrank m Schränke | placard m + openable lock

# spot
roof | Dach n Dächer | toit m
bridge | Brücke f Brücken | pont m
hill | Hügel m Hügel | colline f
island | Insel f Inseln | île f
square | Platz m Plätze | place f
balcony | Balkon m Balkons | balcon m
terrace | Terrasse f Terrassen | terrasse f
mountain | Berg m Berge | montagne f

# opening
door | Tür f Türen | porte f + openable lock
window | Fenster n Fenster | fenêtre f + openable
gate | Tor n Tore | portail m portails + openable lock
drawer | Schublade f Schubladen | tiroir m + openable lock

# vehicle
car | Auto n Autos | voiture f
bicycle | Fahrrad n Fahrräder | vélo m
train | Zug m Züge | train m + schedule
bus | Bus m Busse | bus m + schedule
boat | Boot n Boote | bateau m
truck | Lastwagen m Lastwagen | camion m
plane | Flugzeug n Flugzeuge | avion m + schedule aircraft
ship | Schiff n Schiffe | navire m + schedule
taxi | Taxi n Taxis | taxi m
motorcycle | Motorrad n Motorräder | moto f
tractor | Traktor m Traktoren | tracteur m
helicopter | Hubschrauber m Hubschrauber | hélicoptère m + aircraft

# text
book | Buch n Bücher | livre m
letter | Brief m Briefe | lettre f
story | Geschichte f Geschichten | histoire f + tellable
newspaper | Zeitung f Zeitungen | journal m
message | Nachricht f Nachrichten | message m
report | Bericht m Berichte | rapport m
poem | Gedicht n Gedichte | poème m
novel | Roman m Romane | roman m
article | Artikel m Artikel | article m
text | Text m Texte | texte m
list | Liste f Listen | liste f
contract | Vertrag m Verträge | contrat m + signable
recipe | Rezept n Rezepte | recette f
magazine | Zeitschrift f Zeitschriften | magazine m
form | Formular n Formulare | formulaire m + signable
dictionary | Wörterbuch n Wörterbücher | dictionnaire m
note | Notiz f Notizen | note f

# song
song | Lied n Lieder | chanson f
melody | Melodie f Melodien | mélodie f

# abstract
problem | Problem n Probleme | problème m
question | Frage f Fragen | question f
idea | Idee f Ideen | idée f
answer | Antwort f Antworten | réponse f
plan | Plan m Pläne | plan m + offer
word | Wort n Wörter | mot m
language | Sprache f Sprachen | langue f
rule | Regel f Regeln | règle f
mistake | Fehler m Fehler | erreur f
decision | Entscheidung f Entscheidungen | décision f
project | Projekt n Projekte | projet m
secret | Geheimnis n Geheimnisse | secret m + tellable
joke | Witz m Witze | blague f + tellable
proposal | Vorschlag m Vorschläge | proposition f + offer
reason | Grund m Gründe | raison f
solution | Lösung f Lösungen | solution f

# event
party | Fest n Feste | fête f
concert | Konzert n Konzerte | concert m
meeting | Sitzung f Sitzungen | réunion f
trip | Reise f Reisen | voyage m
wedding | Hochzeit f Hochzeiten | mariage m
exam | Prüfung f Prüfungen | examen m
exhibition | Ausstellung f Ausstellungen | exposition f
meal | Mahlzeit f Mahlzeiten | repas m
breakfast | Frühstück n Frühstücke | petit-déjeuner m petits-déjeuners

# film
film | Film m Filme | film m

# plant
flower | Blume f Blumen | fleur f
tree | Baum m Bäume | arbre m
rose | Rose f Rosen | rose f
plant | Pflanze f Pflanzen | plante f
bush | Busch m Büsche | buisson m
tulip | Tulpe f Tulpen | tulipe f

# waterway
river | Fluss m Flüsse | rivière f
lake | See m Seen | lac m
stream | Bach m Bäche | ruisseau m
canal | Kanal m Kanäle | canal m

# sky
sun u | Sonne f Sonnen | soleil m
moon u | Mond m Monde | lune f
star | Stern m Sterne | étoile f
"""

# The two translations of "bank"; another word of the sentence decides, never this one.
BANK_TABLE = """
# shore
bank | Ufer n Ufer | rive f
# institution
bank | Bank f Banken | banque f
"""

# Given names, the same in all three languages: name gender.
NAMES = (
    ("Anna", "f"),
    ("Paul", "m"),
    ("Emma", "f"),
    ("Thomas", "m"),
    ("Laura", "f"),
    ("Martin", "m"),
    ("Julia", "f"),
    ("David", "m"),
    ("Sarah", "f"),
    ("Simon", "m"),
    ("Clara", "f"),
    ("Daniel", "m"),
    ("Nina", "f"),
    ("Robert", "m"),
    ("Sophie", "f"),
    ("Adam", "m"),
    ("Alice", "f"),
    ("Oscar", "m"),
    ("Eva", "f"),
    ("Victor", "m"),
)
