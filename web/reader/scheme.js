// Before anything is drawn, and so no module: what the reader chose last, if the browser keeps such things.
(() => {
  try {
    const scheme = localStorage.getItem("course-tutor:scheme");
    if (scheme === "light" || scheme === "dark") document.documentElement.dataset.scheme = scheme;
  } catch {
    // Storage is blocked: the system's choice stays.
  }
})();
