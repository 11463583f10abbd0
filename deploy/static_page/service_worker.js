// Keeps what came: the page itself when it is installed, networks and pictures when they are first fetched. Their names hold a hash of what
// is in them, so what is kept is never old; documents are asked for anew while there is a network.
const NAME = 'gan-atlas-' + __EDITION__, LASTING = 'gan-atlas-lasting', CORE = __CORE__;       // deploy/static.py fills them in
const HASHED = /\/(?:drawing|networks|pictures|answers|plates|scripts)\/.*[0-9a-f]{12}/;

// Fetched anew, for a host may have told the browser to keep the old document for a while. A new edition waits until no page of the one
// before is open: such a page goes on with what was kept for it.
self.addEventListener('install', event => {
  event.waitUntil(caches.open(NAME).then(cache => Promise.all(CORE.map(async name => {
    const found = await fetch(name, {cache: 'reload'});
    if (!found.ok) throw new TypeError(`${name} could not be fetched.`);
    await cache.put(name, found.redirected ? new Response(found.body, {headers: found.headers}) : found);     // no page may be a redirection
  }))));
});

self.addEventListener('activate', event => {
  event.waitUntil(self.clients.claim().then(forget).catch(() => {}));
});

// What was kept for earlier editions, tens of megabytes, makes room. Other folders on this host keep what is theirs.
async function forget() {
  const names = await (await fetch('files.json', {cache: 'no-store'})).json(), {scope} = self.registration;
  const wanted = new Set(names.map(name => new URL(name, scope).href));
  for (const name of await caches.keys()) {
    if (name === NAME || !name.startsWith('gan-atlas-')) continue;
    const cache = await caches.open(name);
    for (const {url} of await cache.keys()) {
      if (url.startsWith(scope) && !(name === LASTING && wanted.has(url))) await cache.delete(url);
    }
    if (name !== LASTING && !(await cache.keys()).length) await caches.delete(name);       // that one may be just about to be filled
  }
}

async function answer(event, hashed) {
  const {request} = event, how = {ignoreSearch: request.mode === 'navigate'};
  const kept = await caches.match(request, {...how, cacheName: NAME}) || await caches.match(request, how);      // this edition's first
  if (kept && hashed) return kept;
  try {
    const found = await fetch(request, hashed ? {} : {cache: 'no-cache'});       // or an old script would meet a new document
    if (found.ok && !found.redirected) event.waitUntil(keep(hashed ? LASTING : NAME, withoutSearch(request), found.clone()));
    return found;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

const keep = async (name, address, found) => (await caches.open(name)).put(address, found).catch(() => {});      // no room: asked for again

function withoutSearch(request) {
  const address = new URL(request.url);
  address.search = '';
  return address.href;
}

self.addEventListener('fetch', event => {
  const {request} = event, address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== location.origin) return;
  const here = address.pathname.slice(new URL(self.registration.scope).pathname.length - 1);      // the host's own folders may look so
  event.respondWith(answer(event, HASHED.test(here)));
});
