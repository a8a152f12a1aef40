"""Between one pair of processes messages keep their order, whoever chooses who runs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.programs import MOST_STEPS, Generated, programs, run_for
from tests.unit.helpers import machine
from ttvm.events import MessageSent, MessageTaken
from ttvm.setup import MachineOptions

POLICIES = st.one_of(
    st.builds(MachineOptions, policy=st.just("round-robin"), quantum=st.sampled_from((0, 1, 2, 3, 10, 1000))),
    st.builds(MachineOptions, schedulers=st.integers(1, 5), quantum=st.sampled_from((0, 1, 2, 3, 10))),
    st.builds(MachineOptions, policy=st.just("random"), seed=st.integers(0, 10**6), quantum=st.integers(1, 10)),
)


@st.composite
def senders(draw: st.DrawFn) -> tuple[str, int, int]:
    """Senders that number their messages, and receivers that print what they get: text, senders, messages each."""
    count, messages, receivers = draw(st.integers(1, 4)), draw(st.integers(1, 6)), draw(st.integers(1, 3))
    lines = []
    for receiver in range(receivers):
        lines += ["MAKE_FUNCTION receiver", "SPAWN", f"STORE r{receiver}"]
    for sender in range(count):
        lines += [f"MAKE_FUNCTION sender{sender} rs", *(f"LOAD r{each}" for each in range(receivers))]
        lines += [f"MAKE_LIST {receivers}", "SWAP", "SPAWN 1", "POP"]
    lines.append("HALT")
    pause = st.sampled_from((["YIELD"], ["PUSH_INT 0", "SLEEP"], ["PUSH_INT 3", "SLEEP"], ["NOP"], [], []))
    for sender in range(count):
        lines.append(f"sender{sender}:")
        for number in range(messages):
            for receiver in draw(st.permutations(range(receivers))):
                to = ["LOAD rs", f"PUSH_INT {receiver}", "INDEX"]
                lines += [f"PUSH_INT {sender}", f"PUSH_INT {number}", "MAKE_LIST 2", *to, "SEND", *draw(pause)]
        lines.append("HALT")
    lines += ["receiver:", draw(st.sampled_from(("RECEIVE", "RECEIVE [_, _]", "RECEIVE list AFTER 50 receiver")))]
    lines += ["SELF", "SWAP", "MAKE_LIST 2", "PRINT", *draw(pause), "JMP receiver"]
    return "\n".join(lines) + "\n", count, messages * receivers


def check_order(program: tuple[str, int, int], options: MachineOptions) -> None:
    text, count, messages = program
    running = machine(text, options)
    run_for(running, 4_000)
    received: dict[tuple[str, str], list[int]] = {}
    for each in running.console.written:
        receiver, sender, number = each.text.replace("[", "").replace("]", "").split(", ")
        received.setdefault((receiver, sender), []).append(int(number))
    assert sum(map(len, received.values())) == count * messages
    assert all(numbers == sorted(set(numbers)) for numbers in received.values()), received


@given(senders(), POLICIES, POLICIES)
@settings(max_examples=80)
def test_every_policy_keeps_the_order_of_a_senders_messages(
    program: tuple[str, int, int], one: MachineOptions, other: MachineOptions
) -> None:
    check_order(program, one)
    check_order(program, other)


@pytest.mark.slow
@given(senders(), POLICIES)
@settings(max_examples=300)
def test_every_policy_keeps_the_order_of_a_senders_messages_thoroughly(
    program: tuple[str, int, int], options: MachineOptions
) -> None:
    check_order(program, options)


@given(programs())
def test_messages_arrive_as_sent_and_are_taken_once(program: Generated) -> None:
    running = program.machine()
    arrived: dict[int, list[int]] = {}
    taken: dict[int, set[int]] = {}
    twice: list[int] = []

    def sent(event: MessageSent) -> None:
        arrived.setdefault(event.receiver.pid, []).append(event.message.number)

    def took(event: MessageTaken) -> None:
        known = taken.setdefault(event.receiver.pid, set())
        twice.extend({event.message.number} & known)
        known.add(event.message.number)

    running.vm.observe(MessageSent, sent)
    running.vm.observe(MessageTaken, took)
    run_for(running, MOST_STEPS)
    assert twice == []
    for pid, process in running.vm.system.processes.items():
        left = [message.number for message in process.mailbox]
        expected = [number for number in arrived.get(pid, []) if number not in taken.get(pid, set())]
        assert left == expected
        assert left == sorted(left)
