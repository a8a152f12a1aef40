"""The environment, and commands of the computer."""

from __future__ import annotations

from ttvm.errors import ReplayError, mismatch
from ttvm.ops import checks
from ttvm.ops.protocol import Actors
from ttvm.process.state import Process
from ttvm.values import List, Object, Value


def get_env(process: Process, system: Actors, name: Value) -> Value:
    """Give the value of an environment variable, or null.

    Needs --allow-env.
    """
    return system.ask(process, "the environment", "commands", "get_variable", checks.text(name, "a name"))


def set_env(process: Process, system: Actors, name: Value, value: Value) -> None:
    """Set an environment variable of this run: GET_ENV gives it, in every process, and commands get it.

    A name that is empty or contains = is DomainError. Needs --allow-env; for LD_ and DYLD_ variables, which make
    commands load code, --allow-run of all commands as well.
    """
    variable, content = checks.text(name, "a name"), checks.text(value, "a value")
    system.ask(process, "the environment", "commands", "set_variable", variable, content)


def execute(process: Process, system: Actors, command: Value, arguments: Value) -> Value:
    """Run a command and print what it prints; give its exit status. The others run meanwhile.

    The command is a path, or a name that is looked for in the folders of PATH; it gets the texts of the list as they
    are, for no shell looks at them, and an empty standard input. Its output, errors included, is printed when it has
    ended and everything it started has closed it. A command that a signal ended has the status minus the signal. A
    command that cannot be run is FileError; one that prints more than 16,777,216 bytes is ended: LimitExceeded. With
    the process that runs it, the command ends too. Needs --allow-run.
    """
    answer = _ask(process, system, "run", command, arguments)
    output = answer.get("output")
    if isinstance(output, str) and output:
        system.host.console.write(process.pid, output)
    return answer.get("exit_code")


def execute_capture(process: Process, system: Actors, command: Value, arguments: Value) -> Value:
    """Run a command as EXEC does, and give an object with its `stdout`, `stderr` and `exit_code`.

    Bytes that are not UTF-8 become U+FFFD. Needs --allow-run.
    """
    return _ask(process, system, "capture", command, arguments)


def _ask(process: Process, system: Actors, verb: str, command: Value, arguments: Value) -> Object:
    name = checks.text(command, "a command")
    if not isinstance(arguments, List) or not all(isinstance(each, str) for each in arguments):
        raise mismatch("a List of Strs")
    answer = system.ask(process, f"the command {name}", "commands", verb, name, arguments)
    if not isinstance(answer, Object):
        raise ReplayError(f"the recorded answer of the command {name} is damaged")
    return answer
