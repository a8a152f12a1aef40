"""What is found, in which words, with which schedule, and what is said to decide."""

from __future__ import annotations

from tests.explore.helpers import exploration_of, finish, report_of
from tests.explore.programs import calls, lost_update, philosophers, ping_pong, spawn
from ttvm.explore.report import Finding, Report

TABLE = 'RECEIVE "full"\nPOP\nRECEIVE "full"\nHALT\n'


def kinds(report: Report) -> list[str]:
    return [finding.kind for finding in report.findings]


def the_only(report: Report) -> Finding:
    [finding] = report.findings
    return finding


def test_deadlock_with_its_circle_and_what_decides() -> None:
    text = philosophers(2).replace("HALT\nfork:", f"{TABLE}fork:", 1)
    text = text.replace("LOAD a2\nSEND\nHALT\n", 'LOAD a2\nSEND\nPUSH_STR "full"\nSEND 1\nHALT\n')
    finding = the_only(report_of(text))
    assert (finding.kind, finding.process) == ("deadlock", 1)
    assert finding.text == "the main process waits, and nobody can ever wake it, and so do 2, 3, 4, 5"
    assert finding.details[-1] == (
        "a circle: 2 (fork) waits for 4 (philosopher), 4 (philosopher) waits for 3 (fork), "
        "3 (fork) waits for 5 (philosopher), 5 (philosopher) waits for 2 (fork)"
    )
    assert (
        '2 (fork) waits at prog.ttvm:27 for a message that fits "put"; its mailbox holds Int 5 from 5'
        in finding.details
    )
    assert finding.race.startswith("had the SEND of ")
    assert finding.schedule.preemptions == 0
    assert len(finding.trace) == len(finding.schedule.steps)


def test_crash_has_place_and_reason() -> None:
    finding = the_only(report_of("PUSH_INT 1\nPUSH_INT 0\nDIV\n"))
    assert (finding.kind, finding.place, finding.process) == ("crash", "prog.ttvm:3", 1)
    assert "DIV" in finding.text


def test_failed_assertion_that_depends_on_the_schedule() -> None:
    text = lost_update(2).replace("PRINT\nHALT\n", 'PUSH_INT 2\nEQ\nASSERT "both updates count"\nHALT\n', 1)
    report = report_of(text)
    finding = the_only(report)
    assert finding.kind == "failed assertion"
    assert "both updates count" in finding.text
    assert 0 < finding.count < report.executions
    assert finding.race


def test_caught_faults_are_no_findings() -> None:
    assert report_of("TRY\nPUSH_INT 1\nPUSH_INT 0\nDIV\nCATCH\nPOP\nEND_TRY\n").findings == ()


def test_lost_messages_say_why() -> None:
    report = report_of(
        f'TRUE\nSENDNAMED "nobody"\n{spawn("ends", "e")}{spawn("stays", "s")}LOAD e\nMONITOR\nPOP\nRECEIVE\nPOP\n'
        'TRUE\nLOAD e\nSEND\nFALSE\nLOAD s\nSEND\nHALT\nends:\nHALT\nstays:\nRECEIVE "never"\nHALT\n'
    )
    assert {finding.text for finding in report.findings if finding.kind == "lost message"} == {
        "nobody takes Bool true from 1 to nobody: nobody has this name",
        "nobody takes Bool true from 1 to 2: it had ended already",
        "nobody takes Bool false from 1 to 3: 3 lives on without taking it",
    }


def test_lost_message_of_a_process_that_ends_later() -> None:
    """Whether it ends before or after the message comes is the same class of executions: the simplest one is told."""
    finding = the_only(report_of(f"{spawn('child', 'c')}TRUE\nLOAD c\nSEND\nHALT\nchild:\nHALT\n"))
    assert finding.text == "nobody takes Bool true from 1 to 2: it ended without taking it"


def test_name_conflict() -> None:
    text = f'{spawn("named")}REGISTER "nm"\nHALT\nnamed:\nREGISTER "nm"\nHALT\n'
    report = report_of(text)
    assert "name conflict" in kinds(report)
    assert {finding.process for finding in report.findings} == {1, 2}


def test_orphan_waits_only_in_some_executions() -> None:
    text = f'{spawn("waiter", "w")}WHEREIS "w"\nJZ out\nTRUE\nSENDNAMED "w"\nout:\nHALT\n'
    text += 'waiter:\nREGISTER "w"\nRECEIVE\nHALT\n'
    report = report_of(text)
    finding = next(each for each in report.findings if each.kind == "orphan")
    assert finding.process == 2
    assert finding.details == ("2 (waiter) waits at prog.ttvm:12 for a message; its mailbox is empty",)


def test_a_server_that_always_waits_is_no_orphan() -> None:
    assert report_of(calls(2)).findings == ()
    server = f"{spawn('server', 's')}TRUE\nLOAD s\nSEND\nHALT\nserver:\nRECEIVE\nPOP\nJMP server\n"
    assert report_of(server).findings == ()


def test_literal_pid_of_a_process_that_is_not_there_yet() -> None:
    text = f"{spawn('first')}{spawn('second')}HALT\nfirst:\nTRUE\nSEND 3\nHALT\nsecond:\nRECEIVE\nHALT\n"
    report = report_of(text)
    assert "literal pid" in kinds(report)
    assert "stable" in report.pids


def test_counting_pids_are_chosen_for_literal_pids_that_depend_on_the_schedule() -> None:
    text = f"{spawn('first')}{spawn('second')}HALT\nfirst:\n{spawn('second')}HALT\nsecond:\nTRUE\nSEND 4\nHALT\n"
    assert report_of(text).pids.startswith("counter: the program names a pid that depends on the schedule (SEND 4")


def test_endless_loops_are_found() -> None:
    report = report_of(f"{spawn('loop')}HALT\nloop:\nJMP loop\n", loop_bound=1_000)
    assert kinds(report) == ["process loops"]
    assert not report.complete
    assert report.bound == "a process was given up after 1,000 instructions (--max-loop)"
    assert report.outcomes[0].outcome.loops == (2,)


def test_unexpected_output() -> None:
    report = report_of(lost_update(2), expected=(("2",),))
    assert [finding.text for finding in report.findings] == ["this is printed: 1"]
    assert report_of(lost_update(2), expected=(("1",), ("2",))).findings == ()


def test_findings_are_ordered_by_preemptions_and_length() -> None:
    report = report_of(lost_update(3), expected=(("3",),))
    ranks = [(each.schedule.preemptions, len(each.schedule.steps)) for each in report.findings]
    assert ranks == sorted(ranks)
    assert ranks[0][0] == 0


def test_steps_in_words() -> None:
    finding = the_only(report_of(ping_pong(1), expected=(("never",),)))
    assert [" ".join(line.split()) for line in finding.trace[:4]] == [
        "1 1 (main) makes process 2 prog.ttvm:2",
        "2 1 (main) sends Int 1 to 2 prog.ttvm:6",
        "3 2 (server) receives Int 1 from 1 prog.ttvm:11",
        "4 2 (server) sends Bool true to 1 prog.ttvm:15",
    ]


def test_a_report_can_be_had_at_any_time() -> None:
    exploration = exploration_of(lost_update(3))
    work = iter(exploration)
    for _ in range(10):
        next(work)
    report = exploration.report()
    assert (report.executions, report.complete, report.bound) == (10, False, "it was stopped")
    finish(exploration)
    assert exploration.report().complete
