// Made by `npm run build` from the modules beside it.
function part(root,selector,kind){let found=root.querySelector(selector);if(!(found instanceof(kind??
HTMLElement)))throw new TypeError(`No ${selector} is there.`);return found}var CONFIRMED_MS=1500;async function copyText(text){if(navigator.clipboard){await navigator.clipboard.
writeText(text);return}let area=document.createElement("textarea");area.value=text,area.style.position=
"fixed",area.style.opacity="0",document.body.append(area),area.select();let done=document.execCommand(
"copy");if(area.remove(),!done)throw new Error("The browser refused to copy.")}function copy_button_default({
data,parentElement}){let button=part(parentElement,".copy"),show=(icon,title)=>{button.textContent=icon,
button.title=title,button.setAttribute("aria-label",title)};show("content_copy",data.label),button.onclick=
async()=>{try{await copyText(data.text),show("check","Copied")}catch{show("error","The browser refus\
ed to copy")}setTimeout(()=>show("content_copy",data.label),CONFIRMED_MS)}}export{copy_button_default as default};
