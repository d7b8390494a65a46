// What of an address says how the app is embedded, and stays with every page of it.
const OF_THE_FRAME = new Set(["embed", "embed_options"]);

let opened;
let root;

const toTop = () => {
  for (let part = root; part; part = part.parentElement ?? part.getRootNode().host)
    if (part.scrollTop) part.scrollTop = 0;
};

/** After Streamlit, which asks for this page at the address that is left. */
const followed = (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || !event.defaultPrevented) return;
  const to = new URL(link.href);
  const isOwn = to.origin === location.origin && to.pathname === location.pathname;
  if (!isOwn || to.search || to.hash || !location.search) return;
  for (const [name, value] of new URLSearchParams(location.search))
    if (OF_THE_FRAME.has(name)) to.searchParams.append(name, value);
  history.pushState({}, "", to);
  // As if one had gone there by the browser's own buttons.
  dispatchEvent(new PopStateEvent("popstate"));
  toTop();
  // On a phone the navigation lies over the page, and Streamlit closes it for another page only.
  link
    .closest("[data-testid=stSidebar]")
    ?.querySelector("[data-testid=stSidebarCollapseButton] button")
    ?.click();
};

export default function ({ data, parentElement }) {
  document.addEventListener("click", followed);
  root = parentElement.querySelector("span") ?? document.createElement("span");
  // Last: who sees it may rely on the listener.
  parentElement.append(root);
  if (opened !== data.what) toTop();
  opened = data.what;
  return () => {
    document.removeEventListener("click", followed);
    opened = undefined;
  };
}
