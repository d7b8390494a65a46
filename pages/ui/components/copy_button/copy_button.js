const CONFIRMED_MS = 1500;

// navigator.clipboard exists only on HTTPS and localhost; elsewhere the old command still works.
const copyText = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("The browser refused to copy.");
};

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector(".copy");
  const show = (icon, title) => {
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
