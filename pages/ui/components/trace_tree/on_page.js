// Where the tree lies on its page.

const SETTLING_MS = 2_000;
const BY_HAND = ["wheel", "touchstart", "pointerdown", "keydown"];

export class OnPage {
  #frame = 0;
  /** @type {AbortController | undefined} */
  #reader;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
  }

  /**
   * Scroll the page until the tree is in sight, or a part of it where it is too high for that.
   *
   * What stands above the tree is still being laid out then, so it is held in sight for a moment,
   * unless the reader does something meanwhile.
   *
   * @param {() => Element | undefined} part
   */
  show(part) {
    this.close();
    this.#reader = new AbortController();
    const { signal } = this.#reader;
    BY_HAND.forEach((name) => addEventListener(name, () => this.close(), { signal, capture: true }));
    const end = performance.now() + SETTLING_MS;
    const hold = (/** @type {number} */ now) => {
      this.root.scrollIntoView({ block: "nearest" });
      part()?.scrollIntoView({ block: "nearest" });
      if (now < end) this.#frame = requestAnimationFrame(hold);
      else this.close();
    };
    this.#frame = requestAnimationFrame(hold);
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.#reader?.abort();
  }
}
