"""What a person is told when something cannot be done, and what to do about it."""

from __future__ import annotations


class FootnoteError(Exception):
    """Base of every error that Footnote raises on purpose. Its text is meant for people."""


class UnreadableSource(FootnoteError):
    """A file or a page cannot become an article: missing, out of reach, empty, of an unknown kind or not text."""


class NoText(UnreadableSource):
    """A source was read, and there is no text in it."""


class UnknownKind(UnreadableSource):
    """A file is of a kind that no loader reads."""


class NoSuchFolder(FootnoteError):
    """A folder to follow is missing, or is empty where it was not; nothing was removed."""


class ArticleNotFound(FootnoteError):
    """No article of the library has that id."""


class InvalidMetadata(FootnoteError, ValueError):
    """What was written of an article cannot be: no title, a day that is none, a language that is no code."""


class ConversationNotFound(FootnoteError):
    """No conversation of the library has that id."""


class EmbedderMismatch(FootnoteError):
    """The library was built with another embedding model than the one asked for."""


class EmbedderUnavailable(FootnoteError):
    """The embedding model that a setting names cannot be loaded."""


class LibraryUnusable(FootnoteError):
    """The library's folder or catalog cannot be opened: not a library, newer, damaged or read-only."""


class LibraryBusy(FootnoteError):
    """Another process is changing the library right now, or has it open and does not answer."""


class DiskFull(FootnoteError):
    """The disk has no room for what was to be written. What was complete before is kept."""


class UnusableBackup(FootnoteError):
    """A file is no backup of a library, or a damaged or newer one. Nothing was changed."""


class ChatModelUnavailable(FootnoteError):
    """The chat model that was named cannot be used, did not answer, or may not be asked any more today."""


class InvalidToken(FootnoteError, ValueError):
    """A token cannot be made by that name, or there is none of it."""


class TokenRefused(FootnoteError):
    """A server does not know the token that a program sent, or the token does not allow what was asked."""


class InvalidAccount(FootnoteError, ValueError):
    """An account cannot be made or changed as was asked, or there is none of that name."""


class SignInRefused(FootnoteError):
    """Nobody is known by that name and password."""


class TooManyAttempts(SignInRefused):
    """Signing in has failed so often that the next try has to wait."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        """Until the next try is taken."""
        wait = f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
        super().__init__(f"Too many attempts. Wait {wait}, then try again.")


class NotSignedIn(FootnoteError):
    """Something that belongs to an account was asked for, and nobody is signed in."""


class RequestRefused(FootnoteError):
    """A server cannot do what a program asked of it: what was sent is wrong, too much, or not there."""


class ServerUnavailable(FootnoteError):
    """A Footnote server cannot be reached, does not answer in time, or failed."""


class InvalidSetting(FootnoteError):
    """A setting has a value that cannot be used."""


class InvalidFilter(FootnoteError, ValueError):
    """A filter cannot be used: a date that is none, a day after the last, or an empty value."""


class UnusableQuestions(FootnoteError):
    """There is nothing to evaluate with: a file of questions is missing or wrong, or a library is empty."""


class UnusableBaseline(FootnoteError):
    """A baseline of an evaluation is missing or damaged, or was made with other questions."""


class UnwrittenResults(FootnoteError):
    """The results of an evaluation cannot be written where they should be."""
