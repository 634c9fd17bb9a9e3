"""Small models trained by sentencepiece 0.2.3 on sentences of the grammar, and how they cut some texts.

Made with `SentencePieceTrainer.train(model_type=…, byte_fallback=…, normalization_rule_name="identity")`;
zlib, base64.
"""

from __future__ import annotations

import zlib
from base64 import b64decode


def _model(text: str) -> bytes:
    return zlib.decompress(b64decode(text))


BPE = _model("""
eNpFlF1Ik2EUx+fmx3o0CykY0YUXXXQh5UUXXYw+V1lpSNkH0YVzzu3NNcVtWdHFCgkJCYkQiagREhIREiESUtu7CIkIiQiJCJEIiYiIiIiIzv//7Oh79fuf85zznHOe53
1MrakIZpLd29Z65At4TY3xBVMl5TMrTXlw87JcYbzRJESW2CeYfWaqTfnCyKVO2POwR+KCO4hOFEvypSWw52iPwZ4nRh3BeV2SQpZCSYRErFbRL6K+gIg0ghuJ4Qy2KkjV
FcgfFtVqHSizXR3crlcztaAmrspg1WBB2qxEB6x2mB4HnlGbCjXliKm04LjmOSJiomCM8TlseUodKCOvWeNhBM1wXZRpZ8mZJCY2p8tC3HyerjSHvGh3x5C/L5XIYn7bYh
DgcRHQwYBycjgJ9rvsAsE1NEfiCUzTtflhX+NqUsqAyhDlerfUzF7MfXkpkm9g8ugZwY1EbtmgETjQRhW7RGxRsUfEVhVNIoIqDuIcWVwfzzRktwA2WUTjzVzhsMBW19Sa
Khyn7bhNU+0UcUIFajzFqC6W3q6ObhGddMToiNMRiVMkuGUCE+vVANjTrlll/DxUO/Jz6j0u4qIKxGXd0t0LQ13WAfbzSAZUthTHRF5ZHi/qHVRpr8tVpo1meO2HWFkXrt
Q12uXqQQzT3oPk14kRNHhDM6V4u0ZU2rs3qhOM24ne1Pr3ibhlR82Ft5d6wXnkSpNK4Jrf1ZQxHtAYo0QK33ON35Rh33ESerlPwgV5QMK2D0lINkFCO49I+Kkek5B7koR6
pkiY6xMSqpomRYSekmL4B0mbhFwShvuchMfkBakHPyepS+glqUPoFQkv0GsSxjlLwvPxhtQg9JbT5jG+oxGvwpw1Tgu+p/GC0AcSfqePpF787yT8Iwsk/CCfSPg7PpPway
yScLO/kHDdvpLOCn2z203ipbB4R/AH/TjLn6Q2oV+k7XhDSK1Cf0gHhP6SmoX+kfbjgSmCTguVkY4JeUmHhXykQ3h8SEeFKkgnhSqLLGZAsIrG3XiZinXVAW/9UNmg1zPq
9ayrMX5HnpW0kz5f5/kPNmiQHg==
""")

BPE_WITH_BYTES = _model("""
eNpd1FtoHVUUxvHcm07TKkUhiA998MGHopn7DAR1rlZtpWi9ID40TXM5Nk1Dk9gqPkQpEkSkiJQgokWKFBEpIqVI0eRERERERKSISCgiIiJFRERE3GvN2Q38z9O31p7Zl9
/MGWeH0z+6OHvkrpu7zG+4xxlyekfnO1Wvs93pG71zs7zBGRgdOTky0mkM2IbLhseGz0bARshGxEbMRsJGykbGRs5GwUbJRsVGjYZLD5ceLj1cerj0cOnh0sOlh0sPlx4u
PVx6uPRw6eHSw6WHRw+PHh49PHp49PDo4dHDo4dHD48eHj08enj08Ojh0cOjh08Pnx4+PXx6+PTw6eHTw6eHTw+fHj49fHr49PDp4dPDp0dAj4AeAT0CegT0COgR0COgR0
CPgB4BPQJ6BPQI6BHQI6BHSI+QHiE9QnqE9AjpEdIjpEdIj5AeIT1CeoT0COkR0iOkR0SPiB4RPSJ6RPSI6BHRI6JHRI+IHhE9InpE9IjoEdEjokdMj5geMT1iesT0iOkR
0yOmR0yPmB4xPWJ6xPSI6RHTI6ZHQo+EHgk9Enok9EjokdAjoUdCj4QeCT0SeiT0SOiR0COhR0qPlB4pPVJ6pPRI6ZHSI6VHSo+UHik9Unqk9EjpkdIjpUdGj4weGT0yem
T0yOiR0SOjR0aPjB4ZPTJ6ZPTI6JHRI6NHTo+cHjk9cnrk9MjpkdMjp0dOj5weOT1yeuT0yOmR0yOnR0GPgh4FPQp6FPQo6FHQo6BHQY+CHgU9CnoU9CjoUdCjoEdJj5Ie
JT1KepT0KOlR0qOkR0mPkh4lPUp6lPQo6VHSo6RHRY+KHhU9KnpU9KjoUdGjokdFj4oeFT0qelT0qOhR0aOiR02Pmh41PWp61PSo6VHTo6ZHTY+aHjU9anrU9KjpUdOj3v
TY6vRMzEqxpPG4iUufONucvqtnnj8s/VXpj0+beI/G1oRcstq5RPpntT8l/VWNEy0TN+wl8zLLWqcoTXGjLU6YYtea3LEgN49oHFuUpdacIadf5h8z1f5mQLZ50A7ocnN2
pn2yJ71qUa5aXnO2OwNyAt3taR1pychKM5Xs6azG+QUTz9t5HjbFhTXHcXpbeuRLdkC2sWpnnR6Tmz7X6yZ02q81L86K2BV7WamLb+jQgiL/0qwuyNeub1E383ezGbmhqy
03HNIb+jSPzUoebOsp5OYhbY9Pz4hmu5lf+je17aRaDtuy1PLWducwtbhvXiqT36aTTxw18XaNuuRue4c80BFb5KYIbFGZIrHFHlOM2uIBeY66ueP6TMtmCYl7migH36tX
tHSD+9vODmeLPM7mxAfsVJkpHreF7PFJvWtSt37QDhwxxWEdmNKBaR0Yn9ZiRpecEbE5e4P0F9rmPzGoD7UhP2lHHzPFc7aQ+5banXdvTKoXLOAJfSSnbLlv/ZwpX9zklf
0u27J5XV7SaScW9bV/WXc2Ka/UK9o3r54Up7V/TCZ/VeO4HPA1O9O8vl1nbNm8eytWcLoRfd3u/15TvNFQ64VvXj+LPI+zHakZec3ftlNO6QM6p2sflVO8o7PLZY38ebua
IZBJ371u2Tnae7qiaZj8ftsZdLqle0GTTPCBJnm5PtQkW76oSTZySZNQfKRJ/pCXNcm+PtYky65qkmfS1iQn+lTTuEmfaZqSP6ymO0z6QpMc6UtN8iH6StMx+TNrmjTpG0
2HTPpWk3y9vtMkj+KKJvn0fK9pt0k/qJa+Aj9qU74oG03zsolXtfmsST9pkr/iz5rm5PugSf5fv2qSP9dvmuSf9bsm+Vtd0yT/ij80yav6p6anTfqrWe6ifFaa+JaJ/+i4
vAf/ajpg0n+a7paPzrqk/SZ1a7rfpB5Ne03q1XSffJA0PWVSv6ZHTRrQ9JBJWzQ9KB8rTY+YtFXTEyY567qZUyZu02Yhn7L1nduGe3ad7l3u6Vrp6b5lyBlsmU/SQmvhmZ
1d/wNPa5IX
""")

UNIGRAM = _model("""
eNpF0l1IU2EYB/C5qc0XMxH+sgqiLoIuojC6ELJEMy1TG9qyIorNHbfj5plt5zg/bkoKLMokK7QSI8SaYgWLIll5+oDoopu+QYoIuiky77qR1uvzbOtc/Z6P8z7PezZRIH
LKDC2wAxb5OKwiX9jKIqnIJpaL7LLN/0MhbN+unMT5vkezwi6yFMRPlJpL0vHhWiXJjfJFJ0nF922NpAgeRw+SNBTPszah4v4hUhCFeUdJYbz6KZUnrIqG0kQLM4zbV31U
b8f0+gAlW/yYexmipIGFRVYIxcOnqexT8KK2n5JeDL4/S/LDHBogeeA4csGUl8uVt/GqCr5kX6TCRuxzsnyY+TtEakXYdSnd7HfrELZhKvSgsGTEXPomhianuEbTTVXyxL
mvo1TyyvX985mS1x3BmeYxWjKio+n6DaJbw/ZPNzNN8vaO3xOm/C1yKETVllvU9zyBP20xUxSIZbJQ79Y0ZAdjNCiqqBiJTXLbOKbeTplihbDTzh554Oen07R1FE8sd0gd
GDfupmdG1TBsbzKhomo4V3cvHUbkjWYb4unBflXequdyPDNBMXQFfa8f0rnlWLlhhvd4gHUTM+m3qsNug2PZtBM1SpKbTsHRmqTkYfxIyYWEj9WAAT+rEcdU1gGUtLHaYA
uw9uBdSnWYCLJq0dXOcqJWY+3H6hCrBr9CqRXGMNvByU4MHmc1wxNmVWBrhLUXuTprNz6mtAsxg1WJ3k5WNeqirCas6WLVYyGlAJ51s6ow1MNqgdKbNIuEI2uts99qGbZa
VuULuyr/CrqqdxdZ/gE6dShe
""")

# text: (pieces without byte fallback, None where a character is unknown; pieces with it, their ids)
CUTS = {
    "Der Baum wächst draußen.": (
        "▁Der ▁B au m ▁w ä ch st ▁d rau ß en .",
        "▁Der ▁B au m ▁w ä ch st ▁d rau ß en .",
        "298 304 271 361 269 370 262 280 261 308 384 259 360",
    ),
    "Paul kann schlafen.": (
        "▁ P au l ▁k ann ▁s chla fen .",
        "▁ P au l ▁k ann ▁s chlafen .",
        "346 388 271 356 316 293 267 343 360",
    ),
    "Der Hund gehört dem Klempner.": (
        "▁Der ▁H und ▁ge h ö r t ▁dem ▁K l em p n er .",
        "▁Der ▁H und ▁ge h ö r t ▁dem ▁K l em p n er .",
        "298 306 286 274 353 383 350 352 327 307 356 301 375 348 260 360",
    ),
    "Der Mann wird den Zug haben.": (
        "▁Der ▁Mann ▁wir d ▁den ▁ Z u g ▁haben .",
        "▁Der ▁Mann ▁wird ▁den ▁ Z u g ▁haben .",
        "298 312 344 300 346 397 357 359 321 360",
    ),
    "Leider ist unsere Mutter ehrlich.": (
        "▁ L ei d er ▁i st ▁ un s er e ▁M u t ter ▁ e h r l ich .",
        "▁ L ei d er ▁i st ▁ un s er e ▁M u t ter ▁ e h r l ich .",
        "346 390 266 355 260 303 280 346 276 354 260 347 275 357 352 296 346 347 353 350 356 282 360",
    ),
    "Emma hat hier gearbeitet.": (
        "▁E m m a ▁hat ▁hier ▁ge ar b ei te t .",
        "▁E mm a ▁hat ▁hier ▁ge ar b ei te t .",
        "305 342 351 284 336 274 289 365 266 270 352 360",
    ),
    "Ihre Schwester wollte einen Wolf finden.": (
        "▁ I h r e ▁S ch w e st er ▁w o ll te ▁ein en ▁W o l f ▁ f ind en .",
        "▁ I h r e ▁S ch w e st er ▁w o ll te ▁ein en ▁W o l f ▁ f ind en .",
        "346 391 353 350 347 281 262 362 347 280 260 269 363 319 270 328 259 322 363 356 364 346 364 338 "
        "259 360",
    ),
    "Dieses Kind wird die Autos waschen.": (
        "▁Die se s ▁K ind ▁wir d ▁die ▁A u t o s ▁w as chen .",
        "▁Die se s ▁K ind ▁wird ▁die ▁A u t o s ▁w as chen .",
        "287 291 354 307 338 344 277 313 357 352 363 354 269 279 318 360",
    ),
    "Gestern bist du angekommen.": (
        "▁G e st er n ▁ b i st ▁d u ▁ an ge k o m m en .",
        "▁G e st er n ▁ b i st ▁d u ▁ an ge k o mm en .",
        "337 347 280 260 348 346 365 349 280 261 357 346 273 265 367 363 342 259 360",
    ),
    "Diese hübschen Katzen schlafen.": (
        "▁Die se ▁h ü b s chen ▁K a t z en ▁s chla fen .",
        "▁Die se ▁h ü b s chen ▁K a t z en ▁s chlafen .",
        "287 291 264 372 365 354 318 307 351 352 373 259 267 343 360",
    ),
    "Die Frau wird diese Bienen beschützen.": (
        "▁Die ▁F rau ▁wir d ▁die se ▁B i en en ▁ b es ch ü t z en .",
        "▁Die ▁F rau ▁wird ▁die se ▁B i en en ▁ b es ch ü t z en .",
        "287 299 308 344 277 291 304 349 259 259 346 365 310 262 372 352 373 259 360",
    ),
    "Wir sehen Hemden draußen.": (
        "▁W ir ▁s e h en ▁H em d en ▁d rau ß en .",
        "▁W ir ▁s e h en ▁H em d en ▁d rau ß en .",
        "322 294 267 347 353 259 306 301 355 259 261 308 384 259 360",
    ),
    "Xylophon qualmt": (
        None,
        "▁ <0x58> <0x79> l o p h o n ▁ <0x71> u a l m t",
        "346 91 124 356 363 375 353 363 348 346 116 357 351 356 361 352",
    ),
    "na我ve Häuser": (
        None,
        "▁n a <0xE6> <0x88> <0x91> v e ▁H ä u s er",
        "320 351 233 139 148 382 347 306 370 357 354 260",
    ),
    "Der  Mann   geht.": ("▁Der ▁Mann ▁ge h t .", "▁Der ▁Mann ▁ge h t .", "298 312 274 353 352 360"),
}
