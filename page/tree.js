// The family tree's manners: show a card on hover, focus or tap; move by arrow keys; open a plate.
const root = element.querySelector(".atlas") || element;
const of = (id) => root.querySelector("#atlas-" + id);
const isVine = () => getComputedStyle(root.querySelector(".atlas-tree")).getPropertyValue("--layout").trim() === "vine";
for (const picture of element.querySelectorAll("[data-picture]")) picture.src = props.pictures[picture.dataset.picture];
let pointer = "mouse";
let timer = 0;

if (window.ganAtlasDrawn) root.classList.add("drawn");   // the branches grow once, not at every return to this tab
window.ganAtlasDrawn = true;
setTimeout(() => root.classList.add("drawn"), 3200);   // nor again when the window changes its layout

function show(member) {
  root.querySelectorAll(".member.shown").forEach((m) => m.classList.toggle("shown", m === member));
  member.classList.add("shown");
  const line = member.dataset.line.split(" ");
  root.querySelectorAll(".branch").forEach((b) => b.classList.toggle("lit", line.includes(b.dataset.member)));
}

function toggle(member) {   // on the vine a card unfolds under its row
  const open = !member.classList.contains("open");
  root.querySelectorAll(".member.open").forEach((m) => { if (m !== member) m.classList.remove("open"); });
  member.classList.toggle("open", open);
  announce();
  show(member);
  if (open) member.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

// Only on the vine a leaf unfolds anything.
function announce() {
  const vine = isVine();
  root.querySelectorAll(".node").forEach((n) => {
    if (vine) n.setAttribute("aria-expanded", String(n.parentElement.classList.contains("open"))); else n.removeAttribute("aria-expanded");
  });
}
announce();
addEventListener("resize", announce);

const enter = (id) => { openPlate(id); if (id) scrollTo({ top: 0 }); };   // a plate begins at its heading

const wanted = linkedTab();   // a link to a plate: its instrument restores the rest
if (wanted && !window.ganAtlasLinked) { window.ganAtlasLinked = true; openPlate(wanted); }

element.addEventListener("pointerdown", (e) => { pointer = e.pointerType || "mouse"; });

element.addEventListener("pointerover", (e) => {
  const node = e.target.closest(".node");
  clearTimeout(timer);   // a pointer that only passes over a leaf on its way to the card changes nothing
  if (node && e.pointerType === "mouse" && !isVine()) timer = setTimeout(() => show(node.parentElement), 90);
});
element.addEventListener("pointerleave", () => clearTimeout(timer));

element.addEventListener("focusin", (e) => {
  const node = e.target.closest(".node");
  if (!node || isVine()) return;
  show(node.parentElement);
});

element.addEventListener("click", (e) => {
  const button = e.target.closest(".open-plate");
  if (button) return enter(button.dataset.open);
  const node = e.target.closest(".node");
  if (!node) return;
  const member = node.parentElement;
  const keyboard = e.detail === 0;
  if (isVine()) {
    if (keyboard && member.classList.contains("open") && node.dataset.open) return enter(node.dataset.open);
    return toggle(member);
  }
  const again = member.dataset.tapped === "yes";   // a first tap shows the card, a second on the same leaf opens
  root.querySelectorAll(".member").forEach((m) => { m.dataset.tapped = m === member ? "yes" : ""; });
  show(member);
  if (keyboard || pointer === "mouse" || again) enter(node.dataset.open);
});

element.addEventListener("keydown", (e) => {
  const node = e.target.closest(".node");
  if (!node || !e.key.startsWith("Arrow") || e.altKey || e.ctrlKey || e.metaKey) return;
  const member = node.parentElement;
  const all = [...root.querySelectorAll(".member")];
  const parent = member.dataset.parent && of(member.dataset.parent);
  const child = member.dataset.children && of(member.dataset.children.split(" ")[0]);
  let to = null;
  if (isVine()) {
    const i = all.indexOf(member);
    to = { ArrowDown: all[i + 1], ArrowUp: all[i - 1], ArrowLeft: parent, ArrowRight: child }[e.key];
  } else if (e.key === "ArrowUp") {   // the tree grows upwards: up is to a child, down to the parent
    to = child;
  } else if (e.key === "ArrowDown") {
    to = parent;
  } else {   // siblings by their place on the page; roots are each other's siblings
    const row = all.filter((m) => m.dataset.parent === member.dataset.parent).sort((a, b) => a.dataset.x - b.dataset.x);
    to = row[row.indexOf(member) + (e.key === "ArrowRight" ? 1 : -1)];
  }
  e.preventDefault();
  if (to) to.querySelector(".node").focus();
});

show(root.querySelector(".member.shown") || root.querySelector(".member"));
