// Makes and finds elements. Texts come from people, models and traces: they are set as text only.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {string} [text]
 */
export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 */
export function svgElement(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/**
 * The first element in `root` that `selector` names.
 *
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} [kind]
 * @returns {Kind}
 * @throws {TypeError} If there is none, or none of that kind: script and HTML belong together.
 */
export function part(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof (kind ?? HTMLElement))) throw new TypeError(`No ${selector} is there.`);
  return /** @type {Kind} */ (found);
}

/**
 * The element that an event is about.
 *
 * @param {Event} event
 * @returns {Element | null} Null for an event of the document or the window.
 */
export function targetOf(event) {
  return event.target instanceof Element ? event.target : null;
}
