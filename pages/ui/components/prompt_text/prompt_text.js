// Texts are a person's or a model's: they are set through textContent only.
const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const TITLES = {
  open: (name) => `Variable ${name}, no value yet`,
  filled: (name) => `Value of ${name}`,
};

const pieceOf = ([kind, text, name]) => {
  if (kind === "text") return document.createTextNode(text);
  const piece = element("mark", kind, text);
  piece.title = TITLES[kind](name);
  return piece;
};

export default ({ data, parentElement }) => {
  const root = parentElement.querySelector(".prompt-text");
  root.replaceChildren(
    ...data.messages.map(({ role, pieces }) => {
      const message = element("div", "message");
      if (role) message.append(element("div", "role", role));
      const body = element("div", "body");
      body.append(...pieces.map(pieceOf));
      message.append(body);
      return message;
    }),
  );
};
