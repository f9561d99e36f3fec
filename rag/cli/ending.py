"""How a command ends where it is told to from outside."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SECONDS_TO_TELL_AGAIN = 0.01


@contextmanager
def closing_when_told_to_end() -> Iterator[None]:
    """Let a SIGTERM, or a terminal that is closed, end the command as Ctrl-C does: libraries are closed on the way.

    Where it comes just as Python runs what may not raise (a weak reference's callback), it comes again a moment later.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    def hang_up(_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGTERM)  # which the window's server knows

    def tell_again(dropped: sys.UnraisableHookArgs) -> None:
        if isinstance(dropped.exc_value, KeyboardInterrupt | SystemExit):
            number = signal.SIGINT if isinstance(dropped.exc_value, KeyboardInterrupt) else signal.SIGTERM
            threading.Timer(_SECONDS_TO_TELL_AGAIN, tell, [number]).start()
        else:
            hook(dropped)

    def tell(number: signal.Signals) -> None:
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(threading.main_thread().ident or 0, number)
        else:
            _thread.interrupt_main(number)

    before, hook = {}, sys.unraisablehook
    if threading.current_thread() is threading.main_thread():
        for name, does in (("SIGTERM", end), ("SIGHUP", hang_up)):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # under nohup it is not to end
                before[number] = signal.signal(number, does)
        sys.unraisablehook = tell_again
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
