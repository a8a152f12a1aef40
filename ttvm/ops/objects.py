"""Objects: fields by name, in the order in which they were first set. They never change either."""

from __future__ import annotations

from ttvm.ops.checks import an_object, limited, text
from ttvm.values import List, Object, Value


def make_object() -> Value:
    """Put an object without fields on the stack."""
    return Object()


def set_field(key: str, target: Value, value: Value) -> Value:
    """Give an object in which the named field has a value."""
    limited(len(an_object(target)) + 1, "object")
    return an_object(target).with_field(key, value)


def get_field(key: str, target: Value) -> Value:
    """Give the value of the named field, null when there is none."""
    return an_object(target).get(key)


def has_field(key: str, target: Value) -> Value:
    """Tell (1 or 0) whether the object has the named field."""
    return 1 if key in an_object(target) else 0


def delete_field(key: str, target: Value) -> Value:
    """Give an object without the named field."""
    return an_object(target).without_field(key)


def keys(target: Value) -> Value:
    """Give the list of the field names, in the order in which they were first set."""
    return List(list(an_object(target)))


def object_set(target: Value, key: Value, value: Value) -> Value:
    """Like SET_FIELD, with the name from the stack."""
    return set_field(text(key, "a key"), target, value)


def object_get(target: Value, key: Value) -> Value:
    """Like GET_FIELD, with the name from the stack."""
    return get_field(text(key, "a key"), target)
