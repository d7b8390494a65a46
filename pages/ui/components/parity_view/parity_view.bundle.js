// Made by `npm run build` from the modules beside it.
var SVG="http://www.w3.org/2000/svg";function element(tag,className="",text=""){let made=document.createElement(
tag);return className&&(made.className=className),text&&(made.textContent=text),made}function svgElement(tag,attributes){
let made=document.createElementNS(SVG,tag);for(let[name,value]of Object.entries(attributes))made.setAttribute(
name,value);return made}function part(root,selector,kind){let found=root.querySelector(selector);if(!(found instanceof
(kind??HTMLElement)))throw new TypeError(`No ${selector} is there.`);return found}function titleOf({verdict,details}){return[verdict,...details.map(({name,value})=>`${name}: ${value}`)].
join(`
`)}var SHAPES={recorded:"M3 8.5l3.2 3.2L13 4.8",filled:"M3 13l.7-2.8 7.1-7.1 2.1 2.1-7.1 7.1z",missing:"\
M8 2.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6z M5.2 8h5.6",wrong:"M8 2.6 14.2 13.2H1.8z M8 6.6v3.2\
 M8 11.4v.2",none:""},LEGEND=[["recorded","recorded by autolog"],["filled","filled by gwtrace"],["mi\
ssing","missing"],["wrong","wrong"]];function drawIcon(look){let svg=svgElement("svg",{viewBox:"0 0 \
16 16","aria-hidden":"true",class:`icon ${look}`});return SHAPES[look]&&svg.append(svgElement("path",
{d:SHAPES[look]})),svg}function drawLegend(){let legend=element("div","legend");for(let[look,words]of LEGEND){
let entry=element("span","entry");entry.append(drawIcon(look),element("span","",words)),legend.append(
entry)}return legend}function drawDetails(aspect,cell,label){let list=element("dl","details");list.append(
element("dt","what",`${aspect} · ${label}`),element("dd","",cell.verdict));for(let{name,value}of cell.
details)list.append(element("dt","",name),element("dd","",value));return list}function drawButton(cell){
let button=element("button");return button.type="button",button.title=titleOf(cell),button.append(drawIcon(
cell.look),element("span","heard",`${cell.verdict}: `),element("span","value",cell.value)),button}function drawTable({
lanes,rows},show){let table=element("table"),head=table.createTHead().insertRow();head.append(element(
"th","aspect"));for(let lane of lanes){let cell=element("th","lane");cell.scope="col",cell.append(element(
"span","label",lane.label),element("span","summary",lane.summary)),head.append(cell)}let body=table.
createTBody();for(let{aspect,cells}of rows){let line=body.insertRow(),name=element("th","aspect",aspect);
name.scope="row",line.append(name),cells.forEach((cell,place)=>{let box=line.insertCell();if(box.className=
cell.look,cell.look==="none"){box.append(element("span","value",cell.value)),box.title=cell.verdict;
return}let button=drawButton(cell);button.onclick=()=>{body.querySelector("[aria-pressed]")?.removeAttribute(
"aria-pressed"),button.setAttribute("aria-pressed","true"),show(drawDetails(aspect,cell,lanes[place].
label))},box.append(button)})}return table}function parity_view_default({data,parentElement}){let root=part(
parentElement,".parity"),version=JSON.stringify(data);if(root.dataset.version===version)return;root.
dataset.version=version;let below=element("div","below");below.setAttribute("aria-live","polite"),below.
append(element("span","hint","Select a cell to see what was compared, and why."));let scroll=element(
"div","scroll");scroll.tabIndex=0,scroll.setAttribute("role","region"),scroll.setAttribute("aria-lab\
el","Parity of the lanes"),scroll.append(drawTable(data,details=>below.replaceChildren(details))),root.
replaceChildren(drawLegend(),scroll,below)}export{parity_view_default as default};
