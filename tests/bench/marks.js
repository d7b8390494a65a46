// Runs in the page before its own scripts: notes when things are on screen, by the wall clock.
// A moment counts once the frame that shows the change has been drawn.
(() => {
  /** @type {Record<string, number>} */
  const marks = {};
  /** @type {(() => void)[]} */
  const waiting = [];
  let wanted = { first: "", last: "", answers: 0, traceId: "" };
  const now = () => performance.timeOrigin + performance.now();
  const pane = () => document.querySelector(".st-key-pane-right");
  const answers = () =>
    document.querySelectorAll('[aria-label="Chat message from assistant"]');
  const answer = () =>
    answers().length > wanted.answers ? ([...answers()].at(-1)?.textContent ?? "") : "";
  const traceId = () => pane()?.textContent.match(/tr-[0-9a-f]{32}/)?.[0] ?? "";
  /** @type {Set<ShadowRoot>} */
  const shadows = new Set();
  const treeIsDrawn = () =>
    [...shadows].some((shadow) => shadow.host.isConnected && shadow.querySelector("[role=treeitem]")
      && shadow.host.getClientRects().length > 0);

  /** @type {Record<string, () => unknown>} */
  const conditions = {
    usable: () => document.querySelector("[data-testid=stChatInputTextArea]:not([disabled])"),
    firstToken: () => wanted.first && answer().includes(wanted.first),
    lastToken: () => wanted.last && answer().includes(wanted.last),
    drawn: treeIsDrawn,
    tree: () => wanted.last && traceId() && traceId() !== wanted.traceId && treeIsDrawn(),
  };
  const seen = new Set();
  const look = () => {
    for (const [name, holds] of Object.entries(conditions)) {
      if (seen.has(name) || !holds()) continue;
      seen.add(name);
      requestAnimationFrame(() => {
        const drawn = new MessageChannel();
        drawn.port1.onmessage = () => {
          marks[name] = now();
          waiting.splice(0).forEach((tell) => tell());
        };
        drawn.port2.postMessage(null);
      });
    }
  };
  const observe = (/** @type {Node} */ root) =>
    new MutationObserver(look).observe(root, {
      subtree: true, childList: true, characterData: true, attributes: true,
      attributeFilter: ["disabled"],
    });
  observe(document);
  // Components live in shadow roots, which an observer outside does not see into.
  const attachShadow = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const shadow = attachShadow.call(this, options);
    shadows.add(shadow);
    observe(shadow);
    return shadow;
  };
  addEventListener("click", (event) => (marks.click = performance.timeOrigin + event.timeStamp), true);

  const BIG_BYTES = 50_000;
  window.WebSocket = class extends WebSocket {
    /** @param {ConstructorParameters<typeof WebSocket>} given */
    constructor(...given) {
      super(...given);
      // Before the page's own listener, so this is when the message is there, not when it is read.
      this.addEventListener("message", ({ data }) => {
        if (data.byteLength < BIG_BYTES) return;
        marks.bigMessage ??= now();
        marks.bigBytes ??= data.byteLength;
      });
    }
  };

  window.benchMarks = {
    /**
     * Forget the last turn and wait for one whose answer begins and ends so.
     *
     * @param {string} first
     * @param {string} last
     */
    expect(first, last) {
      wanted = { first, last, answers: answers().length, traceId: traceId() };
      for (const name of ["firstToken", "lastToken", "tree"]) {
        seen.delete(name);
        delete marks[name];
      }
      delete marks.click;
    },
    read: () => ({ ...marks }),
    /**
     * Resolves to the marks once this one is among them; they may lack it when time is up.
     *
     * @param {string} name
     * @param {number} limitMs
     */
    async when(name, limitMs) {
      const isOver = new Promise((tell) => setTimeout(tell, limitMs, true));
      while (!(name in marks)) {
        if (await Promise.race([isOver, new Promise((tell) => waiting.push(() => tell(false)))])) break;
      }
      return { ...marks };
    },
  };
})();
