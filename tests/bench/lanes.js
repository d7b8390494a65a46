// Runs in the page before its own scripts: when each lane's answer begins and is whole on screen,
// and which tasks kept the browser from doing anything else meanwhile. Times by the wall clock.

/** @typedef {{first: number | null, last: number | null, tokens?: number[]}} Lane */

(() => {
  const CELLS = '[class*="st-key-compare-cell-"]:not([class*="compare-cell-head-"])';
  const TOKEN = /\d{9,}/g;
  const now = () => performance.timeOrigin + performance.now();
  /** @type {Lane[]} */
  let lanes = [];
  /** @type {{lanes: number, tokens: number, earlier: Set<string | undefined>} | null} */
  let wanted = null;
  /** @type {number | null} */
  let click = null;
  /** @type {number[]} */
  let longTasksMs = [];
  let tell = () => {};
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longTasksMs.push(entry.duration);
  }).observe({ type: "longtask" });
  addEventListener("click", (event) => (click = performance.timeOrigin + event.timeStamp), true);

  const cells = () => [...document.querySelectorAll(CELLS)];
  // Each answer has a class of its own; those of questions long past leave the page.
  const name = (/** @type {Element} */ cell) => [...cell.classList].find((each) => each.includes("compare-cell-"));
  const look = () => {
    if (!wanted || click === null) return;
    const { lanes: count, tokens: most, earlier } = wanted;
    const drawn = cells().filter((cell) => !earlier.has(name(cell)));
    if (drawn.length < count) return;
    const at = now();
    drawn.forEach((cell, index) => {
      const lane = (lanes[index] ??= { first: null, last: null });
      if (lane.last !== null) return;
      const tokens = cell.textContent.match(TOKEN) ?? [];
      if (tokens.length && lane.first === null) lane.first = at;
      if (tokens.length < most) return;
      lane.last = at;
      lane.tokens = tokens.map(Number);
    });
    if (lanes.length === count && lanes.every((lane) => lane.last !== null)) tell();
  };
  // Once a frame, after what changed in it has been laid out.
  const watch = () => {
    look();
    requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);

  window.benchLanes = {
    /**
     * Forget the last round and wait for one of that many lanes and tokens.
     *
     * @param {number} count
     * @param {number} tokens
     */
    expect(count, tokens) {
      lanes = [];
      longTasksMs = [];
      click = null;
      wanted = { lanes: count, tokens, earlier: new Set(cells().map(name)) };
    },
    /**
     * Resolves once every lane's answer is whole, or when time is up.
     *
     * @param {number} limitMs
     */
    async whole(limitMs) {
      await Promise.race([
        new Promise((resolve) => {
          tell = () => resolve(undefined);
          look();
        }),
        new Promise((resolve) => setTimeout(resolve, limitMs)),
      ]);
      return { click, lanes, longTasksMs };
    },
  };
})();
