"""The same few sentences in many languages, to see what one tokenizer makes of each script."""

from __future__ import annotations

from typing import NamedTuple


class Parallel(NamedTuple):
    """The sentences of one language, in the order of English. spaces: whether its script puts spaces between
    words.
    """

    language: str
    code: str
    spaces: bool
    sentences: tuple[str, ...]


PARALLEL = (
    Parallel(
        "English",
        "en",
        True,
        ("The old man reads a book in the garden.", "She was naïve about health insurance."),
    ),
    Parallel(
        "German",
        "de",
        True,
        ("Der alte Mann liest im Garten ein Buch.", "Bei der Krankenversicherung war sie naiv."),
    ),
    Parallel(
        "French",
        "fr",
        True,
        ("Le vieil homme lit un livre dans le jardin.", "Elle était naïve au sujet de l'assurance maladie."),
    ),
    Parallel(
        "Finnish",
        "fi",
        True,
        ("Vanha mies lukee kirjaa puutarhassa.", "Hän oli naiivi sairausvakuutuksen suhteen."),
    ),
    Parallel(
        "Turkish", "tr", True, ("Yaşlı adam bahçede kitap okuyor.", "Sağlık sigortası konusunda saftı.")
    ),
    Parallel(
        "Russian",
        "ru",
        True,
        ("Старик читает книгу в саду.", "Она была наивна насчёт медицинской страховки."),
    ),
    Parallel("Arabic", "ar", True, ("يقرأ الرجل العجوز كتابا في الحديقة.", "كانت ساذجة بشأن التأمين الصحي.")),
    Parallel("Hindi", "hi", True, ("बूढ़ा आदमी बगीचे में किताब पढ़ता है।", "वह स्वास्थ्य बीमा के बारे में भोली थी।")),
    Parallel("Chinese", "zh", False, ("老人在花园里看书。", "她对医疗保险很天真。")),
    Parallel(
        "Japanese", "ja", False, ("老人が庭で本を読んでいる。", "彼女は健康保険について世間知らずだった。")
    ),
    Parallel("Thai", "th", False, ("ชายชราอ่านหนังสือในสวน", "เธอไร้เดียงสาเรื่องประกันสุขภาพ")),
    Parallel("Emoji", "emoji", False, ("👴🏽 📖 🌳", "👩‍🦰 🏥 🤷‍♀️")),
)
