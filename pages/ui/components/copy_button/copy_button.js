// Puts a text on the clipboard, and says whether that went well.

import { part } from "../dom.js";

/** @import { Mount } from "../component.d.ts" */

const CONFIRMED_MS = 1500;

/**
 * @param {string} text
 * @throws {Error} If the browser refuses.
 */
async function copyText(text) {
  // navigator.clipboard exists only on HTTPS and localhost; elsewhere the old command still works.
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("The browser refused to copy.");
}

/** @param {Mount<{text: string, label: string}>} mount */
export default function ({ data, parentElement }) {
  const button = part(parentElement, ".copy");
  const show = (/** @type {string} */ icon, /** @type {string} */ title) => {
    button.textContent = icon;
    button.title = title;
    button.setAttribute("aria-label", title);
  };
  show("content_copy", data.label);
  button.onclick = async () => {
    try {
      await copyText(data.text);
      show("check", "Copied");
    } catch {
      show("error", "The browser refused to copy");
    }
    setTimeout(() => show("content_copy", data.label), CONFIRMED_MS);
  };
}
