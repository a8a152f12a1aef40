"""What the verbs of the keyboard do: forward, back, for a while, and again."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import ModalScreen

from debugger.descriptions import Place
from debugger.playing import FASTEST, SLOWEST, Player
from debugger.tui.base import BaseApp
from debugger.tui.keys import refusal
from debugger.tui.running import Continue, Play, Repeat, Run, Search, drive
from debugger.views import StopView

STEPS_AT_ONCE = 100_000
TICKS_AT_ONCE = 10
"""How often a verb runs before the keyboard gets its turn; larger counts run in pieces."""


class Verbs(BaseApp):
    """Actions that move the session."""

    _last_verb: Callable[[], None] | None = None

    def action_step(self) -> None:
        """One instruction, or as many as the number says."""
        self._counted(self._step)

    def action_tick(self) -> None:
        """One turn of the scheduler, or as many as the number says."""
        self._counted(self._tick)

    def action_step_back(self) -> None:
        """Undo one instruction, or as many as the number says."""
        self._counted(lambda count: self._travel(lambda: self._session.back(count)))

    def action_tick_back(self) -> None:
        """Undo one turn of the scheduler, or as many as the number says."""
        self._counted(lambda count: self._travel(lambda: self._session.tick_back(count)))

    def action_over(self, outward: bool) -> None:
        """An instruction of the process that runs next, a call with all that is in it; or until the call is over."""
        self._do(lambda: self._travel(lambda: self._session.step_over(outward)))

    def action_over_back(self, outward: bool) -> None:
        """The same backward."""
        self._do(lambda: self._travel(lambda: self._session.step_over_back(outward)))

    def action_first(self) -> None:
        """Go back to the first instruction."""
        self._travel(self._session.first)

    def action_latest(self) -> None:
        """Go forward to the last step that was ever executed."""
        self._travel(self._session.latest)

    def action_continue_back(self) -> None:
        """Run back until a breakpoint."""
        self._do(lambda: self._search(self._session.start_continue_back))

    def action_continue(self) -> None:
        """Run until something happens; while running: pause."""
        if self._run is not None:
            self.action_pause()
            return
        self._do(lambda: self._begin(lambda: Continue(self._session, self._clock)))

    def action_to_cursor(self, backward: bool) -> None:
        """Run until the cursor line of the code is reached, or back to it."""
        code = self._code.code
        if code is None:
            return
        place = Place(self._code.cursor_line, identity=code.identity)
        if backward:
            self._do(lambda: self._search(lambda: self._session.start_continue_to(place, backward=True)))
        else:
            self._do(lambda: self._begin(lambda: Continue(self._session, self._clock, place)))

    def action_play(self, backward: bool) -> None:
        """Play, or pause whatever is running; while it plays forward, ``<`` turns round."""
        if backward and isinstance(self._run, Play) and not self._run.player.backward:
            self._run.player.turn_round()
        elif self._run is not None:
            self.action_pause()
        else:
            reason = refusal("step_back" if backward else "step", self._view, running=False)
            if reason:
                self._notify(reason)
                return
            player = Player(self._session, self._clock, self._speed, backward)
            self._begin(lambda: Play(player))

    def action_speed(self, factor: float) -> None:
        """Play faster or slower, now or the next time."""
        if isinstance(self._run, Play):
            self._run.player.change_speed(factor)
            self._speed = self._run.player.speed
        else:
            self._speed = min(FASTEST, max(SLOWEST, self._speed * factor))
        self._draw_frame()

    def action_repeat(self) -> None:
        """Do the last verb again."""
        if self._last_verb is None:
            self._notify("there is no verb to repeat yet")
        else:
            self._last_verb()

    def _step(self, count: int) -> None:
        self._repeated(self._session.step, count, STEPS_AT_ONCE)

    def _tick(self, count: int) -> None:
        self._repeated(self._session.tick, count, TICKS_AT_ONCE)

    def _counted(self, verb: Callable[[int], None]) -> None:
        count = self._count.take()
        self._do(lambda: verb(count))

    def _do(self, verb: Callable[[], None]) -> None:
        self._last_verb = verb
        verb()

    def _travel(self, verb: Callable[[], StopView]) -> None:
        with self._guarded():
            verb()
        self._redraw()

    def _repeated(self, verb: Callable[[int], StopView], count: int, at_once: int) -> None:
        if count <= at_once:
            self._travel(lambda: verb(count))
        else:
            self._begin(lambda: Repeat(verb, count, at_once))

    # Runs that last

    def _begin(self, make: Callable[[], Run]) -> None:
        """Begin a run and let it go on by itself."""
        with self._guarded():
            self._run = run = make()
            self._worker = self.run_worker(self._drive(run))
        self._draw_frame()

    def _search(self, begin: Callable[[], None]) -> None:
        """Begin to look for another moment."""
        self._begin(lambda: Search(self._session, begin))

    async def _drive(self, run: Run) -> None:
        with self._guarded():
            await drive(run, self._redraw, self._clock, self._sleep)
        self._run = None
        self._redraw()

    def action_pause(self) -> None:
        """End a run. It is waiting in ``sleep`` now, so nothing is half done."""
        run, self._run = self._run, None
        if run is None or self._worker is None:
            return
        self._worker.cancel()
        with self._guarded():
            run.pause()
        self._redraw()

    def action_interrupt(self) -> None:
        """Ctrl-C: close what is open over the screen, or pause a program that runs, otherwise leave."""
        if isinstance(self.screen, ModalScreen):
            self.screen.dismiss()
        elif self._run is not None:
            self.action_pause()
        else:
            self.exit()

    def action_restart(self) -> None:
        """Back to the start, with the file as it is now."""
        with self._guarded():
            self._session.restart()
            self._forget()
            self._pinned = 0
            self._code.chosen = None
        self._redraw()
