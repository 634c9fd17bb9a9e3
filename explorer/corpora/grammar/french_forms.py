"""French verb forms and adjective agreement."""

from __future__ import annotations

from explorer.corpora.grammar.entries import Adjective

# infinitive: present je tu il nous ils | participle | future stem | imperfect stem where the grammar uses it
_IRREGULAR = """
être: suis es est sommes sont | été | ser | ét
avoir: ai as a avons ont | eu | aur | av
aller: vais vas va allons vont | allé | ir
pouvoir: peux peux peut pouvons peuvent | pu | pourr | pouv
devoir: dois dois doit devons doivent | dû | devr | dev
vouloir: veux veux veut voulons veulent | voulu | voudr | voul
savoir: sais sais sait savons savent | su | saur
dormir: dors dors dort dormons dorment | dormi | dormir
sortir: sors sors sort sortons sortent | sorti | sortir
partir: pars pars part partons partent | parti | partir
rire: ris ris rit rions rient | ri | rir
sourire: souris souris sourit sourions sourient | souri | sourir
venir: viens viens vient venons viennent | venu | viendr
revenir: reviens reviens revient revenons reviennent | revenu | reviendr
tenir: tiens tiens tient tenons tiennent | tenu | tiendr
appartenir: appartiens appartiens appartient appartenons appartiennent | appartenu | appartiendr
courir: cours cours court courons courent | couru | courr
souffrir: souffre souffres souffre souffrons souffrent | souffert | souffrir
ouvrir: ouvre ouvres ouvre ouvrons ouvrent | ouvert | ouvrir
offrir: offre offres offre offrons offrent | offert | offrir
cueillir: cueille cueilles cueille cueillons cueillent | cueilli | cueiller
voir: vois vois voit voyons voient | vu | verr
croire: crois crois croit croyons croient | cru | croir
lire: lis lis lit lisons lisent | lu | lir
dire: dis dis dit disons disent | dit | dir
écrire: écris écris écrit écrivons écrivent | écrit | écrir
décrire: décris décris décrit décrivons décrivent | décrit | décrir
boire: bois bois boit buvons boivent | bu | boir
connaître: connais connais connaît connaissons connaissent | connu | connaîtr
reconnaître: reconnais reconnais reconnaît reconnaissons reconnaissent | reconnu | reconnaîtr
disparaître: disparais disparais disparaît disparaissons disparaissent | disparu | disparaîtr
comprendre: comprends comprends comprend comprenons comprennent | compris | comprendr
surprendre: surprends surprends surprend surprenons surprennent | surpris | surprendr
apprendre: apprends apprends apprend apprenons apprennent | appris | apprendr
suivre: suis suis suit suivons suivent | suivi | suivr
éteindre: éteins éteins éteint éteignons éteignent | éteint | éteindr
peindre: peins peins peint peignons peignent | peint | peindr
atteindre: atteins atteins atteint atteignons atteignent | atteint | atteindr
mettre: mets mets met mettons mettent | mis | mettr
promettre: promets promets promet promettons promettent | promis | promettr
construire: construis construis construit construisons construisent | construit | construir
traduire: traduis traduis traduit traduisons traduisent | traduit | traduir
conduire: conduis conduis conduit conduisons conduisent | conduit | conduir
détruire: détruis détruis détruit détruisons détruisent | détruit | détruir
convaincre: convaincs convaincs convainc convainquons convainquent | convaincu | convaincr
interrompre: interromps interromps interrompt interrompons interrompent | interrompu | interrompr
envoyer: envoie envoies envoie envoyons envoient | envoyé | enverr
résoudre: résous résous résout résolvons résolvent | résolu | résoudr
"""
IRREGULAR = {}
for _line in _IRREGULAR.strip().split("\n"):
    _infinitive, _, _rest = _line.partition(": ")
    _columns = [_column.strip() for _column in _rest.split("|")]
    IRREGULAR[_infinitive] = (tuple(_columns[0].split()), *_columns[1:])

# Stems of -er verbs that change before a silent ending.
CHANGING = {
    "achet": "achèt",
    "lev": "lèv",
    "enlev": "enlèv",
    "jet": "jett",
    "appel": "appell",
    "espér": "espèr",
    "récupér": "récupèr",
    "protég": "protèg",
    "nettoy": "nettoi",
}
ACUTE = frozenset({"espér", "protég", "récupér"})  # the future keeps é


def present(infinitive: str, index: int) -> str:
    """The present form; `index`: NP.person_index."""
    if infinitive in IRREGULAR:
        return IRREGULAR[infinitive][0][index]
    stem = infinitive[:-2]
    if infinitive.endswith("er"):
        if index == 3:
            return (
                stem + ("e" if stem.endswith("g") else "") + "ons"
                if not stem.endswith("c")
                else stem[:-1] + "çons"
            )
        return CHANGING.get(stem, stem) + ("e", "es", "e", "", "ent")[index]
    if infinitive.endswith("ir"):
        return stem + ("is", "is", "it", "issons", "issent")[index]
    return stem + ("s", "s", "", "ons", "ent")[index]


def participle(infinitive: str) -> str:
    """The past participle, masculine singular."""
    if infinitive in IRREGULAR:
        return IRREGULAR[infinitive][1]
    return infinitive[:-2] + {"er": "é", "ir": "i", "re": "u"}[infinitive[-2:]]


def future(infinitive: str, index: int) -> str:
    """The simple future."""
    if infinitive in IRREGULAR:
        stem = IRREGULAR[infinitive][2]
    elif infinitive.endswith("er"):
        root = infinitive[:-2]
        stem = (root if root in ACUTE else CHANGING.get(root, root)) + "er"
    elif infinitive.endswith("re"):
        stem = infinitive[:-1]
    else:
        stem = infinitive
    return stem + ("ai", "as", "a", "ons", "ont")[index]


def imperfect(infinitive: str, index: int) -> str:
    """The imperfect of the few verbs that the grammar uses in it."""
    return IRREGULAR[infinitive][3] + ("ais", "ais", "ait", "ions", "aient")[index]


def agree(participle_form: str, feminine: bool, plural: bool) -> str:
    """The participle with its agreement: allé, allée, allés, allées."""
    form = participle_form
    if feminine:
        form += "e"
    if plural and not form.endswith("s"):
        form += "s"
    return {"dûe": "due", "dûs": "dus"}.get(form, form)


def adjective_form(adjective: Adjective, feminine: bool, plural: bool) -> str:
    """The form of a lexicon adjective that does not stand before a vowel."""
    form = adjective.fr_feminine if feminine else adjective.fr
    if not plural or form.endswith(("s", "x")):
        return form
    return form + "x" if form.endswith("eau") else form + "s"
