"""The plugin's card and settings: the contract's `lifecycle`."""

from typing import List, Tuple

import gate as plain
from settings import validate
from wit_world.exports import lifecycle
from wit_world.imports.types import Error


class Lifecycle:
    def describe(self) -> lifecycle.Info:
        return lifecycle.Info(
            name="plugin-name",
            plugin_version="0.1.0",
            summary="Scores are too high when they lie many deviations above the mean",
            state_format=plain.FORMAT,
            reads_state=[plain.FORMAT],
            extra=[],
        )

    def settings_schema(self) -> List[lifecycle.Setting]:
        return [lifecycle.Setting(setting.key, setting.summary, setting.default) for setting in plain.SCHEMA]

    def validate_settings(self, settings: List[Tuple[str, str]]) -> List[Error]:
        return [Error(failure.code, failure.message) for failure in validate(plain.SCHEMA, settings)]


class Thresholds:
    """The interface holds nothing but the resource, which componentize-py looks for in `thresholds.py`."""
