"""The verbs of the grammar, in three languages, and the arguments that each takes.

One line each: ``English [past participle] | German [changed-stem] [participle] [s] | French [e] | frame [;
flags]``.

- English: base form, or ``base past participle``; a particle after ``+`` (``wake woke woken +up``), a
  preposition after ``@`` that introduces what the other languages make an object (``look @for``).
- German: infinitive with ``|`` after a separable particle; ``~x`` the stem of the second and third person
  singular where it changes; the participle where it is not weak; ``s`` when the perfect takes *sein*.
- French: infinitive, ``se `` before a reflexive; ``e`` when the perfect takes *être*.
- frame: subject classes, then ``>`` and object classes. ``>dat``: German dative object; ``>à``: French
  indirect object; ``>>`` introduces the recipient of a ditransitive verb (always a person);
  ``&en:de:case:fr`` a prepositional object; ``that`` a clause.
- flags: ``stative`` (no progressive, no manner adverb), ``nopast``, ``to`` (the English recipient needs
  "to"), ``still`` (a place phrase sounds wrong), ``imperfect`` (past is German preterite and French
  imparfait), ``needplace``.
"""

INTRANSITIVE = """
sleep slept slept | schlafen ~schläf geschlafen | dormir | person animal
work | arbeiten | travailler | person
play | spielen | jouer | person animal
laugh | lachen | rire | person
arrive | an|kommen angekommen s | arriver e | person schedule ; still
wait | warten | attendre | person
sing sang sung | singen gesungen | chanter | person
dance | tanzen | danser | person
wake woke woken +up | auf|wachen s | se réveiller | person animal
come came come +back | zurück|kommen zurückgekommen s | revenir e | person ; still
swim swam swum | schwimmen geschwommen s | nager | person animal ; still
cry | weinen | pleurer | person
smile | lächeln | sourire | person
get got gotten +up | auf|stehen aufgestanden s | se lever | person ; still
run ran run | laufen ~läuf gelaufen s | courir | person animal
fall fell fallen | fallen ~fäll gefallen s | tomber e | person ; still
go went gone +out | aus|gehen ausgegangen s | sortir e | person ; still
disappear | verschwinden verschwunden s | disparaître | person animal treasure ; still
depart | ab|fahren ~fähr abgefahren s | partir e | train bus ship ; still
stop | an|halten ~hält angehalten | se arrêter | vehicle
study | studieren | étudier | person
cook | kochen | cuisiner | person
dream | träumen | rêver | person ; still
travel | reisen s | voyager | person ; still
hesitate | zögern | hésiter | person ; still
speak spoke spoken | sprechen ~sprich gesprochen | parler | person
suffer | leiden gelitten | souffrir | person animal ; still
win won won | gewinnen gewonnen | gagner | person ; still
jump | springen gesprungen s | sauter | person animal
fly flew flown | fliegen geflogen s | voler | flying aircraft ; still
shine shone shone | scheinen geschienen | briller | sky ; still
bloom | blühen | fleurir | plant
grow grew grown | wachsen ~wächs gewachsen s | pousser | plant
pray | beten | prier | person
cough | husten | tousser | person
sneeze | niesen | éternuer | person animal ; still
whistle | pfeifen gepfiffen | siffler | person
land | landen s | atterrir | aircraft ; still
stay | bleiben geblieben s | rester e | person ; needplace
live | wohnen | habiter | person ; needplace stative nopast
"""

TRANSITIVE = """
see saw seen | sehen ~sieh gesehen | voir | person animal > person animal object building vehicle text \
    clothing surface opening plant ; stative
read read read | lesen ~lies gelesen | lire | person > text
buy bought bought | kaufen | acheter | person > object food clothing vehicle text
have had had | haben gehabt | avoir | person > object clothing vehicle text abstract animal ; stative \
    imperfect still
find found found | finden gefunden | trouver | person > object animal text clothing offer
eat ate eaten | essen ~iss gegessen | manger | person animal > food
write wrote written | schreiben geschrieben | écrire | person > text
love | lieben | aimer | person > person animal ; stative still
call | an|rufen angerufen | appeler | person > person
look @at | an|sehen ~sieh angesehen | regarder | person > person animal object building picture film clothing
open | auf|machen | ouvrir | person > openable
know knew known | kennen gekannt | connaître | person > person place text song rule ; stative nopast still
meet met met | treffen ~triff getroffen | rencontrer | person > person
look @for | suchen | chercher | person > object person animal text clothing solution
close | zu|machen | fermer | person > openable
help | helfen ~hilf geholfen | aider | person > person dat
drink drank drunk | trinken getrunken | boire | person > drink
hear heard heard | hören | entendre | person animal > person animal song instrument ; stative
invite | ein|laden ~läd eingeladen | inviter | person > person ; still
visit | besuchen | visiter | person > building city village park ; still
understand understood understood | verstehen verstanden | comprendre | person > abstract text ; stative still
sell sold sold | verkaufen | vendre | person > object food clothing vehicle building
forget forgot forgotten | vergessen ~vergiss vergessen | oublier | person > object abstract text clothing \
    ; stative
bring brought brought | mit|bringen mitgebracht | apporter | person > object food text drink ; still
lose lost lost | verlieren verloren | perdre | person > object clothing text ; stative
thank | danken | remercier | person > person dat ; still
follow | folgen s | suivre | person animal > person animal dat
listen @to | zu|hören | écouter | person > person dat
answer | antworten | répondre | person > person dat à ; still
wash | waschen ~wäsch gewaschen | laver | person > clothing vehicle dish
clean | putzen | nettoyer | person > indoor opening object vehicle
turn @- +on | ein|schalten | allumer | person > device
turn @- +off | aus|schalten | éteindre | person > device
prepare | vor|bereiten vorbereitet | préparer | person > event ; still
throw threw thrown +away | weg|werfen ~wirf weggeworfen | jeter | person > object clothing text food ; still
put put put +on | an|ziehen angezogen | mettre | person > clothing
take took taken +off | aus|ziehen ausgezogen | enlever | person > clothing
pick +up | ab|holen | récupérer | person > package gift suitcase bag bicycle car ; still
repair | reparieren | réparer | person > vehicle device instrument clock roof opening toy
carry | tragen ~träg getragen | porter | person > object food
push | schieben geschoben | pousser | person > vehicle surface
pull | ziehen gezogen | tirer | person animal > rope vehicle
hold held held | halten ~hält gehalten | tenir | person > object ; stative
hide hid hidden | verstecken | cacher | person > object text food clothing
build built built | bauen | construire | person > building bridge boat
break broke broken | zerbrechen ~zerbrich zerbrochen | casser | person > dish mirror clock lamp toy ; still
steal stole stolen | stehlen ~stiehl gestohlen | voler | person > object vehicle clothing text ; still
choose chose chosen | wählen | choisir | person > object clothing text food ; still
use | benutzen | utiliser | person > object vehicle dictionary ; still
order | bestellen | commander | person > food drink object
cut cut cut | schneiden geschnitten | couper | person > food plant rope
taste | probieren | goûter | person > food drink
feed fed fed | füttern | nourrir | person > animal
catch caught caught | fangen ~fäng gefangen | attraper | person animal > animal
hunt | jagen | chasser | person > animal
protect | beschützen | protéger | person > person animal ; still
kiss | küssen | embrasser | person > person
wake woke woken | wecken | réveiller | person animal > person ; still
comfort | trösten | consoler | person > person
surprise | überraschen überrascht | surprendre | person > person ; still
greet | grüßen | saluer | person > person
marry | heiraten | épouser | person > person ; still
accompany | begleiten | accompagner | person > person ; still
admire | bewundern | admirer | person > person animal picture building ; stative
criticize | kritisieren | critiquer | person > person text film offer ; still
interrupt | unterbrechen ~unterbrich unterbrochen | interrompre | person > person event ; still
convince | überzeugen überzeugt | convaincre | person > person ; still
hate | hassen | détester | person > person animal food ; stative still
respect | respektieren | respecter | person > person rule decision ; stative still
recognize | erkennen erkannt | reconnaître | person > person animal building song ; stative
observe | beobachten | observer | person > person animal sky building
draw drew drawn | zeichnen | dessiner | person > animal building plant person
paint | malen | peindre | person > animal building plant person
photograph | fotografieren | photographier | person > person animal building plant
describe | beschreiben beschrieben | décrire | person > person animal building object plan problem ; still
translate | übersetzen übersetzt | traduire | person > text song word
print | drucken | imprimer | person > text
copy | kopieren | copier | person > text
correct | korrigieren | corriger | person > text mistake
publish | veröffentlichen | publier | person > text ; still
sign | unterschreiben unterschrieben | signer | person > signable
fill +out | aus|füllen | remplir | person > form
hang hung hung +up | auf|hängen aufgehängt | accrocher | person > hangable clothing
write wrote written +down | auf|schreiben aufgeschrieben | noter | person > word rule answer idea recipe
give gave given +back | zurück|geben ~gib zurückgegeben | rendre | person > object text clothing ; still
tidy +up | auf|räumen | ranger | person > indoor ; still
accept | an|nehmen ~nimm angenommen | accepter | person > offer ; still
cancel | ab|sagen | annuler | person > event ; still
turn +down | ab|lehnen | refuser | person > offer ; still
learn | lernen | apprendre | person > language word poem rule song
solve | lösen | résoudre | person > problem ; still
explain | erklären | expliquer | person > abstract ; still
finish | beenden | terminer | person > text event project ; still
organize | organisieren | organiser | person > event ; still
sing sang sung | singen gesungen | chanter | person > song
fold | falten | plier | person > clothing blanket letter
plant | pflanzen | planter | person > plant
water | gießen gegossen | arroser | person > plant
pick | pflücken | cueillir | person > fruit flower rose
cross | überqueren überquert | traverser | person animal > bridge square river field ; still
leave left left | verlassen ~verläss verlassen | quitter | person > building city village room office \
    island ; still
reach | erreichen | atteindre | person > village city castle island river station ; still
destroy | zerstören | détruire | person > building object text bridge ; still
park | parken | garer | person > car truck motorcycle bicycle
drive drove driven | fahren ~fähr gefahren | conduire | person > car truck tractor bus taxi ; still
tune | stimmen | accorder | person > instrument
obey | gehorchen | obéir | person > person dat à ; stative still
congratulate | gratulieren | féliciter | person > person dat ; still
forgive forgave forgiven | verzeihen verziehen | pardonner | person > person dat à ; still stative
belong @to | gehören | appartenir | object text vehicle animal clothing > person dat à ; stative nopast still
"""

DITRANSITIVE = """
give gave given | geben ~gib gegeben | donner | person > object text food animal >> ; still
show showed shown | zeigen | montrer | person > object text picture building vehicle >> ; still
tell told told | erzählen | raconter | person > tellable >> ; still
send sent sent | schicken | envoyer | person > text gift package >> ; still
bring brought brought | bringen gebracht | apporter | person > object food text drink >> ; still
read read read | vor|lesen ~lies vorgelesen | lire | person > text >> ; still
explain | erklären | expliquer | person > abstract >> ; to still
offer | an|bieten angeboten | offrir | person > object food drink >> ; still
lend lent lent | leihen geliehen | prêter | person > object vehicle text clothing >> ; still
promise | versprechen ~versprich versprochen | promettre | person > gift solution answer trip bicycle >> ; \
    still
recommend | empfehlen ~empfiehl empfohlen | recommander | person > text film food building >> ; to still
introduce | vor|stellen | présenter | person > person >> ; to still
return | zurück|geben ~gib zurückgegeben | rendre | person > object text clothing >> ; to still
"""

PREPOSITIONAL = """
wait | warten | attendre | person & for:auf:a: > person schedule answer
speak spoke spoken | sprechen ~sprich gesprochen | parler | person & about:über:a:de > person animal text \
    film abstract event ; still
think thought thought | denken gedacht | penser | person & of:an:a:à > person event abstract ; still stative
dream | träumen | rêver | person & of:von:d:de > person animal trip wedding castle island treasure ; still
play | spielen | jouer | person animal & with:mit:d:avec > animal toy ball doll person
work | arbeiten | travailler | person & for:für:a:pour > person ; still
talk | reden | discuter | person & with:mit:d:avec > person
participate | teil|nehmen ~nimm teilgenommen | participer | person & in:an:d:à > event ; still
laugh | lachen | rire | person & at:über:a:de > person joke mistake ; still
look | auf|passen | se occuper | person & after:auf:a:de > child animal baby ; still
fight fought fought | kämpfen | lutter | person & against:gegen:a:contre > person animal ; still
go went gone | gehen gegangen s | aller e | person & to:zu:d:à > building city exhibition concert park \
    airport ; still
come came come | kommen gekommen s | venir e | person & from:aus:d:de > origin building room ; still
return | zurück|kehren s | retourner e | person & to:zu:d:à > building village city ; still
"""

CLAUSAL = """
say said said | sagen | dire | person ; still
know knew known | wissen gewusst | savoir | person ; stative nopast still
think thought thought | denken gedacht | penser | person ; stative still
believe | glauben | croire | person ; stative still
hope | hoffen | espérer | person ; stative still
claim | behaupten | affirmer | person ; still
notice | bemerken | remarquer | person ; stative still
write wrote written | schreiben geschrieben | écrire | person ; still
forget forgot forgotten | vergessen ~vergiss vergessen | oublier | person ; stative still
"""
