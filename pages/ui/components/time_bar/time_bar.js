const piece = (tag, className, text = "") => {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
};

const percent = (share) => {
  const whole = Math.round(share * 100);
  return whole === 0 && share > 0 ? "< 1%" : `${whole}%`;
};

export default function ({ data, parentElement }) {
  parentElement.querySelector(".bar").replaceChildren(
    ...data.parts.map((part) => {
      const section = piece("span", `section ${part.colour}`);
      section.style.flexGrow = part.share;
      section.title = `${part.label}: ${part.value}`;
      return section;
    }),
  );
  parentElement.querySelector(".parts").replaceChildren(
    ...data.parts.map((part) => {
      const group = piece("div", "part");
      group.title = part.title;
      const value = piece("dd", "value", part.value);
      value.append(piece("span", "share", ` ${percent(part.share)}`));
      group.append(piece("span", `swatch ${part.colour}`), piece("dt", "label", part.label), value);
      return group;
    }),
  );
}
