// Tells the server the reader's zone, unless the reader has chosen one, so that it can show their times.
"use strict";
(() => {
  const chosen = document.cookie.match(/(?:^|; )timezone=([^;]*)/);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!chosen && zone) {
    document.cookie = `timezone=${zone}; path=/; max-age=31536000; samesite=lax`;
  }
})();
