// Values are set through textContent only: some of them come from a provider.
const piece = (tag, className, text) => {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
};

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".figures");
  list.replaceChildren(
    ...data.figures.map((figure) => {
      const group = document.createElement("div");
      group.className = figure.missing ? "figure missing" : "figure";
      group.title = figure.title;
      const value = piece("dd", "value", figure.value);
      if (figure.unit) value.append(piece("span", "unit", ` ${figure.unit}`));
      group.append(piece("dt", "label", figure.label), value);
      return group;
    }),
  );
}
