"""Ctrl-C and polite kills: wait for the running minibatch, then stop in order."""

import signal
import threading


class TrainingInterrupted(KeyboardInterrupt):
    """Training was stopped by a signal, in order: the state is that between two minibatches.

    Attributes
    ----------
    signal_number : int
        SIGINT (2) for Ctrl-C, SIGTERM (15) for ``kill``.
    saved : bool
        Whether a checkpoint was written.
    """

    def __init__(self, signal_number, saved):
        self.signal_number, self.saved = signal_number, saved
        super().__init__(f"stopped by {signal.Signals(signal_number).name}")


class DelayedSignals:
    """Context in which SIGINT and SIGTERM are noted instead of raised.

    A second Ctrl-C raises ``KeyboardInterrupt`` at once. Outside the main thread, where Python
    lets nobody set handlers, nothing is changed.
    """

    def __init__(self):
        self.received = None
        self._former = {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *exception):
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _note(self, number, frame):
        if self.received is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = number
