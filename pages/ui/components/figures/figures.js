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
      group.className = "figure";
      group.classList.toggle("missing", figure.missing);
      group.classList.toggle("best", figure.best);
      group.title = figure.title;
      const value = piece("dd", "value", figure.value);
      if (figure.unit) value.append(piece("span", "unit", ` ${figure.unit}`));
      if (figure.spread) value.append(piece("span", "spread", ` ${figure.spread}`));
      if (figure.delta) value.append(piece("span", "delta", ` ${figure.delta}`));
      if (figure.best) value.append(piece("span", "spoken", " (best)"));
      group.append(piece("dt", "label", figure.label), value);
      return group;
    }),
  );
}
