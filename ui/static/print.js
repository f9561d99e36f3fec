// The page of a conversation that is to be printed, or saved as PDF: the browser asks at once.
window.addEventListener("load", () => window.print());
