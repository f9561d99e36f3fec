// The theme that was chosen in this browser, before anything is painted. Gradio sets a class of its own by the system.
(() => {
  "use strict";

  const KEY = "footnote-theme";
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem(KEY) ?? "";
    } catch {
      return "";
    }
  };

  function apply() {
    const theme = chosen();
    document.documentElement.dataset.theme = theme;
    const dark = theme ? theme === "dark" : system.matches;
    if (document.body?.classList.contains("dark") !== dark && document.querySelector("gradio-app")) {
      document.body?.classList.toggle("dark", dark);
    }
  }

  window.footnoteTheme = {
    chosen,
    choose(theme) {
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // Private windows may keep nothing: then it holds until the page is left.
      }
      apply();
      document.documentElement.dataset.theme = theme;
    },
  };
  apply();
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    new MutationObserver(apply).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  });
})();
