// When the session is over, the page goes to where one signs in, and comes back afterwards.
(() => {
  "use strict";

  const ask = window.fetch;
  window.fetch = async (...asked) => {
    const reply = await ask(...asked);
    if (reply.status === 401 && reply.headers.has("X-Footnote-Sign-In")) location.reload();
    return reply;
  };
})();
