// Scrolls the page to something new on it, once.

/** @import { Mount } from "../component.d.ts" */

const SETTLING_MS = 1_000;
const BY_HAND = ["wheel", "touchstart", "pointerdown", "keydown"];
/**
 * Outlives the component: coming back to a page is no news.
 *
 * @type {Set<string>}
 */
const shown = new Set();

/**
 * Hold it on top for a moment, while what stands above it is still being laid out.
 *
 * @param {string} name Its class.
 */
function hold(name) {
  const reader = new AbortController();
  const { signal } = reader;
  const stop = () => reader.abort();
  BY_HAND.forEach((event) => addEventListener(event, stop, { signal, capture: true }));
  const end = performance.now() + SETTLING_MS;
  const look = (/** @type {number} */ now) => {
    if (signal.aborted) return;
    document.getElementsByClassName(name)[0]?.scrollIntoView({ block: "start" });
    if (now < end) requestAnimationFrame(look);
    else stop();
  };
  requestAnimationFrame(look);
}

/** @param {Mount<{name: string, upToPx: number | null}>} mount */
export default function ({ data }) {
  if (shown.has(data.name)) return;
  shown.add(data.name);
  if (data.upToPx === null || innerWidth <= data.upToPx) hold(data.name);
}
