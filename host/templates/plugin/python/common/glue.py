"""What every plugin's contract side has."""

import functools

from componentize_py_types import Err
from settings import Failure
from wit_world.imports import host
from wit_world.imports.types import Error


def told(call):
    """Makes the contract's error of a failure. Any other exception ends the instance; the host's log is told before."""

    @functools.wraps(call)
    def wrapped(*arguments):
        try:
            return call(*arguments)
        except Failure as failure:
            raise Err(Error(failure.code, failure.message)) from failure
        except Exception as error:
            host.log(0, f"{type(error).__name__}: {error}, in {place_of(error)}")
            raise

    return wrapped


def place_of(error):
    """Innermost function and line. The module `traceback` would read source files, of which there are none."""
    place = error.__traceback__
    while place.tb_next:
        place = place.tb_next
    return f"{place.tb_frame.f_code.co_name}, line {place.tb_lineno}"
