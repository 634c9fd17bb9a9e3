"""Is the repository fit to be cloned anywhere? Pins, sizes, paths, addresses, unsafe calls and the two
commands.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib

import pytest

from tests.source_files import ROOT, imports, own_files, text_of

TEXT_SUFFIXES = (".py", ".md", ".toml", ".txt", ".sh", ".js", ".css", ".json", ".cfg", "")
PARTS = ("app.py", "explorer", "models", ".streamlit")
PROGRAM = [
    path for path in own_files(".py", ".js", ".css", ".toml") if path.relative_to(ROOT).parts[0] in PARTS
]
NOT_CODE = ("tests/test_repository.py",)  # names what it forbids


def name_of(path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_matching(pattern: str, paths) -> list[str]:
    return [
        f"{name_of(path)}:{number}: {line.strip()[:120]}"
        for path in paths
        if name_of(path) not in NOT_CODE and re.search(pattern, text_of(path))
        for number, line in enumerate(text_of(path).split("\n"), 1)
        if re.search(pattern, line)
    ]


def test_no_file_names_a_path_of_one_machine():
    paths = own_files(*TEXT_SUFFIXES)
    assert not lines_matching(r"(?<![\w.>])/(?:work|home|root|Users|mnt|opt|workspace)/\w", paths)


def test_the_program_names_no_address_but_those_of_papers_and_namespaces():
    cited = r"(?:arxiv\.org|aclanthology\.org|doi\.org|www\.w3\.org|github\.com)/"
    assert not lines_matching(rf"https?://(?!{cited}|localhost|127\.0\.0\.1)", PROGRAM)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bpickle\b", r"torch\.load\(", r"weights_only", r"allow_pickle", r"trust_remote_code",
        r"unsafe_allow",
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", r"\byaml\.load\(",
    ],
)  # fmt: skip
def test_nothing_unsafe_is_called(pattern):
    assert not lines_matching(pattern, own_files(".py", ".js"))


def test_no_test_can_be_skipped():
    skipped = r"pytest\.(skip|importorskip|xfail)|mark\.(skip|skipif|xfail)|unittest\.skip"
    assert not lines_matching(skipped, own_files(".py", under="tests"))


def test_checkpoints_are_small_enough_to_clone():
    sizes = (
        {name_of(path): path.stat().st_size for path in own_files(under="checkpoints")}
        if (ROOT / "checkpoints").is_dir()
        else {}
    )
    assert sizes, "There is no checkpoint in checkpoints/: the first picture needs one."
    assert not {name: size for name, size in sizes.items() if size >= 16 * 2**20}
    assert sum(sizes.values()) <= 100 * 10**6


def test_every_checkpoint_has_a_card():
    for folder in sorted(path for path in (ROOT / "checkpoints").iterdir() if path.is_dir()):
        assert (folder / "card.md").stat().st_size > 200, (
            f"{folder.name}/card.md says nothing about data, seed, time, hardware and scores."
        )
        assert (folder / "config.json").is_file()


@pytest.mark.parametrize(
    "path", [path for path in own_files(".py") if path.relative_to(ROOT).parts[0] != "tests"], ids=name_of
)
def test_a_module_says_first_what_it_is_for(path):
    source = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(source))
    assert docstring or not source.strip(), (
        f"{name_of(path)} has no docstring: its first line says what question it answers."
    )


def requirement_pins(name: str) -> dict[str, str]:
    pins = {}
    for line in (ROOT / name).read_text().split("\n"):
        line = line.split("#")[0].strip()
        if line:
            package, _, version = line.partition("==")
            assert re.fullmatch(r"[0-9][0-9.a-z]*", version), (
                f"{name}: {line!r} is not pinned to one version that any machine can install."
            )
            pins[package.lower().replace("_", "-")] = version
    return pins


def test_requirements_are_pinned_and_constraints_agree():
    requirements, constraints = requirement_pins("requirements.txt"), requirement_pins("constraints.txt")
    assert {name: constraints.get(name) for name in requirements} == requirements
    for_gpus = [name for name in constraints if name.startswith(("nvidia", "triton", "cuda"))]
    assert not for_gpus, "GPU packages belong to a machine, not to the project."


def test_what_the_code_imports_is_required():
    requirements = requirement_pins("requirements.txt")
    own = {"models", "explorer", "tests", "benchmarks", "app"}
    brought = {"PIL", "transformers"}  # come with streamlit and bertviz
    known = {name.replace("-", "_") for name in requirements} | brought | own | set(sys.stdlib_module_names)
    unknown = {
        (module, name_of(path))
        for path in own_files(".py")
        for module, _, _ in imports(path)
        if module.split(".")[0] not in known
    }
    peers = {("ctranslate2", "benchmarks/beam_search.py")}  # measured against where somebody has installed it
    assert {(module.split(".")[0], name) for module, name in unknown} <= peers


def test_the_server_settings_are_known_to_this_streamlit_and_as_measured():
    from streamlit import config

    with open(ROOT / ".streamlit/config.toml", "rb") as file:
        settings = tomllib.load(file)
    flat = dict(flatten(settings))
    unknown = set(flat) - set(config._config_options_template)
    assert not unknown
    expected = {
        "runner.postScriptGC": False,
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": False,
        "server.headless": True,
        "server.address": "localhost",
        "client.toolbarMode": "viewer",
    }
    assert {key: flat[key] for key in expected} == expected


def flatten(settings: dict, prefix: str = ""):
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


@pytest.mark.parametrize("name", ["start", "test", ".ci/run", "scripts/environment.sh"])
def test_the_commands_are_shell_that_parses(name):
    done = subprocess.run(["bash", "-n", name], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert name.endswith(".sh") or os.access(ROOT / name, os.X_OK), (
        f"{name} is not executable: git update-index --chmod=+x {name}"
    )


def test_continuous_integration_runs_exactly_the_test_command():
    lines = [
        line
        for line in (ROOT / ".ci/run").read_text().split("\n")
        if line and not line.startswith(("#", "cd "))
    ]
    assert lines == ["exec ./test"]


def shell(script: str, path: str) -> subprocess.CompletedProcess:
    """Run `script` after the commands' shared part, with only the programs of the folder `path` to be
    found.
    """
    return subprocess.run(
        ["/bin/bash", "-c", f"source scripts/environment.sh; PATH={path}; {script}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_old_python_is_passed_over_for_a_newer_one(tmp_path):
    for name, answer in (("python3", 1), ("python3.12", 0)):
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {answer}\n")
        (tmp_path / name).chmod(0o755)
    done = shell("find_python", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "python3.12\n")


def test_a_machine_without_python_is_told_what_to_install(tmp_path):
    done = shell("make_environment", str(tmp_path))
    assert done.returncode == 1
    assert "No Python 3.11 or later was found. Install one" in done.stderr and "python3-venv" in done.stderr


def test_a_python_without_venv_is_told_what_to_install(tmp_path):
    """Debian's python3 comes without its venv module; where apt-get cannot help, the user is told what
    will.
    """
    fake = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac\n'
    (tmp_path / "python3").write_text(fake)
    (tmp_path / "python3").chmod(0o755)
    done = shell("make_environment", str(tmp_path))
    assert done.returncode == 1
    assert "apt-get install python3.11-venv" in done.stderr


def test_debian_packages_are_installed_without_questions(tmp_path):
    """As root directly, otherwise through sudo; here both are stand-ins that write down how they were
    called.
    """
    for name, script in (
        ("id", "echo 1000"),
        ("sudo", 'echo "sudo $*" >>"$LOG"; exec "$@"'),
        ("env", 'shift; exec "$@"'),
        ("apt-get", 'echo "apt-get $*" >>"$LOG"'),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    done = shell(f"export LOG={tmp_path}/log; apt_install chromium fonts-noto-cjk", str(tmp_path))
    assert done.returncode == 0, done.stderr
    log = (tmp_path / "log").read_text()
    assert "sudo apt-get update -qq" in log
    assert "apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk" in log


def test_without_apt_get_nothing_is_installed_and_that_is_said(tmp_path):
    assert shell("apt_install chromium || echo cannot", str(tmp_path)).stdout == "cannot\n"
