// Draws trace trees as Streamlit's components v2 do, on a page with nothing else.

/**
 * @import { Mount } from "../../../pages/ui/components/component.d.ts"
 * @import { Answer, Asked, TreeData } from "../../../pages/ui/components/trace_tree/trace_tree.js"
 *
 * @typedef {object} Drawn
 * @property {HTMLElement} holder
 * @property {() => void} draw
 * @property {() => void} leave
 * @property {TreeData} data
 *
 * @typedef {{default: (mount: Mount<TreeData, {selected: Answer}>) => () => void}} Component
 */

const script = "/trace_tree.js";
/** @type {Component} */
const { default: mount } = await import(script);
const template = /** @type {HTMLTemplateElement} */ (document.getElementById("component"));
/** @type {Map<string, Drawn>} */
const trees = new Map();

/**
 * @param {string} key
 * @param {TreeData} first
 */
function place(key, first) {
  const holder = document.createElement("div");
  holder.id = key;
  document.body.append(holder);
  const shadow = holder.attachShadow({ mode: "open" });
  shadow.append(template.content.cloneNode(true));
  /** @type {Drawn} */
  const drawn = {
    holder,
    data: first,
    leave: () => {},
    draw: () => {
      drawn.leave = mount({
        data: drawn.data,
        parentElement: shadow,
        setStateValue: (_, answer) => window.treeAlone.answers.push(answer),
      });
    },
  };
  trees.set(key, drawn);
  return drawn;
}

window.treeAlone = {
  /** @type {Answer[]} What the trees told the page, in order. */
  answers: [],
  /**
   * Draw a tree, or another state of one that is there. A width of 0 is all there is.
   *
   * @param {string} key
   * @param {string} path Where its columns are.
   * @param {Asked} asked
   * @param {number} width
   */
  async draw(key, path, asked, width) {
    const columns = await (await fetch(path)).json();
    const data = { ...columns, ...asked };
    const drawn = trees.get(key) ?? place(key, data);
    drawn.holder.style.width = width ? `${width}px` : "";
    drawn.data = data;
    drawn.draw();
  },
  /**
   * Take a tree out and put the same one back, as React may do.
   *
   * @param {string} key
   */
  remount(key) {
    trees.get(key)?.leave();
    trees.get(key)?.draw();
  },
};
document.documentElement.dataset.ready = "";
