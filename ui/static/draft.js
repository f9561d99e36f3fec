// What is typed and not asked yet outlives a page that is loaded anew, as Gradio does by itself where its server was away.
(() => {
  const KEY = "footnote-draft";
  const box = () => document.querySelector("#question textarea");

  addEventListener("pagehide", () => {
    if (box()?.value) sessionStorage.setItem(KEY, box().value);
    else sessionStorage.removeItem(KEY);
  });

  const kept = sessionStorage.getItem(KEY);
  if (!kept) return;
  const waiting = setInterval(() => {
    if (!box()) return;
    clearInterval(waiting);
    sessionStorage.removeItem(KEY);
    if (box().value) return;
    box().value = kept;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }, 50);
})();
