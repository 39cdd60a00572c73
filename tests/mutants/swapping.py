"""Puts a fault into a module that is loaded, and takes it out again.

The statement of the module that has the fault is carried out beside the module. Then its functions lend their code to those that
everybody holds, methods likewise, and what it assigns is assigned in the module.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FunctionType, ModuleType
from typing import Any

PARTS = ("__code__", "__defaults__", "__kwdefaults__")


@contextmanager
def faulty(module: ModuleType, tree: ast.Module) -> Iterator[None]:
    """Inside, the module works as this part of it says."""
    beside = dict(vars(module))
    exec(compile(tree, str(module.__file__), "exec", dont_inherit=True), beside)
    with ExitStack() as stack:
        for name, new in beside.items():
            old = vars(module).get(name)
            if new is not old and name != "__builtins__":
                _swap(module, name, old, new, stack.callback)
        yield


def _swap(owner: Any, name: str, old: Any, new: Any, later: Callable[..., Any]) -> None:
    if isinstance(old, FunctionType) and isinstance(new, FunctionType):
        for part in PARTS:
            later(setattr, old, part, getattr(old, part))
            setattr(old, part, getattr(new, part))
    elif isinstance(old, type) and isinstance(new, type):
        for each, method in vars(new).items():
            if isinstance(method, FunctionType) and isinstance(vars(old).get(each), FunctionType):
                _swap(old, each, vars(old)[each], method, later)
    elif old is not None:
        later(setattr, owner, name, old)
        setattr(owner, name, new)
