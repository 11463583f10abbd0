// The notice of an instrument, which says why it does not draw, and the field that was refused. Stands after instrument.js, which writes the
// notice as one of its slots.
const noticeHere = root.querySelector('[data-slot="notice"]');
noticeHere.id = `${root.dataset.own}-notice`;
// It stands at the foot of the window, which the keyboard of a phone covers.
const rise = () => noticeHere.style.setProperty('--covered', `${Math.max(0, innerHeight - visualViewport.height - visualViewport.offsetTop)}px`);
for (const moved of ['resize', 'scroll']) visualViewport.addEventListener(moved, rise);

// Why a value is not drawn here: of which field it is, and what that takes.
function refusal({kind, name, low, high}) {
  const said = words[`${kind} field`] || words[low === undefined ? 'unfit field' : 'number field'];
  const label = root.querySelector(`:is(textarea, [type=text])[name="${name}"]`)?.labels[0]?.firstElementChild.textContent;
  const notice = said.replace('{name}', () => label ? `“${label}”` : name).replace('{low}', low).replace('{high}', high);
  return {notice, field: name};
}

// The field that is refused, if any is, says so, and the notice is its description. Where it is being typed in, it stays in sight above that.
let refused = '';
function mark(name) {
  refused = name;
  if (!refused && copiedHere?.textContent === words.none) copiedHere.textContent = '';
  for (const input of root.querySelectorAll('textarea[name], [type=text][name]')) {
    if (input.name === name) {
      input.setAttribute('aria-invalid', 'true');
      input.setAttribute('aria-describedby', noticeHere.id);
      if (input === document.activeElement) input.scrollIntoView({block: 'nearest'});
    } else for (const told of ['aria-invalid', 'aria-describedby']) input.removeAttribute(told);
  }
}

// What is said where nobody answers. It is asked again soon, or soon after there is a network again; where there is one, a page without a
// server has nobody else to ask.
let unheard = false, retry = null;       // whether nobody answered last; the drawing that is to come then
function unanswered(drawn) {             // `drawn`: what came before was answered, so to ask for all of it again might never end
  const away = !navigator.onLine;
  if (drawn && !away) return {notice: words.lost};
  unheard = true;
  if (away || !window.ganAtlasStatic) retry ||= soon();
  return {notice: away ? words.soon : words.lost};
}
async function soon() {
  if (!navigator.onLine) await new Promise(go => addEventListener('online', go, {once: true}));
  const here = await awhile();
  retry = null;
  if (!here) return '';
  return unheard ? draw() : (await underWay) || '';       // something else was drawn meanwhile
}
