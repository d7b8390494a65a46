// Made by `npm run build` from the modules beside it.
function element(tag,className="",text=""){let made=document.createElement(tag);return className&&(made.
className=className),text&&(made.textContent=text),made}function part(root,selector,kind){let found=root.querySelector(selector);if(!(found instanceof(kind??
HTMLElement)))throw new TypeError(`No ${selector} is there.`);return found}function drawFigure(figure){let group=element("div","figure");group.classList.toggle("missing",figure.
missing),group.classList.toggle("best",figure.best),group.title=figure.title;let value=element("dd",
"value",figure.value);return figure.unit&&value.append(element("span","unit",` ${figure.unit}`)),figure.
spread&&value.append(element("span","spread",` ${figure.spread}`)),figure.delta&&value.append(element(
"span","delta",` ${figure.delta}`)),figure.best&&value.append(element("span","spoken"," (best)")),group.
append(element("dt","label",figure.label),value),group}function figures_default({data,parentElement}){
part(parentElement,".figures").replaceChildren(...data.figures.map(drawFigure))}export{figures_default as default};
