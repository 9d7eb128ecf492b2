// Tells the server the zone of the reader's browser, so that it can show their times; a zone that
// the reader chose on the account page goes before it.
"use strict";
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `browser_timezone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
  }
})();
