// Made by `npm run build` from the modules beside it.
function part(root,selector,kind){let found=root.querySelector(selector);if(!(found instanceof(kind??
HTMLElement)))throw new TypeError(`No ${selector} is there.`);return found}function targetOf(event){
return event.target instanceof Element?event.target:null}var OF_THE_FRAME=new Set(["embed","embed_options"]),opened,mark;function around(each){let root=each.
getRootNode();return each.parentElement??(root instanceof ShadowRoot?root.host:null)}function scrollToTop(){
for(let each=mark??null;each;each=around(each))each.scrollTop&&(each.scrollTop=0)}function follow(event){
let link=targetOf(event)?.closest("a[href]");if(!(link instanceof HTMLAnchorElement)||!event.defaultPrevented)
return;let to=new URL(link.href);if(!(!(to.origin===location.origin&&to.pathname===location.pathname)||
to.search||to.hash||!location.search)){for(let[name,value]of new URLSearchParams(location.search))OF_THE_FRAME.
has(name)&&to.searchParams.append(name,value);history.pushState({},"",to),dispatchEvent(new PopStateEvent(
"popstate")),scrollToTop(),closeSidebar(link)}}function closeSidebar(link){let sidebar=link.closest(
"[data-testid=stSidebar]"),button="[data-testid=stSidebarCollapseButton] button";sidebar?.querySelector(
button)&&part(sidebar,button).click()}function opened_here_default({data,parentElement}){return document.
addEventListener("click",follow),mark=parentElement.querySelector("span")??document.createElement("s\
pan"),parentElement.appendChild(mark),opened!==data.what&&scrollToTop(),opened=data.what,()=>{document.
removeEventListener("click",follow),opened=void 0}}export{opened_here_default as default};
