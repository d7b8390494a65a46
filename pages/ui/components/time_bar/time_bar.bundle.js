// Made by `npm run build` from the modules beside it.
function element(tag,className="",text=""){let made=document.createElement(tag);return className&&(made.
className=className),text&&(made.textContent=text),made}function part(root,selector,kind){let found=root.querySelector(selector);if(!(found instanceof(kind??
HTMLElement)))throw new TypeError(`No ${selector} is there.`);return found}function percentText(share){let whole=Math.round(share*100);return whole===0&&share>0?"< 1%":`${whole}\
%`}function drawSection({label,share,value,colour}){let section=element("span",`section ${colour}`);return section.
style.flexGrow=String(share),section.title=`${label}: ${value}`,section}function drawEntry({label,share,
value,title,colour}){let group=element("div","part");group.title=title;let said=element("dd","value",
value);return said.append(element("span","share",` ${percentText(share)}`)),group.append(element("sp\
an",`swatch ${colour}`),element("dt","label",label),said),group}function time_bar_default({data,parentElement}){
part(parentElement,".bar").replaceChildren(...data.parts.map(drawSection)),part(parentElement,".part\
s").replaceChildren(...data.parts.map(drawEntry))}export{time_bar_default as default};
