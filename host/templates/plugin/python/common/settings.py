"""Settings that are numbers: read and checked, with one sentence for each mistake."""

import math
from dataclasses import dataclass


@dataclass
class Setting:
    key: str
    summary: str
    default: str
    least: float
    most: float


class Failure(Exception):
    """The contract's error: a code and one sentence in lowercase: what was found, what is allowed, what to do."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def parse(schema, pairs):
    """Settings from pairs of key and value; unknown keys are passed over."""
    known = {setting.key: setting for setting in schema}
    settings = {setting.key: float(setting.default) for setting in schema}
    for key, value in pairs:
        if key in known:
            settings[key] = number(known[key], value)
    return settings


def validate(schema, pairs):
    """One failure for each unknown key, repeated key and bad value."""
    failures, known, given = [], [setting.key for setting in schema], set()
    for key, value in pairs:
        if key not in known:
            failures.append(Failure(1, f'setting "{key}" is not known; known are {", ".join(known)}'))
        elif key in given:
            failures.append(Failure(1, f"setting {key} is given twice; give it once"))
        else:
            try:
                parse(schema, [(key, value)])
            except Failure as failure:
                failures.append(failure)
        given.add(key)
    return failures


def number(setting, value):
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not setting.least <= found <= setting.most:
        allowed = f"numbers from {setting.least:g} to {setting.most:g}"
        raise Failure(1, f'setting {setting.key} is "{value}"; allowed are {allowed}')
    return found
