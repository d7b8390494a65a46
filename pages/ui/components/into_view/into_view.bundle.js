// Made by `npm run build` from the modules beside it.
var BY_HAND=["wheel","touchstart","pointerdown","keydown"],shown=new Set;function hold(name){let reader=new AbortController,
{signal}=reader,stop=()=>reader.abort();BY_HAND.forEach(event=>addEventListener(event,stop,{signal,capture:!0}));
let end=performance.now()+1e3,look=now=>{signal.aborted||(document.getElementsByClassName(name)[0]?.
scrollIntoView({block:"start"}),now<end?requestAnimationFrame(look):stop())};requestAnimationFrame(look)}
function into_view_default({data}){shown.has(data.name)||(shown.add(data.name),(data.upToPx===null||
innerWidth<=data.upToPx)&&hold(data.name))}export{into_view_default as default};
