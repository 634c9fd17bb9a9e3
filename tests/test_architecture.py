"""Does data flow one way? The table of who may import what, read from the source with `ast`, over every
Python file of the project.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from fnmatch import fnmatch

import pytest

from tests.source_files import ROOT, imports, own_files

TEXT = ("explorer.results", "explorer.errors", "explorer.durable", "numpy")
# what searches without a model
SEARCH = ("strategies", "sampling", "exhaustive", "tables", "rerank", "tree", "compare")
PURE = (
    *TEXT,
    "explorer.corpora",
    "explorer.tokenization",
    "explorer.evaluation",
    *(f"explorer.decoding.{name}" for name in SEARCH),
)
STORED = tuple(
    f"explorer.checkpoints.{name}" for name in ("catalogue", "snapshots", "role_snapshots", "strict_json")
)
SETTINGS = ("explorer.config", "models.config", "models.MODELS")
COMPUTE = (
    *PURE,
    *STORED,
    *SETTINGS,
    "explorer.attention",
    "explorer.checkpoints.folder",
    "explorer.decoding",
    "explorer.training",
    "explorer.heads",
    "explorer.parallel",
    "models",
    "torch",
)
# what pages and commands may ask of a run without loading torch; test_importing_a_layer… holds what these
# import in turn
WITHOUT_TORCH = (*PURE, *STORED, *SETTINGS, "explorer.training", "explorer.attention.reading", "models")
RUNS = (
    "estimate", "event_files", "form", "launch", "process", "records", "request", "sweep", "table", "tickets",
    "timelines", "uploads",
)  # fmt: skip

# Every room before those that may import it: data flows down this list, imports point up.
ROOMS = (
    "explorer.errors", "explorer.durable", "explorer.results", "models", "explorer.corpora",
    "explorer.tokenization", "explorer.evaluation", "explorer.config", "explorer.checkpoints",
    "explorer.decoding", "explorer.attention", "explorer.parallel", "explorer.serving",
    "explorer.heads.importance", "explorer.heads.roles", "explorer.attribution", "explorer.evaluate",
    "explorer.training", "explorer.training.runs", "explorer.experiments", "explorer.views",
    "explorer.components", "explorer.pages", "explorer.commands", "explorer.__main__",
)  # fmt: skip

# The first pattern that fits a file is its row: what it may import besides the standard library, each name
# with all below it.
TABLE: list[tuple[str, tuple[str, ...]]] = [
    ("models/huggingface.py", ("models", "torch", "transformers")),
    ("models/ids.py", ()),
    ("models/size.py", ()),
    ("models/config.py", ("models.size",)),
    ("models/*.py", ("models", "torch")),
    ("explorer/__init__.py", ()),
    ("explorer/errors.py", ()),
    ("explorer/durable.py", ()),
    ("explorer/serving.py", ("torch",)),
    ("explorer/evaluate.py", COMPUTE),
    ("explorer/results/*.py", ("explorer.results", "numpy")),
    ("explorer/corpora/*.py", PURE),
    ("explorer/tokenization/*.py", (*PURE, "tokenizers")),
    ("explorer/evaluation/*.py", (*PURE, "sacrebleu")),
    ("explorer/config/fields.py", ()),
    ("explorer/config/*.py", (*PURE, *SETTINGS)),
    ("explorer/checkpoints/folder.py", (*COMPUTE, "safetensors")),
    ("explorer/checkpoints/catalogue.py", (*TEXT, *STORED, *SETTINGS, "explorer.corpora", "safetensors")),
    ("explorer/checkpoints/*.py", (*TEXT, *STORED, "safetensors")),
    *((f"explorer/decoding/{name}.py", PURE) for name in SEARCH),
    ("explorer/decoding/*.py", COMPUTE),
    ("explorer/attention/reading.py", PURE),
    ("explorer/attention/small_example.py", TEXT),
    ("explorer/attention/*.py", COMPUTE),
    ("explorer/parallel/team.py", ("explorer.errors", "explorer.parallel.ranks", "torch")),
    ("explorer/parallel/*.py", ("explorer.errors", "explorer.parallel")),
    ("explorer/heads/importance/report.py", (*PURE, *STORED)),
    ("explorer/heads/importance/*.py", COMPUTE),
    ("explorer/heads/roles/survey.py", COMPUTE),
    ("explorer/heads/roles/study.py", COMPUTE),
    ("explorer/heads/*.py", (*PURE, *STORED, "explorer.heads.roles")),
    *(
        (f"explorer/attribution/{name}.py", (*PURE, "explorer.attribution"))
        for name in ("norms", "rollout", "flow")
    ),
    ("explorer/attribution/report.py", (*TEXT, *STORED)),
    ("explorer/attribution/*.py", (*COMPUTE, "explorer.attribution")),
    ("explorer/training/data.py", WITHOUT_TORCH),
    *((f"explorer/training/runs/{name}.py", WITHOUT_TORCH) for name in RUNS),
    ("explorer/training/*.py", (*COMPUTE, "explorer.evaluate", "safetensors", "tqdm")),
    *(
        (f"explorer/experiments/{name}.py", (*COMPUTE, "explorer.experiments"))
        for name in (
            "measure",
            "by_length",
            "by_position",
            "position_matrices",
            "shuffled",
            "longer",
            "layers",
            "weights",
        )
    ),
    ("explorer/experiments/*.py", (*WITHOUT_TORCH, "explorer.experiments")),
    (
        "explorer/views/*.py",
        ("explorer.results", "explorer.errors", "explorer.views", "numpy", "plotly", "bertviz", "PIL"),
    ),
    ("explorer/components/*.py", ("explorer.components", "streamlit")),
    ("explorer/pages/*.py", ("explorer", "streamlit")),
    ("app.py", ("explorer", "streamlit")),
    ("explorer/__main__.py", ("explorer", "numpy", "tqdm")),
    ("explorer/commands/*.py", ("explorer", "numpy", "tqdm")),
    ("tests/*.py", ("*",)),
    ("benchmarks/*.py", ("*",)),
]
COMPUTED = (  # what loads torch
    "torch",
    "models",
    "explorer.attention.capture",
    "explorer.attention.inside",
    "explorer.attribution",
    "explorer.checkpoints.folder",
    "explorer.experiments",
    "explorer.training",
    "explorer.views",
)
LAZY_ONLY = {  # modules that may be imported inside a function only
    "models/huggingface.py": ("transformers",),
    "explorer/__main__.py": COMPUTED,
    "explorer/commands/*.py": (
        *COMPUTED,
        "numpy",
        "explorer.decoding.decode",
        "explorer.evaluate",
        "explorer.parallel",
    ),
    "explorer/pages/*.py": (*COMPUTED, "explorer.decoding", "explorer.serving"),
}


def row(path: str) -> tuple[str, ...] | None:
    return next((allowed for pattern, allowed in TABLE if fnmatch(path, pattern)), None)


def within(module: str, names: tuple[str, ...]) -> bool:
    return any(name == "*" or module == name or module.startswith(name + ".") for name in names)


FILES = [path.relative_to(ROOT).as_posix() for path in own_files(".py")]


@pytest.mark.parametrize("path", FILES)
def test_a_file_imports_only_what_its_row_of_the_table_allows(path):
    allowed = row(path)
    assert allowed is not None, (
        f"{path} is in no row of the table: add one, or move the file to where it belongs."
    )
    for module, line, _ in imports(ROOT / path):
        if module.split(".")[0] not in sys.stdlib_module_names:
            assert within(module, allowed), (
                f"{path}:{line} imports {module}; a file here may import {', '.join(allowed) or 'nothing'}."
            )


@pytest.mark.parametrize("path", FILES)
def test_what_is_slow_to_import_is_imported_where_it_is_used(path):
    names = next((names for pattern, names in LAZY_ONLY.items() if fnmatch(path, pattern)), ())
    for module, line, lazy in imports(ROOT / path):
        assert lazy or not within(module, names), (
            f"{path}:{line} imports {module} at the top: import it inside the function that needs it."
        )


def room(module: str) -> str:
    """The room of ROOMS that a module is in, the innermost one."""
    return max((name for name in ROOMS if within(module, (name,))), key=len, default="")


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith(("models/", "explorer/"))])
def test_no_import_runs_up(path):
    """Every import, also one inside a function, points at a room that stands before the importing one."""
    own = room(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    for module, line, _ in imports(ROOT / path):
        its = room(module)
        if its and its != own:
            assert ROOMS.index(its) < ROOMS.index(own), f"{path}:{line} in {own} imports {module} from {its}."


def test_every_package_is_a_room_or_in_one():
    packages = {path.split("/")[1] for path in FILES if path.startswith("explorer/") and path.count("/") > 1}
    assert {f"explorer.{name}" for name in packages} <= {".".join(name.split(".")[:2]) for name in ROOMS}


def test_every_kind_of_file_that_the_house_has_is_seen():
    """The table above proves nothing about files that the walk does not reach."""
    files = (
        "app.py",
        "explorer/results/attention.py",
        "models/probe.py",
        "explorer/pages/saving.py",
        "explorer/training/runs/launch.py",
        "explorer/views/theme.py",
    )
    for path in (*files, "tests/test_architecture.py"):
        assert path in FILES


@pytest.mark.parametrize(
    "path, module",
    [
        ("explorer/views/attention/heatmap.py", "explorer.attention.capture"),
        ("explorer/pages/attention/translate_align.py", "numpy"),
        ("explorer/corpora/words.py", "torch"),
        ("explorer/decoding/strategies.py", "models.base"),
        ("explorer/evaluation/bleu.py", "explorer.decoding.decode"),
        ("models/attention.py", "explorer.results"),
        ("explorer/results/text.py", "torch"),
        ("explorer/attention/capture.py", "explorer.views.theme"),
        ("explorer/training/runs/launch.py", "torch"),
        ("explorer/components/alignment_lines/__init__.py", "explorer.results"),
        ("app.py", "torch"),
    ],
)
def test_the_table_forbids_what_it_is_there_to_forbid(path, module):
    assert not within(module, row(path))


def test_nothing_is_imported_by_a_name_that_the_table_cannot_see():
    for path in own_files(".py"):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("models/", "explorer/")) or name == "app.py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                called = node.func if isinstance(node, ast.Call) else None
                word = (
                    called.id
                    if isinstance(called, ast.Name)
                    else called.attr
                    if isinstance(called, ast.Attribute)
                    else ""
                )
                is_method = isinstance(called, ast.Attribute)
                assert word not in ("__import__", "import_module", "exec", "eval") or (
                    is_method and word == "eval"
                ), (
                    f"{name}:{node.lineno} calls {word}: import by a plain statement, so that one can read "
                    "what depends on what."
                )


def loaded(statement: str) -> set[str]:
    """The top-level modules in memory after `statement` in a fresh interpreter."""
    script = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement, unwanted",
    [
        ("import explorer.results, explorer.attention.reading", {"torch", "plotly", "streamlit", "models"}),
        (
            "import explorer.corpora, explorer.tokenization, explorer.evaluation, "
            "explorer.decoding.strategies",
            {"torch", "plotly", "streamlit", "models"},
        ),
        (
            "import explorer.views.attention.heatmap, explorer.views.attention.matrix_page, "
            "explorer.views.attention.tokens",
            {"torch", "streamlit", "models", "bertviz"},
        ),
        (
            "import explorer.pages, explorer.pages.attention.translate_align",
            {"torch", "models", "pandas", "numpy"},
        ),
        (
            "import explorer.training.runs.launch, explorer.training.runs.estimate, explorer.config.presets, "
            "explorer.training.runs.sweep, "
            "explorer.training.runs.table, explorer.training.runs.event_files, "
            "explorer.views.training.run_table",
            {"torch", "streamlit", "tqdm"},
        ),
        (
            "import explorer.experiments, explorer.experiments.files, explorer.experiments.own",
            {"torch", "streamlit", "plotly", "tqdm"},
        ),
    ],
    ids=["results", "text", "views", "pages", "runs", "experiments"],
)
def test_importing_a_layer_loads_no_library_of_another(statement, unwanted):
    """Also through others: the shell of a page paints before torch, and a view is drawn where there is no
    torch at all.
    """
    assert not loaded(statement) & unwanted
