"""Settings of the libraries below torch are made where they exist, and their absence is no error."""

from __future__ import annotations

import os

from explorer.training import memory


def test_the_number_of_kernels_is_limited_unless_the_user_says_otherwise(monkeypatch):
    monkeypatch.delenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", raising=False)
    memory.prepare_memory()
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == str(memory.N_KERNELS)
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "7")
    memory.prepare_memory()
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "7"


def test_memory_is_trimmed_at_a_validation_only(monkeypatch):
    calls = []
    monkeypatch.setattr(memory, "_of_glibc", lambda name: lambda pad: calls.append((name, pad)))
    memory.GiveBack().on_step(None, None)
    assert not calls
    memory.GiveBack().on_validation(None, None)
    assert calls == [("malloc_trim", 0)]


def test_another_c_library_is_no_error(monkeypatch):
    monkeypatch.setattr(memory, "_of_glibc", lambda name: None)
    memory.prepare_memory()
    memory.GiveBack().on_validation(None, None)
