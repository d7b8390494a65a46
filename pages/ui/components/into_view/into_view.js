const SETTLING_MS = 1_000;
const BY_HAND = ["wheel", "touchstart", "pointerdown", "keydown"];
// Outlives the component: coming back to a page is no news.
const shown = new Set();

/** Hold it on top for a moment, while what stands above it is still being laid out. */
const hold = (name) => {
  const reader = new AbortController();
  const { signal } = reader;
  const stop = () => reader.abort();
  BY_HAND.forEach((event) => addEventListener(event, stop, { signal, capture: true }));
  const end = performance.now() + SETTLING_MS;
  const look = (now) => {
    if (signal.aborted) return;
    document.getElementsByClassName(name)[0]?.scrollIntoView({ block: "start" });
    if (now < end) requestAnimationFrame(look);
    else stop();
  };
  requestAnimationFrame(look);
};

export default function ({ data }) {
  if (shown.has(data.name)) return;
  shown.add(data.name);
  if (data.upToPx === null || innerWidth <= data.upToPx) hold(data.name);
}
