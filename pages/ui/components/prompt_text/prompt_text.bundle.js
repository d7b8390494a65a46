// Made by `npm run build` from the modules beside it.
function element(tag,className="",text=""){let made=document.createElement(tag);return className&&(made.
className=className),text&&(made.textContent=text),made}function part(root,selector,kind){let found=root.querySelector(selector);if(!(found instanceof(kind??
HTMLElement)))throw new TypeError(`No ${selector} is there.`);return found}var TITLES={open:name=>`Variable ${name}, no value yet`,filled:name=>`Value of ${name}`};function drawPiece([
kind,text,name]){if(kind==="text")return document.createTextNode(text);let piece=element("mark",kind,
text);return piece.title=TITLES[kind](name),piece}function drawMessage({role,pieces}){let message=element(
"div","message");role&&message.append(element("div","role",role));let body=element("div","body");return body.
append(...pieces.map(drawPiece)),message.append(body),message}function prompt_text_default({data,parentElement}){
part(parentElement,".prompt-text").replaceChildren(...data.messages.map(drawMessage))}export{prompt_text_default as default};
