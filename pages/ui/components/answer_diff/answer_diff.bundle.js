// Made by `npm run build` from the modules beside it.
function element(tag,className="",text=""){let made=document.createElement(tag);return className&&(made.
className=className),text&&(made.textContent=text),made}function part(root,selector,kind){let found=root.querySelector(selector);if(!(found instanceof(kind??
HTMLElement)))throw new TypeError(`No ${selector} is there.`);return found}var has=(line,signs)=>line.some(([sign])=>signs.includes(sign));function sidesOf(line,mode){return mode===
"unified"?[{sign:has(line,["-","+"])?"±":"",pieces:line}]:[{sign:has(line,["-"])?"−":"",pieces:line.
filter(([sign])=>sign!=="+")},{sign:has(line,["+"])?"+":"",pieces:line.filter(([sign])=>sign!=="-")}]}
function visibleText([sign,text]){return sign!=="="&&text.trim()===""?text.replaceAll(`
`,`↵
`):text}var MODES=[["split","Side by side"],["unified","In one"]],TAGS={"=":"span","-":"del","+":"ins"},WORDS={
"-":"removed: ","+":"added: "};function drawSide({sign,pieces}){let text=element("div","text");for(let piece of pieces){
let drawn=element(TAGS[piece[0]]);piece[0]!=="="&&drawn.append(element("span","heard",WORDS[piece[0]])),
drawn.append(visibleText(piece)),text.append(drawn)}return[element("span","sign",sign),text]}function drawLine(line,mode){
let row=element("div","line");return row.append(...sidesOf(line,mode).flatMap(drawSide)),row}function drawBlock(block,mode,unfold){
let drawn=element("div",block.changed?"block changed":"block");if(unfold){let button=element("button",
"fold",`… ${block.fold} …`);button.type="button",button.onclick=unfold,drawn.append(button)}else
drawn.append(...block.lines.map(line=>drawLine(line,mode)));return drawn}function drawModes(chosen,choose){
let modes=element("div","modes");modes.setAttribute("role","group"),modes.setAttribute("aria-label",
"How the texts are shown");for(let[mode,label]of MODES){let button=element("button","mode",label);button.
type="button",button.setAttribute("aria-pressed",String(mode===chosen)),button.onclick=()=>choose(mode),
modes.append(button)}return modes}function draw(root,data,choice){let tools=element("div","tools"),choose=mode=>{
choice.mode=mode,draw(root,data,choice),part(root,'.mode[aria-pressed="true"]').focus()};tools.append(
element("span","similarity",data.similarity),drawModes(choice.mode,choose));let[left,right]=data.labels,
heads=element("div","heads");heads.append(element("span","head left",`− ${left}`),element("span","\
head right",`+ ${right}`));let body=element("div","body");body.tabIndex=0,body.setAttribute("role","\
region"),body.setAttribute("aria-label",`${left} against ${right}`);let unfold=place=>()=>{choice.open.
add(place),draw(root,data,choice),part(root,".body").focus()};data.blocks.forEach((block,place)=>{let isOpen=!block.
fold||choice.open.has(place);body.append(drawBlock(block,choice.mode,isOpen?null:unfold(place)))});let top=root.
querySelector(".body")?.scrollTop??0;root.dataset.mode=choice.mode,root.replaceChildren(tools,heads,
body),body.scrollTop=top}var choices=new WeakMap;function answer_diff_default({data,parentElement}){
let root=part(parentElement,".answer-diff"),version=JSON.stringify(data),before=choices.get(root);if(before?.
version===version)return;let choice={mode:before?.mode??"split",open:new Set,version};choices.set(root,
choice),draw(root,data,choice)}export{answer_diff_default as default};
