// The map of the library: its points are drawn on a canvas, and the one that is pointed at is a link to its article.
// All that is on it stands in the table below it, too.
(() => {
  "use strict";

  const NEAR = 14;
  const EDGE = 10;

  window.footnoteMap = async (field, address) => {
    const points = await (await fetch(address)).json();
    const canvas = field.querySelector("canvas");
    const link = field.querySelector("a");
    if (!points.x || !canvas.isConnected) return;
    let places = [];

    function draw() {
      if (!canvas.isConnected) return observer.disconnect();
      const { width, height } = canvas.getBoundingClientRect();
      const sharp = window.devicePixelRatio || 1;
      canvas.width = width * sharp;
      canvas.height = height * sharp;
      const pen = canvas.getContext("2d");
      pen.scale(sharp, sharp);
      const colours = Array.from({ length: 8 }, (_, number) => colour(`var(--colour-${number})`));
      const size = points.x.length > 4000 ? 2 : points.x.length > 400 ? 3.5 : 5;
      places = points.x.map((x, at) => [EDGE + x * (width - 2 * EDGE), EDGE + (1 - points.y[at]) * (height - 2 * EDGE)]);
      pen.globalAlpha = 0.8;
      places.forEach(([x, y], at) => {
        pen.fillStyle = colours[points.colour[at]];
        pen.beginPath();
        pen.arc(x, y, size, 0, 7);
        pen.fill();
      });
    }

    // As it is on this page, light or dark: a canvas does not know the style sheet's names.
    function colour(name) {
      canvas.style.color = name;
      return getComputedStyle(canvas).color;
    }

    function point(event) {
      if (event.target === link) return;
      const box = canvas.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      let [best, distance] = [-1, NEAR * NEAR];
      places.forEach((place, at) => {
        const away = (place[0] - x) ** 2 + (place[1] - y) ** 2;
        if (away < distance) [best, distance] = [at, away];
      });
      link.hidden = best < 0;
      if (best < 0) return;
      link.href = points.link[best];
      link.textContent = points.title[best];
      const left = places[best][0] < box.width / 2;
      link.style.left = left ? `${places[best][0] + 8}px` : "";
      link.style.right = left ? "" : `${box.width - places[best][0] + 8}px`;
      link.style.top = `${Math.max(0, places[best][1] - 14)}px`;
    }

    field.addEventListener("pointermove", point);
    field.addEventListener("pointerleave", () => (link.hidden = true));
    canvas.addEventListener("click", (event) => {
      point(event);
      if (!link.hidden) link.click();
    });
    const observer = new ResizeObserver(draw);
    observer.observe(canvas);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  };
})();
