// Keeps what came: the page itself when it is installed, networks and pictures when they are first fetched. Their names hold a hash of what
// is in them, so what is kept is never old; documents are asked for anew while there is a network.
const NAME = 'gan-atlas-' + __EDITION__, LASTING = 'gan-atlas-lasting', CORE = __CORE__;       // deploy/static.py fills them in
const HASHED = /\/(?:drawing|networks|pictures|answers|plates|scripts)\/.*[0-9a-f]{12}/;

self.addEventListener('install', event => {
  event.waitUntil(caches.open(NAME).then(cache => cache.addAll(CORE)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', event => {
  event.waitUntil(caches.keys().then(names => Promise.all(names
    .filter(name => name.startsWith('gan-atlas-') && ![NAME, LASTING].includes(name)).map(name => caches.delete(name))))
    .then(() => self.clients.claim()).then(forget).catch(() => {}));
});

// Networks and pictures of earlier editions, tens of megabytes, make room.
async function forget() {
  const names = await (await fetch('files.json', {cache: 'no-store'})).json(), cache = await caches.open(LASTING);
  const wanted = new Set(names.map(name => new URL(name, self.registration.scope).href));
  for (const {url} of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
}

async function answer(event, hashed) {
  const {request} = event;
  const kept = await caches.match(request, {ignoreSearch: request.mode === 'navigate'});
  if (kept && hashed) return kept;
  try {
    const found = await fetch(request);
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
  event.respondWith(answer(event, HASHED.test(address.pathname)));
});
