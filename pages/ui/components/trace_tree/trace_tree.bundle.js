// Made by `npm run build` from the modules beside it.
var SVG="http://www.w3.org/2000/svg";function element(tag,className="",text=""){let made=document.createElement(
tag);return className&&(made.className=className),text&&(made.textContent=text),made}function svgElement(tag,attributes){
let made=document.createElementNS(SVG,tag);for(let[name,value]of Object.entries(attributes))made.setAttribute(
name,value);return made}function part(root,selector,kind){let found=root.querySelector(selector);if(!(found instanceof
(kind??HTMLElement)))throw new TypeError(`No ${selector} is there.`);return found}function targetOf(event){
return event.target instanceof Element?event.target:null}function barShape(tree,row,range){let start=tree.data.start[row],end=start+tree.lasts(row),slack=range.
length/1e3;if(end<range.start-slack)return"before";if(start>range.end+slack)return"after";let[left,right]=[
Math.max(start,range.start),Math.min(end,range.end)];return{left:range.percent(left),width:100*Math.
max(right-left,0)/range.length,isCutBefore:start<range.start-slack,isCutAfter:end>range.end+slack,waiting:waitingOf(
tree,row,left,right)}}function waitingOf(tree,row,left,right){let first=tree.data.first_token[row];if(first===
null||right<=left)return null;let share=(tree.data.start[row]+first-left)/(right-left);return share<=
0&&first>0?null:{width:Math.min(100*share,100),hasTick:share<=1}}function pathShapes(tree,row,range){
let closeBy=range.length/300,dust=Math.min(closeBy,tree.lasts(row)/20),merged=[];for(let[from,to]of tree.
path.get(row)??[]){let[start,end]=[Math.max(from,range.start),Math.min(to,range.end)];if(start>end)continue;
let last=merged.at(-1);last&&start-last[1]<closeBy?last[1]=end:merged.push([start,end])}return merged.
filter(([start,end])=>end-start>=dust).map(([start,end])=>({left:range.percent(start),width:100*(end-
start)/range.length}))}var FLAG=Object.freeze({OWN_ERROR:1,CHILD_ERROR:2,STOPPED:4,RUNNING:8,FILLED:16,CRITICAL:32,SUM:64,PARTIAL:128,
MODEL:256,NEVER_CLOSED:512,DEFECT:1024,CORRECTED:2048}),Tree=class{#rowOfId;constructor(data){let size=data.
id.length;this.data=data,this.size=size,this.axis=Math.max(data.axis,1),this.level=new Int32Array(size),
this.position=new Int32Array(size),this.descendants=new Int32Array(size),this.childCount=new Int32Array(
size);let roots=0;for(let row=0;row<size;row++){let parent=data.parent[row];this.level[row]=parent<0?
1:this.level[parent]+1,this.position[row]=parent<0?++roots:++this.childCount[parent]}this.roots=roots;
for(let row=size-1;row>=0;row--){let parent=data.parent[row];parent>=0&&(this.descendants[parent]+=this.
descendants[row]+1)}this.path=pathOf(data),this.errors=this.rowsWith(FLAG.OWN_ERROR),this.hasTokens=
data.flags.some(flags=>flags&FLAG.MODEL)||data.in.some(tokens=>tokens!==null),this.hasCost=data.cost.
some(cost=>cost!==null)}get rowOfId(){return this.#rowOfId??=new Map(this.data.id.map((id,row)=>[id,
row]))}name(row){return this.data.names[this.data.name[row]]||"(no name)"}kind(row){return this.data.
kinds[this.data.kind[row]]}model(row){return this.data.models[this.data.model[row]]??""}note(row){return this.
data.notes[this.data.note[row]]??""}lasts(row){return this.data.duration[row]??Math.max(this.axis-this.
data.start[row],0)}rowsWith(flag){let rows=[];return this.data.flags.forEach((flags,row)=>{flags&flag&&
rows.push(row)}),rows}setSize(row){let parent=this.data.parent[row];return parent<0?this.roots:this.
childCount[parent]}is(row,flag){return(this.data.flags[row]&flag)!==0}shown(hits,closed){let rows=new Int32Array(
this.size),shown=0,keep=hits&&this.#withAncestors(hits);for(let row=0;row<this.size;row++)keep?keep[row]&&
(rows[shown++]=row):(rows[shown++]=row,closed[row]&&(row+=this.descendants[row]));return rows.subarray(
0,shown)}#withAncestors(hits){let keep=Uint8Array.from(hits);for(let row=this.size-1;row>=0;row--){let parent=this.
data.parent[row];keep[row]&&parent>=0&&(keep[parent]=1)}return keep}};function pathOf({path}){let sections=new Map;
return path.row.forEach((row,section)=>{let found=sections.get(row)??[];found.length||sections.set(row,
found),found.push([path.start[section],path.end[section]])}),sections}function laneParts(tree,row,range){let shape=barShape(tree,row,range);if(typeof shape=="string")return[
element("i",`beyond ${shape}`)];let bar=drawBar(tree,row,shape);return tree.size>1?[bar,...pathLines(
tree,row,range)]:[bar]}function drawBar(tree,row,{left,width,isCutBefore,isCutAfter,waiting}){let bar=element(
"i","bar");return bar.classList.toggle("cut-before",isCutBefore),bar.classList.toggle("cut-after",isCutAfter),
bar.classList.toggle("open-ended",tree.data.duration[row]===null),bar.classList.toggle("stopped",tree.
is(row,FLAG.STOPPED)),bar.style.left=`${left}%`,bar.style.width=`${width}%`,waiting&&(bar.classList.
add("waited"),bar.classList.toggle("no-tick",!waiting.hasTick),bar.style.setProperty("--waited",`${waiting.
width}%`)),bar}function pathLines(tree,row,range){return pathShapes(tree,row,range).map(({left,width})=>{
let line=element("i","path");return line.style.left=`${left}%`,line.style.width=`${width}%`,line})}var count=new Intl.NumberFormat("en-US"),twoDigits=number=>String(number).padStart(2,"0");function durationText(us){
if(us<0)return`−${durationText(-us)}`;if(us>0&&us<50)return"< 0.1 ms";if(us<1e3)return`${(Math.floor(
us/100+.5)/10).toFixed(1)} ms`;let ms=Math.floor(us/1e3);if(ms<1e3)return`${ms} ms`;if(ms<59995){let hundredths=Math.
floor((ms+5)/10);return`${Math.floor(hundredths/100)}.${twoDigits(hundredths%100)} s`}let seconds=Math.
floor((ms+500)/1e3);if(seconds<3600)return`${Math.floor(seconds/60)} min ${twoDigits(seconds%60)} s`;
let minutes=Math.floor((seconds+30)/60);if(minutes<1440)return`${Math.floor(minutes/60)} h ${twoDigits(
minutes%60)} min`;let hours=Math.floor((minutes+30)/60);if(hours<365*24)return`${Math.floor(hours/24)}\
 d ${twoDigits(hours%24)} h`;let tenths=Math.floor((hours*10+4383)/8766);return`${Math.floor(tenths/
10)}.${tenths%10} years`}function tokenText(tokens){return tokens===null?"n/a":tokens<1e4?count.format(
tokens):tokens<999500?`${(tokens/1e3).toFixed(tokens<99950?1:0)}k`:`${(tokens/1e6).toFixed(1)}M`}function costText(nanoUsd){
let usd=nanoUsd/1e9;return usd===0?"$0":usd>=1?`$${usd.toFixed(2)}`:usd>=.001?`$${usd.toFixed(4)}`:nanoUsd>=
1e3?`$${usd.toFixed(6)}`:"< $0.000001"}function plural(number,what){return`${count.format(number)} ${what}${number===
1?"":"s"}`}function kindText(kind){return kind.toLowerCase().replaceAll("_"," ")}var MOST_KINDS=12;function narrowsDown({text,kinds,isErrorsOnly}){return text!==""||kinds.size>0||isErrorsOnly}
function hitsOf(tree,{text,kinds,isErrorsOnly}){let{data}=tree,[names,kindNames,models,notes]=[data.
names,data.kinds,data.models,data.notes].map(list=>list.map(entry=>!text||entry.toLowerCase().includes(
text))),isWanted=data.kinds.map(kind=>kinds.size===0||kinds.has(kind)),hits=new Uint8Array(tree.size);
for(let row=0;row<tree.size;row++){let isHit=isWanted[data.kind[row]]&&(!isErrorsOnly||tree.is(row,FLAG.
OWN_ERROR))&&(names[data.name[row]]||kindNames[data.kind[row]]||models[data.model[row]]||notes[data.
note[row]]);hits[row]=isHit?1:0}return hits}function kindsOffered(tree){let counts=new Uint32Array(tree.
data.kinds.length);for(let kind of tree.data.kind)counts[kind]++;let kinds=tree.data.kinds.map((kind,code)=>[
kind,counts[code]]);return kinds.length>1?kinds.sort((a,b)=>b[1]-a[1]).slice(0,MOST_KINDS):[]}function foundText(size,hits){
let all=plural(size,"span");return hits?`${count.format(hits.reduce((sum,hit)=>sum+hit,0))} of ${all}`:
all}var SHAPES={agent:"M3.5 6.5h9v6.2h-9z M8 6.5V3.6 M6.2 9.2v.9 M9.8 9.2v.9 M1.6 8.6v2 M14.4 8.6v2",model:"\
M8 1.6 9.7 6.3 14.4 8 9.7 9.7 8 14.4 6.3 9.7 1.6 8 6.3 6.3Z",tool:"M11 2.5a3.5 3.5 0 0 0-4.1 4.6L2.6\
 11.4a1.4 1.4 0 0 0 2 2l4.3-4.3A3.5 3.5 0 0 0 13.5 5l-2.1 2.1-2-.5-.5-2z",chain:"M2.5 2.8h4.4v3.4H2.\
5z M9.1 9.8h4.4v3.4H9.1z M4.7 6.2v5.3h4.4",search:"M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8z M\
10.3 10.3l3.4 3.4",grid:"M2.8 2.8h3.6v3.6H2.8z M9.6 2.8h3.6v3.6H9.6z M2.8 9.6h3.6v3.6H2.8z M9.6 9.6h\
3.6v3.6H9.6z",ranks:"M2.8 3.8h10.4 M2.8 8h7 M2.8 12.2h3.6",memory:"M3 4.4c0-1.3 2.2-2.2 5-2.2s5 .9 5\
 2.2-2.2 2.2-5 2.2-5-.9-5-2.2z M3 4.4v7.2c0 1.3 2.2 2.2 5 2.2s5-.9 5-2.2V4.4",braces:"M6.2 2.6c-2.4 \
0-1 5.4-3.6 5.4 2.6 0 1.2 5.4 3.6 5.4 M9.8 2.6c2.4 0 1 5.4 3.6 5.4-2.6 0-1.2 5.4-3.6 5.4",shield:"M8\
 2l5 1.9v3.9c0 3-2 5-5 6.2-3-1.2-5-3.2-5-6.2V3.9z",check:"M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 \
8 2.2z M5.4 8.2l1.8 1.8 3.4-3.8",dot:"M8 4.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8z",twisty:"M6 4l\
4 4-4 4",expand:"M4.5 6 8 2.5 11.5 6 M4.5 10 8 13.5l3.5-3.5",collapse:"M4.5 2.5 8 6l3.5-3.5 M4.5 13.\
5 8 10l3.5 3.5",pen:"M3 13l.7-2.8 7.1-7.1 2.1 2.1-7.1 7.1z",funnel:"M2.5 3.2h11L9.4 8.3v4.4l-2.8-1.5\
V8.3z",up:"M4 10l4-4 4 4",down:"M4 6l4 4 4-4",warning:"M8 2.6 14.2 13.2H1.8z M8 6.6v3.2 M8 11.4v.2"},
KINDS={AGENT:["agent","violet"],LLM:["model","blue"],CHAT_MODEL:["model","blue"],TOOL:["tool","orang\
e"],RETRIEVER:["search","green"],EMBEDDING:["grid","green"],RERANKER:["ranks","green"],MEMORY:["memo\
ry","green"],CHAIN:["chain","gray"],WORKFLOW:["chain","gray"],TASK:["chain","gray"],PARSER:["braces",
"gray"],GUARDRAIL:["shield","yellow"],EVALUATOR:["check","yellow"]},OTHER_KIND=["dot","gray"];function lookOf(kind){
let[shape,colour]=Object.hasOwn(KINDS,kind)?KINDS[kind]:OTHER_KIND;return{shape,colour}}function icon(shape,className="\
icon"){let svg=svgElement("svg",{viewBox:"0 0 16 16",class:`${className} shape-${shape}`,"aria-hidde\
n":"true"});return svg.append(svgElement("path",{d:SHAPES[shape]})),svg}var FilterBar=class{#kinds=new Set;#isErrorsOnly=!1;constructor(find,on){this.root=find("tools"),this.
input=part(this.root,".filter",HTMLInputElement),this.chips=find("chips"),this.more=find("more"),this.
counted=find("count"),this.on=on,this.more.append(icon("funnel")),this.more.onclick=()=>this.open(this.
more.getAttribute("aria-expanded")!=="true"),this.input.oninput=()=>on.changed(),this.root.onkeydown=
event=>{event.stopPropagation(),event.key==="Escape"&&on.left(),(event.key==="Enter"||event.key==="A\
rrowDown")&&event.target===this.input&&on.kept()}}get filter(){return{text:this.input.value.trim().toLowerCase(),
kinds:this.#kinds,isErrorsOnly:this.#isErrorsOnly}}get isOn(){return narrowsDown(this.filter)}adopt(tree,isSame){
isSame||this.clear();let made=kindsOffered(tree).map(([kind,total])=>this.kindChip(kind,total));tree.
errors.length&&made.unshift(this.errorsChip(tree.errors.length)),this.chips.replaceChildren(...made),
this.chips.hidden=this.more.hidden=made.length===0,this.mark()}kindChip(kind,total){let{shape,colour}=lookOf(
kind),words=kindText(kind),chip=this.chip(icon(shape),words,total,()=>{this.#kinds.delete(kind)||this.#kinds.
add(kind)});return chip.classList.add(`colour-${colour}`),chip.dataset.kind=kind,chip.title=`Show on\
ly ${words} spans (${count.format(total)})`,chip}errorsChip(total){let chip=this.chip(element("i","d\
isc"),"errors only",total,()=>{this.#isErrorsOnly=!this.#isErrorsOnly});return chip.classList.add("e\
rrors-only"),chip.title=`Show only failed spans (${count.format(total)})`,chip}chip(sign,words,total,toggle){
let made=element("button","kind-chip");return made.type="button",made.setAttribute("aria-label",`${words}\
, ${count.format(total)}`),made.append(sign,element("span","words",words),element("span","total",tokenText(
total))),made.onclick=()=>{toggle(),this.mark(),this.on.changed()},made}mark(){for(let chip of this.
chips.children){let{kind}=chip.dataset,isChosen=kind===void 0?this.#isErrorsOnly:this.#kinds.has(kind);
chip.setAttribute("aria-pressed",String(isChosen))}this.more.classList.toggle("on",this.#kinds.size>
0||this.#isErrorsOnly)}open(isOpen){this.more.setAttribute("aria-expanded",String(isOpen)),this.root.
classList.toggle("with-chips",isOpen),this.on.opened()}clear(){this.input.value="",this.#kinds.clear(),
this.#isErrorsOnly=!1,this.mark()}tell(size,hits){this.counted.textContent=foundText(size,hits)}};var Folding=class _Folding{constructor(tree){this.tree=tree,this.closed=new Uint8Array(tree.size)}carriedTo(tree){
let carried=new _Folding(tree);return this.closed.forEach((isClosed,row)=>{let moved=isClosed?tree.rowOfId.
get(this.tree.data.id[row]):void 0;moved!==void 0&&(carried.closed[moved]=1)}),carried}isClosed(row){
return this.closed[row]===1}set(rows,isClosed){for(let row of rows)this.closed[row]=isClosed&&this.tree.
childCount[row]?1:0}setAll(isClosed){let rows=[...this.tree.data.id.keys()];this.set(isClosed?rows.filter(
row=>this.tree.level[row]>1):rows,isClosed)}openSiblings(row){let{parent}=this.tree.data,siblings=[...parent.
keys()].filter(each=>parent[each]===parent[row]);siblings.every(each=>!this.closed[each])?this.setAll(
!1):this.set(siblings,!1)}openAncestors(row){let{parent}=this.tree.data;for(let up=parent[row];up>=0;up=
parent[up])this.closed[up]=0}};function nextRow(rows,active,direction){return direction>0?rows.find(row=>row>active)??rows[0]:rows.
findLast(row=>row<active)??rows.at(-1)}function errorText(errors,active){let at=errors.indexOf(active);
return at<0?plural(errors.length,"error"):`error ${count.format(at+1)} of ${count.format(errors.length)}`}var Jumps=class{constructor(find,go){this.error=find("next-error"),this.previous=find("previous-erro\
r"),this.defect=find("next-defect"),this.go=go,this.errors=[],this.defects=[],this.active=0,this.previous.
append(icon("up")),this.error.append(icon("down")),this.defect.prepend(icon("warning")),this.error.onclick=
()=>this.nextError(1),this.previous.onclick=()=>this.nextError(-1),this.defect.onclick=()=>this.next(
this.defects,1)}adopt(tree){this.errors=tree.errors,this.defects=tree.rowsWith(FLAG.DEFECT),this.error.
hidden=this.errors.length===0,this.previous.hidden=this.errors.length<2,this.defect.hidden=this.defects.
length===0,part(this.defect,"span").textContent=plural(this.defects.length,"defect")}tell(active){this.
active=active;let words=errorText(this.errors,active),label=part(this.error,"span");label.textContent!==
words&&(label.textContent=words)}nextError(direction){this.next(this.errors,direction)}next(rows,direction){
let row=nextRow(rows,this.active,direction);row!==void 0&&this.go(row)}};var TimeRange=class{constructor(changed){this.changed=changed,this.axis=this.end=1,this.start=0}adopt(axis,isSame){
let[start,end]=isSame&&!this.isWhole?[this.start,this.end]:[0,axis];this.axis=axis,this.put(start,end)}put(start,end){
let onAxis=us=>Math.max(0,Math.min(us,this.axis)),length=Math.max(onAxis(end)-onAxis(start),Math.min(
20,this.axis)),middle=(onAxis(start)+onAxis(end))/2;this.start=Math.max(0,Math.min(middle-length/2,this.
axis-length)),this.end=this.start+length}get length(){return this.end-this.start}get middle(){return(this.
start+this.end)/2}get isWhole(){return this.length>=this.axis}percent(us){return 100*(us-this.start)/
this.length}to(start,end){let before=[this.start,this.end];this.put(start,end),(this.start!==before[0]||
this.end!==before[1])&&this.changed()}zoom(factor,at=this.middle){let longer=Math.max(this.length*factor,
20),share=(at-this.start)/this.length;this.shift(at-share*Math.min(longer,this.axis),Math.min(longer,
this.axis))}pan(us){this.shift(this.start+us,this.length)}shift(start,length){let from=Math.max(0,Math.
min(start,this.axis-length));this.to(from,from+length)}reset(){this.to(0,this.axis)}};var ACTS={ArrowDown:view=>view.step(1),ArrowUp:view=>view.step(-1),PageDown:view=>view.step(view.window.
page),PageUp:view=>view.step(-view.window.page),Home:view=>view.step(-1/0),End:view=>view.step(1/0),
ArrowRight:view=>view.goInward(),ArrowLeft:view=>view.goOutward(),Enter:view=>view.select()," ":view=>view.
select(),"*":view=>view.openSiblings(),"/":view=>view.enterFilter(),n:view=>view.jumps.nextError(1),
p:view=>view.jumps.nextError(-1),"+":view=>view.time.zoomAt(1/2,view.window.active),"=":view=>view.time.
zoomAt(1/2,view.window.active),"-":view=>view.time.zoomAt(2,view.window.active),0:view=>view.time.range.
reset(),z:view=>view.time.zoomTo(view.window.active),"Shift+ArrowLeft":view=>panBy(view,-.2),"Shift+\
ArrowRight":view=>panBy(view,.2),"?":view=>view.toggleHelp()};function actOf({key,shiftKey,ctrlKey,metaKey,
altKey},isNarrowed){if(ctrlKey||metaKey||altKey)return;if(key==="Escape")return isNarrowed?view=>view.
leaveFilter():void 0;let name=shiftKey&&(key==="ArrowLeft"||key==="ArrowRight")?`Shift+${key}`:key;return Object.
hasOwn(ACTS,name)?ACTS[name]:void 0}function panBy({time:{range}},share){range.pan(share*range.length)}var BY_HAND=["wheel","touchstart","pointerdown","keydown"],OnPage=class{#frame=0;#reader;constructor(root){
this.root=root}show(part2){this.close(),this.#reader=new AbortController;let{signal}=this.#reader;BY_HAND.
forEach(name=>addEventListener(name,()=>this.close(),{signal,capture:!0}));let end=performance.now()+
2e3,hold=now=>{this.root.scrollIntoView({block:"nearest"}),part2()?.scrollIntoView({block:"nearest"}),
now<end?this.#frame=requestAnimationFrame(hold):this.close()};this.#frame=requestAnimationFrame(hold)}close(){
cancelAnimationFrame(this.#frame),this.#reader?.abort()}};function mountedPlaces({top,height,rowHeight},total){let inSight=Math.ceil(height/rowHeight)+1,spare=Math.
max(0,Math.min(8,Math.floor((60-inSight)/2))),first=Math.max(0,Math.floor(top/rowHeight)-spare);return{
first,end:Math.min(total,first+inSight+2*spare,first+60)}}function seenPlaces({top,height,axis,rowHeight},total){
let bottom=(top+height-axis)/rowHeight,below=total-Math.floor(bottom+.05);return{first:Math.floor(top/
rowHeight),end:Math.ceil(bottom),below:Math.max(below,0)}}function topFor({top,height,axis,rowHeight},place,isFar){
let room=height-axis,rowTop=place*rowHeight,isAbove=rowTop<top,isBelow=rowTop+rowHeight>top+room;return isFar&&
(isAbove||isBelow)?rowTop-(room-rowHeight)/2:isAbove?rowTop:isBelow?rowTop+rowHeight-room:top}function listHeight(size,mostPixels,{
axis,rowHeight}){let wanted=axis+Math.max(size,1)*rowHeight,most=Math.min(mostPixels,56*rowHeight);return Math.
max(Math.min(wanted,most),3*rowHeight)}function pageOf({height,rowHeight}){return Math.max(1,Math.floor(
height/rowHeight)-2)}var RowWindow=class{#mounted=new Map;#places=new Int32Array(0);#frame;constructor(find,on){this.scroll=
find("scroll"),this.holder=find("rows"),this.axis=find("axis"),this.on=on,this.shown=new Int32Array(
0),this.active=0,this.isStacked=!1,this.scroll.onscroll=()=>{this.#frame??=requestAnimationFrame(()=>{
this.#frame=void 0,this.paint()})}}get rowHeight(){return this.isStacked?50:30}get sight(){let{scroll,
axis,rowHeight}=this;return{top:scroll.scrollTop,height:scroll.clientHeight,axis:axis.offsetHeight,rowHeight}}setRows(shown,size){
this.shown=shown,this.#places=new Int32Array(size).fill(-1),shown.forEach((row,place)=>{this.#places[row]=
place}),this.#mounted.forEach(made=>made.remove()),this.#mounted.clear(),this.holder.style.height=`${shown.
length*this.rowHeight}px`}update(change){this.#mounted.forEach((made,row)=>change(row,made))}has(row){
return this.#places[row]>=0}placeOf(row){return row!==void 0&&this.has(row)?this.#places[row]:void 0}elementOf(row){
return this.#mounted.get(row)}fit(size,mostPixels){this.scroll.style.height=`${listHeight(size,mostPixels,
this.sight)}px`}paint(){let{sight,shown}=this,{first,end}=mountedPlaces(sight,shown.length),wanted=new Set(
shown.slice(first,end));for(let[row,made]of this.#mounted)wanted.has(row)||(made.remove(),this.#mounted.
delete(row));for(let place=first;place<end;place++)this.show(shown[place],place*this.rowHeight);let active=this.#mounted.
get(this.active);active?this.scroll.setAttribute("aria-activedescendant",active.id):this.scroll.removeAttribute(
"aria-activedescendant");let seen=seenPlaces(sight,shown.length);this.on.painted(shown.subarray(seen.
first,seen.end),seen.below)}show(row,top){let made=this.#mounted.get(row);made||(made=this.on.make(row),
this.#mounted.set(row,made),this.holder.append(made)),made.style.transform=`translateY(${top}px)`,made.
classList.toggle("active",row===this.active),made.setAttribute("aria-selected",String(this.on.isSelected(
row)))}go(place,{isFar=!1}={}){if(!this.shown.length)return;let within=Math.max(0,Math.min(this.shown.
length-1,place));this.active=this.shown[within];let{sight}=this,top=topFor(sight,within,isFar);top!==
sight.top&&(this.scroll.scrollTop=top),this.paint(),this.scroll.matches(":focus")&&this.elementOf(this.
active)?.scrollIntoView({block:"nearest"})}get activePlace(){return this.placeOf(this.active)??0}get page(){
return pageOf(this.sight)}anchor(){let{top,rowHeight}=this.sight,place=Math.floor(top/rowHeight);return{
row:this.shown[place],hidden:top-place*rowHeight}}restore({row,hidden}){let place=this.placeOf(row);
place!==void 0&&(this.scroll.scrollTop=place*this.rowHeight+hidden)}close(){this.#frame!==void 0&&cancelAnimationFrame(
this.#frame),this.#frame=void 0}};function durationOf(tree,row){let us=tree.data.duration[row];return us!==null?durationText(us):tree.
is(row,FLAG.RUNNING)?"running":"n/a"}function tokensOf(tree,row){let{in:read,out:written}=tree.data;
if(read[row]===null&&written[row]===null){let isModel=tree.is(row,FLAG.MODEL);return!isModel&&!tree.
is(row,FLAG.PARTIAL)?{text:"",title:""}:{text:"n/a",title:isModel?whyNoUsage(tree,row):"No call belo\
w reported any."}}let text=`${tokenText(read[row])} → ${tokenText(written[row])}`,exact=[read[row],
written[row]].map(tokens=>tokens===null?"n/a":count.format(tokens)),title=`${exact[0]} tokens in, ${exact[1]}\
 out`;return tree.is(row,FLAG.PARTIAL)?{text:`≥ ${text}`,title:`At least ${title}: a call below re\
ported no usage.`}:tree.is(row,FLAG.SUM)?{text:`Σ ${text}`,title:`${title}, all calls below togethe\
r`}:{text,title}}function whyNoUsage(tree,row){return tree.is(row,FLAG.RUNNING)?"Not known yet: the \
call is still running.":tree.is(row,FLAG.STOPPED)?"Stopped before the provider reported usage.":tree.
is(row,FLAG.OWN_ERROR)?"The call failed before usage was reported.":tree.is(row,FLAG.FILLED)?"The pr\
ovider reported no usage.":"MLflow's autolog recorded no usage for this call."}function costOf(tree,row){
let cost=tree.data.cost[row];if(cost===null)return tree.is(row,FLAG.MODEL)?{text:"n/a",title:"No cos\
t was recorded for this call."}:{text:"",title:""};let sum=tree.childCount[row]>0&&!tree.is(row,FLAG.
MODEL);return{text:costText(cost),title:sum?"The recorded cost of all calls below together":"The rec\
orded cost"}}function timesOf(tree,row){let{start,first_token:first}=tree.data,words=[`${tree.name(row)}\
: ${durationOf(tree,row)}`];return words.push(`starts at ${durationText(Math.max(start[row],0))}`),first[row]!==
null&&words.push(`first token after ${durationText(first[row])}`),tree.is(row,FLAG.STOPPED)&&words.push(
"stopped"),tree.is(row,FLAG.NEVER_CLOSED)&&words.push("never closed, so its end is not known"),tree.
is(row,FLAG.CRITICAL)&&words.push("underlined: on the critical path"),words.join(`
`)}function spokenRow(tree,row){return[...[kindText(tree.kind(row)),tree.model(row)],...spokenFigures(
tree,row),...spokenStates(tree,row)].filter(Boolean).join(", ")}function spokenFigures(tree,row){let{
duration,first_token:firsts,cost:costs}=tree.data,isLost=duration[row]===null&&!tree.is(row,FLAG.RUNNING),
[first,cost,tokens]=[firsts[row],costs[row],tokensOf(tree,row)];return[isLost?"never closed":durationOf(
tree,row),first===null?"":`first token after ${durationText(first)}`,tokens.text==="n/a"?"tokens not\
 reported":tokens.title,cost===null?"":`cost ${costText(cost)}`]}function spokenStates(tree,row){let words=[
tree.is(row,FLAG.STOPPED)?"stopped":""];return tree.is(row,FLAG.OWN_ERROR)?words.push("failed"):tree.
is(row,FLAG.CHILD_ERROR)&&words.push("a span below failed"),words.push(tree.note(row)),tree.is(row,FLAG.
FILLED)?words.push("recorded by gwtrace"):tree.is(row,FLAG.CORRECTED)&&words.push("corrected by gwtr\
ace"),words}function modelBeside(tree,row){let model=tree.model(row);return tree.name(row).includes(
model)?"":model}function marked(text,wanted){let label=element("span","label"),at=wanted?text.toLowerCase().indexOf(
wanted):-1;if(at<0)label.textContent=text;else{let end=at+wanted.length;label.append(text.slice(0,at),
element("mark","",text.slice(at,end)),text.slice(end))}return label}function makeRow(tree,row,look){
let made=element("div",`row colour-${lookOf(tree.kind(row)).colour}`);return made.id=`row-${row}`,made.
dataset.row=String(row),made.dataset.span=tree.data.id[row],made.classList.toggle("failed",tree.is(row,
FLAG.OWN_ERROR)),made.classList.toggle("faint",!look.isHit),made.setAttribute("role","treeitem"),made.
setAttribute("aria-level",String(tree.level[row])),made.setAttribute("aria-posinset",String(tree.position[row])),
made.setAttribute("aria-setsize",String(tree.setSize(row))),tree.childCount[row]&&made.setAttribute(
"aria-expanded",String(look.isOpen)),made.append(nameCell(tree,row,look),element("span","spoken",spokenRow(
tree,row)),...look.isStacked?[secondLine(tree,row)]:figureCells(tree,row),laneCell(tree,row,look),cell(
"duration",durationOf(tree,row))),made}function cell(className,...contents){let made=element("div",className);
return made.setAttribute("aria-hidden","true"),made.append(...contents),made}function figureCell(className,{
text,title}){let made=cell(className,text);return made.title=title,made.classList.toggle("missing",text===
"n/a"),made}function figureCells(tree,row){return[figureCell("tokens",tokensOf(tree,row)),figureCell(
"cost",costOf(tree,row))]}function secondLine(tree,row){let model=modelBeside(tree,row),what=element(
"span","what",model||kindText(tree.kind(row)));model&&(what.title=`Model: ${model}`);let line=cell("\
second",what,...figureCells(tree,row));return line.style.setProperty("--depth",String(tree.level[row]-
1)),line}function laneCell(tree,row,{range}){let lane=cell("lane",...laneParts(tree,row,range));return lane.
title=`${timesOf(tree,row)}
Double-click: zoom to this span`,lane}function nameCell(tree,row,look){let made=element("div","name");
made.style.setProperty("--depth",String(tree.level[row]-1));let label=marked(tree.name(row),look.wanted);
label.title=[tree.name(row),tree.note(row)].filter(Boolean).join(`
`);let kind=element("span","kind");kind.title=tree.kind(row),kind.setAttribute("aria-hidden","true"),
kind.append(icon(lookOf(tree.kind(row)).shape)),made.append(twistyOf(tree,row,look),kind,label);let model=look.
isStacked?"":modelBeside(tree,row);if(model){let chip=element("span","chip",model);chip.setAttribute(
"aria-hidden","true"),chip.title=`Model: ${model}`,made.append(chip)}return made.append(cell("marks",
...stateMarks(tree,row))),made}function twistyOf(tree,row,look){let twisty=element("span","twisty");
if(twisty.setAttribute("aria-hidden","true"),tree.childCount[row]&&(twisty.classList.toggle("open",look.
isOpen),twisty.append(icon("twisty","chevron")),!look.isOpen)){let hidden=tree.descendants[row];twisty.
append(element("span","hidden-count",count.format(hidden))),twisty.title=`${count.format(hidden)} sp\
ans hidden`}return twisty}function stateMarks(tree,row){let marks=[],add=(mark,title)=>{let holder=element(
"span","mark");holder.title=title,holder.append(mark),marks.push(holder)};return tree.is(row,FLAG.FILLED)?
add(icon("pen"),"Recorded by gwtrace itself, not by MLflow's autolog"):tree.is(row,FLAG.CORRECTED)&&
add(icon("pen"),"Recorded by MLflow's autolog; gwtrace filled in what it leaves out"),tree.is(row,FLAG.
DEFECT)&&add(icon("warning"),tree.note(row)),tree.is(row,FLAG.STOPPED)&&add(element("i","square"),"S\
topped before its end"),tree.is(row,FLAG.OWN_ERROR)?add(element("i","disc"),tree.note(row)||"Failed;\
 no message was recorded"):tree.is(row,FLAG.CHILD_ERROR)&&add(element("i","ring"),"A span below fail\
ed"),marks}var BINS=600;function densityOf(tree){let change=new Int32Array(BINS+1),failed=new Uint8Array(BINS),
binOf=us=>Math.max(0,Math.min(Math.floor(us*BINS/tree.axis),BINS-1));for(let row=0;row<tree.size;row++){
let start=tree.data.start[row],last=binOf(start+tree.lasts(row));change[binOf(start)]++,change[last+
1]--,tree.is(row,FLAG.OWN_ERROR)&&(failed[last]=1)}let running=new Int32Array(BINS),now=0;for(let bin=0;bin<
BINS;bin++)running[bin]=now+=change[bin];return{running,failed:[...failed.keys()].filter(bin=>failed[bin])}}
function outlineOf(running){let most=running.reduce((high,each)=>Math.max(high,each),1),outline=["M0\
 100"];return running.forEach((each,bin)=>{let top=each?100-Math.max(6,100*Math.sqrt(each/most)):100;
outline.push(`V${top.toFixed(1)}H${bin+1}`)}),`${outline.join("")}V100Z`}function marksOf(bins){return bins.
map(bin=>`M${bin+.5} 0V100`).join("")}function beginningsOf(tree,rows){let[from,to]=[1/0,-1/0];for(let row of rows)
from=Math.min(from,tree.data.start[row]),to=Math.max(to,tree.data.start[row]);return{left:100*from/tree.
axis,width:100*(to-from)/tree.axis}}function onDrag(place,begin){place.onpointerdown=event=>{if(event.button!==0||!event.isPrimary)return;
let drag=begin(event),ended=new AbortController,{signal}=ended;place.setPointerCapture(event.pointerId),
place.addEventListener("pointermove",moved=>drag.move(moved),{signal});let end=last=>{ended.abort(),
drag.end(last)};place.addEventListener("pointerup",end,{signal}),place.addEventListener("pointercanc\
el",()=>end(null),{signal})}}function markStretch(event,{place,selection,range,usAt,clicked}){let from=event.
clientX,box=place.getBoundingClientRect(),frame=selection.parentElement??place,offset=box.left-frame.
getBoundingClientRect().left,within=x=>Math.max(box.left,Math.min(x,box.right)),isStretch=x=>Math.abs(
within(x)-from)>=4;return{move:({clientX})=>{selection.hidden=!isStretch(clientX);let[left,right]=inOrder(
from,within(clientX));selection.style.left=`${left-box.left+offset}px`,selection.style.width=`${right-
left}px`},end:up=>{selection.hidden=!0,up&&(isStretch(up.clientX)?range.to(...inOrder(usAt(from),usAt(
within(up.clientX)))):clicked(usAt(from)))}}}function inOrder(one,other){return one<other?[one,other]:
[other,one]}var MANY_ROWS=60,Minimap=class{#later;constructor(find,range){this.root=find("minimap"),this.range=range;
let svg=svgElement("svg",{viewBox:`0 0 ${BINS} 100`,preserveAspectRatio:"none"});this.density=svgElement(
"path",{class:"density"}),this.errors=svgElement("path",{class:"errors"}),svg.append(this.density,this.
errors),this.root.prepend(svg),this.frame=part(this.root,".frame"),this.inSight=part(this.root,".in-\
sight"),this.selection=part(this.root,".selection"),onDrag(this.root,event=>this.pressed(event)),this.
root.ondblclick=()=>range.reset()}adopt(tree){this.root.hidden=tree.size<MANY_ROWS,clearTimeout(this.#later),
this.root.hidden||(this.#later=setTimeout(()=>this.drawDensity(tree)))}drawDensity(tree){let{running,
failed}=densityOf(tree);this.density.setAttribute("d",outlineOf(running)),this.errors.setAttribute("\
d",marksOf(failed))}draw(){if(this.root.hidden)return;let{range}=this;this.root.classList.toggle("zo\
omed",!range.isWhole),this.frame.style.left=`${100*range.start/range.axis}%`,this.frame.style.width=
`${100*range.length/range.axis}%`}see(tree,rows){if(this.root.hidden||!rows.length)return;let{left,width}=beginningsOf(
tree,rows);this.inSight.style.left=`${left}%`,this.inSight.style.width=`${width}%`}usAt(x){let box=this.
root.getBoundingClientRect();return(x-box.left)/Math.max(box.width,1)*this.range.axis}pressed(event){
let{range}=this,{start,end}=range,at=this.usAt(event.clientX),isGrip=name=>targetOf(event)?.classList.
contains(name),follow=move=>({move:moved=>move(this.usAt(moved.clientX)),end:()=>{}});return isGrip(
"from")?follow(us=>range.to(Math.min(us,end-20),end)):isGrip("to")?follow(us=>range.to(start,Math.max(
us,start+20))):!range.isWhole&&at>=start&&at<=end?follow(us=>range.pan(start+us-at-range.start)):markStretch(
event,{place:this.root,selection:this.selection,range,usAt:x=>this.usAt(x),clicked:us=>range.pan(us-
range.middle)})}close(){clearTimeout(this.#later)}};var TICK_WIDTH=72,CHAR_WIDTH=5,AROUND_TEXT=9,milliseconds=new Intl.NumberFormat("en-US",{maximumFractionDigits:3}),
LONG_UNITS=[{name:"years",size:8766*36e8},{name:"d",size:24*36e8},{name:"h",size:36e8},{name:"min",size:6e7}];
function tickStep(axis,most){let rough=axis/Math.max(most,1),power=10**Math.floor(Math.log10(rough));
return([1,2,5].find(factor=>factor*power>=rough)??10)*power}function tickText(us,step){if(us===0)return"\
0";let unit=LONG_UNITS.find(({size})=>step>=size);return unit?`${count.format(Math.round(10*us/unit.
size)/10)} ${unit.name}`:step>=1e4&&us>=1e6?`${Number((us/1e6).toFixed(2))} s`:step>=1?`${milliseconds.
format(us/1e3)} ms`:""}function gridOf(range,width){let step=tickStep(range.length,Math.floor(width/
TICK_WIDTH));return{step,first:Math.ceil(range.start/step)*step}}function ticksOf(range,width){let{start,
end,isWhole}=range,{step,first}=gridOf(range,width),isRound=us=>Math.abs(us/step-Math.round(us/step))<
1e-6,exact=us=>Math.round(100*us/step)*step/100,textOf=us=>isWhole&&!isRound(us)?durationText(us):tickText(
isRound(us)?us:exact(us),step),widthOf=us=>textOf(us).length*CHAR_WIDTH+AROUND_TEXT,limit=width-widthOf(
end),shown=widthOf(start)<=limit?[start]:[],free=widthOf(start);for(let us=first;us<end;us+=step){let at=range.
percent(us)/100*width;at<free||at+widthOf(us)>limit||(shown.push(us),free=at+widthOf(us))}return[...shown,
end].map(us=>({us,text:textOf(us)}))}var LINE_PIXELS=16,WHEEL_ZOOM=.006,MOST_WHEEL_ZOOM=.6,QUIET_MS=500,TimeAxis=class{#telling;constructor(find,range){
this.ticks=find("ticks"),this.stage=find("stage"),this.reset=find("reset-zoom"),this.spoken=find("zo\
omed-to"),this.range=range;let selection=find("stage > .selection");onDrag(this.ticks,event=>markStretch(
event,{place:this.ticks,selection,range,usAt:x=>this.usAt(x),clicked:()=>{}})),this.ticks.ondblclick=
()=>range.reset(),this.reset.onclick=()=>{range.reset(),find("scroll").focus({preventScroll:!0})},this.
stage.addEventListener("wheel",event=>this.wheeled(event),{passive:!1})}usAt(x){let box=this.ticks.getBoundingClientRect();
return this.range.start+(x-box.left)/Math.max(box.width,1)*this.range.length}wheeled(event){let box=this.
ticks.getBoundingClientRect();if(event.clientX<box.left||event.clientX>box.right)return;let lines=event.
deltaMode===WheelEvent.DOM_DELTA_PIXEL?1:LINE_PIXELS;if(event.ctrlKey||event.metaKey){let step=event.
deltaY*lines*WHEEL_ZOOM,power=Math.max(-MOST_WHEEL_ZOOM,Math.min(step,MOST_WHEEL_ZOOM));event.preventDefault(),
this.range.zoom(2**power,this.usAt(event.clientX));return}let across=Math.abs(event.deltaX)>Math.abs(
event.deltaY)?event.deltaX:event.shiftKey?event.deltaY:0;!across||this.range.isWhole||(event.preventDefault(),
this.range.pan(across*lines/box.width*this.range.length))}draw(){let{range,ticks}=this,width=ticks.clientWidth,
{step,first}=gridOf(range,width);this.stage.style.setProperty("--tick",`${width*step/range.length}px`),
this.stage.style.setProperty("--first-tick",`${width*range.percent(first)/100}px`),ticks.replaceChildren(
...ticksOf(range,width).map(({us,text})=>{let tick=element("span",us===range.end?"last":"",text);return tick.
style.left=`${range.percent(us)}%`,tick})),this.tell()}tell(){let{range,reset}=this,[from,to,all]=[range.
start,range.end,range.axis].map(durationText),words=range.isWhole?"":`Showing ${from} to ${to} of ${all}`;
reset.hidden!==range.isWhole&&(reset.hidden=range.isWhole),reset.title=words&&`${words}. Show all of\
 it (0)`,clearTimeout(this.#telling),this.#telling=setTimeout(()=>{this.spoken.textContent=words},QUIET_MS)}close(){
clearTimeout(this.#telling)}};var ZOOM_MARGIN=.05,openViews=new Set,TimeView=class{#frame;constructor(find,tree,moved){this.tree=tree,
this.moved=moved,this.range=new TimeRange(()=>this.#share()),this.axis=new TimeAxis(find,this.range),
this.minimap=new Minimap(find,this.range)}open(){openViews.add(this)}close(){openViews.delete(this),
this.#frame!==void 0&&cancelAnimationFrame(this.#frame),this.#frame=void 0,this.axis.close(),this.minimap.
close()}adopt(tree,isSame){this.tree=tree,this.range.adopt(tree.axis,isSame),this.minimap.adopt(tree)}draw(){
this.axis.draw(),this.minimap.draw()}#share(){let{start,end}=this.range;for(let view of openViews)view!==
this&&!view.#isOnAxisOf(this)||(view.range.put(start,end),view.#frame??=requestAnimationFrame(()=>view.#drawMoved()))}#isOnAxisOf({
tree}){return this.tree.data.shared&&tree.data.shared&&this.tree.axis===tree.axis}#drawMoved(){this.#frame=
void 0,this.draw(),this.moved()}zoomTo(row){let start=this.tree.data.start[row],lasts=this.tree.lasts(
row);this.range.to(start-ZOOM_MARGIN*lasts,start+(1+ZOOM_MARGIN)*lasts)}zoomAt(factor,row){let{start,
end}=this.#spanOf(row),from=Math.max(start,this.range.start),to=Math.min(end,this.range.end);this.range.
zoom(factor,from<=to?(from+to)/2:this.range.middle)}panTo(row){let{start,end}=this.#spanOf(row),{range}=this;
(end<range.start||start>range.end)&&range.pan((start+end)/2-range.middle)}#spanOf(row){let start=this.
tree.data.start[row];return{start,end:start+this.tree.lasts(row)}}};var STACKED_WIDTH=700,FEW_ROWS=8,TreeView=class{#hits=null;#told;#selected=null;#toReveal=null;#movesPage=!1;#mostPixels=0;#report=()=>{};constructor(root,data){
this.root=root;let find=name=>part(root,`.${name}`);this.find=find,this.tree=new Tree(data),this.folding=
new Folding(this.tree),this.time=new TimeView(find,this.tree,()=>this.drawBars()),this.bar=new FilterBar(
find,{changed:()=>this.filtered(),opened:()=>this.fit(),kept:()=>this.focus(),left:()=>this.leaveFilter()}),
this.jumps=new Jumps(find,row=>this.jump(row)),this.window=new RowWindow(find,{make:row=>this.make(row),
isSelected:row=>this.tree.data.id[row]===this.#selected,painted:(seen,below)=>this.painted(seen,below)}),
this.onPage=new OnPage(root),this.observer=new ResizeObserver(()=>this.fit()),find("expand").append(
icon("expand")),find("collapse").append(icon("collapse")),find("below button").prepend(icon("down")),
this.listen(),this.adopt(this.tree,!1)}open(){this.time.open(),this.observer.observe(this.root)}close(){
this.time.close(),this.observer.disconnect(),this.onPage.close(),this.window.close()}listen(){let{find}=this;
find("rows").onclick=event=>this.clicked(event),find("rows").ondblclick=event=>{targetOf(event)?.closest(
".lane")&&this.time.zoomTo(rowAt(event)??this.window.active)},find("scroll").onkeydown=event=>{let act=this.
tree.size?actOf(event,this.bar.isOn||this.isSearching):void 0;act&&(event.preventDefault(),event.stopPropagation(),
act(this))},find("expand").onclick=()=>this.refold(()=>this.folding.setAll(!1)),find("collapse").onclick=
()=>this.refold(()=>this.folding.setAll(!0)),find("below button").onclick=()=>{this.window.scroll.scrollTop+=
this.window.page*this.window.rowHeight},find("ask").onclick=()=>this.toggleHelp()}update(data,report){
this.#report=report,this.#mostPixels=data.most_pixels;let{trace,version}=this.tree.data,isSame=trace===
data.trace;(!isSame||version!==data.version)&&this.adopt(new Tree(data),isSame),(!isSame||this.#told!==
data.told)&&(this.#told=data.told,this.#selected=this.#toReveal=data.selected,this.#movesPage=data.moves_page),
this.fit()}adopt(tree,isSame){let{window,tree:before}=this,anchor=window.anchor(),moved=row=>isSame&&
row!==void 0?tree.rowOfId.get(before.data.id[row]):void 0;isSame||(window.scroll.scrollTop=0),window.
active=moved(window.active)??0,this.folding=isSame?this.folding.carriedTo(tree):new Folding(tree),this.
tree=tree,this.time.adopt(tree,isSame),this.bar.adopt(tree,isSame),this.jumps.adopt(tree);let{classList}=this.
root;classList.toggle("empty",tree.size===0),classList.toggle("few",tree.size<=FEW_ROWS),classList.toggle(
"no-tokens",!tree.hasTokens),classList.toggle("no-cost",!tree.hasCost),classList.toggle("no-first-to\
ken",tree.data.first_token.every(us=>us===null)),classList.toggle("no-path",tree.size<2),this.arrange(),
window.restore({row:moved(anchor.row),hidden:anchor.hidden})}arrange(){let{tree,window}=this;this.#hits=
this.bar.isOn?hitsOf(tree,this.bar.filter):null,window.setRows(tree.shown(this.#hits,this.folding.closed),
tree.size);let row=window.active;for(;row>=0&&!window.has(row);)row=tree.data.parent[row]??-1;window.
active=row>=0?row:window.shown[0]??0,this.bar.tell(tree.size,this.#hits)}make(row){return makeRow(this.
tree,row,{isOpen:this.isOpen(row),isHit:!this.#hits||this.#hits[row]===1,wanted:this.bar.filter.text,
range:this.time.range,isStacked:this.window.isStacked})}painted(seen,below){this.time.minimap.see(this.
tree,seen),this.jumps.tell(this.window.active),this.find("below").hidden=below===0,this.find("below \
span").textContent=`${count.format(below)} more`}isOpen(row){return this.#hits!==null||!this.folding.
isClosed(row)}fit(){let{root,window}=this;if(!root.clientWidth)return;let isStacked=root.clientWidth<=
STACKED_WIDTH;if(isStacked!==window.isStacked){let anchor=window.anchor();window.isStacked=isStacked,
root.classList.toggle("stacked",isStacked),this.arrange(),window.restore(anchor)}let around=root.offsetHeight-
window.scroll.offsetHeight;window.fit(this.tree.size,this.#mostPixels-around),this.time.draw(),this.
revealTold(),window.paint()}revealTold(){let row=this.#toReveal===null?void 0:this.tree.rowOfId.get(
this.#toReveal);this.#toReveal=null,row!==void 0&&(this.reveal(row),this.#movesPage&&this.onPage.show(
()=>this.window.elementOf(row)))}drawBars(){this.window.update((row,made)=>{part(made,".lane").replaceChildren(
...laneParts(this.tree,row,this.time.range))})}select(){let span=this.tree.data.id[this.window.active];
span!==void 0&&span!==this.#selected&&(this.#selected=span,this.#report({span,told:this.#told})),this.
window.paint()}reveal(row){this.folding.openAncestors(row),this.#hits&&!this.window.has(row)&&this.bar.
clear(),this.window.has(row)||this.arrange(),this.window.go(this.window.placeOf(row)??0,{isFar:!0})}jump(row){
this.reveal(row),this.select(),this.time.panTo(row)}refold(change){let anchor=this.window.anchor();change(),
this.arrange(),this.window.restore(anchor),this.window.paint()}openSiblings(){this.refold(()=>this.folding.
openSiblings(this.window.active))}clicked(event){let{window,folding}=this,row=rowAt(event);if(row!==
void 0){if(window.active=row,targetOf(event)?.closest(".twisty")&&this.tree.childCount[row]&&!this.#hits){
this.refold(()=>folding.set([row],!folding.isClosed(row)));return}window.go(window.placeOf(row)??0),
this.select()}}step(rows){this.window.go(this.window.activePlace+rows)}goInward(){let row=this.window.
active;this.tree.childCount[row]&&(this.isOpen(row)?this.step(1):this.refold(()=>this.folding.set([row],
!1)))}goOutward(){let{window,tree,folding}=this,row=window.active,parent=tree.data.parent[row];tree.
childCount[row]&&!this.#hits&&!folding.isClosed(row)?this.refold(()=>folding.set([row],!0)):parent>=
0&&window.go(window.placeOf(parent)??0)}get isSearching(){return this.root.classList.contains("searc\
hing")}enterFilter(){this.root.classList.add("searching"),this.fit(),this.bar.input.focus(),this.bar.
input.select()}leaveFilter(){this.bar.isOn&&(this.bar.clear(),this.filtered()),this.root.classList.remove(
"searching"),this.fit(),this.focus()}filtered(){this.arrange();let hits=this.#hits,firstHit=hits?this.
window.shown.find(row=>hits[row]===1):void 0;this.window.go(this.window.placeOf(firstHit)??this.window.
activePlace),this.window.paint()}focus(){this.window.scroll.focus({preventScroll:!0})}toggleHelp(){this.
find("help").togglePopover()}};function rowAt(event){let made=targetOf(event)?.closest(".row");return made instanceof
HTMLElement?Number(made.dataset.row):void 0}var views=new WeakMap;function trace_tree_default({data,parentElement,setStateValue}){let root=part(
parentElement,".trace-tree"),view=views.get(root)??new TreeView(root,data);return views.set(root,view),
view.open(),view.update(data,answer=>setStateValue("selected",answer)),()=>view.close()}export{trace_tree_default as default};
