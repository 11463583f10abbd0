// The language that a visitor chose at the page's foot (switch.js), else the browser's.
let chosen = null;
try { chosen = localStorage.getItem('gan-atlas-language'); } catch { /* shut */ }
const own = navigator.language, chinese = chosen ? chosen === 'zh' : /^zh\b/i.test(own);
const told = chinese ? /^zh-(CN|TW)$/i.test(own) ? own : 'zh-CN' : chosen ? 'en' : own;
if (told !== own) Object.defineProperty(navigator, 'language', {get: () => told});
document.documentElement.lang = chinese ? 'zh-CN' : 'en';
