// The navigation's link to the very page that is open leads to the page without parameters.

import { part, targetOf } from "../dom.js";

/** @import { Mount } from "../component.d.ts" */

// What of an address says how the app is embedded, and stays with every page of it.
const OF_THE_FRAME = new Set(["embed", "embed_options"]);

/**
 * What is open.
 *
 * @type {string | undefined}
 */
let opened;
/** @type {Element | undefined} */
let mark;

/** @param {Element} each */
function around(each) {
  const root = each.getRootNode();
  return each.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}

function scrollToTop() {
  for (let each = mark ?? null; each; each = around(each)) if (each.scrollTop) each.scrollTop = 0;
}

/**
 * After Streamlit, which asks for this page at the address that is left.
 *
 * @param {MouseEvent} event
 */
function follow(event) {
  const link = targetOf(event)?.closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || !event.defaultPrevented) return;
  const to = new URL(link.href);
  const isOwn = to.origin === location.origin && to.pathname === location.pathname;
  if (!isOwn || to.search || to.hash || !location.search) return;
  for (const [name, value] of new URLSearchParams(location.search))
    if (OF_THE_FRAME.has(name)) to.searchParams.append(name, value);
  history.pushState({}, "", to);
  // As if one had gone there by the browser's own buttons.
  dispatchEvent(new PopStateEvent("popstate"));
  scrollToTop();
  closeSidebar(link);
}

/**
 * On a phone the navigation lies over the page, and Streamlit closes it for another page only.
 *
 * @param {Element} link
 */
function closeSidebar(link) {
  const sidebar = link.closest("[data-testid=stSidebar]");
  const button = "[data-testid=stSidebarCollapseButton] button";
  if (sidebar?.querySelector(button)) part(sidebar, button).click();
}

/** @param {Mount<{what: string}>} mount */
export default function ({ data, parentElement }) {
  document.addEventListener("click", follow);
  mark = parentElement.querySelector("span") ?? document.createElement("span");
  // Last: who sees it may rely on the listener.
  parentElement.appendChild(mark);
  if (opened !== data.what) scrollToTop();
  opened = data.what;
  return () => {
    document.removeEventListener("click", follow);
    opened = undefined;
  };
}
