"""What is captured of a process, and what never is."""

from __future__ import annotations

import getpass
import json
import os
import platform
import subprocess
import sys
import time
import types
import warnings
from importlib.metadata import version
from pathlib import Path

import pytest

import parityline.environment
from parityline.environment import capture, describe, inventory, machine, packages, settings, time_zone
from parityline.environment.reading import UnreadableError, read, token

SOURCES = Path(parityline.environment.__file__).parents[2]
GROUPS = [
    "imported",
    "interpreter",
    "libraries",
    "locale",
    "options",
    "packages",
    "platform",
    "threads",
    "time_zone",
    "unreadable",
]


def in_a_fresh_process(program: str, *flags: str, arguments: tuple[str, ...] = (), **variables: str) -> object:
    """What a program prints as JSON, run by this interpreter with these variables on top of a bare environment."""
    bare = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    # given on the command of Python, because -I leaves PYTHONPATH unread
    program = f"import sys; sys.path.insert(0, {str(SOURCES)!r})\n{program}"
    done = subprocess.run(
        [sys.executable, *flags, "-c", program, *arguments],
        env={**bare, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


CAPTURED = "import json; from parityline.environment import capture; print(json.dumps(capture()))"


def strings(value: object) -> list[str]:
    match value:
        case dict():
            return [text for name, item in value.items() for text in (name, *strings(item))]
        case list():
            return [text for item in value for text in strings(item)]
        case str():
            return [value]
    return []


def test_every_group_is_there_in_order():
    assert list(capture()) == GROUPS


def test_capture_is_plain_json_sorted_at_every_level():
    facts = capture()
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert json.dumps(facts) == json.dumps(facts, sort_keys=True)


def test_capture_is_the_same_twice_in_a_row():
    assert json.dumps(capture()) == json.dumps(capture())


def test_the_interpreter_is_this_one():
    interpreter = capture()["interpreter"]
    assert (
        interpreter["version"] == ".".join(map(str, sys.version_info[:3])) or sys.version_info.releaselevel != "final"
    )
    assert interpreter["implementation"].lower() == sys.implementation.name
    assert interpreter["bits"] in (32, 64)
    assert interpreter["utf8_mode"] is bool(sys.flags.utf8_mode)


def test_installed_packages_have_the_versions_of_their_metadata():
    found = capture()["packages"]
    assert {"numpy", "packaging", "pytest"} <= found.keys()
    assert found["numpy"] == version("numpy")
    assert all(name == name.lower() and "_" not in name and "." not in name for name in found)


def test_imported_are_the_distributions_of_loaded_modules_and_no_others():
    facts = in_a_fresh_process("import numpy\n" + CAPTURED)
    assert "numpy" in facts["imported"]
    # installed, and found at the start of every process by a `.pth` file, but not imported
    assert not {"pandas", "pytest", "setuptools", "pip"} & set(facts["imported"])


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Adds distributions to a folder of their own, first on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def add(name: str, metadata: str | None = None, **files: str) -> Path:
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n" if metadata is None else metadata
        (folder / "METADATA").write_text(metadata)
        for file, text in files.items():
            (folder / file.replace("top_level", "top_level.txt")).write_text(text)
        return tmp_path

    return add


def loaded_module(monkeypatch: pytest.MonkeyPatch, name: str, file: Path | None) -> None:
    module = types.ModuleType(name)
    if file is not None:
        module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, name, module)


def test_of_two_distributions_in_one_namespace_only_the_imported_one_counts(site, monkeypatch):
    site("space.one", RECORD="space/one/__init__.py,,\n")
    folder = site("space.two", RECORD="space/two/__init__.py,,\n")
    loaded_module(monkeypatch, "space.two", folder / "space" / "two" / "__init__.py")
    assert {"space-one", "space-two"} & set(packages.imported()) == {"space-two"}


@pytest.mark.parametrize(
    ("files", "module", "expected"),
    [
        pytest.param({"RECORD": "__editable__.x.pth,,\n__editable___x_finder.py,,\n"}, "dev_tool", True, id="by name"),
        pytest.param({"RECORD": "x.pth,,\n", "top_level": "inner\n"}, "inner", True, id="by top level"),
        pytest.param({"RECORD": "x.pth,,\n", "top_level": "inner\n"}, "dev_tool", False, id="top level goes first"),
        pytest.param({}, "other", False, id="not imported"),
    ],
)
def test_an_editable_distribution_is_told_by_its_modules(site, monkeypatch, files, module, expected):
    site("dev-tool", **files)
    loaded_module(monkeypatch, module, None)
    assert ("dev-tool" in packages.imported()) is expected


def test_a_module_that_loads_itself_late_is_not_touched(monkeypatch):
    class Late(types.ModuleType):
        def __getattribute__(self, name):
            raise AssertionError("touched")

    monkeypatch.setitem(sys.modules, "late", Late("late"))
    assert "imported" not in capture()["unreadable"]


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param("", id="empty"),
        pytest.param("Name: broken\n", id="no version"),
        pytest.param("Name: broken\nVersion: https://me:hunter2@example.org/x\n", id="an address for a version"),
        pytest.param("Name: ../../home/me\nVersion: 1\n", id="a path for a name"),
        pytest.param("Name: broken\n\nVersion: 1.0\n", id="version in the description"),
    ],
)
def test_a_distribution_with_broken_metadata_is_counted_and_costs_no_other(site, metadata):
    before = capture()["packages"]
    site("broken", metadata)
    facts = capture()
    assert facts["packages"] == before
    assert facts["unreadable"]["packages"] == "distributions without a readable name and version: 1"


def test_of_two_distributions_with_one_name_the_first_on_the_path_counts(site):
    site("numpy", "Name: NumPy\nVersion: 0.0.1\n")
    assert capture()["packages"]["numpy"] == "0.0.1"


# Twenty secrets: under names that nothing reads, and under names that are read but hold something else than a setting.
CANARIES = {
    "AWS_SECRET_ACCESS_KEY": "canary-aws-3fK9",
    "DATABASE_URL": "postgresql://alice:canary-db-7Hq2@db.internal/prod",
    "GITHUB_TOKEN": "canary-gh-8Zx1",
    "HTTPS_PROXY": "http://bob:canary-proxy-5Lm4@proxy.corp:8080",
    "PIP_INDEX_URL": "https://carol:canary-pip-2Rt6@pypi.corp/simple",
    "PGPASSWORD": "canary-pg-9Wd3",
    "MLFLOW_TRACKING_URI": "https://dave:canary-mlflow-1Vb8@mlflow.corp",
    "HOME": "/home/canary-home-4Yn7",
    "USER": "canary-user-6Pc5",
    "LOGNAME": "canary-logname-0Kj9",
    "HOSTNAME": "canary-host-3Gs2",
    "VIRTUAL_ENV": "/home/canary-venv-8Ea4/.venv",
    "OMP_NUM_THREADS": "https://erin:canary-omp-7Ux6@host/",
    "MKL_NUM_THREADS": "canary mkl with blanks 2Io1",
    "MKL_CBWR": "canary-far-too-long-" + "x" * 40,
    "OPENBLAS_CORETYPE": "/home/canary-coretype-5Qz3",
    "OPENBLAS_NUM_THREADS": "canary@openblas-9Tf8",
    "POLARS_MAX_THREADS": "4;canary-polars-1Bn7",
    "TZ": "/home/canary-tz-6Mh4/zone",
    "LC_ALL": "canary/locale/3Ck5",
}


def test_no_planted_secret_is_captured():
    facts = in_a_fresh_process(CAPTURED, arguments=("--password=canary-argv-4Dw2",), **CANARIES)
    text = json.dumps(facts)
    assert len(CANARIES) == 20
    assert [name for name, value in CANARIES.items() if value in text] == []
    assert "canary" not in text.lower()
    assert facts["threads"] == {}
    # refused, and said so without the value
    assert {"threads.OMP_NUM_THREADS", "threads.MKL_CBWR", "time_zone.name"} <= facts["unreadable"].keys()


def test_no_path_address_user_or_host_is_captured():
    facts = capture()
    found = strings({name: facts[name] for name in GROUPS if name not in ("packages", "imported")})
    assert [text for text in found if text.startswith(("/", "~", "C:\\")) or "://" in text or "@" in text] == []
    assert str(Path.home()) not in found
    assert getpass.getuser() not in found
    assert platform.node() not in found


def test_a_secret_in_the_message_of_an_error_is_not_captured(monkeypatch):
    def failing():
        raise OSError(2, "no such file", "/home/alice/hunter2")

    monkeypatch.setattr(inventory, "GROUPS", {**inventory.GROUPS, "locale": {"numeric": failing}})
    assert capture()["unreadable"]["locale.numeric"] == "FileNotFoundError"


@pytest.mark.parametrize("group", [name for name in GROUPS if name != "unreadable"])
def test_a_group_that_raises_is_unreadable_and_costs_no_other(monkeypatch, group):
    def failing():
        raise RuntimeError("hunter2")

    expected = capture()
    monkeypatch.setattr(inventory, "GROUPS", {**inventory.GROUPS, group: failing})
    facts = capture()
    assert facts["unreadable"][group] == "RuntimeError"
    assert facts[group] == ([] if group == "imported" else {})
    others = [name for name in GROUPS if name not in (group, "unreadable")]
    assert [facts[name] for name in others] == [expected[name] for name in others]


def test_a_fact_that_is_not_plain_is_unreadable():
    unreadable = {}
    assert read({"a": {"odd": lambda: [object()], "even": lambda: 2}}, unreadable) == {"a": {"even": 2}}
    assert unreadable == {"a.odd": "is a object, which is not a plain value"}


def test_what_was_read_before_the_failure_is_kept():
    def partly():
        raise UnreadableError("the rest is broken", {"x": 1})

    unreadable = {}
    assert read({"some": partly}, unreadable) == {"some": {"x": 1}}
    assert unreadable == {"some": "the rest is broken"}


def test_capture_imports_nothing_beyond_the_standard_library():
    program = """
import json
from parityline.environment import capture
before = set(sys.modules)
capture()
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""
    # the tables of build settings have a name of the platform's own
    new = [name for name in in_a_fresh_process(program) if not name.startswith("_sysconfigdata")]
    assert set(new) <= sys.stdlib_module_names


def test_importing_the_package_imports_no_library_but_the_required_ones():
    program = "import json, parityline.environment; print(json.dumps(sorted(sys.modules)))"
    modules = set(in_a_fresh_process(program))
    assert not {"pandas", "pyarrow", "polars", "duckdb", "sklearn", "scipy", "threadpoolctl"} & modules


def test_capture_is_quick():
    program = """
import json, time
from parityline.environment import capture
start = time.process_time()
capture()
print(json.dumps(time.process_time() - start))
"""
    # processor time, so that other tests on the machine do not count
    assert min(in_a_fresh_process(program) for _ in range(3)) < 0.15


def test_capture_starts_no_process_and_opens_no_connection():
    program = """
import json
from parityline.environment import capture
seen = []
sys.addaudithook(lambda event, _: seen.append(event))
capture()
print(json.dumps(seen))
"""
    forbidden = ("subprocess", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket", "os.putenv")
    events = in_a_fresh_process(program)
    assert "open" in events
    assert [event for event in events if event.startswith(forbidden)] == []


@pytest.mark.parametrize(
    ("flags", "variables", "expected"),
    [
        pytest.param([], {}, "random", id="not set"),
        pytest.param([], {"PYTHONHASHSEED": "random"}, "random", id="random"),
        pytest.param([], {"PYTHONHASHSEED": "0"}, "0", id="zero"),
        pytest.param([], {"PYTHONHASHSEED": "0042"}, "42", id="number"),
        pytest.param(["-I"], {"PYTHONHASHSEED": "42"}, "random", id="the interpreter ignores the variable"),
    ],
)
def test_hash_seed(flags, variables, expected):
    assert in_a_fresh_process(CAPTURED, *flags, **variables)["interpreter"]["hash_seed"] == expected


def test_a_hash_seed_of_zero_set_too_late_is_random():
    program = f"import os; os.environ['PYTHONHASHSEED'] = '0'\n{CAPTURED}"
    assert in_a_fresh_process(program)["interpreter"]["hash_seed"] == "random"


@pytest.mark.parametrize(("flags", "encoding"), [(["-X", "utf8"], "utf-8"), (["-X", "utf8=0"], None)])
def test_utf8_mode_and_the_encoding_of_opened_files(flags, encoding):
    facts = in_a_fresh_process(CAPTURED, *flags, LC_ALL="C", PYTHONCOERCECLOCALE="0")
    assert facts["interpreter"]["utf8_mode"] is (encoding is not None)
    assert (facts["locale"]["preferred_encoding"] == "utf-8") is (encoding is not None)


@pytest.mark.parametrize("name", settings.VARIABLES)
def test_an_allowed_variable_is_captured_as_it_is_set(monkeypatch, name):
    monkeypatch.setenv(name, "Haswell,8:4.1+x-y_z")
    assert capture()["threads"][name] == "Haswell,8:4.1+x-y_z"
    monkeypatch.setenv(name, "")
    assert name not in capture()["threads"]


@pytest.mark.parametrize("text", ["", "a b", "a/b", "a@b", "a\n", "x" * 41, "é"])
def test_a_token_is_short_and_plain(text):
    with pytest.raises(UnreadableError) as error:
        token(text)
    assert text == "" or text not in str(error.value)
    assert token("x" * 40) == "x" * 40


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        pytest.param("Europe/Berlin", "Europe/Berlin", id="name"),
        pytest.param(":Europe/Berlin", "Europe/Berlin", id="name after a colon"),
        pytest.param("/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo", id="path into the database"),
        pytest.param("", "UTC", id="empty"),
        pytest.param("Etc/UTC", "UTC", id="alias of UTC"),
        pytest.param("CET-1CEST,M3.5.0,M10.5.0/3", "CET-1CEST,M3.5.0,M10.5.0/3", id="spelt out"),
        pytest.param("<+03>-3", "<+03>-3", id="spelt out in digits"),
    ],
)
def test_name_of_the_time_zone_from_its_variable(tmp_path, monkeypatch, variable, expected):
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        (tmp_path / zone).parent.mkdir()
        (tmp_path / zone).touch()
    monkeypatch.setattr(time_zone.zoneinfo, "TZPATH", (str(tmp_path),))
    monkeypatch.setenv("TZ", variable)
    assert time_zone.name() == expected


@pytest.mark.parametrize("variable", ["Hunter2", "/home/alice/zone", "../Europe/Berlin", "ABC1/home/alice"])
def test_a_variable_that_names_no_time_zone_is_unreadable(monkeypatch, variable):
    monkeypatch.setenv("TZ", variable)
    with pytest.raises(UnreadableError):
        time_zone.name()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin", id="absolute"),
        pytest.param("../usr/share/zoneinfo/America/Argentina/Salta", "America/Argentina/Salta", id="relative"),
        pytest.param("/usr/share/zoneinfo/Etc/UTC", "UTC", id="alias of UTC"),
        pytest.param(None, None, id="no link"),
    ],
)
def test_name_of_the_time_zone_from_the_link_of_the_system(tmp_path, monkeypatch, target, expected):
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    if target is not None:
        link.symlink_to(target)
    assert time_zone.name(link) == expected


def test_a_link_outside_the_time_zone_database_is_unreadable(tmp_path, monkeypatch):
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    link.symlink_to("/home/alice/zone")
    with pytest.raises(UnreadableError) as error:
        time_zone.name(link)
    assert "alice" not in str(error.value)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the system cannot change the zone of a process")
@pytest.mark.parametrize(
    ("zone", "offsets"),
    [
        pytest.param("CET-1CEST,M3.5.0,M10.5.0/3", {"standard": 60, "daylight": 120}, id="with daylight time"),
        pytest.param("IST-5:30", {"standard": 330}, id="half hours, no daylight time"),
        pytest.param("EST5EDT,M3.2.0,M11.1.0", {"standard": -300, "daylight": -240}, id="west of Greenwich"),
    ],
)
def test_offsets_are_in_minutes_east_of_utc(zone, offsets):
    facts = in_a_fresh_process(CAPTURED, TZ=zone)["time_zone"]
    assert facts == {"name": zone} | {f"{name}_offset_minutes": value for name, value in offsets.items()}


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        pytest.param(None, {}, None, id="no control groups"),
        pytest.param("0::/\n", {}, None, id="no limit file"),
        pytest.param("0::/\n", {"cpu.max": "max 100000\n"}, None, id="version 2, no limit"),
        pytest.param("0::/\n", {"cpu.max": "150000 100000\n"}, 1.5, id="version 2"),
        pytest.param(
            "0::/pod/app\n", {"pod/cpu.max": "50000 100000", "pod/app/cpu.max": "200000 100000"}, 0.5, id="parent"
        ),
        pytest.param("0::/not/here\n", {"cpu.max": "200000 100000"}, 2.0, id="path of the host"),
        pytest.param(
            "4:cpu,cpuacct:/docker/1\n0::/\n",
            {"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"},
            3.0,
            id="version 1",
        ),
        pytest.param(
            "4:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None, id="1, no limit"
        ),
        pytest.param("3:cpuset:/\n", {"cpu.max": "100000 100000"}, None, id="another controller"),
    ],
)
def test_cpu_limit(tmp_path, groups, files, expected):
    if groups is not None:
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text(groups)
    for file, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert machine.cpu_limit(tmp_path) == expected


def test_the_native_library_of_numpy_is_named():
    facts = in_a_fresh_process(CAPTURED)
    assert facts["libraries"]["numpy"]["blas"]
    assert facts["platform"]["cpu_features"] == sorted(facts["platform"]["cpu_features"])


def test_loaded_libraries_are_asked_for_only_where_threadpoolctl_is_imported():
    facts = in_a_fresh_process(CAPTURED)
    assert "loaded" not in facts["libraries"]
    assert facts["unreadable"]["libraries.loaded"] == "threadpoolctl is not imported"


def test_loaded_libraries_are_told_apart_by_the_package_that_ships_them(monkeypatch):
    def pool(path: str, version: str | None, threads: int) -> dict[str, object]:
        return {
            "filepath": path,
            "internal_api": "openblas",
            "version": version,
            "num_threads": threads,
            "architecture": "Haswell",
        }

    module = types.ModuleType("threadpoolctl")
    module.threadpool_info = lambda: [
        pool("/home/me/venv/lib/site-packages/scipy.libs/lib.so", "0.3.31", 8),
        pool("/home/me/venv/lib/site-packages/numpy/.dylibs/lib.dylib", "0.3.34", 4),
        pool("/home/me/venv/lib/site-packages/scipy.libs/old.so", "0.3.20", 2),
        pool("/home/me.libs/lib.so", None, 1),
    ]
    monkeypatch.setitem(sys.modules, "threadpoolctl", module)
    found = capture()["libraries"]["loaded"]
    assert [(owner, name, facts["threads"]) for owner, names in found.items() for name, facts in names.items()] == [
        ("numpy", "openblas", 4),
        ("scipy", "openblas", 2),
        ("scipy", "openblas+", 8),
        ("system", "openblas", 1),
    ]
    assert "version" not in found["system"]["openblas"]


def test_options_are_read_only_from_imported_libraries():
    assert in_a_fresh_process(CAPTURED)["options"] == {}


def test_options_of_pandas_without_a_warning():
    pandas = pytest.importorskip("pandas")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = capture()
    assert not [fact for fact in before["unreadable"] if fact.startswith("options.")]
    with pandas.option_context("compute.use_numexpr", not before["options"]["pandas"]["compute"]["use_numexpr"]):
        assert capture()["options"]["pandas"]["compute"] != before["options"]["pandas"]["compute"]
    assert isinstance(before["options"]["pandas"]["mode"]["copy_on_write"], (bool, str))
    assert isinstance(before["options"]["pandas"]["future"]["infer_string"], bool)


def test_options_of_scikit_learn():
    sklearn = pytest.importorskip("sklearn")
    with sklearn.config_context(transform_output="pandas"):
        assert capture()["options"]["sklearn"]["transform_output"] == "pandas"
    assert capture()["options"]["sklearn"]["transform_output"] == "default"


def test_options_of_torch(monkeypatch):
    cudnn = types.SimpleNamespace(benchmark=True, deterministic=False)
    torch = types.ModuleType("torch")
    torch.version = types.SimpleNamespace(cuda=None)
    torch.backends = types.SimpleNamespace(cudnn=cudnn)
    torch.get_default_dtype = lambda: "torch.float32"
    torch.are_deterministic_algorithms_enabled = lambda: True
    torch.get_num_threads = lambda: 4
    monkeypatch.setitem(sys.modules, "torch", torch)
    facts = capture()
    assert facts["options"]["torch"] == {
        "cudnn_benchmark": True,
        "cudnn_deterministic": False,
        "default_dtype": "torch.float32",
        "deterministic_algorithms": True,
        "threads": 4,
    }
    # this release has no such switch
    assert facts["unreadable"]["options.torch.float32_matmul_precision"] == "AttributeError"


def test_describe_is_flat_and_sorted():
    facts = {
        "interpreter": {"version": "3.12.1", "utf8_mode": False},
        "imported": ["numpy", "pandas"],
        "packages": {},
        "options": {"pandas": {"mode": {"copy_on_write": True}}, "list": []},
        "packages.gone": None,
    }
    assert describe(facts) == [
        ("imported", "numpy, pandas"),
        ("interpreter.utf8_mode", "no"),
        ("interpreter.version", "3.12.1"),
        ("options.list", "none"),
        ("options.pandas.mode.copy_on_write", "yes"),
        ("packages.gone", "absent"),
    ]


def test_describe_has_every_captured_fact():
    facts = capture()
    assert {fact.partition(".")[0] for fact, _ in describe(facts)} == {name for name in GROUPS if facts[name] != {}}
