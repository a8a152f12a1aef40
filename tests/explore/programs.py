"""The programs whose numbers of executions are known: from the literature, and from exhaustive search."""

from __future__ import annotations


def spawn(label: str, variable: str = "", *arguments: str) -> str:
    """Spawn the function at a label with variables as its arguments, and keep its pid in a variable."""
    loads = "".join(f"LOAD {name}\n" if name != "self" else "SELF\n" for name in arguments)
    parameters = " ".join(f"a{number}" for number in range(1, len(arguments) + 1))
    keep = f"STORE {variable}" if variable else "POP"
    return f"{loads}MAKE_FUNCTION {label} {parameters}\nSPAWN {len(arguments)}\n{keep}\n"


def numbered(count: int, label: str = "sender") -> str:
    """Spawn so many processes, each with the pid of this one and its number."""
    return "".join(f"PUSH_INT {number}\nSTORE i\n{spawn(label, '', 'self', 'i')}" for number in range(1, count + 1))


SENDER = "sender:\nLOAD a2\nLOAD a1\nSEND\nHALT\n"


def take_any(senders: int, receives: int) -> str:
    """Senders to one process, which takes so many messages."""
    return numbered(senders) + "RECEIVE\nPOP\n" * receives + "HALT\n" + SENDER


def take_in_order(senders: int) -> str:
    """The receiver asks for the messages in a fixed order."""
    takes = "".join(f"RECEIVE {number}\nPOP\n" for number in range(1, senders + 1))
    return numbered(senders) + takes + "HALT\n" + SENDER


def two_messages(senders: int) -> str:
    """Each sender sends two messages."""
    body = "sender:\nLOAD a2\nLOAD a1\nSEND\nLOAD a2\nNEG\nLOAD a1\nSEND\nHALT\n"
    return numbered(senders) + "RECEIVE\nPOP\n" * (2 * senders) + "HALT\n" + body


def pairs(count: int) -> str:
    """Independent pairs of a sender and a receiver."""
    main = "".join(spawn("receiver", "to") + spawn("one", "", "to") for _ in range(count))
    return main + "HALT\nreceiver:\nRECEIVE\nHALT\none:\nTRUE\nLOAD a1\nSEND\nHALT\n"


def ping_pong(rounds: int) -> str:
    """Two processes that answer each other."""
    turn = "SELF\nLOAD other\nSEND\nRECEIVE\nPOP\n"
    answer = "RECEIVE\nSTORE from\nTRUE\nLOAD from\nSEND\n"
    return spawn("server", "other") + turn * rounds + "HALT\nserver:\n" + answer * rounds + "HALT\n"


def ring(size: int) -> str:
    """A token goes round a ring once."""
    text = "SELF\nSTORE next\n"
    for _ in range(size):
        text += spawn("member", "next", "next")
    return text + "TRUE\nLOAD next\nSEND\nRECEIVE\nHALT\nmember:\nRECEIVE\nLOAD a1\nSEND\nHALT\n"


def calls(clients: int) -> str:
    """Clients call one server."""
    answer = 'RECEIVE\nSTORE from\nPUSH_STR "reply"\nLOAD from\nSEND\n'
    text = spawn("server", "server") + spawn("client", "", "server") * clients
    return text + "HALT\nserver:\n" + answer * clients + "HALT\nclient:\nSELF\nLOAD a1\nSEND\nRECEIVE\nHALT\n"


CELL = """cell:
PUSH_INT 0
STORE value
serve:
RECEIVE
STORE message
LOAD message
PUSH_INT 0
INDEX
DUP
PUSH_STR "put"
EQ
JNZ put
PUSH_STR "get"
EQ
JNZ get
PUSH_STR "final"
JMP answer
get:
PUSH_STR "val"
answer:
LOAD value
MAKE_LIST 2
LOAD message
PUSH_INT 1
INDEX
SEND
JMP serve
put:
POP
LOAD message
PUSH_INT 1
INDEX
STORE value
JMP serve
"""
"""Keeps a number; answers get and final, and takes put."""
UPDATING_CLIENT = """client:
PUSH_STR "get"
SELF
MAKE_LIST 2
LOAD a2
SEND
RECEIVE ["val", _]
PUSH_INT 1
INDEX
STORE value
PUSH_STR "put"
LOAD value
PUSH_INT 1
ADD
MAKE_LIST 2
LOAD a2
SEND
PUSH_STR "done"
LOAD a1
SEND
HALT
"""
"""Gets a number from a cell and puts it back, one larger."""


def lost_update(clients: int) -> str:
    """Each client gets a number from a cell and puts it back, one larger."""
    main = spawn("cell", "cell") + spawn("client", "", "self", "cell") * clients
    main += 'RECEIVE "done"\nPOP\n' * clients
    main += (
        'PUSH_STR "read"\nSELF\nMAKE_LIST 2\nLOAD cell\nSEND\nRECEIVE ["final", _]\nPUSH_INT 1\nINDEX\nPRINT\nHALT\n'
    )
    return main + CELL + UPDATING_CLIENT


def philosophers(count: int) -> str:
    """Dining philosophers with processes for forks. Nobody waits for them to finish."""
    main = "".join(spawn("fork", f"fork{number}") for number in range(1, count + 1))
    for number in range(1, count + 1):
        main += spawn("philosopher", "", f"fork{number}", f"fork{number % count + 1}")
    return (
        main
        + """HALT
fork:
RECEIVE int
STORE owner
SELF
LOAD owner
SEND
RECEIVE "put"
POP
JMP fork
philosopher:
SELF
LOAD a1
SEND
RECEIVE $a1
POP
SELF
LOAD a2
SEND
RECEIVE $a2
POP
PUSH_STR "put"
LOAD a1
SEND
PUSH_STR "put"
LOAD a2
SEND
HALT
"""
    )


NAMED = 'HALT\nnamed:\nREGISTER "nm"\nRECEIVE\nHALT\n'
WHEREIS = spawn("named") + 'WHEREIS "nm"\nSTORE w\nLOAD w\nJZ out\nTRUE\nLOAD w\nSEND\nout:\n' + NAMED
SEND_NAMED = spawn("named") + 'TRUE\nSENDNAMED "nm"\n' + NAMED
CHILD_ENDS = "HALT\nchild:\nHALT\n"
IS_ALIVE = spawn("child", "c") + "LOAD c\nIS_ALIVE\nPOP\n" + CHILD_ENDS
MONITOR = spawn("child", "c") + 'LOAD c\nMONITOR\nPOP\nRECEIVE {type: "DOWN"}\n' + CHILD_ENDS
LINK = (
    "TRUE\nTRAP_EXIT\n" + spawn("child", "c") + 'LOAD c\nLINK\nRECEIVE {type: "EXIT"} AFTER 0 out\nout:\n' + CHILD_ENDS
)
KILL = (
    spawn("waiter", "c")
    + spawn("killer", "", "c")
    + spawn("sender", "", "c")
    + 'HALT\nwaiter:\nRECEIVE true\nHALT\nkiller:\nPUSH_STR "kill"\nLOAD a1\nKILL\nHALT\n'
    + "sender:\nTRUE\nLOAD a1\nSEND\nHALT\n"
)


def poll(senders: int) -> str:
    """A receiver that does not wait, against so many senders."""
    return numbered(senders) + f"RECEIVE int AFTER 0 out\nout:\nHALT\n{SENDER}"


UNLIKE_PATTERNS = numbered(3) + "RECEIVE 1 | 2\nPOP\nRECEIVE 2 | 3\nHALT\n" + SENDER
"""Some orders of three messages are seen: of 1 and 2 by the first RECEIVE, of what is left and 3 by the second."""
OTHER_MAILBOX = (
    spawn("worker", "one")
    + spawn("worker", "two")
    + spawn("ahead", "", "one", "two")
    + spawn("ahead", "", "two", "one")
    + "HALT\nworker:\nRECEIVE\nHALT\nahead:\nTRUE\nLOAD a1\nSEND\nFALSE\nLOAD a2\nSEND\nHALT\n"
)
"""Two processes write to the same two mailboxes, each in another order: not every pair of first messages can be."""
TWO_ENDS = (
    spawn("ends", "c1")
    + spawn("ends", "c2")
    + f"PUSH_INT 1\nSTORE i\n{spawn('watcher', '', 'c1', 'c2', 'i')}"
    + f"PUSH_INT 2\nSTORE i\n{spawn('watcher', '', 'c1', 'c2', 'i')}"
    + "HALT\nends:\nRECEIVE 1\nPOP\nRECEIVE 2\nHALT\n"
    + "watcher:\nLOAD a1\nMONITOR\nPOP\nLOAD a2\nMONITOR\nPOP\n"
    + "LOAD a3\nLOAD a1\nSEND\nLOAD a3\nLOAD a2\nSEND\nRECEIVE\nHALT\n"
)
"""Two ends are told to two processes, which see them in the same order: two observers of one pair of events."""
ENDED_WATCHER = (
    spawn("watcher", "watcher")
    + spawn("sender", "", "watcher")
    + "HALT\nwatcher:\nMAKE_FUNCTION ends\nSPAWN_MONITOR\nPOP\nPOP\nRECEIVE\nPRINT\nHALT\n"
    + "ends:\nHALT\nsender:\nTRUE\nLOAD a1\nSEND\nHALT\n"
)
"""The watcher has ended when the end it watches for comes; had that come first, it would have been told."""
TAKEN_IN_SLEEP = (
    "".join(spawn(label, "", "self") for label in ("first", "second", "namer", "asker"))
    + "RECEIVE 1 | 3\nPOP\nRECEIVE 1 | 2\nHALT\n"
    + "first:\nPUSH_INT 1\nLOAD a1\nSEND\nHALT\nsecond:\nPUSH_INT 2\nLOAD a1\nSEND\nHALT\n"
    + 'namer:\nREGISTER "nm"\nPUSH_INT 3\nLOAD a1\nSEND\nHALT\nasker:\nWHEREIS "nm"\nPOP\nHALT\n'
)
"""A message that somebody has taken cannot be preferred to another one any more."""

REFERENCE: dict[str, tuple[str, int, int]] = {
    **{f"any{n}": (take_any(n, n), count, count) for n, count in ((2, 2), (3, 6), (4, 24), (5, 120), (6, 720))},
    **{f"one{n}": (take_any(n, 1), n, count) for n, count in ((2, 2), (3, 6), (4, 24), (5, 120), (6, 720))},
    "pairs3": (pairs(3), 1, 1),
    "pairs5": (pairs(5), 1, 1),
    "ping-pong": (ping_pong(5), 1, 1),
    "ring": (ring(5), 1, 1),
    "calls3": (calls(3), 6, 6),
    "calls5": (calls(5), 120, 120),
    "two2": (two_messages(2), 6, 6),
    "two3": (two_messages(3), 90, 90),
    "lost-update2": (lost_update(2), 12, 12),
    "lost-update3": (lost_update(3), 540, 540),
    "selective3": (take_in_order(3), 1, 1),
    "selective5": (take_in_order(5), 1, 1),
    "nobody5": (take_any(5, 0), 1, 1),
    "unlike-patterns": (UNLIKE_PATTERNS, 3, 4),
    "other-mailbox": (OTHER_MAILBOX, 3, 3),
    "two-ends": (TWO_ENDS, 2, 8),
    "ended-watcher": (ENDED_WATCHER, 2, 2),
    "taken-in-sleep": (TAKEN_IN_SLEEP, 9, 12),
    "philosophers2": (philosophers(2), 3, 5),
    "philosophers3": (philosophers(3), 7, 37),
    "philosophers4": (philosophers(4), 15, 185),
    "whereis": (WHEREIS, 2, 2),
    "send-named": (SEND_NAMED, 2, 2),
    "poll1": (poll(1), 2, 2),
    "poll3": (poll(3), 4, 12),
    "link": (LINK, 3, 3),
    "monitor": (MONITOR, 2, 2),
    "is-alive": (IS_ALIVE, 2, 2),
    "kill": (KILL, 4, 4),
}
"""Program and numbers of executions: where the order of messages counts only when it is seen (``observers``), and where
it counts when some RECEIVE may take either (``optimal``)."""
